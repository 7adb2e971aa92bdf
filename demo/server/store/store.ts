import { openAppliedUpdates, type AppliedUpdates } from './applied-updates.js'
import { openColumns, type ColumnDefinition, type Columns } from './columns.js'
import { openDatabase } from './database.js'
import { openSessions, sessionTables, type Sessions } from './sessions.js'
import { openTables, tableTables, type Tables, type TableSchema } from './tables.js'
import { openTableWrites, tableWritesTables, type TableWrites } from './table-writes.js'
import { openUsers, type Users } from './users.js'

/** The tables of the Backendless mode. */
export const backendlessTables = `
  CREATE TABLE IF NOT EXISTS columns (
    name TEXT PRIMARY KEY, position INTEGER NOT NULL, definition TEXT NOT NULL
  );
  CREATE TABLE IF NOT EXISTS users (
    object_id TEXT PRIMARY KEY, identity_key TEXT UNIQUE, password_hash TEXT,
    owner_id TEXT, created INTEGER NOT NULL, updated INTEGER, last_login INTEGER, user_status TEXT NOT NULL,
    properties TEXT NOT NULL
  );
  ${sessionTables}
  CREATE TABLE IF NOT EXISTS applied_updates (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, user_id TEXT NOT NULL, applied TEXT NOT NULL, password_changed INTEGER NOT NULL,
    at_ms INTEGER NOT NULL, source TEXT NOT NULL, caller_id TEXT, idempotency_key TEXT
  );
  CREATE INDEX IF NOT EXISTS applied_updates_by_user ON applied_updates (user_id, seq);
  ${tableTables}
  ${tableWritesTables}
`

/** All data of the server. */
export interface Store {
  readonly columns: Columns
  readonly users: Users
  readonly sessions: Sessions
  readonly appliedUpdates: AppliedUpdates
  readonly tables: Tables
  readonly tableWrites: TableWrites
  /** Runs `work` so that all of it is on disk on return, or none of it, the tables and columns it added included. */
  transaction<Result>(work: () => Result): Result
  close(): void
}

export interface StoreOptions {
  /** The columns of the users of a new store. */
  readonly schema: readonly ColumnDefinition[]
  /** Tables that join those of the store, by name. */
  readonly tables: TableSchema
  readonly now: () => number
}

/** Opens the store at `path`, or one in memory for `:memory:`. */
export function openStore(path: string, { schema, tables: tableSchema, now }: StoreOptions): Store {
  const sql = openDatabase(path, backendlessTables)
  const columns = openColumns(sql, schema)
  const tables = openTables(sql, tableSchema)
  return {
    columns,
    users: openUsers(sql),
    sessions: openSessions(sql, now),
    appliedUpdates: openAppliedUpdates(sql),
    tables,
    tableWrites: openTableWrites(sql),
    transaction(work) {
      try {
        return sql.transaction(work)
      } catch (error) {
        columns.reload()
        tables.reload()
        throw error
      }
    },
    close: () => sql.close(),
  }
}
