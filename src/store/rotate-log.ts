// Chromium can throw away all IndexedDB data of an origin after it was killed: the last record of its LevelDB log is torn, the
// next start appends to that log, and the start after that takes the whole database for corrupt (google/leveldb#1287).
// A log that has grown full is replaced by a new one, torn record and all.
import { Dexie } from 'dexie'
import type { Databases, Platform } from '../platform/platform.js'
import type { Database } from './database.js'

/** More than LevelDB's write buffer holds (4 MB); in pieces below the size at which Chromium stores a value as a file. */
const pieces = 100
const pieceBytes = 60_000

/** A context that has to wait longer for its lock is not the first one since the browser started. */
const firstWithinMs = 1_000

/**
 * Rotates the log once, in the first context after a start: at once if that finds pending edits, whose last visit may have ended
 * in a kill, else when `edited` resolves, since a kill that left nothing pending can have torn the log as well. Resolves when
 * that is done, not needed, or `closed`; what fails of it changes nothing that is saved.
 */
export async function rotateAfterKill(
  db: Database,
  { databases, locks, clock, random }: Pick<Platform, 'databases' | 'locks' | 'clock' | 'random'>,
  edited: Promise<unknown>,
  closed: AbortSignal,
): Promise<void> {
  const { factory, tearsLog } = databases
  if (!factory || !tearsLog) return
  const ended = new Promise<void>((end) => closed.addEventListener('abort', () => end(), { once: true }))
  const rotate = async (): Promise<void> => {
    const counts = await db.read(async (_, state) => state.counts)
    if (!Object.values(counts).some(({ pending }) => pending)) await Promise.race([edited, ended])
    if (!closed.aborted) await rotateLog(db.name, factory, (sizeBytes) => random.bytes(sizeBytes), closed)
  }
  if (!locks) return rotate()
  const askedAtMs = clock.now()
  await new Promise<void>((resolve, reject) => {
    // Held as long as this context lives: the others see that they are not the first.
    const held = async (): Promise<void> => {
      if (clock.now() - askedAtMs < firstWithinMs) await rotate()
      resolve()
      await ended
    }
    locks.hold(`${db.name}:first`, closed, held).then(resolve, reject)
  })
}

/** Fills the log with noise that does not compress, and clears up after itself. Takes about 0.2 s, beside other work. */
async function rotateLog(
  name: string,
  factory: NonNullable<Databases['factory']>,
  noise: (sizeBytes: number) => Uint8Array,
  closed: AbortSignal,
): Promise<void> {
  const scratch = new Dexie(`${name}-scratch`, {
    ...factory,
    cache: 'disabled',
    chromeTransactionDurability: 'relaxed',
  })
  scratch.version(1).stores({ noise: '' })
  try {
    // A client that closes leaves the rest to the next start, which finds the same edits pending.
    for (let piece = 0; piece < pieces && !closed.aborted; piece++)
      await scratch.table('noise').put(noise(pieceBytes), piece)
  } finally {
    await scratch.delete()
  }
}
