// Floor 6: an ordinary HTTP API on the core. An app needs no other import.
import { type Client, createClient } from '../client/client.js'
import { type ClientOptions, clientOptions } from '../client/options.js'
import { knownOptions } from '../model/known-options.js'
import type { Properties } from '../model/record.js'
import { browserPlatform } from '../platform/browser-platform.js'
import { restEndpoints } from './endpoint.js'
import { keepSession } from './keep-session.js'
import { type RestCollection, type RestOptions, restOptions } from './options.js'
import { warnOfDoubles } from './warn-of-doubles.js'

/** Options of `openRest`: the rules of the API, and those of every client. Times in milliseconds. */
export interface OpenRestOptions<C extends object = { [collection: string]: Properties }>
  extends RestOptions, ClientOptions {
  /** The rules of each collection of `C`, by its name; at least one. */
  collections: { readonly [name in keyof C & string]: RestCollection }
  /** The account that is logged in from the start on: a person's id, or a device's for ever. Default: nobody, until `session.use` says it. */
  account?: string
}

/**
 * Opens the app's data on this device. Returns at once; opens in the next microtask, and sends the edits of an earlier visit
 * with no further call. Throws a `TypeError` for options that name no backend, and for options that do not exist. `C`: the
 * types of the records, by collection.
 */
export function openRest<C extends object = { [collection: string]: Properties }>(
  options: OpenRestOptions<C>,
): Client<C> {
  knownOptions(options, ['account', ...restOptions, ...clientOptions.filter((name) => name !== 'faultKinds')])
  const { account, platform, ...given } = options
  const own: readonly string[] = restOptions
  const isOwn = ([name]: [string, unknown]): boolean => own.includes(name)
  const entries = Object.entries(given)
  const endpoints = restEndpoints(Object.fromEntries(entries.filter(isOwn)) as unknown as RestOptions)
  if (account !== undefined && (typeof account !== 'string' || !account))
    throw new TypeError(`"account" is a text, not ${JSON.stringify(account)}`)
  warnOfDoubles(endpoints)
  const core = Object.fromEntries(entries.filter((entry) => !isOwn(entry))) as ClientOptions
  const parts = createClient({ ...core, ...(platform && { platform }), endpoints }, { account })
  return keepSession(parts, browserPlatform(platform)) as unknown as Client<C>
}

export * from '../client/names.js'
export type { StandardSchema } from '../endpoint/schema.js'
export { restEndpoints } from './endpoint.js'
export type { FailureOf, RestCollection, RestList, RestOptions, RestPage } from './options.js'
