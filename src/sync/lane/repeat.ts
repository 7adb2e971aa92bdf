// Pure: an attempt once more, exactly as it was (R2).
import type { Attempt, RecordRow } from '../../store/rows.js'
import type { LaneContext, Reading } from './context.js'
import { type Plan, send } from './decision.js'

export function repeat(row: RecordRow, attempt: Attempt, context: LaneContext, reading?: Reading): Plan {
  const { op, mode, firstAtMs, editIds, patch, key, version, tries } = attempt
  const same = { op, mode, firstAtMs, editIds, patch, key, version }
  // A creation that was refused and is sent again had an answer each time.
  const unknown = attempt.unknown || op !== 'create'
  return send(row, { ...same, tries: tries + 1, unknown }, context, reading)
}
