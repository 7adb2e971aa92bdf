// Pure: an attempt that was written and not settled. Exactly this request goes out again, or none (R2, R3).
import { propertiesOf } from '../../model/compose.js'
import { opOf } from '../../model/edit.js'
import { noteForms } from '../../model/forms.js'
import { equal } from '../../model/same.js'
import type { Attempt, StoredLane } from '../../store/rows.js'
import type { LaneChange } from '../../store/settlements.js'
import { type Compared, compareReading } from './compare-reading.js'
import type { LaneContext, Reading, Shown } from './context.js'
import { again, type Decision, later, read } from './decision.js'
import { planDoubtedCreation, planRepeatedCreation } from './plan-creation.js'
import { planDoubtedDeletion, planRepeatedDeletion } from './plan-deletion.js'
import { endAbsent, refuseAttempt, refuseContested } from './refuse.js'
import { repeat } from './repeat.js'
import { baseFrom, settle } from './settle.js'
import { isTryOver, showsEnd, tryOverAtMs } from './state.js'
import { isRefusedAsStale } from './versions.js'

/** Its outcome is not known. A read shows it, where the record may be read. */
export function planRepeat(given: StoredLane, open: Attempt, context: LaneContext, reading?: Reading): Decision {
  // A try without any answer may come late as well (R3).
  const attempt = { ...open, unknown: open.unknown || open.open }
  const lane = { ...given, row: { ...given.row, attempt } }
  switch (opOf(attempt)) {
    case 'create':
      return planRepeatedCreation(lane, attempt, context, reading)
    case 'update':
      return planRepeatedUpdates(lane, attempt, context, reading)
    case 'delete':
      return planRepeatedDeletion(lane, attempt, context, reading)
  }
}

function planRepeatedUpdates(lane: StoredLane, attempt: Attempt, context: LaneContext, reading?: Reading): Decision {
  const { row } = lane
  const compares = context.conflicts === 'compare'
  if (!reading) return compares && context.canRead ? read(row, true) : repeat(row, attempt, context)
  if (!isShown(reading)) return again(endAbsent(lane, context, reading))
  const { proved, accepted, contested, isReplaced, seen } = findSent(lane, attempt, context, reading)
  if (proved) return again(proved)
  const isContested = compares && contested.length > 0
  if (!isContested && !isReplaced) return repeat(row, attempt, context, reading)
  // Not while the backend may still store the request: its values would be called rolled back, or replaced.
  if (!isTryOver(attempt, context)) {
    const dueAtMs = tryOverAtMs(attempt, context)
    return later(dueAtMs, { row: { ...row, dueAtMs } })
  }
  if (!showsEnd(reading, attempt, context)) return read(row, true)
  return isContested
    ? refuseContested(seen, contested, reading, context)
    : again(keepStored(lane, attempt, accepted, reading, context))
}

/**
 * It was refused, perhaps for a copy of it that was stored before. `undefined`: for its version only, and its edits are to be
 * planned anew (R24).
 */
export function planDoubted(
  lane: StoredLane,
  attempt: Attempt,
  context: LaneContext,
  reading?: Reading,
): Decision | undefined {
  switch (opOf(attempt)) {
    case 'create':
      return planDoubtedCreation(lane, attempt, context, reading)
    case 'update':
      return planDoubtedUpdates(lane, attempt, context, reading)
    case 'delete':
      return planDoubtedDeletion(lane, attempt, context, reading)
  }
}

function planDoubtedUpdates(
  lane: StoredLane,
  attempt: Attempt,
  context: LaneContext,
  reading?: Reading,
): Decision | undefined {
  const { row } = lane
  const refusal = attempt.refusal!
  const isStale = isRefusedAsStale(attempt, refusal, context)
  if (!reading && context.canRead) return read(row, true)
  if (!reading) return isStale ? undefined : again(refuseAttempt(lane, attempt, refusal, context, undefined, true))
  if (!isShown(reading)) return again(endAbsent(lane, context, reading))
  const { proved, isOverwritten } = findSent(lane, attempt, context, reading)
  if (proved) return again(proved)
  if (isStale) return undefined
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

function isShown(reading: Reading): reading is Shown {
  return reading.record !== null
}

function findSent(lane: StoredLane, attempt: Attempt, context: LaneContext, reading: Shown): Found {
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

/** A part of the sent values is there: it is settled, each value in its edit's place, and the rest is planned anew. */
function keepStored(
  lane: StoredLane,
  { editIds, patch }: Attempt,
  names: readonly string[],
  reading: Shown,
  context: LaneContext,
): LaneChange {
  const missing = lane.edits.flatMap(propertiesOf).filter((name) => !names.includes(name))
  return settle(lane, baseFrom(lane.row, reading), { editIds, sent: patch, missing, keepsMissing: true }, context)
}
