// Floor 5: the state of local storage for `storage$`, and the patience while it does not answer (G15, R15).
import type { LiveViews, StorageState } from '../live/live.js'
import { NotLoggedInError, StorageError, type StorageReason } from '../model/errors.js'

export interface StorageHealth {
  /**
   * Rejects when storage does not answer in time; calls that wait for it go on all the same. Anew each time that it has
   * answered.
   */
  readonly blocked: Promise<never>
  /** It works, as far as is known. */
  well(): void
  /** Saved data are gone. Stays in `storage$`, since nobody may have looked yet. */
  lost(): void
  /** Nothing outlives the window. */
  volatile(): void
  /** Storage is on its way: a lost connection is opened again, or waits until there is room. */
  mending(state: 'healing' | 'full'): void
  /** An error; one that is no trouble of storage is ignored. */
  trouble(error: unknown): void
  /** The database could not be opened, and nothing tries again before a reload. */
  failed(error: unknown): void
  /**
   * Repeats a call that storage does not answer, until it does: a tab that is frozen inside a transaction blocks it for all
   * (R15).
   */
  insist<T>(step: () => Promise<T>): Promise<T>
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
  /** The state of storage that works. */
  let calm: StorageState = 'ok'
  /** Reads the commits that were written while storage did not answer. */
  let missed: Promise<void> | undefined
  let sayBlocked!: (error: StorageError) => void
  let blocked!: Promise<never>

  const hope = (): void => {
    blocked = new Promise((_, reject) => (sayBlocked = reject))
    blocked.catch(() => {})
  }
  hope()

  const well = (): void => {
    if (live.storage$.value === 'blocked') hope()
    live.storageChanged(calm)
  }

  const trouble = (error: unknown): void => {
    // A lost connection reports its healing by itself.
    if (error instanceof StorageError && error.reason !== 'lost') live.storageChanged(states[error.reason] ?? 'blocked')
    if (isBlocked(error)) {
      sayBlocked(error)
      if (life.parts)
        missed ??= insist(() => live.feed.refresh())
          .catch(trouble)
          .finally(() => (missed = undefined))
    }
    // Somebody else is logged in, and this tab has not heard of it (G10).
    if (error instanceof NotLoggedInError) live.feed.refresh().catch(trouble)
  }

  const insist: StorageHealth['insist'] = async (step) => {
    for (;;) {
      try {
        const result = await step()
        if (live.storage$.value === 'blocked') well()
        return result
      } catch (error) {
        if (life.closed.aborted || !isBlocked(error)) throw error
        trouble(error)
      }
    }
  }

  return {
    get blocked() {
      return blocked
    },
    well,
    lost() {
      calm = 'lost'
      well()
    },
    volatile() {
      if (calm === 'ok') calm = 'volatile'
      if (live.storage$.value === 'ok') well()
    },
    mending(state) {
      // Each try to go on without room is no news.
      if (calm !== 'unavailable' && live.storage$.value !== 'full') live.storageChanged(state)
    },
    trouble,
    failed(error) {
      trouble(error)
      if (life.closed.aborted) return
      // Also when a connection is opened again: nothing reads from it.
      calm = 'unavailable'
      well()
    },
    insist,
  }
}

function isBlocked(error: unknown): error is StorageError {
  return error instanceof StorageError && error.reason === 'blocked'
}
