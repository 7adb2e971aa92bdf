// Databases of this library beside the open one. By the browser's own calls: Dexie would make or change a database that it
// opens.
import type { Databases } from '../platform/platform.js'
import { schemaVersion, type StoredTables, tableNames } from './connection.js'
import { rowIn, stateIn } from './database.js'

type Factory = NonNullable<Databases['factory']>['indexedDB']

/** Every row of a database. */
export type Rows = {
  [T in keyof StoredTables]: StoredTables[T] extends { getAll(): Promise<(infer Row)[]> } ? Row[] : never
}

/** Above all versions of the schema: pages that have the database open let go of it, and none opens it again. */
const sealedVersion = 1_000_000

/** The other databases with default names, and how many edits wait in each. None where the browser does not list them. */
export async function besides(
  indexedDB: Factory,
  ownName: string,
): Promise<{ database: string; backend: string; pending: number }[]> {
  const found = []
  for (const { name: database = '' } of (await indexedDB.databases?.()) ?? []) {
    if (database === ownName || !database.startsWith('holdfast-')) continue
    // A database that cannot be read is skipped.
    const rows = await readTables(indexedDB, database, ['meta']).catch(() => {})
    if (!rows) continue
    let pending = 0
    for (const counts of Object.values(stateIn(rows.meta).counts)) pending += counts.pending
    found.push({ database, pending, backend: rowIn<{ id: string }>(rows.meta, 'backend')?.id ?? '' })
  }
  return found
}

/** All rows. No page adds any from here on: this waits for a page that has the database open and does not let go. */
export function seal(indexedDB: Factory, name: string): Promise<Rows | undefined> {
  return readTables(indexedDB, name, tableNames, sealedVersion)
}

/** `undefined`: there is no such database, or a newer version of the library has changed it. */
async function readTables<T extends keyof StoredTables>(
  indexedDB: Factory,
  name: string,
  tables: readonly T[],
  version?: number,
): Promise<Pick<Rows, T> | undefined> {
  const opening = indexedDB.open(name, version)
  // It may have been deleted since it was listed, and none must be made.
  opening.onupgradeneeded = ({ oldVersion }) => oldVersion || opening.transaction!.abort()
  const db = await answerOf(opening).catch((error: DOMException) => {
    if (error.name !== 'AbortError') throw error
  })
  if (!db) return undefined
  // The database belongs to another page: this blocks nobody.
  db.onversionchange = () => db.close()
  try {
    // Dexie counts versions in tens.
    if (db.version >= 10 * (schemaVersion + 1) && db.version !== sealedVersion) return undefined
    // One of an earlier version lacks later tables.
    const there = tables.filter((table) => db.objectStoreNames.contains(table))
    const transaction = db.transaction(there)
    const reading = tables.map(async (table) => [
      table,
      there.includes(table) ? await answerOf(transaction.objectStore(table).getAll()) : [],
    ])
    return Object.fromEntries(await Promise.all(reading)) as Pick<Rows, T>
  } finally {
    db.close()
  }
}

function answerOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error as DOMException)
  })
}
