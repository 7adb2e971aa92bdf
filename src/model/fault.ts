import type { Failure, FailureKind } from './failure.js'
import type { Json, Properties } from './record.js'

/** The kinds that a fault can have: a verdict of the backend, or a lane that gets none. */
export type FaultKind = Extract<FailureKind, 'conflict' | 'validation' | 'forbidden' | 'gone' | 'other'> | 'stalled'

/** A failure that ended or stalled an edit, kept until the app resolves it (G7). Plain data. */
export interface Fault {
  id: string
  /** The edits it ended, oldest first. */
  editIds: string[]
  kind: FaultKind
  reason?: string | undefined
  code?: number | string | undefined
  status?: number | undefined
  message: string
  details?: Json | undefined
  collection: string
  recordId: string
  /** What was rolled back. */
  properties: string[]
  /** Those of `properties` that are known to be at fault; may be empty. */
  offending: string[]
  /** What the backend stored all the same (R5). */
  stored: string[]
  /** The confirmed values that the edit was made on, for `properties`. */
  base: Properties
  /** What the user wrote, for `properties`. */
  mine: Properties
  /** What the backend has, for `properties`, where known. */
  theirs: Properties
  meta?: Json | undefined
  attempts: number
  atMs: number
  /** The backend could not be read to make sure (R3). */
  unverified?: boolean | undefined
  /** Those of `properties` that later edits have touched. */
  overtaken?: string[]
}

/** Longest message, and longest JSON of details, that are kept, in characters (R10). */
const messageLimit = 2048
const detailsLimit = 8192

/** What of a failure goes into a fault. */
export function faultReason({
  kind,
  reason,
  code,
  status,
  message,
  details,
}: Failure): Pick<Fault, 'reason' | 'code' | 'status' | 'message' | 'details'> & { kind: FailureKind } {
  const kept = details !== undefined && JSON.stringify(details).length <= detailsLimit ? details : undefined
  return { kind, reason, code, status, message: message.slice(0, messageLimit), details: kept }
}
