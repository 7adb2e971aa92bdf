// Pure: what a lane does next, from its rows alone (R1, R2, R3, R6, R11). The effects happen in sender.ts.
import { ancestorsOf } from '../../model/ancestors.js'
import { comparePatch, type PropertyConflict } from '../../model/compare.js'
import { compose, propertiesOf } from '../../model/compose.js'
import type { QueuedEdit } from '../../model/edit.js'
import { noteForms } from '../../model/forms.js'
import type { Failure } from '../../model/failure.js'
import { own } from '../../model/own.js'
import { normalizePatch } from '../../model/patch.js'
import type { Json, Patch } from '../../model/record.js'
import { equal } from '../../model/same.js'
import { type Attempt, type RecordRow, type StoredLane } from '../../store/rows.js'
import type { LaneChange } from '../../store/settlements.js'
import { isDue, stalledRetryMs } from '../backoff.js'
import { lookBack, lookBackDueAtMs, someOf } from './look-back.js'
import { refuseAttempt } from './refuse.js'
import { type Reading, baseFrom, settle, settledRow, type SettleContext } from './settle.js'
import type { Contest, SyncOptions } from '../sync-options.js'

/** What a plan needs that is not in the lane. */
export interface PlanContext
  extends SettleContext, Pick<SyncOptions, 'conflicts' | 'freshForMs' | 'resolve' | 'leavesConflicts'> {
  /** When this context began to send. */
  startedAtMs: number
  /** Of the lease that is held. */
  epoch: number
  /** Absent: nothing new may be sent now (G9, R12). */
  sessionId: string | undefined
  /** The endpoint can read records, and has not refused to. */
  canRead: boolean
  /** The browser says offline, and nothing has been heard against it: what is sent now may well stay without an answer. */
  probes?: boolean
  /** `flush()` does not wait for a lane's own pause. */
  ignoreDue: boolean
  same(property: string, sent: Json, got: Json): boolean
  /** What the endpoint has against values that no edit has. */
  check?: ((patch: Patch) => unknown) | undefined
}

export type Step =
  | { step: 'none' }
  /** A newer version of the library wrote what this one cannot read. */
  | { step: 'newer-format' }
  | { step: 'later'; dueAtMs: number }
  | { step: 'read'; rev: number; verifies: boolean }
  | { step: 'send'; attempt: Attempt }

export interface Plan {
  change?: LaneChange
  next: Step
  /** Properties that are sent with no ancestor to compare with; said in `trace$`. */
  unknownAncestors?: string[] | undefined
}

/** The reason a fault gives when both sides changed a property. */
const changedFailure: Failure = {
  kind: 'conflict',
  reason: 'changed',
  message: 'The same property was changed here and elsewhere',
}

/** Decides the lane's next step. With `reading`, a read that an earlier plan asked for. */
export function planLane(lane: StoredLane, context: PlanContext, reading?: Reading): Plan {
  const { row, edits, isNewer } = lane
  if (isNewer) return { next: { step: 'newer-format' } }
  const owedAtMs = lookBackDueAtMs(row)
  if ((!edits.length && owedAtMs === undefined) || context.sessionId === undefined) return { next: { step: 'none' } }
  if (!reading && !context.ignoreDue && !isLaneDue(row, context))
    return { next: { step: 'later', dueAtMs: row.dueAtMs } }
  if (row.attempt) return planRepeat(lane, row.attempt, context, reading)
  if (owedAtMs !== undefined && isDue(owedAtMs, context.nowMs, context.requestTimeoutMs))
    return planLookBack(lane, context, reading)
  if (edits.length) return planNew(lane, context, reading)
  return { next: { step: 'later', dueAtMs: owedAtMs! } }
}

/** A stalled lane is tried daily, and once by each context. */
function isLaneDue({ dueAtMs, stalledFault, attempt }: RecordRow, { nowMs, startedAtMs }: PlanContext): boolean {
  if (!stalledFault) return isDue(dueAtMs, nowMs)
  return isDue(dueAtMs, nowMs, stalledRetryMs) || (attempt !== undefined && attempt.atMs < startedAtMs)
}

