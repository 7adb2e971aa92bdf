// Floor 6: the core, for any backend.
import { type Client, createClient } from './client/client.js'
import { knownOptions } from './model/known-options.js'
import { clientOptions, type CoreOptions } from './client/options.js'
import type { Properties } from './model/record.js'

/**
 * Opens a client on any backend. Returns at once; opens in the next microtask. Throws a `TypeError` for options that do not
 * exist, and for endpoints of several backends. `C`: the types of the records, by collection.
 */
export function openClient<C extends object = { [collection: string]: Properties }>(options: CoreOptions): Client<C> {
  knownOptions(options, ['endpoints', ...clientOptions])
  return createClient(options).client as unknown as Client<C>
}

export * from './client/names.js'
export type { Endpoints } from './client/endpoints.js'
export type { CoreOptions } from './client/options.js'
export type {
  EditToCheck,
  Endpoint,
  FindRequest,
  ListRequest,
  Page,
  Refused,
  Reply,
  RequestContext,
  WriteRequest,
} from './endpoint/endpoint.js'
export type { RepeatsCreates } from './model/record.js'
