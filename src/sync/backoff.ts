import type { Random } from '../platform/platform.js'

const firstMs = 1_000
const longestMs = 300_000
const busyMs = 30_000
/** Longest wait that a server may order with `Retry-After` (`busy`). */
export const longestOrderMs = 3_600_000

/** How often a configuration that the backend refuses is tried again (`configuration`). */
export const configurationRetryMs = 900_000

/** How often a lane that gets no verdict is tried (`stalled`). */
export const stalledRetryMs = 86_400_000

/** Pause after that many failures in a row: exponential with full jitter, 1 s to 5 min (R12). */
export function backoffMs(failures: number, random: Random): number {
  const ceiling = Math.min(longestMs, firstMs * 2 ** Math.min(failures, 20))
  return firstMs + Math.round(random.number() * (ceiling - firstMs))
}

/** Pause that a busy server gets: what it ordered, else 30 s with jitter, so that waiting clients do not return at once. */
export function busyWaitMs(retryAfterMs: number | undefined, random: Random): number {
  return Math.min(longestOrderMs, retryAfterMs ?? Math.round(busyMs * (0.5 + random.number())))
}

/** Whether the time has come. One further ahead than its longest possible wait was set by a clock that has jumped: it is due. */
export function isDue(dueAtMs: number, nowMs: number, longest: number = longestMs): boolean {
  return dueAtMs <= nowMs || dueAtMs - nowMs > longest
}
