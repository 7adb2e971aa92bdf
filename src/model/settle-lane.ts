import { inherit } from './ancestors.js'
import { propertiesOf } from './compose.js'
import { opOf, type QueuedEdit } from './edit.js'
import { own, propertiesFrom } from './own.js'
import type { State } from './record.js'

/** An event of a lane. */
export interface LaneOutcome {
  /** The edits of the answered request, as `compose` named them. */
  editIds?: readonly string[]
  /** The values of that request that the backend has not stored: none, some, or after a refusal all of them. */
  missing?: readonly string[]
  /** The missing values were not refused: they stay pending. */
  keepsMissing?: boolean
  /**
   * Edits that the backend has taken as a whole: a creation with its updates, a deletion with those
   * that it covers. An update among them still ends by its own values, if it is one of `editIds`.
   */
  acceptedIds?: readonly string[]
  /** Edits that end by another decision: a conflict, a discard, a record that is gone. */
  endedIds?: readonly string[]
  /** The base after the event. */
  base?: State
}

/** An edit that the backend did not store, or stored only in part (R5), or that another decision ended. */
export interface RejectedEdit {
  edit: QueuedEdit
  /** The values that are rolled back. */
  missing: string[]
  /** The values that the backend has stored all the same. */
  stored: string[]
}

/** The outcome for the edits of a lane; each list is oldest first. */
export interface SettledLane {
  accepted: QueuedEdit[]
  rejected: RejectedEdit[]
  /** The creation that was accepted without a part of its values (R18). */
  partial: RejectedEdit[]
  /** The properties that the request has stored. */
  stored: ReadonlySet<string>
  /** The lane after the event. */
  remaining: QueuedEdit[]
  /** Those of `remaining` that have other ancestors or covers than before. */
  rewritten: QueuedEdit[]
}

/**
 * Decides the fate of each edit of a lane, and the ancestors that the others inherit (R1, R5, R6).
 *
 * An edit of the request is rejected when a value of its own is missing. A value that was not sent, because a later edit of
 * the request sets the same property, shares that one's success but not its refusal: it is sent next. An edit outside of the
 * request is accepted when later ones have stored all its properties, and else keeps the rest of them. A creation and a deletion end
 * only as a whole (R18).
 */
export function settleLane(
  lane: readonly QueuedEdit[],
  { editIds = [], missing: notStored = [], keepsMissing, acceptedIds = [], endedIds = [], base }: LaneOutcome,
): SettledLane {
  const sent = new Set(editIds)
  const taken = new Set(acceptedIds)
  const ended = new Set(endedIds)
  const failed = new Set(notStored)
  // Both grow backwards through the lane: the properties that the request took from later edits, and those of them that are
  // stored.
  const claimed = new Set<string>()
  const stored = new Set<string>()
  const accepted: QueuedEdit[] = []
  const rejected: RejectedEdit[] = []
  const partial: RejectedEdit[] = []
  let isCreated = false
  const gone = new Set<string>()
  const after: QueuedEdit[] = []
  for (const edit of [...lane].reverse()) {
    const properties = propertiesOf(edit)
    const mine = sent.has(edit.id) ? properties.filter((property) => !claimed.has(property)) : []
    for (const property of mine) {
      claimed.add(property)
      if (!failed.has(property)) stored.add(property)
    }
    const missing = properties.filter((property) => !stored.has(property))
    const grown = properties.filter((property) => stored.has(property))
    after.push(grown.length ? { ...edit, covered: [...(edit.covered ?? []), ...grown] } : edit)
    const isUpdate = opOf(edit) === 'update'
    const fails = !keepsMissing && mine.some((property) => failed.has(property))
    const part = { edit, missing, stored: mine.filter((property) => !failed.has(property)) }
    if (ended.has(edit.id)) rejected.push({ ...part, stored: [] })
    else if (isUpdate && fails) rejected.push(part)
    else if (taken.has(edit.id) || (isUpdate && !missing.length)) {
      accepted.push(edit)
      if (opOf(edit) === 'create') isCreated = true
      if (fails) partial.push(part)
    } else continue
    gone.add(edit.id)
  }
  after.reverse()
  // The edits behind a creation were made on what it wrote: the backend's own additions to it are nobody else's changes.
  const known = isCreated ? after.flatMap(propertiesOf) : stored
  const confirmed = propertiesFrom(known, (property) => (base ? (own(base, property) ?? null) : undefined))
  const heirs = new Map(inherit(after, gone, confirmed).map((edit) => [edit.id, edit]))
  const remaining = after.filter(({ id }) => !gone.has(id)).map((edit) => heirs.get(edit.id) ?? edit)
  const before = new Set(lane)
  return {
    accepted: accepted.reverse(),
    rejected: rejected.reverse(),
    partial,
    stored,
    remaining,
    rewritten: remaining.filter((edit) => !before.has(edit)),
  }
}
