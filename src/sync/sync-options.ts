import type { Json } from '../model/record.js'
import type { Contest } from '../model/contest.js'

/** The options that rule sending. Times in milliseconds. */
export interface SyncOptions {
  /**
   * `compare` (default): read before sending when the base is older than `freshForMs`. `overwrite`: the last writer wins (R11).
   */
  conflicts: 'compare' | 'overwrite'
  /** How long a confirmed record counts as fresh, so that nothing is read before its edit is sent, in ms. Default 60 s. */
  freshForMs: number
  /** The longest time for a request and its answer, in ms, from 1 to 2,147,483,647. Default 30 s. */
  requestTimeoutMs: number
  /** Requests under way at once, each for another record. */
  concurrency: number
  /** Decides a property that both sides changed; synchronous. `undefined` leaves it a conflict. Default: each is a conflict. */
  resolve?: (contest: Contest) => Json | undefined
  /** Leaves lanes in conflict, and values that were not stored, to a context that has the app's `resolve` and `same`. */
  leavesConflicts?: boolean
}
