import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sameValue } from '../../src/backendless/same-value.js'
import type { Json } from '../../src/model/record.js'

const description = [
  { name: 'login', type: 'STRING', identity: true },
  { name: 'name', type: 'STRING' },
  { name: 'age', type: 'INT' },
  { name: 'size', type: 'DOUBLE' },
  { name: 'born', type: 'DATETIME' },
  { name: 'ok', type: 'BOOLEAN' },
  { name: 'prefs', type: 'JSON' },
]

const noon = Date.UTC(2026, 10, 23, 12)

describe('sameValue', () => {
  it.each<[string, Json, Json | undefined]>([
    ['name', 'Ann', 'Ann'],
    ['name', ' Ann ', 'Ann'],
    ['name', 7, '7'],
    ['name', null, undefined],
    ['age', 1, 1.0],
    ['age', 1, '1'],
    ['age', '1', 1],
    ['age', '1.0', '1'],
    ['size', '1.50', '1.5'],
    ['born', noon + 999, noon],
    ['born', noon + 600, noon + 1000],
    ['born', noon, '2026-11-23T12:00:00Z'],
    ['born', '2026-11-23T14:00:00.750+02:00', noon],
    ['born', '2026-11-23', Date.UTC(2026, 10, 23)],
    ['born', String(noon), noon],
    ['login', ' Ann@X.co', 'ann@x.co'],
    ['prefs', { a: [1, { b: null }], c: 2 }, { c: 2, a: [1, { b: null }] }],
    ['dynamic', 1, '1'],
  ])('%s: %j is stored as %j', (property, sent, got) => {
    expect(sameValue(property, sent, got, description)).toBe(true)
  })

  it.each<[string, Json, Json | undefined]>([
    ['name', 'Ann', 'ann'],
    ['name', '1.0', '1'],
    ['name', '', null],
    ['name', 'Ann', undefined],
    ['age', 1, 2],
    ['age', '', 0],
    ['age', null, 0],
    ['age', 'x', 'y'],
    ['born', noon, noon + 1000],
    ['born', '2026-11-23 12:00:00', noon],
    ['born', 'tomorrow', 'today'],
    ['born', null, 0],
    ['login', 'ann@x.co', 'ann@x.com'],
    ['login', null, 'null'],
    ['ok', true, 'true'],
    ['ok', false, null],
    ['prefs', { a: 1 }, { a: 2 }],
    ['prefs', [1, 2], [2, 1]],
    ['dynamic', noon, noon + 1],
  ])('%s: %j is not %j', (property, sent, got) => {
    expect(sameValue(property, sent, got, description)).toBe(false)
  })

  it.each<[Json, Json, boolean]>([
    ['Ann', 'ann', false],
    ['a ', 'a', true],
    [1, '1.0', true],
    ['1.0', '1', false],
    [noon, noon + 1, false],
  ])('without a description, %j and %j: %s', (sent, got, same) => {
    for (const none of [undefined, null, [], 'x', [{ name: 1 }]]) expect(sameValue('born', sent, got, none)).toBe(same)
  })

  const column = fc.constantFrom(...description.map(({ name }) => name), 'dynamic')
  const value = fc.oneof(
    fc.jsonValue(),
    fc.integer(),
    fc.string(),
    fc.date({ noInvalidDate: true }).map(Number),
  ) as fc.Arbitrary<Json>

  it('holds every value to be itself, after any way through JSON', () => {
    fc.assert(
      fc.property(column, value, (property, json) => {
        expect(sameValue(property, json, JSON.parse(JSON.stringify(json)) as Json, description)).toBe(true)
      }),
    )
  })

  it('has no direction', () => {
    fc.assert(
      fc.property(column, value, value, (property, a, b) => {
        expect(sameValue(property, a, b, description)).toBe(sameValue(property, b, a, description))
      }),
    )
  })
})
