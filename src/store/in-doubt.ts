// Floor 3: creations that may have been made under a name which this device does not know (R19).
import { opOf } from '../model/edit.js'
import { countsOf, type Tables } from './database.js'
import { pendingLanes } from './lane-rows.js'
import type { StateRow } from './rows.js'

/** A creation that got no answer for so long keeps no records out any more. */
const doubtMs = 300_000

/**
 * Whether a creation of the collection may have been made: a record that no row or name here knows may be that one, and a list would
 * show it twice. `ids`: the side that names new records.
 */
export async function isCreating(
  tables: Tables,
  state: StateRow,
  { account, collection, ids }: { account: string; collection: string; ids: 'device' | 'server' },
  nowMs: number,
): Promise<boolean> {
  if (ids === 'device' || countsOf(state, account).pending <= 0) return false
  const lanes = await pendingLanes(tables, state, account)
  return lanes.some(({ key, row: { attempt, unknownFault, looksAgain, dueAtMs } }) => {
    if (key.collection !== collection || !attempt || opOf(attempt) !== 'create') return false
    // It waits for the person, unless a list has just shown a record that can be the one.
    if (unknownFault !== undefined && !looksAgain) return false
    return Math.abs(nowMs - (looksAgain ? dueAtMs : attempt.atMs)) < doubtMs
  })
}
