// Floor 7: the entry for service workers. No rxjs in its graph.
import { drain, type DrainOptions } from '../client/drainer.js'
import type { Endpoint } from '../endpoint/endpoint.js'
import { knownOptions } from '../model/known-options.js'
import { browserPlatform } from '../platform/browser-platform.js'

export type { Endpoint } from '../endpoint/endpoint.js'

/**
 * Sends the edits of pages opened with `backgroundSync: true` when the browser says that there is a network, with no page
 * open too. To be called once, while the worker's script runs for the first time. Sends only with stored tokens. `database`:
 * as the pages name it; default: the endpoint's proposal. Throws a `TypeError` for options that do not exist.
 */
export function drainOnSync(endpoint: Endpoint, options: Omit<DrainOptions, 'endpoint'> = {}): void {
  const { database = endpoint.backend.database, platform } = knownOptions(options, ['database', 'platform'])
  browserPlatform(platform).backgroundSync?.onSync(database, () => drain({ ...options, endpoint }))
}
