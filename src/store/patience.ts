// Floor 3: the time that a use of IndexedDB may take (R15).
import { StorageError } from '../model/errors.js'
import type { Clock } from '../platform/platform.js'
import { storageErrorOf } from './storage-error.js'

/** The time after which any use of IndexedDB counts as blocked. */
const limitMs = 10_000
const graceMs = 1_000

export interface Patience {
  /** Rejects when the work takes too long. `undo` gives it up, and returns whether nothing of it can happen any more. */
  limited<T>(work: PromiseLike<T>, undo?: () => boolean): Promise<T>
  /** Waits for as long as the work takes, and reports it when that is too long. */
  patiently<T>(work: PromiseLike<T>): Promise<T>
}

export function createPatience(clock: Clock, onState: (state: 'blocked' | 'ok') => void): Patience {
  const limited: Patience['limited'] = async (work, undo) => {
    const done = new AbortController()
    try {
      return await Promise.race([
        work,
        // In two parts: a device that slept wakes with the first one over, and learns in the second which work has ended
        // meanwhile.
        clock
          .sleep(limitMs - graceMs, done.signal)
          .then(() => clock.sleep(graceMs, done.signal))
          .then(() => {
            if (done.signal.aborted) return new Promise<never>(() => {})
            const message = `IndexedDB did not answer within ${limitMs / 1000} s`
            throw new StorageError('blocked', message, undo?.() ? {} : { outcome: 'unknown' })
          }),
      ])
    } catch (error) {
      throw storageErrorOf(error)
    } finally {
      done.abort()
    }
  }

  /** The first time there is no connection to go on with, so it waits for the context that blocks, and reports it. */
  const patiently: Patience['patiently'] = async (work) => {
    try {
      return await limited(work)
    } catch (error) {
      if (!(error instanceof StorageError && error.reason === 'blocked')) throw error
      onState('blocked')
      const result = await Promise.resolve(work).catch((late: unknown) => Promise.reject(storageErrorOf(late) as Error))
      onState('ok')
      return result
    }
  }

  return { limited, patiently }
}
