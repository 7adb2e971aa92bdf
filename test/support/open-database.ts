import { createDatabase, type Database, type DatabaseOptions } from '../../src/store/database.js'

/** A database that is open; one that cannot be opened is closed. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const db = createDatabase(options)
  try {
    await db.open()
  } catch (error) {
    db.close()
    throw error
  }
  return db
}
