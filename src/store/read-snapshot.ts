import { type Database, emptyCounts, knownCounts, together } from './database.js'
import { oldestPendingAtMs } from './edits.js'
import { faultOf } from './faults.js'
import type { LaneKey } from '../model/record.js'
import { readLane } from './lane-rows.js'
import type { Snapshot, SnapshotRequest, StateRow } from './rows.js'

/** All that the streams show, from one transaction, so that no stream can be ahead of another (R8). */
export function readSnapshot(db: Database, { records, own, fatesAfter }: SnapshotRequest): Promise<Snapshot> {
  return db.read(async (tables) => {
    const state = (await tables.meta.get('state')) as StateRow | undefined
    const { version = 0, session, wait } = state ?? {}
    const account = session?.account
    const counts = knownCounts(state, account) ?? emptyCounts()
    const isFirst = fatesAfter === Infinity
    const fates = isFirst ? [] : await tables.fates.where(':id').above(fatesAfter).toArray()
    const newest = isFirst ? await tables.fates.toCollection().last() : fates.at(-1)
    const lastFate = newest?.n ?? (isFirst ? 0 : fatesAfter)
    const shared = { version, ...(session && { session }), ...(wait && { wait }), counts, fates, lastFate }
    if (account === undefined) return { ...shared, faults: [], lanes: [] }
    const mine = own?.(account)
    const wanted = mine ? [...records, mine] : records
    const lanes = await together(wanted.map((key) => readLane(tables, { account, ...key })))
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
