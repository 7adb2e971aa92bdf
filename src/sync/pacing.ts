// How many lanes may be tried at a time, and what keeps all of them waiting (R12). Remembers what requests were answered.
import type { Reply } from '../endpoint/endpoint.js'
import { type Failure, ruleOf } from '../model/failure.js'
import { laneName, type LaneKey } from '../model/record.js'
import type { Connectivity, Platform } from '../platform/platform.js'
import type { Wait } from '../store/rows.js'
import { backoffMs, isDue } from './backoff.js'
import { isWaitOver } from './wait.js'

export interface Pacing {
  /** Lanes at a time while nothing is probed: one once the network was gone or busy, and one more with each proper reply. */
  width: number
  /** The backend fails: one lane at a time is tried, past its own pause. */
  readonly probe: { failures: number; dueAtMs: number } | undefined
  /** The lane that met the last trouble: others go first then, or one that always fails would keep them waiting (G4). */
  readonly troubled: LaneKey | undefined
  readonly lastReplyAtMs: number | undefined
  /** The last answer, here or as told by the context that sends, if it was no proper reply: shown only. */
  lastFailure: Failure | undefined
  /** `wait`: what was prepared before has to be asked for again; `more`: lanes that found no slot may be looked at. */
  note(key: LaneKey, reply: Reply): 'wait' | 'more' | undefined
  /**
   * When the network is tried although there is none, as the browser says; 0: now. Until then nothing has to be looked for.
   * `undefined` while nothing waits for it.
   */
  tryAtMs: number | undefined
  /** Whether a request may leave, for all that the browser says of the network. */
  readonly mayTry: boolean
  /** When what keeps everything waiting is over, for each of such reasons. `work`: there is something to send. */
  waits(wait: Wait | undefined, work: boolean): number[]
  /** A person asks for another try. */
  forgive(): void
}

export function createPacing(
  { clock, random, connectivity }: Pick<Platform, 'clock' | 'random'> & { connectivity: Pick<Connectivity, 'online'> },
  concurrency: number,
): Pacing {
  /** The lanes that `server` answered since the last proper reply; with two of them, one lane at a time is tried. */
  const failing = new Set<string>()
  const pacing: { -readonly [member in keyof Pacing]: Pacing[member] } = {
    width: concurrency,
    probe: undefined,
    troubled: undefined,
    tryAtMs: undefined,
    get mayTry() {
      return connectivity.online || (pacing.tryAtMs !== undefined && isDue(pacing.tryAtMs, clock.now()))
    },
    lastReplyAtMs: undefined,
    lastFailure: undefined,
    note(key, reply) {
      const nowMs = clock.now()
      const failure = reply.ok ? undefined : reply.failure
      pacing.troubled = key
      pacing.lastFailure = failure
      const { class: means, scope } = failure ? ruleOf(failure.kind) : {}
      if (scope === 'all') {
        if (means === 'wait') pacing.width = 1
        return 'wait'
      }
      if (means === 'wait') {
        failing.add(laneName(key))
        const { probe } = pacing
        if (failing.size < 2 && !probe) return undefined
        const failures = (probe?.failures ?? 0) + 1
        pacing.probe = { failures, dueAtMs: nowMs + backoffMs(failures, random.number()) }
        return 'wait'
      }
      // A proper reply, a refusal too, proves the backend.
      pacing.lastReplyAtMs = nowMs
      pacing.troubled = undefined
      failing.clear()
      if (!pacing.probe && pacing.width === concurrency) return undefined
      pacing.probe = undefined
      pacing.width = Math.min(concurrency, pacing.width + 1)
      return 'more'
    },
    waits(wait, work) {
      const nowMs = clock.now()
      const { probe } = pacing
      const due: number[] = []
      if (probe && !isDue(probe.dueAtMs, nowMs)) due.push(probe.dueAtMs)
      if (wait && !isWaitOver(wait, nowMs)) due.push(wait.dueAtMs)
      if (connectivity.online || !work) pacing.tryAtMs = undefined
      else {
        // One at a time; what comes of it decides how long the next one waits.
        pacing.width = 1
        pacing.tryAtMs = Math.max(pacing.tryAtMs ?? nowMs + backoffMs(1, random.number()), ...due)
        if (!pacing.mayTry) due.push(pacing.tryAtMs)
      }
      return due
    },
    forgive() {
      pacing.probe = undefined
      pacing.tryAtMs = 0
    },
  }
  return pacing
}
