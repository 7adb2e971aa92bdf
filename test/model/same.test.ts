import fc from '../support/fast-check.js'
import { isDeepStrictEqual } from 'node:util'
import { describe, expect, it } from 'vitest'
import type { Json } from '../../src/model/record.js'
import { equal, looselySame } from '../../src/model/same.js'

const json = fc.jsonValue({ maxDepth: 3 }).map((value) => value as Json)

describe('equal', () => {
  it('is deep and exact, in any order of the names', () => {
    expect(equal({ a: 1, b: [{ c: 'x' }] }, { b: [{ c: 'x' }], a: 1 })).toBe(true)
    expect(equal([1, 2], [2, 1])).toBe(false)
    expect(equal('a', 'A')).toBe(false)
    expect(equal('a ', 'a')).toBe(false)
    expect(equal(1, '1')).toBe(false)
    expect(equal(0, false)).toBe(false)
    expect(equal([], {})).toBe(false)
    expect(equal({ length: 0 }, [])).toBe(false)
  })

  it('holds absent for null, but a name inside of a value for a part of it', () => {
    expect(equal(undefined, null)).toBe(true)
    expect(equal(undefined, '')).toBe(false)
    expect(equal({ a: null }, {})).toBe(false)
    expect(equal({ a: null }, { b: null })).toBe(false)
    expect(equal(JSON.parse('{ "__proto__": {} }') as Json, { a: 1 })).toBe(false)
  })

  it('agrees with a careful comparison on any two values', () => {
    fc.assert(
      fc.property(json, json, (a, b) => {
        expect(equal(a, b)).toBe(isDeepStrictEqual(JSON.parse(JSON.stringify(a)), JSON.parse(JSON.stringify(b))))
        expect(equal(a, structuredClone(a))).toBe(true)
      }),
    )
  })
})

describe('looselySame', () => {
  it.each<[Json, Json]>([
    ['Ann', ' Ann\n'],
    [5, '5'],
    ['5.0', 5],
    [' 5 ', 5],
    [{ a: [1] }, { a: [1] }],
    [null, null],
  ])('takes %j and %j for one value', (a, b) => {
    expect(looselySame(a, b)).toBe(true)
    expect(looselySame(b, a)).toBe(true)
  })

  it.each<[Json, Json]>([
    ['Ann', 'ann'],
    ['', 0],
    [' ', 0],
    ['x', 5],
    ['', null],
    [0, null],
    [true, 1],
    ['true', true],
    ['1', '1.0'],
    [['5'], [5]],
    [[5], '5'],
  ])('tells %j from %j', (a, b) => {
    expect(looselySame(a, b)).toBe(false)
    expect(looselySame(b, a)).toBe(false)
  })
})
