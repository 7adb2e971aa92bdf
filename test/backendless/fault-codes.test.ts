import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { meaningOf, type FaultKinds } from '../../src/backendless/fault-codes.js'
import { failureClass, type FailureKind } from '../../src/model/failure.js'

/** The table of the design, by hand: the source's table is not its own judge. */
const table: [FailureKind, number[]][] = [
  ['conflict', [3018, 3033]],
  ['validation', [3045, 3031, 3010, 3011, 3012, 3013, 3038, 3039, 3040, 3041, 1007, 1062, 1110, 1999]],
  ['forbidden', [3029, 3054, 1011]],
  ['gone', [3030, 1000]],
  ['other', [3024, 3021, 0, 1, -1, 42, 403, 404, 500, 3999, 8002, 123456]],
  ['auth', [3028, 3064, 3023, 3090, 3091, 3000, 3002, 3003, 3044, 3121]],
  ['configuration', [2002, 3001, 3034, 2005, 2007, 2008, 2011, 2014]],
  ['busy', [999, 9070]],
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
    expect(meaningOf(3021, {})).not.toHaveProperty('refusals')
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
        if (!known) expect([kind, failureClass(kind)]).toEqual(['other', 'verdict'])
      }),
    )
  })
})
