import { IDBKeyRange } from 'fake-indexeddb'
import type { Databases } from '../../src/platform/platform.js'

/** IndexedDB as one tab has it: counts what is under way, and can be told to refuse writes. */
export interface WatchedStorage {
  readonly databases: Databases
  /** Transactions that have neither completed nor aborted. */
  readonly underWay: number
  /** Every transaction so far, by its mode. */
  readonly begun: readonly IDBTransactionMode[]
  /** The durability that each writing transaction asked for. */
  readonly asked: readonly (IDBTransactionDurability | undefined)[]
  /** Asked for each row that is written; a name lets its transaction fail so when it commits. */
  refuses: ((table: string, row: unknown) => string | undefined) | undefined
  /** The connection breaks when the next write has completed: it is on disk, and reported as lost. */
  breaksAfterWrite: boolean
  /** Kills the tab when its next write has completed: the tab itself never hears of that. */
  killsAfterWrite: (() => void) | undefined
}

/** Behaviour of a browser that scripts cannot bring about: a full disk shows when the transaction commits. */
interface FakeTransaction {
  readonly _requests: readonly unknown[]
  _abort(errorName: string): void
}

/** `dead`: the tab was killed; it opens nothing any more. */
export function watchStorage({ factory }: Databases, dead: AbortSignal): WatchedStorage {
  const { indexedDB } = factory!
  const underWay = new Set<IDBTransaction>()
  const begun: IDBTransactionMode[] = []
  const asked: (IDBTransactionDurability | undefined)[] = []
  const storage: WatchedStorage & { databases: Databases } = {
    databases: { factory: { indexedDB: opening(indexedDB, watch, dead), IDBKeyRange } },
    get underWay() {
      return underWay.size
    },
    begun,
    asked,
    refuses: undefined,
    breaksAfterWrite: false,
    killsAfterWrite: undefined,
  }

  function watch(database: IDBDatabase): void {
    const begin = database.transaction.bind(database)
    database.transaction = (...parameters: Parameters<IDBDatabase['transaction']>) => {
      const transaction = begin(...parameters)
      underWay.add(transaction)
      begun.push(transaction.mode)
      for (const end of ['complete', 'abort']) {
        transaction.addEventListener(end, () => underWay.delete(transaction))
      }
      if (transaction.mode === 'readwrite') {
        asked.push(parameters[2]?.durability)
        guard(transaction)
        if (storage.breaksAfterWrite) breakAfter(transaction)
        transaction.addEventListener('complete', killAfter)
      }
      return transaction
    }
  }

  function breakAfter(transaction: IDBTransaction): void {
    storage.breaksAfterWrite = false
    transaction.addEventListener('complete', (event) => {
      event.stopImmediatePropagation()
      Object.assign(transaction, { error: new DOMException('', 'UnknownError') })
      transaction.onabort?.(event)
    })
  }

  function killAfter(event: Event): void {
    const kill = storage.killsAfterWrite
    if (!kill) return
    storage.killsAfterWrite = undefined
    event.stopImmediatePropagation()
    kill()
  }

  function guard(transaction: IDBTransaction): void {
    const storeOf = transaction.objectStore.bind(transaction)
    let failure: string | undefined
    /** Before the next request begins, if there is one; else the commit would. */
    const commit = (): void => {
      const { _requests, _abort } = transaction as unknown as FakeTransaction
      if (failure && !_requests.length) _abort.call(transaction, failure)
      failure = _requests.length ? failure : undefined
    }
    transaction.objectStore = (name) => {
      const store = storeOf(name)
      for (const method of ['add', 'put', 'delete', 'get'] as const) {
        if (Object.hasOwn(store, method)) continue
        const run = store[method].bind(store) as (...parameters: unknown[]) => IDBRequest
        store[method] = (...parameters: unknown[]) => {
          const request = run(...parameters)
          if (method === 'add' || method === 'put') failure ??= storage.refuses?.(name, parameters[0])
          request.addEventListener('success', () => setImmediate(commit))
          return request as never
        }
      }
      return store
    }
  }

  return storage
}

/** The factory, with `opened` told of each database before the caller that asked for it. */
function opening(factory: IDBFactory, opened: (database: IDBDatabase) => void, dead: AbortSignal): IDBFactory {
  return new Proxy(factory, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      if (name !== 'open') return value.bind(target)
      return (...parameters: Parameters<IDBFactory['open']>) => {
        if (dead.aborted) return new EventTarget() as IDBOpenDBRequest
        const request = target.open(...parameters)
        request.addEventListener('success', () => opened(request.result))
        return request
      }
    },
  })
}
