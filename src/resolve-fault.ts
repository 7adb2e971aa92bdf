// Floor 5: what an app can do with an open fault.
import type { LiveViews } from './live/live.js'
import type { FaultEvent } from './live/faults.js'
import type { Live } from './live/live-value.js'
import { recordName } from './live/snapshot.js'
import { NotLoggedInError } from './model/errors.js'
import type { Fault } from './model/fault.js'
import { normalizePatch } from './model/patch.js'
import type { Patch } from './model/record.js'
import type { Edit, Saver } from './save-edit.js'
import { closeFault, readFault } from './store/faults.js'
import type { Database } from './store/database.js'
import type { Observable } from 'rxjs'

/** All but `open$` and `events$` reject with `FaultClosedError` when the fault is not open any more. */
export interface Faults {
  /** The account's open faults, oldest first. */
  readonly open$: Live<readonly Fault[]>
  /** The open faults, then each new one; `replayed`: it was open before the subscription. */
  readonly events$: Observable<FaultEvent>
  /**
   * Writes the refused values again, as a new edit at the end of the lane, on today's state. A `stalled` one is tried at once,
   * and the promise resolves with its oldest edit.
   */
  retry(faultId: string): Promise<Edit>
  /** As `retry`, with `patch` over the refused values. The edits of a `stalled` one are given up first. */
  amend(faultId: string, patch: Patch): Promise<Edit>
  /** Accepts the rollback. The edits of a `stalled` one settle as discarded, though they may have been sent. */
  discard(faultId: string): Promise<void>
}

export interface FaultParts {
  live: LiveViews
  /** Waits until the client is open. */
  db(): Promise<Database>
  save: Saver['save']
  flush(): Promise<unknown>
  now(): number
  /** Something that waited may be sent now. */
  wake(): void
}

export function createFaults({ live, db, save, flush, now, wake }: FaultParts): Faults {
  const find = async (id: string): Promise<{ fault: Fault; account: string }> => {
    const database = await db()
    const account = live.feed.snapshot?.session?.account
    if (account === undefined) throw new NotLoggedInError()
    return { fault: await readFault(database, account, id), account }
  }
  const again = ({ id, collection, recordId, mine, meta, editIds }: Fault, patch?: Patch): Promise<Edit> => {
    const key = { collection, id: recordId }
    const retryOf = { faultId: id, editId: editIds.at(-1)! }
    return save({ key, name: recordName(key), change: { ...mine, ...patch }, meta, retryOf })
  }
  return {
    open$: live.faults.open$,
    events$: live.faults.events$,
    async retry(faultId) {
      const { fault } = await find(faultId)
      if (fault.kind !== 'stalled') return again(fault)
      const id = fault.editIds[0]!
      const user = live.record({ collection: fault.collection, id: fault.recordId }).value$.value ?? {}
      flush().catch(() => {})
      return { id, patch: fault.mine, user, settled: live.settlement(id) }
    },
    async amend(faultId, patch) {
      return again((await find(faultId)).fault, normalizePatch(patch))
    },
    async discard(faultId) {
      const { account } = await find(faultId)
      await closeFault(await db(), account, faultId, now())
      wake()
      await live.feed.refresh()
    },
  }
}
