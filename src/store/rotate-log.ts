// Chromium can throw away all IndexedDB data of an origin after a kill or a write that found the disk full: the last record
// of its LevelDB log is torn, the next opening appends to that log, and the one after that takes the whole database for
// corrupt (google/leveldb#1287). A full log is replaced by a new one, torn record and all.
import type { Databases } from '../platform/platform.js'
import { createDexie } from './create-dexie.js'
import { endOf } from './end-of.js'

/** More than LevelDB's write buffer holds (4 MB); in pieces below the size at which Chromium stores a value as a file. */
const pieces = 100
const pieceBytes = 60_000

/** Fills the log with noise that does not compress, and clears up after itself. Takes about 0.2 s, beside other work. */
export async function rotateLog(
  name: string,
  factory: NonNullable<Databases['factory']>,
  noise: (sizeBytes: number) => Uint8Array,
  closed?: AbortSignal,
): Promise<void> {
  const scratch = createDexie(`${name}-scratch`, factory, 'relaxed')
  scratch.version(1).stores({ noise: '' })
  // Another context clears up after a log of its own: it waits until this one is done.
  scratch.on('versionchange', () => false)
  try {
    await scratch.open()
    const bytes = noise(pieceBytes)
    // A client that closes leaves the rest to the next start, which finds the same edits pending.
    for (let piece = 0; piece < pieces && !closed?.aborted; piece++) await put(scratch.backendDB(), bytes, piece)
  } finally {
    await scratch.delete()
  }
}

/** Bare requests, since so many of Dexie's own make an engine compile all their code, beside the first requests. */
function put(database: IDBDatabase, piece: Uint8Array, key: number): Promise<void> {
  const transaction = database.transaction('noise', 'readwrite', { durability: 'relaxed' })
  transaction.objectStore('noise').put(piece, key)
  return endOf(transaction)
}
