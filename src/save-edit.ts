// Floor 5: the flow of an edit, from the call to "saved on this device" (G1, G2, R9).
import type { LiveViews } from './live/live.js'
import type { Settlement } from './live/settlements.js'
import { ancestorsFor } from './model/ancestors.js'
import { InvalidEditError, NotLoggedInError, StorageError } from './model/errors.js'
import { foldOne } from './model/fold.js'
import { deepFreeze } from './model/freeze.js'
import { differencePatch, normalizePatch } from './model/patch.js'
import type { Json, Patch, Properties, RecordKey } from './model/record.js'
import type { Platform } from './platform/platform.js'
import type { Database } from './store/database.js'
import { type KnownLanes, type NewEdit, type SaveBatch, saveEdits } from './store/edits.js'
import { readFate } from './store/fates.js'

/** A saved edit. */
export interface Edit<T = Properties> {
  readonly id: string
  /** What it changes, as it is stored. */
  readonly patch: Patch
  /** The optimistic view with the edit in it, as it was when the edit was made; frozen. */
  readonly user: T
  /**
   * What the backend made of it; never rejects. Looked up when it is first read: of a refusal whose fault was resolved before
   * that, nothing can be told any more.
   */
  readonly settled: Promise<Settlement>
}

export interface UpdateOptions {
  /** Plain data kept with the edit and its fault. */
  meta?: Json | undefined
  /** The id of an edit whose place this one takes, if it is still pending and not in flight: for typing in a field. */
  replaces?: string
}

/** A patch, or a change of a fresh copy of the view, whose difference is the patch. */
export type Change = Patch | ((draft: { [property: string]: Json }) => void)

export interface SaveRequest extends UpdateOptions {
  key: RecordKey
  /** Not trusted: checked as `update` says. */
  change: unknown
  /** The fault that the edit answers. */
  retryOf?: { faultId: string; editId: string }
}

export interface Saver {
  /** Shows the edit before it returns its promise; resolves when it is on disk. */
  save(request: SaveRequest): Promise<Edit>
  /** Resolves when everything handed in so far is on disk or has failed. */
  idle(): Promise<void>
}

export interface SaverParts {
  db: Database
  live: LiveViews
  platform: Pick<Platform, 'clock' | 'random'>
  /** What the endpoint has against an edit. */
  check(collection: string, patch: Patch, view: Properties): InvalidEditError | undefined
}

/** Edits that share a transaction. `knownVersion`: of the snapshot that the first of them was made on. */
interface Batch extends Omit<SaveBatch, 'nowMs' | 'lanes'> {
  edits: NewEdit[]
  /** Settles when the transaction has; per edit only when a shared one failed. */
  outcomes: { resolve(): void; reject(error: unknown): void }[]
}

