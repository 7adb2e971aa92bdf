import { expect, it } from 'vitest'
import { deepFreeze } from '../../src/model/freeze.js'

it('freezes a value and all in it', () => {
  const value = { list: [{ a: 1 }], nothing: null, text: 'x' }
  expect(deepFreeze(value)).toBe(value)
  expect([value, value.list, value.list[0]].every(Object.isFrozen)).toBe(true)
})

it('looks below a top that is frozen already', () => {
  const value = Object.freeze({ inner: { a: 1 } })
  deepFreeze(value)
  expect(Object.isFrozen(value.inner)).toBe(true)
})

it('leaves what is no object alone', () => {
  for (const value of [undefined, null, 1, 'x', true]) expect(deepFreeze(value)).toBe(value)
})
