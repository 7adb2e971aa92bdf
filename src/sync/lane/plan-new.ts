// Pure: the first request of edits (R1, R6, R11, R18, R20).
import { type Composed, composeFront } from '../../model/compose.js'
import type { RecordRow, StoredLane } from '../../store/rows.js'
import { compareReading } from './compare-reading.js'
import type { LaneContext, Reading } from './context.js'
import { again, type Decision, read, sendNew } from './decision.js'
import { frontOf } from './front.js'
import { someOf } from './look-back.js'
import { planCreation } from './plan-creation.js'
import { planDeletion } from './plan-deletion.js'
import { endAbsent, refuseContested, refuseDependent } from './refuse.js'
import { baseFrom, settle } from './settle.js'
import { versionsIn, versionToSend } from './versions.js'

export function planNew(lane: StoredLane, context: LaneContext, reading?: Reading): Decision {
  const { ready, limit, half, missing, causedBy } = frontOf(lane, context)
  if (missing.length) return again(refuseDependent(lane, half ?? lane.edits, missing, causedBy, context))
  const front = composeFront(lane.edits.slice(0, ready), limit)
  const composed = { ...front, patch: context.toBackend(front.patch) }
  switch (composed.op) {
    case 'create':
      return planCreation(lane, composed, context, reading)
    case 'update':
      return planUpdates(lane, composed, context, reading)
    case 'delete':
      return planDeletion(lane, composed, context, reading)
  }
}

function planUpdates(lane: StoredLane, composed: Composed, context: LaneContext, reading?: Reading): Decision {
  const { row, edits } = lane
  const { canRead, probes } = context
  const { editIds, patch } = composed
  const compares = context.conflicts === 'compare'
  // The person has asked for it once more: the record may be back (R22).
  const mayBeBack = row.base === null && edits[0]!.retryOf !== undefined
  // A refusal of its version shows that the base is old, where the backend heeds versions (R24).
  const isOld =
    compares && (versionsIn(context)?.isProved ? versionToSend(row, context) === undefined : !isFresh(row, context))
  if (!reading && canRead && (row.readFirst || probes || mayBeBack || isOld)) return read(row, false)
  const isAbsent = reading ? !reading.record : row.base === null && !mayBeBack
  if (isAbsent) return again(endAbsent(lane, context, reading))
  const known = canRead && row.base ? { record: row.base, atMs: row.baseAtMs! } : undefined
  const newest = reading?.record ? { ...reading, record: reading.record } : known
  if (!compares || !newest) return sendNew(mayBeBack ? { ...row, base: undefined } : row, composed, context, reading)
  const { send, contested, unknown } = compareReading(lane, patch, newest, context)
  if (contested.length) return refuseContested(lane, contested, newest, context)
  if (!Object.keys(send).length) return again(settle(lane, baseFrom(row, newest), { editIds }, context))
  return { ...sendNew(row, { ...composed, patch: send }, context, reading), unknownAncestors: someOf(unknown) }
}

function isFresh({ baseAtMs }: RecordRow, { nowMs, freshForMs }: LaneContext): boolean {
  return baseAtMs !== undefined && baseAtMs <= nowMs && nowMs - baseAtMs <= freshForMs
}
