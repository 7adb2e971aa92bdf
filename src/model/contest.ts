import type { QueuedEdit } from './edit.js'
import type { Json } from './record.js'

/** The question to the app when both sides changed a property. */
export interface Contest {
  property: string
  /** The value that both started from. */
  base: Json | undefined
  mine: Json
  theirs: Json
  edit: Pick<QueuedEdit, 'id' | 'patch' | 'meta'>
}
