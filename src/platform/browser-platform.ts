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
 * What this context offers: a window, a worker, or Node 20 and later. What is missing is `undefined` or silent, never an
 * error. `overrides` replace single parts.
 */
export function browserPlatform(overrides?: Partial<Platform>): Platform {
  return {
    clock: browserClock,
    random: browserRandom,
    // Looked up at each call, so that one that an app or a test tool replaces later is used.
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

/** In a sandboxed frame Chromium throws at the name. */
function cacheStorage(): CacheStorage | undefined {
  try {
    return globalThis.caches
  } catch {
    return undefined
  }
}
