// Pure: the wait of all lanes (R12).
import { type Failure, ruleOf } from '../model/failure.js'
import type { Wait } from '../store/rows.js'
import { isDue, pauseMs } from './backoff.js'

/** It after one more such failure. Requests that were under way together count once; the server's word goes first. */
export function nextWait(
  wait: Wait | undefined,
  failure: Failure,
  { nowMs, chance }: { nowMs: number; chance: number },
): Wait {
  const { isOrder = false, class: means } = ruleOf(failure.kind)
  const ordered = isOrder && failure.retryAfterMs! > 0
  const open = wait && !isWaitOver(wait, nowMs) ? wait : undefined
  const failures = open?.failures ?? (wait?.failures ?? 0) + 1
  const dueAtMs = nowMs + pauseMs(failure, failures, chance)
  const isOpenOrder = open && ruleOf(open.failure.kind).isOrder
  const isStronger = isOpenOrder ? ordered && (!open.ordered || dueAtMs > open.dueAtMs) : isOrder || means === 'hold'
  return open && !isStronger ? open : { failure, failures, dueAtMs, ordered }
}

export function isWaitOver({ dueAtMs, failure }: Wait, nowMs: number): boolean {
  return isDue(dueAtMs, nowMs, ruleOf(failure.kind).longestMs)
}
