import fc from '../support/fast-check.js'
import { describe, expect, it } from 'vitest'
import { backoffMs, isDue, pauseMs } from '../../src/sync/backoff.js'
import { splitAccepted, splitRefused } from '../../src/sync/lane/split.js'

const almostOne = 1 - 2 ** -53

describe('backoff (R12)', () => {
  it('is between one second and a ceiling that doubles up to five minutes', () => {
    expect([1, 2, 3].map((failures) => backoffMs(failures, almostOne))).toEqual([2_000, 4_000, 8_000])
    fc.assert(
      fc.property(fc.nat(1e9), fc.double({ min: 0, max: almostOne, noNaN: true }), (failures, number) => {
        const pauseMs = backoffMs(failures, number)
        expect(pauseMs).toBeGreaterThanOrEqual(1_000)
        expect(pauseMs).toBeLessThanOrEqual(300_000)
        expect(isDue(1_000 + pauseMs, 1_000)).toBe(false)
      }),
    )
  })

  it('of a busy server is what it ordered, an hour at most, else about half a minute', () => {
    const busyMs = (retryAfterMs: number | undefined, number = 0): number =>
      pauseMs({ kind: 'busy', message: '', retryAfterMs }, 1, number)
    expect(busyMs(1)).toBe(1)
    expect(busyMs(7_200_000)).toBe(3_600_000)
    expect([busyMs(undefined), busyMs(undefined, almostOne)]).toEqual([15_000, 45_000])
    for (const none of [0, -1, Number.NaN]) expect(busyMs(none)).toBe(15_000)
  })
})

describe('a split (R6)', () => {
  it('halves the suspects, the older half first, until the last one is alone', () => {
    expect(splitRefused(7)).toEqual({ suspects: 7, size: 4 })
    expect(splitAccepted(splitRefused(7), 4)).toEqual({ suspects: 3, size: 2 })
    expect(splitAccepted({ suspects: 3, size: 2 }, 2)).toEqual({ suspects: 1, size: 1 })
    expect(splitAccepted({ suspects: 1, size: 1 }, 1)).toBeUndefined()
    expect(splitAccepted(undefined, 3)).toBeUndefined()
  })
})
