// Floor 3: the report of a completed writing transaction of this context.
import type { QueuedEdit } from '../model/edit.js'
import type { LaneKey, RecordKey } from '../model/record.js'
import type { LaneRows } from './rows.js'

/** The edits that one transaction saved of one record, in order. */
export interface SavedEdits {
  key: RecordKey
  edits: readonly QueuedEdit[]
}

/** The report after each completed writing transaction of this context. */
export interface Commit {
  /** The version that it found, and the one that it left. */
  from: number
  to: number
  /** The edits that it saved, lane by lane. `more`: it changed more than that. */
  saved?: readonly SavedEdits[]
  more?: true
  /** The lanes that it changed, or looked at, as it left them; absent: any may have changed. */
  left?: readonly LaneRows[]
  /** The records that it changed; absent: those in `left`, or any. */
  changed?: readonly LaneKey[]
  /** The sender has gone on, and has nothing that must be shown at once, as a fault must. */
  unhurried?: true
}
