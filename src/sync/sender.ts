// When to send (R12). What a lane does is decided in lane/; here are the effects, and the waiting.
import type { Endpoint, Reply } from '../endpoint/endpoint.js'
import type { SenderState } from '../model/sender-state.js'
import type { SenderNews } from '../model/messages.js'
import type { TraceEvent, TraceStep } from '../model/events.js'
import { isForm } from '../model/forms.js'
import type { StorageError } from '../model/errors.js'
import { type Failure, ruleOf, type WaitEnd } from '../model/failure.js'
import { type Json, laneName, type LaneKey, type Patch, type RecordKey } from '../model/record.js'
import { looselySame } from '../model/same.js'
import type { Platform } from '../platform/platform.js'
import type { Database } from '../store/database.js'
import type { Session, StateRow, StoredLane } from '../store/rows.js'
import type { Granted, LeaseClaim } from '../store/lease.js'
import { type LaneJob, type LanesInFlight, workLanes } from '../store/settlements.js'
import { endWait, readQueue } from '../store/state.js'
import { backoffMs, isDue } from './backoff.js'
import type { LaneEvent } from './lane/conclude.js'
import type { LaneContext } from './lane/context.js'
import { afterEvent, decide } from './lane/decide.js'
import { heldBy, type Plan, type Step } from './lane/decision.js'
import { createDescriptions } from './descriptions.js'
import type { Lease } from './lease.js'
import type { Network } from './network.js'
import { createPacing } from './pacing.js'
import { request } from './request.js'
import { stepsOf } from './lane/steps.js'
import type { SyncOptions } from './sync-options.js'

/** Why the sender looks for work: `saved` shortens no wait, `online` and `visible` end those for a missing network. */
export type WakeReason = 'start' | 'saved' | 'online' | 'visible' | 'login' | 'due' | 'flush'

export interface SenderParts {
  db: Database
  endpointOf(collection: string): Endpoint | undefined
  platform: Pick<Platform, 'clock' | 'random' | 'fetch'> & { connectivity: Network }
  options: SyncOptions
  /** Made by whoever wires the sender; `onDeposed` tells the sender. */
  createLease(onDeposed: () => void): Lease
  /** What a request of the session shows the backend; `undefined` while this context has it not, and nothing is sent. */
  credentialsOf(session: Session): { token?: string } | undefined
  descriptionOf(collection: string): Json | undefined
  /** What a request of ours was answered. */
  onReply(collection: string, patch: Patch, reply: Reply): void
  /** `tells`: of the context that sends, which the others are to hear of. */
  onState(state: SenderState, tells: boolean): void
  onTrace(event: TraceEvent): void
  /** Storage failed in the middle of sending; the sender waits and tries again. */
  onTrouble(error: unknown): void
  /** What had failed so is written. */
  onRecovered?(): void
}

export interface Sender {
  /** `saved`: the lane that has a new edit, where that is all that is new. */
  wake(reason: WakeReason, saved?: LaneKey): void
  /** Resolves when nothing more can be sent now; when the browser says offline, after one try. */
  flush(): Promise<void>
  /** Resolves when nothing more is going on; what waits for its time may still be pending. */
  idle(): Promise<void>
  /** The page may never run again: requests are given up and the lease is let go, with no transaction (R13). */
  suspend(): void
  setHidden(hidden: boolean): void
  /** Shows what the context that sends has told of itself. Nothing that is sent, and no pause, depends on it. */
  hear(news: SenderNews): void
  /** Says again how things stand: the network is gone. */
  report(): void
  /** The database was lost: gives up what is under way, and the lease that was in it. */
  lost(): void
  /** Gives up what is under way, and sends nothing more; resolves when all has ended. */
  close(): Promise<void>
}

/** What keeps a lane whose rows cannot be read from being sent. */
const unreadLane = {
  reload: 'A newer version of this app, in another tab, wrote edits that this one cannot read: reload this page',
  damaged: 'Some edits on this device cannot be read any more: they are kept, and not sent',
}

/** A request that was prepared longer ago is checked again before it leaves (R2). */
const preparedForMs = 5_000

/** How many lanes are looked up at once: enough to go on with while they are sent. */
const lanesAtOnce = 48

/** A tab that has just been opened hears this soon that another one sends. */
const tellAgainMs = 100

/** What was decided for a lane and has not been done yet. */
interface Ready {
  key: LaneKey
  step: Extract<Step, { step: 'send' | 'read' }>
  session: Session
  preparedAtMs: number
}

