import { only } from './own.js'
import type { Json, Operation, Patch, Properties, RecordKey } from './record.js'

/** One write of the person, as it is made. Id and time are fixed then; a repeat makes no new ones. */
export interface MadeEdit {
  /** `<label>-<n>`: the label names the save that the edit shares with others, `n` its place in it, in base 36. */
  id: string
  /** Absent: `update`, as in rows of earlier versions. */
  op?: Operation | undefined
  /** As the person wrote it, of a creation all properties, of a deletion none; never changed afterwards. */
  patch: Patch
  /** Properties of the patch that an accepted later edit has set: neither sent nor shown any more (R6). */
  covered?: string[] | undefined
  /** Of a creation: the app chose the record's id, so that a record under it may be another one. */
  hasOwnId?: true | undefined
  /** The app's own data, kept with the edit and its fault. */
  meta?: Json | undefined
  /** The edit that this one repeats, by id, when it came from `faults.retry` or `faults.amend`. */
  retryOf?: string | undefined
  atMs: number
}

/** Edits of another record that go first: those that were saved at this version of the database or before. */
export interface Awaited extends RecordKey {
  seq: number
}

/** An edit as it is queued. */
export interface QueuedEdit extends MadeEdit {
  /**
   * The confirmed value per property when the edit was made (R1); absent: no known ancestor. Only the earliest pending edit
   * that touches a property gives its ancestor; when that edit settles, its successor inherits.
   */
  ancestors: Properties
  /** It is sent when none of these is pending any more: accepted, rejected or discarded. */
  awaits?: Awaited[] | undefined
}

export function opOf({ op = 'update' }: { op?: Operation | undefined }): Operation {
  return op
}

/** The ids of edits, by their operation. */
export function idsByOp(edits: Iterable<Pick<MadeEdit, 'id' | 'op'>>): Map<Operation, string[]> {
  const byOp = new Map<Operation, string[]>()
  for (const edit of edits) {
    const op = opOf(edit)
    const ids = byOp.get(op)
    if (ids) ids.push(edit.id)
    else byOp.set(op, [edit.id])
  }
  return byOp
}

/** The part of the edit that still counts: its patch without the properties that accepted later edits have set. */
export function effectivePatch({ patch, covered }: Pick<MadeEdit, 'patch' | 'covered'>): Patch {
  if (!covered?.length) return patch
  return only(patch, (property) => !covered.includes(property))
}

/**
 * The save that an edit was part of, read from its id. An app without types may pass any value: a value that is no id names
 * an edit never seen.
 */
export function labelOf(editId: string): string {
  const id = String(editId)
  return id.slice(0, id.lastIndexOf('-'))
}
