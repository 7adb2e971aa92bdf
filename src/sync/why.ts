// Pure: why a lane is not with the backend yet. The first reason that fits, in the order in which the sender asks.
import { ruleOf } from '../model/failure.js'
import type { LaneReason } from '../model/lane-reason.js'
import type { RefsOf } from '../model/refs.js'
import type { LeaseRow, StateRow, StoredLane, Wait } from '../store/rows.js'
import { isDue } from './backoff.js'
import { frontOf } from './lane/front.js'
import { lookBackDueAtMs } from './lane/look-back.js'
import { isTryOver, laneState, tryOverAtMs } from './lane/state.js'
import type { SenderFacts } from './sender.js'
import { isWaitOver } from './wait.js'

/** The facts beside the lane. */
export interface Surrounding extends Omit<SenderFacts, 'tab'> {
  nowMs: number
  requestTimeoutMs: number
  state: Pick<StateRow, 'session' | 'wait'>
  lease: Pick<LeaseRow, 'epoch' | 'holder'> | undefined
  hasToken: boolean
  online: boolean
  /** The client has an endpoint for the collection; `prepares`: one that fetches what requests need. */
  endpoint: { prepares: boolean } | undefined
  refsOf: RefsOf | undefined
}

export function whyLane(lane: StoredLane, at: Surrounding): LaneReason {
  const { key, row, held } = lane
  const { attempt } = row
  const { nowMs, state, lease } = at
  const { session } = state
  const { collection } = key
  const asking = {
    ...at,
    startedAtMs: 0,
    epoch: lease?.epoch ?? 0,
    ignoreDue: true,
    refsOf: (values: Parameters<RefsOf>[1]) => at.refsOf?.(collection, values) ?? [],
  }
  if (held) return { is: held === 'reload' ? 'newer-version' : held }
  if (!at.endpoint) return { is: 'no-endpoint' }
  if (at.isHeld(key)) return { is: 'broken' }
  if (row.unknownFault && !row.looksAgain) return { is: 'in-doubt', faultId: row.unknownFault }
  if (attempt?.open && attempt.epoch === asking.epoch && !isTryOver(attempt, asking))
    return { is: 'sending', sinceMs: attempt.atMs }
  if (session?.expired) return { is: 'session-ended', kind: session.expired.kind, code: session.expired.code }
  const now = laneState(lane, asking)
  if (now === 'dependent') return whatFirst(lane, asking)
  if (at.isFrozen) return { is: 'frozen' }
  if (state.wait && !isWaitOver(state.wait, nowMs)) return whyAll(state.wait)
  if (!at.hasToken && !at.isBehind) return { is: 'no-token' }
  if (at.probe && !isDue(at.probe.dueAtMs, nowMs)) return { is: 'failing', ...triesOf(at.probe) }
  if (laneState(lane, { ...asking, ignoreDue: false }) === 'paused') return whyPaused(lane)
  if (!at.online) return { is: 'offline', dueAtMs: at.tryAtMs || nowMs }
  if (at.endpoint.prepares && (at.isFetching || at.fetchAtMs > nowMs))
    return { is: 'credentials', ...(at.fetchAtMs > nowMs && { dueAtMs: at.fetchAtMs }) }
  if (now === 'owing') return { is: 'look-back', dueAtMs: lookBackDueAtMs(row)! }
  if (now === 'abandoned') return { is: 'abandoned', dueAtMs: tryOverAtMs(attempt!, asking) }
  if (at.isBehind && lease?.holder) return { is: 'other-tab', tab: lease.holder }
  if (now === 'doubted') return { is: 'checking' }
  if (attempt) return { is: 'repeating' }
  return { is: lane.older ? 'older-data' : 'next' }
}

/** The record that it waits for first. */
function whatFirst(lane: StoredLane, asking: Parameters<typeof frontOf>[1]): LaneReason {
  const [first, ...others] = frontOf(lane, asking).waitsFor
  const [, collection, id] = JSON.parse(first!) as [string, string, string]
  const other = [...lane.others!.values()].find(({ name }) => name === first)!
  const isMade = !other.isCreating || !!other.base
  return { is: isMade ? 'edits' : 'creation', of: { collection, id }, others: others.length }
}

function whyAll({ failure, failures, dueAtMs, ordered }: Wait): LaneReason {
  const { kind, code } = failure
  const { class: means, isOrder } = ruleOf(kind)
  if (means === 'hold') return { is: 'configuration', kind, code, dueAtMs }
  return { is: ordered ? 'asked' : isOrder ? 'busy' : 'network', ...triesOf({ failures, dueAtMs }) }
}

function whyPaused({ row: { attempt, dueAtMs, failures, refusals, stale, stalledFault } }: StoredLane): LaneReason {
  if (stalledFault) return { is: 'stalled', faultId: stalledFault, dueAtMs }
  if (failures) return { is: 'server', ...triesOf({ failures, dueAtMs }) }
  if (refusals) return { is: 'refused', ...triesOf({ failures: refusals, dueAtMs }) }
  // No copy of its request can arrive any more by then.
  if (attempt || !stale) return { is: 'abandoned', dueAtMs }
  return { is: 'stale', ...triesOf({ failures: stale, dueAtMs }) }
}

function triesOf({ failures, dueAtMs }: { failures: number; dueAtMs: number }): { tries: number; dueAtMs: number } {
  return { tries: failures, dueAtMs }
}
