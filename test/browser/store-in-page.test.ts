/* The store's contract on the engine's own IndexedDB. */
import { browserDatabases } from '../../src/platform/databases.js'
import { storeContract } from '../contract/store.js'

storeContract({
  databases: browserDatabases,
  forget: (name) =>
    new Promise((resolve, reject) => {
      const request = indexedDB.deleteDatabase(name)
      request.addEventListener('success', () => resolve())
      request.addEventListener('error', () => reject(request.error as Error))
    }),
})