/** A copy of an older request may have arrived after a newer one: looked at once its time is over (R3). */
function planLookBack(lane: StoredLane, context: PlanContext, reading?: Reading): Plan {
  const { row } = lane
  if (!context.canRead) return continueWith(lane, { row: { ...row, lookBacks: undefined } }, context)
  if (reading?.rev !== row.rev) return { next: { step: 'read', rev: row.rev, verifies: true } }
  const { resend, row: left } = lookBack(row, reading, context)
  if (!Object.keys(resend).length) return continueWith(lane, { row: baseFrom(left, reading) }, context)
  const attempt = { editIds: [], patch: resend, key: `${row.id}.${row.rev + 1}`, tries: 1, unknown: false }
  // What is being put right is not shown in between (G2).
  return sendPlan(left, attempt, context, { ...reading, record: { ...reading.record, ...resend } })
}

/** An attempt that was written and not settled: its outcome is unknown, so exactly it goes out again, or nothing does (R2). */
function planRepeat(given: StoredLane, attempt: Attempt, context: PlanContext, reading?: Reading): Plan {
  // One of which nothing was heard may come late as well (R3).
  const row = { ...given.row, attempt: { ...attempt, unknown: attempt.unknown || attempt.open } }
  const lane = { ...given, row }
  const { refusal, ...again } = attempt
  // The last try may still be under way: its time is waited out (R3). A clock that was set back ends the wait.
  const overAtMs = attempt.atMs + context.requestTimeoutMs
  const later: Plan | undefined = isDue(overAtMs, context.nowMs, context.requestTimeoutMs)
    ? undefined
    : { change: { row: { ...row, dueAtMs: overAtMs } }, next: { step: 'later', dueAtMs: overAtMs } }
  if (later && attempt.open && attempt.epoch !== context.epoch) return { next: later.next }
  const current = reading?.rev === row.rev ? reading : undefined
  if (!current && context.canRead && (refusal || context.conflicts === 'compare'))
    return { next: { step: 'read', rev: row.rev, verifies: true } }
  if (current) {
    const { accepted, contested, resolved } = compareReading(lane, attempt.patch, current, context, [attempt.patch])
    if (accepted.length === Object.keys(attempt.patch).length)
      return continueWith(lane, acceptAttempt(lane, attempt, current, context), context)
    // It may be what the backend makes of the value sent: if an answer ever shows it in the place of that, it is.
    const names = contested.map(({ property }) => property)
    const seen = { ...lane, row: { ...row, forms: noteForms(row.forms, names, attempt.patch, current.record) } }
    if ((refusal || contested.length) && wasApplied(lane, attempt.patch, accepted))
      return continueWith(lane, keepStored(seen, attempt, accepted, current, context), context)
    // Not while that may still be stored which is then called rolled back, or replaced.
    if (!refusal && context.conflicts === 'compare' && contested.length)
      return later ?? contest(seen, contested, current, context)
    // The app has another answer than the one that was sent: it goes out in place of that.
    if (!refusal && Object.entries(resolved).some(([name, value]) => !equal(value, attempt.patch[name])))
      return later ?? continueWith(lane, keepStored(lane, attempt, accepted, current, context), context)
  }
  if (refusal && !(current && isOverwritten(row, attempt.patch, current, context)))
    return continueWith(lane, refuseAttempt(lane, attempt, refusal, context, current, !current), context)
  return sendPlan(row, { ...again, unknown: true, tries: attempt.tries + 1 }, context, current)
}

function planNew(lane: StoredLane, context: PlanContext, reading?: Reading): Plan {
  const { row, edits } = lane
  const { editIds, patch } = compose(edits, row.split?.size)
  const fresh =
    row.baseAtMs !== undefined && row.baseAtMs <= context.nowMs && context.nowMs - row.baseAtMs <= context.freshForMs
  const compares = context.conflicts === 'compare' && context.canRead
  const current = reading?.rev === row.rev ? reading : undefined
  if (!current && ((compares && !fresh) || row.readFirst || context.probes) && context.canRead)
    return { next: { step: 'read', rev: row.rev, verifies: false } }
  let send = patch
  let unknownAncestors: string[] | undefined
  if (context.conflicts === 'compare' && (current || (compares && row.base))) {
    const newest = current ?? { record: row.base!, rev: row.rev, atMs: row.baseAtMs! }
    const compared = compareReading(lane, patch, newest, context)
    if (compared.contested.length) return contest(lane, compared.contested, newest, context)
    send = { ...compared.send, ...compared.resolved }
    unknownAncestors = someOf(compared.unknown)
    if (!Object.keys(send).length) {
      const change = settle(lane, settledRow(baseFrom(row, newest)), { editIds }, context)
      return continueWith(lane, change, context)
    }
  }
  const attempt = {
    editIds,
    patch: send,
    // Of ids that were fixed at save and of the record's own counter: no repeat ever makes another one (R2).
    key: `${editIds.at(-1)}.${row.rev + 1}`,
    tries: 1,
    unknown: false,
  }
  return { ...sendPlan(row, attempt, context, current), unknownAncestors }
}

