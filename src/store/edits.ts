// Saving: the transaction behind `update()` (G1, R9).
import { ancestorsFor } from '../model/ancestors.js'
import type { QueuedEdit } from '../model/edit.js'
import { NotLoggedInError } from '../model/errors.js'
import { only } from '../model/own.js'
import { laneName, type LaneKey, type RecordKey } from '../model/record.js'
import { countsOf, type Database, type Tables, together } from './database.js'
import { removeFault } from './faults.js'
import { pendingLanes, readLane, readRecords } from './lane-rows.js'
import { type Counts, formatVersion, type StoredLane } from './rows.js'
import { addRuns, type Run } from './runs.js'
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
  readonly byName: Map<string, StoredLane>
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
    if (state.session?.account !== account)
      throw new NotLoggedInError('The session ended while this edit was being saved')
    const counts = countsOf(state, account)
    if (closes) await removeFault(tables, state, { account, id: closes, nowMs })
    const isReplaced = replaces && (await withdrawEdit(tables, state, { account, editId: replaces, nowMs }))
    const seq = commit.to
    const runs = new Map<string, Run>()
    for (const { key, edit } of batch.edits) {
      const lane = { account, collection: key.collection, id: key.id }
      const name = laneName(lane)
      const run = runs.get(name) ?? { ...lane, v: formatVersion, seq, label, edits: [] }
      run.edits.push(edit)
      runs.set(name, run)
    }
    // What has just been withdrawn is not in them any more.
    if (lanes.version !== state.version || closes || replaces) lanes.byName.clear()
    // Until these edits are saved, what they add to the lanes may not be so.
    lanes.version = -1
    await renewAncestors(tables, batch, lanes.byName, { isCurrent: state.version === batch.knownVersion, counts })
    if (lanes.byName.size > mostKnownLanes) lanes.byName.clear()
    if (counts.faults) await markOvertaken(tables, account, [...runs.values()])
    if (!counts.pending) counts.sent = counts.total = 0
    counts.pending += batch.edits.length
    counts.total += batch.edits.length
    later([addRuns(tables, [...runs.values()])])
    if (!closes && !isReplaced)
      commit.saved = [...runs.values()].map(({ collection, id, edits }) => ({ key: { collection, id }, edits }))
    return { from: state.version, seq }
  })
  lanes.version = saved!.seq
  return saved!
}

/**
 * Gives edits of lanes that were not looked at their ancestors. Where another context wrote since the others were taken, and
 * one was inherited from a pending edit that has settled meanwhile, the confirmed value is the ancestor now; what the user
 * saw as confirmed stays the ancestor (R1).
 */
async function renewAncestors(
  tables: Tables,
  { account, edits }: SaveBatch,
  lanes: Map<string, StoredLane>,
  { isCurrent, counts }: { isCurrent: boolean; counts: Counts },
): Promise<void> {
  const asking = edits
    .filter(({ onPending }) => !onPending || (!isCurrent && onPending.length))
    .map((one) => ({ ...one, name: laneName({ account, ...one.key }) }))
  const unread = new Map<string, LaneKey>()
  for (const { name, key } of asking) if (!lanes.has(name)) unread.set(name, { account, ...key })
  if (unread.size) {
    const keys = [...unread.values()]
    const reading = counts.pending ? together(keys.map((key) => readLane(tables, key))) : readRecords(tables, keys)
    for (const { key, row, edits: pending } of await reading) lanes.set(laneName(key), { key, row, edits: pending })
  }
  for (const { name, edit, onPending } of asking) {
    const { row, edits: pending } = lanes.get(name)!
    const known = ancestorsFor(edit.patch, row.base, pending)
    if (onPending) {
      const isSettled = (property: string): boolean =>
        onPending.includes(property) && !known.onPending.includes(property)
      edit.ancestors = { ...edit.ancestors, ...only(known.ancestors, isSettled) }
    } else {
      edit.ancestors = known.ancestors
      // Only the earliest that touches a property is ever asked.
      if (known.onPending.length < Object.keys(edit.patch).length) pending.push(edit)
    }
  }
}

/** Notes in open faults which of their properties the user has written again since. */
async function markOvertaken(tables: Tables, account: string, runs: Run[]): Promise<void> {
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
export function oldestPendingAtMs(tables: Tables, account: string): PromiseLike<number | undefined> {
  const oldest = tables.edits.where('[account+label]').between([account, ''], [account, '\uffff']).first()
  return oldest.then((run) => run?.atMs)
}
