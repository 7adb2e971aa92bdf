import { laneName, type LaneKey, type RecordKey } from '../model/record.js'
import { isLike } from '../model/shape.js'
import { countsOf, type Tables } from './database.js'
import { between, last } from './key-range.js'
import { isBefore } from './marks.js'
import {
  emptyRecord,
  formatVersion,
  type Front,
  type LaneRows,
  type RecordRow,
  type RunRow,
  type StateRow,
} from './rows.js'
import { unpack } from './runs.js'
import { isNewer as isNewerShape, isOfShape, migrated, type Shapes } from './shapes.js'
import { recordShape } from './sound.js'

export function recordKeyOf({ account, collection, id }: LaneKey): [string, string, string] {
  return [account, collection, id]
}

/** A lane with the rows it is made of, inside the caller's transaction. */
export async function readLane(tables: Tables, state: StateRow, key: LaneKey): Promise<LaneRows> {
  const reading = runsOf(tables, state, key)
  const row = await tables.records.get(recordKeyOf(key))
  return laneOf(tables.shapes, key, row, await reading)
}

/** `stored`: the record's row, if there is one. */
export function laneOf(shapes: Shapes, key: LaneKey, stored: RecordRow | undefined, rows: readonly RunRow[]): LaneRows {
  const isSound = !stored || isLike(stored, recordShape)
  // As a rule of a list: thousands of rows with nothing pending.
  if (stored && isSound && !rows.length && stored.v <= formatVersion && isOfShape(stored, shapes))
    return { key, row: stored, runs: [], edits: [], unread: [] }
  const runs = rows.map((row) => unpack(row, shapes))
  const unread = [isSound ? [] : stored, runs.flatMap((run) => run.unread ?? [])].flat()
  const isNewer = [stored, ...unread].some((row) => row && (row.v > formatVersion || isNewerShape(row, shapes)))
  const lane: LaneRows = {
    key,
    row: (isSound && stored) || emptyRecord(key, shapes.version),
    runs,
    edits: runs.flatMap(({ edits }) => edits),
    unread,
    held: isNewer ? 'reload' : unread.length && runs.length ? 'damaged' : undefined,
  }
  return migrated(lane, shapes)
}

/** From the front on, and no further than to the last one that there can be: behind both lie only deleted rows. */
function runsOf(tables: Tables, state: StateRow, key: LaneKey): Promise<RunRow[]> {
  const { pending, front } = countsOf(state, key.account)
  if (pending <= 0) return Promise.resolve([])
  const lane = recordKeyOf(key)
  return tables.edits.getAll({ range: between([...lane, front?.seq ?? 0], [...lane, last]), limit: pending })
}

/** Runs that a lane has, as a rule at most. */
const runsOfLane = 4

/** So few lanes are read one by one. */
const fewLanes = 8

/** Lanes of one account, in the order of the request; `known`: those that need not be read. */
export async function readLanes(
  tables: Tables,
  state: StateRow,
  lanes: readonly LaneKey[],
  known: ReadonlyMap<string, LaneRows>,
): Promise<LaneRows[]> {
  // Now, and not after the reads: what is known may grow meanwhile.
  const found = lanes.map((key) => (known.size ? known.get(laneName(key)) : undefined))
  const unread = lanes.filter((_, at) => !found[at])
  const read =
    unread.length < fewLanes
      ? await Promise.all(unread.map((key) => readLane(tables, state, key)))
      : await readManyLanes(tables, state, unread)
  let next = 0
  return found.map((lane) => (lane ? migrated(lane, tables.shapes) : read[next++]!))
}

/**
 * As a rule they lie close together, and one request for the rows between the first and the last costs a fraction of one
 * request for each. It is limited to as many rows as such lanes have as a rule; lanes that may then be missing are read one
 * by one.
 */
