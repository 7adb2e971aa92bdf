// Floor 5: the options of a client.
import type { FailureKind } from '../model/failure.js'
import type { Platform } from '../platform/platform.js'
import type { SendingRules } from '../store/sending-rules.js'
import type { Migrate } from '../store/shapes.js'
import type { SyncOptions } from '../sync/sync-options.js'
import type { Endpoints } from './endpoints.js'

/** Options of any client. Times in milliseconds. */
export interface ClientOptions extends Partial<Omit<SyncOptions, 'concurrency' | 'leavesConflicts'>> {
  /** Name of the IndexedDB database. Default: the endpoint's proposal. */
  database?: string
  /**
   * `strict` (default): an edit counts as saved once it is on disk. `relaxed`: once the browser has it; a power cut can then
   * lose the last seconds.
   */
  durability?: 'strict' | 'relaxed'
  /** While edits are pending, the browser wakes the service worker, which sends them (`drainOnSync`). Default false. */
  backgroundSync?: boolean
  /**
   * Brings data that an earlier release of the app has saved on the device into the shape of this one: pending edits, their
   * ancestors, bases, and the values that `faults.retry` and `amend` write again. Give the service worker the same. Default:
   * the data have one shape, 0.
   */
  migrate?: Migrate
  /** Replaces parts of the outside world: clock, random, network, locks, storage. Default: the browser's own. */
  platform?: Partial<Platform>
}

/** Options of `openClient`: those of every client, and the endpoints. Times in milliseconds. */
export interface CoreOptions extends ClientOptions {
  /** The endpoint of each collection; all of one backend. */
  endpoints: Endpoints
  /**
   * The endpoints' own kinds for some of the backend's codes; noted for the service worker, whose endpoint does not know them.
   * Default: none.
   */
  faultKinds?: { readonly [code: string]: FailureKind }
  /** The endpoints compare by a function of the app, which the service worker's endpoint does not have. Default: they do not. */
  same?: unknown
}

/** The names of the options that each client has. */
export const clientOptions: readonly (keyof ClientOptions | 'faultKinds')[] = [
  'database',
  'durability',
  'conflicts',
  'freshForMs',
  'requestTimeoutMs',
  'resolve',
  'faultKinds',
  'backgroundSync',
  'migrate',
  'platform',
]

/** Requests under way at once, each for another record; browsers open six connections to a host. */
const concurrency = 6

/** The values of an option with a choice. A misspelt value would else turn the comparing off in silence. */
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
  // The time of a request has an end: a context that finds the request after a kill waits for it (R3). No timer waits longer.
  for (const [name, least, most] of [
    ['freshForMs', 0, Infinity],
    ['requestTimeoutMs', 1, 2 ** 31 - 1],
  ] as const) {
    const { [name]: value = least as unknown } = options
    if (typeof value !== 'number' || !(value >= least && value <= most))
      throw new TypeError(
        `"${name}" is a number of milliseconds from ${least} ${most < Infinity ? `to ${most}` : 'on'}, not ${JSON.stringify(value)}`,
      )
  }
  const { conflicts = 'compare', freshForMs = 60_000, requestTimeoutMs = 30_000, resolve } = options
  return { conflicts, freshForMs, requestTimeoutMs, concurrency, ...(resolve && { resolve }) }
}

/** Throws a `TypeError` for a `migrate` that is none. */
export function checkedMigrate(migrate: Migrate | undefined): Migrate | undefined {
  if (migrate === undefined || (isShape(migrate?.version) && typeof migrate.patch === 'function')) return migrate
  throw new TypeError('"migrate" is an object with "version", a whole number from 0 on, and a function "patch"')
}

function isShape(version: unknown): boolean {
  return Number.isSafeInteger(version) && (version as number) >= 0
}

/** The options of the pages that the service worker has to know. */
export function rulesOf(options: CoreOptions): SendingRules {
  const { durability = 'strict', faultKinds = {}, same } = options
  const { concurrency: _, resolve, ...ruling } = syncOptionsOf(options)
  return { ...ruling, durability, faultKinds, resolves: !!(resolve ?? same) }
}
