import { labelOf } from '../model/edit.js'
import { keepsEdits } from '../model/failure.js'
import { isLike } from '../model/shape.js'
import { type Database, unchanged } from './database.js'
import { openFaults } from './open-faults.js'
import { between, exactly } from './key-range.js'
import { firstFate } from './marks.js'
import { laneOfEdit } from './withdraw.js'
import { type FateRow, fateOf } from './rows.js'
import { fateShape } from './sound.js'

/** The time for which fates are kept for `settlement(id)`, if there are not too many (R10). */
const keptMs = 30 * 24 * 3_600_000

/** The number of fates that are forgotten at a time: an edit that is saved meanwhile waits for no more. */
const portion = 200

/** The end of an edit: its fate, `pending`, or `undefined` when it was never seen or settled too long ago. */
export function readFate(db: Database, account: string, editId: string): Promise<FateRow | 'pending' | undefined> {
  return db.read(async (tables, state) => {
    if (await laneOfEdit(tables, state, account, editId)) return 'pending'
    const fates = await tables.fates.getAll({ index: 'labels', range: exactly(labelOf(editId)) })
    const found = fates.find(
      (fate) => isLike(fate, fateShape) && fate.account === account && fate.editIds.includes(editId),
    )
    if (found) return found
    // An open fault counts at any age.
    const open = await openFaults(db.memory, tables, state, account)
    const fault = open.find((one) => !keepsEdits(one) && one.editIds.includes(editId))
    return (
      fault && fateOf({ account, editIds: fault.editIds, outcome: 'rejected', faultId: fault.id, atMs: fault.atMs })
    )
  })
}

/** Forgets fates that are too old, from this `n` on (R10). */
export async function pruneFates(db: Database, nowMs: number, from = 0): Promise<void> {
  const next = await db.write(async (tables, state, commit) => {
    const range = between(Math.max(from, firstFate(state)), Infinity)
    const fates = await tables.fates.getAll({ range, limit: portion })
    const kept = fates.findIndex(({ atMs }) => atMs >= nowMs - keptMs)
    const gone = (kept < 0 ? fates : fates.slice(0, kept)).map(({ n }) => n!)
    if (!gone.length) return unchanged
    commit.unhurried = true
    commit.changed = []
    await tables.fates.delete(gone)
    return gone.at(-1)! + 1
  }, 'upkeep')
  if (next) await pruneFates(db, nowMs, next)
}
