// Floor 3: a writing transaction of this context that has completed, as it is told.
import type { QueuedEdit } from '../model/edit.js'
import type { RecordKey } from '../model/record.js'
import type { LaneRows } from './rows.js'

/** The edits that one transaction saved of one record, in order. */
export interface SavedEdits {
  key: RecordKey
  edits: readonly QueuedEdit[]
}

/** Said after each completed writing transaction of this context. */
export interface Commit {
  /** The version it found, and the one it left. */
  from: number
  to: number
  /** The edits that it saved, lane by lane. `more`: it changed more than that. */
  saved?: readonly SavedEdits[]
  more?: true
  /** The lanes that it changed, or looked at, as it left them; absent: any may have changed. */
  left?: readonly LaneRows[]
  /** The sender has gone on, and nothing has come of it that has to be shown at once, as a fault has. */
  unhurried?: true
}
