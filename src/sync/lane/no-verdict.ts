// Pure: an answer that says nothing of the edits (R12).
import { propertiesOf } from '../../model/compose.js'
import { type Failure, ruleOf } from '../../model/failure.js'
import type { Fault } from '../../model/fault.js'
import type { Attempt, RecordRow, StoredLane } from '../../store/rows.js'
import { backoffMs, longestMs, stalledRetryMs } from '../backoff.js'
import { nextWait } from '../wait.js'
import type { LaneContext } from './context.js'
import { later, type Plan } from './decision.js'
import { makeFault } from './settle.js'

/** How long a lane may be answered without a verdict before the app gets a fault (`stalled`). */
const stalledAfterMs = 7 * 24 * 3_600_000

/** `server` makes its lane wait, every other kind makes all wait. */
export function waitAfter(
  lane: StoredLane,
  failure: Failure,
  context: LaneContext,
  attempt: Attempt | undefined,
): Plan {
  const { nowMs, chance } = context
  const failures = lane.row.failures + 1
  const row: RecordRow = { ...lane.row, failures, attempt }
  if (ruleOf(failure.kind).scope === 'all') {
    const wait = nextWait(context.wait, failure, context)
    return later(wait.dueAtMs, { row, wait })
  }
  row.stalledSinceMs ??= nowMs
  // Of a conflict with a key that the backend is at work on, say.
  row.dueAtMs = nowMs + Math.max(backoffMs(failures, chance), Math.min(longestMs, failure.retryAfterMs ?? 0))
  const stalled =
    nowMs - row.stalledSinceMs > stalledAfterMs && (context.lastReplyAtMs ?? row.baseAtMs ?? 0) > row.stalledSinceMs
  const faults: Fault[] = []
  if (stalled) row.dueAtMs = nowMs + stalledRetryMs
  if (stalled && !row.stalledFault) {
    const fault = stalledFault(lane, failure, context)
    row.stalledFault = fault.id
    faults.push(fault)
  }
  return later(row.dueAtMs, { row, faults })
}

function stalledFault(lane: StoredLane, failure: Failure, context: LaneContext): Fault {
  const message = `No verdict for seven days; the last answer: ${failure.message}`
  const refused = lane.edits.map((edit) => ({ edit, missing: propertiesOf(edit), stored: [] }))
  return { ...makeFault(lane, lane.row, { refused, failure: { ...failure, message } }, context), kind: 'stalled' }
}
