import { createDatabase, type Database, type DatabaseOptions } from '../../src/store/database.js'

/** The options of a database whose user does not care for its news; without a name and a platform. */
export const plainOptions = {
  backendId: 'backend',
  durability: 'strict',
  onState() {},
  onUpgrade() {},
  onLost() {},
} as const satisfies Partial<DatabaseOptions>

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
