import { IDBFactory, IDBKeyRange } from 'fake-indexeddb'
import { storeContract } from '../contract/store.js'

const indexedDB = new IDBFactory()

storeContract({
  databases: () => ({ factory: { indexedDB, IDBKeyRange } }),
  forget: (name) =>
    new Promise((resolve, reject) => {
      const request = indexedDB.deleteDatabase(name)
      request.addEventListener('success', () => resolve())
      request.addEventListener('error', () => reject(request.error as Error))
    }),
})
