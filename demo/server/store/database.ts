import { chmodSync, closeSync, existsSync, openSync } from 'node:fs'
import Database from 'libsql'

/** A value that may be bound to a statement. */
export type SqlValue = string | number | null

/** The few things the stores need of SQLite; statements are always text of this program, values always parameters. */
export interface Sql {
  run(text: string, values?: readonly SqlValue[]): { changes: number; lastId: number }
  get(text: string, values?: readonly SqlValue[]): SqlRow | undefined
  all(text: string, values?: readonly SqlValue[]): SqlRow[]
  /** Runs `work` in one transaction: on return it is on disk, on a throw nothing of it is. */
  transaction<Result>(work: () => Result): Result
  close(): void
}

export type SqlRow = Readonly<Record<string, unknown>>

/** Statements kept prepared; the server's own are fewer. */
const mostPrepared = 100

/** A server that is being stopped has it open for a moment longer. */
const longestWaitMs = 3000

/**
 * Opens the database at `path` (`:memory:` for one that ends with the process), and makes those of `tables` that it lacks. Write-ahead log with full synchronisation: a
 * completed transaction survives `kill -9` and a power cut. Throws if another server has it open.
 */
export function openDatabase(path: string, tables: string): Sql {
  let lock: Database.Database | undefined
  let database: Database.Database
  try {
    if (path !== ':memory:') {
      keepToOwner(path)
      lock = lockOf(path)
    }
    database = new Database(path)
    for (const text of ['PRAGMA journal_mode = WAL', 'PRAGMA synchronous = FULL', tables]) database.exec(text)
  } catch (cause) {
    lock?.close()
    throw new Error(`The database ${path} cannot be used: ${(cause as Error).message}`, { cause })
  }
  const prepared = new Map<string, Database.Statement>()

  function statement(text: string): Database.Statement {
    let found = prepared.get(text)
    if (found) return found
    // Each where clause is a text of its own, and a client can think of any number.
    if (prepared.size === mostPrepared) prepared.clear()
    prepared.set(text, (found = database.prepare(text)))
    return found
  }

  return {
    run(text, values = []) {
      const result = statement(text).run(bindable(values))
      return { changes: result.changes, lastId: Number(result.lastInsertRowid) }
    },
    get: (text, values = []) => statement(text).get(bindable(values)) as SqlRow | undefined,
    all: (text, values = []) => statement(text).all(bindable(values)) as SqlRow[],
    transaction(work) {
      database.exec('BEGIN IMMEDIATE')
      try {
        const result = work()
        database.exec('COMMIT')
        return result
      } catch (error) {
        // On a full disk, for one, SQLite rolls back by itself.
        if (database.inTransaction) database.exec('ROLLBACK')
        throw error
      }
    },
    close() {
      database.close()
      lock?.close()
    },
  }
}

/**
 * Makes the files readable by the owner alone, before SQLite does it with the mode that the system gives to new files. Its
 * journals get the mode of the database; those that an earlier run left have one already.
 */
function keepToOwner(path: string): void {
  for (const file of [path, `${path}.lock`]) closeSync(openSync(file, 'a', 0o600))
  const files = ['', '.lock', '-wal', '-shm'].map((end) => path + end)
  for (const file of files) if (existsSync(file)) chmodSync(file, 0o600)
}

/**
 * Keeps other servers out until it is closed: they would go by columns that this one has changed since. A file of its own,
 * since the statements of a closed database keep its locks until they are collected. The system lets go of the lock of a
 * process that was killed.
 */
function lockOf(path: string): Database.Database {
  const lock = new Database(`${path}.lock`, { timeout: longestWaitMs })
  try {
    lock.exec('BEGIN EXCLUSIVE')
    return lock
  } catch (error) {
    lock.close()
    throw isSqliteError(error, 'SQLITE_BUSY') ? new Error('another server has it open', { cause: error }) : error
  }
}

/** libsql aborts the whole process on a value of any other type, so none may come this far. */
function bindable(values: readonly SqlValue[]): readonly SqlValue[] {
  const wrong = values.find((value) => value !== null && typeof value !== 'string' && typeof value !== 'number')
  if (wrong !== undefined) throw new TypeError(`A ${typeof wrong} cannot be bound to a statement`)
  return values
}

/** Whether `error` is SQLite's own (disk full, input/output error, a constraint), not a mistake of this program. */
export function isSqliteError(error: unknown, code = 'SQLITE'): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith(code)
}
