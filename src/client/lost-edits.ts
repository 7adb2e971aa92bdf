// Floor 5: the edits of this tab that lie over a creation which it could not save: nobody has such a record (G1, R17).
import type { LiveOverlay } from '../live/live.js'
import { recordName } from '../live/snapshot.js'
import { opOf } from '../model/edit.js'
import { StorageError } from '../model/errors.js'
import type { NewEdit } from '../store/edits.js'

export interface LostEdits {
  /** After these could not be saved: later edits of the records that they were to make leave the view with them. */
  note(edits: readonly NewEdit[], error: unknown): void
  /** Those of the edits that are lost, with the reason; they are forgotten. */
  take(edits: readonly NewEdit[]): ReadonlyMap<NewEdit, StorageError>
}

export function createLostEdits(overlay: Pick<LiveOverlay, 'entries' | 'drop'>): LostEdits {
  const reasons = new Map<string, StorageError>()
  return {
    note(edits, error) {
      // The creation may be on disk all the same, or the record may be there: then they are saved.
      if (!(error instanceof StorageError) || error.outcome) return
      const creations = edits.filter(({ edit }) => opOf(edit) === 'create')
      const ids = creations.flatMap(({ key }) => [...overlay.entries(recordName(key))].map(({ edit }) => edit.id))
      for (const id of ids) reasons.set(id, error)
      overlay.drop(ids)
    },
    take(edits) {
      const taken = new Map<NewEdit, StorageError>()
      for (const one of reasons.size ? edits : []) {
        const error = reasons.get(one.edit.id)
        if (error) taken.set(one, error)
        reasons.delete(one.edit.id)
      }
      return taken
    },
  }
}
