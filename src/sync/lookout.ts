// Looks for work, at the gate and at the queue behind it, and gathers the context of a lane's decision (G4, G9, R12).
import type { Endpoint, Reply } from '../endpoint/endpoint.js'
import { sentVersion } from '../endpoint/versions.js'
import { ruleOf } from '../model/failure.js'
import { isForm } from '../model/forms.js'
import { laneName } from '../model/record.js'
import { refsIn, withRefs } from '../model/refs.js'
import { looselySame } from '../model/same.js'
import type { Session, StateRow, StoredLane, VersionLesson } from '../store/rows.js'
import type { NamedNow } from '../store/settlements.js'
import { endWait, readQueue } from '../store/state.js'
import { isDue } from './backoff.js'
import type { DescribedReads } from './described-reads.js'
import type { LaneContext } from './lane/context.js'
import type { Owners } from './owners.js'
import type { Passes } from './passes.js'
import type { SenderParts } from './sender-parts.js'

export interface Lookout {
  /** Everything is looked at again from here on. `skips`: but for the lanes in work. */
  lookAgain(skips?: boolean): void
  /** Finds lanes to plan. Goes round once: it looks at the lanes behind the last one when something new was saved. */
  look(): Promise<void>
  /** `undefined`: this context has no endpoint for the lane's collection. */
  contextOf(lane: StoredLane, state: StateRow, epoch: number, named?: NamedNow): LaneContext | undefined
  /** Where reading is refused, the records of the collection are sent uncompared from here on. */
  readAnswered(collection: string, reply: Reply): void
}

/** How long a backend knows an idempotency key, if its endpoint does not say so. */
const keyValidForMs = 24 * 3_600_000

/** How long versions stay turned off. */
const versionsOffMs = 24 * 3_600_000

function versionsOf(
  endpoint: Pick<Endpoint, 'versions'>,
  lesson: VersionLesson | undefined,
  nowMs: number,
): LaneContext['versions'] {
  const { versions: by } = endpoint
  if (by === undefined) return undefined
  const known = lesson?.by === by ? lesson : undefined
  if (known?.offAtMs !== undefined && !isDue(known.offAtMs + versionsOffMs, nowMs, versionsOffMs)) return undefined
  const isProved = !!known?.isProved
  return { by, isProved, isOwn: (version) => sentVersion(endpoint, version) !== undefined }
}

/** How many lanes one look names: enough to go on with while they are sent. */
const lanesAtOnce = 48

