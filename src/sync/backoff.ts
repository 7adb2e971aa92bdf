// Pure: the lengths of pauses (R12). `chance`: drawn by the caller, from 0 up to 1.
import { type Failure, ruleOf } from '../model/failure.js'

const firstMs = 1_000
/** Of a lane. */
export const longestMs = 300_000
const busyMs = 30_000
/** How often a lane that gets no verdict is tried (`stalled`). */
export const stalledRetryMs = 86_400_000

/** Pause after that many failures in a row: exponential with full jitter, 1 s to 5 min (R12). */
export function backoffMs(failures: number, chance: number): number {
  const ceiling = Math.min(longestMs, firstMs * 2 ** Math.min(failures, 20))
  return firstMs + Math.round(chance * (ceiling - firstMs))
}

/**
 * Pause of all lanes after that many failures in a row. A busy server gets the pause that it ordered, else 30 s with jitter,
 * so that waiting clients do not return at once.
 */
export function pauseMs({ kind, retryAfterMs }: Failure, failures: number, chance: number): number {
  const { isOrder, longestMs } = ruleOf(kind)
  if (longestMs === undefined) return backoffMs(failures, chance)
  return isOrder
    ? Math.min(longestMs, retryAfterMs! > 0 ? retryAfterMs! : Math.round(busyMs * (0.5 + chance)))
    : longestMs
}

/**
 * Whether the time has come. A time beyond its longest possible wait was set by a clock that has jumped, and a value that is
 * no time came from no code of ours: both are due.
 */
export function isDue(dueAtMs: number, nowMs: number, longest: number = longestMs): boolean {
  return !(dueAtMs > nowMs && dueAtMs - nowMs <= longest)
}
