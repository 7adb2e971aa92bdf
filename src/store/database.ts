// Floor 3: the one database. Every writing transaction raises its version and notifies the listeners (R8).
import { coded } from '../model/errors.js'
import type { Relations } from '../model/refs.js'
import type { Platform } from '../platform/platform.js'
import type { Commit } from './commit.js'
import {
  type ConnectionOptions,
  createConnection,
  type MetaRow,
  type RunTransaction,
  type Tables,
} from './connection.js'
import { durabilities, type Kind } from './durability.js'
import { createIdentity, type IdentityOptions, type Memory } from './identity.js'
import { createKnownLanes } from './known-lanes.js'
import { createNames } from './names.js'
import { rotateLog } from './rotate-log.js'
import type { StateRow } from './rows.js'
import type { Migrate, Shapes } from './shapes.js'
import { createTransactions, type WriteBody } from './transactions.js'

export type { MetaRow, Tables } from './connection.js'
export { rowIn, stateIn } from './meta-rows.js'
export { countsOf } from './rows.js'
export { unchanged, type WriteBody } from './transactions.js'

export interface Database {
  readonly name: string
  readonly relations: Relations | undefined
  readonly shapes: Shapes
  /**
   * Opens the database, or rejects with a `StorageError` that says why it cannot be used. To be called until it succeeds, and
   * before any other request. Resolves with all rows of `meta`, so that a start need not read each of them.
   */
  open(): Promise<readonly MetaRow[]>
  /** One read-only transaction. Rejects with a `StorageError`. The body may be called twice, like that of `write`. */
  read<T>(body: (tables: Tables, state: StateRow) => Promise<T>): Promise<T>
  /**
   * One read-write transaction, as durable as its kind in a database that was opened as strict: resolves when it has completed (G1),
   * after the listeners of `onCommit`. An error of the library that the body throws is passed on, and nothing is written; any other error becomes a
   * `StorageError`.
   */
  write<T>(body: WriteBody<T>, kind: Kind): Promise<T | undefined>
  onCommit(listener: (commit: Commit) => void): () => void
  /**
   * The listener is called as the browser begins to commit. A read that begins from then on waits for the end of the commit.
   * So a context that hears of it here, and not at the end, reads it even if this context dies in between.
   */
  onCommitting(listener: (commit: Commit) => void): () => void
  readonly memory: Memory
  /** Waits for work that another context may block, and reports it after ten seconds. Rejects with a `StorageError`. */
  patiently<T>(work: PromiseLike<T>): Promise<T>
  close(): void
}

export interface DatabaseOptions
  extends Omit<ConnectionOptions, 'onReopened' | 'databases' | 'clock' | 'visibility' | 'shapes'>, IdentityOptions {
  platform: Pick<Platform, 'databases' | 'clock' | 'random' | 'caches' | 'visibility'>
  /** Default: the app's data have one shape, 0. */
  migrate?: Migrate | undefined
  /** Absent: no record names another one. */
  relations?: Relations | undefined
  /** The backend's code of a `NotLoggedInError`. */
  notLoggedIn?: number | string | undefined
}

function listenIn<L>(listeners: Set<L>, listener: L): () => void {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

/** Not open yet. */
export function createDatabase(options: DatabaseOptions): Database {
  const { name, platform } = options
  const listeners = new Set<(commit: Commit) => void>()
  const committingListeners = new Set<(commit: Commit) => void>()
  const memory: Memory = { lanes: createKnownLanes(), names: createNames(), lostAt: 0 }

  const transactions = createTransactions(
    () => platform.clock.now(),
    (commit) => committingListeners.forEach((listener) => listener(commit)),
    (commit) => {
      memory.lanes.committed(commit)
      for (const listener of listeners) listener(commit)
    },
  )
  const look = createIdentity(options, transactions, memory)

  const refuse = (error: unknown): never => {
    throw coded(error, options.notLoggedIn)
  }

  const shapes: Shapes = { ...options.migrate, now: () => platform.clock.now() }
  const connection = createConnection({
    ...options,
    ...platform,
    shapes,
    async onReopened(run) {
      await look(run)
      const { factory, tearsLog } = platform.databases
      // A full disk may have taken the connection: this comes before any write behind the torn record.
      if (factory && tearsLog) await rotateLog(name, factory, (sizeBytes) => platform.random.bytes(sizeBytes))
    },
  })
  return {
    name,
    relations: options.relations,
    shapes,
    async open() {
      await connection.open()
      return look(connection.run)
    },
    memory,
    read: (body) => transactions.read(connection.run, body).catch(refuse),
    write(body, kind) {
      const isRelaxed = durabilities[kind] === 'relaxed'
      const run: RunTransaction = (mode, work) => connection.run(isRelaxed ? 'relaxed' : mode, work)
      return transactions.write(run, body).catch(refuse)
    },
    onCommit: (listener) => listenIn(listeners, listener),
    onCommitting: (listener) => listenIn(committingListeners, listener),
    patiently: (work) => connection.patiently(work),
    close: () => connection.close(),
  }
}