export function createLookout(
  parts: SenderParts,
  { agenda, alarm, gate, news, pacing }: Pick<Owners, 'agenda' | 'alarm' | 'gate' | 'news' | 'pacing'>,
  reads: Pick<DescribedReads, 'of'>,
  isFlushing: () => boolean,
  isReady: Passes['isReady'],
): Lookout {
  const { db, options } = parts
  const { clock, random, connectivity } = parts.platform
  const startedAtMs = clock.now()
  const unreadable = new Set<string>()

  /** The session that may be sent for, or nothing while a reason holds or waits. Sets the time of the next look for work. */
  const sendable = (state: StateRow, hasWork: boolean): Session | undefined => {
    const { session } = state
    const hasToken = session !== undefined && parts.credentialsOf(session) !== undefined
    const { online } = connectivity
    const dueAtMs = gate.look(state, {
      nowMs: clock.now(),
      chance: () => random.number(),
      online,
      hasWork,
      hasToken,
      probe: pacing.probe,
    })
    if (hasWork) dueAtMs.forEach(alarm.due)
    // One at a time, while the browser's "offline" is in doubt.
    if (gate.tryAtMs !== undefined && !gate.has('session')) pacing.narrow()
    return gate.isOpen ? session : undefined
  }

  const lookAgain = (skips?: boolean): void => {
    news.unread(undefined)
    agenda.begin(pacing.troubled, skips)
    // Each lane sets its time again when the sender looks at it (S7).
    alarm.empty()
  }

  return {
    lookAgain,
    async look() {
      const { tryAtMs } = gate
      // Until then each saved edit would cost a look that changes nothing.
      if (tryAtMs && !gate.mayTry(connectivity.online, clock.now())) {
        alarm.due(tryAtMs)
        return agenda.end()
      }
      const { round, after } = agenda
      const { state, lanes, owing, isEmpty } = await readQueue(db, { after, limit: pacing.probe ? 1 : lanesAtOnce })
      // A reason to look again came meanwhile: the findings belong to an older round (S4).
      if (round !== agenda.round) return
      const ends = gate.endsOf(state.wait)
      if (ends && (await endWait(db, ends))) return lookAgain()
      if (round !== agenda.round) return
      gate.dropEnds()
      // There is nothing to send, even if a tab that crashed meanwhile has reported otherwise.
      if (isEmpty) news.others(false)
      // No lane waits for the end of a wait then: no timer (G14).
      const session = sendable(state, !isEmpty)
      // Also the edits of an earlier visit.
      if (state.wait) pacing.narrow()
      const owed = owing.filter((lane) => {
        const isOwed = isDue(lane.dueAtMs, clock.now(), options.requestTimeoutMs)
        if (!isOwed) alarm.due(lane.dueAtMs)
        return isOwed
      })
      // Nothing decides it again, and this round forgot that it is held.
      if (lanes.some(agenda.isHeld)) news.unread('damaged')
      if (session) agenda.page(round, lanes, owed)
      else agenda.end()
    },
    contextOf({ key, row, others, remoteId }, state, epoch, named) {
      const { account, collection } = key
      const endpoint = parts.endpointOf(collection)
      if (!endpoint) return undefined
      const { names } = db.memory
      const description = reads.of(collection)
      const session = sendable(state, true)
      return {
        ...options,
        ...(endpoint.conflicts && { conflicts: endpoint.conflicts }),
        ...(endpoint.resolve && { resolve: endpoint.resolve }),
        nowMs: clock.now(),
        startedAtMs,
        epoch,
        newId: () => random.id(),
        chance: random.number(),
        // Without a session, the changes of an answer are written all the same, and nothing new begins.
        sessionId: session?.account === account && isReady(key, session) ? session.sessionId : undefined,
        wait: state.wait,
        canRead: endpoint.read !== undefined && !unreadable.has(collection),
        repeatsCreates: endpoint.repeatsCreates ?? 'never',
        keyValidForMs: endpoint.keyValidForMs ?? keyValidForMs,
        canFind: endpoint.find !== undefined && !unreadable.has(collection),
        canList: endpoint.list !== undefined && !unreadable.has(collection),
        isNamedByServer: endpoint.ids === 'server',
        versions: versionsOf(endpoint, state.versions?.[collection], clock.now()),
        remoteId: remoteId ?? names.remoteIdOf(key) ?? undefined,
        refsOf: (values) => refsIn(values, endpoint.refs),
        idOf(remoteId) {
          const remote = { account, collection, id: String(remoteId) }
          return named?.get(laneName(remote)) ?? names.idOf(remote)
        },
        toBackend: (values) =>
          withRefs(values, endpoint.refs, (of, given) => {
            const ref = { account, collection: of, id: names.idOf({ account, collection: of, id: given }) ?? given }
            // It may have been named in this transaction. A record that was met under a number has that as text here.
            const other = others?.get(laneName(ref))
            const number = other?.base ? db.relations?.numberIn?.(of, other.base) : undefined
            return other?.remoteId ?? names.remoteIdOf(ref) ?? number
          }),
        toDevice: (values) => withRefs(values, endpoint.refs, (of, id) => names.idOf({ account, collection: of, id })),
        // By a read: an update without an answer would hold up all later edits of its record.
        probes: !connectivity.online,
        ignoreDue: isFlushing() || pacing.probe !== undefined,
        lastReplyAtMs: connectivity.lastReplyAtMs,
        same: (property, sent, got) =>
          isForm(row.forms, property, sent, got) ||
          (endpoint.same?.(property, sent, got, description, collection) ?? looselySame(sent, got)),
        check: (patch) => endpoint.check?.({ collection, op: 'update', patch, view: {} }),
        fromDate: endpoint.fromDate,
        notStored: (properties) =>
          endpoint.notStored?.(properties, collection) ?? {
            kind: 'validation',
            reason: 'not-stored',
            message: `The backend did not store ${properties.join(', ')}`,
          },
      }
    },
    readAnswered(collection, reply) {
      if (!reply.ok && ruleOf(reply.failure.kind).forbidsReads) unreadable.add(collection)
    },
  }
}