function sendPlan(
  row: RecordRow,
  attempt: Omit<Attempt, 'sessionId' | 'atMs' | 'epoch' | 'open'>,
  { nowMs, sessionId, epoch }: PlanContext,
  reading?: Reading,
): Plan {
  const written = { ...attempt, sessionId: sessionId!, epoch, atMs: nowMs, open: true }
  const based = reading?.rev === row.rev ? baseFrom(row, reading) : row
  return {
    change: { row: { ...based, readFirst: undefined, attempt: written, rev: row.rev + 1, tries: row.tries + 1 } },
    next: { step: 'send', attempt: written },
  }
}

/** The change is made, and the lane planned again as it leaves it, in the same transaction. */
export function continueWith(lane: StoredLane, change: LaneChange, context: PlanContext): Plan {
  const left = remainingLane(lane, change)
  const { change: more, ...plan } = planLane(left, context)
  return { ...plan, change: mergeChanges(change, more) }
}

/** The lane as a change leaves it. */
function remainingLane({ key, row, edits }: StoredLane, change: LaneChange): StoredLane {
  const gone = new Set(change.settled?.flatMap(({ editIds }) => editIds))
  const copies = new Map(change.rewritten?.map((edit) => [edit.id, edit]))
  return {
    key,
    row: change.row ?? row,
    edits: edits.filter(({ id }) => !gone.has(id)).map((edit) => copies.get(edit.id) ?? edit),
  }
}

/** Two changes of one lane, the second made on what the first left. */
function mergeChanges(first: LaneChange, second: LaneChange | undefined): LaneChange {
  if (!second) return first
  const list = <T>(a: readonly T[] = [], b: readonly T[] = []): T[] => [...a, ...b]
  return {
    ...first,
    ...second,
    settled: list(first.settled, second.settled),
    rewritten: list(first.rewritten, second.rewritten),
    faults: list(first.faults, second.faults),
    closedFaults: list(first.closedFaults, second.closedFaults),
  }
}

/** All that was sent is there. */
function acceptAttempt(lane: StoredLane, attempt: Attempt, reading: Reading, context: PlanContext): LaneChange {
  const row = settledRow(baseFrom(lane.row, reading, attempt.patch))
  return settle(lane, row, { editIds: attempt.editIds, sent: attempt.patch }, context)
}

/** One value that was not there before proves that the request took effect: a refusal is then that of a copy of it (R3). */
function wasApplied({ edits }: StoredLane, patch: Patch, accepted: readonly string[]): boolean {
  const ancestors = ancestorsOf(edits, accepted)
  return accepted.some((name) => !equal(own(ancestors, name) ?? null, patch[name]))
}

/**
 * A late copy of an older request has come since the base was read: it may have written over what the refused request had
 * stored, so what is read proves nothing, and the request is repeated (R3).
 */
function isOverwritten(row: RecordRow, patch: Patch, { record }: Reading, { same }: PlanContext): boolean {
  return lateCopies(row).some((copy) =>
    Object.keys(patch).some((name) => {
      const got = own(record, name) ?? null
      return Object.hasOwn(copy, name) && same(name, copy[name]!, got) && !equal(got, own(row.base, name))
    }),
  )
}

/** Copies of our own that may have come since the base was read, or while there was no session (R2). */
function lateCopies({ strays = [], baseAtMs }: RecordRow): Patch[] {
  return strays.filter(({ untilMs, held }) => held || !(baseAtMs! >= untilMs)).map(({ patch }) => patch)
}

