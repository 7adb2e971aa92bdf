// The present knowledge of the network (R12): the browser's word is a hint, an answer to a request of ours is proof.
import type { Reply } from '../endpoint/endpoint.js'
import { ruleOf } from '../model/failure.js'
import type { Connectivity } from '../platform/platform.js'

/** `online`: the browser says so, or a request of ours was answered although it does not. */
export interface Network extends Connectivity {
  /** When the backend last gave a proper reply to any request of this context: reads, pulls and calls of the session count as well. */
  readonly lastReplyAtMs: number | undefined
  /** Takes the end of a request of ours, and its time. */
  onReply(reply: { ok: true } | Extract<Reply, { ok: false }>, atMs: number): void
}

/** Has one listener at a time. `isProven`: other means have proven the network that the browser denies. */
export function createNetwork(hint: Connectivity, isProven = false): Network {
  let notify = (_online: boolean): void => {}
  let lastReplyAtMs: number | undefined
  const network: Network = {
    get online() {
      return hint.online || isProven
    },
    get lastReplyAtMs() {
      return lastReplyAtMs
    },
    onChange(listener) {
      notify = listener
      return hint.onChange((online) => {
        // News, and newer than any answer.
        isProven = false
        listener(online)
      })
    },
    onReply(reply, atMs) {
      const { online } = network
      const rule = reply.ok ? undefined : ruleOf(reply.failure.kind)
      const isAnswer = rule?.class !== 'wait'
      // A refused configuration may be the word of something in the backend's place.
      if (isAnswer && rule?.scope !== 'all') lastReplyAtMs = atMs
      // An answer that proves nothing, such as a portal's page, says nothing of the way to the backend either.
      if (isAnswer || rule.endedBy === 'network') isProven = isAnswer
      if (network.online !== online) notify(!online)
    },
  }
  return network
}
