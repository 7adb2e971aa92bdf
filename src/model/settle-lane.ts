import { inherit } from './ancestors.js'
import { propertiesOf } from './compose.js'
import type { QueuedEdit } from './edit.js'
import { own } from './own.js'
import type { Json, Properties } from './record.js'

/** What has happened to a lane. */
export interface LaneOutcome {
  /** The edits of the answered request, as `compose` named them. */
  editIds?: readonly string[]
  /** The properties of that request that the backend has now; none after a refusal. */
  stored?: readonly string[]
  /** What the backend answered with, or had when read; needed for what is stored. */
  record?: Properties
  /** Edits that end by another decision: a conflict, a discard, a record that is gone. */
  endedIds?: readonly string[]
}

/** An edit that the backend did not store, or only in part (R5). */
export interface RejectedEdit {
  edit: QueuedEdit
  /** What is rolled back. */
  missing: string[]
  /** What the backend has of it all the same. */
  stored: string[]
}

/** What becomes of the edits of a lane; each list is oldest first. */
export interface SettledLane {
  accepted: QueuedEdit[]
  rejected: RejectedEdit[]
  /** The lane as it is now. */
  remaining: QueuedEdit[]
  /** Those of `remaining` that have other ancestors or covers than before. */
  rewritten: QueuedEdit[]
}

/**
 * Decides the fate of each edit of a lane, and what the others inherit (R1, R5, R6).
 *
 * An edit of the request is rejected when a value of its own was sent and not stored. What was not sent, because a later edit
 * of the request set the same property, shares that one's success but not its refusal: it is sent next. So are the
 * properties of older edits that no stored value covers.
 */
export function settleLane(
  lane: readonly QueuedEdit[],
  { editIds = [], stored = [], record, endedIds = [] }: LaneOutcome,
): SettledLane {
  const sent = new Set(editIds)
  const ended = new Set(endedIds)
  const has = new Set(stored)
  // Both grow backwards through the lane: what the request took from later edits, and what of that was stored.
  const taken = new Set<string>()
  const covered = new Set<string>()
  const accepted: QueuedEdit[] = []
  const rejected: RejectedEdit[] = []
  const after: QueuedEdit[] = []
  for (const edit of [...lane].reverse()) {
    const properties = propertiesOf(edit)
    const mine = sent.has(edit.id) ? properties.filter((property) => !taken.has(property)) : []
    for (const property of mine) {
      taken.add(property)
      if (has.has(property)) covered.add(property)
    }
    const missing = properties.filter((property) => !covered.has(property))
    const grown = properties.filter((property) => covered.has(property))
    after.push(grown.length ? { ...edit, covered: [...(edit.covered ?? []), ...grown] } : edit)
    if (ended.has(edit.id)) continue
    if (!missing.length) accepted.push(edit)
    else if (mine.some((property) => !has.has(property))) {
      rejected.push({ edit, missing, stored: mine.filter((property) => has.has(property)) })
    }
  }
  const gone = new Set([...ended, ...accepted.map(({ id }) => id), ...rejected.map(({ edit }) => edit.id)])
  const remaining = after.reverse().filter(({ id }) => !gone.has(id))
  const confirmed = Object.fromEntries(
    stored.map((property): [string, Json] => [property, own(record, property) ?? null]),
  )
  const heirs = new Map(inherit(after, gone, confirmed).map((edit) => [edit.id, edit]))
  const now = remaining.map((edit) => heirs.get(edit.id) ?? edit)
  const before = new Set(lane)
  return {
    accepted: accepted.reverse(),
    rejected: rejected.reverse(),
    remaining: now,
    rewritten: now.filter((edit) => !before.has(edit)),
  }
}
