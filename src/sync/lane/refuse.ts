// Pure: a refusal that stands, the backend's or our own (R3, R6, R11).
import { propertiesOf } from '../../model/compose.js'
import { type Failure, ruleOf } from '../../model/failure.js'
import type { Attempt, StoredLane } from '../../store/rows.js'
import type { LaneChange } from '../../store/settlements.js'
import type { LaneContext, Reading, SettleContext } from './context.js'
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
  const sent = sentOf(lane, attempt)
  const wholeLane = ruleOf(failure.kind).endsLane
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

/** The reason a fault gives when both sides changed a property. */
const changedFailure: Failure = {
  kind: 'conflict',
  reason: 'changed',
  message: 'The same property was changed here and elsewhere',
}

/** Every pending edit that touches a contested property is refused, in one fault: their values stand and fall together. */
export function refuseContested(
  lane: StoredLane,
  offending: readonly string[],
  reading: Reading,
  context: LaneContext,
): Decision {
  if (context.leavesConflicts) return nothing
  const endedIds = lane.edits
    .filter((edit) => propertiesOf(edit).some((name) => offending.includes(name)))
    .map(({ id }) => id)
  const row = baseFrom(lane.row, reading)
  return again(settle(lane, row, { endedIds, failure: { ...changedFailure, offending } }, context))
}
