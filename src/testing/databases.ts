// Floor 7: the databases of one device, apart from those of others on the same IndexedDB, as one tab has them.
import type { Databases } from '../platform/platform.js'

type Factory = NonNullable<Databases['factory']>

export interface TabDatabases {
  readonly databases: Databases
  /** Transactions and openings that have not ended. */
  readonly underWay: number
}

/** `prefix`: of the names of the device's databases. After `dead` the tab opens nothing, and what it has opened is closed. */
export function tabDatabases({ indexedDB, IDBKeyRange }: Factory, prefix: string, dead: AbortSignal): TabDatabases {
  const underWay = new Set<unknown>()
  const until = (ends: readonly string[], work: EventTarget): void => {
    underWay.add(work)
    for (const end of ends) work.addEventListener(end, () => underWay.delete(work))
  }
  const watch = (database: IDBDatabase): void => {
    const begin = database.transaction.bind(database)
    database.transaction = (...given: Parameters<IDBDatabase['transaction']>) => {
      const transaction = begin(...given)
      until(['complete', 'abort'], transaction)
      return transaction
    }
    dead.addEventListener('abort', () => database.close())
    if (dead.aborted) database.close()
  }
  const own: Pick<IDBFactory, 'open' | 'deleteDatabase' | 'databases' | 'cmp'> = {
    cmp: (one, other) => indexedDB.cmp(one, other),
    open(name, version) {
      // A dead tab hears of nothing any more.
      if (dead.aborted) return new EventTarget() as IDBOpenDBRequest
      const request = version === undefined ? indexedDB.open(prefix + name) : indexedDB.open(prefix + name, version)
      until(['success', 'error'], request)
      // Before the listeners of the caller.
      request.addEventListener('upgradeneeded', () => watch(request.result))
      request.addEventListener('success', () => {
        if (!Object.hasOwn(request.result, 'transaction')) watch(request.result)
      })
      return request
    },
    deleteDatabase: (name) => indexedDB.deleteDatabase(prefix + name),
    async databases() {
      const all = await indexedDB.databases()
      return all
        .filter(({ name }) => name?.startsWith(prefix))
        .map(({ name, ...more }) => ({ ...more, name: name!.slice(prefix.length) }))
    },
  }
  return {
    databases: { factory: { indexedDB: own as IDBFactory, IDBKeyRange } },
    get underWay() {
      return underWay.size
    },
  }
}

/** Deletes the device's databases; resolves when they are gone. */
export async function deleteDatabases({ indexedDB }: Factory, prefix: string): Promise<void> {
  for (const { name } of await indexedDB.databases()) {
    if (!name?.startsWith(prefix)) continue
    await new Promise((resolve, reject) => {
      const request = indexedDB.deleteDatabase(name)
      request.addEventListener('success', resolve)
      request.addEventListener('error', () => reject(request.error))
    })
  }
}
