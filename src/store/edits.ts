// Saving: the transaction behind `update()` (G1, R9).
import { ancestorsFor } from '../model/ancestors.js'
import type { QueuedEdit } from '../model/edit.js'
import { NotLoggedInError } from '../model/errors.js'
import { only } from '../model/own.js'
import { laneName, type LaneKey, type RecordKey } from '../model/record.js'
import { countsOf, type Database, type Tables } from './database.js'
import { removeFault } from './faults.js'
import { pendingLanes, readLane } from './lane-rows.js'
import { formatVersion, type RunRow, type StoredLane } from './rows.js'
import { withdrawEdit } from './withdraw.js'

export interface NewEdit {
  key: RecordKey
  edit: QueuedEdit
  /**
   * Properties whose ancestor was taken from a pending edit and not from the base. Absent: the lane was not looked at, and
   * the ancestors are taken from its rows.
   */
  onPending?: readonly string[]
}

export interface SaveBatch {
  /** The account that the tab showed when the edits were made. */
  account: string
  /** The front part of the ids of all these edits. */
  label: string
  edits: readonly NewEdit[]
  /** The version that the ancestors were taken from. */
  knownVersion: number
  /** The fault that these edits answer: closed in the same transaction. */
  closes?: string
  /** The edit whose place they take, if it is still pending and not in flight. */
  replaces?: string
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
  const saved = await db.write(async (tables, state, commit) => {
    const { account, label, closes, replaces, nowMs } = batch
    if (state.session?.account !== account)
      throw new NotLoggedInError('The session ended while this edit was being saved')
    const counts = countsOf(state, account)
    if (closes) await removeFault(tables, state, { account, id: closes, nowMs })
    const isReplaced = replaces && (await withdrawEdit(tables, state, { account, editId: replaces, nowMs }))
    const seq = commit.to
    const runs = new Map<string, RunRow>()
    for (const { key, edit } of batch.edits) {
      const lane = { account, collection: key.collection, id: key.id }
      const name = laneName(lane)
      const run = runs.get(name) ?? { ...lane, v: formatVersion, seq, label, edits: [] }
      run.edits.push(edit)
      runs.set(name, run)
    }
    await renewAncestors(tables, batch, state.version === batch.knownVersion)
    if (counts.faults) await markOvertaken(tables, account, [...runs.values()])
    if (!counts.pending) counts.sent = counts.total = 0
    counts.pending += batch.edits.length
    counts.total += batch.edits.length
    await tables.edits.bulkAdd([...runs.values()])
    if (!closes && !isReplaced)
      commit.saved = [...runs.values()].map(({ collection, id, edits }) => ({ key: { collection, id }, edits }))
    return { from: state.version, seq }
  })
  return saved!
}

/**
 * Gives edits of lanes that were not looked at their ancestors. Where another context wrote since the others were taken, and
 * one was inherited from a pending edit that has settled meanwhile, the confirmed value is the ancestor now; what the user
 * saw as confirmed stays the ancestor (R1).
 */
async function renewAncestors(tables: Tables, { account, edits }: SaveBatch, isCurrent: boolean): Promise<void> {
  const lanes = new Map<string, StoredLane>()
  for (const { key, edit, onPending } of edits) {
    if (onPending && (isCurrent || !onPending.length)) continue
    const lane: LaneKey = { account, ...key }
    const name = laneName(lane)
    if (!lanes.has(name)) lanes.set(name, await readLane(tables, lane))
    const { row, edits: pending } = lanes.get(name)!
    const known = ancestorsFor(edit.patch, row.base, pending)
    if (onPending) {
      const isSettled = (name: string): boolean => onPending.includes(name) && !known.onPending.includes(name)
      edit.ancestors = { ...edit.ancestors, ...only(known.ancestors, isSettled) }
    } else {
      edit.ancestors = known.ancestors
      pending.push(edit)
    }
  }
}

/** Notes in open faults which of their properties the user has written again since. */
async function markOvertaken(tables: Tables, account: string, runs: RunRow[]): Promise<void> {
  for (const fault of await tables.faults.where('account').equals(account).toArray()) {
    const touched = runs
      .filter(({ collection, id }) => collection === fault.collection && id === fault.recordId)
      .flatMap((run) => run.edits.flatMap(({ patch }) => Object.keys(patch)))
    const overtaken = fault.properties.filter((name) => touched.includes(name) || fault.overtaken?.includes(name))
    if (overtaken.length > (fault.overtaken?.length ?? 0)) await tables.faults.put({ ...fault, overtaken })
  }
}

/** Every pending edit of the account, by lane. */
export function readPending(db: Database, account: string): Promise<StoredLane[]> {
  return db.read((tables) => pendingLanes(tables, account))
}

/** The time of the account's oldest pending edit. */
export async function oldestPendingAtMs(tables: Tables, account: string): Promise<number | undefined> {
  const run = await tables.edits.where('[account+label]').between([account, ''], [account, '\uffff']).first()
  return run?.edits[0]?.atMs
}
