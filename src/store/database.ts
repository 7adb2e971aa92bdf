// Floor 3: the one database. Every writing transaction raises its version, and is told to whoever watches (R8).
import { StorageError } from '../model/errors.js'
import type { Platform } from '../platform/platform.js'
import { type ConnectionOptions, type MetaRow, openConnection, type Run, type Tables } from './connection.js'
import { markIncarnation, wasHereBefore } from './incarnation.js'
import type { Commit, Counts, StateRow } from './rows.js'

export { type MetaRow, type Tables, together } from './connection.js'

/** Said by a transaction's body that wrote nothing: the version stays, nobody is told. */
export const unchanged: unique symbol = Symbol('unchanged')

export interface Database {
  readonly name: string
  /** One read-only transaction. Rejects with a `StorageError`. */
  read<T>(body: (tables: Tables, state: StateRow) => Promise<T>): Promise<T>
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

export interface DatabaseOptions extends Omit<ConnectionOptions, 'onReopened' | 'databases' | 'clock' | 'visibility'> {
  platform: Pick<Platform, 'databases' | 'clock' | 'random' | 'caches' | 'visibility'>
  /** Identity of the backend; the data of another one is never opened (R15). */
  backendId: string
  /** What was saved is gone: the browser gave an empty database in place of it (G15). */
  onLost(): void
}

/** The account's counters, put in place when they are missing; never what every object has, whatever the account's name. */
export function countsOf(state: StateRow, account: string): Counts {
  if (!Object.hasOwn(state.counts, account))
    state.counts = { ...state.counts, [account]: { pending: 0, sent: 0, total: 0, faults: 0 } }
  return state.counts[account]!
}

async function stateIn(tables: Tables): Promise<StateRow> {
  return ((await tables.meta.get('state')) as StateRow | undefined) ?? { key: 'state', version: 0, counts: {} }
}

/** Opens the database, or rejects with a `StorageError` that says why it cannot be used. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { name, backendId, platform, onLost } = options
  const listeners = new Set<(commit: Commit) => void>()
  /** The newest version seen: another database in the place of this one goes on from there. */
  let newest = 0
  let incarnation: unknown
  let isLost = false

  const writeWith = async <T>(
    run: Run,
    body: (tables: Tables, state: StateRow, commit: Commit) => Promise<T | typeof unchanged>,
  ): Promise<T | undefined> => {
    const { result, commit } = await run('rw', async (tables) => {
      const state = await stateIn(tables)
      const commit: Commit = { from: state.version, to: Math.max(state.version, newest) + 1 }
      const result = await body(tables, state, commit)
      if (result === unchanged) return {}
      state.version = commit.to
      await tables.meta.put(state as unknown as MetaRow)
      return { result, commit }
    })
    if (!commit) return undefined
    newest = commit.to
    for (const listener of listeners) listener(commit)
    return result
  }

  /** Whose data this is, and whether it is still what it was. */
  const look = async (run: Run): Promise<void> => {
    const read = (): Promise<MetaRow | undefined> => run('r', (tables) => tables.meta.get('backend'))
    let known = await read()
    const wasHere = !known && (await wasHereBefore(platform.caches, name))
    if (!known) {
      const fresh = { key: 'backend', id: backendId, incarnation: platform.random.id() }
      // Two contexts can find it new at once: whoever is first names it.
      await writeWith(run, async (tables) => {
        if (await tables.meta.get('backend')) return unchanged
        await tables.meta.put(fresh)
        return undefined
      })
      await markIncarnation(platform.caches, name)
      known = (await read())!
    }
    if (known.id !== backendId)
      throw new StorageError(
        'other-backend',
        `Database "${name}" holds the data of ${String(known.id)}, not of ${backendId}: give this backend a \`database\` of its own`,
      )
    isLost ||= wasHere || (incarnation !== undefined && known.incarnation !== incarnation)
    incarnation = known.incarnation
    if (isLost) onLost()
  }

  const connection = await openConnection({
    ...options,
    ...platform,
    onReopened: look,
    // That it is open again must not hide that it is empty.
    onState: (state) => (isLost && state === 'ok' ? onLost() : options.onState(state)),
  })
  try {
    for (let waits = false; ; waits = true) {
      try {
        await look(connection.run)
        if (waits && !isLost) options.onState('ok')
        break
      } catch (error) {
        // A tab frozen inside a transaction keeps everyone waiting; who has nothing yet to go on with waits for it.
        if (!(error instanceof StorageError && error.reason === 'blocked')) throw error
        options.onState('blocked')
      }
    }
  } catch (error) {
    connection.close()
    throw error
  }
  return {
    name,
    read: (body) => connection.run('r', async (tables) => body(tables, await stateIn(tables))),
    write: (body) => writeWith(connection.run, body),
    onCommit(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close: () => connection.close(),
  }
}
