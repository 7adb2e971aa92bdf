// Pure: the meaning of an event for the lane (G3, G8, G9, G12, R2 to R6, R12).
import { opOf } from '../../model/edit.js'
import { readEcho } from '../../model/echo.js'
import { type Failure, isTaken, ruleOf } from '../../model/failure.js'
import { noteForms } from '../../model/forms.js'
import type { Reply } from '../../endpoint/endpoint.js'
import type { Attempt, RecordRow, StoredLane } from '../../store/rows.js'
import type { LaneChange } from '../../store/settlements.js'
import { backoffMs } from '../backoff.js'
import { nextWait } from '../wait.js'
import type { LaneContext } from './context.js'
import { again, type Decision, later, nothing, read } from './decision.js'
import type { Search } from './search.js'
import { waitAfter } from './no-verdict.js'
import { planStep } from './plan.js'
import { noteStray } from './look-back.js'
import { isAnother } from './plan-creation.js'
import { endAbsent, refuseAttempt } from './refuse.js'
import { baseFrom, settle } from './settle.js'
import { sentOf, splitAccepted } from './split.js'
import { isRefusedAsStale } from './versions.js'

export type LaneEvent =
  | { event: 'looked' }
  /** The request of this attempt has not left. */
  | { event: 'not-sent'; attempt: Attempt }
  | { event: 'write-answered'; attempt: Attempt; reply: Reply }
  /** `rev`: the record's when the read began; `atMs`: when that was. */
  | {
      event: 'read-answered'
      reply: Reply
      rev: number
      atMs: number
      sessionId: string
      /** See `Reading`. */
      by?: Search['by'] | undefined
    }

/**
 * The first step after the event. A lane that has gone on meanwhile takes nothing of an answer: a transaction that had seemed
 * to fail may have written the same answer. Nor does a lane whose rows cannot be read: the change would lose the parts that a
 * newer version of the library wrote (R15).
 */
export function conclude(lane: StoredLane, event: LaneEvent, context: LaneContext): Decision {
  if (lane.held || event.event === 'looked') return planStep(lane, context)
  if (event.event === 'read-answered') return concludeRead(lane, event, context)
  const { attempt } = lane.row
  const { key, tries } = event.attempt
  if (!attempt?.open || attempt.key !== key || attempt.tries !== tries) return planStep(lane, context)
  if (event.event === 'write-answered') return concludeWrite(lane, attempt, event.reply, context)
  // Planned anew, since its comparison is older now as well (R11).
  return again({ row: uncharged(lane.row, attempt) })
}

function concludeWrite(lane: StoredLane, attempt: Attempt, reply: Reply, context: LaneContext): Decision {
  if (reply.ok && opOf(attempt) === 'create' && context.isNamedByServer)
    return acceptNamed(lane, attempt, reply, context)
  if (reply.ok) return accept(lane, attempt, reply, context)
  const { failure } = reply
  switch (ruleOf(failure.kind).class) {
    case 'verdict':
      if (reply.record === null && ruleOf(failure.kind).endsLane && opOf(attempt) === 'update')
        return again(refuseAttempt(lane, attempt, failure, context, { record: null, atMs: attempt.atMs }))
      return refuse(lane, attempt, failure, context)
    case 'hold':
      return hold(lane, failure, attempt.sessionId, context, attempt)
    case 'wait':
      return waitAfter(lane, failure, context, { ...attempt, unknown: true, open: false })
  }
}

function concludeRead(
  lane: StoredLane,
  { reply, rev, atMs, sessionId, by }: LaneEvent & { event: 'read-answered' },
  context: LaneContext,
): Decision {
  const { row } = lane
  const { attempt } = row
  // Of a record that is to be made or deleted, the backend's own word that it is gone is an answer.
  const isGone = !reply.ok && ruleOf(reply.failure.kind).endsLane && attempt && opOf(attempt) !== 'update'
  const record = isGone ? null : reply.ok ? reply.record : undefined
  if (record !== undefined) {
    // A page that was frozen hears of it late, and full storage keeps it: too old to send by.
    const isOld = context.nowMs - atMs > context.freshForMs + context.requestTimeoutMs
    // Another revision since it was asked for: the answer is old (R7).
    const { id: remoteId, version } = reply.ok ? reply : {}
    const reading = isOld || rev !== row.rev ? undefined : { record, atMs, remoteId, by, version }
    // It was the lane's time when the read began.
    return planStep(lane, isOld ? context : { ...context, ignoreDue: true }, reading)
  }
  const failure = reply.ok ? noRecord : reply.failure
  switch (ruleOf(failure.kind).class) {
    case 'verdict': {
      // Another way of looking for the record may be left.
      if (by) return planStep(lane, context)
      // Nothing can be compared, so on without it (R3, R11).
      const isUnverified = !ruleOf(failure.kind).endsLane
      if (attempt && isRefusedAsStale(attempt, attempt.refusal, context))
        return isUnverified ? planStep(lane, context) : again(endAbsent(lane, context))
      return attempt?.refusal
        ? again(refuseAttempt(lane, attempt, attempt.refusal, context, undefined, isUnverified))
        : planStep(lane, context)
    }
    case 'hold':
      return hold(lane, failure, sessionId, context)
    case 'wait':
      return waitAfter(lane, failure, context, attempt)
  }
}

