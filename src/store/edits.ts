// Saving: the transaction behind `update()` (G1, R9).
import { ancestorsFor, type Earliest, earliestOf, noteEarliest } from '../model/ancestors.js'
import type { QueuedEdit } from '../model/edit.js'
import type { Fault } from '../model/fault.js'
import { only } from '../model/own.js'
import { laneName, type LaneKey, type Properties, type RecordKey } from '../model/record.js'
import { countsOf, type Database, type Tables } from './database.js'
import { openFaults, removeFault } from './faults.js'
import { pendingLanes, readLanes, recordKeyOf } from './lane-rows.js'
import { noteSaved } from './marks.js'
import { type FaultRow, formatVersion, type StateRow, type StoredLane } from './rows.js'
import { addRuns, type Run } from './runs.js'
import { sessionOf } from './sessions.js'
import { withdrawEdit } from './withdraw.js'

export interface NewEdit {
  key: RecordKey
  edit: QueuedEdit
  /**
   * Properties whose ancestor was taken from a pending edit and not from the base. Absent: the lane was not looked at, and
   * the ancestors are taken from its rows.
   */
  onPending?: readonly string[] | undefined
}

/**
 * What a tab remembers of lanes that it saves in and does not look at, so that the next edit need not read them: true while
 * nobody has written after `version`.
 */
export interface KnownLanes {
  version: number
  readonly byName: Map<string, { base: Properties | undefined; earliest: Earliest }>
}

/** What a batch saves of one lane. */
interface LaneEdits {
  key: LaneKey
  edits: NewEdit[]
}

/** More than an app edits unseen; a lane that was forgotten is read again. */
const mostKnownLanes = 2_000

export interface SaveBatch {
  /** The account that the tab showed when the edits were made. */
  account: string
  /** The front part of the ids of all these edits. */
  label: string
  edits: readonly NewEdit[]
  /** The version that the ancestors were taken from. */
  knownVersion: number
  lanes?: KnownLanes
  /** The fault that these edits answer: closed in the same transaction. */
  closes?: string | undefined
  /** The edit whose place they take, if it is still pending and not in flight. */
  replaces?: string | undefined
  nowMs: number
}

/**
 * Saves the edits in one transaction, each lane's as one row. Resolves when they are on disk, with the version that holds
 * them and the one before.
 *
 * Rejects with `NotLoggedInError` when another account than the shown one is logged in (G10), with `FaultClosedError` when
 * the fault in `closes` is not open any more, with `StorageError` when storage refuses; then nothing is saved.
 */
export async function saveEdits(db: Database, batch: SaveBatch): Promise<{ from: number; seq: number }> {
  const { lanes = { version: -1, byName: new Map() } } = batch
  const saved = await db.write(async (tables, state, commit, later) => {
    const { account, label, closes, replaces, nowMs } = batch
    sessionOf(state, account)
    const counts = countsOf(state, account)
    // As they were before this transaction changes any.
    const faults = await openFaults(db.memory, tables, state, account)
    if (closes) await removeFault(tables, state, { account, id: closes, nowMs })
    const isReplaced = replaces && (await withdrawEdit(tables, state, { account, editId: replaces, nowMs }))
    const seq = commit.to
    const editsByLane = byLane(batch)
    // What has just been withdrawn is not in them any more.
    if (lanes.version !== state.version || closes || replaces) lanes.byName.clear()
    // Until these edits are saved, what they add to the lanes may not be so.
    lanes.version = -1
    const isCurrent = state.version === batch.knownVersion
    await renewAncestors(tables, editsByLane, lanes.byName, state, isCurrent)
    if (lanes.byName.size > mostKnownLanes) lanes.byName.clear()
    const runs = [...editsByLane.values()].map(({ key, edits }): Run => {
      return { ...key, v: formatVersion, seq, label, edits: edits.map(({ edit }) => edit) }
    })
    const overtaken = overtakenBy(account, runs, faults).filter(({ id }) => id !== closes)
    if (overtaken.length) counts.faultsAt = state.version
    if (!counts.pending) counts.sent = counts.total = 0
    noteSaved(counts, runs, { seq, label, atMs: batch.edits[0]!.edit.atMs })
    counts.pending += batch.edits.length
    counts.total += batch.edits.length
    later([addRuns(tables, runs), tables.faults.put(overtaken)])
    if (!closes && !isReplaced && !overtaken.length)
      commit.saved = runs.map(({ collection, id, edits }) => ({ key: { collection, id }, edits }))
    return { from: state.version, seq }
  })
  lanes.version = saved!.seq
  return saved!
}

function byLane({ account, edits }: SaveBatch): Map<string, LaneEdits> {
  const lanes = new Map<string, LaneEdits>()
  // A burst comes by few keys, or by one.
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
  return lanes
}

/**
 * Gives edits of lanes that were not looked at their ancestors. Where another context wrote since the others were taken, and
 * one was inherited from a pending edit that has settled meanwhile, the confirmed value is the ancestor now; what the user
 * saw as confirmed stays the ancestor (R1).
 */
async function renewAncestors(
  tables: Tables,
  editsByLane: ReadonlyMap<string, LaneEdits>,
  known: KnownLanes['byName'],
  state: StateRow,
  isCurrent: boolean,
): Promise<void> {
  const isAsking = ({ onPending }: NewEdit): boolean => !onPending || (!isCurrent && onPending.length > 0)
  const asking = [...editsByLane].filter(([, { edits }]) => edits.some(isAsking))
  const unread = asking.filter(([name]) => !known.has(name)).map(([, { key }]) => key)
  for (const lane of unread.length ? await readLanes(tables, state, unread) : []) {
    const { key, row, edits } = lane
    known.set(laneName(key), { base: row.base, earliest: earliestOf(edits) })
    // With these edits it would hold them for ever.
    if (lane.unread?.length && !lane.held) await tables.records.delete([recordKeyOf(key)])
  }
  for (const [name, lane] of asking) {
    const { base, earliest } = known.get(name)!
    for (const one of lane.edits) {
      if (!isAsking(one)) continue
      const { edit, onPending } = one
      const renewed = ancestorsFor(edit.patch, base, earliest)
      if (onPending) {
        const isSettled = (property: string): boolean =>
          onPending.includes(property) && !renewed.onPending.includes(property)
        edit.ancestors = { ...edit.ancestors, ...only(renewed.ancestors, isSettled) }
      } else {
        edit.ancestors = renewed.ancestors
        noteEarliest(earliest, edit)
      }
    }
  }
}

/** Those of the open faults with properties that the user has written again, and with which. */
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