/** A decision to be taken in the next transaction, and what to do once it is written. */
interface Task {
  job: LaneJob
  /** It is about an answer: what the lane does next comes of it. */
  concludes: boolean
  written(): void
}

/** Starts nothing: the first `wake` does. */
export function createSender(parts: SenderParts): Sender {
  const { db, options } = parts
  const { clock, random, connectivity } = parts.platform
  const startedAtMs = clock.now()
  const stopped = new AbortController()
  const descriptions = createDescriptions((collection) => parts.descriptionOf(collection))
  const pacing = createPacing(parts.platform, options.concurrency)
  const lease = parts.createLease(() => overtaken())
  /** Replaced when the lease is lost: what is under way then must not be written any more. */
  let term = new AbortController()

  const tasks: Task[] = []
  const ready: Ready[] = []
  /** Lanes that have a job, a place in `ready` or a request under way. */
  const busy = new Set<string>()
  const inFlight: LanesInFlight = { version: -1, byName: new Map() }
  /** Under way in this term. */
  let requests = 0
  let othersSend = false
  /** When the backend last replied to another context, as that one tells. */
  let heardReplyAtMs = 0
  /** Some lane cannot be read. */
  let unread: Failure | undefined
  /** Lanes already looked at since the last reason to look again. */
  const seen = new Set<string>()
  /** How often there was a reason to look again. */
  let rounds = 0
  let cursor: RecordKey | undefined
  /** Found, and not looked at yet; by name. */
  const upcoming = new Map<string, LaneKey>()
  /** The lane behind which this round began. */
  let roundFrom: RecordKey | undefined
  let exhausted = true
  /** At the last look nothing kept this context from sending. */
  let isSendable = false
  let nextDueAtMs: number | undefined
  /** News that may end what all lanes wait for: the next look asks. */
  const hopeful = new Set<WaitEnd | undefined>()
  const unreadable = new Set<string>()
  let storageFailures = 0
  /** Ends the wait of each `flush()` under way. */
  const giveUps = new Set<() => void>()
  /** Calls of `flush()` under way. */
  let flushing = 0
  let suspended = false
  let draining: Promise<void> | undefined
  let stir: () => void = () => {}
  let sleeping: AbortController | undefined

  /** What the others were last told, and when. */
  let told = { news: '', atMs: 0 }

  const report = (tells = false): void => {
    const state: SenderState = {
      sending: requests > 0 || (othersSend && connectivity.online),
      online: connectivity.online,
      hold: unread,
      nextAttemptAtMs: nextDueAtMs,
      lastReplyAtMs: Math.max(pacing.lastReplyAtMs ?? 0, heardReplyAtMs) || undefined,
      failure: pacing.lastFailure,
    }
    // That one more answer has come is no news for each request.
    const news = JSON.stringify({ ...state, lastReplyAtMs: 0 })
    const atMs = clock.now()
    const isNews = tells && (news !== told.news || Math.abs(atMs - told.atMs) >= tellAgainMs)
    parts.onState(state, isNews)
    if (isNews) told = { news, atMs }
  }

  const trace = (event: TraceStep): void => parts.onTrace({ ...event, atMs: clock.now() })

  const due = (atMs: number): void => {
    nextDueAtMs = Math.min(nextDueAtMs ?? Infinity, atMs)
  }

  /** The session that may be sent for, or nothing while something holds or waits (G9, R12). Notes when to look for `work` again. */
  const sendableSession = (state: StateRow, work: boolean): Session | undefined => {
    const { session } = state
    isSendable = false
    if (!session || session.expired || stopped.signal.aborted) return undefined
    const waits = pacing.waits(state.wait, work)
    if (work) waits.forEach(due)
    if (waits.length || !parts.credentialsOf(session)) return undefined
    isSendable = true
    return session
  }

  const contextFor = ({ key, row }: StoredLane, state: StateRow, epoch: number): LaneContext | undefined => {
    const endpoint = parts.endpointOf(key.collection)
    if (!endpoint) return undefined
    const description = descriptions.of(key.collection)
    const session = sendableSession(state, true)
    return {
      ...options,
      nowMs: clock.now(),
      startedAtMs,
      epoch,
      newId: () => random.id(),
      chance: random.number(),
      // Without one, what an answer changes is written all the same, and nothing new is begun.
      sessionId: session?.account === key.account ? session.sessionId : undefined,
      wait: state.wait,
      canRead: endpoint.read !== undefined && !unreadable.has(key.collection),
      // By a read: an update with no answer would hold up all later edits of its record.
      probes: !connectivity.online,
      ignoreDue: flushing > 0 || pacing.probe !== undefined,
      lastReplyAtMs: pacing.lastReplyAtMs,
      same: (property, sent, got) =>
        isForm(row.forms, property, sent, got) ||
        (endpoint.same?.(property, sent, got, description) ?? looselySame(sent, got)),
      check: (patch) => endpoint.check?.(patch, {}),
      notStored: (properties) =>
        endpoint.notStored?.(properties) ?? {
          kind: 'validation',
          reason: 'not-stored',
          message: `The backend did not store ${properties.join(', ')}`,
        },
    }
  }

  const addTask = (key: LaneKey, event: LaneEvent, concludes = false): void => {
    let plan: Plan | undefined
    let session: Session | undefined
    let preparedAtMs = 0
    const name = laneName(key)
    busy.add(name)
    tasks.push({
      concludes,
      job: {
        key,
        decide(lane, state, epoch) {
          const context = contextFor(lane, state, epoch)
          try {
            plan = context && decide(lane, event, context)
          } catch {
            // One lane that cannot be understood must not keep the others of this transaction from being written (G4).
            plan = afterEvent(heldBy('damaged'), event, context!)
          }
          session = state.session
          // Not when it is heard that this is written: the page may have been frozen in between.
          preparedAtMs = clock.now()
          return plan?.change
        },
      },
      written() {
        busy.delete(name)
        if (!plan) return
        stepsOf(key, plan).forEach(trace)
        const { next } = plan
        if (next.step === 'held')
          unread ??= { kind: 'configuration', reason: next.reason, message: unreadLane[next.reason] }
        if (next.step === 'later') due(next.dueAtMs)
        // Whoever the lane belongs to may have left meanwhile: nothing is asked in another one's name (G10).
        if ((next.step !== 'send' && next.step !== 'read') || session?.account !== key.account) return
        busy.add(name)
        ready.push({ key, step: next, session, preparedAtMs })
      },
    })
  }

  const send = async ({ key, step, session }: Ready): Promise<void> => {
    const endpoint = parts.endpointOf(key.collection)!
    const { account, collection, id } = key
    const record = { collection, id }
    const { token } = parts.credentialsOf(session) ?? {}
    const caller = { account, token, description: descriptions.of(collection) }
    const { signal } = term
    const limits = { timeoutMs: options.requestTimeoutMs, signal }
    const atMs = clock.now()
    requests++
    report(true)
    if (step.step === 'send') {
      const { editIds, patch, tries } = step.attempt
      trace({ type: 'sent', key: record, editIds, properties: Object.keys(patch), tries })
    }
    const reply = await request(parts.platform, caller, limits, async (context) => {
      if (step.step === 'send')
        return endpoint.update({ key: record, patch: step.attempt.patch, idempotencyKey: step.attempt.key }, context)
      const read = (): Promise<Reply> => endpoint.read!(record, context)
      return step.verifies ? descriptions.readWith(collection, endpoint, context, read) : read()
    })
    if (signal.aborted) return
    requests--
    const noted = pacing.note(key, reply)
    if (noted === 'wait') for (const one of ready) one.preparedAtMs = -Infinity
    if (noted === 'more') lookAgain()
    const isGone = !reply.ok && ruleOf(reply.failure.kind).endsLane
    if (step.step === 'read')
      trace({ type: 'read', key: record, reason: step.verifies ? 'verify' : 'compare', ok: reply.ok || !!isGone })
    if (!reply.ok && ruleOf(reply.failure.kind).class !== 'verdict') {
      const { kind, code } = reply.failure
      trace({ type: 'failed', key: record, kind, code })
    }
    if (step.step === 'read') {
      if (!reply.ok && ruleOf(reply.failure.kind).forbidsReads) unreadable.add(collection)
      addTask(key, { event: 'read-answered', reply, rev: step.rev, atMs, sessionId: session.sessionId }, true)
    } else {
      parts.onReply(collection, step.attempt.patch, reply)
      addTask(key, { event: 'write-answered', attempt: step.attempt, reply }, true)
    }
    // What is ready leaves at once, and not after the transaction that is under way.
    dispatch()
    stir()
  }

  const lookAgain = (): void => {
    unread = undefined
    rounds++
    seen.clear()
    cursor = roundFrom = pacing.troubled
    upcoming.clear()
    exhausted = false
    // Each lane that is looked at says again when it is due.
    nextDueAtMs = undefined
  }

  const isUnseen = (name: string): boolean => !seen.has(name) && !busy.has(name)

  const addUpcoming = (lane: LaneKey): void => void upcoming.set(laneName(lane), lane)

  /** Finds lanes to plan. Goes round once: lanes behind the cursor are looked at when something new was saved. */
  const refill = async (): Promise<void> => {
    const round = rounds
    const { tryAtMs } = pacing
    // Until then each edit that is saved would cost a look that changes nothing.
    if (tryAtMs && !pacing.mayTry) {
      due(tryAtMs)
      exhausted = true
      cursor = roundFrom = undefined
      return
    }
    const { state, lanes, owing, isEmpty } = await readQueue(db, {
      after: cursor,
      limit: pacing.probe ? 1 : lanesAtOnce,
    })
    // A reason to look again came meanwhile: what was found is of the round before, and says nothing of this one's end.
    if (round !== rounds) return
    const isOver = state.wait && hopeful.has(ruleOf(state.wait.failure.kind).endedBy)
    if (isOver && (await endWait(db, [...hopeful]))) return lookAgain()
    hopeful.clear()
    // Nothing waits for the end of a wait then: no timer (G14).
    const session = sendableSession(state, !isEmpty)
    // There is nothing to send, whatever a tab that crashed meanwhile has told.
    if (isEmpty) othersSend = false
    // Also what an earlier visit left.
    if (state.wait) pacing.width = 1
    const owed = owing.filter((lane) => {
      if (isDue(lane.dueAtMs, clock.now(), options.requestTimeoutMs)) return isUnseen(laneName(lane))
      due(lane.dueAtMs)
      return false
    })
    if (!session || (!lanes.length && !owed.length)) {
      // A round that began in the middle goes on at the front.
      exhausted = !session || !roundFrom
      cursor = roundFrom = undefined
      return
    }
    cursor = lanes.at(-1) ?? cursor
    for (const { account, collection, id } of [...owed, ...lanes]) addUpcoming({ account, collection, id })
  }

  /** Has as many of the lanes that were found planned as there is room for. */
  const plan = (): void => {
    const most = pacing.probe ? 1 : 2 * pacing.width
    const concluding = tasks.filter(({ concludes }) => concludes).length
    let room = most - busy.size + concluding
    for (const [name, lane] of upcoming) {
      if (room <= 0 || suspended) break
      upcoming.delete(name)
      if (!isUnseen(name)) continue
      seen.add(name)
      addTask(lane, { event: 'looked' })
      room--
    }
  }

  const storageFailed = async (error: unknown): Promise<void> => {
    parts.onTrouble(error)
    // A lost connection is opened again by itself.
    if ((error as Partial<StorageError>).reason !== 'lost') for (const giveUp of giveUps) giveUp()
    if (stopped.signal.aborted) return
    sleeping = new AbortController()
    await clock.sleep(backoffMs(++storageFailures, random.number()), sleeping.signal)
  }

  /** Has `work` written under the lease, which it claims where this context has it not. `false`: given up, or deposed. */
  const hold = async (work: (right: number | LeaseClaim) => Promise<Granted>): Promise<boolean> => {
    let granted: Granted | undefined
    if (lease.epoch === undefined) {
      const claim = async (claimed: LeaseClaim): Promise<Granted> => (granted = await work(claimed))
      if (!(await lease.acquire(term.signal, claim))) return false
      othersSend = false
      if (granted) {
        // What whoever had it before left since the queue was looked at, but for what is read here.
        lookAgain()
        for (const name of busy) seen.add(name)
      }
    }
    return 'epoch' in (granted ?? (await work(lease.epoch!)))
  }

  /** Everything that waits to be written goes in one transaction (R2). */
  const write = async (): Promise<void> => {
    const batch = tasks.splice(0)
    const { signal } = term
    try {
      const jobs = batch.map(({ job }) => job)
      const isHeld = await hold((right) => workLanes(db, { jobs, right, nowMs: clock.now(), inFlight }))
      // Given up meanwhile: what was prepared is checked again before it leaves (R2).
      if (signal.aborted) return
      if (!isHeld) return overtaken()
      if (storageFailures) parts.onRecovered?.()
      storageFailures = 0
    } catch (error) {
      if (signal.aborted) return
      // The answers are kept and written when storage works again: a settlement is never lost (R10).
      tasks.unshift(...batch)
      return storageFailed(error)
    }
    for (const task of batch) task.written()
  }

  const dispatch = (): void => {
    const most = pacing.probe ? 1 : pacing.width
    while (ready.length && requests < most) {
      const next = ready.shift()!
      const ageMs = clock.now() - next.preparedAtMs
      // A clock that was set back says nothing of its age.
      const isFresh = ageMs >= 0 && ageMs <= preparedForMs
      if (!isFresh || !pacing.mayTry || !parts.credentialsOf(next.session)) recheck(next)
      else void send(next)
    }
  }

  /** Too long ago, or held meanwhile: whether it may still leave is asked again. It is taken back for that, uncharged. */
  const recheck = ({ key, step }: Ready): void =>
    addTask(key, step.step === 'send' ? { event: 'not-sent', attempt: step.attempt } : { event: 'looked' })

  /** Another context sends now. What is known here of answers is not written: it reads the record before it repeats (G5). */
  const depose = (): void => {
    term.abort(new DOMException('Another tab sends now', 'AbortError'))
    term = new AbortController()
    lease.drop()
    tasks.length = ready.length = requests = 0
    busy.clear()
    lookAgain()
    report()
    stir()
  }

  /** Another context has the lease: the row says so, and whoever takes it has something to send. */
  const overtaken = (): void => {
    othersSend = true
    depose()
  }

  const drain = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      dispatch()
      // In one transaction with what is concluded.
      plan()
      if (tasks.length) {
        await write()
        continue
      }
      const stirred = new Promise<void>((resolve) => (stir = resolve))
      if (!exhausted && !suspended && !upcoming.size && busy.size < (pacing.probe ? 1 : 2 * pacing.width)) {
        try {
          await refill()
        } catch (error) {
          await storageFailed(error)
        }
        continue
      }
      if (!requests) break
      await stirred
    }
    // Told before the next one can begin.
    report(lease.epoch !== undefined)
    await lease.release()
  }

  const run = (): void => {
    // Also after trouble with storage: what was saved meanwhile proves that it works.
    sleeping?.abort()
    if (draining || stopped.signal.aborted) return
    draining = drain().finally(() => {
      draining = undefined
      if (stopped.signal.aborted || suspended) return
      if (!exhausted || tasks.length) run()
      else sleepUntilDue()
    })
  }

  /** The only timer, and only while something waits (G14). */
  const sleepUntilDue = (): void => {
    if (nextDueAtMs === undefined) return
    const sleep = (sleeping = new AbortController())
    void clock.sleep(Math.max(0, nextDueAtMs - clock.now()), sleep.signal).then(() => {
      if (!sleep.signal.aborted) wake('due')
    })
  }

  const wake = (reason: WakeReason, saved?: LaneKey): void => {
    if (stopped.signal.aborted) return
    // A frozen page that only hears a message stays as it is; one that is back says so.
    if (reason === 'visible') suspended = false
    if (suspended) return
    if (reason === 'start' || reason === 'login') hopeful.add('start')
    if (reason === 'online' || reason === 'visible') {
      pacing.tryAtMs = 0
      hopeful.add('network')
    }
    if (saved && exhausted && isSendable && connectivity.online && lease.isOurs) {
      // All else was looked at, and nobody else sends: no need to look for it.
      seen.delete(laneName(saved))
      addUpcoming(saved)
    } else lookAgain()
    run()
    stir()
  }

  const idle = async (): Promise<void> => {
    while (draining) await draining
  }

  return {
    wake,
    idle,
    async flush() {
      flushing++
      pacing.forgive()
      try {
        await endWait(db).catch(parts.onTrouble)
        wake('flush')
        await new Promise<void>((resolve) => {
          giveUps.add(resolve)
          void idle().then(() => giveUps.delete(resolve) && resolve())
        })
      } finally {
        flushing--
      }
    },
    suspend() {
      suspended = true
      sleeping?.abort()
      const isHeld = lease.epoch !== undefined
      depose()
      report(isHeld)
    },
    setHidden: (hidden) => lease.setHidden(hidden),
    hear(news) {
      if (lease.epoch !== undefined) return
      heardReplyAtMs = Math.max(heardReplyAtMs, Math.min(news.lastReplyAtMs ?? 0, clock.now()))
      pacing.lastFailure = news.failure
      if (news.sending) lease.forget()
      // Who has crashed meanwhile, or was never there, has left nothing to send or left it to this one: one look tells.
      if (news.sending && !othersSend) wake('saved')
      othersSend = news.sending
      report()
    },
    report: () => report(),
    lost: depose,
    async close() {
      const reason = new DOMException('The client was closed', 'AbortError')
      stopped.abort(reason)
      term.abort(reason)
      requests = 0
      sleeping?.abort()
      stir()
      await draining
      lease.close()
    },
  }
}
