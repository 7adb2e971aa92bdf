// Floor 5: the flow of an edit, from the call to "saved on this device" (G1, G2, R9).
import type { LiveViews } from '../live/live.js'
import type { LaidOver } from '../live/overlay.js'
import type { Settlement } from '../live/settlements.js'
import { checkRecordSize, isSmall } from '../endpoint/record-size.js'
import { seenOf } from '../model/ancestors.js'
import type { MadeEdit } from '../model/edit.js'
import { InvalidEditError, NotLoggedInError, StorageError } from '../model/errors.js'
import { knownOptions } from '../model/known-options.js'
import { differencePatch, normalizePatch } from '../model/patch.js'
import type { Json, Patch, Properties, RecordKey } from '../model/record.js'
import type { Platform } from '../platform/platform.js'
import type { Database } from '../store/database.js'
import { type NewEdit, type SaveBatch, saveEdits } from '../store/edits.js'
import { readFate } from '../store/fates.js'

/** A saved edit. */
export interface Edit<T = Properties> {
  readonly id: string
  /** What it changes, as it is stored. */
  readonly patch: Patch
  /** The optimistic view with the edit in it, as it was when the edit was made; frozen. */
  readonly user: T
  /**
   * What the backend made of it; never rejects. Looked up when it is first read: of a refusal whose fault was resolved before
   * that, nothing can be told any more. A getter of the edit's class, so a copy such as `{ ...edit }` is without it.
   */
  readonly settled: Promise<Settlement<T>>
}

export interface UpdateOptions {
  /** Plain data kept with the edit and its fault. */
  meta?: Json | undefined
  /** The id of an edit whose place this one takes, if it is still pending and not in flight: for typing in a field. */
  replaces?: string | undefined
  separately?: false | undefined
}

export interface SeparateOptions extends Pick<UpdateOptions, 'meta'> {
  /** Makes one edit of each property, so that the refusal of one takes none of the others along. They are saved together. */
  separately: true
}

/** A patch, or a change of a fresh copy of the view, whose difference is the patch. */
export type Change = Patch | ((draft: { [property: string]: Json }) => void)

export interface SaveRequest {
  key: RecordKey
  /** Its `recordName`, from who makes that once for many edits. */
  name: string
  /** The account that the edit is of. Default: the one that is shown when `save` is called. */
  account?: string | undefined
  /** Not trusted, as the options: checked as `update` says. */
  change: unknown
  options?: UpdateOptions | SeparateOptions | undefined
  /** The fault that the edit answers. */
  retryOf?: { faultId: string; editId: string }
  /** Whether the lane has to be read first, as for a draft. */
  needsView?: boolean
}

export interface Saver {
  /** Shows the edit before it returns its promise; resolves when it is on disk. With `separately`: the edits. */
  save(request: SaveRequest): Promise<Edit | Edit[]>
  /** Resolves when everything handed in so far is on disk or has failed. */
  idle(): Promise<void>
}

export interface SaverParts {
  db: Database
  live: LiveViews
  platform: Pick<Platform, 'clock' | 'random'>
  /** What the endpoint has against an edit. */
  check(collection: string, patch: Patch, view: Properties): InvalidEditError | undefined
  /** Told of edits that are on disk, before their promises resolve. */
  onSaved(saved: Pick<SaveBatch, 'account' | 'edits' | 'closes'>): void
  /** Told what is the matter, before a promise rejects. */
  onTrouble(error: unknown): void
}

/** Edits that share a transaction. */
interface Batch extends Omit<SaveBatch, 'nowMs'> {
  edits: NewEdit[]
  /** They are of one call: all are on disk in the end, or none. */
  separately: boolean | undefined
  /** Resolves when the transaction has completed; with what became of each edit where a shared one failed. */
  saved: Promise<OneByOne | undefined>
}

/** The commit of each edit by itself. */
type OneByOne = ReadonlyMap<NewEdit, Promise<unknown>>

/** A class, so that thousands made at once do not have a getter each. */
class SavedEdit implements Edit {
  readonly #entry: LaidOver
  readonly #live: LiveViews
  #settled: Promise<Settlement> | undefined
  readonly id: string
  readonly patch: Patch
  readonly user: Properties

  constructor(live: LiveViews, entry: LaidOver, view: Properties) {
    this.#live = live
    this.#entry = entry
    this.id = entry.edit.id
    this.patch = entry.edit.patch
    this.user = view
  }

