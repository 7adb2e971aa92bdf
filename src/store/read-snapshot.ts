import { countsOf, type Database, together } from './database.js'
import { oldestPendingAtMs } from './edits.js'
import { faultOf } from './faults.js'
import { readLane } from './lane-rows.js'
import type { Snapshot, SnapshotRequest } from './rows.js'

/** All that the streams show, from one transaction, so that no stream can be ahead of another (R8). */
export function readSnapshot(db: Database, { records, own, fatesAfter }: SnapshotRequest): Promise<Snapshot> {
  return db.read(async (tables, state) => {
    const { version, session, wait } = state
    // Nobody has no counters.
    const { account = '' } = session ?? {}
    const counts = countsOf(state, account)
    const isFirst = fatesAfter === Infinity
    // All at once: each wait is a trip to the browser's storage and back.
    const finding = isFirst
      ? tables.fates.toCollection().reverse().limit(1).toArray()
      : tables.fates.where(':id').above(fatesAfter).toArray()
    const mine = own?.(account)
    const wanted = !session ? [] : mine ? [...records, mine] : records
    const reading = together(wanted.map((key) => readLane(tables, { account, ...key })))
    const oldest = counts.pending ? oldestPendingAtMs(tables, account) : undefined
    const open = counts.faults ? tables.faults.where('account').equals(account).sortBy('atMs') : undefined
    const found = await finding
    const lastFate = found.at(-1)?.n ?? (isFirst ? 0 : fatesAfter)
    const shared = { version, session, wait, counts, fates: isFirst ? [] : found, lastFate }
    if (!session) return { ...shared, faults: [], lanes: [] }
    const lanes = await reading
    return {
      ...shared,
      oldestPendingAtMs: await oldest,
      faults: ((await open) ?? []).map(faultOf),
      lanes: lanes.map(({ key, row, edits }) => ({ key, row, edits })),
    }
  })
}

/** A record that is revised at this version, or at a later one, may be newer than what is asked for now (R7). */
export function readVersion(db: Database): Promise<number> {
  return db.read(async (_, { version }) => version)
}
