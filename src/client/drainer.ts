// Floor 5: the sending parts for a service worker, without streams: no rxjs in its graph.
import type { Endpoint, Reply } from '../endpoint/endpoint.js'
import { createDescriptions } from './descriptions.js'
import { syncOptionsOf } from './options.js'
import { createTabs } from './tabs.js'
import { browserPlatform } from '../platform/browser-platform.js'
import type { Platform } from '../platform/platform.js'
import { storedCredentials } from '../session/tokens.js'
import { createDatabase, type Database, stateIn } from '../store/database.js'
import { rulesIn, type SendingRules } from '../store/sending-rules.js'
import { endWait, readQueue } from '../store/state.js'
import { createSender, type Sender } from '../sync/sender.js'
import { createLease } from '../sync/lease.js'
import { createNetwork } from '../sync/network.js'

export interface DrainOptions {
  /** For every collection of the database. */
  endpoint: Endpoint
  /** Default: the endpoint's proposal. */
  database?: string
  platform?: Partial<Platform>
}

/** Pauses before the tries after the first one of a wake-up. */
const pausesMs = [1_000, 3_000]

/**
 * Sends the pending edits of the pages, by their rules, under the lease that they share. Resolves when nothing is left that
 * this context could send: it has stored tokens only. Tries again twice within some seconds. Rejects when something is left, so
 * that the browser tries again later.
 */
export async function drain({ endpoint, database, platform: overrides }: DrainOptions): Promise<void> {
  const outside = browserPlatform(overrides)
  // The event proves that there is a network, against `navigator.onLine`.
  const platform = { ...outside, connectivity: createNetwork(outside.connectivity, true) }
  const { backend } = endpoint
  const name = database ?? backend.database
  let sender: Sender | undefined
  const createWith = (durability: SendingRules['durability']): Database =>
    createDatabase({
      name,
      backendId: backend.id,
      platform,
      durability,
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
      endpointOf: () => endpoint,
      ask: () => Promise.reject(new Error('Descriptions are asked for by pages')),
      written: tabs.described,
    })
    descriptions.take(meta)
    db.beforeCommit(tabs.written)
    const drainer = (sender = createSender({
      db,
      endpointOf: () => withKinds(endpoint, rules.faultKinds),
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
    if (stateIn(meta).wait) await endWait(db, ['network'])
    drainer.wake('start')
    await drainer.idle()
    for (const pauseMs of pausesMs) {
      if (!(await isLeft(db))) return
      // The network can be back some moments after the event, and the browser's own next try is minutes away.
      await platform.clock.sleep(pauseMs)
      await endWait(db, ['network'])
      drainer.wake('online')
      await drainer.idle()
    }
    if (await isLeft(db)) throw new Error(`Edits in "${name}" are still pending: they are sent later`)
  } finally {
    await sender?.close()
    tabs.close()
    db.close()
  }
}

/** Whether edits are pending that this context could send. */
async function isLeft(db: Database): Promise<boolean> {
  const { state, lanes } = await readQueue(db, { after: undefined, limit: 1 })
  const session = state?.session
  return lanes.length > 0 && !!session && !session.expired && !!storedCredentials(session)
}

/** The endpoint with the kinds that the app gave its pages for some of the backend's codes. */
function withKinds(endpoint: Endpoint, kinds: SendingRules['faultKinds']): Endpoint {
  const kinded = (reply: Reply): Reply => {
    const code = reply.ok ? undefined : String(reply.failure.code)
    if (reply.ok || code === undefined || !Object.hasOwn(kinds, code)) return reply
    const { reason: _reason, refusals: _refusals, ...failure } = reply.failure
    return { ok: false, failure: { ...failure, kind: kinds[code]! } }
  }
  return {
    ...endpoint,
    write: async (request, context) => kinded(await endpoint.write(request, context)),
    ...(endpoint.read && { read: async (key, context) => kinded(await endpoint.read!(key, context)) }),
  }
}
