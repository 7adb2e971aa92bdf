// Withdrawals by the app itself: of an edit that was not sent yet, or of a lane that got no verdict (G3).
import { idsByOp, labelOf, opOf, type QueuedEdit } from '../model/edit.js'
import { FaultClosedError } from '../model/errors.js'
import type { Fault } from '../model/fault.js'
import type { LaneKey, Operation } from '../model/record.js'
import { settleLane } from '../model/settle-lane.js'
import { countsOf, type Database, type Tables, unchanged } from './database.js'
import { exactly } from './key-range.js'
import { readLane } from './lane-rows.js'
import type { LaneRows, RecordRow, StateRow } from './rows.js'
import { unpack } from './runs.js'
import { rulesIn } from './sending-rules.js'
import { sessionOf } from './sessions.js'
import { applyChanges, type LaneChange } from './settlements.js'

/** The lane that holds the pending edit, inside the caller's transaction. */
export async function laneOfEdit(
  tables: Tables,
  state: StateRow,
  account: string,
  editId: string,
): Promise<LaneKey | undefined> {
  if (countsOf(state, account).pending <= 0) return undefined
  const runs = await tables.edits.getAll({ index: '[account+label]', range: exactly([account, labelOf(editId)]) })
  const run = runs.map((row) => unpack(row)).find(({ edits }) => edits.some(({ id }) => id === editId))
  return run && { account, collection: run.collection, id: run.id }
}

/** The edits, or all of the lane if a creation is among them: nothing is left to change without it (R18). */
function endedWith({ edits }: LaneRows, ended: (edit: QueuedEdit) => boolean): string[] {
  const isAll = edits.some((edit) => opOf(edit) === 'create' && ended(edit))
  return edits.filter((edit) => isAll || ended(edit)).map(({ id }) => id)
}

/** Ends the edits as discarded, and hands their ancestors on. */
function withdraw({ row, edits }: LaneRows, editIds: readonly string[], nowMs: number): LaneChange {
  const { rewritten } = settleLane(edits, { endedIds: editIds, base: row.base })
  const byOp = idsByOp(edits.filter(({ id }) => editIds.includes(id)))
  return {
    // A split counts edits: it begins anew with those that are left.
    row: { ...row, split: undefined, rev: row.rev + 1, dueAtMs: Math.min(row.dueAtMs, nowMs) },
    settled: [...byOp].map(([op, ids]) => ({ op, editIds: ids, outcome: 'discarded' })),
    rewritten,
  }
}

/** An edit that was taken back: its lane, and its operation. */
export interface WithdrawnEdit extends LaneKey {
  op: Operation
}

/**
 * Takes back a pending edit, inside the caller's transaction; a creation with the rest of its lane. `undefined`: it has settled,
 * may have been sent, or is of another operation than the wanted one.
 */
export async function withdrawEdit(
  tables: Tables,
  state: StateRow,
  { account, editId, nowMs, op: wanted }: { account: string; editId: string; nowMs: number; op?: Operation },
): Promise<WithdrawnEdit | undefined> {
  const key = await laneOfEdit(tables, state, account, editId)
  if (!key) return undefined
  const lane = await readLane(tables, state, key)
  if (lane.held || lane.row.attempt?.editIds.includes(editId)) return undefined
  const op = opOf(lane.edits.find(({ id }) => id === editId)!)
  if (op !== (wanted ?? op)) return undefined
  const change = withdraw(
    lane,
    endedWith(lane, ({ id }) => id === editId),
    nowMs,
  )
  await applyChanges(
    tables,
    state,
    [{ lane, change: op === 'create' ? { ...change, isGivenUp: true } : change }],
    nowMs,
  )
  return { ...key, op }
}

/**
 * Takes back a pending edit. `undefined`: it has settled, or may have been sent; then nothing changes. Rejects with
 * `NotLoggedInError` when another account is logged in.
 */
