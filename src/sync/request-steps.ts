// Pure: the steps of a request for `trace$`, and those of an error in the middle of it.
import type { Reply } from '../endpoint/endpoint.js'
import { InvariantError } from '../model/assert.js'
import { opOf } from '../model/edit.js'
import type { TraceStep } from '../model/events.js'
import { isStale, ruleOf } from '../model/failure.js'
import type { RecordKey } from '../model/record.js'
import type { Search } from './lane/search.js'
import type { Ready } from './requests.js'

/** A read becomes a step once it is answered. */
export function sentSteps({ key: { collection, id }, step }: Ready): TraceStep[] {
  if (step.step === 'read') return []
  const { editIds, patch, tries } = step.attempt
  const op = opOf(step.attempt)
  return [{ type: 'sent', key: { collection, id }, op, editIds, properties: Object.keys(patch), tries }]
}

/** The parts of a read's step that its answer is decided by. */
export function readOf({ rev, finds, probes }: Extract<Ready['step'], { step: 'read' }>): {
  rev: number
  by: Search['by'] | undefined
} {
  return { rev, by: finds?.by ?? (probes && 'list') }
}

export function answerSteps({ key: { collection, id }, step }: Ready, reply: Reply): TraceStep[] {
  const steps: TraceStep[] = []
  const key = { collection, id }
  const { kind, code } = reply.ok ? {} : reply.failure
  const rule = kind && ruleOf(kind)
  if (step.step === 'read')
    steps.push({ type: 'read', key, reason: step.verifies ? 'verify' : 'compare', ok: !rule || !!rule.endsLane })
  if (!reply.ok && step.step === 'send' && step.attempt.version !== undefined && isStale(reply.failure))
    steps.push({ type: 'stale', key, op: opOf(step.attempt), editIds: step.attempt.editIds })
  if (rule && rule.class !== 'verdict')
    steps.push({ type: 'failed', key, kind, code, ...(step.step === 'send' && { op: opOf(step.attempt) }) })
  return steps
}

export function brokenStep(error: unknown, key?: RecordKey): TraceStep {
  // The message of any other error may have values (G11).
  const { invariant, about } =
    error instanceof InvariantError ? error : { invariant: 'none', about: String((error as Error | null)?.name) }
  return { type: 'broken', invariant, about, key: key && { collection: key.collection, id: key.id } }
}
