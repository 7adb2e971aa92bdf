import { labelOf } from '../model/edit.js'
import { type Database, unchanged } from './database.js'
import { below, exactly } from './key-range.js'
import { laneOfEdit } from './withdraw.js'
import type { FateRow } from './rows.js'

/** How long, and how many of the newest, fates are kept for `settlement(id)` (R10). */
const keptMs = 30 * 24 * 3_600_000
const keptRows = 10_000

/** What became of an edit: its fate, `pending`, or `undefined` when it was never seen or settled too long ago. */
export function readFate(db: Database, account: string, editId: string): Promise<FateRow | 'pending' | undefined> {
  return db.read(async (tables) => {
    if (await laneOfEdit(tables, account, editId)) return 'pending'
    const fates = await tables.fates.getAll({ index: 'labels', range: exactly(labelOf(editId)) })
    return fates.find((fate) => fate.account === account && fate.editIds.includes(editId))
  })
}

/** Forgets fates that are too old or too many; one whose fault is open stays (R10). */
export async function pruneFates(db: Database, nowMs: number): Promise<void> {
  await db.write(async (tables) => {
    const open = new Set(await tables.faults.getAllKeys())
    const surplus = (await tables.fates.count()) - keptRows
    const many = surplus > 0 ? await tables.fates.getAll({ limit: surplus }) : []
    const old = await tables.fates.getAll({ index: 'atMs', range: below(nowMs - keptMs) })
    const gone = [...many, ...old].filter(({ faultId }) => !faultId || !open.has(faultId)).map(({ n }) => n!)
    if (!gone.length) return unchanged
    await tables.fates.delete(gone)
    return undefined
  })
}
