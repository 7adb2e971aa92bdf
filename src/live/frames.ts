import type { Clock } from '../platform/platform.js'

/** At 60 a second nobody sees more. */
const frameMs = 16

/**
 * Says when to look at the sender's changes. Each answer changes something; a look once a frame is enough, and leaves the
 * thread to the requests.
 */
export interface Frames {
  /** Resolves when the next look is due: at once when no requests are out, or when the last look is a frame ago. */
  next(): Promise<void>
  /** Whether requests are out; the last answer makes the next look due. */
  sending(on: boolean): void
}

export function createFrames(clock: Clock): Frames {
  let isSending = false
  let lastAtMs = -Infinity
  let waiting: AbortController | undefined

  return {
    async next() {
      const agoMs = clock.now() - lastAtMs
      // A clock that was set back proves nothing.
      if (isSending && agoMs >= 0 && agoMs < frameMs) {
        waiting = new AbortController()
        await clock.sleep(frameMs - agoMs, waiting.signal)
      }
      lastAtMs = clock.now()
    },
    sending(on) {
      isSending = on
      if (!on) waiting?.abort()
    },
  }
}
