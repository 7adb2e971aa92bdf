import fc from '../support/fast-check.js'
import { describe, expect, it } from 'vitest'
import { mergeBase, readEcho } from '../../src/model/echo.js'
import type { Json, Properties } from '../../src/model/record.js'
import { looselySame } from '../../src/model/same.js'

function isStored(sent: Json, { before, echo }: { before?: Properties | undefined; echo: Properties }): boolean {
  const { stored, missing } = readEcho({
    sent: { a: sent },
    before,
    echo,
    same: (_property, x, y) => looselySame(x, y),
  })
  expect([...stored, ...missing]).toEqual(['a'])
  return stored.length === 1
}

describe('readEcho', () => {
  it.each<[string, Json, { before?: Properties; echo: Properties }]>([
    ['the same value', 'x', { before: { a: 'y' }, echo: { a: 'x' } }],
    ['the same value in other clothes', ' x', { before: { a: 'y' }, echo: { a: 'x' } }],
    ['a value that was there before and is what was sent', 'x', { before: { a: 'x' }, echo: { a: 'x' } }],
    ["the backend's own form", 'x', { before: { a: 'y' }, echo: { a: 'X!' } }],
    ["null as the backend's own form of an empty text", '', { before: { a: 'y' }, echo: { a: null } }],
    ['a changed value where nothing was known', 'x', { echo: { a: 'z' } }],
    ['null for null', null, { before: { a: 'y' }, echo: { a: null } }],
    ['an absent property for null', null, { before: { a: 'y' }, echo: {} }],
  ])('takes for stored: %s', (_name, sent, told) => {
    expect(isStored(sent, told)).toBe(true)
  })

  it.each<[string, Json, { before?: Properties; echo: Properties }]>([
    ['an absent property', 'x', { before: { a: 'y' }, echo: {} }],
    ['an absent property where nothing was known', 'x', { echo: {} }],
    ['the previous value', 'x', { before: { a: 'y' }, echo: { a: 'y' } }],
    ['null where nothing was known', 'x', { echo: { a: null } }],
    ['null where nothing was before', 'x', { before: {}, echo: { a: null } }],
    ['the previous value where it was to be cleared', null, { before: { a: 'y' }, echo: { a: 'y' } }],
  ])('takes for not stored: %s', (_name, sent, told) => {
    expect(isStored(sent, told)).toBe(false)
  })

  it('tells a form of the backend, which is stored, from the same value', () => {
    const same = (_: string, sent: Json, got: Json): boolean => looselySame(sent, got)
    const sent = { a: ' x', b: 'x', c: 'x', d: null }
    const before = { a: 'y', b: 'y', c: 'y', d: 1 }
    expect(readEcho({ sent, before, echo: { a: 'x', b: 'X!', c: 'y' }, same })).toEqual({
      stored: ['a', 'b', 'd'],
      reformed: ['b'],
      missing: ['c'],
    })
  })

  it('asks of an absent property whether nothing is the same', () => {
    const asked: unknown[] = []
    const same = (...values: [string, Json, Json]): boolean => asked.push(values) > 0
    expect(readEcho({ sent: { a: 'x' }, before: { a: 'y' }, echo: {}, same })).toMatchObject({
      stored: ['a'],
      reformed: [],
    })
    expect(asked).toEqual([['a', 'x', null]])
  })

  it('is not misled by names that every object has', () => {
    const read = readEcho({ sent: { valueOf: 'x' } as never, before: {}, echo: {}, same: () => false })
    expect(read).toEqual({ stored: [], reformed: [], missing: ['valueOf'] })
  })

  it('names each sent property once, and for a backend that stores a part of exact values names that part', () => {
    const state = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.oneof(fc.nat(2), fc.constant(null)), {
      noNullPrototype: true,
    })
    fc.assert(
      fc.property(state, state, fc.subarray(['a', 'b', 'c']), (before, sent, kept) => {
        const part = Object.fromEntries(Object.entries(sent).filter(([name]) => kept.includes(name)))
        const { stored, missing } = readEcho({ sent, before, echo: { ...before, ...part }, same: () => false })
        expect([...stored, ...missing].sort()).toEqual(Object.keys(sent).sort())
        for (const name of Object.keys(sent)) {
          const hadIt = (before[name] ?? null) === sent[name]
          expect(stored.includes(name)).toBe(kept.includes(name) || hadIt)
        }
      }),
    )
  })
})

describe('mergeBase', () => {
  it('takes over what a reply has, and keeps what it lacks', () => {
    expect(mergeBase({ a: 1, b: 2 }, { b: 3, c: null })).toStrictEqual({ a: 1, b: 3, c: null })
    expect(mergeBase(undefined, { a: 1 })).toStrictEqual({ a: 1 })
  })

  it('clears what was sent as null and the reply lacks', () => {
    expect(mergeBase({ a: 1, b: 1, c: 1 }, { b: 2 }, { a: null, b: null, c: 3 })).toStrictEqual({ a: null, b: 2, c: 1 })
  })

  it('drops the names that reach a prototype', () => {
    const record = JSON.parse('{ "__proto__": { "admin": true }, "constructor": 1, "prototype": 2, "toString": 3 }')
    const base = mergeBase(record as Properties, record as Properties)
    expect(Object.keys(base)).toEqual(['toString'])
    expect(Object.getPrototypeOf(base)).toBe(Object.prototype)
    expect('admin' in base).toBe(false)
  })
})
