// Pure: the states of a lane, by name. A lane's state is its row and its edits; nothing of it is in memory only.
import { opOf } from '../../model/edit.js'
import type { Attempt, RecordRow, StoredLane } from '../../store/rows.js'
import { isDue, stalledRetryMs } from '../backoff.js'
import type { LaneContext } from './context.js'
import { frontOf } from './front.js'
import { lookBackDueAtMs } from './look-back.js'

/** The first that fits, from the top. `split` and `stalled` are properties of the row that any state can have beside. */
export type LaneState =
  /** Its rows cannot be read: a newer version of the library wrote them, or they are damaged (R15). */
  | 'held'
  /** Nothing is pending, and nothing is owed. */
  | 'resting'
  /** Its time lies ahead. */
  | 'paused'
  /** Nobody can tell whether its creation was made: it waits for the person (R21). */
  | 'undecided'
  /** Its request was refused, and the sender reads the record before it believes the refusal (R3). */
  | 'doubted'
  /** This context sent a request in this term, and has no answer yet. */
  | 'under-way'
  /** Another context did, or this one in an earlier term: the request's time is waited out (R3). */
  | 'abandoned'
  /** A try of its request had no answer that tells its outcome. */
  | 'unknown'
  /** A look-back is due, or nothing but look-backs is left. */
  | 'owing'
  /** Each edit that could go out waits for another lane (R20). */
  | 'dependent'
  /** Edits are pending, of which none was sent. */
  | 'queued'

/** The parts of the context that a lane's state depends on: who asks, and when. */
export type Asking = Pick<LaneContext, 'nowMs' | 'startedAtMs' | 'epoch' | 'requestTimeoutMs' | 'ignoreDue' | 'refsOf'>

export function laneState(lane: StoredLane, asking: Asking): LaneState {
  const { row, edits, held } = lane
  const { attempt } = row
  const owedAtMs = lookBackDueAtMs(row)
  if (held) return 'held'
  if (!edits.length && owedAtMs === undefined) return 'resting'
  if (!asking.ignoreDue && !isItsTime(row, asking)) return 'paused'
  if (row.unknownFault && !row.looksAgain) return 'undecided'
  if (attempt && isLookedFor(row, attempt, asking)) return 'paused'
  if (attempt?.refusal) return 'doubted'
  if (attempt?.open && attempt.epoch === asking.epoch) return 'under-way'
  if (attempt?.open && !isTryOver(attempt, asking)) return 'abandoned'
  if (attempt) return 'unknown'
  if (!edits.length || (owedAtMs !== undefined && isDue(owedAtMs, asking.nowMs, asking.requestTimeoutMs)))
    return 'owing'
  return frontOf(lane, asking).waitsFor.length ? 'dependent' : 'queued'
}

/** A stalled lane is tried daily, and once by each context. */
function isItsTime({ dueAtMs, stalledFault, attempt }: RecordRow, { nowMs, startedAtMs }: Asking): boolean {
  if (!stalledFault) return isDue(dueAtMs, nowMs)
  return isDue(dueAtMs, nowMs, stalledRetryMs) || (attempt !== undefined && attempt.atMs < startedAtMs)
}

/**
 * The record of a creation was looked for, and its pause ends with the try: until then another look decides nothing, also in
 * `flush()`.
 */
function isLookedFor({ dueAtMs }: RecordRow, attempt: Attempt, asking: Asking): boolean {
  const isPause = opOf(attempt) === 'create' && dueAtMs === tryOverAtMs(attempt, asking)
  return isPause && !isTryOver(attempt, asking)
}

/** When the last try can be under way no more. */
export function tryOverAtMs({ atMs }: Attempt, { requestTimeoutMs }: Pick<Asking, 'requestTimeoutMs'>): number {
  return atMs + requestTimeoutMs
}

/** A clock that was set back ends the wait for it. */
export function isTryOver(attempt: Attempt, asking: Pick<Asking, 'nowMs' | 'requestTimeoutMs'>): boolean {
  return isDue(tryOverAtMs(attempt, asking), asking.nowMs, asking.requestTimeoutMs)
}

/** Whether a read that began then shows the end of the last try: a request that came after it is not in its answer. */
export function showsEnd(
  { atMs }: { atMs: number },
  attempt: Attempt,
  { requestTimeoutMs }: Pick<Asking, 'requestTimeoutMs'>,
): boolean {
  return isTryOver(attempt, { nowMs: atMs, requestTimeoutMs })
}
