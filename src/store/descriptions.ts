import { isLike } from '../model/shape.js'
import type { Database, MetaRow } from './database.js'
import type { DescriptionRow } from './rows.js'

const prefix = 'description:'

/** The cached descriptions by collection, for collections with one, from the rows of `meta`. */
export function descriptionsIn(meta: readonly MetaRow[]): (readonly [collection: string, DescriptionRow])[] {
  const rows = meta.filter((row) => isLike(row, { key: '' }) && row.key.startsWith(prefix)) as unknown[]
  return (rows as DescriptionRow[]).map((row) => [row.key.slice(prefix.length), row] as const)
}

/** The same, as they are now. */
export async function readDescriptions(db: Database): Promise<(readonly [collection: string, DescriptionRow])[]> {
  return descriptionsIn(await db.read((tables) => tables.meta.getAll()))
}

export async function writeDescription(
  db: Database,
  collection: string,
  description: Omit<DescriptionRow, 'key'>,
): Promise<void> {
  const row: MetaRow = { key: prefix + collection, ...description }
  await db.write((tables, _, commit) => {
    commit.changed = []
    return tables.meta.put([row])
  }, 'upkeep')
}
