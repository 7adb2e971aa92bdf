import { FaultClosedError } from '../model/errors.js'
import { keepsEdits } from '../model/failure.js'
import type { Fault } from '../model/fault.js'
import { countsOf, type Database, type Tables } from './database.js'
import { faultOf, openFaults } from './open-faults.js'
import { formatVersion } from './rows.js'
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
 * Closes a fault for good, with `isGroup` together with those that it has caused, and those that these have; the edits of a `stalled`
 * one settle as discarded. Rejects with `FaultClosedError` when another tab
 * was first, with `NotLoggedInError` when another account is logged in.
 */
export async function closeFault(
  db: Database,
  account: string,
  id: string,
  nowMs: number,
  isGroup?: boolean,
): Promise<void> {
  await db.write(async (tables, state, commit) => {
    const open = await openFaults(db.memory, tables, state, account)
    const closed = [await faultIn(tables, account, id)]
    sessionOf(state, account)
    const caused = (fault: Fault): Fault[] => open.filter(({ causedBy }) => causedBy === fault.id)
    if (isGroup) for (const fault of closed) closed.push(...caused(fault))
    const left = isGroup ? [] : caused(closed[0]!)
    commit.changed = closed.map(({ collection, recordId }) => ({ account, collection, id: recordId }))
    const counts = countsOf(state, account)
    counts.faults -= closed.length
    counts.faultsAt = state.version
    await tables.faults.delete(closed.map((fault) => fault.id))
    await tables.faults.put(left.map((fault) => ({ ...fault, causedBy: undefined, v: formatVersion, account })))
    for (const fault of closed) {
      const { op, collection, recordId } = fault
      if (keepsEdits(fault)) await withdrawStalled(tables, state, { account, fault, nowMs })
      if (op === 'create') await giveUpRecord(tables, state, { account, collection, id: recordId }, nowMs)
    }
  }, 'decision')
}

/** Inside the caller's transaction. A value that is no id names no fault. */
export async function faultIn(tables: Tables, account: string, id: string): Promise<Fault> {
  const row = await tables.faults.get(String(id))
  if (row?.account !== account) throw new FaultClosedError(id)
  return faultOf(row)
}
