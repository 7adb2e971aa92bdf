import { openAppliedUpdates, type AppliedUpdates } from './applied-updates.js'
import { openColumns, type ColumnDefinition, type Columns } from './columns.js'
import { openDatabase } from './database.js'
import { openSessions, type Sessions } from './sessions.js'
import { openUsers, type Users } from './users.js'

/** All data of the server. */
export interface Store {
  readonly columns: Columns
  readonly users: Users
  readonly sessions: Sessions
  readonly appliedUpdates: AppliedUpdates
  /** Runs `work` so that all of it is on disk on return, or none of it, the columns it added included. */
  transaction<Result>(work: () => Result): Result
  close(): void
}

/** Opens the store at `path`, or one in memory for `:memory:`. `schema` counts only for a new one. */
export function openStore(path: string, schema: readonly ColumnDefinition[], now: () => number): Store {
  const sql = openDatabase(path)
  const columns = openColumns(sql, schema)
  return {
    columns,
    users: openUsers(sql),
    sessions: openSessions(sql, now),
    appliedUpdates: openAppliedUpdates(sql),
    transaction(work) {
      try {
        return sql.transaction(work)
      } catch (error) {
        columns.reload()
        throw error
      }
    },
    close: () => sql.close(),
  }
}
