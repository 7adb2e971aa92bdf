import { browserBackgroundSync } from './background-sync.js'
import { browserChannels } from './channels.js'
import { browserClock } from './clock.js'
import { browserConnectivity } from './connectivity.js'
import { browserDatabases } from './databases.js'
import { browserLocks } from './locks.js'
import type { Platform } from './platform.js'
import { browserRandom } from './random.js'
import { browserVisibility } from './visibility.js'

/**
 * The platform of this context: a window, a worker, or Node 20 and later. A missing part is `undefined` or silent, never an
 * error. `overrides` replace single parts.
 */
export function browserPlatform(overrides?: Partial<Platform>): Platform {
  return {
    clock: browserClock,
    random: browserRandom,
    // Looked up at each call, since an app or a test tool may replace it later.
    fetch: (input, init) => fetch(input, init),
    connectivity: browserConnectivity,
    visibility: browserVisibility,
    locks: browserLocks(),
    channels: browserChannels,
    databases: browserDatabases(),
    backgroundSync: browserBackgroundSync,
    caches: cacheStorage(),
    ...overrides,
  }
}

/** In a sandboxed frame Chromium throws when code names it. */
function cacheStorage(): CacheStorage | undefined {
  try {
    return globalThis.caches
  } catch {
    return undefined
  }
}
