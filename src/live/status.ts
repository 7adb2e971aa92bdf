import type { SenderState } from '../model/sender-state.js'
import { type Failure, ruleOf } from '../model/failure.js'
import type { Snapshot } from '../store/snapshot-data.js'

/**
 * The way between the pending edits and the backend. `needs-login`: the session has expired. `held`: a failure that no retry
 * mends. `waiting`: something is pending and not being sent at this moment. `offline`: the browser says so, and no request of
 * this tab has been answered since; the next try is at `nextAttemptAtMs`.
 */
export type Phase = 'opening' | 'needs-login' | 'held' | 'sending' | 'waiting' | 'offline' | 'idle'

/** The state of the queue. Times are in milliseconds since 1970. */
export interface Status {
  /** The state in one word. A failure that holds all comes before work, and work before `offline`. */
  readonly phase: Phase
  /** Edits not settled. */
  readonly pending: number
  /** Open faults. */
  readonly faults: number
  /** When the oldest pending edit was made, in ms since 1970; undefined: nothing is pending. */
  readonly oldestPendingAtMs: number | undefined
  /** When the sender tries again, in ms since 1970; undefined: no pause is running. */
  readonly nextAttemptAtMs: number | undefined
  /** When the backend last gave a proper reply, in ms since 1970; undefined: this tab knows of none. */
  readonly lastReplyAtMs: number | undefined
  /** Of `total` edits since the queue was last empty, those that are settled. */
  readonly sent: number
  /** How many edits the queue has had since it was last empty. */
  readonly total: number
  /** The reason why nothing is sent, or why the last attempt failed. */
  readonly failure?: Failure
}

const noCounts = { pending: 0, sent: 0, total: 0, faults: 0 }

/** Failures that no retry mends: a row that cannot be read here, or a wait for a configuration that the backend refuses. */
export function holdOf(snapshot: Snapshot | undefined, { hold }: SenderState): Failure | undefined {
  const failure = snapshot?.wait?.failure
  return hold ?? (failure && ruleOf(failure.kind).class === 'hold' ? failure : undefined)
}

/** `overlay`: the edits of this tab that the snapshot does not count yet. `isUnavailable`: no snapshot will ever come. */
export function statusOf(
  snapshot: Snapshot | undefined,
  overlay: { count: number; oldestAtMs: number | undefined },
  sender: SenderState,
  isUnavailable = false,
): Status {
  const isOpening = !snapshot && !isUnavailable
  const counts = snapshot?.counts ?? noCounts
  const pending = counts.pending + overlay.count
  const { sent, total } = counts.pending || !overlay.count ? counts : noCounts
  const { expired } = snapshot?.session ?? {}
  const wait = pending ? snapshot?.wait : undefined
  const { sending, online } = sender
  const hold = holdOf(snapshot, sender)
  const failure = expired ?? hold ?? sender.failure ?? wait?.failure
  // An attempt under way is not the next one.
  const nextAttemptAtMs = sender.nextAttemptAtMs ?? (sending ? undefined : wait?.dueAtMs)
  return {
    phase: isOpening
      ? 'opening'
      : expired
        ? 'needs-login'
        : hold
          ? 'held'
          : sending
            ? 'sending'
            : pending && online
              ? 'waiting'
              : online
                ? 'idle'
                : 'offline',
    pending,
    faults: counts.faults,
    oldestPendingAtMs: snapshot?.oldestPendingAtMs ?? overlay.oldestAtMs,
    nextAttemptAtMs,
    lastReplyAtMs: sender.lastReplyAtMs,
    sent,
    total: total + overlay.count,
    ...(failure && { failure }),
  }
}
