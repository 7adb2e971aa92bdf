// Fetches credentials and the like before requests are written: no attempt waits for a function of the app (R2, R21).
import type { Endpoint } from '../endpoint/endpoint.js'
import { ruleOf } from '../model/failure.js'
import type { LaneKey } from '../model/record.js'
import type { Session } from '../store/rows.js'
import { expireSession } from '../store/sessions.js'
import { backoffMs, isDue } from './backoff.js'
import type { Alarm } from './alarm.js'
import type { News } from './news.js'
import { request } from './request.js'
import type { SenderParts } from './sender-parts.js'

export interface Passes {
  /** How many are being fetched. */
  readonly asking: number
  /** After one has failed, the time of the next try; else 0, or in the past. */
  readonly againAtMs: number
  /** Whether a request of the lane may be written now. If not, the next `fetch` asks for what is missing. */
  isReady(key: LaneKey, session: Session): boolean
  fetch(): void
  /** A person asks for another try, or the app may have something new. */
  forgive(): void
}

/** A request may leave so long after it was written; the endpoint keeps what it fetches for twice that. */
const readyForMs = 5_000

/** `term`: ends what is being fetched. `onEnd`: the sender looks again. */
export function createPasses(
  { db, endpointOf, platform, options, credentialsOf, onTrace, onError }: SenderParts,
  { alarm, news }: { alarm: Pick<Alarm, 'due'>; news: Pick<News, 'answered'> },
  term: () => AbortSignal,
  onEnd: () => void,
): Passes {
  const { clock, random } = platform
  // A token in the app's memory proves no network.
  const wire = { ...platform, connectivity: { onReply() {} } }
  type Prepare = NonNullable<Endpoint['prepare']>
  const ready = new Map<Prepare, { sessionId: string; atMs: number }>()
  const wanted = new Map<Prepare, { key: LaneKey; session: Session }>()
  const asking = new Set<Prepare>()
  let failures = 0
  let againAtMs = 0

  async function ask(prepare: Prepare, key: LaneKey, session: Session): Promise<void> {
    const { account, sessionId } = session
    const signal = term()
    const caller = { account, token: credentialsOf(session)?.token }
    const limits = { timeoutMs: options.requestTimeoutMs, signal }
    const reply = await request(wire, caller, limits, prepare, { ok: true })
    if (signal.aborted) return
    const nowMs = clock.now()
    if (reply.ok) {
      failures = 0
      ready.set(prepare, { sessionId, atMs: nowMs })
      return
    }
    const { failure } = reply
    againAtMs = nowMs + backoffMs(++failures, random.number())
    news.answered(reply)
    onTrace({
      type: 'failed',
      key: { collection: key.collection, id: key.id },
      kind: failure.kind,
      code: failure.code,
      atMs: nowMs,
    })
    if (ruleOf(failure.kind).scope === 'account') await expireSession(db, sessionId, failure)
  }

  return {
    get asking() {
      return asking.size
    },
    get againAtMs() {
      return againAtMs
    },
    isReady(key, session) {
      const prepare = endpointOf(key.collection)?.prepare
      if (!prepare) return true
      const found = ready.get(prepare)
      const ageMs = found?.sessionId === session.sessionId ? clock.now() - found.atMs : Infinity
      if (ageMs >= 0 && ageMs <= readyForMs) return true
      wanted.set(prepare, { key, session })
      return false
    },
    fetch() {
      for (const [prepare, { key, session }] of wanted) {
        wanted.delete(prepare)
        if (asking.has(prepare)) continue
        if (!isDue(againAtMs, clock.now())) {
          alarm.due(againAtMs)
          continue
        }
        asking.add(prepare)
        void ask(prepare, key, session)
          .catch(onError)
          .finally(() => {
            asking.delete(prepare)
            onEnd()
          })
      }
    },
    forgive() {
      againAtMs = 0
    },
  }
}
