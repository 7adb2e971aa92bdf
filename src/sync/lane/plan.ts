// Pure: the next step of a lane, by its state (R1, R2, R3, R6, R11).
import type { Attempt, StoredLane } from '../../store/rows.js'
import type { LaneContext, Reading } from './context.js'
import { type Decision, heldBy, later, nothing } from './decision.js'
import { frontOf } from './front.js'
import { planLookBack } from './plan-look-back.js'
import { planNew } from './plan-new.js'
import { planOlder } from './plan-older.js'
import { planDoubted, planRepeat } from './plan-repeat.js'
import { withoutStale } from './stale.js'
import { laneState, tryOverAtMs } from './state.js'

export function planStep(lane: StoredLane, context: LaneContext, reading?: Reading): Decision {
  const { row } = lane
  const state = laneState(lane, context)
  if (state === 'held') return heldBy(lane.held!)
  if (context.sessionId === undefined) return nothing
  if (lane.older && (state === 'queued' || state === 'dependent')) return planOlder(lane, context)
  switch (state) {
    case 'resting':
    case 'undecided':
      return nothing
    case 'dependent':
      return { ...nothing, waitsFor: frontOf(lane, context).waitsFor }
    case 'paused':
      return later(row.dueAtMs)
    case 'abandoned':
      return later(tryOverAtMs(row.attempt!, context))
    case 'doubted':
      return planDoubted(lane, row.attempt!, context, reading) ?? planAnew(lane, row.attempt!, context, reading)
    // Looked at although it is under way: the page was frozen, and will not hear its answer.
    case 'under-way':
    case 'unknown':
      return planRepeat(lane, row.attempt!, context, reading)
    case 'owing':
      return planLookBack(lane, context, reading)
    case 'queued':
      return planNew(lane, context, reading)
  }
}

/** Its version was refused: the edits are compared with what was read, and go out on its version (R24). */
function planAnew(lane: StoredLane, attempt: Attempt, context: LaneContext, reading?: Reading): Decision {
  const shown = reading?.record ? { ...reading, record: reading.record } : undefined
  const { row, known, versions } = withoutStale(lane, attempt, context, shown)
  const decision = planStep({ ...lane, row }, known, shown)
  return { ...decision, change: { row, ...decision.change, ...(versions && { versions }) } }
}
