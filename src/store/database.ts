// Floor 3: the one database. Every writing transaction raises its version and notifies the listeners (R8).
import { coded, StorageError } from '../model/errors.js'
import type { Relations } from '../model/refs.js'
import { isLike } from '../model/shape.js'
import type { Platform } from '../platform/platform.js'
import {
  type ConnectionOptions,
  createConnection,
  type MetaRow,
  type RunTransaction,
  type Tables,
} from './connection.js'
import { logged } from './change-log.js'
import { markIncarnation, wasHereBefore } from './incarnation.js'
import { createKnownLanes, type KnownLanes } from './known-lanes.js'
import { placeMarks } from './marks.js'
import { createNames, type Names } from './names.js'
import { rebuildState } from './rebuild-state.js'
import { rotateLog } from './rotate-log.js'
import type { Commit } from './commit.js'
import type { KnownFaults, StateRow } from './rows.js'
import type { Migrate, Shapes } from './shapes.js'
import { stateShape } from './sound.js'

export type { MetaRow, Tables } from './connection.js'
export { countsOf } from './rows.js'

/** The result of a transaction's body that wrote nothing: the version stays, and no listener is called. */
export const unchanged: unique symbol = Symbol('unchanged')

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
   * One read-write transaction, strict unless opened otherwise or `relaxed`: resolves when it has completed (G1), after the listeners of
   * `onCommit`. An error of the library that the body throws is passed on, and nothing is written; any other error becomes a
   * `StorageError`.
   */
  write<T>(body: WriteBody<T>, mode?: 'relaxed'): Promise<T | undefined>
  onCommit(listener: (commit: Commit) => void): () => void
  /**
   * The listener is called as the browser begins to commit. A read that begins from then on waits for the end of the commit.
   * So a context that hears of it here, and not at the end, reads it even if this context dies in between.
   */
  onCommitting(listener: (commit: Commit) => void): () => void
  /**
   * Rows that this context has read and need not read again; forgotten when a connection was lost. The names outlast it, since
   * nobody reads them before the next look: the same database has them all, and tells of newer ones.
   */
  readonly memory: {
    faults?: KnownFaults | undefined
    lanes: KnownLanes
    names: Names
    /** The newest version of the database that was lost, in the numbers of which its calls took their turns; else 0. */
    lostAt: number
  }
  /** Waits for work that another context may block, and reports it after ten seconds. Rejects with a `StorageError`. */
  patiently<T>(work: PromiseLike<T>): Promise<T>
  close(): void
}

/**
 * May await nothing but the tables. It gets the state that this context knows. If another context has written meanwhile, it
 * is called again with the state in the database, and nothing of the first call is written. `later` takes writes that the
 * body does not wait for.
 */
export type WriteBody<T> = (
  tables: Tables,
  state: StateRow,
  commit: Commit,
  later: (writes: readonly Promise<unknown>[]) => void,
) => Promise<T | typeof unchanged>

/** Thrown in a transaction whose body got an old state, so that nothing of it is written. */
const overtaken = new StorageError('failed', 'Another context wrote first')

export interface DatabaseOptions extends Omit<
  ConnectionOptions,
  'onReopened' | 'databases' | 'clock' | 'visibility' | 'shapes'
> {
  platform: Pick<Platform, 'databases' | 'clock' | 'random' | 'caches' | 'visibility'>
  /** Identity of the backend; the data of another one is never opened (R15). */
  backendId: string
  /** Default: the app's data have one shape, 0. */
  migrate?: Migrate | undefined
  /** Absent: no record names another one. */
  relations?: Relations | undefined
  /** The backend's code of a `NotLoggedInError`. */
  notLoggedIn?: number | string | undefined
  /** Whether this is an earlier identity of the same backend, whose data the client takes for its own from here on. */
  isFormer?: ((id: string) => boolean) | undefined
  /**
   * The saved data are gone: the browser gave an empty database in place of it (G15). Absent in a context that can report to
   * nobody: it leaves the mark of a new database to one that can, which learns of the loss by that.
   */
  onLost?(): void
}

