import type { Json, Patch } from './record.js'

/** The question to the app when both sides changed a property. */
export interface Contest {
  /** The name of the property that both sides changed. */
  property: string
  /** The value that both started from. */
  base: Json | undefined
  /** The value of the edit that waits on this device. */
  mine: Json
  /** The backend's value; `null` where the record has none. */
  theirs: Json
  /** The edit that waits: its `id`, its whole `patch`, and its `meta`. */
  edit: { id: string; patch: Patch; meta?: Json | undefined }
}
