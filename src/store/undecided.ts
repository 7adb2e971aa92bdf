// Floor 3: the creations of which nobody knows whether they were made (R21).
import { isUnknown } from '../model/failure.js'
import type { LaneKey, Properties } from '../model/record.js'
import { countsOf, type Database, unchanged } from './database.js'
import { readLane } from './lane-rows.js'
import { openFaults } from './open-faults.js'
import { applyChanges } from './settlements.js'

type Of = Pick<LaneKey, 'account' | 'collection'>

/**
 * Has each such creation looked for once more that may have made one of the records. Resolves with whether there is one: then the
 * sender has to be woken. `isMade`: whether a record can be the one of these properties, and this device has no name for it.
 */
export async function lookAgainFor(
  db: Database,
  { account, collection }: Of,
  isMade: (sent: Properties) => boolean,
  nowMs: number,
): Promise<boolean> {
  const isOpen = await db.read((_, state) => Promise.resolve(countsOf(state, account).faults > 0))
  if (!isOpen) return false
  let isFound = false
  await db.write(async (tables, state) => {
    isFound = false
    const faults = (await openFaults(db.memory, tables, state, account)).filter(
      (fault) => isUnknown(fault) && fault.collection === collection,
    )
    const lanes = await Promise.all(
      faults.map(({ recordId: id }) => readLane(tables, state, { account, collection, id })),
    )
    const decisions = lanes
      .filter(({ held, row }) => !held && row.attempt && row.unknownFault && isMade(row.attempt.patch))
      .map((lane) => ({
        lane,
        change: { row: { ...lane.row, looksAgain: true as const, dueAtMs: nowMs, rev: lane.row.rev + 1 } },
      }))
    if (!decisions.length) return unchanged
    isFound = true
    await applyChanges(tables, state, decisions, nowMs)
    return undefined
  }, 'clue')
  return isFound
}
