import type { Failure } from './failure.js'

/** The sender's state, as far as observers see it. */
export interface SenderState {
  /** A request is out, or about to leave. */
  sending: boolean
  /** The reason why nothing is sent although something could be (G9). */
  hold?: Failure | undefined
  nextAttemptAtMs?: number | undefined
  /** When the backend last gave a proper reply. */
  lastReplyAtMs?: number | undefined
  /** The last answer, if it was not a proper reply. */
  failure?: Failure | undefined
  /** The browser's word, unless a request of ours was answered since. */
  online: boolean
}
