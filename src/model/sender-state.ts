import type { Failure } from './failure.js'

/** What the sending side is doing, as far as observers are told. */
export interface SenderState {
  /** A request is out, or about to leave. */
  sending: boolean
  /** Why nothing is sent although something could be (G9). */
  hold?: Failure | undefined
  nextAttemptAtMs?: number | undefined
  /** When the backend last gave a proper reply. */
  lastReplyAtMs?: number | undefined
  /** The last answer, if it was no proper reply. */
  failure?: Failure | undefined
  /** As the browser says, unless a request of ours was answered since. */
  online: boolean
}
