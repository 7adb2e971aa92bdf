import type { Context } from '../event-loop.js'
import type { Connection } from './connection.js'
import type { Disk, StoredDatabase, StoreEvent } from './disk.js'
import { dispatch, Target } from './events.js'
import { ObjectStore } from './object-store.js'
import { Request } from './request.js'
import type { Rows, Version } from './rows.js'

type Mode = 'readonly' | 'readwrite' | 'versionchange'

interface Work {
  request: Request
  run(): unknown
}

export interface TransactionParts {
  connection: Connection
  mode: Mode
  names: readonly string[]
  durability: string
}

/** A transaction: runs when no earlier one is in its way, and commits by itself when a turn ends with nothing asked of it. */
export class Transaction extends Target {
  readonly db: Connection
  readonly mode: Mode
  readonly durability: string
  readonly names: readonly string[]
  error: DOMException | null = null
  /** As this transaction has made it so far. */
  version: Version
  /** Requests are taken: in its own callbacks, and in the turn that made it. */
  active = true
  state: 'open' | 'committing' | 'finished' = 'open'
  onfinish: ((committed: boolean) => void) | undefined
  readonly #work: Work[] = []
  readonly #stores = new Map<string, ObjectStore>()
  #executing = false
  #wrote = 0

  constructor({ connection, mode, names, durability }: TransactionParts) {
    super()
    this.db = connection
    this.mode = mode
    this.names = names
    this.durability = durability
    this.version = connection.stored.current
    this.#database.transactions.push(this)
    this.#endTurn()
  }

  get context(): Context {
    return this.db.context
  }

  get objectStoreNames(): string[] {
    return this.db.objectStoreNames
  }

