// Floor 3: the data of a snapshot, and the request for it (R8).
import type { Fault } from '../model/fault.js'
import type { RecordOf } from '../model/record.js'
import type { Counts, FateRow, Session, StoredLane, Wait } from './rows.js'

/** The data of all streams, read in one transaction (R8). */
export interface Snapshot {
  version: number
  session?: Session | undefined
  wait?: Wait | undefined
  /** Of the session's account. */
  counts: Counts
  /** Of the account's oldest pending edit. */
  oldestPendingAtMs?: number | undefined
  /** The account's open faults, oldest first. */
  faults: readonly Fault[]
  /** The requested lanes, in the order of the request, the own record's last. */
  lanes: StoredLane[]
  /** Of the collections that were asked for. */
  lists?: readonly ListLanes[]
  /** Fates written since `fatesAfter`, ascending by `n`. */
  fates: FateRow[]
  /** The highest `n` that a fate has; 0 when there is none. */
  lastFate: number
}

/** The lanes of a collection. `isWhole`: all of them; else those that have changed. */
export interface ListLanes {
  collection: string
  isWhole: boolean
  lanes: readonly StoredLane[]
}

export interface SnapshotRequest {
  /** Records of the session's account whose lanes are wanted. */
  records: readonly RecordOf[]
  /**
   * Collections of which every lane is wanted. `at`: the version at which the caller has them; only lanes that have changed since are
   * read then, if that is known.
   */
  lists?: readonly { collection: string; at: number | undefined }[]
  /** Infinity asks for none: at the first read, whose `lastFate` is where later reads go on. */
  fatesAfter: number
}
