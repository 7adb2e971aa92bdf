/*
 * Counts the deleted entries that reads pass, as LevelDB does below Chromium: it keeps them, and walks over them. It is stricter
 * than that, since nothing is ever compacted here; as there, a transaction that writes drops those that it passes in an index.
 */
import type { Databases } from '../../src/platform/platform.js'

export interface WalkedStorage {
  readonly databases: Databases
  /** Since this was last asked. A read of a whole store does not count: there it is all the same where it begins. */
  walked(): Walked
}

export interface Walked {
  /** Deleted entries passed in the primary keys of all stores, and in their indexes. */
  keys: number
  indexes: number
  /** Reads of each store. */
  reads: { [store: string]: number }
}

/** An entry of a store's primary keys, or of an index. */
interface Entry {
  key: IDBValidKey
  primaryKey: IDBValidKey
  gone: boolean
}

type Row = { readonly [property: string]: unknown }

export function walkedStorage({ factory }: Databases): WalkedStorage {
  const { indexedDB, IDBKeyRange } = factory!
  const { cmp } = indexedDB
  const entriesBySource = new Map<string, Entry[]>()
  let walked: Walked = { keys: 0, indexes: 0, reads: {} }

  const entriesOf = (source: string): Entry[] => {
    const known = entriesBySource.get(source) ?? []
    entriesBySource.set(source, known)
    return known
  }
  const order = (one: Entry, other: Entry): number =>
    cmp.call(indexedDB, one.key, other.key) || cmp.call(indexedDB, one.primaryKey, other.primaryKey)
  const enter = (source: string, entry: Entry): void => {
    const entries = entriesOf(source)
    const known = entries.find((one) => order(one, entry) === 0)
    if (known) known.gone = false
    else entries.push(entry)
  }

  const pass = (source: string, range: IDBKeyRange, limit: number, drops: boolean): void => {
    const inRange = entriesOf(source).filter(({ key }) => range.includes(key))
    inRange.sort(order)
    let live = 0
    for (const entry of inRange) {
      if (live === limit) return
      if (!entry.gone) live++
      else {
        walked[source.includes('.') ? 'indexes' : 'keys']++
        if (drops) entriesBySource.set(source, without(entriesOf(source), entry))
      }
    }
  }

  const watchReads = (source: IDBObjectStore | IDBIndex, name: string, drops: boolean): void => {
    for (const method of ['getAll', 'getAllKeys'] as const) {
      const ask = source[method].bind(source)
      source[method] = (asked?: unknown, count?: number) => {
        // By position, or by name where the engine takes that.
        const { query, count: limit = count } = (asked instanceof IDBKeyRange ? { query: asked } : (asked ?? {})) as {
          query?: IDBKeyRange | null
          count?: number
        }
        const [store] = name.split('.') as [string]
        walked.reads[store] = (walked.reads[store] ?? 0) + 1
        if (query) pass(name, query, limit ?? Infinity, drops)
        return ask(asked as never, count) as never
      }
    }
  }

  const watchStore = (store: IDBObjectStore, writes: boolean): void => {
    const { name } = store
    watchReads(store, name, false)
    const indexOf = store.index.bind(store)
    store.index = (indexName) => {
      const index = indexOf(indexName)
      watchReads(index, `${name}.${indexName}`, writes)
      return index
    }
    for (const method of ['add', 'put'] as const) {
      const write = store[method].bind(store)
      store[method] = (value: Row) => {
        const primaryKey = valueAt(value, store.keyPath)
        if (primaryKey === undefined) throw new Error(`A row of ${name} was written without its key`)
        enter(name, { key: primaryKey, primaryKey, gone: false })
        for (const indexName of Array.from(store.indexNames)) {
          const { keyPath, multiEntry } = indexOf(indexName)
          const key = valueAt(value, keyPath)
          for (const one of multiEntry ? (key as IDBValidKey[]) : [key!])
            enter(`${name}.${indexName}`, { key: one, primaryKey, gone: false })
        }
        return write(value)
      }
    }
    const remove = store.delete.bind(store)
    store.delete = (query) => {
      const range = query instanceof IDBKeyRange ? query : IDBKeyRange.only(query)
      for (const source of [name, ...Array.from(store.indexNames, (index) => `${name}.${index}`)])
        for (const entry of entriesOf(source)) if (range.includes(entry.primaryKey)) entry.gone = true
      return remove(query)
    }
  }

  const open = indexedDB.open.bind(indexedDB)
  const watched = new Proxy(indexedDB, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property, target)
      if (property !== 'open') return typeof value === 'function' ? value.bind(target) : value
      return (...parameters: Parameters<IDBFactory['open']>) => {
        const request = open(...parameters)
        request.addEventListener('success', () => {
          const database = request.result
          const begin = database.transaction.bind(database)
          database.transaction = (...asked: Parameters<IDBDatabase['transaction']>) => {
            const transaction = begin(...asked)
            const storeOf = transaction.objectStore.bind(transaction)
            transaction.objectStore = (name) => {
              const store = storeOf(name)
              if (!Object.hasOwn(store, 'delete')) watchStore(store, transaction.mode === 'readwrite')
              return store
            }
            return transaction
          }
        })
        return request
      }
    },
  })

  return {
    databases: { factory: { indexedDB: watched, IDBKeyRange } },
    walked() {
      const since = walked
      walked = { keys: 0, indexes: 0, reads: {} }
      return since
    },
  }
}

function without(entries: readonly Entry[], gone: Entry): Entry[] {
  return entries.filter((entry) => entry !== gone)
}

function valueAt(row: Row, keyPath: string | string[] | null): IDBValidKey | undefined {
  return (Array.isArray(keyPath) ? keyPath.map((name) => row[name]) : row[keyPath!]) as IDBValidKey | undefined
}
