import type { FailureKind } from './failure.js'
import type { FaultKind } from './fault.js'
import type { Operation, RecordKey } from './record.js'

/** One step, as `trace$` reports it: ids, names and times; never a value, a password or a token (G11). */
export type TraceEvent = { atMs: number } & (
  | ({ type: 'saved' | 'discarded' | 'accepted' } & OfEdits)
  /** `editIds`: all that the answer settles, also updates that go out with a creation or a deletion; `op`: the request's. */
  | ({ type: 'sent'; properties: readonly string[]; tries: number } & OfEdits)
  | ({ type: 'rejected'; faultId: string; kind: FaultKind } & OfEdits)
  /** A request had no verdict: the sender repeats it, or holds everything. `op`: absent for a read. */
  | ({
      type: 'failed'
      kind: FailureKind
      code?: number | string | undefined
      op?: Operation | undefined
    } & OfRecord)
  /** A refused request is halved: `size` edits go out next (R6). */
  | ({ type: 'split'; size: number } & OfRecord)
  /** A fault became a new edit. */
  | ({ type: 'retried'; faultId: string; editId: string; op: Operation } & OfRecord)
  /**
   * `compare`: the base is old (R11). `verify`: to make sure of an outcome (R3). `ok`: the read was answered; the answer may
   * be that there is no such record. Without `ok` and without a failure, reading is not permitted: from here on the sender
   * sends this collection's records uncompared.
   */
  | ({ type: 'read'; reason: 'compare' | 'verify'; ok: boolean } & OfRecord)
  /** The backend refused the version: the record is read, and the edits are compared and sent again. */
  | ({ type: 'stale' } & OfEdits)
  /**
   * `proved`: the backend has refused an old version of a record of this collection, so that nothing is read before a version is
   * sent. `off`: it refuses the versions that it gives, so that none is sent for a day.
   */
  | ({ type: 'versions'; state: 'proved' | 'off' } & OfRecord)
  /** Sent although no ancestor was known to compare with (R1). */
  | ({ type: 'uncompared'; properties: readonly string[] } & OfRecord)
  /**
   * `wait`: the lane pauses until `dueAtMs`. `reload`: a newer version of the library wrote it. `damaged`: it cannot be read. `auth`: the account waits for
   * a login. `configuration`: everything waits for the next try.
   */
  | ({ type: 'held'; reason: 'wait' | 'reload' | 'damaged' | HoldKind; dueAtMs?: number } & OfRecord)
  /** Who is logged in has changed, or is known now. */
  | { type: 'session'; state: 'signed-in' | 'signed-out' | 'expired' }
  /** This context has the right to send, or has it no more (R13). */
  | { type: 'lease'; held: boolean }
  /**
   * Another tab, perhaps of another app, has the same database open and sends by other rules: `rules` are the names of the
   * options that differ (`resolves`: whether there is a `resolve`). The tab that sends goes by its own rules, also for the
   * other's edits.
   */
  | { type: 'rules-differ'; rules: string[] }
  /**
   * Edits wait in another database beside the open one: of another application, or of this one under an earlier address
   * (`movedFrom`). `backend`: the application's id, or its address without the key.
   */
  | { type: 'stranded'; database: string; backend: string; pending: number }
  /** The connection to the database was lost and opened again (G15). */
  | { type: 'healed' }
  /**
   * A defect of the library: an invariant does not hold; or the decision on a record ended in an error, as for a damaged row
   * or an endpoint that throws. Nothing is lost; the record's edits stay pending, and the sender does not send them before
   * the page is loaded again. An error of an endpoint's `learn` holds nothing. `invariant`: its number, or `none`. `about`: a
   * name for the defect, or the error's.
   */
  | { type: 'broken'; invariant: string; about: string; key?: RecordKey | undefined }
)

/** The causes that hold edits, roll nothing back and charge no try (G9). */
export type HoldKind = Extract<FailureKind, 'auth' | 'configuration'>

/** A step without its time, which the caller adds. */
export type TraceStep = TraceEvent extends infer E ? (E extends TraceEvent ? Omit<E, 'atMs'> : never) : never

/** Names the record that a step concerns. */
export interface OfRecord {
  key: RecordKey
}

/** Names the edits of one record that a step concerns, oldest first, and their operation. */
export interface OfEdits extends OfRecord {
  op: Operation
  editIds: readonly string[]
}
