// Floor 3: whose data a database has, and whether it is still the same database (G15, R15).
import { StorageError } from '../model/errors.js'
import type { Platform } from '../platform/platform.js'
import type { MetaRow, RunTransaction } from './connection.js'
import { markIncarnation, wasHereBefore } from './incarnation.js'
import { createKnownLanes, type KnownLanes } from './known-lanes.js'
import { placeMarks } from './marks.js'
import { rowIn, stateIn } from './meta-rows.js'
import { createNames, type Names } from './names.js'
import type { KnownFaults } from './rows.js'
import { type Transactions, unchanged } from './transactions.js'

/**
 * Rows that this context has read and need not read again; forgotten when a connection was lost. The names outlast it, since
 * nobody reads them before the next look: the same database has them all, and tells of newer ones.
 */
export interface Memory {
  faults?: KnownFaults | undefined
  lanes: KnownLanes
  names: Names
  /** The newest version of the database that was lost, in the numbers of which its calls took their turns; else 0. */
  lostAt: number
}

export interface IdentityOptions {
  name: string
  platform: Pick<Platform, 'caches' | 'random'>
  /** Identity of the backend; the data of another one is never opened (R15). */
  backendId: string
  /** Whether this is an earlier identity of the same backend, whose data the client takes for its own from here on. */
  isFormer?: ((id: string) => boolean) | undefined
  /**
   * The saved data are gone: the browser gave an empty database in place of it (G15). Absent in a context that can report to
   * nobody: it leaves the mark of a new database to one that can, which learns of the loss by that.
   */
  onLost?(): void
}

/**
 * Returns the function that looks whose data this is, and whether it is still the same database; it resolves with the rows of
 * `meta`. To be called after each opening, before any other transaction.
 */
export function createIdentity(
  { name, backendId, isFormer, platform, onLost }: IdentityOptions,
  transactions: Transactions,
  memory: Memory,
): (run: RunTransaction) => Promise<readonly MetaRow[]> {
  let incarnation: unknown
  return async (run) => {
    transactions.forget()
    memory.faults = undefined
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
      await transactions.write(run, async (tables, state) => {
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
      memory.lostAt = transactions.newest
      onLost?.()
    }
    // Others write lower versions into a new database than were shown of the old one, and every memory goes by the version.
    if (isAnother || !transactions.isSound(rowIn(meta, 'state'))) {
      memory.names = createNames(memory.names)
      await transactions.write(run, async () => {})
      meta = await read()
    }
    const state = transactions.know(stateIn(meta))
    incarnation = known.incarnation
    if (state.lastFate !== undefined) return meta
    await transactions.write(run, placeMarks)
    return read()
  }
}
