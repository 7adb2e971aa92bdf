/* As flapping-link.test.ts, where nobody says when the link is back: with the seeds over which luck evens out (R12). */
import { expect, it } from 'vitest'
import { requestsPerUpdate } from '../support/flapping-link.js'

/** The link is met by the jitter of the pauses. */
const seeds = [1, 2, 3, 4, 5, 6]

it.each<[conflicts: 'compare' | 'overwrite', latencyMs: number, most: number]>([
  ['overwrite', 200, 3],
  ['compare', 40, 3],
  // Nobody says when the link is back, and each update needs a read first. A try takes 0.2 s of the second in each four that the
  // link is up, so it meets it once in five times; then 0.4 s are left on average: two round trips, with all that is under way at
  // their end lost. With n at a time, that is 4 + (1 + 2n) + n requests for (1 + 2n) / 2 updates: over 3 for any n.
  ['compare', 200, 7],
])(
  '500 edits of 50 records drain: %s, %d ms a request, requests per update under %d',
  async (conflicts, latencyMs, most) => {
    expect(await requestsPerUpdate({ isTold: false, conflicts, latencyMs }, seeds)).toBeLessThan(most)
  },
  // Only what hangs should end by the clock: each seed is hours of virtual time.
  240_000,
)
