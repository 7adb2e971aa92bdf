import { FaultClosedError } from '../model/errors.js'
import { keepsEdits } from '../model/failure.js'
import type { Fault } from '../model/fault.js'
import { countsOf, type Database, type Tables } from './database.js'
import { faultOf } from './open-faults.js'
import type { StateRow } from './rows.js'
import { sessionOf } from './sessions.js'
import { giveUpRecord, withdrawStalled } from './withdraw.js'

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
