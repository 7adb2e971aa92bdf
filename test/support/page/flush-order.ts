/* A page that writes a number relaxed, then noise, then the same number strict, and so on. The noise has Chromium change its log. */
import { resultOf } from '../raw-storage.js'

export interface FlushOrder {
  /** The numbers in the database, the relaxed one first. */
  numbers(): Promise<[relaxed: number, strict: number]>
  /** Goes on until the page ends. */
  write(): Promise<void>
}

declare global {
  var flushOrder: FlushOrder
}

const pieces = 6
const noise = crypto.getRandomValues(new Uint8Array(60_000))

async function open(name: string): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1)
  request.addEventListener('upgradeneeded', () => void request.result.createObjectStore('rows'))
  return resultOf(request)
}

const numberOf = async (database: IDBDatabase, key: string): Promise<number> =>
  Number((await resultOf(database.transaction('rows').objectStore('rows').get(key))) ?? 0)

const put = (database: IDBDatabase, durability: IDBTransactionDurability, key: string, value: unknown): Promise<void> =>
  new Promise((resolve, reject) => {
    const transaction = database.transaction('rows', 'readwrite', { durability })
    transaction.objectStore('rows').put(value, key)
    transaction.addEventListener('complete', () => resolve())
    transaction.addEventListener('abort', () => reject(transaction.error as Error))
  })

async function numbers(): Promise<[number, number]> {
  const database = await open('numbers')
  const found = [await numberOf(database, 'relaxed'), await numberOf(database, 'strict')] as [number, number]
  database.close()
  return found
}

globalThis.flushOrder = {
  numbers,
  async write() {
    const [database, other] = [await open('numbers'), await open('noise')]
    let last = Math.max(...(await numbers()))
    void (async () => {
      for (;;) {
        last++
        await put(database, 'relaxed', 'relaxed', last)
        for (let piece = 0; piece < pieces; piece++) await put(other, 'relaxed', `piece ${piece}`, noise)
        await put(database, 'strict', 'strict', last)
      }
    })()
  },
}
