import type { FailureKind } from './failure.js'
import type { FaultKind } from './fault.js'
import type { Operation, RecordKey } from './record.js'

/** One step, as `trace$` reports it. */
export type TraceEvent = {
  /** Milliseconds since 1970. */
  atMs: number
} & TraceStep

/** A step without its time: ids, names and times; never a value, a password or a token (G11). */
export type TraceStep =
  /** `type`: `saved`, the edits are on disk; `discarded`, the app took them back; `accepted`, the backend has them. */
  | ({ type: 'saved' | 'discarded' | 'accepted' } & OfEdits)
  /**
   * `editIds`: all that the answer settles, also updates that go out with a creation or a deletion; `op`: the request's.
   * `properties`: the names of those that it carries. `tries`: how often it was sent, this time included.
   */
  | ({ type: 'sent'; properties: readonly string[]; tries: number } & OfEdits)
  /** The backend refused: `kind` is that of the fault `faultId`. */
  | ({ type: 'rejected'; faultId: string; kind: FaultKind } & OfEdits)
  /** A request had no verdict: the sender repeats it, or holds everything. `kind`, `code`: those of the failure. `op`: absent for a read. */
  | ({
      type: 'failed'
      kind: FailureKind
      code?: number | string | undefined
      op?: Operation | undefined
    } & OfRecord)
  /** A refused request is halved: `size` edits go out next (R6). */
  | ({ type: 'split'; size: number } & OfRecord)
  /** The fault `faultId` became the new edit `editId`, with the operation `op`. */
  | ({ type: 'retried'; faultId: string; editId: string; op: Operation } & OfRecord)
  /**
   * `reason`: `compare`, the base is old (R11); `verify`, to make sure of an outcome (R3). `ok`: the read was answered; the answer may
   * be that there is no such record. Without `ok` and without a failure, reading is not permitted: from here on the sender
   * sends this collection's records uncompared.
   */
  | ({ type: 'read'; reason: 'compare' | 'verify'; ok: boolean } & OfRecord)
  /** The backend refused the version: the record is read, and the edits are compared and sent again. */
  | ({ type: 'stale' } & OfEdits)
  /**
   * `state`: `proved`, the backend has refused an old version of a record of this collection, so that nothing is read before a version is
   * sent; `off`, it refuses the versions that it gives, so that none is sent for a day.
   */
  | ({ type: 'versions'; state: 'proved' | 'off' } & OfRecord)
  /** Sent although no ancestor of these `properties` was known to compare with (R1). */
  | ({ type: 'uncompared'; properties: readonly string[] } & OfRecord)
  /**
   * `reason`: `wait`, the lane pauses until `dueAtMs` (ms since 1970); `reload`, a newer version of the library wrote it; `damaged`,
   * it cannot be read; `auth`, the account waits for a login; `configuration`, everything waits for the next try.
   */
  | ({ type: 'held'; reason: 'wait' | 'reload' | 'damaged' | HoldKind; dueAtMs?: number } & OfRecord)
  /** `state` says who is logged in: it has changed, or is known now. */
  | { type: 'session'; state: 'signed-in' | 'signed-out' | 'expired' }
  /** `held`: this context has the right to send; else it has it no more (R13). */
  | { type: 'lease'; held: boolean }
  /**
   * Another tab, perhaps of another app, has the same database open and sends by other rules: `rules` are the names of the
   * options that differ (`resolves`: whether there is a `resolve`). The tab that sends goes by its own rules, also for the
   * other's edits.
   */
  | { type: 'rules-differ'; rules: string[] }
  /**
   * Edits wait in the other `database` beside the open one, `pending` of them: of another application, or of this one under an
   * earlier address (`movedFrom`). `backend`: the application's id, or its address without the key.
   */
  | { type: 'stranded'; database: string; backend: string; pending: number }
  /** The connection to the database was lost and opened again (G15). */
  | { type: 'healed' }
  /**
   * A defect of the library: an invariant does not hold; or the decision on a record ended in an error, as for a damaged row
   * or an endpoint that throws. Nothing is lost; the record's edits stay pending, and the sender does not send them before
   * the page is loaded again. An error of an endpoint's `learn` holds nothing. `invariant`: its number, or `none`. `about`: a
   * name for the defect, or the error's. `key`: the record, if it is one's.
   */
  | { type: 'broken'; invariant: string; about: string; key?: RecordKey | undefined }

/** The causes that hold edits, roll nothing back and charge no try (G9). */
export type HoldKind = Extract<FailureKind, 'auth' | 'configuration'>

/** Names the record that a step concerns. */
export interface OfRecord {
  key: RecordKey
}

/** Names the edits of one record that a step concerns, oldest first, and their operation. */
export interface OfEdits extends OfRecord {
  op: Operation
  editIds: readonly string[]
}
