import { countsOf, type Database } from './database.js'
import { oldestPendingAtMs } from './edits.js'
import { faultOf } from './faults.js'
import { between, exactly } from './key-range.js'
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
    const mine = own?.(account)
    const wanted = !session ? [] : mine ? [...records, mine] : records
    const [lastFate = 0, fates, lanes, oldest, faults] = await Promise.all([
      isFirst ? tables.fates.lastKey() : fatesAfter,
      isFirst ? [] : tables.fates.getAll({ range: between(fatesAfter + 1, Infinity) }),
      Promise.all(wanted.map((key) => readLane(tables, { account, ...key }))),
      counts.pending ? oldestPendingAtMs(tables, account) : undefined,
      counts.faults ? tables.faults.getAll({ index: 'account', range: exactly(account) }) : [],
    ])
    return {
      version,
      session,
      wait,
      counts,
      oldestPendingAtMs: oldest,
      faults: faults.sort((one, other) => one.atMs - other.atMs).map(faultOf),
      lanes: lanes.map(({ key, row, edits }) => ({ key, row, edits })),
      fates,
      lastFate: fates.at(-1)?.n ?? lastFate,
    }
  })
}

/** A record that is revised at this version, or at a later one, may be newer than what is asked for now (R7). */
export function readVersion(db: Database): Promise<number> {
  return db.read(async (_, { version }) => version)
}
