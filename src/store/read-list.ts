// Floor 3: the lanes of a whole collection, or those that have changed since a context read them (R23).
import { changedAfter } from './change-log.js'
import { countsOf, type Database, type Tables, unchanged } from './database.js'
import { between, last } from './key-range.js'
import { frontKeyOf, laneOf, pushIn, readLanes } from './lane-rows.js'
import { placeOf } from './place.js'
import { shownIn } from './shapes.js'
import type { LaneRows, RecordRow, RunRow, StateRow, StoredLane } from './rows.js'
import type { ListLanes } from './snapshot-data.js'

/** Inside the caller's transaction. `at`: the version at which the caller has the list; absent: it has none. */
export async function readList(
  tables: Tables,
  state: StateRow,
  { account, collection, at }: { account: string; collection: string; at: number | undefined },
): Promise<ListLanes> {
  const changed = changedAfter(state.changes, at, { account, collection })
  const lanes = changed
    ? await readLanes(tables, state, changed, new Map())
    : await allLanes(tables, state, account, collection)
  return {
    collection,
    isWhole: !changed,
    lanes: lanes.filter(isReadable).map((lane) => shown(shownIn(lane, tables.shapes))),
  }
}

/** A lane that counts as missing is not shown: a save in it then reads the rows. */
export function isReadable({ held, unread }: StoredLane): boolean {
  return !!held || !unread?.length
}

function shown(lane: LaneRows): StoredLane {
  const { key, row, edits } = lane
  return { key, row, edits, place: placeOf(lane) }
}

export async function allLanes(
  tables: Tables,
  state: StateRow,
  account: string,
  collection: string,
): Promise<LaneRows[]> {
  const reading = tables.records.getAll({ range: between([account, collection], [account, collection, last]) })
  const runs = new Map<string, RunRow[]>()
  for (const run of await runsIn(tables, state, account, collection)) pushIn(runs, run.id, run)
  const laneOfId = (id: string, row?: RecordRow): LaneRows => {
    const own = runs.get(id)
    if (own) runs.delete(id)
    return laneOf(tables.shapes, { account, collection, id }, row, own ?? [])
  }
  const lanes = (await reading).map((row) => laneOfId(row.id, row))
  for (const id of runs.keys()) lanes.push(laneOfId(id))
  return lanes
}

/** The pending edits of the collection: behind the front, since deleted rows lie before it. */
async function runsIn(tables: Tables, state: StateRow, account: string, collection: string): Promise<RunRow[]> {
  const { pending, front } = countsOf(state, account)
  if (pending <= 0 || (front && front.collection > collection)) return []
  const from = front?.collection === collection ? frontKeyOf(account, front) : [account, collection]
  return tables.edits.getAll({ range: between(from, [account, collection, last]), limit: pending })
}

/** From here on the state names the records that each commit changes. */
export async function keepChangeLog(db: Database): Promise<void> {
  await db.write(async (_, state, commit) => {
    if (state.changes) return unchanged
    commit.unhurried = true
    commit.changed = []
    state.changes = { since: commit.from, lanes: {} }
    return undefined
  }, 'upkeep')
}
