// Floor 3: the connection to IndexedDB, and its upkeep (G15, R15). Dexie lives in this room only.
import type { DBCore, Dexie } from 'dexie'
import { ClosedError, HoldfastError, StorageError } from '../model/errors.js'
import type { Clock, Databases, Visibility } from '../platform/platform.js'
import { createDexie } from './create-dexie.js'
import { endOf } from './end-of.js'
import type { IdRow } from './other-record.js'
import { createPatience } from './patience.js'
import { createPauses } from './pauses.js'
import type { FateRow, FaultRow, RecordRow, RunRow } from './rows.js'
import type { Shapes } from './shapes.js'
import { storageErrorOf } from './storage-error.js'
import { Table } from './table.js'

/** Pauses before each try to reopen in place; after them a fresh frame is tried. */
const reopenPausesMs = [0, 100, 400]

/** Rows of `meta` that have no type in common: each under its key. */
export interface MetaRow {
  key: string
  [property: string]: unknown
}

export interface StoredTables {
  meta: Table<MetaRow, string>
  records: Table<RecordRow, [string, string, string]>
  edits: Table<RunRow, [string, string, string, number]>
  faults: Table<FaultRow, string>
  fates: Table<FateRow, number>
  ids: Table<IdRow, [string, string, string]>
}

export interface Tables extends StoredTables {
  /** Not a table: the shape in which this context reads and writes the rows of the others (R26). */
  readonly shapes: Shapes
}

export const schemaVersion = 4
const runs = '[account+collection+id+seq]'
/**
 * Never lower than before: contexts of an older version are sent away, but only after Dexie has added the missing parts of
 * their schema.
 */
const firstTables = {
  meta: 'key',
  records: '[account+collection+id]',
  edits: `${runs}, [account+label]`,
  faults: 'id, account',
  fates: '++n, *labels, atMs',
}
const schema = { ...firstTables, ids: '[account+collection+id], at' }

function declareSchema(dexie: Dexie): void {
  dexie.version(1).stores(firstTables)
  // The new index lacks the entries that Chromium keeps of deleted rows. Contexts of the first version are kept out: they
  // would write, and keep no marks.
  dexie.version(2).stores({ edits: runs })
  dexie.version(3).stores({ edits: schema.edits })
  // Contexts without creations and deletions are kept out: they would send both as updates.
  dexie.version(schemaVersion).stores({ ids: schema.ids })
}

export interface ConnectionOptions {
  name: string
  databases: Databases
  clock: Clock
  visibility: Visibility
  durability: 'strict' | 'relaxed'
  shapes: Shapes
  /**
   * `healing`: a lost connection is being opened again. `full`: no reopening before there is room. `blocked`: another context
   * keeps the database from being opened. `ok`: it is open.
   */
  onState(state: 'healing' | 'full' | 'blocked' | 'ok'): void
  /** Open again: the database may be another one than before. `run` does not heal. */
  onReopened(run: RunTransaction): Promise<void>
  /** A newer version of the library wants the database: this one has to let go, or would block it for ever. */
  onUpgrade(): void
}

/** `relaxed`: a power cut may take it back. */
export type Mode = 'readonly' | 'readwrite' | 'relaxed'

/** `committing` takes a callback for the moment at which the browser has been told to commit. */
type Body<T> = (tables: Tables, committing: (told: () => void) => void) => Promise<T>

export type RunTransaction = <T>(mode: Mode, body: Body<T>) => Promise<T>

export const tableNames = Object.keys(schema) as (keyof StoredTables)[]

function tablesIn(core: DBCore, transaction: IDBTransaction, shapes: Shapes): Tables {
  const tables = tableNames.map((name) => [name, new Table(core.table(name), transaction)])
  return { ...(Object.fromEntries(tables) as unknown as StoredTables), shapes }
}

/** One transaction of ours. */
interface Turn {
  transaction?: IDBTransaction
  /** Aborted by us: nothing of it is on disk. */
  isGivenUp?: boolean
}

/** Whether the transaction has ended with nothing of it on disk; one that commits already cannot. */
function abort({ transaction }: Turn): boolean {
  try {
    transaction?.abort()
    return !!transaction
  } catch {
    return false
  }
}

/** One transaction from its beginning to its end. */
async function carryOut<T>(
  { core }: Dexie,
  mode: Mode,
  body: Body<T>,
  turn: Turn,
  { durability, shapes, underWay }: Pick<ConnectionOptions, 'durability' | 'shapes'> & { underWay: Set<Turn> },
): Promise<T> {
  const isRelaxed = mode === 'relaxed'
  const transaction = core.transaction(tableNames, isRelaxed ? 'readwrite' : mode, {
    durability: isRelaxed ? mode : durability,
  }) as IDBTransaction
  turn.transaction = transaction
  underWay.add(turn)
  const end = endOf(transaction).finally(() => underWay.delete(turn))
  try {
    let committing: (() => void) | undefined
    const work = body(tablesIn(core, transaction, shapes), (told) => (committing = told))
    // Requests that the browser aborts may have no reason at all.
    const result = await Promise.race([work, end.then(() => work)])
    // The end of a read transaction adds nothing to its result, and is one more trip to the browser's storage and back.
    if (mode === 'readonly') return result
    transaction.commit()
    committing?.()
    await end
    return result
  } catch (error) {
    abort(turn)
    throw error instanceof HoldfastError ? error : (transaction.error ?? error)
  }
}

