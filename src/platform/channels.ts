import { listen } from './listen.js'
import type { Channels } from './platform.js'

/** BroadcastChannel; where there is none, or this origin may not use it, nobody hears. */
export const browserChannels: Channels = {
  open(name) {
    const channel = openChannel(name)
    let closed = false
    return {
      // A closed channel throws at a message; the message concerns nobody any more.
      post: (message) => void (closed || channel?.postMessage(message)),
      onMessage: (listener) => listen(channel, ['message'], (event) => listener((event as MessageEvent).data)),
      close() {
        closed = true
        channel?.close()
      },
    }
  },
}

function openChannel(name: string): BroadcastChannel | undefined {
  try {
    const channel = new BroadcastChannel(name)
    // Node's channel keeps the process alive otherwise.
    ;(channel as { unref?: () => void }).unref?.()
    return channel
  } catch {
    return undefined
  }
}
