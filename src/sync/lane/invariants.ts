// Pure: the invariants of each plan of a lane. A plan that breaks one is a defect, and nothing of it is written.
import { assert } from '../../model/assert.js'
import { opOf } from '../../model/edit.js'
import type { StoredLane } from '../../store/rows.js'
import type { Plan } from './decision.js'

/** L1: each `again` takes an edit, an attempt or a look-back away, so that the loop ends. */
export function checkAgain(before: StoredLane, left: StoredLane): void {
  assert(toDo(left) < toDo(before), 'L1', 'again')
}

/** An attempt whose answer came is less than one that is open; the settlement of one may owe look-backs for it. */
function toDo({ row: { attempt, lookBacks }, edits }: StoredLane): number {
  return (edits.length * 3 + (attempt ? (attempt.open ? 2 : 1) : 0)) * 1e6 + (lookBacks ? lookBacks.length + 1 : 0)
}

/** `lane`: as the plan found it. */
export function checkPlan({ row, edits }: StoredLane, { change = {}, next }: Plan, nowMs: number): void {
  const { settled = [], rewritten = [], faults = [] } = change
  const pending = new Map(edits.map(({ id, patch }) => [id, patch]))
  // L2: the patch of an edit never changes. Its ancestors and covers do.
  for (const { id, patch } of rewritten) assert(pending.get(id) === patch, 'L2', 'rewritten')
  for (const { editIds, outcome, faultId } of settled) {
    // L3: an edit ends once, and only one that was pending (G3).
    for (const id of editIds) assert(pending.delete(id), 'L3', 'settled')
    // L4: a rejection brings its fault (G7).
    assert(outcome !== 'rejected' || faults.some(({ id }) => id === faultId), 'L4', 'fault')
  }
  if (next.step === 'send') {
    const { attempt } = next
    const { attempt: before } = row
    // L5: the attempt that leaves is written in the row, for a session (R2, G9).
    assert(change.row?.attempt === attempt && attempt.open && attempt.sessionId, 'L5', 'attempt')
    // L6: a repeat is exact. Another request has another key (R2).
    const isExact = attempt.patch === before?.patch && attempt.op === before.op && attempt.version === before.version
    assert(attempt.key === before?.key ? isExact : attempt.tries === 1, 'L6', 'repeat')
    const { base } = change.row!
    const op = opOf(attempt)
    // L8: no creation is sent once its record is known to exist, and no update once it is known not to (R17).
    assert(op === 'create' ? !base : op === 'delete' || base !== null, 'L8', op)
  }
  // L7: a wait ends, and not before it begins: else nothing would wake the lane, or nothing would let it sleep (R12).
  if (next.step === 'later') assert(next.dueAtMs >= nowMs, 'L7', 'due')
}