export interface Connection {
  /** To be called before any transaction. Rejects with a `StorageError` that says why the database cannot be used. */
  open(): Promise<void>
  /**
   * One transaction. Resolves when it has completed, or, if it only reads, with its result. Rejects with a `StorageError` or
   * with an error of the library that the body threw. After a lost connection it waits for the new one. A read is then made
   * again; a write is not: its error says that its outcome is unknown. A transaction that was under way when the page was
   * about to be frozen is made again when the page is back, a write too, so the body may run more than once.
   */
  run: RunTransaction
  /** Waits for work that another context may block, as `open` does, and reports it. */
  patiently<T>(work: PromiseLike<T>): Promise<T>
  close(): void
}

/** Not open yet: `open` may be called until it succeeds. */
export function createConnection(options: ConnectionOptions): Connection {
  const { name, clock, databases, visibility, durability } = options
  let dexie: Dexie | undefined
  let closed = false
  let healing: Promise<void> | undefined
  const underWay = new Set<Turn>()
  const ways = { ...options, underWay }

  const pauses = createPauses(clock, visibility, () => {
    for (const one of underWay) one.isGivenUp = abort(one)
  })
  const { limited, patiently } = createPatience(clock, options.onState)

  const connect = async (factory: Databases['factory'], wait = limited): Promise<void> => {
    if (!factory) throw new StorageError('unavailable', 'This context has no IndexedDB')
    const opening = createDexie(name, factory, durability)
    declareSchema(opening)
    opening.on('versionchange', (event) => {
      // A deleted database, as by "clear site data", is lost and not upgraded.
      if (event.newVersion !== null) {
        closed = true
        options.onUpgrade()
      }
      opening.close()
      return false
    })
    // By the browser, or by the lines above.
    opening.on('close', () => void heal(opening).catch(() => {}))
    try {
      await wait(opening.open())
      // Dexie opens a database of a newer version, and would write into it; it counts versions in tens.
      if (opening.backendDB().version >= 10 * (schemaVersion + 1))
        throw storageErrorOf(new DOMException(name, 'VersionError'))
    } catch (error) {
      opening.close()
      throw error
    }
    if (closed) opening.close()
    dexie = opening
  }

  const runOnce = <T>(mode: Mode, body: Body<T>, turn: Turn = {}): Promise<T> =>
    // The browser would else carry out the late work after the caller was told that it failed.
    limited(carryOut(dexie!, mode, body, turn, ways), () => abort(turn))

  const drop = (): void => {
    const lost = dexie
    dexie = undefined
    lost?.close()
  }

  /** Reopens in place, then in a fresh frame (WebKit's document never gets its storage process back, a new one does). */
  const reopen = async (): Promise<void> => {
    drop()
    options.onState('healing')
    for (const pauseMs of [...reopenPausesMs, undefined]) {
      try {
        if (pauseMs) await clock.sleep(pauseMs)
        if (databases.hasRoom && !(await limited(databases.hasRoom())))
          throw storageErrorOf({ name: 'QuotaExceededError' })
        await connect(pauseMs === undefined ? databases.heal?.() : databases.factory)
        await options.onReopened(runOnce)
        return options.onState('ok')
      } catch (caught) {
        // A place that could not be looked through is not used.
        drop()
        const error = storageErrorOf(caught)
        const isFull = error instanceof StorageError && error.reason === 'full'
        if (isFull) options.onState('full')
        if (closed || pauseMs === undefined || isFull) throw error
      }
    }
  }

  const heal = async (lost: Dexie | undefined): Promise<void> => {
    if (closed || dexie !== lost) return
    healing ??= reopen().finally(() => (healing = undefined))
    await healing
  }

  return {
    open() {
      drop()
      return connect(databases.factory, patiently)
    },
    patiently,
    async run(mode, body) {
      for (let again = false; ;) {
        await pauses.over
        await healing
        if (closed) throw new ClosedError()
        const used = dexie
        const turn: Turn = {}
        try {
          if (!used) await heal(undefined)
          return await runOnce(mode, body, turn)
        } catch (error) {
          if (turn.isGivenUp) continue
          if (!(error instanceof StorageError && error.reason === 'lost')) throw error
          // Closed before it had begun: nothing of it can be on disk.
          if (closed && !turn.transaction) throw new ClosedError()
          // In any case, this error is all that is known of a write.
          await heal(used).catch((failed) => Promise.reject(mode === 'readonly' ? failed : error))
          if (again || mode !== 'readonly') throw error
          again = true
        }
      }
    },
    close() {
      closed = true
      pauses.close()
      dexie?.close()
    },
  }
}
