// R1: each edit stores, per property, the confirmed value that it was made on. Only the earliest pending edit that touches
// a property is ever asked for it, so only that one has to be kept right.
import { propertiesOf } from './compose.js'
import type { QueuedEdit } from './edit.js'
import { own } from './own.js'
import type { Json, Patch, Properties } from './record.js'

/** A known ancestor; null: the property was absent or null. */
export interface Ancestor {
  value: Json
}

/** The known ancestors of `properties`, those of the earliest edits that still touch them; no entry: none is known. */
export function ancestorsOf(lane: readonly QueuedEdit[], properties: Iterable<string>): Properties {
  const wanted = new Set(properties)
  const found: [string, Json][] = []
  for (const edit of lane) {
    for (const property of propertiesOf(edit)) {
      const ancestor = wanted.delete(property) && known(edit, property)
      if (ancestor) found.push([property, ancestor.value])
    }
    if (!wanted.size) break
  }
  return Object.fromEntries(found)
}

/**
 * The ancestors of a new edit at the end of the lane. `onPending`: its properties that a pending edit touches too, and whose
 * ancestor comes from there. A base that was never read gives none.
 */
export function ancestorsFor(
  patch: Patch,
  base: Properties | undefined,
  lane: readonly QueuedEdit[],
): { ancestors: Properties; onPending: string[] } {
  const ancestors: [string, Json][] = []
  const onPending: string[] = []
  for (const property of Object.keys(patch)) {
    const edit = earliest(lane, property)
    if (edit) onPending.push(property)
    const ancestor = edit ? known(edit, property) : base && { value: own(base, property) ?? null }
    if (ancestor) ancestors.push([property, ancestor.value])
  }
  return { ancestors: Object.fromEntries(ancestors), onPending }
}

/**
 * The remaining edits, as rewritten copies, that take over ancestors when the edits `goneIds` leave the lane; unchanged ones
 * are left out. `confirmed`: of what was sent and stored, the values that the backend has now (null where absent); they are
 * the ancestors from now on. For the other properties of the gone edits, theirs are. `lane`: the pending edits in order,
 * gone ones included, and covers marked.
 */
export function inherit(
  lane: readonly QueuedEdit[],
  goneIds: Iterable<string>,
  confirmed: Properties = {},
): QueuedEdit[] {
  const gone = new Set(goneIds)
  // Property to what its earliest remaining toucher takes over; undefined in it: no known ancestor.
  const bequests = new Map<string, Ancestor | undefined>(
    Object.entries(confirmed).map(([property, value]) => [property, { value }]),
  )
  const inherited = new Set<string>()
  const rewritten: QueuedEdit[] = []
  for (const edit of lane) {
    let heir = edit
    for (const property of propertiesOf(edit)) {
      if (inherited.has(property)) continue
      if (!gone.has(edit.id)) {
        inherited.add(property)
        if (bequests.has(property)) heir = withAncestor(heir, property, bequests.get(property))
      } else if (!bequests.has(property)) bequests.set(property, known(edit, property))
    }
    if (heir !== edit) rewritten.push(heir)
  }
  return rewritten
}

function earliest(lane: readonly QueuedEdit[], property: string): QueuedEdit | undefined {
  return lane.find(({ patch, covered }) => Object.hasOwn(patch, property) && !covered?.includes(property))
}

function known(edit: QueuedEdit | undefined, property: string): Ancestor | undefined {
  const value = own(edit?.ancestors, property)
  return value === undefined ? undefined : { value }
}

function withAncestor(edit: QueuedEdit, property: string, ancestor: Ancestor | undefined): QueuedEdit {
  if (known(edit, property)?.value === ancestor?.value) return edit
  const { [property]: _replaced, ...others } = edit.ancestors
  return { ...edit, ancestors: ancestor ? { ...others, [property]: ancestor.value } : others }
}
