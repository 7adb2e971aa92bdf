import fc from '../support/fast-check.js'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { InvalidEditError } from '../../src/model/errors.js'
import { fold } from '../../src/model/fold.js'
import { differencePatch, normalizePatch } from '../../src/model/patch.js'
import type { Json } from '../../src/model/record.js'

function refusal(patch: unknown): InvalidEditError {
  try {
    normalizePatch(patch)
  } catch (error) {
    if (error instanceof InvalidEditError) return error
    throw error
  }
  throw new Error('The patch was taken')
}

function nested(levels: number): Json {
  let value: Json = 1
  for (let level = 0; level < levels; level++) value = level % 2 ? [value] : { inner: value }
  return value
}

function isFrozenWhole(value: unknown): boolean {
  return (
    typeof value !== 'object' || value === null || (Object.isFrozen(value) && Object.values(value).every(isFrozenWhole))
  )
}

/** JSON of every shape, but for the names that a patch refuses. */
const json = fc
  .jsonValue({ maxDepth: 4 })
  .filter((value) => !/"(__proto__|constructor|prototype)"|\d{16}(?![\d.e])/.test(JSON.stringify(value)))
  .map((value) => value as Json)

describe('normalizePatch', () => {
  it('takes any JSON as it is', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(normalizePatch({ value })).toStrictEqual({ value })
      }),
    )
  })

  it('answers with a copy that is frozen whole, which later changes of the original do not reach', () => {
    const original = { tags: ['a', { deep: [1] }], name: 'Ann' }
    const patch = normalizePatch(original)
    original.tags.push('b')
    ;(original.tags[1] as { deep: number[] }).deep.push(2)
    expect(patch).toStrictEqual({ tags: ['a', { deep: [1] }], name: 'Ann' })
    expect(isFrozenWhole(patch)).toBe(true)
    expect(Object.isFrozen(original)).toBe(false)
  })

  it('makes ISO text of dates at any depth, also of another realm, or what the endpoint makes of them', () => {
    const foreign: unknown = runInNewContext('new Date(5)')
    const patch = { at: new Date(1_700_000_000_123), all: [foreign] }
    expect(normalizePatch(patch)).toStrictEqual({ at: '2023-11-14T22:13:20.123Z', all: ['1970-01-01T00:00:00.005Z'] })
    expect(normalizePatch(patch, { fromDate: Number })).toStrictEqual({ at: 1_700_000_000_123, all: [5] })
  })

  it('takes plain objects of another realm and those without a prototype', () => {
    expect(normalizePatch(runInNewContext('({ a: { b: [1] } })'))).toStrictEqual({ a: { b: [1] } })
    expect(normalizePatch(Object.assign(Object.create(null), { a: 1 }))).toStrictEqual({ a: 1 })
  })

  it('ignores what is undefined at the top', () => {
    expect(normalizePatch({ a: undefined, b: 1 })).toStrictEqual({ b: 1 })
  })

  it('keeps names that every object has, and texts with half a surrogate pair', () => {
    const patch = { toString: 'x', valueOf: null, hasOwnProperty: { valueOf: 1 }, half: '\ud800' }
    expect(normalizePatch(patch)).toStrictEqual(patch)
  })

  it.each([
    [{ id: 2 ** 53 }],
    [[{ ids: [-(2 ** 53), 1] }]],
    [JSON.parse('{"id":9007199254740993}')],
    [JSON.parse('{"id":12345678901234567890}')],
  ])('refuses %j, in which a whole number was rounded, and not in what is not sent', (value) => {
    expect(refusal({ name: 'Ann', prefs: value })).toMatchObject({
      property: 'prefs',
      rule: expect.stringContaining('2^53'),
    })
    expect(normalizePatch({ prefs: value }, { isSent: false })).toStrictEqual({ prefs: value })
  })

  it.each([[{ a: 2 ** 53 - 1, b: -(2 ** 53) + 1, c: 1e21, d: 0.1234567890123456, e: '9007199254740993' }], [2 ** 60]])(
    'takes %j, in which nothing was',
    (value) => {
      expect(normalizePatch({ value })).toStrictEqual({ value })
    },
  )

  class Person {
    name = 'Ann'
  }
  const loop: { self?: unknown } = {}
  loop.self = loop
  const hole: unknown[] = []
  hole.length = 1

  it.each<[string, unknown, RegExp]>([
    ['a function', () => 1, /values are absolute/],
    ['a symbol', Symbol('s'), /Symbol/],
    ['a bigint', 1n, /BigInt/],
    ['a Map', new Map(), /Map/],
    ['an instance of a class', new Person(), /class instance/],
    ['an object with a made-up prototype', Object.create({ a: 1 }), /class instance/],
    ['NaN', Number.NaN, /NaN/],
    ['Infinity', -Infinity, /-Infinity/],
    ['an invalid date', new Date(Number.NaN), /invalid Date/],
    ['a boxed string', new String('x'), /String/],
    ['a cycle', loop, /contains itself/],
    ['__proto__', JSON.parse('{ "__proto__": { "admin": true } }'), /__proto__/],
    ['constructor', { constructor: 1 }, /constructor/],
    ['prototype', { prototype: null }, /prototype/],
    ['a property that is undefined', { inner: undefined }, /Undefined/],
    ['a hole in an array', hole, /Undefined/],
    ['65 levels', nested(65), /64 levels/],
  ])('refuses %s at any depth, naming the property and the rule', (_what, value, rule) => {
    for (const [patch, told] of [
      [{ fine: 1, about: value }, value],
      [{ fine: 1, about: [{ deep: value }] }, undefined],
    ] as const) {
      const error = refusal(patch)
      expect(error.property).toBe('about')
      expect(error.rule).toMatch(rule)
      expect(error.message).toContain('about')
      if (told !== undefined) expect(error.value).toBe(told)
    }
  })

  it('takes 64 levels', () => {
    expect(normalizePatch({ a: nested(64) })).toStrictEqual({ a: nested(64) })
  })

  it.each(['__proto__', 'constructor', 'prototype'])('refuses a property named %s', (name) => {
    expect(refusal(Object.fromEntries([[name, 1]]))).toMatchObject({ property: name })
  })

  it('takes 1 MB of JSON text, and refuses a character more by name', () => {
    const overhead = JSON.stringify({ big: '', small: 1 }).length
    const text = 'x'.repeat(1_048_576 - overhead)
    expect(normalizePatch({ big: text.slice(1), small: 1 })).toHaveProperty('big')
    expect(refusal({ small: 1, big: text + 'xx' })).toMatchObject({
      property: 'big',
      rule: expect.stringContaining('1 MB'),
    })
  })

  it('refuses what is small in memory and huge as text without writing it all out', () => {
    let bomb: unknown = 'x'
    for (let level = 0; level < 60; level++) bomb = [bomb, bomb]
    expect(refusal({ bomb }).rule).toContain('1 MB')
  })

  it('never shows the value of a password', () => {
    expect(refusal({ password: ['secret', Number.NaN] })).toMatchObject({ property: 'password', value: undefined })
  })

  it.each<[string, unknown]>([
    ['null', null],
    ['text', 'name'],
    ['an array', [1]],
    ['a function', () => ({})],
    ['an instance of a class', new Person()],
    ['a date', new Date(0)],
  ])('refuses %s in place of a patch', (_what, patch) => {
    expect(refusal(patch)).toMatchObject({ property: '', rule: expect.stringContaining('plain object') })
  })

  it.each([{}, { a: undefined }])('refuses a patch that changes nothing', (patch) => {
    expect(refusal(patch).rule).toContain('changes nothing')
  })
})

