// Floor 3: makes room for an edit: records that the backend has, and nobody looks at, are a cache (R23).
import { laneName, recordName } from '../model/record.js'
import { resetCursor } from './cursors.js'
import { countsOf, type Database, unchanged } from './database.js'
import { ofAccount } from './key-range.js'
import { readLanes } from './lane-rows.js'
import { openFaults } from './open-faults.js'
import { dropRows, isSpare } from './take-page.js'

/** Drops the spare rows of the account that nobody observes, and resets their cursors. Resolves with whether there were any. */
export async function dropUnseen(
  db: Database,
  account: string,
  isSeen: (name: string) => boolean,
  nowMs: number,
): Promise<boolean> {
  const dropped = await db.write(async (tables, state) => {
    if (state.session?.account !== account) return unchanged
    const stored = await tables.records.getAllKeys({ range: ofAccount(account) })
    const unseen = stored
      .map(([, collection, id]) => ({ account, collection, id }))
      .filter((key) => !isSeen(recordName(key)))
    if (!unseen.length) return unchanged
    const faults = await openFaults(db.memory, tables, state, account)
    const { pending } = countsOf(state, account)
    const lanes = await readLanes(tables, state, unseen, new Map())
    const spare = lanes.filter((lane) => isSpare(lane, faults, pending, nowMs))
    if (!spare.length) return unchanged
    const gone = new Map(spare.map(({ key }) => [laneName(key), key]))
    await dropRows(db, tables, state, account, [...gone.values()])
    for (const collection of new Set([...gone.values()].map((key) => key.collection)))
      await resetCursor(tables, account, collection)
    return true
  }, 'room')
  return !!dropped
}
