// Floor 5: the sending parts for a service worker, without streams: no rxjs in its graph.
import type { Endpoint, Reply } from '../endpoint/endpoint.js'
import type { RecordKey } from '../model/record.js'
import { createDescriptions } from './descriptions.js'
import { type Endpoints, onOneBackend } from './endpoints.js'
import { syncOptionsOf } from './options.js'
import { createTabs } from './tabs.js'
import { browserPlatform } from '../platform/browser-platform.js'
import type { Platform } from '../platform/platform.js'
import { storedCredentials } from '../session/tokens.js'
import { createDatabase, type Database } from '../store/database.js'
import { rulesIn, type SendingRules } from '../store/sending-rules.js'
import type { Migrate } from '../store/shapes.js'
import { endWait, readQueue } from '../store/state.js'
import { createSender, type Sender } from '../sync/sender.js'
import { createLease } from '../sync/lease.js'
import { createNetwork } from '../sync/network.js'

export interface DrainOptions {
  /** By collection. Lanes of other collections are left to pages. */
  endpoints: Endpoints
  /** Default: the endpoints' proposal. */
  database?: string
  /** As the pages have it. Default: none. */
  migrate?: Migrate
  /** Replaces parts of the outside world. Default: the worker's own. */
  platform?: Partial<Platform>
}

/** How many lanes one look names. */
const lanesAtOnce = 48

/** Pauses before the tries after the first one of a wake-up. */
const pausesMs = [1_000, 3_000]

/**
 * Sends the pending edits of the pages, by their rules, under the lease that they share. Resolves when nothing is left that
 * this context could send: it has stored tokens only. Tries again twice within some seconds. Rejects when something is left, so
 * that the browser tries again later.
 */
export async function drain({ endpoints, database, migrate, platform: overrides }: DrainOptions): Promise<void> {
  const outside = browserPlatform(overrides)
  // The event proves that there is a network, against `navigator.onLine`.
  const platform = { ...outside, connectivity: createNetwork(outside.connectivity, true) }
  const { backend, endpointOf, relations } = onOneBackend(endpoints)
  const name = database ?? backend.database
  let sender: Sender | undefined
  const createWith = (durability: SendingRules['durability']): Database =>
    createDatabase({
      name,
      backendId: backend.id,
      relations,
      platform,
      durability,
      migrate,
      onState() {},
      onUpgrade: () => void sender?.close(),
    })

  let db = createWith('strict')
  const tabs = createTabs(platform.channels, name)
  try {
    const meta = await db.open()
    const rules = rulesIn(meta)
    // No page has been here yet.
    if (!rules) return
    if (rules.durability === 'relaxed') {
      db.close()
      db = createWith('relaxed')
      await db.open()
    }
    const descriptions = createDescriptions({
      db,
      clock: platform.clock,
      endpointOf,
      ask: () => Promise.reject(new Error('Descriptions are asked for by pages')),
      written: tabs.described,
    })
    descriptions.take(meta)
    tabs.announce(db)
    const drainer = (sender = createSender({
      db,
      endpointOf: (collection) => withKinds(endpointOf(collection), rules.faultKinds),
      platform,
      options: { ...syncOptionsOf(rules), leavesConflicts: rules.resolves },
      createLease: (onDeposed) => createLease({ db, platform, name, onDeposed, onError() {} }),
      credentialsOf: storedCredentials,
      descriptionOf: descriptions.of,
      onReply: descriptions.learn,
      onState: (state, broadcasts) => void (broadcasts && tabs.sending(state)),
      onTrace() {},
      onError() {},
    }))
    drainer.wake('start')
    await drainer.idle()
    for (const pauseMs of pausesMs) {
      if (!(await isLeft(db, endpointOf))) return
      // The network can be back some moments after the event, and the browser's own next try is minutes away.
      await platform.clock.sleep(pauseMs)
      await endWait(db, ['network'])
      drainer.wake('online')
      await drainer.idle()
    }
    if (await isLeft(db, endpointOf)) throw new Error(`Edits in "${name}" are still pending: they are sent later`)
  } finally {
    await sender?.close()
    tabs.close()
    db.close()
  }
}

/** Whether edits are pending that this context could send. */
async function isLeft(db: Database, endpointOf: (collection: string) => unknown): Promise<boolean> {
  for (let after: RecordKey | undefined; ;) {
    const { state, lanes } = await readQueue(db, { after, limit: lanesAtOnce })
    const { session } = state
    if (!lanes.length || !session || session.expired || !storedCredentials(session)) return false
    if (lanes.some(({ collection }) => endpointOf(collection))) return true
    after = lanes.at(-1)
  }
}

/** The endpoint with the kinds that the app gave its pages for some of the backend's codes. */
function withKinds(endpoint: Endpoint | undefined, kinds: SendingRules['faultKinds']): Endpoint | undefined {
  if (!endpoint) return undefined
  const kinded = (reply: Reply): Reply => {
    const code = reply.ok ? undefined : String(reply.failure.code)
    if (reply.ok || code === undefined || !Object.hasOwn(kinds, code)) return reply
    const { reason: _reason, refusals: _refusals, ...failure } = reply.failure
    return { ok: false, failure: { ...failure, kind: kinds[code]! } }
  }
  // Not spread: an endpoint of a class has its methods in the prototype.
  return Object.assign(Object.create(endpoint) as Endpoint, {
    write: async (request, context) => kinded(await endpoint.write(request, context)),
    ...(endpoint.read && { read: async (key, context) => kinded(await endpoint.read!(key, context)) }),
    ...(endpoint.find && { find: async (wanted, context) => kinded(await endpoint.find!(wanted, context)) }),
  } satisfies Partial<Endpoint>)
}
