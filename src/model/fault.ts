import type { Failure, FailureKind } from './failure.js'
import type { Json, Operation, Properties, State } from './record.js'

/**
 * The kinds that a fault can have: a verdict of the backend; a lane that gets none; a record that the edit names, and that came
 * to nothing (`dependency`); a creation of which nobody knows whether it was made (`unknown`).
 */
export type FaultKind =
  | Extract<FailureKind, 'conflict' | 'validation' | 'forbidden' | 'gone' | 'other'>
  | 'stalled'
  | 'dependency'
  | 'unknown'

/** Names of the properties of a record of type `T`. */
export type PropertyOf<T> = keyof T & string

/** Known properties of a record of type `T`; null where the record has none. */
export type ValuesOf<T> = string extends keyof T ? Properties : { readonly [P in PropertyOf<T>]?: T[P] | null }

/**
 * A failure that ended or stalled an edit, kept until the app resolves it (G7). Plain data, frozen. `T`: the record's type; without
 * it any record's fault, with properties of any name.
 */
export interface Fault<T = any> {
  /** Names the fault for `retry`, `amend` and `discard`, also after a reload. */
  id: string
  /** The edits that the failure ended, oldest first. */
  editIds: readonly string[]
  /** The kind of the refusal, by which an app decides what to offer (docs/faults.md). */
  kind: FaultKind
  /** As `Failure.reason`. */
  reason?: string | undefined
  /** The backend's own code; absent: it gave none, or Holdfast itself saw the conflict. */
  code?: number | string | undefined
  /** The HTTP status; absent: no answer is behind it. */
  status?: number | undefined
  /** The backend's own words, or those of Holdfast where it has none; at most 2,048 characters. */
  message: string
  /** The rest of the backend's answer; absent: none, or more than 8,192 characters of JSON. */
  details?: Json | undefined
  /** The collection of the record. */
  collection: string
  /** The record's id on this device. */
  recordId: string
  /** The change that the failure ended; absent: an update. Where it ended several of one record, a creation or a deletion among them. */
  op?: Operation | undefined
  /** The last whole view of the record before the failure; absent: not known, or as in faults of earlier versions. */
  view?: State
  /** Of a `dependency`: the open fault of the record that it depends on. */
  causedBy?: string | undefined
  /** The properties that were rolled back. */
  properties: readonly PropertyOf<T>[]
  /** Those of `properties` that are known to be at fault; the others went with them. Empty where none is known. */
  offending: readonly PropertyOf<T>[]
  /** The part of the edit that the backend stored all the same (R5). */
  stored: readonly PropertyOf<T>[]
  /** The confirmed values that the edit was made on, for `properties`. */
  base: ValuesOf<T>
  /** The values that the person wrote, for `properties`; of a creation all of them. `null`: the person deleted the record. */
  mine: ValuesOf<T> | null
  /**
   * The backend's values, for `properties`, where known; of a deletion the whole record. `null`: there is no such record;
   * `undefined`: nothing is known of a record that was to be made or deleted.
   */
  theirs: ValuesOf<T> | null | undefined
  /** That of the newest of its edits which has one. */
  meta?: Json | undefined
  /** How many requests of the record were sent since its last edit settled. */
  attempts: number
  /** When the edit ended, or stalled, in ms since 1970. */
  atMs: number
  /** The shape that its values are in: the `migrate.version` of the release that wrote them; absent: 0. */
  shape?: number | undefined
  /**
   * The sender could not read the record to make sure (R3). Of a creation that the person has sent anew: an earlier request of it
   * may have made the record.
   */
  unverified?: boolean | undefined
  /** Those of `properties` that later edits have touched. */
  overtaken?: readonly PropertyOf<T>[]
}

/** Longest kept message, and longest kept JSON of details, in characters (R10). */
const messageLimit = 2048
const detailsLimit = 8192

/** The parts of a failure that go into a fault. */
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
