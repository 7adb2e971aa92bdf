// Floor 7: the channels between the tabs of a device in memory.
import type { Channels } from '../platform/platform.js'
import { nextTurn } from '../platform/turn.js'

interface Port {
  name: string
  listeners: Set<(message: unknown) => void>
}

/** The message channels of one device, which connect its tabs. Messages are copied, and arrive later, in order. */
export class VirtualChannels {
  readonly #ports = new Set<Port>()

  /** How many channels are open. */
  get open(): number {
    return this.#ports.size
  }

  /** The channels as one tab has them; once `dead` aborts, it neither says nor hears anything. */
  forTab(dead: AbortSignal): Channels {
    return {
      open: (name) => {
        const port: Port = { name, listeners: new Set() }
        this.#ports.add(port)
        const close = () => void this.#ports.delete(port)
        dead.addEventListener('abort', close)
        return {
          post: (message) => {
            if (!this.#ports.has(port)) return
            const copy: unknown = structuredClone(message)
            const others = [...this.#ports].filter((other) => other !== port && other.name === name)
            void nextTurn().then(() => {
              for (const other of others) {
                if (!this.#ports.has(other)) continue
                for (const listener of other.listeners) listener(structuredClone(copy))
              }
            })
          },
          onMessage: (listener) => {
            port.listeners.add(listener)
            return () => void port.listeners.delete(listener)
          },
          close,
        }
      },
    }
  }
}
