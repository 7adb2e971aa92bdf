// Pure: an attempt once more, exactly as it was (R2).
import type { Attempt, RecordRow } from '../../store/rows.js'
import type { LaneContext, Reading } from './context.js'
import { type Plan, send } from './decision.js'

export function repeat(row: RecordRow, attempt: Attempt, context: LaneContext, reading?: Reading): Plan {
  const { op, mode, firstAtMs, editIds, patch, key, tries } = attempt
  return send(row, { op, mode, firstAtMs, editIds, patch, key, tries: tries + 1, unknown: true }, context, reading)
}
