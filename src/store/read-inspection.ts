// Floor 3: all that `inspect()` needs from the database, in one transaction.
import type { Fault } from '../model/fault.js'
import { laneName } from '../model/record.js'
import { type Cursor, cursorIn } from './cursors.js'
import type { Database } from './database.js'
import { pendingLanes, readLanes } from './lane-rows.js'
import { leaseIn } from './lease.js'
import { openFaults } from './open-faults.js'
import { readOthers } from './others.js'
import type { LeaseRow, StateRow, StoredLane } from './rows.js'

export interface InspectedRows {
  state: StateRow
  lease: LeaseRow | undefined
  /** Those with pending edits, with the records that their edits name or wait for, and those that owe a look-back. */
  lanes: StoredLane[]
  faults: readonly Fault[]
  /** In the order of the collections. */
  cursors: (Cursor | undefined)[]
}

/** Of the account that is logged in. */
export function readInspection(db: Database, collections: readonly string[], nowMs: number): Promise<InspectedRows> {
  return db.read(async (tables, state) => {
    const { account = '' } = state.session ?? {}
    const [pending, faults, lease, cursors] = await Promise.all([
      pendingLanes(tables, state, account),
      openFaults(db.memory, tables, state, account),
      tables.meta.get('lease'),
      Promise.all(collections.map((one) => cursorIn(tables, account, one))),
      db.memory.names.refresh(tables, state),
    ])
    const known = new Set(pending.map(({ key }) => laneName(key)))
    const owing = Object.values(state.lookBacks ?? {}).filter(
      (key) => key.account === account && !known.has(laneName(key)),
    )
    const lanes = [...pending, ...(await readLanes(tables, state, owing, new Map()))]
    const others = await readOthers(db, tables, state, lanes, new Map())
    return {
      state,
      lease: leaseIn(lease, nowMs),
      lanes: others ? lanes.map((lane) => others.seenBy(lane)) : lanes,
      faults,
      cursors,
    }
  })
}
