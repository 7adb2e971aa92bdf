import type { FailureKind } from './failure.js'
import type { FaultKind } from './fault.js'
import type { RecordKey } from './record.js'

/** One step, as `trace$` tells it: ids, names and times; never a value, a password or a token (G11). */
export type TraceEvent = { atMs: number } & (
  | ({ type: 'saved' | 'discarded'; editIds: readonly string[] } & OfRecord)
  | ({ type: 'sent'; editIds: readonly string[]; properties: readonly string[]; tries: number } & OfRecord)
  | ({ type: 'accepted'; editIds: readonly string[] } & OfRecord)
  | ({ type: 'rejected'; editIds: readonly string[]; faultId: string; kind: FaultKind } & OfRecord)
  /** A request had no verdict: it is repeated, or everything is held. */
  | ({ type: 'failed'; kind: FailureKind; code?: number | string | undefined } & OfRecord)
  /** A refused request is halved: `size` edits go out next (R6). */
  | ({ type: 'split'; size: number } & OfRecord)
  /** A fault became a new edit. */
  | ({ type: 'retried'; faultId: string; editId: string } & OfRecord)
  /**
   * `compare`: its base is old (R11). `verify`: to make sure of an outcome (R3). `ok`: it was answered, be it that there is no such
   * record. If not, and no failure is said: reading is not permitted, and from here on this collection's records are sent uncompared.
   */
  | ({ type: 'read'; reason: 'compare' | 'verify'; ok: boolean } & OfRecord)
  /** Sent although no ancestor was known to compare with (R1). */
  | ({ type: 'uncompared'; properties: readonly string[] } & OfRecord)
  /**
   * `wait`: the lane pauses until `dueAtMs`. `reload`: a newer version of the library wrote it. `damaged`: it cannot be read. `auth`: the account waits for
   * a login. `configuration`: everything waits for the next try.
   */
  | ({ type: 'held'; reason: 'wait' | 'reload' | 'damaged' | HoldKind; dueAtMs?: number } & OfRecord)
  /** Who is logged in has changed, or is known now. */
  | { type: 'session'; state: 'signed-in' | 'signed-out' | 'expired' }
  /** This context has, or has no more, the right to send (R13). */
  | { type: 'lease'; held: boolean }
  /**
   * Another tab, perhaps of another app, has the same database open and sends by other rules: `rules` are the names of the options
   * that differ (`resolves`: whether there is a `resolve`). The one that sends goes by its own, also for the other's edits.
   */
  | { type: 'rules-differ'; rules: string[] }
  /**
   * Edits wait in another database beside the one that was opened: of another application, or of this one under an earlier address
   * (`movedFrom`). `backend`: the application's id, or its address without the key.
   */
  | { type: 'stranded'; database: string; backend: string; pending: number }
  /** The connection to the database was lost and opened again (G15). */
  | { type: 'healed' }
  /**
   * A defect of the library: an invariant does not hold. Nothing is lost; the record's edits stay pending and are not sent before the
   * page is loaded again. `invariant`: its number. `about`: the name of what is wrong.
   */
  | { type: 'broken'; invariant: string; about: string; key?: RecordKey | undefined }
)

/** What holds edits, rolls nothing back and charges no try (G9). */
export type HoldKind = Extract<FailureKind, 'auth' | 'configuration'>

/** A step whose time the caller adds. */
export type TraceStep = TraceEvent extends infer E ? (E extends TraceEvent ? Omit<E, 'atMs'> : never) : never

/** Says which record a step concerns. */
export interface OfRecord {
  key: RecordKey
}
