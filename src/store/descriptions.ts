import type { Json } from '../model/record.js'
import type { Database } from './database.js'
import type { DescriptionRow } from './rows.js'

const prefix = 'description:'

/** The cached descriptions, of the collections for which one was ever fetched. */
export async function readDescriptions(db: Database): Promise<({ collection: string } & DescriptionRow)[]> {
  const rows = (await db.read((tables) => tables.meta.where('key').startsWith(prefix).toArray())) as unknown[]
  return (rows as DescriptionRow[]).map((row) => ({ collection: row.key.slice(prefix.length), ...row }))
}

export async function writeDescription(db: Database, collection: string, value: Json, atMs: number): Promise<void> {
  await db.write(async (tables) => {
    await tables.meta.put({ key: prefix + collection, value, atMs })
  })
}
