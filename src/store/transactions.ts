// Floor 3: transactions by the version in the state. Each one that writes raises it; one that began on an old state is made again (R8).
import { StorageError } from '../model/errors.js'
import { isLike } from '../model/shape.js'
import { logged } from './change-log.js'
import type { Commit } from './commit.js'
import type { MetaRow, RunTransaction, Tables } from './connection.js'
import { stateOf } from './meta-rows.js'
import { rebuildState } from './rebuild-state.js'
import type { StateRow } from './rows.js'
import { stateShape } from './sound.js'

/** The result of a transaction's body that wrote nothing, or nothing that anybody shows: the version stays, and no listener is called. */
export const unchanged: unique symbol = Symbol('unchanged')

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

/** Where another context has written first, it may again for so long. */
const crowdedMs = 1_000

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

export interface Transactions {
  /** The newest version seen, read or written: another database in the place of this one goes on from there. */
  readonly newest: number
  /** See `Database`. */
  read<T>(run: RunTransaction, body: (tables: Tables, state: StateRow) => Promise<T>): Promise<T>
  write<T>(run: RunTransaction, body: WriteBody<T>): Promise<T | undefined>
  /** Whether the state is in our form, and no older than the newest version seen. */
  isSound(row: MetaRow | undefined): boolean
  /** The state may be another one than before. */
  forget(): void
  /** The state that was read, unless one is known. */
  know(state: StateRow): StateRow
}

/** `committing` and `committed`: see `onCommitting` and `onCommit` of a database. */
export function createTransactions(
  now: () => number,
  committing: (commit: Commit) => void,
  committed: (commit: Commit) => void,
): Transactions {
  let newest = 0

  /** The state as this context last saw it; its version tells whether it is still so. */
  let latest: StateRow | undefined
  /** Writes of this context under way. */
  let writing = 0

  let overtakenAtMs = -Infinity

  /**
   * The state to go on with until the database's is read: none while a write ahead is about to change it, or while other contexts write,
   * too: to ask first is one trip more, and to be overtaken is a transaction more.
   */
  const expectedState = (): StateRow | undefined =>
    writing || Math.abs(now() - overtakenAtMs) < crowdedMs ? undefined : latest

  const moment = (): Moment => ({ newest, nowMs: now() })

  const write = async <T>(run: RunTransaction, body: WriteBody<T>): Promise<T | undefined> => {
    const expected = expectedState()
    writing++
    const { result, commit, state } = await writeOnce(run, body, expected, moment, committing)
      .catch((error: unknown) => {
        // A failed transaction may have been written all the same.
        latest = undefined
        if (error !== overtaken) throw error
        overtakenAtMs = now()
        return writeOnce(run, body, undefined, moment, committing)
      })
      .finally(() => writing--)
    if (!commit) return undefined
    latest = state
    newest = commit.to
    committed(commit)
    return result
  }

  const isSound = (row: MetaRow | undefined): boolean => isLike(row, stateShape) && stateOf(row).version >= newest

  const read = async <T>(
    run: RunTransaction,
    body: (tables: Tables, state: StateRow) => Promise<T>,
    isLast = false,
  ): Promise<T> => {
    const found = await run('readonly', async (tables) => {
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
    await write(run, async () => {})
    return read(run, body, true)
  }

  return {
    get newest() {
      return newest
    },
    read: (run, body) => read(run, body),
    write,
    isSound,
    forget: () => void (latest = undefined),
    know: (state) => (latest ??= state),
  }
}
