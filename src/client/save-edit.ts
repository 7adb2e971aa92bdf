// Floor 5: the flow of an edit, from the call to "saved on this device": shown, then saved (G1, G2, R9).
import type { LiveViews } from '../live/live.js'
import type { Endpoint } from '../endpoint/endpoint.js'
import { isSmall } from '../endpoint/record-size.js'
import { coded, type InvalidEditError, NotLoggedInError } from '../model/errors.js'
import type { Operation, Patch, Properties, RecordKey } from '../model/record.js'
import { type CommitParts, createCommits } from './commit-edits.js'
import { type Edit, SavedEdit, type SeparateOptions, type UpdateOptions } from './edit.js'
import { checkedOptions, checkedParts, editOf, patchOf } from './make-edit.js'

export interface SaveRequest {
  key: RecordKey
  /** The key's `recordName`, from a caller that makes it once for many edits. */
  name: string
  /** The account of the edit. Default: the one that is shown when `save` is called. */
  account?: string | undefined
  /** Not trusted, and neither are the options: checked as `update` says. */
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

export interface SaverParts extends CommitParts {
  live: LiveViews
  backend: Endpoint['backend']
  endpointOf(collection: string): Endpoint | undefined
  /** The class of edits. Default: the core's. */
  SavedEdit?: typeof SavedEdit | undefined
  /** The endpoint's objection to an edit. */
  check(collection: string, op: Operation, patch: Patch, view: Properties): InvalidEditError | undefined
}

export function createSaver({
  check,
  backend,
  endpointOf,
  SavedEdit: Handle = SavedEdit,
  ...parts
}: SaverParts): Saver {
  const { live, platform, onError } = parts
  const commits = createCommits(parts)

  /** Shows the edit before it returns; the promise resolves when the edit is saved. */
  const place = (request: SaveRequest): Promise<Edit | Edit[]> => {
    const { key, name, retryOf, account: by } = request
    const fromDate = endpointOf(key.collection)?.fromDate
    const { meta, replaces, separately } = checkedOptions(request.options, fromDate)
    const account = live.feed.snapshot?.session?.account
    if (account === undefined || account !== (by ?? account)) throw coded(new NotLoggedInError(), backend.notLoggedIn)
    const state = live.state(name)
    const view = state.view ?? {}
    const patch = patchOf(request.change, view, fromDate)
    const isLarge = !isSmall(patch)
    // The record's length shows only in its view, which nobody has read when nobody observes it.
    if (isLarge && !state.loaded && !request.needsView) return placeLater({ ...request, needsView: true })
    const patches = checkedParts(patch, view, { separately, isLarge }, (part) =>
      check(key.collection, 'update', part, view),
    )
    // From here on nothing throws: a batch without its edit would still close its fault, or withdraw the replaced edit.
    const batch = commits.batchFor({ account, closes: retryOf?.faultId, replaces, separately })
    const all = patches.map((part): Edit => {
      const id = `${batch.label}-${batch.edits.length.toString(36)}`
      const edit = { id, patch: part, atMs: platform.clock.now(), meta, retryOf: retryOf?.editId }
      batch.edits.push(editOf(key, edit, state))
      const { view: shown, entry } = live.overlay.add(key, edit, replaces, name)
      return new Handle(live, entry, shown)
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
      const release = live.feed.observe(() => request.key)
      await live.feed.refresh().finally(release)
    } catch (error) {
      onError(error)
      throw error
    }
  }

  return {
    // Not async, since each promise more counts in a burst; still it never throws.
    save(request) {
      try {
        return isReady(request) ? place(request) : placeLater(request)
      } catch (error) {
        onError(error)
        return Promise.reject(error)
      }
    },
    idle: commits.idle,
  }
}
