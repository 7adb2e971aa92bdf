// Floor 5: when collections are pulled: those that somebody observes in a visible page, by one tab at a time (R23).
import type { Endpoint } from '../endpoint/endpoint.js'
import { createLiveValue, type Live } from '../live/live-value.js'
import type { LiveViews } from '../live/live.js'
import { FaultError } from '../model/errors.js'
import type { Failure } from '../model/failure.js'
import type { Platform } from '../platform/platform.js'
import { type Cursor, readCursor } from '../store/cursors.js'
import { pauseMs } from '../sync/backoff.js'
import { listingOf, pullList, type PullResult } from '../sync/pull.js'
import type { Wire } from '../sync/request.js'
import { isWaitOver } from '../sync/wait.js'
import type { Lifecycle } from './lifecycle.js'
import type { OnlineCalls } from './online-calls.js'
import type { SyncOptions } from '../sync/sync-options.js'

/** Where the pulls of a collection stand. */
export interface PullState {
  /** `never`: this device has no pull of it. `idle`: the last one succeeded. `failed`: it did not, and is made again. */
  readonly state: 'never' | 'pulling' | 'idle' | 'failed'
  /** The end of the last pull that succeeded, in ms since 1970; absent: there is none. */
  readonly atMs?: number | undefined
  /** The number of records in its pages; absent: another tab made it, or an earlier visit. */
  readonly received?: number | undefined
  /** The reason why the last pull failed; absent in every state but `failed`. */
  readonly failure?: Failure | undefined
}

export interface Pulls {
  state$(collection: string): Live<PullState>
  /** Pulls now. Rejects with `FaultError`, or `NotLoggedInError`. */
  refresh(collection: string): Promise<void>
  /** Pulls those that are observed and old. */
  look(): void
  /** Resolves when no pull is under way. */
  ended(): Promise<unknown>
}

export interface PullsParts {
  name: string
  life: Lifecycle
  live: LiveViews
  calls: Pick<OnlineCalls, 'signedIn'>
  platform: Wire & Pick<Platform, 'visibility' | 'locks' | 'connectivity'>
  sync: Pick<SyncOptions, 'requestTimeoutMs'>
  endpointOf(collection: string): Endpoint | undefined
}

const usualAgeMs = 300_000

/** After a pull that left records out: by then the backend's replicas have caught up. */
const incompleteMs = 6_000

/** The pulls of one collection. */
interface Pulled {
  state: PullState
  failures: number
  /** How many pulls in a row left records out. */
  incomplete: number
  running?: Promise<PullResult | undefined> | undefined
  /** Another one was called for meanwhile: that under way can be of a session that has ended. */
  isCalledFor?: boolean | undefined
  /** A creation has settled while it ran. */
  hasCreated?: boolean | undefined
  /** That of `refresh()`, until it begins. */
  next?: Promise<PullResult | undefined> | undefined
  /** Waits for the next try. */
  waiting?: AbortController | undefined
}

