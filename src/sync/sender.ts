// When to send (R12): the loop, one act at a time. Each memory of the sender has a file of its own (`owners.ts`).
import type { StorageError } from '../model/errors.js'
import type { SenderNews } from '../model/messages.js'
import type { LaneKey } from '../model/record.js'
import { endWait } from '../store/state.js'
import { createAgenda } from './agenda.js'
import { createAlarm } from './alarm.js'
import { createDescribedReads } from './described-reads.js'
import { createEvents, type WakeReason } from './events.js'
import { createGate } from './gate.js'
import { createLookout } from './lookout.js'
import { createNews } from './news.js'
import { type Act, nextAct } from './next-act.js'
import { createPacing } from './pacing.js'
import { createPasses } from './passes.js'
import { createRequests } from './requests.js'
import type { SenderParts } from './sender-parts.js'
import { createDecisions } from './write-decisions.js'

/** The reasons to wait that only the memory of this context knows. */
export interface SenderFacts {
  /** This context's name in the lease's row. */
  tab: string
  /** This context has the lease. */
  isHolder: boolean
  /** Another context has the lease, or says that it sends. */
  isBehind: boolean
  isFrozen: boolean
  /** The backend fails; the sender tries it again at that time. */
  probe: { failures: number; dueAtMs: number } | undefined
  /** The next try while the browser says that there is no network. */
  tryAtMs: number | undefined
  /** Credentials are fetched. After a failure of that: the time of the next try. */
  isFetching: boolean
  fetchAtMs: number
  /** The sender leaves the lane alone until the page is loaded again. */
  isHeld(lane: LaneKey): boolean
}

export interface Sender {
  facts(): SenderFacts
  /** `saved`: the lane that has a new edit, where nothing else is new. */
  wake(reason: WakeReason, saved?: LaneKey): void
  /** Resolves when nothing more can be sent now; when the browser says offline, after one try. */
  flush(): Promise<void>
  /** Resolves when no work goes on; lanes that wait for their time may still be pending. */
  idle(): Promise<void>
  /** The page may never run again: gives up requests and lets the lease go, with no transaction (R13). */
  suspend(): void
  setHidden(hidden: boolean): void
  /** Shows the report of the context that sends. No request and no pause depends on it. */
  onRemoteState(news: SenderNews): void
  /** Passes its state on again: the network is gone. */
  report(): void
  /** The database was lost: gives up the requests under way, and the lease that was in it. */
  lost(): void
  /** Gives up the requests under way, and sends nothing more; resolves when all has ended. */
  close(): Promise<void>
}

/** Starts nothing, and none of its parts does: the first `wake` comes when all of them exist (S8). */
export function createSender(parts: SenderParts): Sender {
  /** Each call of `flush()` under way, by what ends its wait. */
  const flushes = new Set<() => void>()
  let draining: Promise<void> | undefined
  let wakeLoop = (): void => {}
  const agenda = createAgenda()
  const alarm = createAlarm(parts.platform.clock)
  const gate = createGate()
  const news = createNews(parts)
  const pacing = createPacing(parts.platform, parts.options.concurrency)
  const reads = createDescribedReads(parts.descriptionOf)
  const passes = createPasses(
    parts,
    { alarm, news },
    () => requests.term,
    () => {
      lookout.lookAgain()
      wakeLoop()
    },
  )
  const looking = { agenda, alarm, gate, news, pacing }
  const lookout = createLookout(parts, looking, reads, () => flushes.size > 0, passes.isReady)
  const requests = createRequests(parts, reads)
  const lease = parts.createLease(() => events.deposed())
  const decisions = createDecisions(parts, lease, requests, lookout.contextOf)
  const owners = { agenda, alarm, decisions, gate, lease, news, pacing, requests }
  const events = createEvents(parts, owners, lookout, () => wakeLoop())

  const room = (): number => (pacing.probe ? 1 : 2 * pacing.width) - agenda.inWork

  const next = (): Act => {
    events.dispatch()
    // Plans in the transaction that writes conclusions, as many of the found lanes as there is room for.
    for (let left = room() + decisions.concluding; left > 0 && !gate.isShut; left--) {
      const key = agenda.take()
      if (!key) break
      decisions.add(key, { event: 'looked' })
    }
    return nextAct({
      isClosed: gate.has('closed'),
      undecided: decisions.open,
      roundIsOver: agenda.isOver,
      isFrozen: gate.isShut,
      found: agenda.found,
      hasRoom: room() > 0,
      asking: requests.underWay + passes.asking,
    })
  }

  const drain = async (): Promise<void> => {
    for (;;) {
      try {
        const act = next()
        if (act === 'end' || act === 'rest') break
        if (act === 'write') {
          events.written(await decisions.write())
          passes.fetch()
        } else if (act === 'look') await lookout.look()
        // S6: no wake-up is lost between a look and a wait, since the wait begins in the turn that saw nothing to do.
        else await new Promise<void>((resolve) => (wakeLoop = resolve))
      } catch (error) {
        const pauseMs = events.failed(error)
        // A lost connection opens again by itself.
        if ((error as Partial<StorageError>).reason !== 'lost') for (const giveUp of flushes) giveUp()
        if (!gate.has('closed')) await alarm.sleep(pauseMs)
      }
    }
    // Reported before the next one can begin.
    events.report(lease.epoch !== undefined)
    await lease.release()
  }

  const run = (): void => {
    // Also after trouble with storage: an edit that was saved meanwhile proves that storage works.
    alarm.interrupt()
    if (draining || gate.has('closed')) return
    draining = drain().finally(() => {
      draining = undefined
      if (gate.isShut) return
      if (!agenda.isOver || decisions.open) run()
      // Only while something waits (G14).
      else void alarm.ring().then((rang) => rang && wake('due'))
    })
  }

  const wake = (reason: WakeReason, saved?: LaneKey): void => {
    if (reason !== 'saved' && reason !== 'due') passes.forgive()
    events.woken(reason, saved)
    if (gate.isShut) return
    run()
    wakeLoop()
  }

  const idle = async (): Promise<void> => {
    while (draining) await draining
  }

  return {
    wake,
    idle,
    facts: () => ({
      tab: lease.holder,
      isHolder: lease.epoch !== undefined,
      isBehind: lease.isWaiting || news.othersSend,
      isFrozen: gate.isShut,
      probe: pacing.probe,
      tryAtMs: gate.tryAtMs,
      isFetching: passes.asking > 0,
      fetchAtMs: passes.againAtMs,
      isHeld: agenda.isHeld,
    }),
    async flush() {
      let giveUp = (): void => {}
      const call = (): void => giveUp()
      flushes.add(call)
      pacing.forgive()
      gate.noteEnd('network')
      try {
        await endWait(parts.db).catch(parts.onError)
        wake('flush')
        await new Promise<void>((resolve) => {
          giveUp = resolve
          void idle().then(resolve)
        })
      } finally {
        flushes.delete(call)
      }
    },
    suspend: events.frozen,
    setHidden: lease.setHidden,
    onRemoteState(remote) {
      if (lease.epoch !== undefined) return
      // A sender that has crashed meanwhile, or never was, has left nothing to send or left it to this one: one look shows
      // which.
      if (remote.sending && !news.othersSend) wake('saved')
      events.onRemoteState(remote)
    },
    report: events.report,
    lost: events.lost,
    async close() {
      gate.shut('closed')
      requests.end()
      alarm.interrupt()
      wakeLoop()
      await draining
      lease.close()
    },
  }
}
