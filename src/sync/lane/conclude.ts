// Pure: what an answer means for the lane that asked (G3, G8, G9, G12, R2 to R6, R12).
import { propertiesOf, sendable } from '../../model/compose.js'
import { readEcho } from '../../model/echo.js'
import { type Failure, ruleOf } from '../../model/failure.js'
import type { Fault } from '../../model/fault.js'
import { noteForms } from '../../model/forms.js'
import type { Properties } from '../../model/record.js'
import type { Random } from '../../platform/platform.js'
import type { Reply } from '../../endpoint/endpoint.js'
import type { Attempt, RecordRow, StateRow, StoredLane, Wait } from '../../store/rows.js'
import type { LaneChange } from '../../store/settlements.js'
import { backoffMs, isDue, pauseMs, stalledRetryMs } from '../backoff.js'
import { continueWith, type Plan, type PlanContext, planLane } from './plan.js'
import { refuseAttempt } from './refuse.js'
import { baseFrom, makeFault, settle, settledRow } from './settle.js'
import { splitAccepted } from './split.js'

export interface ConcludeContext extends PlanContext {
  random: Random
  /** When some request last had a proper reply, in this context. */
  lastReplyAtMs: number | undefined
  /** What the backend calls properties that it did not store. */
  notStored(properties: readonly string[]): Failure
}

/** How long a lane may be answered without a verdict before the app is told (`stalled`). */
const stalledAfterMs = 7 * 24 * 3_600_000

/**
 * What the answer to `sent` changes, and what the lane does next. When the lane has gone on meanwhile (the same answer was
 * written by a transaction that had seemed to fail), nothing of the answer.
 */
export function concludeUpdate(
  lane: StoredLane,
  state: StateRow,
  sent: Attempt,
  reply: Reply,
  context: ConcludeContext,
): Plan {
  const { attempt } = lane.row
  if (!attempt || attempt.key !== sent.key || attempt.tries !== sent.tries) return planLane(lane, context)
  if (reply.ok) return proper(state, context, accept(lane, attempt, reply.record, context))
  const { failure } = reply
  switch (ruleOf(failure.kind).class) {
    case 'verdict':
      return proper(state, context, refuse(lane, attempt, failure, context))
    case 'hold': {
      const change = hold(lane.row, state, attempt, failure, context)
      return isPast(failure, attempt.sessionId, context)
        ? continueWith(lane, change, context)
        : { change, next: { step: 'none' } }
    }
    case 'wait':
      return wait(lane, state, failure, context, { ...attempt, unknown: true, open: false })
  }
}

/** What the answer to a read changes, and what the lane does next. */
export function concludeRead(
  lane: StoredLane,
  state: StateRow,
  { reply, rev, atMs, sessionId }: { reply: Reply; rev: number; atMs: number; sessionId: string },
  context: ConcludeContext,
): Plan {
  if (reply.ok) {
    // A page that was frozen hears of it late, and full storage keeps it: too old to send by.
    const isOld = context.nowMs - atMs > context.freshForMs + context.requestTimeoutMs
    return proper(state, context, planLane(lane, context, isOld ? undefined : { record: reply.record, rev, atMs }))
  }
  const { failure } = reply
  const { attempt } = lane.row
  switch (ruleOf(failure.kind).class) {
    case 'verdict': {
      // Reading is refused, or there is no such record: nothing can be compared, so on without it (R3, R11).
      const blind = { ...context, canRead: false }
      if (!attempt?.refusal) return proper(state, context, planLane(lane, blind))
      return proper(
        state,
        context,
        continueWith(
          lane,
          refuseAttempt(lane, attempt, attempt.refusal, blind, undefined, !ruleOf(failure.kind).endsLane),
          blind,
        ),
      )
    }
    case 'hold':
      return isPast(failure, sessionId, context)
        ? planLane(lane, context)
        : { change: holding(state, failure, sessionId, context), next: { step: 'none' } }
    case 'wait':
      return wait(lane, state, failure, context, attempt)
  }
}

/** A proper reply proves the network; how long a busy server wants to be left alone, it says itself. */
function proper({ wait }: StateRow, { nowMs }: ConcludeContext, plan: Plan): Plan {
  const isOver = wait && (!ruleOf(wait.failure.kind).isOrder || isWaitOver(wait, nowMs))
  return isOver ? { ...plan, change: { ...plan.change, wait: null } } : plan
}

function accept(lane: StoredLane, attempt: Attempt, record: Properties, context: ConcludeContext): Plan {
  const { row } = lane
  const { patch } = attempt
  const { reformed, missing } = readEcho({ sent: patch, before: row.base, echo: record, same: context.same })
  const inAttempt = new Set(attempt.editIds)
  const sent = sendable(lane.edits.filter(({ id }) => inAttempt.has(id)))
  const split = splitAccepted(row.split, sent.length)
  // As old as the request: a page that was frozen hears its answer late.
  const based = baseFrom(row, { record, atMs: attempt.atMs }, patch)
  const left = settledRow({ ...based, forms: noteForms(row.forms, reformed, patch, record) }, split && { split })
  // It may be the same value for a context that has the app's `same`.
  if (missing.length && context.leavesConflicts)
    return {
      change: { row: { ...lane.row, attempt: { ...attempt, unknown: true, open: false } } },
      next: { step: 'none' },
    }
  const failure = missing.length ? { offending: missing, ...context.notStored(missing) } : undefined
  const change = settle(lane, left, { editIds: attempt.editIds, sent: patch, missing, failure }, context)
  return continueWith(lane, change, context)
}

