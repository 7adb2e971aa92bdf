import { FaultClosedError } from '../model/errors.js'
import { keepsEdits } from '../model/failure.js'
import type { Fault } from '../model/fault.js'
import { isLike } from '../model/shape.js'
import { countsOf, type Database, type Tables } from './database.js'
import { blankFault, type FaultRow, type StateRow } from './rows.js'
import { faultShape } from './sound.js'
import { sessionOf } from './sessions.js'
import { giveUpRecord, withdrawStalled } from './withdraw.js'

/** The fault as the app sees it, without the columns of the store. */
export function faultOf(row: FaultRow): Fault {
  const { v: _v, account: _account, ...fault } = row
  return isLike(row, faultShape) ? fault : { ...blankFault, reason: 'damaged', id: String(row.id) }
}

/**
 * The account's open faults, read when they have changed since this context read them. To be called before the transaction
 * changes any itself: the context remembers what it has read here, also where the transaction fails.
 */
export async function openFaults(
  memory: Database['memory'],
  tables: Tables,
  state: StateRow,
  account: string,
): Promise<readonly Fault[]> {
  const { faults, faultsAt: at } = countsOf(state, account)
  if (faults <= 0) return []
  const known = memory.faults
  if (known?.account === account && known.at === at) return known.open
  // Closed faults leave nothing in the table, where an index of accounts would keep their entries.
  const rows = (await tables.faults.getAll()).filter((row) => row.account === account)
  const open = rows.map(faultOf).sort((one, other) => one.atMs - other.atMs)
  memory.faults = { account, at, open }
  return open
}

/**
 * The account's open fault. Rejects with `FaultClosedError` when it is not open any more, with `NotLoggedInError` when another
 * account is logged in.
 */
export function readFault(db: Database, account: string | undefined, id: string): Promise<Fault> {
  return db.read((tables, state) => faultIn(tables, sessionOf(state, account).account, id))
}

/**
 * Closes a fault for good; the edits of a `stalled` one settle as discarded. Rejects with `FaultClosedError` when another tab
 * was first, with `NotLoggedInError` when another account is logged in.
 */
export async function closeFault(db: Database, account: string, id: string, nowMs: number): Promise<void> {
  await db.write(async (tables, state) => {
    const { op, collection, recordId } = await removeFault(tables, state, { account, id, nowMs })
    sessionOf(state, account)
    if (op === 'create') await giveUpRecord(tables, state, { account, collection, id: recordId }, nowMs)
  })
}

/** The same inside the caller's transaction. */
export async function removeFault(
  tables: Tables,
  state: StateRow,
  { account, id, nowMs }: { account: string; id: string; nowMs: number },
): Promise<Fault> {
  const fault = await faultIn(tables, account, id)
  await tables.faults.delete([id])
  const counts = countsOf(state, account)
  counts.faults--
  counts.faultsAt = state.version
  if (keepsEdits(fault)) await withdrawStalled(tables, state, { account, fault, nowMs })
  return fault
}

/** A value that is no id names no fault. */
async function faultIn(tables: Tables, account: string, id: string): Promise<Fault> {
  const row = await tables.faults.get(String(id))
  if (row?.account !== account) throw new FaultClosedError(id)
  return faultOf(row)
}
