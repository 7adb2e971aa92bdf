// R1: each edit stores, per property, the confirmed value that it was made on. Only the earliest pending edit that touches a
// property gives its ancestor, so only that edit has to be kept right.
import { propertiesOf } from './compose.js'
import type { QueuedEdit } from './edit.js'
import { own, propertiesFrom } from './own.js'
import type { Json, Patch, Properties, State } from './record.js'

/** By property, the earliest pending edit of a lane that still touches it. */
export type Earliest = Map<string, QueuedEdit>

export function earliestOf(lane: Iterable<QueuedEdit>): Earliest {
  const earliest: Earliest = new Map()
  for (const edit of lane) noteEarliest(earliest, edit)
  return earliest
}

/** Takes up the lane's next edit. */
export function noteEarliest(earliest: Earliest, edit: QueuedEdit): void {
  for (const property of propertiesOf(edit)) if (!earliest.has(property)) earliest.set(property, edit)
}

/** The known ancestors of `properties`, from the earliest edits that still touch them; no entry: none is known. */
export function ancestorsOf(lane: readonly QueuedEdit[], properties: Iterable<string>): Properties {
  const earliest = earliestOf(lane)
  return propertiesFrom(properties, (property) => own(earliest.get(property)?.ancestors, property))
}

/**
 * The ancestors of a new edit at the end of a lane: the ancestor of the earliest pending edit that touches the property too; else the
 * value that the person saw confirmed; else the confirmed value. A base that was never read gives none.
 */
export function ancestorsFor(patch: Patch, base: State, earliest: Earliest, seen: Properties = {}): Properties {
  return propertiesFrom(Object.keys(patch), (property) => {
    const edit = earliest.get(property)
    if (edit) return own(edit.ancestors, property)
    return Object.hasOwn(seen, property) ? seen[property] : base ? (own(base, property) ?? null) : undefined
  })
}

/**
 * The confirmed values that the person sees of the patch's properties: for those that no pending edit touches, the values in
 * the base.
 */
export function seenOf(patch: Patch, base: State, pending: { has(property: string): boolean }): Properties {
  return propertiesFrom(Object.keys(patch), (property) =>
    pending.has(property) || !base ? undefined : (own(base, property) ?? null),
  )
}

/**
 * The remaining edits, as rewritten copies, that take over ancestors when the edits `goneIds` leave the lane; unchanged ones
 * are left out. `confirmed`: the backend's present values of the properties that were sent and stored (null where absent);
 * they are the ancestors from now on. The other properties of the gone edits hand on their own ancestors. `lane`: the pending
 * edits in order, gone ones included, and covers marked.
 */
export function inherit(
  lane: readonly QueuedEdit[],
  goneIds: Iterable<string>,
  confirmed: Properties = {},
): QueuedEdit[] {
  const gone = new Set(goneIds)
  // By property, the ancestor that its earliest remaining toucher takes over; undefined in it: no known ancestor.
  const bequests = new Map<string, Json | undefined>(Object.entries(confirmed))
  const inherited = new Set<string>()
  const rewritten: QueuedEdit[] = []
  for (const edit of lane) {
    let heir = edit
    for (const property of propertiesOf(edit)) {
      if (inherited.has(property)) continue
      if (!gone.has(edit.id)) {
        inherited.add(property)
        if (bequests.has(property)) heir = withAncestor(heir, property, bequests.get(property))
      } else if (!bequests.has(property)) bequests.set(property, own(edit.ancestors, property))
    }
    if (heir !== edit) rewritten.push(heir)
  }
  return rewritten
}

function withAncestor(edit: QueuedEdit, property: string, ancestor: Json | undefined): QueuedEdit {
  if (own(edit.ancestors, property) === ancestor) return edit
  const { [property]: _replaced, ...others } = edit.ancestors
  return { ...edit, ancestors: ancestor === undefined ? others : { ...others, [property]: ancestor } }
}
