/* The store's contract on the engine's own IndexedDB. */
import { browserDatabases } from '../../src/platform/databases.js'
import { storeContract } from '../contract/store.js'
import { resultOf } from '../support/raw-storage.js'

storeContract({
  databases: browserDatabases,
  forget: async (name) => void (await resultOf(indexedDB.deleteDatabase(name))),
})
