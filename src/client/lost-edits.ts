// Floor 5: the edits of this tab that rest on a creation which it could not save: nobody has such a record (G1, R17).
import type { LiveOverlay } from '../live/live.js'
import { recordName } from '../live/snapshot.js'
import { opOf } from '../model/edit.js'
import { InvalidEditError, StorageError } from '../model/errors.js'
import type { RefsOf } from '../model/refs.js'
import type { NewEdit } from '../store/edits.js'

export interface LostEdits {
  /**
   * After these could not be saved: later edits of the records that they were to make, and those that name one, leave the view
   * with them.
   */
  note(edits: readonly NewEdit[], error: unknown): void
  /** Those of the edits that are lost, with the reason; they are forgotten. */
  take(edits: readonly NewEdit[]): ReadonlyMap<NewEdit, Error>
}

export function createLostEdits(overlay: Pick<LiveOverlay, 'entries' | 'drop'>, refsOf: RefsOf | undefined): LostEdits {
  const reasons = new Map<string, Error>()
  return {
    note(edits, error) {
      if (!isUnmade(error)) return
      const creations = edits.filter(({ edit }) => opOf(edit) === 'create')
      const gone = new Set(creations.map(({ key }) => recordName(key)))
      const ids: string[] = []
      for (const { key, name, edit, seq } of gone.size ? overlay.entries() : []) {
        const isNaming = refsOf?.(key.collection, edit.patch).some((ref) => gone.has(recordName(ref)))
        if (seq !== undefined || (!gone.has(name) && !isNaming)) continue
        ids.push(edit.id)
        if (opOf(edit) === 'create') gone.add(name)
      }
      for (const id of ids) reasons.set(id, error)
      overlay.drop(ids)
    },
    take(edits) {
      const taken = new Map<NewEdit, Error>()
      for (const one of reasons.size ? edits : []) {
        const error = reasons.get(one.edit.id)
        if (error) taken.set(one, error)
        reasons.delete(one.edit.id)
      }
      return taken
    },
  }
}

/**
 * Whether the error proves that nobody has the record. The creation may be on disk all the same, or the record may be there: then
 * its later edits are saved.
 */
function isUnmade(error: unknown): error is Error {
  if (error instanceof StorageError) return !error.outcome
  return (
    error instanceof InvalidEditError &&
    (['circular', 'undeclared'].includes(String(error.code)) || (error.code === 'deleted' && !!error.property))
  )
}
