// Floor 7: the locks of a device in memory.
import type { Locks } from '../platform/platform.js'

interface LockRequest {
  grant(): void
}

/** The exclusive locks of one device. Each tab takes them through its own `Locks`. */
export class VirtualLocks {
  readonly #queues = new Map<string, LockRequest[]>()

  /** Whether somebody holds it. */
  isHeld(name: string): boolean {
    return this.#queues.has(name)
  }

  /** The locks as one tab has them; once `dead` aborts, as when the tab crashes, all that it holds and waits for is let go. */
  forTab(dead: AbortSignal): Locks {
    return {
      hold: (name, signal, held) =>
        new Promise((resolve, reject) => {
          if (signal.aborted || dead.aborted) return signal.aborted ? resolve() : undefined
          const queue = this.#queues.get(name) ?? []
          this.#queues.set(name, queue)
          let granted = false
          const leave = () => {
            dead.removeEventListener('abort', leave)
            signal.removeEventListener('abort', giveUp)
            const place = queue.indexOf(request)
            if (place < 0) return
            queue.splice(place, 1)
            if (!queue.length) this.#queues.delete(name)
            else if (place === 0) queue[0]!.grant()
          }
          const request: LockRequest = {
            grant: () =>
              void Promise.resolve().then(() => {
                if (queue[0] !== request) return
                granted = true
                // As in browsers: it is free before the holder's caller goes on.
                held().finally(leave).then(resolve, reject)
              }),
          }
          const giveUp = () => {
            if (granted) return
            leave()
            resolve()
          }
          signal.addEventListener('abort', giveUp)
          dead.addEventListener('abort', leave)
          if (queue.push(request) === 1) request.grant()
        }),
    }
  }
}
