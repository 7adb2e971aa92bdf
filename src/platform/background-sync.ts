import { listen } from './listen.js'
import type { BackgroundSync } from './platform.js'

/** Types that TypeScript's libraries do not have, since only one engine has the API (Background Synchronization, WICG). */
interface Syncing {
  sync?: { register(tag: string): Promise<void> }
}
interface SyncEvent extends Event {
  tag: string
  waitUntil(work: Promise<unknown>): void
}

/** Background Sync; where there is none, or no service worker, nothing is registered and nothing wakes. */
export const browserBackgroundSync: BackgroundSync = {
  register: (tag) => void register(tag).catch(() => {}),
  onSync: (tag, run) =>
    listen(globalThis, ['sync'], (event) => {
      const sync = event as SyncEvent
      if (sync.tag === tag) sync.waitUntil(run())
    }),
}

async function register(tag: string): Promise<void> {
  // A page without a worker never sees `ready`, which costs nothing.
  const registration = (await navigator.serviceWorker.ready) as Partial<Syncing>
  await registration.sync?.register(tag)
}
