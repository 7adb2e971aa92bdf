import { laneName } from '../model/record.js'
import { isLike } from '../model/shape.js'
import { countsOf, type Database } from './database.js'
import { openFaults } from './open-faults.js'
import { between } from './key-range.js'
import { readLane } from './lane-rows.js'
import { isReadable, keepChangeLog, readList } from './read-list.js'
import type { LaneRows } from './rows.js'
import type { Snapshot, SnapshotRequest } from './snapshot-data.js'
import { shownIn } from './shapes.js'
import { fateShape } from './sound.js'

/** All that the streams show, from one transaction, so that no stream can be ahead of another (R8). */
export async function readSnapshot(
  db: Database,
  { records, lists: wantedLists = [], fatesAfter }: SnapshotRequest,
): Promise<Snapshot> {
  let read: LaneRows[] = []
  let isLogged = true
  const snapshot = await db.read(async (tables, state) => {
    const { version, session, wait, lastFate = 0 } = state
    // Nobody has no counters.
    const { account = '' } = session ?? {}
    const counts = countsOf(state, account)
    // All at once: each wait is a trip to the browser's storage and back.
    const keys = session ? records.map((of) => ({ account, ...of(account) })) : []
    const wanted = [...new Map(keys.map((key) => [laneName(key), key])).values()]
    isLogged = !!state.changes || !session || !wantedLists.length
    const [fates, lanes, lists, faults] = await Promise.all([
      fatesAfter < lastFate ? tables.fates.getAll({ range: between(fatesAfter + 1, Infinity) }) : [],
      Promise.all(wanted.map((key) => readLane(tables, state, key))),
      Promise.all(session ? wantedLists.map((list) => readList(tables, state, { account, ...list })) : []),
      openFaults(db.memory, tables, state, account),
      db.memory.names.refresh(tables, state),
    ])
    read = lanes
    return {
      version,
      session,
      wait,
      counts,
      oldestPendingAtMs: counts.front?.atMs,
      faults,
      lanes: lanes.filter(isReadable).map((lane) => {
        const { key, row, edits } = shownIn(lane, db.shapes)
        return { key, row, edits: [...edits] }
      }),
      lists,
      fates: fates.filter((fate) => isLike(fate, fateShape)),
      lastFate,
    }
  })
  db.memory.lanes.found(snapshot.version, read)
  // Nobody waits for it, and without it the next look reads the lists again.
  if (!isLogged) void keepChangeLog(db).catch(() => {})
  return snapshot
}

/**
 * A record that was revised at this version, or at a later one, may be newer than an answer that is requested now (R7). By the
 * time that it resolves, this context knows the names of that version: asked for under its id here, a record that is named
 * would seem absent (R19).
 */
export function readVersion(db: Database): Promise<number> {
  return db.read(async (tables, state) => {
    await db.memory.names.refresh(tables, state)
    return state.version
  })
}
