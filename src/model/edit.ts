import { only } from './own.js'
import type { Json, Patch, Properties } from './record.js'

/** One write of the user as it is queued. Id and time are fixed when it is made; a repeat makes no new ones. */
export interface QueuedEdit {
  /** `<label>-<n>`: the label names the save that it shares with others, `n` its place in it, in base 36. */
  id: string
  /** As the user wrote it; never changed afterwards. */
  patch: Patch
  /**
   * Confirmed value per property when it was made (R1); absent: no known ancestor. Only the earliest pending edit that
   * touches a property is asked for it; when that one settles, its successor inherits.
   */
  ancestors: Properties
  /** Properties of the patch that an accepted later edit has set: neither sent nor shown any more (R6). */
  covered?: string[] | undefined
  /** The app's own data, kept with the edit and its fault. */
  meta?: Json | undefined
  /** The edit id that this one repeats, when it came from `faults.retry` or `faults.amend`. */
  retryOf?: string | undefined
  atMs: number
}

/** What of the edit still counts: its patch without the properties that accepted later edits have set. */
export function effectivePatch({ patch, covered }: Pick<QueuedEdit, 'patch' | 'covered'>): Patch {
  if (!covered?.length) return patch
  return only(patch, (property) => !covered.includes(property))
}

/** The save that an edit was part of, read from its id. An app without types may ask for any: what is no id is one never seen. */
export function labelOf(editId: string): string {
  const id = String(editId)
  return id.slice(0, id.lastIndexOf('-'))
}
