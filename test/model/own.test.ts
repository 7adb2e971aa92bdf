import { expect, it } from 'vitest'
import { isHostile, own } from '../../src/model/own.js'

it('finds own values only', () => {
  expect(own({ a: 1, b: null }, 'a')).toBe(1)
  expect(own({ a: 1, b: null }, 'b')).toBe(null)
  for (const name of ['c', 'toString', '__proto__', 'constructor']) expect(own({}, name)).toBe(undefined)
  expect(own(undefined, 'a')).toBe(undefined)
})

it('knows the names that reach a prototype', () => {
  expect(['__proto__', 'constructor', 'prototype', 'toString', 'proto', ''].filter(isHostile)).toEqual([
    '__proto__',
    'constructor',
    'prototype',
  ])
})