/** A part of what was sent is there: it is settled as edits of its own would be, each in its place, and the rest is planned anew. */
function keepStored(
  lane: StoredLane,
  { editIds, patch }: Attempt,
  names: readonly string[],
  reading: Reading,
  context: PlanContext,
): LaneChange {
  const sent = new Set(editIds)
  const parts = new Map(
    lane.edits
      .filter(({ id }) => sent.has(id))
      .map((edit) => {
        const stored = propertiesOf(edit).filter((name) => names.includes(name))
        const part = Object.fromEntries(stored.map((name): [string, Json] => [name, patch[name]!]))
        return [edit.id, { id: `${edit.id}+`, patch: part, ancestors: {}, atMs: context.nowMs }]
      }),
  )
  const partIds = new Set([...parts.values()].map(({ id }) => id))
  // Not behind all of the request: an edit in between that was not sent is covered by nothing older.
  const edits = lane.edits.flatMap((edit) => [edit, parts.get(edit.id) ?? []].flat())
  const change = settle({ ...lane, edits }, settledRow(baseFrom(lane.row, reading)), { editIds: [...partIds] }, context)
  const settled = change.settled?.map((one) => ({ ...one, editIds: one.editIds.filter((id) => !partIds.has(id)) }))
  return { ...change, settled: settled?.filter(({ editIds }) => editIds.length) ?? [] }
}

/** Every pending edit that touches a contested property is refused, in one fault: their values stand and fall together. */
function contest(
  lane: StoredLane,
  contested: readonly PropertyConflict[],
  reading: Reading,
  context: PlanContext,
): Plan {
  if (context.leavesConflicts) return { next: { step: 'none' } }
  const offending = contested.map(({ property }) => property)
  const edits = lane.edits.filter(({ patch, covered }) =>
    offending.some((property) => Object.hasOwn(patch, property) && !covered?.includes(property)),
  )
  const row = settledRow(baseFrom(lane.row, reading))
  const endedIds = edits.map(({ id }) => id)
  const change = settle(lane, row, { endedIds, failure: { ...changedFailure, offending } }, context)
  return continueWith(lane, change, context)
}

function compareReading(
  { row, edits }: StoredLane,
  patch: Patch,
  { record }: Reading,
  { same, resolve, check }: PlanContext,
  alsoMine: readonly Patch[] = [],
): { send: Patch; accepted: string[]; contested: PropertyConflict[]; resolved: Patch; unknown: string[] } {
  const ancestors = ancestorsOf(edits, Object.keys(patch))
  const { conflicts, ...compared } = comparePatch({
    patch,
    ancestors,
    theirs: record,
    same,
    alsoMine: [...alsoMine, ...lateCopies(row)],
  })
  const resolved: { [property: string]: Json } = {}
  const contested = conflicts.filter((conflict) => {
    // Sent once already: the backend's own form of it is no conflict.
    if (alsoMine.length && same(conflict.property, conflict.mine, conflict.theirs)) return false
    const answer = resolve && answerOf({ resolve, check }, { ...conflict, edit: lastToucher(edits, conflict.property) })
    if (answer !== undefined) resolved[conflict.property] = answer
    return answer === undefined
  })
  // A value that is only alike, and was there before, may be the one before: the same request once more has the same effect.
  const isThere = (name: string, mine: Json, got: Json): boolean =>
    equal(mine, got) || (same(name, mine, got) && !equal(own(ancestors, name), got))
  const accepted = alsoMine.length
    ? Object.keys(patch).filter((name) => isThere(name, patch[name]!, own(record, name) ?? null))
    : compared.accepted
  return { ...compared, accepted, contested, resolved }
}

/** What an app's function throws, or answers and nobody could store, is no answer: other lanes wait for this one's transaction. */
function answerOf({ resolve, check }: Pick<PlanContext, 'resolve' | 'check'>, contest: Contest): Json | undefined {
  try {
    const answer = normalizePatch({ [contest.property]: resolve!(contest) })
    return check?.(answer) ? undefined : answer[contest.property]
  } catch {
    return undefined
  }
}

function lastToucher(edits: readonly QueuedEdit[], property: string): QueuedEdit {
  return edits.findLast(({ patch }) => Object.hasOwn(patch, property))!
}
