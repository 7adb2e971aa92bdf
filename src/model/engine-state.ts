import { type Failure, failureClass, type FailureKind } from './failure.js'
import { fieldsOf } from './own.js'

/** What the sending side is doing, as far as observers are told. */
export interface EngineState {
  /** A request is out, or about to leave. */
  sending: boolean
  /** Why nothing is sent although something could be (G9). */
  hold?: Failure | undefined
  nextAttemptAtMs?: number | undefined
  /** When the backend last gave a proper reply. */
  lastReplyAtMs?: number | undefined
  /** The last answer, if it was no proper reply. */
  failure?: Failure | undefined
  online: boolean
}

/** What another tab told of its state; `undefined` for anything else, which the origin's other scripts can post too. */
export function engineStateOf(told: unknown): EngineState | undefined {
  const { sending, online, ...more } = fieldsOf(told)
  if (typeof sending !== 'boolean' || typeof online !== 'boolean') return undefined
  const hold = failureOf(more['hold'])
  return {
    sending,
    online,
    hold: hold && failureClass(hold.kind) === 'hold' ? hold : undefined,
    failure: failureOf(more['failure']),
    nextAttemptAtMs: numberOf(more['nextAttemptAtMs']),
    lastReplyAtMs: numberOf(more['lastReplyAtMs']),
  }
}

function failureOf(told: unknown): Failure | undefined {
  const { kind, message, code, status, reason } = fieldsOf(told)
  if (typeof failureClass(kind as FailureKind) !== 'string' || typeof message !== 'string') return undefined
  return {
    kind: kind as FailureKind,
    message,
    code: numberOf(code) ?? textOf(code),
    status: numberOf(status),
    reason: textOf(reason),
  }
}

function numberOf(told: unknown): number | undefined {
  return Number.isFinite(told) ? (told as number) : undefined
}

function textOf(told: unknown): string | undefined {
  return typeof told === 'string' ? told : undefined
}
