import { type Failure, failureClass, type FailureKind } from './failure.js'
import { fieldsOf } from './own.js'

/** What the sending side is doing, as far as observers are told. */
export interface EngineState {
  /** A request is out, or about to leave. */
  sending: boolean
  /** Why nothing is sent although something could be (G9). */
  hold?: Failure
  nextAttemptAtMs?: number
  /** When the backend last gave a proper reply. */
  lastReplyAtMs?: number
  /** The last answer, if it was no proper reply. */
  failure?: Failure
  online: boolean
}

/** What another tab told of its state; `undefined` for anything else, which the origin's other scripts can post too. */
export function engineStateOf(told: unknown): EngineState | undefined {
  const { sending, online, hold, failure, nextAttemptAtMs, lastReplyAtMs } = fieldsOf(told)
  if (typeof sending !== 'boolean' || typeof online !== 'boolean') return undefined
  const held = failureOf(hold)
  const failed = failureOf(failure)
  return {
    sending,
    online,
    ...(held && failureClass(held.kind) === 'hold' && { hold: held }),
    ...(failed && { failure: failed }),
    ...(Number.isFinite(nextAttemptAtMs) && { nextAttemptAtMs: nextAttemptAtMs as number }),
    ...(Number.isFinite(lastReplyAtMs) && { lastReplyAtMs: lastReplyAtMs as number }),
  }
}

function failureOf(told: unknown): Failure | undefined {
  const { kind, message, code, status, reason } = fieldsOf(told)
  if (typeof failureClass(kind as FailureKind) !== 'string' || typeof message !== 'string') return undefined
  return {
    kind: kind as FailureKind,
    message,
    ...((typeof code === 'number' || typeof code === 'string') && { code }),
    ...(typeof status === 'number' && { status }),
    ...(typeof reason === 'string' && { reason }),
  }
}
