// Floor 5: the app's calls on an open fault.
import type { LiveViews } from '../live/live.js'
import type { FaultEvent } from '../live/faults.js'
import type { Live } from '../live/live-value.js'
import { recordName } from '../live/snapshot.js'
import { isStalled, keepsEdits } from '../model/failure.js'
import type { Fault } from '../model/fault.js'
import { InvalidEditError } from '../model/errors.js'
import { knownOptions } from '../model/known-options.js'
import { normalizePatch, type PatchRules } from '../model/patch.js'
import type { LaneKey, Patch, Properties } from '../model/record.js'
import { isDeviceId } from '../model/refs.js'
import { type Edit, SavedEdit } from './edit.js'
import type { Saver } from './save-edit.js'
import { closeFault, readFault } from '../store/faults.js'
import { faultInShape } from '../store/shapes.js'
import { sendAgain } from '../store/withdraw.js'
import type { Database } from '../store/database.js'
import type { Observable } from 'rxjs'

/**
 * `T`: the type of the records, `P`: of their patches, `E`: of edits, `F`: of faults. All but `open$` and `events$` reject with `FaultClosedError` when the
 * fault is not open any more, and with `NotLoggedInError` when the account that was shown at the call is not logged in any
 * more.
 */
export interface Faults<T = Properties, P = Patch, E = Edit<T>, F = Fault<T>> {
  /** The account's open faults, oldest first. */
  readonly open$: Live<readonly F[]>
  /** The open faults, then each new one; `replayed`: it was open before the subscription. */
  readonly events$: Observable<FaultEvent<T, F>>
  /**
   * Writes the refused values again, as a new edit at the end of the lane, on the present state; where that is not known here, on
   * the backend's values that the fault shows. A refused creation or deletion is made again. A `stalled` one, and a creation of
   * which nobody knows whether it was made (`unknown`), is tried at once, and the promise resolves with its oldest edit. Of a
   * `dependency` the fault that it depends on is retried, while that is open. Once a record is pending that `dependency` faults waited
   * for, their edits are saved anew as well, and these faults are closed. Resolves when the edit is saved on this device. Rejects with
   * `FaultClosedError` when the fault is not open any more, and as `update` does; in the latter case it stays open.
   */
  retry(faultId: string): Promise<E>
  /**
   * As `retry`, with `patch` over the refused values; not of a deletion. The edits of a `stalled` one are given up first. A `dependency`
   * that still names a record which was refused stays open with the new values, and the promise resolves with the refused edit.
   * Rejects as `retry` does.
   */
  amend(faultId: string, patch: P): Promise<E>
  /**
   * Accepts the rollback; a refused creation leaves the view. The edits of a `stalled` or `unknown` one settle as discarded,
   * though they may have been sent. `group`: with all faults that depend on it; default: false. Resolves when that is on this device.
   * Rejects with `FaultClosedError` when the fault is not open any more, with `NotLoggedInError`, and with `StorageError`.
   */
  discard(faultId: string, options?: { group?: boolean }): Promise<void>
}

export interface FaultParts {
  live: LiveViews
  /** Waits until the client is open; `account`: the one that is shown at this call. */
  called(): Promise<{ db: Database; account: string | undefined }>
  save: Saver['save']
  flush(): Promise<unknown>
  fromDateOf(collection: string): PatchRules['fromDate']
  toBackend(key: LaneKey, values: Properties): Properties
  now(): number
  /** A lane that waited may be sent now. */
  wake(): void
  SavedEdit?: typeof SavedEdit | undefined
}

export function createFaults(parts: FaultParts): Faults {
  const { live, called, save, flush, fromDateOf, toBackend, now, wake, SavedEdit: Handle = SavedEdit } = parts
  const find = async (id: string): Promise<{ db: Database; fault: Fault; account: string }> => {
    const { db, account } = await called()
    // Rejects where nobody is logged in.
    return { db, fault: await readFault(db, account, id), account: account! }
  }
  const again = (found: { db: Database; fault: Fault; account: string }, patch?: Patch): Promise<Edit> => {
    const { db, account } = found
    const fault = faultInShape(found.fault, db.shapes)
    const { id, op = 'update', collection, recordId, base, mine, theirs, meta, editIds } = fault
    const key = { collection, id: recordId }
    const retryOf = { faultId: id, editId: editIds.at(-1)! }
    const change = { ...mine, ...patch }
    // Nobody knows any more who chose the id; nobody but a device makes one of that form.
    const hasOwnId = op === 'create' && !isDeviceId(recordId)
    // A login erases the base of a record that has no pending edits, and the fault is what the person sees of it (R1).
    const told = op === 'update' ? toBackend({ account, ...key }, { ...base, ...theirs }) : {}
    const request = { op, key, name: recordName(key), account, change, options: { meta }, retryOf, told, hasOwnId }
    return save(request) as Promise<Edit>
  }

  /** The same edits, which are pending still. */
  const tryAgain = async ({ db, fault, account }: { db: Database; fault: Fault; account: string }): Promise<Edit> => {
    if (!isStalled(fault)) await sendAgain(db, account, fault, now())
    const { op, collection, recordId, editIds } = fault
    const key = { collection, id: recordId }
    const view = live.record(() => key).value$.value
    flush().catch(() => {})
    const edit = { id: editIds[0]!, op, patch: fault.mine ?? {}, atMs: fault.atMs }
    const entry = { key, name: recordName(key), edit, replaces: undefined, seq: undefined, fate: undefined }
    return new Handle(live, entry, view)
  }

  /** Of faults of which one is the cause of the next, the first that is open. */
  const rootOf = (fault: Fault): Fault => {
    const { causedBy } = fault
    const cause = causedBy === undefined ? undefined : live.faults.open$.value.find(({ id }) => id === causedBy)
    return cause ? rootOf(cause) : fault
  }
  return {
    open$: live.faults.open$,
    events$: live.faults.events$,
    async retry(faultId) {
      const found = await find(faultId)
      const root = rootOf(found.fault)
      if (root !== found.fault) return this.retry(root.id)
      return keepsEdits(found.fault) ? tryAgain(found) : again(found)
    },
    async amend(faultId, patch) {
      const found = await find(faultId)
      const { op, collection } = found.fault
      if (op === 'delete')
        throw new InvalidEditError('', undefined, 'a deletion has no values to amend: retry or discard it')
      return again(found, normalizePatch(patch, { fromDate: fromDateOf(collection) }))
    },
    async discard(faultId, options) {
      const { group: isGroup } = knownOptions(options, ['group'])
      const { db, account } = await find(faultId)
      await closeFault(db, account, faultId, now(), isGroup)
      wake()
      await live.feed.refresh()
    },
  }
}
