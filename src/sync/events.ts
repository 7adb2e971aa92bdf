// The events of the sender, and their changes in its owners. ARCHITECTURE.md has the table of them.
import { InvariantError } from '../model/assert.js'
import type { TraceStep } from '../model/events.js'
import type { SenderNews } from '../model/messages.js'
import type { LaneKey } from '../model/record.js'
import { backoffMs } from './backoff.js'
import { createDispatch } from './dispatch.js'
import type { Plan } from './lane/decision.js'
import { stepsOf } from './lane/steps.js'
import type { Lookout } from './lookout.js'
import type { Owners } from './owners.js'
import { brokenStep } from './request-steps.js'
import type { SenderParts } from './sender-parts.js'
import type { Decided, Written } from './write-decisions.js'

/** Why the sender looks for work: `saved` shortens no wait, `online` and `visible` end those for a missing network. */
export type WakeReason = 'start' | 'saved' | 'online' | 'visible' | 'login' | 'due' | 'flush'

export interface Events {
  /** The sender's present state. `broadcasts`: the other contexts get it as well. */
  report(broadcasts?: boolean): void
  woken(reason: WakeReason, saved: LaneKey | undefined): void
  /** Lets ready requests leave, as far as there is room. */
  dispatch(): void
  written(written: Written | undefined): void
  /** Another context has the lease: the row says so, and that context has something to send. */
  deposed(): void
  /** The database was lost, or the lease: gives up all work under way. */
  lost(): void
  frozen(): void
  /** Storage failed, or an invariant does not hold. Returns the length of the pause. */
  failed(error: unknown): number
  onRemoteState(news: SenderNews): void
}

export function createEvents(parts: SenderParts, owners: Owners, lookout: Lookout, wakeLoop: () => void): Events {
  const { agenda, alarm, decisions, gate, lease, news, requests } = owners
  const { clock, random, connectivity } = parts.platform
  let failures = 0

  const trace = (step: TraceStep): void => parts.onTrace({ ...step, atMs: clock.now() })

  const report = (broadcasts = false): void =>
    news.report(requests.underWay > 0, alarm.atMs, connectivity.lastReplyAtMs, broadcasts)

  /** Answers that no transaction has written are dropped: the next sender reads the record before it repeats (G5). */
  const lost = (): void => {
    requests.end()
    lease.drop()
    decisions.drop()
    agenda.clear()
    lookout.lookAgain()
    report()
    wakeLoop()
  }

  const deposed = (): void => {
    news.others(true)
    lost()
  }

  /** Nothing is lost: the term ends, and the sender reads all again. */
  const broken = (error: unknown): void => {
    trace(brokenStep(error))
    lost()
  }

  const decided = ({ key, plan, session, decidedAtMs, broken: stopped }: Decided): void => {
    agenda.decided(key, plan)
    // Also a damaged row, or an endpoint that throws: planned again, its request would leave at each wake-up.
    if (stopped) {
      trace(brokenStep(stopped.error, key))
      agenda.hold(key)
    }
    if (!plan) return
    stepsOf(key, plan).forEach(trace)
    const { next } = plan
    if (next.step === 'held') news.unread(next.reason)
    timesOf(plan).forEach(alarm.due)
    // The lane's account may have logged out meanwhile: the sender asks nothing in another one's name (G10).
    if ((next.step !== 'send' && next.step !== 'read') || session?.account !== key.account) return
    agenda.move(key, undefined, 'ready')
    requests.add({ key, step: next, session, preparedAtMs: decidedAtMs })
  }

  const dispatch = createDispatch(parts, owners, lookout, { trace, report, broken, wakeLoop })

  return {
    report,
    woken(reason, saved) {
      // A frozen page that only hears a message stays frozen; a page that is back reports that.
      if (reason === 'visible') gate.thaw()
      if (gate.isShut) return
      if (reason === 'start') gate.noteStart(lease.isHidden)
      if (reason === 'login') gate.noteEnd('start')
      if (reason === 'online' || reason === 'visible') gate.noteEnd('network')
      // The sender has looked at all else, and nobody else sends: no need to look for this edit.
      if (saved && agenda.isOver && gate.isOpen && connectivity.online && lease.isOurs) agenda.add(saved)
      else lookout.lookAgain()
    },
    dispatch,
    written(written) {
      // Given up meanwhile, be it in this turn: prepared requests are checked again before they leave (R2).
      if (!written || written.term.aborted) return
      if (!written.decided) return deposed()
      news.others(false)
      // The former holder may have left work since the last look, but not in lanes that this transaction read.
      if (written.isNew) lookout.lookAgain(true)
      if (failures) parts.onRecovered?.()
      failures = 0
      written.decided.forEach(decided)
    },
    deposed,
    lost,
    frozen() {
      gate.shut('frozen')
      alarm.interrupt()
      const isHeld = lease.epoch !== undefined
      lost()
      report(isHeld)
    },
    failed(error) {
      if (error instanceof InvariantError) broken(error)
      else parts.onError(error)
      return backoffMs(++failures, random.number())
    },
    onRemoteState(remote) {
      if (remote.sending) lease.forget()
      news.onRemoteState(remote)
      report()
    },
  }
}

/** When the lane is due, and when the wait of all lanes ends that it begins: in a page that is left alone nothing else would end it. */
function timesOf({ next, change }: Plan): number[] {
  const own = next.step === 'later' ? [next.dueAtMs] : []
  return change?.wait ? [...own, change.wait.dueAtMs] : own
}
