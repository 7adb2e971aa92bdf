// Withdrawals by the app itself: of an edit that was not sent yet, or of a lane that got no verdict (G3).
import { idsByOp, labelOf, opOf } from '../model/edit.js'
import type { Fault } from '../model/fault.js'
import type { LaneKey, Operation } from '../model/record.js'
import { settleLane } from '../model/settle-lane.js'
import { countsOf, type Database, type Tables, unchanged } from './database.js'
import { exactly } from './key-range.js'
import { readLane } from './lane-rows.js'
import type { LaneRows, StateRow } from './rows.js'
import { unpack } from './runs.js'
import { sessionOf } from './sessions.js'
import { applyChange, type LaneChange } from './settlements.js'

/** The lane that holds the pending edit, inside the caller's transaction. */
export async function laneOfEdit(
  tables: Tables,
  state: StateRow,
  account: string,
  editId: string,
): Promise<LaneKey | undefined> {
  if (countsOf(state, account).pending <= 0) return undefined
  const runs = await tables.edits.getAll({ index: '[account+label]', range: exactly([account, labelOf(editId)]) })
  const run = runs.map(unpack).find(({ edits }) => edits.some(({ id }) => id === editId))
  return run && { account, collection: run.collection, id: run.id }
}

/** Ends the edits as discarded, and hands their ancestors on. */
export function withdraw({ row, edits }: LaneRows, editIds: readonly string[], nowMs: number): LaneChange {
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

/** Takes back a pending edit, inside the caller's transaction. `undefined`: it has settled, or may have been sent. */
export async function withdrawEdit(
  tables: Tables,
  state: StateRow,
  { account, editId, nowMs }: { account: string; editId: string; nowMs: number },
): Promise<WithdrawnEdit | undefined> {
  const key = await laneOfEdit(tables, state, account, editId)
  if (!key) return undefined
  const lane = await readLane(tables, state, key)
  if (lane.held || lane.row.attempt?.editIds.includes(editId)) return undefined
  await applyChange(tables, state, lane, withdraw(lane, [editId], nowMs), nowMs)
  return { ...key, op: opOf(lane.edits.find(({ id }) => id === editId)!) }
}

/**
 * Takes back a pending edit. `undefined`: it has settled, or may have been sent; then nothing changes. Rejects with
 * `NotLoggedInError` when another account is logged in.
 */
export async function discardEdit(
  db: Database,
  { account: by, ...edit }: { account: string | undefined; editId: string; nowMs: number },
): Promise<WithdrawnEdit | undefined> {
  return db.write(async (tables, state) => {
    const { account } = sessionOf(state, by)
    return (await withdrawEdit(tables, state, { account, ...edit })) ?? unchanged
  })
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
  const stalled = new Set(fault.editIds)
  const editIds = lane.edits
    .map(({ id }) => id)
    .filter((id) => stalled.has(id) || lane.row.attempt?.editIds.includes(id))
  const change = withdraw(lane, editIds, nowMs)
  const trouble = { attempt: undefined, stalledSinceMs: undefined, stalledFault: undefined, failures: 0 }
  await applyChange(tables, state, lane, { ...change, row: { ...change.row!, ...trouble, readFirst: true } }, nowMs)
}