export function createSaver({ db, live, platform, check }: SaverParts): Saver {
  const { clock, random } = platform
  const context = random.id()
  let batchCount = 0
  let lastLabelAtMs = 0
  const queue: Batch[] = []
  let committing: Promise<void> | undefined
  /** From the first to the second of these versions, nobody but this saver wrote. */
  let own = { from: -1, to: -1 }
  const lanes: KnownLanes = { version: -1, byName: new Map() }

  /** Sorts by time, and is never used again, even when the clock goes back. */
  const nextLabel = (): string => {
    lastLabelAtMs = Math.max(clock.now(), lastLabelAtMs)
    return `${lastLabelAtMs.toString(36).padStart(9, '0')}${context}${(batchCount++).toString(36)}`
  }

  /** An edit that changes more than its lane's end has a transaction to itself. */
  const batchFor = (wanted: Pick<Batch, 'account' | 'closes' | 'replaces'>): Batch => {
    const last = queue.at(-1)
    const isShared = ({ account, closes, replaces }: typeof wanted): boolean =>
      account === wanted.account && !closes && !replaces
    if (last && isShared(last) && isShared(wanted)) return last
    const { version } = live.feed.snapshot!
    const batch: Batch = { ...wanted, label: nextLabel(), knownVersion: version, edits: [], outcomes: [] }
    queue.push(batch)
    return batch
  }

  const patchOf = ({ change }: SaveRequest, view: Properties): Patch => {
    if (typeof change !== 'function') return normalizePatch(change)
    const draft = structuredClone(view) as { [property: string]: Json }
    const made = (change as (draft: Properties) => unknown)(draft) as { then?: unknown } | null | undefined
    // What it changes after an await would be lost, and nobody told.
    if (typeof made?.then === 'function') throw new InvalidEditError('', undefined, 'a draft function cannot be async')
    return normalizePatch(differencePatch(view, draft))
  }

  const store = async (batch: Batch): Promise<void> => {
    const { account, edits, knownVersion: known } = batch
    const knownVersion = known >= own.from && known <= own.to ? own.to : known
    const ids = edits.map(({ edit }) => edit.id)
    for (let isRepeat = false; ; isRepeat = true) {
      try {
        const { from, seq } = await saveEdits(db, { ...batch, knownVersion, lanes, nowMs: clock.now() })
        own = { from: from === own.to ? own.from : from, to: seq }
        return live.overlay.saved(ids, seq)
      } catch (error) {
        if (!(error instanceof StorageError && error.outcome)) throw error
        // Reported as aborted, and perhaps on disk all the same: looked up before anything is said (R9).
        const isThere = await isSaved(db, account, ids[0]!)
        if (isThere) {
          // In that snapshot, whichever version saved them; or else in the next one that can be read.
          return live.feed.refresh().then(
            () => live.overlay.saved(ids, 0),
            () => {},
          )
        }
        if (isThere === undefined) throw error
        // It is not, which is known now; what took the connection then need not take the next one.
        if (isRepeat) throw new StorageError(error.reason, error.message, { cause: error })
      }
    }
  }

  const commit = async (batch: Batch): Promise<void> => {
    const { edits, outcomes } = batch
    try {
      await store(batch)
      for (const { resolve } of outcomes) resolve()
    } catch (error) {
      // One that alone is too much must not take the others along: once more, each by itself. Who is blocked is so alone too.
      if (edits.length > 1 && error instanceof StorageError && !error.outcome && error.reason !== 'blocked') {
        for (const [index, edit] of edits.entries())
          await commit({ ...batch, edits: [edit], outcomes: [outcomes[index]!] })
        return
      }
      live.overlay.drop(edits.map(({ edit }) => edit.id))
      for (const { reject } of outcomes) reject(error)
    }
  }

  const commitAll = async (): Promise<void> => {
    for (let batch = queue.shift(); batch; batch = queue.shift()) await commit(batch)
    committing = undefined
  }

  return {
    async save(request) {
      if (!live.feed.snapshot) await live.feed.refresh()
      const account = live.feed.snapshot?.session?.account
      if (account === undefined) throw new NotLoggedInError()
      const { key, meta, retryOf, replaces } = request
      let state = live.state(key)
      if (!state.loaded && typeof request.change === 'function') {
        // A draft is made of the view, which has to be read first.
        const release = live.feed.observe(key)
        await live.feed.refresh()
        state = live.state(key)
        release()
      }
      const view = state.view ?? {}
      const patch = patchOf(request, view)
      const refusal = check(key.collection, patch, view)
      if (refusal) throw refusal
      if (replaces !== undefined && typeof replaces !== 'string')
        throw new InvalidEditError('replaces', replaces, 'it has to be the id of an edit')
      const kept = meta === undefined ? meta : normalizePatch({ meta }).meta
      const { ancestors, onPending } = ancestorsFor(patch, state.base, state.earliest)
      // From here on nothing throws: a batch without its edit would still close its fault, or take out what it replaces.
      const batch = batchFor({ account, closes: retryOf?.faultId, replaces })
      const edit = {
        id: `${batch.label}-${batch.edits.length.toString(36)}`,
        patch,
        ancestors,
        atMs: clock.now(),
        meta: kept,
        retryOf: retryOf?.editId,
      }
      // One that replaces another takes over what that one was made on: the rows tell.
      batch.edits.push({ key, edit, onPending: state.loaded && !replaces ? onPending : undefined })
      const saved = new Promise<void>((resolve, reject) => batch.outcomes.push({ resolve, reject }))
      // In a microtask, so that edits made in one go share the transaction.
      committing ??= Promise.resolve().then(commitAll)
      const settlement = live.overlay.add(key, edit, replaces)
      const user = deepFreeze(foldOne(view, edit))
      await saved
      let settled: Promise<Settlement> | undefined
      return {
        id: edit.id,
        patch,
        user,
        // Looked up only for who asks: most edits of a long queue are never asked about.
        get settled() {
          return (settled ??= settlement())
        },
      }
    },
    async idle() {
      while (committing) await committing
    },
  }
}

/** `undefined`: that cannot be told now. */
async function isSaved(db: Database, account: string, editId: string): Promise<boolean | undefined> {
  try {
    return (await readFate(db, account, editId)) !== undefined
  } catch {
    return undefined
  }
}
