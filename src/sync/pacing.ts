// How many lanes may be tried at a time, and what keeps all of them waiting (R12). Remembers what requests were answered.
import type { Reply } from '../endpoint/endpoint.js'
import type { Failure } from '../model/failure.js'
import { laneName, type LaneKey } from '../model/record.js'
import type { Platform } from '../platform/platform.js'
import type { Wait } from '../store/rows.js'
import { backoffMs, isDue } from './backoff.js'
import { isWaitOver } from './conclude.js'

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
  /** When what keeps everything waiting is over, for each of such reasons. */
  waits(wait: Wait | undefined): number[]
  /** A person asks for another try. */
  forgive(): void
}

export function createPacing({ clock, random }: Pick<Platform, 'clock' | 'random'>, concurrency: number): Pacing {
  /** The lanes that `server` answered since the last proper reply; with two of them, one lane at a time is tried. */
  const failing = new Set<string>()
  const pacing: { -readonly [member in keyof Pacing]: Pacing[member] } = {
    width: concurrency,
    probe: undefined,
    troubled: undefined,
    lastReplyAtMs: undefined,
    lastFailure: undefined,
    note(key, reply) {
      const nowMs = clock.now()
      const failure = reply.ok ? undefined : reply.failure
      pacing.troubled = key
      pacing.lastFailure = failure
      const kind = failure?.kind
      if (kind === 'configuration') return 'wait'
      if (kind === 'unreachable' || kind === 'timeout' || kind === 'busy') {
        pacing.width = 1
        return 'wait'
      }
      if (kind === 'server') {
        failing.add(laneName(key))
        const { probe } = pacing
        if (failing.size < 2 && !probe) return undefined
        const failures = (probe?.failures ?? 0) + 1
        pacing.probe = { failures, dueAtMs: nowMs + backoffMs(failures, random) }
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
    waits(wait) {
      const nowMs = clock.now()
      const { probe } = pacing
      const due: number[] = []
      if (probe && !isDue(probe.dueAtMs, nowMs)) due.push(probe.dueAtMs)
      if (wait && !isWaitOver(wait, nowMs)) due.push(wait.dueAtMs)
      return due
    },
    forgive: () => void (pacing.probe = undefined),
  }
  return pacing
}
