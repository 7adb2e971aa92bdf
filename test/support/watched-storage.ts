import { IDBKeyRange } from 'fake-indexeddb'
import type { Databases } from '../../src/platform/platform.js'

/** IndexedDB as one tab has it: counts what is under way, and can be told to refuse writes. */
export interface WatchedStorage {
  readonly databases: Databases
  /** Transactions that have neither completed nor aborted. */
  readonly underWay: number
  /** Asked for each row that is written; a name aborts its transaction as that error, after the request had succeeded. */
  refuses: ((table: string, row: unknown) => string | undefined) | undefined
}

/** The abort that a browser makes by itself, which scripts cannot: a full disk shows only when the transaction commits. */
interface Abortable {
  _abort(errorName: string): void
}

export function watchStorage({ factory }: Databases): WatchedStorage {
  const { indexedDB } = factory!
  const underWay = new Set<IDBTransaction>()
  const storage: WatchedStorage & { databases: Databases } = {
    databases: { factory: { indexedDB: opening(indexedDB, watch), IDBKeyRange } },
    get underWay() {
      return underWay.size
    },
    refuses: undefined,
  }

  function watch(database: IDBDatabase): void {
    const begin = database.transaction.bind(database)
    database.transaction = (...parameters: Parameters<IDBDatabase['transaction']>) => {
      const transaction = begin(...parameters)
      underWay.add(transaction)
      for (const end of ['complete', 'abort']) {
        transaction.addEventListener(end, () => underWay.delete(transaction))
      }
      if (transaction.mode === 'readwrite') guard(transaction)
      return transaction
    }
  }

  function guard(transaction: IDBTransaction): void {
    const storeOf = transaction.objectStore.bind(transaction)
    transaction.objectStore = (name) => {
      const store = storeOf(name)
      for (const method of ['add', 'put'] as const) {
        if (Object.hasOwn(store, method)) continue
        const write = store[method].bind(store)
        store[method] = (value: unknown, key?: IDBValidKey) => {
          const request = key === undefined ? write(value) : write(value, key)
          const errorName = storage.refuses?.(name, value)
          if (errorName) {
            request.addEventListener('success', () => (transaction as unknown as Abortable)._abort(errorName))
          }
          return request
        }
      }
      return store
    }
  }

  return storage
}

/** The factory, with `opened` told of each database before whoever asked for it. */
function opening(factory: IDBFactory, opened: (database: IDBDatabase) => void): IDBFactory {
  return new Proxy(factory, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      if (name !== 'open') return value.bind(target)
      return (...parameters: Parameters<IDBFactory['open']>) => {
        const request = target.open(...parameters)
        request.addEventListener('success', () => opened(request.result))
        return request
      }
    },
  })
}
