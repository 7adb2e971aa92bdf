import { isDelay } from './check-rule.js'
import { createRequestLog, type RequestLog } from './request-log.js'
import { createRules, type Action, type Rules } from './rules.js'

/** The part of the control that knows requests and answers, and nothing of what they are about. Both modes have it. */
export interface Traffic {
  readonly rules: Rules
  readonly requests: RequestLog
  readonly settings: TrafficSettings
  setLatency(delayMs: number): void
  /** While on, each connection of the API is destroyed before the request is read, preflights included. */
  refuse(on: boolean): void
  /** Lets go of all requests that a rule holds. */
  release(): void
  /** Resolves at the next `release()`. */
  released(): Promise<void>
  /** How many requests a rule holds now. */
  held(): number
}

/** The settings of every mode that can be changed while the server runs. */
export interface TrafficSettings {
  latencyMs: number
  refusing: boolean
}

export const freeTraffic: Readonly<TrafficSettings> = { latencyMs: 0, refusing: false }

/**
 * Traffic under the settings of a mode. `routes` are those of its API (`:id` and the like stand for one part of a path), and
 * `actions` those that its rules may have.
 */
export function createTraffic<Settings extends TrafficSettings>(
  settings: Settings,
  { now, routes, actions }: { now: () => number; routes: readonly string[]; actions: ReadonlySet<Action['do']> },
): Traffic & { readonly settings: Settings } {
  let waiting: (() => void)[] = []
  return {
    rules: createRules(actions),
    requests: createRequestLog(now, routes),
    settings,
    setLatency(delayMs) {
      if (!isDelay(delayMs)) throw new Error(`"delayMs" has to be milliseconds, not ${JSON.stringify(delayMs)}`)
      settings.latencyMs = delayMs
    },
    refuse: (on) => void (settings.refusing = on),
    release() {
      const held = waiting
      waiting = []
      for (const go of held) go()
    },
    released: () => new Promise((resolve) => waiting.push(resolve)),
    held: () => waiting.length,
  }
}
