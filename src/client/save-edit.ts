// Floor 5: the flow of an edit, from the call to "saved on this device": shown, then saved (G1, G2, R9).
import type { LiveViews } from '../live/live.js'
import type { LaidOver } from '../live/overlay.js'
import type { Endpoint } from '../endpoint/endpoint.js'
import { isSmall } from '../endpoint/record-size.js'
import { coded, type InvalidEditError, NotLoggedInError } from '../model/errors.js'
import { recordName } from '../live/snapshot.js'
import type { MadeEdit } from '../model/edit.js'
import { objectionError, refObjectionError, undeclaredError } from '../model/may-save.js'
import type { Operation, Patch, Properties, RecordKey, State } from '../model/record.js'
import type { Relations } from '../model/refs.js'
import { type Batch, type CommitParts, createCommits, type Instead } from './commit-edits.js'
import { type Edit, SavedEdit } from './edit.js'
import { checkedOptions, checkedParts, editOf, patchFor, withoutId } from './make-edit.js'
import { type PlaceEdit, type SaveRequest, unread } from './save-request.js'
import { createTogether } from './together.js'

export interface Saver {
  /** Shows the edit before it returns its promise; resolves when it is on disk. With `separately`: the edits. */
  save(request: SaveRequest): Promise<Edit | Edit[]>
  /**
   * Saves all edits that `make` hands in by `save`, in one transaction, or none. Resolves with them, in order, when they are on
   * disk. They are shown before this returns, unless a record has to be read first.
   */
  together(make: () => unknown): Promise<Edit[]>
  /** Resolves when everything handed in so far is on disk or has failed. */
  idle(): Promise<void>
}

export interface SaverParts extends CommitParts {
  live: LiveViews
  backend: Endpoint['backend']
  endpointOf(collection: string): Endpoint | undefined
  relations: Relations
  /** The class of edits. Default: the core's. */
  SavedEdit?: typeof SavedEdit | undefined
  /** The endpoint's objection to an edit. */
  check(collection: string, op: Operation, patch: Patch, view: Properties): InvalidEditError | undefined
}

export function createSaver({
  check,
  backend,
  endpointOf,
  relations,
  SavedEdit: Handle = SavedEdit,
  ...parts
}: SaverParts): Saver {
  const { live, platform, onError } = parts
  const commits = createCommits(parts)
  /** The deletions of this tab that are not saved yet, by the record's name. */
  const deletions = new Map<string, Promise<Edit>>()

  const handle = (key: RecordKey, edit: MadeEdit, view: State): Edit =>
    new Handle(live, { key, name: recordName(key), edit, replaces: undefined, seq: undefined, fate: undefined }, view)

  /** The edit as it lies on the disk: another transaction may have changed the record just before. */
  const asSaved = (made: Edit, { key, edit }: LaidOver, { id = edit.id, key: moved = key }: Instead): Edit =>
    handle(moved, { ...edit, id }, made.view)

  /** Refuses a patch that names a record which is deleted in the view, or at no declared place one that has no name yet (R17, R19). */
  const checkRefs = (patch: Patch, collection: string): void => {
    for (const ref of relations.refsOf?.(collection, patch) ?? [])
      if (live.state(recordName(ref)).view === null) throw refObjectionError(ref.property, ref)
    for (const ref of relations.undeclared?.(collection, patch) ?? []) {
      const { state$, remoteId$ } = live.record(() => ref)
      const state = state$.value
      const isMadeHere = state && 'op' in state && state.op === 'create'
      if (isMadeHere && remoteId$.value === undefined) throw undeclaredError(collection, ref)
    }
  }

  /** Shows the edit before it returns; the promise resolves when the edit is saved. */
  const place: PlaceEdit = (request, shared) => {
    const { key, name, op = 'update', retryOf, account: by } = request
    const { fromDate, idProperty } = endpointOf(key.collection) ?? {}
    const { meta, replaces, separately, after } = checkedOptions(op, request.options, fromDate)
    if (shared && replaces !== undefined)
      throw new TypeError('"replaces" has a transaction of its own: not in together()')
    const account = live.feed.snapshot?.session?.account
    if (account === undefined || account !== (by ?? account)) throw coded(new NotLoggedInError(), backend.notLoggedIn)
    const atMs = platform.clock.now()
    const objection = live.objection(name, op, { nowMs: atMs, answers: retryOf?.faultId })
    if (objection) {
      if (op !== 'delete' || objection.editId === undefined) throw objectionError(key, objection)
      const pending = { id: objection.editId, op, patch: {}, atMs: 0 }
      return deletions.get(name) ?? Promise.resolve(handle(key, pending, null))
    }
    const state = live.state(name)
    const view = (op !== 'create' && state.view) || {}
    const patch = withoutId(patchFor(op, request.change, view, fromDate), idProperty, key, op === 'create')
    const isLarge = !isSmall(patch)
    // The record's length shows only in its view, which nobody has read when nobody observes it.
    if (isLarge && op === 'update' && !state.loaded && !request.needsView) {
      if (shared) throw unread
      return placeLater({ ...request, needsView: true })
    }
    checkRefs(patch, key.collection)
    const patches = checkedParts(patch, view, { separately, isLarge }, (part) => check(key.collection, op, part, view))
    // From here on nothing throws: a batch without its edit would still close its fault, or withdraw the replaced edit.
    const batch = shared ?? commits.batchFor({ account, closes: retryOf?.faultId, replaces, separately })
    const kept = op === 'update' ? undefined : op
    const hasOwnId = request.hasOwnId || undefined
    let last!: LaidOver
    const all = patches.map((part): Edit => {
      const id = `${batch.label}-${batch.edits.length.toString(36)}`
      const edit: MadeEdit = { id, op: kept, patch: part, atMs, meta, retryOf: retryOf?.editId, hasOwnId }
      batch.edits.push({ ...editOf(key, edit, state, after), told: request.told })
      const { view: shown, entry } = live.overlay.add(key, edit, replaces, name, after)
      last = entry
      return new Handle(live, entry, shown)
    })
    const saving = saved(batch, last, separately ? all : all[0]!)
    if (op === 'delete') noteDeletion(name, saving as Promise<Edit>)
    return saving
  }

  /** Resolves with the edits when the batch is on disk. */
  const saved = <E extends Edit | Edit[]>(batch: Batch, last: LaidOver, made: E): Promise<Edit | E> => {
    const edit = batch.edits.at(-1)!
    return batch.saved.then(
      (others) =>
        others?.get(edit)?.then((instead) => (instead && !Array.isArray(made) ? asSaved(made, last, instead) : made)) ??
        made,
    )
  }

  const noteDeletion = (name: string, saving: Promise<Edit>): void => {
    deletions.set(name, saving)
    const ended = (): void => void (deletions.get(name) === saving && deletions.delete(name))
    saving.then(ended, ended)
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
      const release = live.feed.observe(() => request.key)
      await live.feed.refresh().finally(release)
    } catch (error) {
      onError(error)
      throw error
    }
  }

  const together = createTogether({ live, commits, place, isReady, prepare, onError })
  return {
    together: together.call,
    // Not async, since each promise more counts in a burst; still it never throws.
    save(request) {
      try {
        return together.gather(request) ?? (isReady(request) ? place(request) : placeLater(request))
      } catch (error) {
        onError(error)
        return Promise.reject(error)
      }
    },
    idle: commits.idle,
  }
}
