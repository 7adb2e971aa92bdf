import type { Json } from '../model/record.js'
import type { Contest } from '../model/contest.js'

/** The options that rule sending. Times in milliseconds. */
export interface SyncOptions {
  /** `compare`: read before sending when the base is older than `freshForMs`; `overwrite`: the last writer wins (R11). */
  conflicts: 'compare' | 'overwrite'
  freshForMs: number
  requestTimeoutMs: number
  /** Requests under way at once, each for another record. */
  concurrency: number
  /** Synchronous; `undefined` leaves it a conflict. */
  resolve?: (contest: Contest) => Json | undefined
  /** Leaves lanes in conflict, and values that were not stored, to a context that has the app's `resolve` and `same`. */
  leavesConflicts?: boolean
}
