import { effectivePatch, type MadeEdit, opOf, type QueuedEdit } from './edit.js'
import type { Json, Operation, Patch } from './record.js'

/** The values that the edits set together; later ones win. Frozen at its top. */
export function mergePatches(edits: readonly Pick<MadeEdit, 'patch' | 'covered'>[]): Patch {
  const merged = new Map<string, Json>()
  for (const edit of edits)
    for (const [property, value] of Object.entries(effectivePatch(edit))) merged.set(property, value)
  return Object.freeze(Object.fromEntries(merged))
}

/** The properties that an edit still sets. */
export function propertiesOf(edit: Pick<MadeEdit, 'patch' | 'covered'>): string[] {
  return Object.keys(effectivePatch(edit))
}

/** The edits that set a property which no later edit sets; the others go with their cover (R6). */
export function sendable(edits: readonly QueuedEdit[]): QueuedEdit[] {
  const set = new Set<string>()
  const adds = (edit: QueuedEdit): boolean => {
    const before = set.size
    for (const property of propertiesOf(edit)) set.add(property)
    return set.size > before
  }
  return [...edits].reverse().filter(adds).reverse()
}

/** One request from the front of a lane. */
export interface Composed {
  op: Operation
  /** The edits that its answer settles, oldest first. */
  editIds: string[]
  /** Of a creation all properties; of a deletion none. */
  patch: Patch
}

/**
 * Composes the next request (R18): a creation with the updates behind it, a deletion with those before it, or updates, of which at
 * most `limit` are sent. Nothing follows a deletion.
 */
export function composeFront(edits: readonly QueuedEdit[], limit?: number): Composed {
  const end = edits.findIndex((edit) => opOf(edit) === 'delete')
  const part = end < 0 ? edits : edits.slice(0, end)
  if (part[0] && opOf(part[0]) === 'create') return { op: 'create', editIds: idsOf(part), patch: mergePatches(part) }
  if (end >= 0) return { op: 'delete', editIds: idsOf(edits.slice(0, end + 1)), patch: {} }
  return { op: 'update', ...compose(edits, limit) }
}

function idsOf(edits: readonly QueuedEdit[]): string[] {
  return edits.map(({ id }) => id)
}

/**
 * One patch from the front of the lane, with at most `limit` sendable edits in it (R6). `editIds`, oldest first: the edits
 * that the answer settles, covered ones included when all of their cover is in it. A covered edit whose cover is not in it
 * stays for later.
 */
export function compose(edits: readonly QueuedEdit[], limit: number = Infinity): { editIds: string[]; patch: Patch } {
  const sent = sendable(edits).slice(0, limit)
  const going = new Set(sent)
  const set = new Set<string>()
  const part = [...edits].reverse().filter((edit) => {
    const properties = propertiesOf(edit)
    if (!going.has(edit)) return properties.every((property) => set.has(property))
    for (const property of properties) set.add(property)
    return true
  })
  return { editIds: part.reverse().map(({ id }) => id), patch: mergePatches(sent) }
}