export async function discardEdit(
  db: Database,
  { account: by, ...edit }: { account: string | undefined; editId: string; nowMs: number },
): Promise<WithdrawnEdit | undefined> {
  return db.write(async (tables, state, commit) => {
    const { account } = sessionOf(state, by)
    const withdrawn = await withdrawEdit(tables, state, { account, ...edit })
    if (!withdrawn) return unchanged
    commit.changed = [withdrawn]
    return withdrawn
  }, 'decision')
}

/**
 * Gives up the edits of a `stalled` fault, though they may have been sent: the record is read before the lane's next request.
 * Those of a held lane stay: its rows are not ours to write (R15).
 * Inside the caller's transaction.
 */
export async function withdrawStalled(
  tables: Tables,
  state: StateRow,
  { account, fault, nowMs }: { account: string; fault: Fault; nowMs: number },
): Promise<void> {
  const key = { account, collection: fault.collection, id: fault.recordId }
  const lane = await readLane(tables, state, key)
  if (lane.held) return
  const stalled = new Set([...fault.editIds, ...(lane.row.attempt?.editIds ?? [])])
  const ended = endedWith(lane, ({ id }) => stalled.has(id))
  const change = withdraw(lane, ended, nowMs)
  const row = { ...change.row!, ...noTrouble, ...doubtOf(lane), strays: await straysOf(tables, lane), readFirst: true }
  const isCreating = lane.edits.some((edit) => opOf(edit) === 'create' && ended.includes(edit.id))
  // No fault tells the edits that name the record any more, so its name does (R20).
  await applyChanges(tables, state, [{ lane, change: { ...change, row, ...(isCreating && { named: null }) } }], nowMs)
}

const noTrouble = {
  attempt: undefined,
  stalledSinceMs: undefined,
  stalledFault: undefined,
  unknownFault: undefined,
  looksAgain: undefined,
  failures: 0,
}

/** Values that were given up are ours if the backend has them, or gets them by a copy that is under way (R2, R3). */
async function straysOf(tables: Tables, { row: { attempt, strays = [] } }: LaneRows): Promise<RecordRow['strays']> {
  if (!attempt || opOf(attempt) !== 'update') return strays
  const { requestTimeoutMs = 30_000 } = rulesIn(await tables.meta.getAll()) ?? {}
  return [...strays, { patch: attempt.patch, untilMs: attempt.atMs + requestTimeoutMs }]
}

/** The attempt is forgotten, and not that it may have made the record. */
function doubtOf({ row: { attempt, mayBeMade } }: LaneRows): Pick<RecordRow, 'mayBeMade'> {
  const isDoubtful = attempt && opOf(attempt) === 'create' && (attempt.unknown || attempt.open)
  return { mayBeMade: isDoubtful || mayBeMade }
}

/**
 * Closes the fault of a creation of which nobody knows whether it was made, and lets the creation go out once more, as a new
 * request. Rejects with `FaultClosedError` when the fault is not open any more, with `NotLoggedInError` when another account is
 * logged in.
 */
export async function sendAgain(db: Database, account: string, fault: Fault, nowMs: number): Promise<void> {
  await db.write(async (tables, state, commit) => {
    sessionOf(state, account)
    if ((await tables.faults.get(fault.id))?.account !== account) throw new FaultClosedError(fault.id)
    const lane = await readLane(tables, state, { account, collection: fault.collection, id: fault.recordId })
    const dueAtMs = Math.min(lane.row.dueAtMs, nowMs)
    const row = { ...lane.row, ...noTrouble, ...doubtOf(lane), rev: lane.row.rev + 1, dueAtMs }
    commit.changed = [lane.key]
    await applyChanges(tables, state, [{ lane, change: { row, closedFaults: [fault.id] } }], nowMs)
  }, 'decision')
}

/** A record whose creation the person gives up; nothing of it stays. Of no effect while it is pending, or exists. */
export async function giveUpRecord(tables: Tables, state: StateRow, key: LaneKey, nowMs: number): Promise<void> {
  const lane = await readLane(tables, state, key)
  if (lane.held || lane.edits.length || lane.row.base) return
  await applyChanges(tables, state, [{ lane, change: { isGivenUp: true } }], nowMs)
}
