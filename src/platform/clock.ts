import type { Clock } from './platform.js'

/** Timers count in 32 bits: a longer delay fires at once (HTML, "timer initialisation steps"). */
const longestTimerMs = 2 ** 31 - 1

/** The device's clock and timers. A sleep of any length is kept, with as many timers as it needs. */
export const browserClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      let timer: ReturnType<typeof setTimeout> | undefined
      const wake = (): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', wake)
        resolve()
      }
      const wait = (leftMs: number): void => {
        const partMs = Math.min(leftMs, longestTimerMs)
        timer = setTimeout(() => (leftMs > partMs ? wait(leftMs - partMs) : wake()), partMs)
      }
      if (signal?.aborted) return resolve()
      signal?.addEventListener('abort', wake)
      wait(ms)
    }),
}
