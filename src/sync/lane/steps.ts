import type { TraceStep } from '../../model/events.js'
import type { LaneKey } from '../../model/record.js'
import type { Plan } from './decision.js'

/** The steps of a written plan, for `trace$`. */
export function stepsOf({ collection, id }: LaneKey, { change, next, unknownAncestors }: Plan): TraceStep[] {
  const key = { collection, id }
  const { settled = [], faults = [], versions } = change ?? {}
  const steps = settled.map(({ op = 'update', editIds, outcome, faultId }) => {
    const { kind } = faults.find(({ id }) => id === faultId) ?? {}
    return { type: outcome, key, op, editIds: [...editIds], ...(kind && { faultId, kind }) } as TraceStep
  })
  const { split } = change?.row ?? {}
  if (split && next.step === 'send') steps.push({ type: 'split', key, size: split.size })
  if (versions) steps.push({ type: 'versions', key, state: versions.offAtMs === undefined ? 'proved' : 'off' })
  if (unknownAncestors) steps.push({ type: 'uncompared', key, properties: unknownAncestors })
  if (next.step === 'later') steps.push({ type: 'held', key, reason: 'wait', dueAtMs: next.dueAtMs })
  if (next.step === 'held') steps.push({ type: 'held', key, reason: next.reason })
  return steps
}
