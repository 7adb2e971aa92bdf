// Pure: a record that is deleted (R18, R22).
import type { Composed } from '../../model/compose.js'
import type { Attempt, StoredLane } from '../../store/rows.js'
import type { LaneContext, Reading, Shown } from './context.js'
import { again, type Decision, nothing, read, sendNew } from './decision.js'
import { changedFailure, endAbsent, refuseAttempt } from './refuse.js'
import { repeat } from './repeat.js'
import { differing, lessonOf } from './stale.js'
import { isRefusedAsStale } from './versions.js'

/** Sent without comparing: each edit of one's own would make it a conflict with oneself. */
export function planDeletion(lane: StoredLane, composed: Composed, context: LaneContext, reading?: Reading): Decision {
  const { row } = lane
  if (!reading && context.canRead && context.probes) return read(row, false)
  const isAbsent = reading ? !reading.record : row.base === null
  return isAbsent ? again(endAbsent(lane, context, reading)) : sendNew(row, composed, context, reading)
}

/** A second deletion has no other effect than the first. */
export function planRepeatedDeletion(
  lane: StoredLane,
  attempt: Attempt,
  context: LaneContext,
  reading?: Reading,
): Decision {
  if (reading && !reading.record) return again(endAbsent(lane, context, reading))
  return repeat(lane.row, attempt, context, reading)
}

/** It was refused, perhaps for a copy of it that was carried out before. */
export function planDoubtedDeletion(
  lane: StoredLane,
  attempt: Attempt,
  context: LaneContext,
  reading?: Reading,
): Decision | undefined {
  if (!reading && context.canRead) return read(lane.row, true)
  if (reading && !reading.record) return again(endAbsent(lane, context, reading))
  if (isRefusedAsStale(attempt, attempt.refusal, context))
    return reading?.record
      ? planStaleDeletion(lane, attempt, context, { ...reading, record: reading.record })
      : undefined
  return again(refuseAttempt(lane, attempt, attempt.refusal!, context, reading, !reading))
}

/** Somebody has changed what the person deleted, so the person decides; `undefined`: the record is as they saw it (R24). */
function planStaleDeletion(
  lane: StoredLane,
  attempt: Attempt,
  context: LaneContext,
  reading: Shown,
): Decision | undefined {
  if (!lane.row.base || !differing(lane.row.base, reading).length) return undefined
  if (context.leavesConflicts) return nothing
  const versions = lessonOf(attempt, context)
  return again({
    ...refuseAttempt(lane, attempt, changedFailure, context, reading),
    ...(versions && { versions }),
  })
}
