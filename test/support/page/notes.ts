/* A page that keeps notes in IndexedDB, to prove the launchers: what was kept must be there after a kill. */
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
    await new Promise<void>((resolve, reject) => {
      transaction.addEventListener('complete', () => resolve())
      transaction.addEventListener('abort', () => reject(transaction.error))
    })
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

function resultOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result))
    request.addEventListener('error', () => reject(request.error))
  })
}
