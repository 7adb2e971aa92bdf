// Pure: a lane in the shape of an older release of the app (R26). Requests that were sent are concluded; nothing new goes out.
import { opOf } from '../../model/edit.js'
import type { Failure } from '../../model/failure.js'
import type { Fault } from '../../model/fault.js'
import { mayCome } from '../../store/attempt.js'
import type { StoredLane, Unmigrated } from '../../store/rows.js'
import type { LaneContext } from './context.js'
import { type Decision, later, nothing } from './decision.js'
import { lookBackDueAtMs } from './look-back.js'
import { endCreation } from './refuse.js'
import { settle } from './settle.js'

/** The next look reads it migrated. */
const rereads: Decision = { ...nothing, rereads: true }

export function planOlder(lane: StoredLane, context: LaneContext): Decision {
  const { row, failed } = lane
  if (failed) return endFailed(lane, failed, context)
  const late =
    row.strays?.filter((stray) => !stray.held && mayCome(stray, context.nowMs)).map(({ untilMs }) => untilMs) ?? []
  const dueAtMs = lookBackDueAtMs(row) ?? Math.max(0, ...late)
  return dueAtMs > context.nowMs ? later(dueAtMs) : rereads
}

/** The app's function fails on these edits: each ends in the fault of its shape, with the values as they were written. */
function endFailed(lane: StoredLane, failed: NonNullable<StoredLane['failed']>, context: LaneContext): Decision {
  // Those of another shape come next.
  const [{ from, message }] = [...failed.values()] as [Unmigrated]
  const failure: Failure = { kind: 'other', reason: 'migrate', message: `"migrate.patch" failed: ${message}` }
  const isCreation = lane.edits.some((edit) => opOf(edit) === 'create' && failed.has(edit.id))
  const endedIds = [...failed].filter(([, one]) => one.from === from).map(([id]) => id)
  const change = isCreation
    ? endCreation(lane, failure, context)
    : settle(lane, lane.row, { endedIds, failure }, context)
  const faults = change.faults?.map((fault): Fault => ({ ...fault, shape: from ?? 0 })) ?? []
  return { ...rereads, change: { ...change, faults } }
}