describe('differencePatch', () => {
  it('has what changed, null for what was deleted, and nothing for what is equal', () => {
    const before = { same: { a: [1] }, changed: 1, deleted: 'x', emptied: 'y', never: null }
    const after = { same: { a: [1] }, changed: 2, emptied: undefined, added: [] }
    expect(differencePatch(before, after as never)).toStrictEqual({
      changed: 2,
      deleted: null,
      emptied: null,
      added: [],
    })
  })

  it('shows a date in a draft, also where an empty object was', () => {
    const date = new Date(1)
    expect(differencePatch({ at: {} }, { at: date } as never)).toStrictEqual({ at: date })
  })

  it('is not misled by names that every object has', () => {
    expect(differencePatch({}, { toString: 'x' } as never)).toStrictEqual({ toString: 'x' })
    expect(differencePatch({ valueOf: 1 } as never, {})).toStrictEqual({ valueOf: null })
  })

  it('leads from one state to the other, and is empty only between equal ones', () => {
    const state = fc.dictionary(fc.constantFrom('a', 'b', 'toString', 'then'), json, { noNullPrototype: true })
    fc.assert(
      fc.property(state, state, (before, after) => {
        const view = fold(before, [{ patch: differencePatch(before, after) }])!
        for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
          expect(Object.hasOwn(view, name) ? view[name] : null).toStrictEqual(
            Object.hasOwn(after, name) ? after[name] : null,
          )
        }
        expect(differencePatch(before, structuredClone(before))).toStrictEqual({})
      }),
    )
  })
})
