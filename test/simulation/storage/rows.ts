// The content of an object store. Never changed in place: a writing transaction makes new ones, so that a version of the
// whole database is kept, taken back or lost by a reference.
import { compareKeys, indexKeys, type Key, type KeyPath, type KeyRange } from './keys.js'

export interface IndexSchema {
  readonly name: string
  readonly keyPath: KeyPath
  readonly unique: boolean
  readonly multiEntry: boolean
}

export interface StoreSchema {
  readonly name: string
  readonly keyPath: KeyPath
  readonly autoIncrement: boolean
  readonly indexes: ReadonlyMap<string, IndexSchema>
}

/** A row, or its entry in an index; `key` is then the index's. */
export interface Entry {
  readonly key: Key
  readonly primaryKey: Key
  readonly value: unknown
}

export interface Rows {
  readonly schema: StoreSchema
  /** By key. */
  readonly entries: readonly Entry[]
  readonly nextKey: number
}

/** A database as one committed transaction left it. */
export interface Version {
  readonly version: number
  readonly stores: ReadonlyMap<string, Rows>
}

export const nothing: Version = { version: 0, stores: new Map() }

/** Where the key stands, or would stand. */
export function placeOf(entries: readonly Entry[], key: Key): { at: number; found: boolean } {
  let low = 0
  let high = entries.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (compareKeys(entries[middle]!.key, key) < 0) low = middle + 1
    else high = middle
  }
  return { at: low, found: low < entries.length && compareKeys(entries[low]!.key, key) === 0 }
}

const indexEntries = new WeakMap<readonly Entry[], Map<string, Entry[]>>()

/** The entries of a store by its keys, or by those of an index. */
export function entriesBy({ entries, schema }: Rows, indexName: string | undefined): readonly Entry[] {
  if (indexName === undefined) return entries
  const cached = indexEntries.get(entries) ?? new Map<string, Entry[]>()
  indexEntries.set(entries, cached)
  const known = cached.get(indexName)
  if (known) return known
  const { keyPath, multiEntry } = schema.indexes.get(indexName)!
  const made = entries.flatMap(({ primaryKey, value }) =>
    indexKeys(value, keyPath, multiEntry).map((key) => ({ key, primaryKey, value })),
  )
  made.sort((a, b) => compareKeys(a.key, b.key) || compareKeys(a.primaryKey, b.primaryKey))
  cached.set(indexName, made)
  return made
}

export function inRange(entries: readonly Entry[], range: KeyRange): readonly Entry[] {
  if (range.lower === undefined && range.upper === undefined) return entries
  let from = range.lower === undefined ? 0 : placeOf(entries, range.lower).at
  while (from < entries.length && range.lowerOpen && range.lower !== undefined && !range.includes(entries[from]!.key))
    if (compareKeys(entries[from]!.key, range.lower) === 0) from++
    else break
  const found: Entry[] = []
  for (let at = from; at < entries.length && range.includes(entries[at]!.key); at++) found.push(entries[at]!)
  return found
}

/**
 * A copy as structured clone makes it, of the plain data that is stored here; throws as that does for what is none. Bytes are
 * shared: they are noise, which nobody changes.
 */
export function cloneValue<T>(value: T): T {
  if (typeof value !== 'object' || value === null) {
    if (typeof value === 'function' || typeof value === 'symbol')
      throw new DOMException(`${String(value)} could not be cloned`, 'DataCloneError')
    return value
  }
  if (Array.isArray(value)) return value.map(cloneValue) as T
  if (ArrayBuffer.isView(value)) return value
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return structuredClone(value)
  const copy: { [name: string]: unknown } = {}
  for (const [name, member] of Object.entries(value)) copy[name] = cloneValue(member)
  return copy as T
}
