// Pure: the next step of a lane, by its state (R1, R2, R3, R6, R11).
import type { StoredLane } from '../../store/rows.js'
import type { LaneContext, Reading } from './context.js'
import { type Decision, heldBy, later, nothing } from './decision.js'
import { frontOf } from './front.js'
import { planLookBack } from './plan-look-back.js'
import { planNew } from './plan-new.js'
import { planDoubted, planRepeat } from './plan-repeat.js'
import { laneState, tryOverAtMs } from './state.js'

export function planStep(lane: StoredLane, context: LaneContext, reading?: Reading): Decision {
  const { row } = lane
  const state = laneState(lane, context)
  if (state === 'held') return heldBy(lane.held!)
  if (context.sessionId === undefined) return nothing
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
      return planDoubted(lane, row.attempt!, context, reading)
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
