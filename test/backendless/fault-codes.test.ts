import fc from '../support/fast-check.js'
import { describe, expect, it } from 'vitest'
import { meaningOf, type FaultKinds } from '../../src/backendless/fault-codes.js'
import { ruleOf, type FailureKind } from '../../src/model/failure.js'

/** The table of the design, by hand: the source's table is not its own judge. */
const table: [FailureKind, number[]][] = [
  ['conflict', [3018, 3033, 1062, 1155, 1166]],
  [
    'validation',
    [
      3045, 3031, 3010, 3011, 3012, 3013, 3038, 3039, 3040, 3041, 3049, 3063, 3096, 1007, 1110, 1137, 1165, 1999, 8000,
      8003,
    ],
  ],
  ['forbidden', [3029, 3054, 1011, 1012, 1013, 1014, 1134, 2000, 3084, 3094]],
  ['gone', [3030, 1000, 1035, 3057]],
  ['other', [3024, 15000, 3021, 0, 1, -1, 42, 403, 404, 500, 3999, 8002, 8004, 123456]],
  ['auth', [3028, 3064, 3023, 3090, 3091, 3000, 3002, 3003, 3044, 3121, 3048, 3083, 3082, 3087, 3036]],
  ['configuration', [2002, 3001, 3034, 2005, 2007, 2008, 2011, 2014, 3008, 11005, 11009, 11033]],
  ['busy', [999, 9070, 1138, 1140]],
]

describe('the meaning of a code', () => {
  it.each(table.flatMap(([kind, codes]) => codes.map((code) => [code, kind] as const)))('%d is %s', (code, kind) => {
    expect(meaningOf(code, {}).kind).toBe(kind)
  })

  it('says of a conflict that the value is taken', () => {
    expect(meaningOf(3018, {})).toEqual({ kind: 'conflict', reason: 'taken', known: true })
  })

  it('takes three refusals for a general failure', () => {
    expect(meaningOf(3024, {})).toEqual({ kind: 'other', refusals: 3, known: true })
    expect(meaningOf(15_000, {})).toEqual({ kind: 'other', refusals: 3, known: true })
    expect(meaningOf(3021, {}).refusals).toBeUndefined()
  })

  it("puts the app's own rows first", () => {
    expect(meaningOf(3045, { 3045: 'other' }).kind).toBe('other')
    expect(meaningOf(7001, { 7001: 'configuration' })).toEqual({ kind: 'configuration', known: true })
  })

  it('is not misled by the names that every object has', () => {
    expect(meaningOf(3018, Object.create({ 3018: 'busy' }) as FaultKinds).kind).toBe('conflict')
  })

  it('ends every unknown code in a fault: neither a loop nor a loss', () => {
    fc.assert(
      fc.property(fc.integer(), (code) => {
        const { kind, known } = meaningOf(code, {})
        if (!known) expect([kind, ruleOf(kind).class]).toEqual(['other', 'verdict'])
      }),
    )
  })
})
