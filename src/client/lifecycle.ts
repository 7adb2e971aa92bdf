// Floor 5: the life of a client, as one variable:
//
//   opening → reading → open → closing → closed
//
// `opening`: the database is being opened. `reading`: it can be read, and the parts of the client are there. `open`: this
// client sends. `closing`: the app has closed it, and the edits that were handed in before are being saved. `closed`: nothing
// begins any more, and all work under way is given up. A client is *shown* from the first snapshot on, which comes while it
// reads: then it is known who is logged in. Calls wait for that, and no longer (G2).
import type { ClosedError } from '../model/errors.js'
import type { Parts } from './parts.js'

interface Life {
  phase: 'opening' | 'reading' | 'open' | 'closing' | 'closed'
  /** From `reading` on. */
  parts?: Parts
  /** From `closing` on: resolves when it is closed. */
  ended?: Promise<void>
}

export interface Lifecycle {
  /** Aborts when the client is closed. */
  readonly closed: AbortSignal
  /** The parts that exist from `reading` on. */
  readonly parts: Parts | undefined
  /** The same while the client is shown and not closed. */
  shown(): Parts | undefined
  /** Waits until it is shown, unless storage does not answer in time. Rejects when the client is closed. */
  ready(): Promise<Parts>
  reading(parts: Parts): void
  /** To be called at the end, in this order. */
  atEnd(...leave: (() => void)[]): void
  end(reason: ClosedError): Promise<void>
}

export interface LifeParts {
  /** Begins in the next microtask. Resolves when the client sends. */
  open(): Promise<Parts>
  /** Whether the first snapshot is in place. */
  isShown(): boolean
  /** Rejects when storage does not answer in time. */
  blocked(): Promise<never>
  /** It cannot be opened. */
  onFailed(error: unknown): void
  /** Resolves when all work beside sending is done. */
  ended(): Promise<unknown>
}

export function createLifecycle({ open, isShown, blocked, onFailed, ended }: LifeParts): Lifecycle {
  let life: Life = { phase: 'opening' }
  const stopped = new AbortController()
  const leaving: (() => void)[] = []
  const opening = Promise.resolve().then(async () => {
    const parts = await open()
    if (life.phase === 'reading') life = { phase: 'open', parts }
    return parts
  })
  opening.catch(onFailed)

  const opened = (): Promise<Parts> => Promise.race([opening, blocked()])
  const shown = (): Parts | undefined => (life.phase !== 'closed' && isShown() ? life.parts : undefined)
  const leave = (): void => leaving.splice(0).forEach((one) => one())

  const close = async (from: Life['phase'], reason: ClosedError): Promise<void> => {
    await opened().catch(() => {})
    await life.parts?.saver.idle()
    life = { ...life, phase: 'closed' }
    stopped.abort(reason)
    await life.parts?.sender.close()
    await ended()
    leave()
    // Still blocked: a database that opens in the end is closed again.
    if (from !== 'open') void opening.catch(() => {}).then(leave)
  }

  return {
    closed: stopped.signal,
    get parts() {
      return life.parts
    },
    shown,
    async ready() {
      stopped.signal.throwIfAborted()
      return shown() ?? (await opened())
    },
    reading: (parts) => void (life = { ...life, parts, phase: life.phase === 'opening' ? 'reading' : life.phase }),
    atEnd: (...leave) => void leaving.push(...leave),
    end: (reason) => {
      if (!life.ended) life = { ...life, ended: close(life.phase, reason), phase: 'closing' }
      return life.ended!
    },
  }
}
