// Floor 5: the edits of several records that are saved by one transaction, or not at all (R19).
import type { LiveViews } from '../live/live.js'
import type { Commits } from './commit-edits.js'
import type { Edit } from './edit.js'
import { type PlaceEdit, type SaveRequest, unread } from './save-request.js'

export interface Together {
  /** As `Saver.together`. */
  call(make: () => unknown): Promise<Edit[]>
  /** Takes an edit of a function that is making them; `undefined` for any other edit. */
  gather(request: SaveRequest): Promise<Edit | Edit[]> | undefined
}

export interface TogetherParts {
  live: LiveViews
  commits: Pick<Commits, 'batchFor'>
  place: PlaceEdit
  isReady(request: SaveRequest): boolean
  prepare(request: SaveRequest): Promise<void>
  onError(error: unknown): void
}

/** An edit before it is placed. */
interface Gathered {
  request: SaveRequest
  resolve(saving: Promise<Edit | Edit[]>): void
  reject(error: unknown): void
}

export function createTogether({ live, commits, place, isReady, prepare, onError }: TogetherParts): Together {
  let gathering: Gathered[] | undefined

  const gather = (edits: Gathered[], make: () => unknown): void => {
    if (gathering) throw new TypeError('together() within together()')
    gathering = edits
    try {
      const made = make() as { then?: unknown } | null | undefined
      // An edit after an await would not be among them.
      if (typeof made?.then === 'function') throw new TypeError('together() takes a function that is not async')
    } finally {
      gathering = undefined
    }
  }

  /** All in one turn, so that nothing comes in between. */
  const placeAll = (edits: readonly Gathered[]): Promise<Edit[]> => {
    const batch = commits.batchFor({ account: edits[0]!.request.account!, separately: true })
    try {
      const placed = edits.map(({ request }) => place(request, batch))
      placed.forEach((saving, index) => edits[index]!.resolve(saving))
      return Promise.all(placed).then((made) => made.flat())
    } catch (error) {
      live.overlay.drop(batch.edits.splice(0).map(({ edit }) => edit.id))
      throw error
    }
  }

  const placeReady = async (edits: readonly Gathered[]): Promise<Edit[]> => {
    for (;;) {
      if (!edits.every(({ request }) => isReady(request)))
        await Promise.all(edits.map(({ request }) => prepare(request)))
      try {
        return await placeAll(edits)
      } catch (error) {
        if (error !== unread) throw error
        for (const { request } of edits) request.needsView = true
      }
    }
  }

  return {
    async call(make) {
      const edits: Gathered[] = []
      try {
        gather(edits, make)
        return edits.length ? await placeReady(edits) : []
      } catch (error) {
        onError(error)
        for (const { reject } of edits) reject(error)
        throw error
      }
    },
    gather(given) {
      const into = gathering
      if (!into) return undefined
      const promise = new Promise<Edit | Edit[]>((resolve, reject) => {
        // The account that is shown at the call (G10).
        const { account = live.feed.snapshot?.session?.account ?? '' } = given
        into.push({ request: { ...given, account }, resolve, reject })
      })
      // The promise of the call rejects with the same error.
      promise.catch(() => {})
      return promise
    },
  }
}
