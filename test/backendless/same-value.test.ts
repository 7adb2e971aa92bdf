import fc from '../support/fast-check.js'
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
  { name: 'place', type: 'POINT' },
  { name: 'shape', type: 'GEOMETRY' },
  { name: 'friends', type: 'RELATION_LIST' },
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
    ['name', '', null],
    ['name', null, ''],
    ['age', '', undefined],
    ['name', true, 'true'],
    ['born', '2026-11-23 12:00:00', noon],
    ['born', '2026-11-23T12:00', noon],
    ['born', '2026-11-23T12:00:00.000', noon],
    ['born', '2026-11-23T14:00+0200', noon],
    ['born', '2026-11-23T12:00:00z', noon],
    ['born', '11/23/2026', Date.UTC(2026, 10, 23)],
    ['born', '11.23.2026', Date.UTC(2026, 10, 23)],
    ['born', '11-23-2026 12:00:00', noon],
    ['born', '11/23/2026 12:00', noon],
    ['born', '11/23/2026 12:00:00 GMT', noon],
    ['born', '11/23/2026 14:00:00 GMT+0200', noon],
    ['born', '11/23/2026 14:00:00 GMT+02:00', noon],
    ['born', '23/Nov/2026', Date.UTC(2026, 10, 23)],
    ['born', '23-NOV-2026', Date.UTC(2026, 10, 23)],
    ['ok', true, 'true'],
    ['ok', 'TRUE', true],
    ['ok', 1, true],
    ['ok', '0', false],
    ['ok', 'no', false],
    ['prefs', '{"a":[1,2]}', { a: [1, 2] }],
    ['prefs', '[1]', [1]],
    ['prefs', ' {"a":1} ', '{"a":1.0}'],
    [
      'place',
      { type: 'Point', coordinates: [1, 2] },
      { type: 'Point', coordinates: [1, 2], srsId: 4326, ___class: 'P' },
    ],
    ['place', 'POINT(1 2)', { type: 'Point', coordinates: [1, 2], srsId: 4326 }],
    ['place', ' point ( -1.50  2e1 ) ', { type: 'Point', coordinates: [-1.5, 20] }],
    ['place', '{"type":"Point","coordinates":[1,2]}', 'POINT(1 2)'],
    [
      'shape',
      'LINESTRING(1 2, 3 4)',
      {
        type: 'LineString',
        coordinates: [
          [1, 2],
          [3, 4],
        ],
      },
    ],
    [
      'shape',
      'POLYGON((0 0,0 1,1 1,0 0),(2 2,2 3,3 3,2 2))',
      {
        type: 'Polygon',
        coordinates: [
          [
            [0, 0],
            [0, 1],
            [1, 1],
            [0, 0],
          ],
          [
            [2, 2],
            [2, 3],
            [3, 3],
            [2, 2],
          ],
        ],
      },
    ],
  ])('%s: %j is stored as %j', (property, sent, got) => {
    expect(sameValue(property, sent, got, description)).toBe(true)
  })

  it.each<[string, Json, Json | undefined]>([
    ['name', 'Ann', 'ann'],
    ['name', '1.0', '1'],
    ['name', 'Ann', undefined],
    ['name', true, 'false'],
    ['name', null, 'null'],
    ['name', false, null],
    ['name', [1], '1'],
    ['age', 1, 2],
    ['age', '', 0],
    ['age', null, 0],
    ['age', 'x', 'y'],
    ['born', noon, noon + 1000],
    ['born', 'tomorrow', 'today'],
    ['born', '23/11/2026', Date.UTC(2026, 10, 23)],
    ['born', '23-Foo-2026', Date.UTC(2026, 10, 23)],
    ['born', '11/23/2026 12:00:00 PST', noon],
    ['born', '2026-11-23T12:00', noon + 3_600_000],
    ['born', true, 1],
    ['born', null, 0],
    ['login', 'ann@x.co', 'ann@x.com'],
    ['login', null, 'null'],
    ['ok', true, 0],
    ['ok', 2, true],
    ['ok', 'perhaps', 'perhaps not'],
    ['ok', false, null],
    ['prefs', { a: 1 }, { a: 2 }],
    ['prefs', [1, 2], [2, 1]],
    ['prefs', [1], 1],
    ['prefs', 'a', 'b'],
    ['prefs', '{"a":1', { a: 1 }],
    ['place', 'POINT(1 2)', { type: 'Point', coordinates: [2, 1] }],
    ['place', 'POINT(1 2)', { type: 'LineString', coordinates: [1, 2] }],
    ['place', 'POINT(1 x)', { type: 'Point', coordinates: [1, null] }],
    ['place', { type: 'Point', coordinates: [1, 2], srsId: 3857 }, { type: 'Point', coordinates: [1, 2], srsId: 4326 }],
    ['place', {}, { ___class: 'P' }],
    ['place', 'here', 'there'],
    ['friends', [], null],
    ['friends', '[]', []],
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