export function createPulls(parts: PullsParts): Pulls {
  const { name, life, live, calls, platform, sync, endpointOf } = parts
  const { clock, visibility, locks, connectivity, random } = platform
  const { changes, feed } = live.lists
  const pulledBy = new Map<string, Pulled>()
  let underWay = new AbortController()

  const of = (collection: string): Pulled => {
    const found = pulledBy.get(collection) ?? { state: { state: 'never' }, failures: 0, incomplete: 0 }
    pulledBy.set(collection, found)
    return found
  }
  const topicOf = (collection: string): string => `pull ${collection}`
  const show = (collection: string, state: PullState): void => {
    of(collection).state = state
    changes.changed(topicOf(collection))
  }

  const isWanted = (collection: string): boolean =>
    !life.closed.aborted && !visibility.hidden && [...feed.listed.observed()].includes(collection)

  const pull = async (collection: string, isAsked: boolean, signal: AbortSignal): Promise<PullResult | undefined> => {
    const { session, token } = await calls.signedIn()
    const { db, descriptions, sender } = life.parts!
    let result: PullResult | undefined
    const once = async (): Promise<void> => {
      // Another tab may have pulled it meanwhile.
      const fresh = isAsked ? undefined : await freshCursor(parts, collection)
      if (fresh) return show(collection, { state: 'idle', atMs: fresh.atMs })
      show(collection, { ...of(collection).state, state: 'pulling' })
      const caller = { account: session.account, token, description: descriptions.of(collection) }
      const limits = { timeoutMs: sync.requestTimeoutMs, signal }
      const endpoint = endpointOf(collection)!
      const wake = (): void => sender.wake('saved')
      const ask = () => pullList({ db, ...platform }, { endpoint, collection, session, caller, ...limits, wake })
      result = await orOnceMore(ask, () => !signal.aborted && feed.snapshot?.session?.sessionId === session.sessionId)
    }
    if (locks) await locks.hold(`holdfast:pull:${JSON.stringify([name, collection])}`, signal, once)
    else await once()
    return result
  }

  const told = (collection: string, result: PullResult | undefined): void => {
    const one = of(collection)
    if (result) {
      one.failures = result.ok ? 0 : one.failures + 1
      one.incomplete = result.ok && !result.isComplete ? one.incomplete + 1 : 0
      show(collection, stateAfter(result, one.state, clock.now()))
    } else if (one.state.state === 'pulling') show(collection, { ...one.state, state: 'idle' })
    const ms = pauseAfter(result, one, endpointOf(collection)!, clock.now(), random.number())
    if (ms !== undefined) wait(collection, ms)
  }

  /** One at a time; callers that come meanwhile share it. */
  const run = (collection: string, isAsked: boolean): Promise<PullResult | undefined> => {
    const one = of(collection)
    endWait(one)
    one.running ??= pull(collection, isAsked, underWay.signal)
      .then(async (result) => {
        // Shown by the time the caller goes on.
        if (result?.ok) await feed.refresh()
        told(collection, result)
        return result
      })
      .catch(rejecting(() => told(collection, undefined)))
      .finally(() => {
        one.running = undefined
        // One that has failed is tried again after its pause.
        if (one.isCalledFor || (one.hasCreated && !one.failures)) start(collection)
        one.isCalledFor = false
        one.hasCreated = false
      })
    return one.running
  }

  /** One that begins after the call; the calls until then share it. */
  const pullAnew = (one: Pulled, collection: string): Promise<PullResult | undefined> =>
    (one.next ??= (async () => {
      // The end of one can begin another, which may find nothing old.
      do await one.running?.catch(() => {})
      while (one.running)
      one.next = undefined
      return run(collection, true)
    })())

  const wait = (collection: string, ms: number): void => {
    const one = of(collection)
    one.waiting?.abort()
    if (!isWanted(collection)) return
    const waiting = (one.waiting = new AbortController())
    void clock.sleep(ms, waiting.signal).then(() => {
      if (one.waiting === waiting) one.waiting = undefined
      if (!waiting.signal.aborted) start(collection)
    })
  }

  const start = (collection: string): void => {
    const endpoint = endpointOf(collection)
    const { session, wait: held } = feed.snapshot ?? {}
    if (!endpoint?.list || !isWanted(collection) || !session || session.expired) return
    if (of(collection).running) return void (of(collection).isCalledFor = true)
    // `navigator.onLine` is a hint; an app can still ask.
    if (!connectivity.online) return
    // Pulls share the pace of the backend.
    const nowMs = clock.now()
    if (held && !isWaitOver(held, nowMs)) return wait(collection, held.dueAtMs - nowMs)
    run(collection, false).catch(() => {})
  }

  const stop = (): void => {
    underWay.abort()
    underWay = new AbortController()
    for (const one of pulledBy.values()) one.waiting?.abort()
  }
  life.closed.addEventListener('abort', stop)
  live.trace.trace$.subscribe((event) => {
    // Records that were left out because of a creation can be taken.
    if (event.type !== 'accepted' && event.type !== 'rejected') return
    const { collection } = event.key
    const one = of(collection)
    // That under way may have left them out already.
    if (event.op === 'create' && one.running) one.hasCreated = true
    if (!one.waiting) return
    if (event.op === 'create') return start(collection)
    if (!one.incomplete) return
    one.incomplete = 0
    wait(collection, incompleteMs)
  })
  life.atEnd(
    feed.listed.onObserve((collection) => start(collection)),
    // Nobody else can pull while a frozen page holds the lock.
    visibility.onEvent((event) => {
      if (event === 'freeze' || event === 'pagehide') stop()
    }),
  )

  return {
    state$: (collection) => createLiveValue(changes, topicOf(collection), () => of(collection).state),
    async refresh(collection) {
      if (!endpointOf(collection)?.list) throw new TypeError(`The endpoint of "${collection}" has no list`)
      await life.ready()
      const result = await pullAnew(of(collection), collection)
      if (result && !result.ok) throw new FaultError(result.failure)
    },
    look() {
      for (const collection of feed.listed.observed()) start(collection)
    },
    ended: () => Promise.allSettled([...pulledBy.values()].map(async ({ running }) => running)),
  }
}

