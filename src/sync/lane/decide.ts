/*
 * Pure: what one lane does, decided in the transaction that writes it. The door of this room is `decide(lane, event, context)`: what
 * has happened, then step by step what is next. It may throw an `InvariantError`: then nothing is to be written for the lane.
 */
import { opOf } from '../../model/edit.js'
import { ruleOf } from '../../model/failure.js'
import type { RecordRow, StoredLane } from '../../store/rows.js'
import type { LaneChange } from '../../store/settlements.js'
import { isWaitOver } from '../wait.js'
import { conclude, type LaneEvent, seenAfter } from './conclude.js'
import type { LaneContext } from './context.js'
import type { Plan, Step } from './decision.js'
import { checkAgain, checkPlan } from './invariants.js'
import { planStep } from './plan.js'

export function decide(given: StoredLane, event: LaneEvent, known: LaneContext): Plan {
  const context = seenAfter(event, known)
  let lane = given
  let decision = conclude(lane, event, context)
  let change: LaneChange | undefined
  for (;;) {
    const { next } = decision
    change = merged(change, decision.change)
    if (next.step !== 'again') {
      const plan = {
        ...decision,
        change,
        next: addressed(next, change?.named ?? context.remoteId, change?.row ?? lane.row),
      }
      checkPlan(given, plan, context.nowMs)
      return afterEvent(plan, event, context)
    }
    const left = leftBy(lane, decision.change)
    checkAgain(lane, left)
    lane = left
    decision = planStep(lane, context)
  }
}

/**
 * The plan, with the end of the wait of all lanes: a proper reply proves the network. A busy server itself names the length
 * of its peace.
 */
export function afterEvent(plan: Plan, event: LaneEvent, { wait, nowMs }: LaneContext): Plan {
  const isProper = 'reply' in event && (event.reply.ok || ruleOf(event.reply.failure.kind).class === 'verdict')
  const isOver = isProper && wait && (!ruleOf(wait.failure.kind).isOrder || isWaitOver(wait, nowMs))
  return isOver ? { ...plan, change: { ...plan.change, wait: null } } : plan
}

/** Requests name the record as the backend does, from the moment that it has named it (R19), and know the record as it is there. */
function addressed(next: Step, remoteId: string | number | undefined, { base, attempt }: RecordRow): Step {
  if (next.step !== 'send' && next.step !== 'read') return next
  const record = base ?? (next.step === 'read' && attempt && opOf(attempt) === 'create' ? attempt.patch : undefined)
  return { ...next, ...(remoteId !== undefined && { remoteId }), ...(record && { record }) }
}

/** The lane as a change leaves it. */
function leftBy({ row, edits, ...lane }: StoredLane, change: LaneChange = {}): StoredLane {
  const gone = new Set(change.settled?.flatMap(({ editIds }) => editIds))
  const copies = new Map(change.rewritten?.map((edit) => [edit.id, edit]))
  return {
    ...lane,
    row: change.row ?? row,
    edits: edits.filter(({ id }) => !gone.has(id)).map((edit) => copies.get(edit.id) ?? edit),
  }
}

/** Two changes of one lane, the second made on the lane after the first. */
function merged(first: LaneChange | undefined, second: LaneChange | undefined): LaneChange | undefined {
  if (!first || !second) return first ?? second
  const list = <T>(a: readonly T[] = [], b: readonly T[] = []): T[] => [...a, ...b]
  return {
    ...first,
    ...second,
    settled: list(first.settled, second.settled),
    rewritten: list(first.rewritten, second.rewritten),
    faults: list(first.faults, second.faults),
    closedFaults: list(first.closedFaults, second.closedFaults),
  }
}
