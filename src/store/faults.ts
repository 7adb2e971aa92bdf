import { FaultClosedError } from '../model/errors.js'
import type { Fault } from '../model/fault.js'
import { countsOf, type Database } from './database.js'
import type { FaultRow } from './rows.js'
import { withdrawStalled } from './withdraw.js'

/** The fault as the app sees it, without the columns of the store. */
export function faultOf(row: FaultRow): Fault {
  const { v: _v, account: _account, ...fault } = row
  return fault
}

/** The account's open fault; what is no id names none. Rejects with `FaultClosedError` when it is not open any more. */
export async function readFault(db: Database, account: string, id: string): Promise<Fault> {
  const row = await db.read((tables) => tables.faults.get(String(id)))
  if (row?.account !== account) throw new FaultClosedError(id)
  return faultOf(row)
}

/**
 * Closes a fault for good; the edits of a `stalled` one settle as discarded. Rejects with `FaultClosedError` when another tab
 * was first.
 */
export async function closeFault(db: Database, account: string, id: string, nowMs: number): Promise<void> {
  await db.write(async (tables, state) => {
    const row = await tables.faults.get(String(id))
    if (row?.account !== account) throw new FaultClosedError(id)
    await tables.faults.delete(id)
    countsOf(state, account).faults--
    if (row.kind === 'stalled') await withdrawStalled(tables, state, { account, fault: row, nowMs })
  })
}
