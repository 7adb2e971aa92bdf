// Pure: why nothing may be sent now, and until when (G9, R12).
import { ruleOf, type WaitEnd } from '../model/failure.js'
import type { StateRow, Wait } from '../store/rows.js'
import { backoffMs, isDue } from './backoff.js'
import { isWaitOver } from './wait.js'

/**
 * `closed`, `frozen`: the context is. `session`: nobody is logged in, or the backend does not take the session any more.
 * `token`: this context does not have it. `failing`: the backend fails; the sender tries it at times. `wait`: all contexts
 * wait. `offline`: the browser says that there is no network; the sender tries all the same at times.
 */
export type Reason = 'closed' | 'frozen' | 'session' | 'token' | 'failing' | 'wait' | 'offline'

/** The facts for a look at the gate. */
export interface Outlook {
  nowMs: number
  /** Draws a chance, from 0 up to 1. */
  chance(): number
  online: boolean
  /** There is something to send. */
  hasWork: boolean
  hasToken: boolean
  /** The backend fails; the sender tries it again at that time. */
  probe: { dueAtMs: number } | undefined
}

export interface Gate {
  /** As of the last look, nothing keeps this context from sending. */
  readonly isOpen: boolean
  has(reason: Reason): boolean
  /** Closed or frozen. */
  readonly isShut: boolean
  /** Shut until the caller opens it; no look changes it. */
  shut(reason: 'closed' | 'frozen'): void
  thaw(): void
  /** Looks at the reasons anew. Returns the times at which some of them are over. */
  look(state: Pick<StateRow, 'session' | 'wait'>, outlook: Outlook): number[]
  /**
   * The time of the next try while the browser says that there is no network; 0: now. `undefined` while nothing waits for it.
   */
  readonly tryAtMs: number | undefined
  /** Whether a request may leave, by the browser's word on the network. */
  mayTry(online: boolean, nowMs: number): boolean
  /** News that may end the wait of all contexts: the next look asks. News of the network lets it be tried at once. */
  noteEnd(news: WaitEnd): void
  /** A person opens the app, or a worker is woken: what kept the last page from the network may be over. The browser's word counts. */
  noteStart(isHidden: boolean): void
  /** All such news, if one of them may end this wait. */
  endsOf(wait: Wait | undefined): WaitEnd[] | undefined
  /** A look has shown the end of the wait, or its length. */
  dropEnds(): void
}

export function createGate(): Gate {
  /** Each with its end; `Infinity`: a wake-up ends it. Nothing is known before the first look. */
  let reasons = new Map<Reason, number>([['session', Infinity]])
  const shut = new Set<Reason>()
  const ends = new Set<WaitEnd>()
  let tryAtMs: number | undefined
  const has = (reason: Reason): boolean => reasons.has(reason) || shut.has(reason)
  return {
    get isOpen() {
      return !reasons.size && !shut.size
    },
    has,
    get isShut() {
      return shut.size > 0
    },
    shut: (reason) => void shut.add(reason),
    thaw: () => void shut.delete('frozen'),
    look({ session, wait }, { nowMs, chance, online, hasWork, hasToken, probe }) {
      reasons = new Map()
      if (!session || session.expired || has('closed')) {
        reasons.set('session', Infinity)
        return []
      }
      if (probe && !isDue(probe.dueAtMs, nowMs)) reasons.set('failing', probe.dueAtMs)
      if (wait && !isWaitOver(wait, nowMs)) reasons.set('wait', wait.dueAtMs)
      if (online || !hasWork) tryAtMs = undefined
      else {
        // The outcome of a try decides how long the next one waits.
        tryAtMs = Math.max(tryAtMs ?? nowMs + backoffMs(1, chance()), ...reasons.values())
        if (!isDue(tryAtMs, nowMs)) reasons.set('offline', tryAtMs)
      }
      const times = [...reasons.values()]
      if (!hasToken) reasons.set('token', Infinity)
      return times
    },
    get tryAtMs() {
      return tryAtMs
    },
    mayTry: (online, nowMs) => online || (tryAtMs !== undefined && isDue(tryAtMs, nowMs)),
    noteEnd(news) {
      ends.add(news)
      if (news === 'network') tryAtMs = 0
    },
    noteStart(isHidden) {
      ends.add('start')
      if (!isHidden) ends.add('network')
    },
    endsOf: (wait) => (wait && ends.has(ruleOf(wait.failure.kind).endedBy!) ? [...ends] : undefined),
    dropEnds: () => ends.clear(),
  }
}
