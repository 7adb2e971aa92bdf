// How many lanes may be tried at a time (R12). Remembers the answers of requests.
import type { Reply } from '../endpoint/endpoint.js'
import { ruleOf } from '../model/failure.js'
import { laneName, type LaneKey } from '../model/record.js'
import type { Platform } from '../platform/platform.js'
import { backoffMs } from './backoff.js'

export interface Pacing {
  /** Lanes at a time: one once the network was gone or busy, and one more with each proper reply; one while it probes. */
  readonly width: number
  /** The backend fails: the sender tries one lane at a time, past the lane's own pause. */
  readonly probe: { failures: number; dueAtMs: number } | undefined
  /** The lane that met the last trouble: others go first then, or a lane that always fails would keep them waiting (G4). */
  readonly troubled: LaneKey | undefined
  /** `wait`: prepared requests have to be checked again; `more`: lanes that found no slot may be looked at. */
  note(key: LaneKey, reply: Reply): 'wait' | 'more' | undefined
  /** One lane at a time, until proper replies come. */
  narrow(): void
  /** A person asks for another try. */
  forgive(): void
}

export function createPacing({ clock, random }: Pick<Platform, 'clock' | 'random'>, concurrency: number): Pacing {
  /** The lanes that `server` answered since the last proper reply; with two of them, one lane at a time is tried. */
  const failing = new Set<string>()
  let width = concurrency
  let probe: Pacing['probe']
  let troubled: LaneKey | undefined
  return {
    get width() {
      return probe ? 1 : width
    },
    get probe() {
      return probe
    },
    get troubled() {
      return troubled
    },
    note(key, reply) {
      troubled = key
      const { class: means, scope } = reply.ok ? {} : ruleOf(reply.failure.kind)
      if (scope === 'all') {
        if (means === 'wait') width = 1
        return 'wait'
      }
      if (means === 'wait') {
        failing.add(laneName(key))
        if (failing.size < 2 && !probe) return undefined
        const failures = (probe?.failures ?? 0) + 1
        probe = { failures, dueAtMs: clock.now() + backoffMs(failures, random.number()) }
        return 'wait'
      }
      // A proper reply, a refusal too, proves the backend.
      troubled = undefined
      failing.clear()
      if (!probe && width === concurrency) return undefined
      probe = undefined
      width = Math.min(concurrency, width + 1)
      return 'more'
    },
    narrow() {
      width = 1
    },
    forgive() {
      probe = undefined
    },
  }
}
