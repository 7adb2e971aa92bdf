// A mark outside of IndexedDB, so that an emptied database is not taken for a new one (G15). Cache Storage outlives what
// Chromium does to IndexedDB after a torn log; "clear site data" takes both, and then nothing was lost against the person's will.

const cacheName = 'holdfast'

function addressOf(name: string): string {
  return `/.holdfast/${encodeURIComponent(name)}`
}

/** Notes that this database exists. Without Cache Storage nothing is noted. */
export async function markIncarnation(caches: CacheStorage | undefined, name: string): Promise<void> {
  try {
    await (await caches?.open(cacheName))?.put(addressOf(name), new Response(''))
  } catch {
    // Not to be had in this context: a loss then shows only while a page is open.
  }
}

/** Whether a database of this name was made here before. */
export async function wasHereBefore(caches: CacheStorage | undefined, name: string): Promise<boolean> {
  try {
    return (await (await caches?.open(cacheName))?.match(addressOf(name))) !== undefined
  } catch {
    return false
  }
}
