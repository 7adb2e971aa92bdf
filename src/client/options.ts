// Floor 5: what an app can set when it opens a client.
import type { Endpoint } from '../endpoint/endpoint.js'
import type { FailureKind } from '../model/failure.js'
import type { Platform } from '../platform/platform.js'
import type { SendingRules } from '../store/sending-rules.js'
import type { SyncOptions } from '../sync/sync-options.js'

/** Options of any client. Times in milliseconds. */
export interface ClientOptions extends Partial<Omit<SyncOptions, 'concurrency' | 'leavesConflicts'>> {
  /** Name of the IndexedDB database. Default: what the endpoint proposes. */
  database?: string
  /**
   * `strict` (default): an edit counts as saved once it is on disk. `relaxed`: once the browser has it; a power cut can then
   * lose the last seconds.
   */
  durability?: 'strict' | 'relaxed'
  /** While something is pending, has the browser wake the service worker, which sends it (`drainOnSync`). Default false. */
  backgroundSync?: boolean
  /** Replaces parts of the outside world: clock, random, network, locks, storage. */
  platform?: Partial<Platform>
}

export interface CoreOptions extends ClientOptions {
  /** The backend's update operation for each collection. */
  endpoints: { readonly [collection: string]: Endpoint }
  /** What the endpoints make of some of the backend's codes; noted for the service worker, whose endpoint is not told. */
  faultKinds?: { readonly [code: string]: FailureKind }
  /** The endpoints compare by a function of the app's, which the service worker's has not. */
  same?: unknown
}

/** The names of those that each client has. */
export const clientOptions: readonly (keyof ClientOptions | 'faultKinds')[] = [
  'database',
  'durability',
  'conflicts',
  'freshForMs',
  'requestTimeoutMs',
  'resolve',
  'faultKinds',
  'backgroundSync',
  'platform',
]

/** Requests under way at once, each for another record; browsers open six connections to a host. */
const concurrency = 6

/** What an option with a choice may be. A misspelt one would else turn the comparing off in silence. */
const choices = { conflicts: ['compare', 'overwrite'], durability: ['strict', 'relaxed'] } as const

/**
 * The rules of sending, with defaults: `compare`, a base counts as fresh for 60 s, a request may take 30 s. Throws `TypeError`
 * for an option that is none of its choices, or no such number.
 */
export function syncOptionsOf(options: ClientOptions): SyncOptions {
  for (const name of ['conflicts', 'durability'] as const) {
    const value: string | undefined = options[name]
    if (value !== undefined && !choices[name].some((choice) => choice === value))
      throw new TypeError(`"${name}" is '${choices[name].join("' or '")}', not ${JSON.stringify(value)}`)
  }
  // What a request may take has an end: who finds it after a kill waits for that (R3).
  for (const [name, least, most] of [
    ['freshForMs', 0, Infinity],
    ['requestTimeoutMs', 1, Number.MAX_VALUE],
  ] as const) {
    const { [name]: value = least as unknown } = options
    if (typeof value !== 'number' || !(value >= least && value <= most))
      throw new TypeError(`"${name}" is a number of milliseconds from ${least} on, not ${JSON.stringify(value)}`)
  }
  const { conflicts = 'compare', freshForMs = 60_000, requestTimeoutMs = 30_000, resolve } = options
  return { conflicts, freshForMs, requestTimeoutMs, concurrency, ...(resolve && { resolve }) }
}

/** What the service worker has to know of the options of the pages. */
export function rulesOf(options: CoreOptions): SendingRules {
  const { durability = 'strict', faultKinds = {}, same } = options
  const { concurrency: _, resolve, ...ruling } = syncOptionsOf(options)
  return { ...ruling, durability, faultKinds, resolves: !!(resolve ?? same) }
}
