// Floor 7: the entry for service workers. No rxjs in its graph.
import { drain, type DrainOptions } from '../client/drainer.js'
import { type Endpoints, onOneBackend } from '../client/endpoints.js'
import { checkedMigrate } from '../client/options.js'
import type { Endpoint } from '../endpoint/endpoint.js'
import { knownOptions } from '../model/known-options.js'
import { browserPlatform } from '../platform/browser-platform.js'

export type { Endpoints } from '../client/endpoints.js'
export type { Endpoint } from '../endpoint/endpoint.js'

/**
 * Sends the edits of pages opened with `backgroundSync: true` when the browser says that there is a network, with no page
 * open too. To be called once, while the worker's script runs for the first time. Sends only with stored tokens. `endpoints`:
 * by collection, as the pages have them; edits of other collections are left to pages. One endpoint alone is that of `users`.
 * `database`: as the pages name it; default: the endpoints' proposal. `migrate`: as the pages have it. Throws a `TypeError` for options that do not exist, and
 * for endpoints of several backends.
 */
export function drainOnSync(endpoints: Endpoints | Endpoint, options: Omit<DrainOptions, 'endpoints'> = {}): void {
  const byCollection = isEndpoint(endpoints) ? { users: endpoints } : endpoints
  const { backend } = onOneBackend(byCollection)
  const { database = backend.database, platform, migrate } = knownOptions(options, ['database', 'migrate', 'platform'])
  checkedMigrate(migrate)
  browserPlatform(platform).backgroundSync?.onSync(database, () => drain({ ...options, endpoints: byCollection }))
}

/** A collection named `write` has an endpoint, and an endpoint a method. */
function isEndpoint(given: Endpoints | Endpoint): given is Endpoint {
  return typeof given.write === 'function'
}
