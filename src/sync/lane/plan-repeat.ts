// Pure: an attempt that was written and not settled. Exactly this request goes out again, or none (R2, R3).
import { propertiesOf } from '../../model/compose.js'
import { noteForms } from '../../model/forms.js'
import { equal } from '../../model/same.js'
import type { Attempt, RecordRow, StoredLane } from '../../store/rows.js'
import type { LaneChange } from '../../store/settlements.js'
import { type Compared, compareReading } from './compare-reading.js'
import type { LaneContext, Reading } from './context.js'
import { again, type Decision, later, type Plan, read, send } from './decision.js'
import { refuseAttempt, refuseContested } from './refuse.js'
import { baseFrom, settle } from './settle.js'
import { isTryOver, tryOverAtMs } from './state.js'

/** Its outcome is not known. A read shows it, where the record may be read. */
export function planRepeat(given: StoredLane, attempt: Attempt, context: LaneContext, reading?: Reading): Decision {
  // A try without any answer may come late as well (R3).
  const row = { ...given.row, attempt: { ...attempt, unknown: attempt.unknown || attempt.open } }
  const lane = { ...given, row }
  const compares = context.conflicts === 'compare'
  if (!reading) return compares && context.canRead ? read(row, true) : repeat(row, attempt, context)
  const { proved, accepted, contested, isReplaced, seen } = findSent(lane, attempt, context, reading)
  if (proved) return again(proved)
  const isContested = compares && contested.length > 0
  if (!isContested && !isReplaced) return repeat(row, attempt, context, reading)
  // Not while the backend may still store the request: its values would be called rolled back, or replaced.
  if (!isTryOver(attempt, context)) {
    const dueAtMs = tryOverAtMs(attempt, context)
    return later(dueAtMs, { row: { ...row, dueAtMs } })
  }
  return isContested
    ? refuseContested(seen, contested, reading, context)
    : again(keepStored(lane, attempt, accepted, reading, context))
}

/** It was refused, perhaps for a copy of it that was stored before. */
export function planDoubted(lane: StoredLane, attempt: Attempt, context: LaneContext, reading?: Reading): Decision {
  const { row } = lane
  const refusal = attempt.refusal!
  if (!reading)
    return context.canRead ? read(row, true) : again(refuseAttempt(lane, attempt, refusal, context, undefined, true))
  const { proved, isOverwritten } = findSent(lane, attempt, context, reading)
  if (proved) return again(proved)
  // The read proves nothing then.
  if (isOverwritten) return repeat(row, attempt, context, reading)
  return again(refuseAttempt(lane, attempt, refusal, context, reading))
}

/** The meaning of a read for the values that were sent. */
interface Found extends Pick<Compared, 'accepted' | 'contested' | 'isOverwritten'> {
  /** The settlement that the read proves by itself: all are there, or a part that only this request can have stored. */
  proved?: LaneChange | undefined
  /** The app's `resolve` has another answer than the sent value: that goes out in its place. */
  isReplaced: boolean
  /**
   * The lane, with the backend's values in their place noted: if an answer ever shows the same, they are the backend's form
   * of the sent ones.
   */
  seen: StoredLane
}

function findSent(lane: StoredLane, attempt: Attempt, context: LaneContext, reading: Reading): Found {
  const { row } = lane
  const { editIds, patch, refusal } = attempt
  const { send, isApplied, ...compared } = compareReading(lane, patch, reading, context, true)
  const { accepted, contested } = compared
  const seen = { ...lane, row: { ...row, forms: noteForms(row.forms, contested, patch, reading.record) } }
  let proved: LaneChange | undefined
  if (accepted.length === Object.keys(patch).length)
    proved = settle(lane, baseFrom(row, reading, patch), { editIds, sent: patch }, context)
  else if (isApplied && (refusal || contested.length)) proved = keepStored(seen, attempt, accepted, reading, context)
  const isReplaced = Object.entries(send).some(([name, value]) => !equal(value, patch[name]))
  return { ...compared, proved, isReplaced, seen }
}

function repeat(row: RecordRow, attempt: Attempt, context: LaneContext, reading?: Reading): Plan {
  const { editIds, patch, key, tries } = attempt
  return send(row, { editIds, patch, key, tries: tries + 1, unknown: true }, context, reading)
}

/** A part of the sent values is there: it is settled, each value in its edit's place, and the rest is planned anew. */
function keepStored(
  lane: StoredLane,
  { editIds, patch }: Attempt,
  names: readonly string[],
  reading: Reading,
  context: LaneContext,
): LaneChange {
  const missing = lane.edits.flatMap(propertiesOf).filter((name) => !names.includes(name))
  return settle(lane, baseFrom(lane.row, reading), { editIds, sent: patch, missing, keepsMissing: true }, context)
}
