// A mark outside of IndexedDB, so that an emptied database does not pass for a new one (G15). Cache Storage survives when
// Chromium empties IndexedDB after a torn log; "clear site data" takes both, and then nothing was lost against the person's
// will.

const cacheName = 'holdfast'

/** Notes that this database exists. Without Cache Storage nothing is noted. */
export async function markIncarnation(caches: CacheStorage | undefined, name: string): Promise<void> {
  await atMark(caches, name, (cache, address) => cache.put(address, new Response('')))
}

/** Whether a database of this name was made here before. */
export async function wasHereBefore(caches: CacheStorage | undefined, name: string): Promise<boolean> {
  return !!(await atMark(caches, name, (cache, address) => cache.match(address)))
}

/** The database has been given up for another one. */
export async function forgetIncarnation(caches: CacheStorage | undefined, name: string): Promise<void> {
  await atMark(caches, name, (cache, address) => cache.delete(address))
}

async function atMark<T>(
  caches: CacheStorage | undefined,
  name: string,
  run: (cache: Cache, address: string) => Promise<T>,
): Promise<T | undefined> {
  try {
    return caches && (await run(await caches.open(cacheName), `/.holdfast/${encodeURIComponent(name)}`))
  } catch {
    // Not available in this context: a loss then shows only while a page is open.
    return undefined
  }
}
