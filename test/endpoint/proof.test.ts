import fc from '../support/fast-check.js'
import { describe, expect, it } from 'vitest'
import { jsonFlaw } from '../../src/model/json.js'
import { answerLimits, isJsonType, parseJson, retryAfterMs, unproven } from '../../src/endpoint/proof.js'

const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels)

describe('parseJson', () => {
  it.each([
    ['an object', '{"a":[1,"x",null,true]}'],
    ['spaces around it', ' \n{"a":1}\r\n'],
    ['names that every object has', '{"toString":1,"hasOwnProperty":2,"then":3,"length":4}'],
    ['a lone surrogate', '"\\ud800"'],
    ['a property called constructor', '{"constructor":"Ferrari"}'],
  ])('believes %s', (_name, text) => {
    expect(parseJson(text, 65)).toEqual({ json: JSON.parse(text) as unknown })
  })

  it('finds nothing in an empty text', () => {
    expect(parseJson(' \n', 65)).toEqual({})
  })

  it('takes 65 levels, which a record with the deepest value that can be saved has', () => {
    expect(parseJson(nested(65), answerLimits.depth)).toHaveProperty('json')
    expect(parseJson(nested(66), answerLimits.depth)).toEqual({ flaw: 'is nested too deeply' })
  })

  it('gives back any JSON as it is, but for keys that reach a prototype', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        const parsed = parseJson(JSON.stringify(value), 65)
        if ('flaw' in parsed) expect(JSON.stringify(value)).toMatch(/"__proto__"|"constructor"/)
        // JSON has no negative zero.
        else expect(parsed.json).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })
})

describe('jsonFlaw', () => {
  it('is fast in a wide list', () => {
    expect(
      jsonFlaw(
        Array.from({ length: 500_000 }, () => 0),
        2,
      ),
    ).toBeUndefined()
  })
})

describe('isJsonType', () => {
  it.each([
    'application/json',
    'application/json; charset=utf-8',
    'Application/JSON ;x',
    'text/json',
    'application/problem+json',
  ])('takes %s', (type) => expect(isJsonType(type)).toBe(true))
  it.each([
    '',
    'text/html',
    'text/plain',
    'application/jsonp',
    'application/x-json-stream',
    'text/html; application/json',
  ])('does not take "%s"', (type) => expect(isJsonType(type)).toBe(false))
})

describe('retryAfterMs', () => {
  const nowMs = Date.parse('2026-11-23T12:00:00Z')
  it.each<[string | null, number | undefined]>([
    ['30', 30_000],
    ['1', 1000],
    ['Mon, 23 Nov 2026 12:02:00 GMT', 120_000],
    ['1000000000', 3_600_000],
    ['9'.repeat(400), 3_600_000],
    ['Wed, 23 Nov 2033 12:02:00 GMT', 3_600_000],
    ['0', undefined],
    ['-5', undefined],
    ['1.5', undefined],
    ['soon', undefined],
    ['soon GMT', undefined],
    ['2026-11-23', undefined],
    ['Mon, 23 Nov 2026 11:59:00 GMT', undefined],
    ['', undefined],
    [null, undefined],
  ])('reads %s as %s', (header, waitMs) => {
    expect(retryAfterMs(header, nowMs)).toBe(waitMs)
  })

  it('ignores a date where there is no clock', () => {
    expect(retryAfterMs('Mon, 23 Nov 2026 12:02:00 GMT', undefined)).toBeUndefined()
  })
})

describe('unproven', () => {
  it.each([408, 425, 429, 503])('calls %d busy', (status) => {
    expect(unproven({ status, retryAfterMs: 5000 }, 'm')).toEqual({
      kind: 'busy',
      status,
      message: 'm',
      retryAfterMs: 5000,
    })
  })
  it.each([0, 200, 201, 204, 302, 304, 400, 401, 403, 404, 409, 410, 413, 422, 500, 502, 504, 520, 999])(
    'calls %d trouble of the server',
    (status) => expect(unproven({ status }, 'm')).toEqual({ kind: 'server', status, message: 'm' }),
  )
})
