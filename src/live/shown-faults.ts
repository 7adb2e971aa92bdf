// The open faults as the app sees them: rows keep the backend's ids in values that came from it, or were sent (R19).
import type { Fault } from '../model/fault.js'
import { recordName, type State } from '../model/record.js'
import type { Snapshot } from '../store/snapshot-data.js'
import type { IdSpace } from './record.js'

export interface ShownFaults {
  /** Those of the newest snapshot, in the ids of this device. */
  readonly open: readonly Fault[]
  /** A newer snapshot is in place. Adds the names of the records whose faults have changed. `isNew`: ids may have changed. */
  take(snapshot: Snapshot, isNew: boolean, changed: Set<string>): void
}

export function createShownFaults(ids: IdSpace | undefined): ShownFaults {
  let open: readonly Fault[] = []
  let stored: readonly Fault[] | undefined
  return {
    get open() {
      return open
    },
    take({ faults, session }, isNew, changed) {
      // The store hands out the same list while it is the same.
      if (faults === stored && !isNew) return
      const before = open
      stored = faults
      open = faults.map((fault) => inDeviceIds(fault, ids, session?.account))
      for (const { collection, recordId: id } of [...before, ...open]) changed.add(recordName({ collection, id }))
    },
  }
}

export function inDeviceIds(fault: Fault, ids: IdSpace | undefined, account: string | undefined): Fault {
  if (!ids || account === undefined) return fault
  const key = { account, collection: fault.collection, id: fault.recordId }
  const shown = <V extends State>(values: V): V => (values ? (ids.toDevice(key, values) as V) : values)
  const { base, mine, theirs, view } = fault
  return { ...fault, base: shown(base), mine: shown(mine), theirs: shown(theirs), ...(view && { view: shown(view) }) }
}
