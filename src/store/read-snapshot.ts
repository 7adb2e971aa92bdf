import { type Database, emptyCounts, together } from './database.js'
import { oldestPendingAtMs } from './edits.js'
import { faultOf } from './faults.js'
import type { LaneKey } from '../model/record.js'
import { readLane } from './lane-rows.js'
import type { Snapshot, SnapshotRequest, StateRow } from './rows.js'

/** All that the streams show, from one transaction, so that no stream can be ahead of another (R8). */
export function readSnapshot(db: Database, { records, fatesAfter }: SnapshotRequest): Promise<Snapshot> {
  return db.read(async (tables) => {
    const state = (await tables.meta.get('state')) as StateRow | undefined
    const { version = 0, session, wait } = state ?? {}
    const account = session?.account
    const counts = (account !== undefined && state?.counts[account]) || emptyCounts()
    const fates = await tables.fates.where(':id').above(fatesAfter).toArray()
    const shared = { version, ...(session && { session }), ...(wait && { wait }), counts, fates }
    if (account === undefined) return { ...shared, faults: [], lanes: [] }
    const lanes = await together(records.map((key) => readLane(tables, { account, ...key })))
    const oldest = counts.pending ? await oldestPendingAtMs(tables, account) : undefined
    const faults = counts.faults ? await tables.faults.where('account').equals(account).sortBy('atMs') : []
    return {
      ...shared,
      ...(oldest !== undefined && { oldestPendingAtMs: oldest }),
      faults: faults.map(faultOf),
      lanes: lanes.map(({ key, row, edits }) => ({ key, row, edits })),
    }
  })
}

/** The record's local revision: another one at the end of a read means that its answer may be old (R7). */
export async function readRevision(db: Database, key: LaneKey): Promise<number> {
  return db.read(async (tables) => (await readLane(tables, key)).row.rev)
}
