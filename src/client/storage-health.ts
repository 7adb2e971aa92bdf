// Floor 5: the state of local storage for `storage$`, and the patience while it does not answer (G15, R15).
import type { LiveViews, StorageState } from '../live/live.js'
import { NotLoggedInError, StorageError, type StorageReason } from '../model/errors.js'

export interface StorageHealth {
  /**
   * Rejects when storage does not answer in time; calls that wait for it go on all the same. Anew each time that it has
   * answered.
   */
  readonly blocked: Promise<never>
  /**
   * Storage has done something. While a lost connection is opened again, that was the last work of the old one, and proves
   * nothing: a loss that shows next would be no news in `storage$`.
   */
  recovered(): void
  /** There is a connection. */
  reopened(): void
  /** Saved data are gone. Stays in `storage$`, since nobody may have looked yet. */
  lost(): void
  /** Nothing outlives the window. */
  volatile(): void
  /** Storage is on its way: a lost connection is opened again, or waits until there is room. */
  recovering(state: 'healing' | 'full'): void
  /** Takes any error, and ignores one that is not of storage. */
  failed(error: unknown): void
  /** The database could not be opened, and nothing tries again before a reload. */
  unavailable(error: unknown): void
  /**
   * Repeats a call that storage does not answer, until it does: a tab that is frozen inside a transaction blocks it for all
   * (R15).
   */
  retryWhileBlocked<T>(step: () => Promise<T>): Promise<T>
}

export interface StorageHealthParts {
  live: Pick<LiveViews, 'storage$' | 'storageChanged' | 'feed'>
  /** With its parts there is a database, so that the missed commits can be read. */
  life: { readonly parts: unknown; readonly closed: AbortSignal }
}

const states: { [reason in StorageReason]?: StorageState } = {
  full: 'full',
  unavailable: 'unavailable',
}

export function createStorageHealth({ live, life }: StorageHealthParts): StorageHealth {
  /** The state to report while storage works. */
  let workingState: StorageState = 'ok'
  /** Reads the commits that were written while storage did not answer. */
  let missed: Promise<void> | undefined
  let rejectBlocked!: (error: StorageError) => void
  let blocked!: Promise<never>

  const renewBlocked = (): void => {
    blocked = new Promise((_, reject) => (rejectBlocked = reject))
    blocked.catch(() => {})
  }
  renewBlocked()

  const reopened = (): void => {
    if (live.storage$.value === 'blocked') renewBlocked()
    live.storageChanged(workingState)
  }

  const recovered = (): void => {
    if (live.storage$.value !== 'healing') reopened()
  }

  const failed = (error: unknown): void => {
    // A lost connection reports its healing by itself.
    if (error instanceof StorageError && error.reason !== 'lost') live.storageChanged(states[error.reason] ?? 'blocked')
    if (isBlocked(error)) {
      rejectBlocked(error)
      if (life.parts)
        missed ??= retryWhileBlocked(() => live.feed.refresh())
          .catch(failed)
          .finally(() => (missed = undefined))
    }
    // Somebody else is logged in, and this tab has not heard of it (G10).
    if (error instanceof NotLoggedInError) live.feed.refresh().catch(failed)
  }

  const retryWhileBlocked: StorageHealth['retryWhileBlocked'] = async (step) => {
    for (;;) {
      try {
        const result = await step()
        if (live.storage$.value === 'blocked') recovered()
        return result
      } catch (error) {
        if (life.closed.aborted || !isBlocked(error)) throw error
        failed(error)
      }
    }
  }

  return {
    get blocked() {
      return blocked
    },
    recovered,
    reopened,
    lost() {
      workingState = 'lost'
      reopened()
    },
    volatile() {
      if (workingState === 'ok') workingState = 'volatile'
      if (live.storage$.value === 'ok') recovered()
    },
    recovering(state) {
      // Each try to go on without room is no news.
      if (workingState !== 'unavailable' && live.storage$.value !== 'full') live.storageChanged(state)
    },
    failed,
    unavailable(error) {
      failed(error)
      if (life.closed.aborted) return
      // Also when a connection is opened again: nothing reads from it.
      workingState = 'unavailable'
      reopened()
    },
    retryWhileBlocked,
  }
}

function isBlocked(error: unknown): error is StorageError {
  return error instanceof StorageError && error.reason === 'blocked'
}
