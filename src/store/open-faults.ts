// Floor 3: the open faults of an account, as a context reads and remembers them (G7).
import type { Fault } from '../model/fault.js'
import { isLike } from '../model/shape.js'
import { countsOf, type Database, type Tables } from './database.js'
import { blankFault, type FaultRow, type StateRow } from './rows.js'
import { faultInShape, type Shapes } from './shapes.js'
import { faultShape } from './sound.js'

/** The fault as the app sees it, without the columns of the store. */
export function faultOf(row: FaultRow): Fault {
  const { v: _v, account: _account, ...fault } = row
  return isLike(row, faultShape) ? fault : { ...blankFault, reason: 'damaged', id: String(row.id) }
}

/** One that cannot be migrated is shown as it is: it says in which shape its values are. */
function inShapeOrAsIs(fault: Fault, shapes: Shapes): Fault {
  try {
    return faultInShape(fault, shapes)
  } catch {
    return fault
  }
}

/**
 * The account's open faults in the shape of this context, read when they have changed since this context read them. To be called before the transaction
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
  const open = rows.map((row) => inShapeOrAsIs(faultOf(row), tables.shapes)).sort((one, other) => one.atMs - other.atMs)
  memory.faults = { account, at, open }
  return open
}
