// The requests of this term (R2, R13): a term ends when the lease is lost, when the page may be frozen, or with the context.
import type { Endpoint, Reply, WriteRequest } from '../endpoint/endpoint.js'
import { opOf } from '../model/edit.js'
import { keptVersion, sentVersion } from '../endpoint/versions.js'
import type { LaneKey, RecordKey } from '../model/record.js'
import type { Attempt, Session } from '../store/rows.js'
import type { DescribedReads } from './described-reads.js'
import type { Step } from './lane/decision.js'
import { askForLane, createSharedLists } from './read-lane.js'
import { readReply, request } from './request.js'
import type { SenderParts } from './sender-parts.js'

/** A request that was decided for a lane and written, and has not left yet. */
export interface Ready {
  key: LaneKey
  step: Extract<Step, { step: 'send' | 'read' }>
  session: Session
  preparedAtMs: number
}

export interface Requests {
  /** Aborted as this term ends. */
  readonly term: AbortSignal
  /** S2: counted by term. */
  readonly underWay: number
  add(ready: Ready): void
  /** The next ready request, if less than `most` are under way. */
  take(most: number): Ready | undefined
  /** Whether it may leave by the checks at its preparation. */
  isFresh(ready: Ready): boolean
  /** Resolves with `undefined` when its term has ended: such an answer changes nothing. */
  send(ready: Ready): Promise<Reply | undefined>
  /** Each ready request is checked again before it leaves. */
  doubt(): void
  /** Gives up the requests under way, forgets the ready ones, and begins the next term. */
  end(): void
}

/** A request that was prepared longer ago is checked again before it leaves (R2). */
const preparedForMs = 5_000

export function createRequests(
  parts: Pick<SenderParts, 'db' | 'platform' | 'options' | 'endpointOf' | 'credentialsOf'>,
  reads: DescribedReads,
): Requests {
  const { db, platform, options, endpointOf, credentialsOf } = parts
  let ending = new AbortController()
  let underWay = 0
  const ready: Ready[] = []
  const lists = createSharedLists(() => platform.clock.now())
  return {
    get term() {
      return ending.signal
    },
    get underWay() {
      return underWay
    },
    add: (one) => void ready.push(one),
    take(most) {
      if (!underWay && !ready.length) lists.forget()
      return underWay < most ? ready.shift() : undefined
    },
    isFresh({ preparedAtMs, session }) {
      const ageMs = platform.clock.now() - preparedAtMs
      // A clock that was set back says nothing of its age.
      return ageMs >= 0 && ageMs <= preparedForMs && !!credentialsOf(session)
    },
    async send({ key: lane, step, session }) {
      const { account, collection, id } = lane
      const { signal } = ending
      const endpoint = endpointOf(collection)!
      const key = { collection, id: String(step.remoteId ?? id) }
      const description = reads.of(collection)
      const caller = { account, token: credentialsOf(session)?.token, description, record: step.record }
      underWay++
      const limits = { timeoutMs: options.requestTimeoutMs, signal }
      const reply = await request(platform, caller, limits, async (context) => {
        if (step.step === 'send') return endpoint.write(requestOf(key, step.attempt, endpoint), context)
        const read = (): Promise<Reply> =>
          askForLane({ db, lists }, endpoint, { lane, key, step, description }, context)
        return step.verifies ? reads.readWith(collection, endpoint, context, read) : read()
      })
      if (signal.aborted) return undefined
      underWay--
      const kept = reply.ok ? { ...reply, version: keptVersion(endpoint, reply.version) } : reply
      return step.step === 'read' ? readReply(kept) : kept
    },
    doubt() {
      for (const one of ready) one.preparedAtMs = -Infinity
    },
    end() {
      ending.abort()
      ending = new AbortController()
      underWay = ready.length = 0
      lists.forget()
    },
  }
}

function requestOf(key: RecordKey, attempt: Attempt, endpoint: Endpoint): WriteRequest {
  const { editIds, patch, key: idempotencyKey } = attempt
  const version = sentVersion(endpoint, attempt.version)
  const made = version === undefined ? {} : { version }
  const op = opOf(attempt)
  switch (op) {
    case 'create':
      return { key, idempotencyKey, op, properties: patch, editId: editIds[0]! }
    case 'update':
      return { key, idempotencyKey, op, patch, ...made }
    case 'delete':
      return { key, idempotencyKey, op, ...made }
  }
}