  get settled(): Promise<Settlement> {
    // Looked up only for who asks: most edits of a long queue are never asked about.
    return (this.#settled ??= this.#live.settlementOf(this.#entry))
  }
}

export function createSaver({ db, live, platform, check, onSaved, onTrouble }: SaverParts): Saver {
  const { clock, random } = platform
  const context = random.id()
  let batchCount = 0
  let lastLabelAtMs = 0
  /** The newest batch, until its commit begins. */
  let open: Batch | undefined
  /** Resolves when everything handed in has been committed or has failed. */
  let idle: Promise<unknown> = Promise.resolve()

  /** Sorts by time, and is never used again, even when the clock goes back. */
  const nextLabel = (): string => {
    lastLabelAtMs = Math.max(clock.now(), lastLabelAtMs)
    return `${lastLabelAtMs.toString(36).padStart(9, '0')}${context}${(batchCount++).toString(36)}`
  }

  /** An edit that changes more than its lane's end has a transaction to itself. */
  const batchFor = (wanted: Pick<Batch, 'account' | 'closes' | 'replaces' | 'separately'>): Batch => {
    const isShared = ({ account, closes, replaces, separately }: typeof wanted): boolean =>
      account === wanted.account && !closes && !replaces && !separately
    if (open && isShared(open) && isShared(wanted)) return open
    // Begins in a microtask at the earliest, so that edits made in one go share the transaction.
    const saved = idle.then(() => commit(batch))
    const batch: Batch = { ...wanted, label: nextLabel(), edits: [], saved }
    idle = saved.then(
      (oneByOne) => oneByOne && Promise.allSettled(oneByOne.values()),
      () => {},
    )
    return (open = batch)
  }

  const patchOf = (change: unknown, view: Properties): Patch => {
    if (typeof change !== 'function') return normalizePatch(change)
    const draft = structuredClone(view) as { [property: string]: Json }
    const made = (change as (draft: Properties) => unknown)(draft) as { then?: unknown } | null | undefined
    // What it changes after an await would be lost, and nobody told.
    if (typeof made?.then === 'function') throw new InvalidEditError('', undefined, 'a draft function cannot be async')
    return normalizePatch(differencePatch(view, draft))
  }

  const store = async (batch: Batch): Promise<void> => {
    const { account, edits } = batch
    const ids = edits.map(({ edit }) => edit.id)
    for (let isRepeat = false; ; isRepeat = true) {
      try {
        const seq = await saveEdits(db, { ...batch, nowMs: clock.now() })
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

  const commit = async (batch: Batch): Promise<OneByOne | undefined> => {
    if (open === batch) open = undefined
    const { edits, separately } = batch
    try {
      await store(batch)
    } catch (error) {
      // One that alone is too much must not take the others along: once more, each by itself. Who is blocked is so alone too.
      if (
        edits.length > 1 &&
        !separately &&
        error instanceof StorageError &&
        !error.outcome &&
        error.reason !== 'blocked'
      ) {
        let before: Promise<unknown> = Promise.resolve()
        return new Map(
          edits.map((edit) => {
            const saved = before.then(() => commit({ ...batch, edits: [edit] }))
            before = saved.catch(() => {})
            return [edit, saved]
          }),
        )
      }
      live.overlay.drop(edits.map(({ edit }) => edit.id))
      onTrouble(error)
      throw error
    }
    onSaved(batch)
    return undefined
  }

  /** Shows the edit before it returns; the promise resolves when the edit is saved. */
  const place = (request: SaveRequest): Promise<Edit | Edit[]> => {
    const { key, name, retryOf, change, account: by } = request
    const options: UpdateOptions | SeparateOptions = knownOptions(request.options, ['meta', 'replaces', 'separately'])
    const { meta, replaces, separately } = options as UpdateOptions & Partial<SeparateOptions>
    if (separately && replaces !== undefined)
      throw new TypeError('"separately" makes several edits, and "replaces" takes one')
    const account = live.feed.snapshot?.session?.account
    if (account === undefined || account !== (by ?? account)) throw new NotLoggedInError()
    const { loaded, base, view = {}, pending } = live.state(name)
    const patch = patchOf(change, view)
    const isLarge = !isSmall(patch)
    // How long the record becomes, only its view tells, which was not read when nobody looks at it.
    if (isLarge && !loaded && !request.needsView) return placeLater({ ...request, needsView: true })
    const patches: Patch[] = separately
      ? Object.entries(patch).map(([property, value]) => Object.freeze({ [property]: value }))
      : [patch]
    for (const one of patches) {
      const refusal = check(key.collection, one, view) ?? (isLarge ? checkRecordSize(patch, view) : undefined)
      if (refusal) throw refusal
    }
    if (replaces !== undefined && typeof replaces !== 'string')
      throw new InvalidEditError('replaces', replaces, 'it has to be the id of an edit')
    const kept = meta === undefined ? meta : normalizePatch({ meta }, false).meta
    // From here on nothing throws: a batch without its edit would still close its fault, or take out what it replaces.
    const batch = batchFor({ account, closes: retryOf?.faultId, replaces, separately })
    const all = patches.map((one): Edit => {
      const edit: MadeEdit = {
        id: `${batch.label}-${batch.edits.length.toString(36)}`,
        patch: one,
        atMs: clock.now(),
        meta: kept,
        retryOf: retryOf?.editId,
      }
      batch.edits.push({ key, edit, seen: loaded ? seenOf(one, base, pending) : undefined })
      const { view: user, entry } = live.overlay.add(key, edit, replaces, name)
      return new SavedEdit(live, entry, user)
    })
    const made = batch.edits.at(-1)!
    const saved = separately ? all : all[0]!
    return batch.saved.then((oneByOne) => oneByOne?.get(made)!.then(() => saved) ?? saved)
  }

  const isReady = ({ name, change, needsView }: SaveRequest): boolean =>
    // A draft is made of the view, which has to be read first.
    !!live.feed.snapshot &&
    ((typeof change !== 'function' && !needsView) || !live.feed.snapshot.session || !!live.feed.lane(name))

  const placeLater = (request: SaveRequest): Promise<Edit | Edit[]> => {
    // Another account may be logged in by then (G10).
    const { account = live.feed.snapshot?.session?.account } = request
    return prepare(request).then(() => place({ ...request, account }))
  }

  const prepare = async (request: SaveRequest): Promise<void> => {
    try {
      if (!live.feed.snapshot) await live.feed.refresh()
      if (isReady(request)) return
      const release = live.feed.observe(request.key)
      await live.feed.refresh().finally(release)
    } catch (error) {
      onTrouble(error)
      throw error
    }
  }

  return {
    // Not async, since each promise more counts in a burst; still it never throws.
    save(request) {
      try {
        return isReady(request) ? place(request) : placeLater(request)
      } catch (error) {
        onTrouble(error)
        return Promise.reject(error)
      }
    },
    async idle() {
      for (let awaited; awaited !== idle;) await (awaited = idle)
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