/** The row of this key, as it lay in `meta`. */
export function rowIn<R>(meta: readonly MetaRow[], key: string): R | undefined {
  return meta.find((row) => row.key === key) as R | undefined
}

/** The state, as it lay in `meta`. */
export const stateIn = (meta: readonly MetaRow[]): StateRow => stateOf(rowIn(meta, 'state'))

const stateOf = (row: MetaRow | undefined): StateRow =>
  isLike(row, stateShape) ? (row as unknown as StateRow) : { key: 'state', version: 0, counts: {} }

/** A copy for a transaction: only counters are changed in place. */
function copyOf({ counts, ...state }: StateRow): StateRow {
  return { ...state, counts: Object.fromEntries(Object.entries(counts).map(([account, row]) => [account, { ...row }])) }
}

/** The newest version that a context has seen, and the time: a state that cannot be read is made anew by these. */
interface Moment {
  newest: number
  nowMs: number
}

function writeOnce<T>(
  run: RunTransaction,
  body: WriteBody<T>,
  expected: StateRow | undefined,
  now: () => Moment,
  committing: (commit: Commit) => void,
): Promise<{ result?: T; commit?: Commit; state?: StateRow }> {
  return run('readwrite', async (tables, onCommitting) => {
    // Read in any case, without a wait: each wait is a trip to the browser's storage and back.
    const reading = tables.meta.get('state')
    const state = expected ? copyOf(expected) : await soundState(tables, await reading, now())
    const commit: Commit = { from: state.version, to: Math.max(state.version, now().newest) + 1 }
    const writes: Promise<unknown>[] = []
    // An old state can also cause an error, as when another context has taken the key.
    const check = async (): Promise<void> => {
      if (expected && stateOf(await reading).version !== expected.version) throw overtaken
    }
    try {
      const result = await body(tables, state, commit, (more) => void writes.push(...more))
      state.version = commit.to
      if (state.changes) state.changes = logged(state.changes, commit)
      if (result !== unchanged) await Promise.all([...writes, tables.meta.put([state as unknown as MetaRow])])
      await check()
      if (result === unchanged) return {}
      onCommitting(() => committing(commit))
      return { result, commit, state }
    } catch (error) {
      await check()
      throw error
    }
  })
}

/** The state as it lies there, or made anew. */
function soundState(tables: Tables, row: MetaRow | undefined, now: Moment): StateRow | Promise<StateRow> {
  return isLike(row, stateShape) ? stateOf(row) : rebuildState(tables, row, now)
}

