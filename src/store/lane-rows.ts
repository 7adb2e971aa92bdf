import type { LaneKey, RecordKey } from '../model/record.js'
import type { Tables } from './database.js'
import { emptyRecord, formatVersion, type RecordRow, type RunRow, type StoredLane } from './rows.js'

/** Sorts after every other IndexedDB key. */
const last: never[][] = [[]]

/** Key range of the runs of one lane. */
function bounds({ account, collection, id }: LaneKey): [unknown[], unknown[]] {
  return [
    [account, collection, id],
    [account, collection, id, last],
  ]
}

export function recordKeyOf({ account, collection, id }: LaneKey): [string, string, string] {
  return [account, collection, id]
}

/** Of a format that this version can read. */
function isKnown({ v }: { v: number }): boolean {
  return v <= formatVersion
}

export interface LaneRows extends StoredLane {
  runs: RunRow[]
}

/** A lane with the rows it is made of, inside the caller's transaction. */
export function readLane(tables: Tables, key: LaneKey): PromiseLike<LaneRows> {
  const runs = tables.edits
    .where(':id')
    .between(...bounds(key))
    .toArray()
  return tables.records.get(recordKeyOf(key)).then((row) =>
    runs.then((found) => ({
      key,
      row: row ?? emptyRecord(key),
      runs: found,
      edits: found.filter(isKnown).flatMap((run) => run.edits),
      ...((row && !isKnown(row)) || !found.every(isKnown) ? { isNewer: true } : {}),
    })),
  )
}

/**
 * Names lanes of the account that have pending edits, in key order from behind `after`. Jumps from lane to lane, so that
 * the cost is that of the lanes named and not of the edits queued.
 */
export async function nextLanes(
  tables: Tables,
  { account, after, limit }: { account: string; after: RecordKey | undefined; limit: number },
): Promise<RecordKey[]> {
  const lanes: RecordKey[] = []
  let from: unknown[] = after ? [account, after.collection, after.id, last] : [account]
  while (lanes.length < limit) {
    const found = await tables.edits.where(':id').between(from, [account, last]).first()
    if (!found) break
    lanes.push({ collection: found.collection, id: found.id })
    from = [account, found.collection, found.id, last]
  }
  return lanes
}

/** Every lane of the account that has pending edits, with its edits. */
export async function pendingLanes(tables: Tables, account: string): Promise<StoredLane[]> {
  const runs = await tables.edits.where(':id').between([account], [account, last]).toArray()
  const lanes = new Map<string, StoredLane>()
  for (const run of runs) {
    const { collection, id } = run
    const name = JSON.stringify([collection, id])
    let lane = lanes.get(name)
    if (!lane)
      lanes.set(
        name,
        (lane = { key: { account, collection, id }, row: emptyRecord({ account, collection, id }), edits: [] }),
      )
    if (isKnown(run)) lane.edits.push(...run.edits)
  }
  const found = [...lanes.values()]
  const rows = await tables.records.bulkGet(found.map((lane) => recordKeyOf(lane.key)))
  rows.forEach((row: RecordRow | undefined, index) => {
    if (row) found[index]!.row = row
  })
  return found
}
