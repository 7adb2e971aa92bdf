// Floor 3: the cursors of pulls, one for each account and collection. Each transaction that erases rows of a collection erases or
// resets its cursor (R23).
import { isLike } from '../model/shape.js'
import type { Json } from '../model/record.js'
import type { Database, MetaRow, Tables } from './database.js'
import { between } from './key-range.js'

/** The place of one account's pulls of a collection. */
export interface Cursor {
  /** Raised by each pull that ends, and by each reset. */
  n: number
  /** Names the list: a cursor of another one is not used. */
  listing: string
  /** Where the next pull goes on; absent: it asks for everything. */
  since?: Json | undefined
  /** The end of the last pull. */
  atMs: number
  /** The end of the last pull that asked for everything. */
  allAtMs?: number | undefined
  /** The backend tells of deletions. */
  tellsGone?: boolean | undefined
  /** The last pull left records out that this device knew to be newer, or rows were erased since: it is made again. */
  isIncomplete?: boolean | undefined
}

const cursorShape = { n: 0, listing: '', atMs: 0, 'allAtMs?': 0 }
const prefix = 'cursor:'

function keyOf(account: string, collection: string): string {
  return prefix + JSON.stringify([account, collection])
}

export function isCursor({ key }: MetaRow): boolean {
  return key.startsWith(prefix)
}

/** Inside the caller's transaction. */
export async function cursorIn(tables: Tables, account: string, collection: string): Promise<Cursor | undefined> {
  const row: unknown = await tables.meta.get(keyOf(account, collection))
  return isLike(row, cursorShape) ? (row as Cursor) : undefined
}

export function readCursor(db: Database, account: string, collection: string): Promise<Cursor | undefined> {
  return db.read((tables) => cursorIn(tables, account, collection))
}

export function putCursor(tables: Tables, account: string, collection: string, cursor: Cursor): Promise<void> {
  return tables.meta.put([{ ...cursor, key: keyOf(account, collection) }])
}

/** Begins to erase the cursors of the account, with its session: no pull of it goes on. */
export function eraseCursors(tables: Tables, account: string): Promise<void> {
  const first = `${prefix}${JSON.stringify([account]).slice(0, -1)},`
  return tables.meta.deleteRange(between(first, `${first}\uffff`))
}

/** The next pull asks for everything, and a pull that is under way, also the first one, ends without effect. */
export async function resetCursor(tables: Tables, account: string, collection: string): Promise<void> {
  const { n = 0 } = (await cursorIn(tables, account, collection)) ?? {}
  await putCursor(tables, account, collection, { n: n + 1, listing: '', atMs: 0, isIncomplete: true })
}
