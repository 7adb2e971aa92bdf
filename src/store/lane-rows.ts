import type { QueuedEdit } from '../model/edit.js'
import { laneName, type LaneKey, type RecordKey } from '../model/record.js'
import type { Collection, Table } from 'dexie'
import { type Tables, together } from './database.js'
import { emptyRecord, type RecordRow, type RunRow, type StoredLane } from './rows.js'
import { isKnown, type Run, unpack } from './runs.js'

/** Sorts after every other IndexedDB key. */
const last: never[][] = [[]]

/** The rows whose key begins with these: an account's, or a lane's. */
export function rowsOf<T, K extends readonly unknown[]>(table: Table<T, K>, ...front: string[]): Collection<T, K> {
  return table.where(':id').between(front, [...front, last])
}

export function recordKeyOf({ account, collection, id }: LaneKey): [string, string, string] {
  return [account, collection, id]
}

export interface LaneRows extends StoredLane {
  runs: Run[]
}

/** A lane with the rows it is made of, inside the caller's transaction. */
export function readLane(tables: Tables, key: LaneKey): PromiseLike<LaneRows> {
  const runs = rowsOf(tables.edits, ...recordKeyOf(key)).toArray()
  return tables.records.get(recordKeyOf(key)).then((row) =>
    runs.then((rows) => {
      const found = rows.map(unpack)
      return {
        key,
        row: row ?? emptyRecord(key),
        runs: found,
        edits: found.flatMap(({ edits }) => edits),
        ...((row && !isKnown(row)) || !found.every(isKnown) ? { isNewer: true } : {}),
      }
    }),
  )
}

/** Runs that a lane has, as a rule at most. */
const runsOfLane = 4

/** Of so few lanes each is asked for by itself. */
const fewLanes = 8

function isBefore({ collection, id }: RecordKey, other: RecordKey): boolean {
  return collection === other.collection ? id < other.id : collection < other.collection
}

/**
 * Lanes of one account that are edited at once; `pending`: some may have pending edits. They lie close together as a rule, and
 * one request for what lies between the first and the last costs a fraction of one for each. It is limited to as many rows as
 * such lanes have as a rule; what may be missing then is asked for lane by lane.
 */
export async function readLanes(tables: Tables, lanes: readonly LaneKey[], pending: boolean): Promise<StoredLane[]> {
  if (lanes.length < fewLanes) return together(lanes.map((key) => readLane(tables, key)))
  const sorted = [...lanes].sort((one, other) => (isBefore(one, other) ? -1 : 1))
  const [first, end] = [recordKeyOf(sorted[0]!), recordKeyOf(sorted.at(-1)!)]
  const mostRuns = runsOfLane * lanes.length
  const reading =
    pending &&
    tables.edits
      .where(':id')
      .between(first, [...end, last])
      .limit(mostRuns)
      .toArray()
  const rows = await tables.records.where(':id').between(first, end, true, true).limit(lanes.length).toArray()
  const runs = (await reading) || []
  const rowByName = new Map(rows.map((row) => [laneName(row), row]))
  if (rows.length === lanes.length) {
    const others = lanes.filter((key) => !rowByName.has(laneName(key)))
    for (const row of await tables.records.bulkGet(others.map(recordKeyOf))) if (row) rowByName.set(laneName(row), row)
  }
  const edits = new Map(sorted.map((key): [string, QueuedEdit[]] => [laneName(key), []]))
  const add = (run: RunRow): void => {
    const list = edits.get(laneName(run))
    // One by one: a run may have more edits than a call takes arguments.
    if (list) for (const edit of unpack(run).edits) list.push(edit)
  }
  const cut = runs.length === mostRuns ? runs.at(-1) : undefined
  for (const run of runs) if (!cut || isBefore(run, cut)) add(run)
  const behind = cut ? sorted.filter((key) => !isBefore(key, cut)) : []
  for (const found of await together(behind.map((key) => rowsOf(tables.edits, ...recordKeyOf(key)).toArray())))
    found.forEach(add)
  return lanes.map((key) => {
    const name = laneName(key)
    return { key, row: rowByName.get(name) ?? emptyRecord(key), edits: edits.get(name)! }
  })
}

/**
 * Names lanes of the account that have pending edits, in key order from behind `after`: at most `limit`, and fewer when they
 * have many runs, but none only when there is none. One look at keys, so that neither edits nor their number cost anything.
 */
export async function nextLanes(
  tables: Tables,
  { account, after, limit }: { account: string; after: RecordKey | undefined; limit: number },
): Promise<LaneKey[]> {
  const from = after ? [account, after.collection, after.id, last] : [account]
  const keys = await tables.edits
    .where(':id')
    .between(from, [account, last])
    .limit(runsOfLane * limit)
    .primaryKeys()
  const lanes = keys.map(([, collection, id]): LaneKey => ({ account, collection, id }))
  return [...new Map(lanes.map((lane) => [laneName(lane), lane])).values()].slice(0, limit)
}

/** Every lane of the account that has pending edits, with its edits. */
export async function pendingLanes(tables: Tables, account: string): Promise<StoredLane[]> {
  const lanes = new Map<string, StoredLane>()
  for (const run of await rowsOf(tables.edits, account).toArray()) {
    const { collection, id } = run
    const name = laneName(run)
    const lane = lanes.get(name) ?? { key: { account, collection, id }, row: emptyRecord(run), edits: [] }
    lanes.set(name, lane)
    for (const edit of unpack(run).edits) lane.edits.push(edit)
  }
  const found = [...lanes.values()]
  const rows = await tables.records.bulkGet(found.map((lane) => recordKeyOf(lane.key)))
  rows.forEach((row: RecordRow | undefined, index) => {
    if (row) found[index]!.row = row
  })
  return found
}
