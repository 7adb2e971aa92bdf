import type { Json } from '../model/record.js'
import type { Database } from './database.js'
import type { DescriptionRow } from './rows.js'

/** The cached description of a collection, if it was ever fetched. */
export async function readDescription(db: Database, collection: string): Promise<DescriptionRow | undefined> {
  return (await db.read((tables) => tables.meta.get(`description:${collection}`))) as DescriptionRow | undefined
}

export async function writeDescription(db: Database, collection: string, value: Json, atMs: number): Promise<void> {
  await db.write(async (tables) => {
    await tables.meta.put({ key: `description:${collection}`, value, atMs })
  })
}
