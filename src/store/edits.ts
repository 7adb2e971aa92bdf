// Saving: the transaction behind `update()` (G1, R9).
import { ancestorsFor, earliestOf, noteEarliest } from '../model/ancestors.js'
import type { MadeEdit, QueuedEdit } from '../model/edit.js'
import type { InvalidEditError } from '../model/errors.js'
import type { Fault } from '../model/fault.js'
import { laneName, type LaneKey, type Properties, type RecordKey } from '../model/record.js'
import { countsOf, type Database } from './database.js'
import { openFaults, removeFault } from './faults.js'
import { pendingLanes, readLanes, recordKeyOf } from './lane-rows.js'
import { noteSaved } from './marks.js'
import { type FaultRow, formatVersion, type LaneRows, type Run, type StoredLane } from './rows.js'
import { addRuns } from './runs.js'
import { sessionOf } from './sessions.js'
import { withdrawEdit } from './withdraw.js'

export interface NewEdit {
  key: RecordKey
  edit: MadeEdit
  /** The confirmed values that the person saw of its properties; absent: nobody looked. */
  seen?: Properties | undefined
  /** It waits for the edits of these records that are pending when it is saved. */
  after?: readonly RecordKey[] | undefined
}

/** The edits that were not saved as they were made. All others were. */
export interface SaveResult {
  /** By edit: the reason against it. Nothing of it was saved. */
  refused: ReadonlyMap<string, InvalidEditError>
  /** By edit: the deletion that was pending already. Nothing of it was saved. */
  joined: ReadonlyMap<string, string>
  /** By edit: the record in whose lane it lies, which it named by the backend's id. */
  moved: ReadonlyMap<string, RecordKey>
}

/** The edits of a batch in one lane. */
interface LaneEdits {
  key: LaneKey
  edits: NewEdit[]
}

export interface SaveBatch {
  /** The account that the tab showed when the edits were made. */
  account: string
  /** The front part of the ids of all these edits. */
  label: string
  edits: readonly NewEdit[]
  /** The fault that these edits answer; the same transaction closes it. */
  closes?: string | undefined
  /** The edit that they replace, if it is still pending and not in flight. */
  replaces?: string | undefined
  nowMs: number
}

/**
 * Saves the edits in one transaction, each lane's as one row. Resolves when they are on disk.
 *
 * Rejects with `NotLoggedInError` when another account than the shown one is logged in (G10), with `FaultClosedError` when
 * the fault in `closes` is not open any more, and with `StorageError` when storage refuses; then nothing is saved.
 */
export async function saveEdits(db: Database, batch: SaveBatch): Promise<SaveResult | undefined> {
  return db.write(async (tables, state, commit, later) => {
    const { account, label, closes, replaces, nowMs } = batch
    sessionOf(state, account)
    const counts = countsOf(state, account)
    // The lanes before this transaction changes any.
    const faults = await openFaults(db.memory, tables, state, account)
    if (closes) await removeFault(tables, state, { account, id: closes, nowMs })
    const isReplaced = replaces && (await withdrawEdit(tables, state, { account, editId: replaces, nowMs }))
    const wanted = byLane(batch)
    // Closing a fault, or withdrawing an edit, changes lanes.
    const known = closes || replaces ? new Map() : db.memory.lanes.at(state.version)
    const lanes = await readLanes(
      tables,
      state,
      wanted.map(({ key }) => key),
      known,
    )
    const left = lanes.map((lane, index) => withEdits(lane, wanted[index]!.edits, { seq: commit.to, label }))
    const runs = left.map((lane) => lane.runs.at(-1)!)
    const overtaken = overtakenBy(account, runs, faults).filter(({ id }) => id !== closes)
    if (overtaken.length) counts.faultsAt = state.version
    if (!counts.pending) counts.sent = counts.total = 0
    noteSaved(counts, runs, { seq: commit.to, label, atMs: batch.edits[0]!.edit.atMs })
    counts.pending += batch.edits.length
    counts.total += batch.edits.length
    // With these edits it would hold them for ever.
    const damaged = lanes.filter(({ unread, held }) => unread?.length && !held).map(({ key }) => recordKeyOf(key))
    later([addRuns(tables, runs), tables.faults.put(overtaken), tables.records.delete(damaged)])
    if (!closes && !replaces) commit.left = left
    if (closes || isReplaced || overtaken.length) commit.more = true
    commit.saved = runs.map(({ collection, id, edits }) => ({ key: { collection, id }, edits }))
    return undefined
  })
}

function byLane({ account, edits }: SaveBatch): LaneEdits[] {
  const lanes = new Map<string, LaneEdits>()
  // A burst has few keys, or one.
  const laneByKey = new Map<RecordKey, LaneEdits>()
  for (const one of edits) {
    let lane = laneByKey.get(one.key)
    if (!lane) {
      const key = { account, collection: one.key.collection, id: one.key.id }
      const name = laneName(key)
      lane = lanes.get(name) ?? { key, edits: [] }
      lanes.set(name, lane)
      laneByKey.set(one.key, lane)
    }
    lane.edits.push(one)
  }
  return [...lanes.values()]
}

/** The lane with new edits at its end, each with its ancestors (R1). The lane that is given stays as it is. */
function withEdits(lane: LaneRows, news: readonly NewEdit[], { seq, label }: { seq: number; label: string }): LaneRows {
  const earliest = new Map(lane.earliest ?? earliestOf(lane.edits))
  const edits = news.map(({ edit, seen }): QueuedEdit => {
    const queued = { ...edit, ancestors: ancestorsFor(edit.patch, lane.row.base, earliest, seen) }
    noteEarliest(earliest, queued)
    return queued
  })
  const run = { ...lane.key, v: formatVersion, seq, label, edits }
  const unread = lane.held && lane.unread
  return { ...lane, unread, runs: [...lane.runs, run], edits: [...lane.edits, ...edits], earliest }
}

/** The open faults with properties that the person has written again, and those properties. */
function overtakenBy(account: string, runs: readonly Run[], faults: readonly Fault[]): FaultRow[] {
  const found: FaultRow[] = []
  for (const { collection, id, edits } of runs) {
    // Once for all faults: there may be a thousand of them.
    const touched = faults.length ? edits.flatMap(({ patch }) => Object.keys(patch)) : []
    for (const fault of faults) {
      if (id !== fault.recordId || collection !== fault.collection) continue
      const { properties, overtaken: before = [] } = fault
      const overtaken = properties.filter((name) => touched.includes(name) || before.includes(name))
      if (overtaken.length > before.length) found.push({ ...fault, overtaken, v: formatVersion, account })
    }
  }
  return found
}

/** Every pending edit of the account, by lane. */
export function readPending(db: Database, account: string): Promise<StoredLane[]> {
  return db.read((tables, state) => pendingLanes(tables, state, account))
}
