import { Cursor, type Direction } from './cursor.js'
import { keyAt, type Key, type KeyPath, toKey, toRange } from './keys.js'
import { nameList } from './name-list.js'
import type { Request } from './request.js'
import { cloneValue, entriesBy, type Entry, type IndexSchema, inRange, placeOf, type Rows } from './rows.js'
import type { Transaction } from './transaction.js'

/** The common part of a store and its indexes: reading. */
export class Source {
  constructor(
    readonly transaction: Transaction,
    readonly storeName: string,
    readonly indexName: string | undefined,
  ) {}

  get rows(): Rows {
    return this.transaction.rows(this.storeName)
  }

  entries(query: unknown): readonly Entry[] {
    return inRange(entriesBy(this.rows, this.indexName), toRange(query))
  }

  get(query: unknown): Request {
    const range = toRange(query)
    return this.transaction.ask(this, () => cloneValue(this.entries(range)[0]?.value))
  }

  getKey(query: unknown): Request {
    const range = toRange(query)
    return this.transaction.ask(this, () => cloneValue(this.entries(range)[0]?.primaryKey))
  }

  getAll(query?: unknown, count = 0): Request {
    const range = toRange(query)
    return this.transaction.ask(this, () =>
      this.entries(range)
        .slice(0, count || Infinity)
        .map(({ value }) => cloneValue(value)),
    )
  }

  getAllKeys(query?: unknown, count = 0): Request {
    const range = toRange(query)
    return this.transaction.ask(this, () =>
      this.entries(range)
        .slice(0, count || Infinity)
        .map(({ primaryKey }) => cloneValue(primaryKey)),
    )
  }

  count(query?: unknown): Request {
    const range = toRange(query)
    return this.transaction.ask(this, () => this.entries(range).length)
  }

  openCursor(query?: unknown, direction: Direction = 'next'): Request {
    return new Cursor(this, { range: toRange(query), direction, hasValue: true }).request
  }

  openKeyCursor(query?: unknown, direction: Direction = 'next'): Request {
    return new Cursor(this, { range: toRange(query), direction, hasValue: false }).request
  }
}

export class Index extends Source {
  constructor(
    readonly objectStore: ObjectStore,
    readonly name: string,
  ) {
    super(objectStore.transaction, objectStore.storeName, name)
  }

  get #schema(): IndexSchema {
    return this.rows.schema.indexes.get(this.name)!
  }

  get keyPath(): KeyPath {
    return this.#schema.keyPath
  }

  get unique(): boolean {
    return this.#schema.unique
  }

  get multiEntry(): boolean {
    return this.#schema.multiEntry
  }
}

export class ObjectStore extends Source {
  constructor(
    transaction: Transaction,
    readonly name: string,
  ) {
    super(transaction, name, undefined)
  }

  get keyPath(): KeyPath {
    return this.rows.schema.keyPath
  }

  get autoIncrement(): boolean {
    return this.rows.schema.autoIncrement
  }

  get indexNames(): string[] {
    return nameList(this.rows.schema.indexes.keys())
  }

  index(name: string): Index {
    if (!this.rows.schema.indexes.has(name)) throw new DOMException(`No index is named ${name}`, 'NotFoundError')
    return new Index(this, name)
  }

  createIndex(name: string, keyPath: KeyPath, options: { unique?: boolean; multiEntry?: boolean } = {}): Index {
    const { unique = false, multiEntry = false } = options
    const { rows } = this
    const indexes = new Map(rows.schema.indexes).set(name, { name, keyPath, unique, multiEntry })
    // A new list, since what is cached of the old one knows no such index.
    this.transaction.write(this.name, { ...rows, entries: [...rows.entries], schema: { ...rows.schema, indexes } })
    return this.index(name)
  }

  deleteIndex(name: string): void {
    const { rows } = this
    const indexes = new Map(rows.schema.indexes)
    indexes.delete(name)
    this.transaction.write(this.name, { ...rows, entries: [...rows.entries], schema: { ...rows.schema, indexes } })
  }

  put(value: unknown, key?: unknown): Request {
    return this.#store(value, key, true)
  }

  add(value: unknown, key?: unknown): Request {
    return this.#store(value, key, false)
  }

  delete(query: unknown): Request {
    this.#checkWritable()
    const range = toRange(query)
    return this.transaction.ask(this, () => {
      const { rows } = this
      const gone = new Set(this.entries(range))
      if (gone.size)
        this.transaction.write(this.name, { ...rows, entries: rows.entries.filter((entry) => !gone.has(entry)) }, 20)
    })
  }

  clear(): Request {
    this.#checkWritable()
    return this.transaction.ask(this, () => this.transaction.write(this.name, { ...this.rows, entries: [] }, 20))
  }

  #checkWritable(): void {
    if (this.transaction.mode === 'readonly') throw new DOMException('The transaction is read-only', 'ReadOnlyError')
  }

  #store(value: unknown, outerKey: unknown, replaces: boolean): Request {
    this.#checkWritable()
    const { keyPath, autoIncrement } = this.rows.schema
    const stored = cloneValue(value)
    const given = outerKey === undefined ? keyAt(stored, keyPath) : toKey(outerKey)
    if (given === undefined && !autoIncrement) throw new DOMException('The row has no valid key', 'DataError')
    return this.transaction.ask(this, () => {
      const { rows } = this
      const key: Key = given ?? rows.nextKey
      if (given === undefined && typeof keyPath === 'string') (stored as { [name: string]: unknown })[keyPath] = key
      const nextKey = typeof key === 'number' && key >= rows.nextKey ? Math.floor(key) + 1 : rows.nextKey
      const { at, found } = placeOf(rows.entries, key)
      if (found && !replaces) throw new DOMException('A row with this key exists', 'ConstraintError')
      const entries = [...rows.entries]
      entries.splice(at, found ? 1 : 0, { key, primaryKey: key, value: stored })
      this.transaction.write(this.name, { ...rows, entries, nextKey }, sizeOf(stored))
      return key
    })
  }
}

/** A rough size in bytes; only the length of long texts matters here. */
function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length
  if (ArrayBuffer.isView(value)) return value.byteLength
  if (typeof value !== 'object' || value === null) return 8
  return Object.values(value).reduce((sum: number, member) => sum + sizeOf(member), 20)
}