/**
 * A browser sends a request twice by itself, and a backend that is at work on the first of them refuses the second: so many conflicts
 * in a row with one key are a verdict.
 */
const mostCopies = 3

/** Of an answer that is no reply to a read (G12). */
const noRecord: Failure = { kind: 'server', message: 'The answer does not show the record' }

const notDeleted: Failure = { kind: 'server', message: 'The answer to the deletion shows the record' }

/** Done, and the answer does not show the record (G12). A read shows it. */
function unproved(lane: StoredLane, attempt: Attempt, context: LaneContext): Decision {
  const isNamed = opOf(attempt) === 'create' && context.isNamedByServer && { isNamed: true as const }
  const left = { ...attempt, ...isNamed, unknown: true, open: false }
  if (context.canRead) return read(lane.row, true, { row: { ...lane.row, attempt: left } })
  return waitAfter(lane, noRecord, context, left)
}

/** The context, without the ways of reading that the answer has shut: this decision would only go round in a circle by them. */
export function seenAfter(event: LaneEvent, context: LaneContext): LaneContext {
  if (event.event !== 'read-answered' || event.reply.ok) return context
  const isRefused = ruleOf(event.reply.failure.kind).class === 'verdict'
  const canList = context.canList && event.by === 'edit'
  return isRefused ? { ...context, canRead: false, canFind: false, canList } : context
}

function accept(
  lane: StoredLane,
  attempt: Attempt,
  { record, version }: Reply & { ok: true },
  context: LaneContext,
): Decision {
  const { row } = lane
  const { editIds, patch } = attempt
  const op = opOf(attempt)
  if (op === 'delete') {
    const left = { ...attempt, unknown: true, open: false }
    return record ? waitAfter(lane, notDeleted, context, left) : again(endAbsent(lane, context))
  }
  if (!record) return unproved(lane, attempt, context)
  const before = op === 'create' ? undefined : row.base
  const { reformed, missing } = readEcho({ sent: patch, before, echo: record, same: context.same })
  // It may be the same value for a context that has the app's `same`.
  if (missing.length && context.leavesConflicts)
    return { ...nothing, change: { row: { ...row, attempt: { ...attempt, unknown: true, open: false } } } }
  // As old as the request: a page that was frozen hears its answer late. By key the backend repeats the answer of the first try.
  const atMs = attempt.mode === 'by-key' ? attempt.firstAtMs! : attempt.atMs
  const based = {
    ...baseFrom(row, { record, atMs, version }, patch),
    forms: noteForms(row.forms, reformed, patch, record),
  }
  // Nobody else can have changed what the answer leaves out (R24).
  if (attempt.version !== undefined && attempt.version === row.version) based.version = version
  const split = splitAccepted(row.split, sentOf(lane, attempt).length)
  const failure = missing.length ? { offending: missing, ...context.notStored(missing) } : undefined
  const acceptedIds = op === 'create' ? editIds : []
  return again(settle(lane, based, { editIds, sent: patch, missing, acceptedIds, failure, split }, context))
}

/** The answer to a creation whose record the backend names. One without a name, or with that of another record, proves nothing (R19). */
function acceptNamed(lane: StoredLane, attempt: Attempt, reply: Reply & { ok: true }, context: LaneContext): Decision {
  const { id } = reply
  if (isAnother(lane, attempt, id, context)) {
    const namesOther = id !== undefined && { namesOther: true as const }
    return waitAfter(lane, noRecord, context, { ...attempt, ...namesOther, unknown: true, open: false })
  }
  const decision = accept(lane, attempt, reply, context)
  // The backend repeats what it answered to the first try: a list that was read since then can have told that the record is gone.
  const isOld = attempt.mode === 'by-key' && attempt.atMs !== attempt.firstAtMs && { isOld: true as const }
  return { ...decision, change: { ...decision.change, named: id!, ...isOld } }
}

