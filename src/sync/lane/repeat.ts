// Pure: an attempt once more, exactly as it was (R2).
import type { Attempt, RecordRow } from '../../store/rows.js'
import type { LaneContext, Reading } from './context.js'
import { type Plan, send } from './decision.js'

export function repeat(row: RecordRow, attempt: Attempt, context: LaneContext, reading?: Reading): Plan {
  const { op, mode, firstAtMs, editIds, patch, key, version, tries } = attempt
  const same = { op, mode, firstAtMs, editIds, patch, key, version }
  return send(row, { ...same, tries: tries + 1, unknown: true }, context, reading)
}
