import { IDBFactory, IDBKeyRange } from 'fake-indexeddb'
import { storeContract } from '../contract/store.js'
import { resultOf } from '../support/raw-storage.js'

const indexedDB = new IDBFactory()

storeContract({
  databases: () => ({ factory: { indexedDB, IDBKeyRange } }),
  forget: async (name) => void (await resultOf(indexedDB.deleteDatabase(name))),
})