async function readManyLanes(tables: Tables, state: StateRow, lanes: readonly LaneKey[]): Promise<LaneRows[]> {
  let [from, to] = [lanes[0]!, lanes[0]!]
  for (const key of lanes) {
    if (isBefore(key, from)) from = key
    if (isBefore(to, key)) to = key
  }
  const [first, end] = [recordKeyOf(from), recordKeyOf(to)]
  const mostRuns = runsOfLane * lanes.length
  const { pending } = countsOf(state, from.account)
  const reading = pending > 0 ? tables.edits.getAll({ range: between(first, [...end, last]), limit: mostRuns }) : []
  const rows = await tables.records.getAll({ range: between(first, end), limit: lanes.length })
  const runs = await reading
  const rowByName = new Map(rows.map((row) => [laneName(row), row]))
  const names = lanes.map(laneName)
  if (rows.length === lanes.length) {
    const others = lanes.filter((_, at) => !rowByName.has(names[at]!))
    for (const row of await tables.records.getMany(others.map(recordKeyOf))) if (row) rowByName.set(laneName(row), row)
  }
  const runsByName = new Map<string, RunRow[]>()
  const cut = runs.length === mostRuns ? runs.at(-1) : undefined
  for (const run of runs) if (!cut || isBefore(run, cut)) pushIn(runsByName, laneName(run), run)
  const behind = cut ? lanes.filter((key) => !isBefore(key, cut)) : []
  for (const found of await Promise.all(behind.map((key) => runsOf(tables, state, key))))
    if (found.length) runsByName.set(laneName(found[0]!), found)
  return lanes.map((key, at) => laneOf(tables.shapes, key, rowByName.get(names[at]!), runsByName.get(names[at]!) ?? []))
}

/** Adds to the list that the map has under this key. */
export function pushIn<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key)
  if (list) list.push(value)
  else lists.set(key, [value])
}

/**
 * Names lanes of the account that have pending edits, in key order from behind `after`: at most `limit`, and fewer when they
 * have many runs, but none only when there is none. One look at keys, so that neither edits nor their number cost anything.
 */
export async function nextLanes(
  tables: Tables,
  state: StateRow,
  { account, after, limit }: { account: string; after: RecordKey | undefined; limit: number },
): Promise<LaneKey[]> {
  const { pending, front } = countsOf(state, account)
  if (pending <= 0) return []
  const from = after ? [account, after.collection, after.id, last] : frontKeyOf(account, front)
  const keys = await tables.edits.getAllKeys({
    range: between(from, [account, last]),
    limit: Math.min(runsOfLane * limit, pending),
  })
  const lanes = keys.map(([, collection, id]): LaneKey => ({ account, collection, id }))
  return [...new Map(lanes.map((lane) => [laneName(lane), lane])).values()].slice(0, limit)
}

/** A key with no pending run of the account before it. */
export function frontKeyOf(account: string, front: Front | undefined): (string | number)[] {
  return front ? [account, front.collection, front.id, front.seq] : [account]
}

/** Every lane of the account that has pending edits, with its edits. */
export async function pendingLanes(tables: Tables, state: StateRow, account: string): Promise<LaneRows[]> {
  const { pending, front } = countsOf(state, account)
  if (pending <= 0) return []
  const runsByName = new Map<string, RunRow[]>()
  const range = between(frontKeyOf(account, front), [account, last])
  for (const row of await tables.edits.getAll({ range, limit: pending })) pushIn(runsByName, laneName(row), row)
  const found = [...runsByName.values()].map((runs) => {
    const { collection, id } = runs[0]!
    return { key: { account, collection, id }, runs }
  })
  const rows = await tables.records.getMany(found.map(({ key }) => recordKeyOf(key)))
  return found.map(({ key, runs }, index) => {
    const lane = laneOf(tables.shapes, key, rows[index], runs)
    return { ...lane, seqs: lane.runs.flatMap(({ edits, seq }) => edits.map(() => seq)) }
  })
}
