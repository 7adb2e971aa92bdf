// The sender's one timer (G14).
import type { Clock } from '../platform/platform.js'

export interface Alarm {
  /** When something is due; `undefined` while nothing waits. */
  readonly atMs: number | undefined
  /** Sets the alarm; the earliest time counts. */
  due(atMs: number): void
  /** S7: only as a round begins, in which each lane sets its time again. */
  empty(): void
  /** Resolves with whether the time has passed; `false`: it was interrupted. */
  sleep(ms: number): Promise<boolean>
  /** The same until the alarm's time; `false` as well if none is set. */
  ring(): Promise<boolean>
  interrupt(): void
}

export function createAlarm(clock: Pick<Clock, 'now' | 'sleep'>): Alarm {
  let atMs: number | undefined
  /** When it was set: a clock before that was set back, and says nothing of the time that has passed. */
  let setAtMs = 0
  let sleeping: AbortController | undefined
  const sleep: Alarm['sleep'] = async (ms) => {
    const { signal } = (sleeping = new AbortController())
    await clock.sleep(ms, signal)
    return !signal.aborted
  }
  return {
    get atMs() {
      return atMs
    },
    due(ms) {
      atMs = Math.min(atMs ?? ms, ms)
      setAtMs = Math.max(setAtMs, clock.now())
    },
    empty() {
      atMs = undefined
      setAtMs = 0
    },
    sleep,
    ring: async () => atMs !== undefined && sleep(clock.now() < setAtMs ? 0 : Math.max(0, atMs - clock.now())),
    interrupt: () => sleeping?.abort(),
  }
}
