// The news of the sender: of this context, or of another one by its own message. Each is passed on once.
import type { Reply } from '../endpoint/endpoint.js'
import type { Failure } from '../model/failure.js'
import type { SenderNews } from '../model/messages.js'
import type { SenderState } from '../model/sender-state.js'
import type { Unread } from '../store/rows.js'
import type { SenderParts } from './sender-parts.js'

export interface News {
  /** Another context has reported that it sends, or has taken the lease. */
  readonly othersSend: boolean
  others(send: boolean): void
  /** Another context has reported its state. */
  onRemoteState(news: SenderNews): void
  answered(reply: Reply): void
  /** Why rows of some lane cannot be read: the first reason counts. `undefined`: none is known. */
  unread(reason: Unread | undefined): void
  /** `broadcasts`: the other contexts get it, unless they have just got the same. */
  report(
    isAsking: boolean,
    nextAttemptAtMs: number | undefined,
    lastReplyAtMs: number | undefined,
    broadcasts: boolean,
  ): void
}

/** The reason why a lane is not sent whose rows cannot be read. */
const unreadLane: { readonly [reason in Unread]: string } = {
  reload: 'A newer version of this app, in another tab, wrote edits that this one cannot read: reload this page',
  damaged: 'Some edits on this device cannot be read any more: they are kept, and not sent',
}

/** A new tab learns within this time that another one sends. */
const repeatAfterMs = 100

export function createNews({
  platform: { clock, connectivity },
  onState,
}: Pick<SenderParts, 'platform' | 'onState'>): News {
  /** When the backend last replied to another context, by that one's message. */
  let othersReplyAtMs = 0
  let othersSend = false
  let hold: Failure | undefined
  /** The last answer, if it was not a proper reply. */
  let failure: Failure | undefined
  let lastSent = { text: '', atMs: 0 }
  return {
    get othersSend() {
      return othersSend
    },
    others(send) {
      othersSend = send
    },
    onRemoteState(news) {
      othersReplyAtMs = Math.max(othersReplyAtMs, Math.min(news.lastReplyAtMs ?? 0, clock.now()))
      failure = news.failure
      othersSend = news.sending
    },
    answered(reply) {
      failure = reply.ok ? undefined : reply.failure
    },
    unread(reason) {
      hold = reason && (hold ?? { kind: 'configuration', reason, message: unreadLane[reason] })
    },
    report(isAsking, nextAttemptAtMs, lastReplyAtMs = 0, broadcasts) {
      const { online } = connectivity
      const state: SenderState = {
        sending: isAsking || (othersSend && online),
        online,
        hold,
        nextAttemptAtMs,
        lastReplyAtMs: Math.max(lastReplyAtMs, othersReplyAtMs) || undefined,
        failure,
      }
      // One more answer for each request is no news.
      const text = JSON.stringify({ ...state, lastReplyAtMs: 0 })
      const atMs = clock.now()
      const isNews = broadcasts && (text !== lastSent.text || Math.abs(atMs - lastSent.atMs) >= repeatAfterMs)
      onState(state, isNews)
      if (isNews) lastSent = { text, atMs }
    },
  }
}
