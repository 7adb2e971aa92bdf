// Storage Buckets, which Chromium has since version 122; TypeScript's library does not know them.

interface Buckets {
  open(name: string): Promise<{ getDirectory(): Promise<FileSystemDirectoryHandle> }>
  delete(name: string): Promise<void>
}

const name = 'holdfast-room'

/** The size of a new log and of the tables made of the old one (`src/store/rotate-log.ts`), with some to spare. */
const sizeBytes = 12_000_000

/** The time for which a finding counts: each try writes into the browser's own tables too. */
const noRoomForMs = 5_000
let foundNoneAtMs = -Infinity

/**
 * Whether there is room for so much. The try is made in a bucket, whose databases and files are its own, since a write that
 * fails for lack of room can damage its neighbours. `navigator.storage.estimate()` does not help: its quota is fixed.
 * Resolves with true where there are no buckets.
 */
export async function hasRoom(): Promise<boolean> {
  const { locks, storageBuckets: buckets } = navigator as Navigator & { storageBuckets?: Buckets }
  if (!buckets) return true
  if (performance.now() - foundNoneAtMs < noRoomForMs) return false
  // One after the other: each clears up after itself.
  return locks.request(name, async () => {
    try {
      const directory = await (await buckets.open(name)).getDirectory()
      const file = await (await directory.getFileHandle(name, { create: true })).createWritable()
      await file.write(new Uint8Array(sizeBytes))
      await file.close()
      return true
    } catch {
      foundNoneAtMs = performance.now()
      return false
    } finally {
      await buckets.delete(name).catch(() => {})
    }
  })
}
