// Pure: what a record that was read says of values that are to be sent, or were (R1, R2, R4, R11).
import { ancestorsOf } from '../../model/ancestors.js'
import { comparePatch, type PropertyConflict } from '../../model/compare.js'
import { own } from '../../model/own.js'
import { normalizePatch } from '../../model/patch.js'
import type { Json, Patch } from '../../model/record.js'
import { equal } from '../../model/same.js'
import type { RecordRow, StoredLane } from '../../store/rows.js'
import type { Contest } from '../sync-options.js'
import type { LaneContext, Reading } from './context.js'

/** `isSent`: the patch went out once already. `resolved`: the app's answers; `contested`: where it has none. */
export function compareReading(
  { row, edits }: StoredLane,
  patch: Patch,
  { record }: Reading,
  context: LaneContext,
  isSent = false,
): { send: Patch; accepted: string[]; contested: PropertyConflict[]; resolved: Patch; unknown: string[] } {
  const { same } = context
  const ancestors = ancestorsOf(edits, Object.keys(patch))
  const alsoMine = lateCopies(row)
  if (isSent) alsoMine.push(patch)
  const { conflicts, ...compared } = comparePatch({ patch, ancestors, theirs: record, same, alsoMine })
  const resolved: { [property: string]: Json } = {}
  const contested = conflicts.filter((conflict) => {
    // The backend's own form of it is no conflict.
    if (isSent && same(conflict.property, conflict.mine, conflict.theirs)) return false
    const edit = edits.findLast((one) => Object.hasOwn(one.patch, conflict.property))!
    const answer = answerOf(context, { ...conflict, edit })
    if (answer !== undefined) resolved[conflict.property] = answer
    return answer === undefined
  })
  // A value that is only alike, and was there before, may be the one before: the same request once more has the same effect.
  const isThere = (name: string, mine: Json, got: Json): boolean =>
    equal(mine, got) || (same(name, mine, got) && !equal(own(ancestors, name), got))
  const accepted = isSent
    ? Object.keys(patch).filter((name) => isThere(name, patch[name]!, own(record, name) ?? null))
    : compared.accepted
  return { ...compared, accepted, contested, resolved }
}

/** Copies of our own that may have come since the base was read, or while there was no session (R2). */
export function lateCopies({ strays = [], baseAtMs }: RecordRow): Patch[] {
  return strays.filter(({ untilMs, held }) => held || !(baseAtMs! >= untilMs)).map(({ patch }) => patch)
}

/**
 * An error of an app's function counts as no answer, and so does a value that cannot be stored: other lanes wait for this
 * one's transaction.
 */
function answerOf({ resolve, check }: LaneContext, contest: Contest): Json | undefined {
  try {
    const answer = normalizePatch({ [contest.property]: resolve?.(contest) })
    return check?.(answer) ? undefined : answer[contest.property]
  } catch {
    return undefined
  }
}
