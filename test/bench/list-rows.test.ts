/* The measurement of one answer in a list waits until the page has taken the answer, however long that takes. */
import { expect, test } from 'vitest'
import { busyUntil } from './list-rows.js'

/** A page whose answer is taken after so many rests, each of which keeps the page busy for 3 ms; each look costs 2 ms. */
function page(rests: number) {
  let busy = 10
  let left = rests
  return {
    rest: async () => {
      if (left-- > 0) busy += 3
    },
    busyMs: async () => busy,
    isDone: async () => {
      busy += 2
      return left <= 0
    },
  }
}

test.each([1, 2, 7])(
  'an answer that is taken after %i rests counts with all its work and without the looks',
  async (rests) => {
    const { isDone, busyMs, rest } = page(rests)
    expect(await busyUntil(isDone, busyMs, 10, rest)).toBe(3 * rests)
  },
)
