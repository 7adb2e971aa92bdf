// Pure: the first request of edits (R1, R6, R11).
import { compose } from '../../model/compose.js'
import type { RecordRow, StoredLane } from '../../store/rows.js'
import { compareReading } from './compare-reading.js'
import type { LaneContext, Reading } from './context.js'
import { again, type Decision, read, sendNew } from './decision.js'
import { someOf } from './look-back.js'
import { refuseContested } from './refuse.js'
import { baseFrom, settle } from './settle.js'

export function planNew(lane: StoredLane, context: LaneContext, reading?: Reading): Decision {
  const { row, edits } = lane
  const { canRead, probes } = context
  const { editIds, patch } = compose(edits, row.split?.size)
  const compares = context.conflicts === 'compare'
  if (!reading && canRead && (row.readFirst || probes || (compares && !isFresh(row, context)))) return read(row, false)
  const known = canRead && row.base ? { record: row.base, atMs: row.baseAtMs! } : undefined
  const newest = reading ?? known
  if (!compares || !newest) return sendNew(row, { editIds, patch }, context, reading)
  const { send, contested, unknown } = compareReading(lane, patch, newest, context)
  if (contested.length) return refuseContested(lane, contested, newest, context)
  if (!Object.keys(send).length) return again(settle(lane, baseFrom(row, newest), { editIds }, context))
  return { ...sendNew(row, { editIds, patch: send }, context, reading), unknownAncestors: someOf(unknown) }
}

function isFresh({ baseAtMs }: RecordRow, { nowMs, freshForMs }: LaneContext): boolean {
  return baseAtMs !== undefined && baseAtMs <= nowMs && nowMs - baseAtMs <= freshForMs
}