function refuse(lane: StoredLane, attempt: Attempt, failure: Failure, context: ConcludeContext): Plan {
  const { row } = lane
  const refusals = (row.refusals ?? 0) + 1
  if (refusals < (failure.refusals ?? 1)) {
    const dueAtMs = context.nowMs + backoffMs(refusals, context.random)
    const again = attempt.unknown ? { ...attempt, open: false } : undefined
    const change = { row: { ...row, attempt: again, refusals, dueAtMs, rev: row.rev + 1 } }
    return { change, next: { step: 'later', dueAtMs } }
  }
  // A browser repeats a request by itself when a kept-alive connection drops: the refusal can be that of our own copy (R3).
  const doubtful = attempt.unknown || ruleOf(failure.kind).readsFirst
  if (doubtful && context.canRead) {
    const change = { row: { ...row, refusals, attempt: { ...attempt, refusal: failure, open: false } } }
    return { change, next: { step: 'read', rev: row.rev, verifies: true } }
  }
  return continueWith(lane, refuseAttempt(lane, attempt, failure, context, undefined, doubtful), context)
}

/**
 * The account or the configuration is held. A first try that was refused so is not charged (G9). It has had no effect, unless the
 * browser had sent it before by itself, while the session lived: what is found of it later is ours (R3).
 */
function hold(
  row: RecordRow,
  state: StateRow,
  attempt: Attempt,
  failure: Failure,
  context: ConcludeContext,
): LaneChange {
  const left = uncharged(row, attempt)
  if (ruleOf(failure.kind).scope === 'account' && !left.attempt)
    left.strays = [
      ...(left.strays ?? []),
      { patch: attempt.patch, untilMs: attempt.atMs + context.requestTimeoutMs, held: true },
    ]
  return { row: left, ...holding(state, failure, attempt.sessionId, context) }
}

/** The lane's row once its last try has not counted; where that was the first, nothing was sent. */
export function uncharged(row: RecordRow, attempt: Attempt): RecordRow {
  const left = attempt.unknown ? { ...attempt, tries: attempt.tries - 1, open: false } : undefined
  return { ...row, attempt: left, tries: row.tries - 1 }
}

/** Said of a session that another login has replaced: the lane goes on with that one, since nothing else will wake it (R14). */
function isPast({ kind }: Failure, sessionId: string, context: ConcludeContext): boolean {
  return ruleOf(kind).scope === 'account' && context.sessionId !== undefined && context.sessionId !== sessionId
}

/** A session ends; a refused configuration is a wait of all lanes, which is in the database so that it holds in every tab. */
function holding({ wait }: StateRow, failure: Failure, sessionId: string, context: ConcludeContext): LaneChange {
  return ruleOf(failure.kind).scope === 'account'
    ? { expires: { sessionId, failure } }
    : { wait: nextWait(wait, failure, context) }
}

/** No verdict: `server` makes its lane wait, everything else makes all wait (R12). */
function wait(
  lane: StoredLane,
  state: StateRow,
  failure: Failure,
  context: ConcludeContext,
  attempt: Attempt | undefined,
): Plan {
  const { nowMs, random } = context
  const failures = lane.row.failures + 1
  const row: RecordRow = { ...lane.row, failures, attempt }
  if (ruleOf(failure.kind).scope === 'all') {
    const all = nextWait(state.wait, failure, context)
    return { change: { row, wait: all }, next: { step: 'later', dueAtMs: all.dueAtMs } }
  }
  row.stalledSinceMs ??= nowMs
  row.dueAtMs = nowMs + backoffMs(failures, random)
  const stalled =
    nowMs - row.stalledSinceMs > stalledAfterMs && (context.lastReplyAtMs ?? row.baseAtMs ?? 0) > row.stalledSinceMs
  const faults: Fault[] = []
  if (stalled) row.dueAtMs = nowMs + stalledRetryMs
  if (stalled && !row.stalledFault) {
    const fault = stalledFault(lane, failure, context)
    row.stalledFault = fault.id
    faults.push(fault)
  }
  return { change: { row, faults }, next: { step: 'later', dueAtMs: row.dueAtMs } }
}

function stalledFault(lane: StoredLane, failure: Failure, context: ConcludeContext): Fault {
  const message = `No verdict for seven days; the last answer: ${failure.message}`
  const refused = lane.edits.map((edit) => ({ edit, missing: propertiesOf(edit) }))
  return { ...makeFault(lane, lane.row, { refused, failure: { ...failure, message } }, context), kind: 'stalled' }
}

/** The wait of all lanes after one more such failure. Requests that were under way together count once; the server's word goes first. */
export function nextWait(
  wait: Wait | undefined,
  failure: Failure,
  { nowMs, random }: Pick<ConcludeContext, 'nowMs' | 'random'>,
): Wait {
  const { isOrder = false, class: means } = ruleOf(failure.kind)
  const ordered = isOrder && failure.retryAfterMs !== undefined
  const open = wait && !isWaitOver(wait, nowMs) ? wait : undefined
  const failures = open?.failures ?? (wait?.failures ?? 0) + 1
  const dueAtMs = nowMs + pauseMs(failure, failures, random)
  const isOpenOrder = open && ruleOf(open.failure.kind).isOrder
  const isStronger = isOpenOrder ? ordered && (!open.ordered || dueAtMs > open.dueAtMs) : isOrder || means === 'hold'
  return open && !isStronger ? open : { failure, failures, dueAtMs, ordered }
}

export function isWaitOver({ dueAtMs, failure }: Wait, nowMs: number): boolean {
  return isDue(dueAtMs, nowMs, ruleOf(failure.kind).longestMs)
}