  get #disk(): Disk {
    return this.db.disk
  }

  get #database(): StoredDatabase {
    return this.db.stored
  }

  objectStore(name: string): ObjectStore {
    if (this.state !== 'open') throw new DOMException('The transaction has finished', 'InvalidStateError')
    if (!this.version.stores.has(name) && !(this.names.includes(name) && this.#database.current.stores.has(name)))
      throw new DOMException(`No object store is named ${name}`, 'NotFoundError')
    const known = this.#stores.get(name) ?? new ObjectStore(this, name)
    this.#stores.set(name, known)
    return known
  }

  /** The store's rows as this transaction sees them. */
  rows(name: string): Rows {
    return this.version.stores.get(name)!
  }

  write(name: string, rows: Rows | undefined, bytes = 0): void {
    const stores = new Map(this.version.stores)
    if (rows) stores.set(name, rows)
    else stores.delete(name)
    this.version = { ...this.version, stores }
    this.#wrote += bytes
  }

  /** Queues a request. `again`: a cursor's, which goes on with the request that it began with. */
  ask(source: unknown, run: () => unknown, again?: Request): Request {
    if (this.state !== 'open' || !this.active)
      throw new DOMException('The transaction is not active', 'TransactionInactiveError')
    const request = again ?? new Request(source, this)
    request.readyState = 'pending'
    this.#work.push({ request, run })
    this.#proceed()
    return request
  }

  abort(): void {
    if (this.state !== 'open') throw new DOMException('The transaction has finished', 'InvalidStateError')
    this.#abort(null)
  }

  commit(): void {
    if (this.state !== 'open' || !this.active)
      throw new DOMException('The transaction is not active', 'InvalidStateError')
    this.active = false
  }

  /** The context has ended: nobody is told anything. A commit under way is `kept` or lost. */
  die(kept = false): void {
    if (this.state === 'committing' && kept) this.#apply()
    this.#finish()
  }

  /** The connection is lost: the transaction is reported as aborted, also if its commit was carried out. */
  lose(kept: boolean, error: DOMException): void {
    if (this.state === 'committing' && kept) this.#apply()
    if (this.state !== 'finished') this.#abort(error)
  }

  /** Whether an earlier transaction on the same stores has to end first. */
  isBlocked(): boolean {
    for (const other of this.#database.transactions) {
      if (other === this) return false
      const exclusive = this.mode !== 'readonly' || other.mode !== 'readonly'
      if (exclusive && other.names.some((name) => this.names.includes(name))) return true
    }
    return false
  }

  /** Begins what can begin now. */
  #proceed(): void {
    if (this.state !== 'open' || this.#executing || this.isBlocked()) return
    if (!this.#work.length) {
      if (!this.active) this.#commit()
      return
    }
    this.#executing = true
    const { loop } = this.#disk
    loop.schedule(this.#disk.latencyMs(), this.context, () => {
      if (this.state !== 'open') return
      this.#happens('request')
      if (this.state !== 'open') return
      this.#executing = false
      // The newest commit is seen: this one was made before, and waited for it.
      if (this.mode !== 'versionchange' && !this.#wrote && this.version !== this.#database.current)
        this.version = this.#database.current
      const { request, run } = this.#work.shift()!
      this.#answer(request, run)
      this.#endTurn()
    })
  }

  #answer(request: Request, run: () => unknown): void {
    const before = this.version
    try {
      request.result = run()
      request.error = null
    } catch (error) {
      this.version = before
      request.result = undefined
      request.error = error as DOMException
    }
    request.readyState = 'done'
    this.active = true
    const { event, thrown } = dispatch(
      request.error ? 'error' : 'success',
      request.error ? [request, this, this.db] : [request],
    )
    if (this.state !== 'open') return
    if (thrown !== undefined) this.#abort(new DOMException('A listener threw', 'AbortError'))
    else if (request.error && !event.defaultPrevented) this.#abort(request.error)
  }

  #endTurn(): void {
    this.#disk.loop.afterTurn(() => {
      this.active = false
      this.#proceed()
    })
  }

  #commit(): void {
    this.state = 'committing'
    const { loop, dice } = this.#disk
    const writes = this.#wrote > 0 || this.mode === 'versionchange'
    const delayMs = writes ? dice.between(0.2, this.durability === 'strict' ? 12 : 2) : 0.05
    loop.schedule(delayMs, undefined, () => {
      if (this.state !== 'committing') return
      if (writes) this.#happens('commit')
      if (this.state !== 'committing') return
      if (writes && this.#disk.full)
        return this.#abort(
          new DOMException('No room left', this.#disk.engine === 'chromium' ? 'DataError' : 'QuotaExceededError'),
        )
      this.#apply()
      if (writes) this.#happens('committed')
      if (this.state !== 'committing') return
      this.#finish()
      this.onfinish?.(true)
      loop.schedule(this.#disk.latencyMs(), this.context, () => {
        if (writes) this.#happens('complete')
        if (this.context.state === 'running') dispatch('complete', [this])
      })
    })
  }

  #happens(event: StoreEvent): void {
    this.#disk.onStoreEvent(event, { context: this.context, database: this.#database.name })
  }

  #apply(): void {
    if (this.mode === 'readonly' || (!this.#wrote && this.mode !== 'versionchange')) return
    this.#database.current = this.version
    if (this.durability === 'strict' || this.mode === 'versionchange') this.#database.durable = this.version
    this.#disk.wrote(this.#wrote)
  }

  #abort(error: DOMException | null): void {
    this.#finish()
    this.error = error
    this.onfinish?.(false)
    this.#disk.loop.schedule(this.#disk.latencyMs(), this.context, () => {
      for (const { request } of this.#work.splice(0)) {
        request.readyState = 'done'
        request.error = new DOMException('The transaction was aborted', 'AbortError')
        dispatch('error', [request, this, this.db])
      }
      dispatch('abort', [this, this.db])
    })
  }

  #finish(): void {
    if (this.state === 'finished') return
    this.state = 'finished'
    this.active = false
    const { transactions } = this.#database
    transactions.splice(transactions.indexOf(this), 1)
    for (const other of Array.from(transactions)) other.#proceed()
    this.db.transactionEnded()
  }
}
