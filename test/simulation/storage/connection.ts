import type { Context } from '../event-loop.js'
import type { Disk, StoredDatabase } from './disk.js'
import { dispatch, Target } from './events.js'
import type { KeyPath } from './keys.js'
import { nameList } from './name-list.js'
import type { ObjectStore } from './object-store.js'
import { Transaction } from './transaction.js'

export interface ConnectionParts {
  disk: Disk
  context: Context
  /** The document or frame that opened it. */
  scope: object
  stored: StoredDatabase
}

/** One context's open database. */
export class Connection extends Target {
  readonly disk: Disk
  readonly context: Context
  readonly scope: object
  readonly stored: StoredDatabase
  /** The transaction that upgrades, while it does. */
  upgrading: Transaction | undefined
  /** Its context has been handed it. */
  isTold = false
  /** No more transactions; closed when those that run have ended. */
  closing = false

  constructor({ disk, context, scope, stored }: ConnectionParts) {
    super()
    this.disk = disk
    this.context = context
    this.scope = scope
    this.stored = stored
    stored.connections.add(this)
  }

  get name(): string {
    return this.stored.name
  }

  get version(): number {
    return (this.upgrading?.version ?? this.stored.current).version
  }

  get objectStoreNames(): string[] {
    return nameList((this.upgrading?.version ?? this.stored.current).stores.keys())
  }

  transaction(
    names: string | readonly string[],
    mode: 'readonly' | 'readwrite' = 'readonly',
    { durability = 'default' }: { durability?: string } = {},
  ): Transaction {
    if (this.closing || this.upgrading) throw new DOMException('The connection is closing', 'InvalidStateError')
    const scope = typeof names === 'string' ? [names] : [...names]
    const missing = scope.find((name) => !this.stored.current.stores.has(name))
    if (missing !== undefined) throw new DOMException(`No object store is named ${missing}`, 'NotFoundError')
    return new Transaction({ connection: this, mode, names: scope, durability })
  }

  createObjectStore(
    name: string,
    { keyPath = null, autoIncrement = false }: { keyPath?: KeyPath; autoIncrement?: boolean } = {},
  ): ObjectStore {
    const upgrade = this.#upgrade()
    const schema = { name, keyPath, autoIncrement, indexes: new Map() }
    upgrade.write(name, { schema, entries: [], nextKey: 1 })
    return upgrade.objectStore(name)
  }

  deleteObjectStore(name: string): void {
    this.#upgrade().write(name, undefined)
  }

  close(): void {
    this.closing = true
    this.transactionEnded()
  }

  /** The context has ended. */
  gone(): void {
    this.closing = true
    this.stored.connections.delete(this)
    this.#next()
  }

  /** The browser took the connection away. */
  taken(): void {
    this.gone()
    this.disk.loop.schedule(this.disk.latencyMs(), this.context, () => dispatch('close', [this]))
  }

  transactionEnded(): void {
    if (!this.closing || this.stored.transactions.some(({ db }) => db === this)) return
    if (this.stored.connections.delete(this)) this.#next()
  }

  #next(): void {
    this.disk.loop.schedule(0, undefined, () => this.stored.opening[0]?.look?.())
  }

  #upgrade(): Transaction {
    if (!this.upgrading) throw new DOMException('Only an upgrade changes object stores', 'InvalidStateError')
    return this.upgrading
  }
}
