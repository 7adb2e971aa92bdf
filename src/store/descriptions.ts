import type { Database, MetaRow } from './database.js'
import type { DescriptionRow } from './rows.js'

const prefix = 'description:'

/** The cached descriptions by collection, of those for which one was ever fetched. */
export async function readDescriptions(db: Database): Promise<(readonly [collection: string, DescriptionRow])[]> {
  const rows = (await db.read((tables) => tables.meta.where('key').startsWith(prefix).toArray())) as unknown[]
  return (rows as DescriptionRow[]).map((row) => [row.key.slice(prefix.length), row] as const)
}

export async function writeDescription(
  db: Database,
  collection: string,
  description: Omit<DescriptionRow, 'key'>,
): Promise<void> {
  const row: MetaRow = { key: prefix + collection, ...description }
  await db.write(async (tables) => void (await tables.meta.put(row)))
}
