import fc from '../support/fast-check.js'
import { describe, expect, it } from 'vitest'
import type { Json } from '../../src/model/record.js'
import { jsonBytes, mostJsonBytes } from '../../src/model/size.js'

/** As serializers write it that escape all but plain ASCII, and markup. */
const escaped = (value: Json): string =>
  JSON.stringify(value).replace(
    /[^ -~]|[<>&='/]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

describe('the length of a value as JSON', () => {
  it.each<[Json, number]>([
    ['', 2],
    ['abc', 5],
    ['é', 4],
    ['語', 5],
    ['😀', 6],
    ['\ud83d', 8],
    ['"', 4],
    [12.5, 4],
    [null, 4],
    [{ a: ['語'] }, 13],
  ])('of %j is %d bytes', (value, bytes) => expect(jsonBytes(value)).toBe(bytes))

  it('is at most what no serializer goes past, in bytes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(mostJsonBytes(value as Json)).toBeGreaterThanOrEqual(
          Math.max(jsonBytes(value as Json), escaped(value as Json).length),
        )
      }),
    )
  })

  it('is about that of plain text, and six times that of any other', () => {
    expect(mostJsonBytes('a'.repeat(950_000))).toBe(950_002)
    expect(mostJsonBytes('語'.repeat(1000))).toBe(6_002)
    expect(mostJsonBytes(`"'\\/<>&=`)).toBe(50)
  })
})