/** A pull before its time is no further try, and puts the next one off no longer. */
function endWait(one: Pulled): void {
  if (one.waiting && !one.running && one.incomplete) one.incomplete--
  one.waiting?.abort()
}

/** Acts on a rejection, and passes it on: others report the trouble of storage and sessions. */
function rejecting(act: () => void): (reason: unknown) => never {
  return (reason) => {
    act()
    throw reason
  }
}

/** The second time, where rows of the collection, and its cursor with them, were erased while the first pull went on. */
async function orOnceMore<T>(ask: () => Promise<T | undefined>, isWanted: () => boolean): Promise<T | undefined> {
  return (await ask()) ?? (isWanted() ? ask() : undefined)
}

/** Of a collection that need not be pulled now: the cursor of its last pull. */
async function freshCursor(
  { life, live, platform: { clock }, endpointOf }: PullsParts,
  collection: string,
): Promise<Cursor | undefined> {
  const account = live.lists.feed.snapshot?.session?.account
  const { db } = life.parts!
  const cursor = account === undefined ? undefined : await readCursor(db, account, collection)
  if (!cursor || cursor.isIncomplete || cursor.listing !== listingOf(db, endpointOf(collection)!)) return undefined
  const ageMs = Math.abs(clock.now() - cursor.atMs)
  return ageMs < ageOf(endpointOf(collection)!) ? cursor : undefined
}

function ageOf({ refreshAfterMs = usualAgeMs, pollMs = Infinity }: Endpoint): number {
  return Math.min(refreshAfterMs, pollMs)
}

function stateAfter(result: PullResult, { atMs, received }: PullState, nowMs: number): PullState {
  return result.ok
    ? { state: 'idle', atMs: nowMs, received: result.received }
    : { state: 'failed', atMs, received, failure: result.failure }
}

/** The wait for the next pull; `undefined`: nothing calls for one but the age of this one. */
function pauseAfter(
  result: PullResult | undefined,
  { failures, incomplete, state: { atMs = 0 } }: Pulled,
  { pollMs }: Endpoint,
  nowMs: number,
  chance: number,
): number | undefined {
  if (result && !result.ok) return pauseMs(result.failure, failures, chance)
  // A request can stay without a verdict for days.
  if (result && !result.isComplete) return Math.min(usualAgeMs, incompleteMs * 2 ** (incomplete - 1))
  // Another tab may have pulled it a while ago.
  const ageMs = Math.abs(nowMs - atMs)
  return pollMs && ageMs < pollMs ? pollMs - ageMs : pollMs
}
