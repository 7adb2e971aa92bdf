// Floor 3: the one database, its tables, and the only way to run a transaction on it. Dexie lives in this room only.
import { Dexie, type Table } from 'dexie'
import { StorageError } from '../model/errors.js'
import type { Clock } from '../platform/platform.js'
import type { Databases } from '../platform/platform.js'
import type { Commit, Counts, FateRow, FaultRow, RecordRow, RunRow, StateRow } from './rows.js'
import { storageErrorOf } from './storage-error.js'

/** How long any use of IndexedDB may take before it counts as blocked (R15). */
const limitMs = 10_000

/** Rows of `meta` that have no transaction of their own: each under its key. */
export interface MetaRow {
  key: string
  [property: string]: unknown
}

export interface Tables {
  meta: Table<MetaRow, string>
  records: Table<RecordRow, [string, string, string]>
  edits: Table<RunRow, [string, string, string, number]>
  faults: Table<FaultRow, string>
  fates: Table<FateRow, number>
}

/**
 * Waits for several requests of one transaction. What runs side by side in a transaction has to be Dexie's own promises: side
 * by side with each other, native async functions lose the transaction's zone, and it commits under them.
 */
export function together<T>(requests: readonly PromiseLike<T>[]): PromiseLike<T[]> {
  return Dexie.Promise.all([...requests])
}

/** Said by a transaction's body that wrote nothing: the version stays, nobody is told. */
export const unchanged: unique symbol = Symbol('unchanged')

export interface Database {
  readonly name: string
  /** One read-only transaction. Rejects with a `StorageError`. */
  read<T>(body: (tables: Tables) => Promise<T>): Promise<T>
  /**
   * One read-write transaction, strict unless opened otherwise: resolves when it has completed (G1), after the listeners
   * of `onCommit` were told. The body may await nothing but the tables. An error of ours that it throws is passed on, and
   * nothing is written; any other becomes a `StorageError`.
   */
  write<T>(
    body: (tables: Tables, state: StateRow, commit: Commit) => Promise<T | typeof unchanged>,
  ): Promise<T | undefined>
  onCommit(listener: (commit: Commit) => void): () => void
  close(): void
}

export interface DatabaseOptions {
  name: string
  /** Identity of the backend; the data of another one is never opened (R15). */
  backendId: string
  databases: Databases
  clock: Clock
  durability: 'strict' | 'relaxed'
  /** Another tab upgrades or deletes the database, or the browser took the connection away. */
  onClosed(reason: 'upgraded' | 'lost'): void
}

const schema = {
  meta: 'key',
  records: '[account+collection+id]',
  edits: '[account+collection+id+seq], [account+label]',
  faults: 'id, account',
  fates: '++n, *labels, atMs',
}

export function emptyCounts(): Counts {
  return { pending: 0, sent: 0, total: 0, faults: 0 }
}

/** The account's counters, put in place when they are missing. */
export function countsOf(state: StateRow, account: string): Counts {
  return (state.counts[account] ??= emptyCounts())
}

/** Opens the database, or rejects with a `StorageError` that says why it cannot be used. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { name, clock, databases } = options
  if (!databases.factory) throw new StorageError('unavailable', 'This context has no IndexedDB')
  const dexie = new Dexie(name, {
    ...databases.factory,
    autoOpen: false,
    cache: 'disabled',
    chromeTransactionDurability: options.durability,
  })
  dexie.version(1).stores(schema)
  const tables = dexie as unknown as Tables
  const listeners = new Set<(commit: Commit) => void>()
  let closing = false

  dexie.on('versionchange', () => {
    // Staying open would block the newer version for ever.
    dexie.close()
    options.onClosed('upgraded')
    return false
  })
  dexie.on('close', () => {
    if (!closing) options.onClosed('lost')
  })

  const limited = async <T>(work: PromiseLike<T>): Promise<T> => {
    const done = new AbortController()
    try {
      return await Promise.race([
        work,
        clock.sleep(limitMs, done.signal).then(() => {
          if (done.signal.aborted) return new Promise<never>(() => {})
          throw new StorageError('blocked', `IndexedDB did not answer within ${limitMs / 1000} s`, {
            outcome: 'unknown',
          })
        }),
      ])
    } catch (error) {
      throw storageErrorOf(error)
    } finally {
      done.abort()
    }
  }

  await limited(dexie.open())
  const database: Database = {
    name,
    read: (body) => limited(dexie.transaction('r', dexie.tables, () => body(tables))),
    async write(body) {
      const { result, commit } = await limited(
        dexie.transaction('rw', dexie.tables, async () => {
          const state = ((await tables.meta.get('state')) as StateRow | undefined) ?? {
            key: 'state',
            version: 0,
            counts: {},
          }
          const commit: Commit = { from: state.version, to: state.version + 1 }
          const result = await body(tables, state, commit)
          if (result === unchanged) return {}
          state.version = commit.to
          await tables.meta.put(state as unknown as MetaRow)
          return { result, commit }
        }),
      )
      if (commit) for (const listener of listeners) listener(commit)
      return result
    },
    onCommit(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close() {
      closing = true
      dexie.close()
    },
  }
  try {
    await checkIdentity(database, options.backendId)
  } catch (error) {
    database.close()
    throw error
  }
  return database
}

async function checkIdentity(database: Database, backendId: string): Promise<void> {
  const known = await database.read((tables) => tables.meta.get('backend'))
  if (known && known.id !== backendId)
    throw new StorageError(
      'other-backend',
      `Database "${database.name}" holds the data of ${String(known.id)}, not of ${backendId}: give this backend a \`database\` of its own`,
    )
  if (!known)
    await database.write(async (tables) => {
      await tables.meta.put({ key: 'backend', id: backendId })
    })
}
