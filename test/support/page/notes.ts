/* A page that keeps notes in IndexedDB, to prove the launchers: what was kept must be there after a kill. */
import { completionOf, resultOf } from '../raw-storage.js'

export interface NotesPage {
  keep(note: string): Promise<void>
  kept(): Promise<string[]>
}

declare global {
  var notes: NotesPage
}

globalThis.notes = {
  async keep(note) {
    const database = await openDatabase()
    const transaction = database.transaction('notes', 'readwrite', { durability: 'strict' })
    transaction.objectStore('notes').add(note)
    await completionOf(transaction)
    database.close()
  },
  async kept() {
    const database = await openDatabase()
    const notes: string[] = await resultOf(database.transaction('notes').objectStore('notes').getAll())
    database.close()
    return notes
  },
}

function openDatabase(): Promise<IDBDatabase> {
  const request = indexedDB.open('notes', 1)
  request.addEventListener('upgradeneeded', () => {
    request.result.createObjectStore('notes', { autoIncrement: true })
  })
  return resultOf(request)
}