function listenIn<L>(listeners: Set<L>, listener: L): () => void {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

/** Not open yet. */
export function createDatabase(options: DatabaseOptions): Database {
  const { name, backendId, isFormer, platform, onLost } = options
  const listeners = new Set<(commit: Commit) => void>()
  const committingListeners = new Set<(commit: Commit) => void>()
  const memory: Database['memory'] = { lanes: createKnownLanes(), names: createNames(), lostAt: 0 }
  /** The newest version seen, read or written: another database in the place of this one goes on from there. */
  let newest = 0
  let incarnation: unknown

  /** The state as this context last saw it; its version tells whether it is still so. */
  let latest: StateRow | undefined
  /** Writes of this context under way. */
  let writing = 0

  /** The state to go on with until the database's is read: none while a write ahead is about to change it. */
  const expectedState = (): StateRow | undefined => (writing ? undefined : latest)

  const refuse = (error: unknown): never => {
    throw coded(error, options.notLoggedIn)
  }

  const moment = (): Moment => ({ newest, nowMs: platform.clock.now() })

  const writeWith = async <T>(run: RunTransaction, body: WriteBody<T>): Promise<T | undefined> => {
    const expected = expectedState()
    const committing = (commit: Commit): void => committingListeners.forEach((listener) => listener(commit))
    writing++
    const { result, commit, state } = await writeOnce(run, body, expected, moment, committing)
      .catch((error: unknown) => {
        // A failed transaction may have been written all the same.
        latest = undefined
        if (error !== overtaken) throw error
        return writeOnce(run, body, undefined, moment, committing)
      })
      .finally(() => writing--)
    if (!commit) return undefined
    latest = state
    newest = commit.to
    memory.lanes.committed(commit)
    for (const listener of listeners) listener(commit)
    return result
  }

  /** In our form, and no older than the newest version seen. */
  const isSound = (row: MetaRow | undefined): boolean => isLike(row, stateShape) && stateOf(row).version >= newest

  const read = async <T>(body: (tables: Tables, state: StateRow) => Promise<T>, isLast = false): Promise<T> => {
    const found = await connection.run('readonly', async (tables) => {
      const reading = tables.meta.get('state')
      const expected = expectedState()
      const early = expected && { result: await body(tables, copyOf(expected)) }
      const row = await reading
      const state = stateOf(row)
      newest = Math.max(newest, state.version)
      if (early && state.version === expected!.version) return early
      if (!isSound(row) && !isLast) return undefined
      if (!latest || latest.version < state.version) latest = state
      return { result: await body(tables, copyOf(state)) }
    })
    if (found) return found.result
    // No version of the library wrote that.
    await writeWith(connection.run, async () => {})
    return read(body, true)
  }

  /** Whose data this is, and whether it is still the same database. Resolves with the rows of `meta`. */
  const look = async (run: RunTransaction): Promise<readonly MetaRow[]> => {
    latest = memory.faults = undefined
    memory.lanes = createKnownLanes()
    const read = (): Promise<readonly MetaRow[]> => run('readonly', (tables) => tables.meta.getAll())
    let meta = await read()
    const isNamed = (row: MetaRow | undefined): boolean => typeof row?.['id'] === 'string'
    const found = rowIn<MetaRow>(meta, 'backend')
    const isNew = !isNamed(found)
    if (isNew) {
      memory.names = createNames(memory.names)
      if (!onLost) return meta
      // Before anybody else finds it marked.
      if (!found && (await wasHereBefore(platform.caches, name))) onLost()
      const fresh = { key: 'backend', id: backendId, incarnation: platform.random.id() }
      // Two contexts can find it new at once: the first one names it.
      await writeWith(run, async (tables, state) => {
        if (isNamed(await tables.meta.get('backend'))) return unchanged
        await tables.meta.put([fresh])
        if (!found) state.lastFate = 0
        return undefined
      })
      await markIncarnation(platform.caches, name)
      meta = await read()
    }
    const known = rowIn<MetaRow>(meta, 'backend')!
    if (known.id !== backendId && isFormer?.(String(known.id))) {
      known.id = backendId
      await run('readwrite', (tables) => tables.meta.put([known]))
    }
    if (known.id !== backendId)
      throw new StorageError(
        'other-backend',
        `Database "${name}" holds the data of ${String(known.id)}, not of ${backendId}: give this backend a \`database\` of its own`,
      )
    const isAnother = incarnation !== undefined && known.incarnation !== incarnation
    if (isAnother) {
      memory.lostAt = newest
      onLost?.()
    }
    // Others write lower versions into a new database than were shown of the old one, and every memory goes by the version.
    if (isAnother || !isSound(rowIn(meta, 'state'))) {
      memory.names = createNames(memory.names)
      await writeWith(run, async () => {})
      meta = await read()
    }
    latest ??= stateIn(meta)
    incarnation = known.incarnation
    if (latest.lastFate !== undefined) return meta
    await writeWith(run, placeMarks)
    return read()
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
    read: (body) => read(body).catch(refuse),
    write: (body, mode) =>
      writeWith(mode ? (_, work) => connection.run(mode, work) : connection.run, body).catch(refuse),
    onCommit: (listener) => listenIn(listeners, listener),
    onCommitting: (listener) => listenIn(committingListeners, listener),
    patiently: (work) => connection.patiently(work),
    close: () => connection.close(),
  }
}
