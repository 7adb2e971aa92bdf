// Floor 3: the records that this device knew before some time (R21).
import type { LaneKey } from '../model/record.js'
import type { Database } from './database.js'

/**
 * Those of the backend's ids whose record this device knew before that time, or has a name of its own for. A row without a time is
 * older than that.
 */
export async function knownBefore(
  db: Database,
  { account, collection }: LaneKey,
  ids: readonly string[],
  beforeMs: number,
): Promise<ReadonlySet<string>> {
  if (!ids.length) return new Set()
  return db.read(async (tables, state) => {
    await db.memory.names.refresh(tables, state)
    const rows = await tables.records.getMany(ids.map((id): [string, string, string] => [account, collection, id]))
    return new Set(
      ids.filter((id, index) => {
        const row = rows[index]
        const isOld = row?.base != null && (row.knownSinceMs ?? 0) < beforeMs
        return isOld || db.memory.names.idOf({ account, collection, id }) !== undefined
      }),
    )
  })
}
