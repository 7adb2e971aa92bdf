// The messages about the lease between contexts (R13). The row decides in any case; the messages only shorten the wait for
// it.
import { messageOf } from '../model/messages.js'
import type { Channel, Clock } from '../platform/platform.js'
import type { LeaseClaim } from '../store/lease.js'

/** The news of the holder since this context began to wait. */
type HolderNews = Pick<LeaseClaim, 'lastSeenAtMs' | 'isMute' | 'releasedEpoch'>

export interface LeaseTalk {
  /** This context's word on the lease when another one asks whether the holder lives. */
  answer: 'held' | { released?: number }
  /** This context waits from now on, and has heard nothing. */
  listen(): void
  /** Asks whether the holder lives: until it answers, it counts as mute. */
  ask(): void
  /** Resolves after that long, or with the next news. News since the last pause ends it at once. */
  pause(ms: number): Promise<HolderNews>
  /** There is news. */
  poke(): void
}

export function createLeaseTalk(channel: Channel, clock: Clock): LeaseTalk {
  let holder: HolderNews & { releasedEpoch: number }
  let turn: AbortController

  const talk: LeaseTalk = {
    answer: {},
    listen() {
      holder = { lastSeenAtMs: clock.now(), isMute: false, releasedEpoch: -1 }
      turn = new AbortController()
    },
    ask() {
      holder.isMute = true
      channel.post('held?')
    },
    async pause(ms) {
      if (ms) await clock.sleep(ms, turn.signal)
      turn = new AbortController()
      // After the clock was set back, the holder's silence counts from here.
      holder.lastSeenAtMs = Math.min(holder.lastSeenAtMs, clock.now())
      return holder
    },
    poke: () => turn.abort(),
  }
  talk.listen()
  channel.onMessage((message) => {
    const { word, released = -1 } = messageOf(message)
    if (word === 'held?') channel.post(talk.answer)
    if (word === 'held') {
      holder.lastSeenAtMs = clock.now()
      holder.isMute = false
    }
    // Only real news: two contexts that wait for a third would otherwise wake each other without end.
    if (released > holder.releasedEpoch) holder.releasedEpoch = released
    else if (word !== 'look') return
    talk.poke()
  })
  return talk
}