function refuse(lane: StoredLane, attempt: Attempt, failure: Failure, context: LaneContext): Decision {
  const { row } = lane
  const op = opOf(attempt)
  if (op === 'delete' && ruleOf(failure.kind).endsLane) return again(endAbsent(lane, context))
  if (isRefusedAsStale(attempt, failure, context)) return doubtVersion(lane, attempt, failure, context)
  const isByKey = op === 'create' && attempt.mode === 'by-key' && isTaken(failure)
  // The backend is at work on the same request still. No other lane has to wait for that.
  if (isByKey && attempt.unknown) return waitAfter(lane, failure, context, { ...attempt, open: false })
  const refusals = (row.refusals ?? 0) + 1
  if (refusals < (failure.refusals ?? (isByKey ? mostCopies : 1))) {
    const dueAtMs = context.nowMs + backoffMs(refusals, context.chance)
    const kept = attempt.unknown || op === 'create' ? { ...attempt, open: false } : undefined
    return later(dueAtMs, { row: { ...row, attempt: kept, refusals, dueAtMs, rev: row.rev + 1 } })
  }
  // A browser repeats a request by itself when a kept-alive connection drops: the refusal can be that of our own copy (R3).
  // Any kind can be that of an id which is taken, by that copy.
  const doubtful = attempt.unknown || op === 'create' || ruleOf(failure.kind).readsFirst
  // It cannot be read by its id. Under its key the browser's copy of it would have had the same answer; an older try, whose answer
  // was lost, may have been made all the same: not each refusal comes from the code that knows the key.
  if (op === 'create' && context.isNamedByServer)
    return attempt.mode === 'by-key' && !attempt.unknown
      ? again(refuseAttempt(lane, attempt, failure, context))
      : again({ row: { ...row, refusals, attempt: { ...attempt, refusal: failure, open: false } } })
  if (doubtful && context.canRead)
    return read(row, true, { row: { ...row, refusals, attempt: { ...attempt, refusal: failure, open: false } } })
  return again(refuseAttempt(lane, attempt, failure, context, undefined, doubtful))
}

/** After more refusals of a version in a row, the sender makes pauses: others write to the record all the time. */
const mostStaleAtOnce = 3

/** No verdict: the record is read, and the edits are compared once more (R24). */
function doubtVersion(lane: StoredLane, attempt: Attempt, failure: Failure, context: LaneContext): Decision {
  const { nowMs, chance, canRead } = context
  const stale = (lane.row.stale ?? 0) + 1
  const row = { ...lane.row, stale, attempt: { ...attempt, refusal: failure, open: false } }
  if (stale > mostStaleAtOnce) {
    const dueAtMs = nowMs + backoffMs(stale - mostStaleAtOnce, chance)
    return later(dueAtMs, { row: { ...row, dueAtMs } })
  }
  return canRead ? read(row, true, { row }) : again({ row })
}

/**
 * The account is held, or all: a refused configuration is a wait of all lanes, which is in the database so that it holds in
 * every tab. `attempt`, if it was refused so, is not charged (G9). A first try has had no effect, unless the browser had sent
 * it before by itself, while the session lived: values of it that are found later are ours (R3).
 */
function hold(
  lane: StoredLane,
  failure: Failure,
  sessionId: string,
  context: LaneContext,
  attempt?: Attempt,
): Decision {
  const isAccounts = ruleOf(failure.kind).scope === 'account'
  let row = attempt && (failure.unanswered ? unknownIn(lane.row, attempt) : uncharged(lane.row, attempt, true))
  if (attempt && row && !row.attempt && isAccounts)
    row = noteStray(row, attempt, context.requestTimeoutMs, { held: true })
  const change: LaneChange = {
    ...(row && { row }),
    ...(isAccounts ? { expires: { sessionId, failure } } : { wait: nextWait(context.wait, failure, context) }),
  }
  // The answer concerns a session that another login has replaced: the lane goes on with the new one, since nothing else will
  // wake it (R14).
  if (!isAccounts || context.sessionId === undefined || context.sessionId === sessionId) return { ...nothing, change }
  return row ? again(change) : planStep(lane, context)
}

function unknownIn(row: RecordRow, attempt: Attempt): RecordRow {
  return { ...row, attempt: { ...attempt, unknown: true, open: false } }
}

/**
 * The lane's row once its last try has not counted; where that was the first, nothing was sent. A creation that was refused for its
 * session is kept, and repeated as it was (R21).
 */
function uncharged(row: RecordRow, attempt: Attempt, isRefused?: boolean): RecordRow {
  const isKept = attempt.unknown || (isRefused && opOf(attempt) === 'create')
  const left = isKept ? { ...attempt, tries: attempt.tries - 1, open: false } : undefined
  return { ...row, attempt: left, tries: row.tries - 1 }
}
