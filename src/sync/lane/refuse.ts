// Pure: a refusal that stands, the backend's or our own (R3, R6, R11).
import { propertiesOf } from '../../model/compose.js'
import { opOf, type QueuedEdit } from '../../model/edit.js'
import { type Failure, ruleOf } from '../../model/failure.js'
import type { Fault } from '../../model/fault.js'
import type { Attempt, StoredLane } from '../../store/rows.js'
import type { LaneChange } from '../../store/settlements.js'
import type { LaneContext, Reading, SettleContext, Shown } from './context.js'
import { noteStray } from './look-back.js'
import { again, type Decision, nothing } from './decision.js'
import { baseFrom, settle } from './settle.js'
import { sentOf, splitRefused } from './split.js'

/**
 * Ends an attempt whose refusal is believed. Several edits: nobody knows yet which is guilty, so the older half goes out
 * next. One: it is rolled back. No such record: so is the whole lane, in one fault. `reading`: the backend's record; absent
 * when it could not be read, which the fault says.
 */
export function refuseAttempt(
  lane: StoredLane,
  attempt: Attempt,
  failure: Failure,
  context: SettleContext,
  reading?: Reading,
  unverified?: boolean,
): LaneChange {
  const row = reading ? baseFrom(lane.row, reading) : lane.row
  const op = opOf(attempt)
  if (op === 'create') return endCreation(lane, failure, context, reading, unverified)
  if (op === 'delete') {
    // The record is back, and its updates go out after all.
    const endedIds = lane.edits.filter((edit) => opOf(edit) === 'delete').map(({ id }) => id)
    return settle(lane, row, { endedIds, failure, unverified }, context)
  }
  const sent = sentOf(lane, attempt)
  const wholeLane = ruleOf(failure.kind).endsLane
  if (wholeLane && isDeleted(lane)) return endAbsent(lane, context, reading)
  if (sent.length > 1 && !wholeLane) {
    // It is a verdict; only the guilty edit is not known yet.
    const trouble = { attempt: undefined, stalledSinceMs: undefined, failures: 0, refusals: 0, dueAtMs: 0 }
    const left = { ...row, ...trouble, split: splitRefused(sent.length), rev: row.rev + 1 }
    return { row: noteStray(left, attempt, context.requestTimeoutMs) }
  }
  const refused = wholeLane
    ? { endedIds: lane.edits.map(({ id }) => id) }
    : { editIds: attempt.editIds, sent: attempt.patch, missing: Object.keys(attempt.patch) }
  return settle(lane, row, { ...refused, failure, unverified }, context)
}

/**
 * The backend has no such record. A deletion has what it wants, and with it the edits before it; else all edits end in one fault.
 */
export function endAbsent(lane: StoredLane, context: SettleContext, reading?: Reading): LaneChange {
  const row = reading ? baseFrom(lane.row, reading) : lane.row
  const refusal = lane.row.attempt?.refusal
  const failure = refusal && ruleOf(refusal.kind).endsLane ? refusal : noSuchRecord
  const ids = lane.edits.map(({ id }) => id)
  const ends = isDeleted(lane) ? { acceptedIds: ids } : { endedIds: ids }
  return settle(lane, { ...row, base: null }, { ...ends, failure }, context)
}

/** Whether the person has deleted the record. */
export function isDeleted({ edits }: StoredLane): boolean {
  return edits.some((edit) => opOf(edit) === 'delete')
}

const noSuchRecord: Failure = { kind: 'gone', message: 'There is no such record' }

/**
 * The creation came to nothing: its lane ends in one fault with all that the person wrote (R18). If a deletion is behind it, that has
 * what it wants, and the rest is discarded. No fault tells the edits that name the record, so its name does (R20); its row stays, since
 * it may owe a look-back. The doubt about an earlier request of it outlives the refusal of a new one, unless a look at the backend ends it.
 */
export function endCreation(
  lane: StoredLane,
  failure: Failure,
  context: SettleContext,
  reading?: Reading,
  unverified?: boolean,
): LaneChange {
  const row = reading ? baseFrom(lane.row, reading) : lane.row
  const ids = lane.edits.map(({ id }) => id)
  const end = lane.edits.findIndex((edit) => opOf(edit) === 'delete')
  if (end < 0) {
    const mayBeMade = reading ? undefined : lane.row.mayBeMade
    const change = settle(lane, row, { endedIds: ids, failure, unverified: unverified || mayBeMade }, context)
    return { ...change, row: { ...change.row!, mayBeMade } }
  }
  const ends = { endedIds: ids.slice(0, end), acceptedIds: ids.slice(end), discards: true }
  return { ...settle(lane, { ...row, base: null }, ends, context), named: null }
}

const dependencyFailure: Failure = { kind: 'other', message: 'It refers to a record that was not created' }

/**
 * Ends what refers to a record that came to nothing (R20): a creation with its lane, else those of `edits` that touch these properties.
 * The others go on (G6).
 */
export function refuseDependent(
  lane: StoredLane,
  edits: readonly QueuedEdit[],
  offending: readonly string[],
  causedBy: string | undefined,
  context: LaneContext,
): LaneChange {
  const failure = { ...dependencyFailure, offending }
  const change =
    opOf(lane.edits[0]!) === 'create'
      ? endCreation(lane, failure, context)
      : settle(lane, lane.row, { endedIds: touching(edits, offending), failure }, context)
  const faults = change.faults ?? []
  return { ...change, faults: faults.map((fault): Fault => ({ ...fault, kind: 'dependency', causedBy })) }
}

function touching(edits: readonly QueuedEdit[], names: readonly string[]): string[] {
  return edits.filter((edit) => propertiesOf(edit).some((name) => names.includes(name))).map(({ id }) => id)
}

/** The reason a fault gives when both sides changed a property. */
export const changedFailure: Failure = {
  kind: 'conflict',
  reason: 'changed',
  message: 'The same property was changed here and elsewhere',
}

/** Every pending edit that touches a contested property is refused, in one fault: their values stand and fall together. */
export function refuseContested(
  lane: StoredLane,
  offending: readonly string[],
  reading: Shown,
  context: LaneContext,
): Decision {
  if (context.leavesConflicts) return nothing
  const endedIds = touching(lane.edits, offending)
  const row = baseFrom(lane.row, reading)
  return again(settle(lane, row, { endedIds, failure: { ...changedFailure, offending } }, context))
}
