import type { FailureKind } from './failure.js'
import type { FaultKind } from './fault.js'
import type { RecordKey } from './record.js'

/** Why a record is read: its base is old (R11, R16), to make sure of an outcome (R3), or a look-back that is due (R3). */
export type ReadReason = 'refresh' | 'compare' | 'verify' | 'look-back'

/** What keeps edits from being sent (G9, R12). */
export type HoldReason = 'auth' | 'configuration' | 'wait' | 'stalled' | 'reload'

/** One step, as `trace$` tells it: ids, names and times; never a value, a password or a token (G11). */
export type TraceEvent = { atMs: number } & (
  | ({ type: 'saved' | 'discarded'; editIds: string[] } & OfRecord)
  | ({ type: 'sent'; editIds: string[]; properties: string[]; tries: number } & OfRecord)
  | ({ type: 'accepted'; editIds: string[] } & OfRecord)
  | ({ type: 'rejected'; editIds: string[]; faultId: string; kind: FaultKind } & OfRecord)
  /** A request had no verdict: it is repeated, or everything is held. */
  | ({ type: 'failed'; kind: FailureKind; code?: number | string } & OfRecord)
  /** A refused request is halved: `size` edits go out next (R6). */
  | ({ type: 'split'; size: number } & OfRecord)
  /** A fault became a new edit. */
  | ({ type: 'retried'; faultId: string; editId: string } & OfRecord)
  | ({ type: 'read'; reason: ReadReason; ok: boolean } & OfRecord)
  /** Sent although no ancestor was known to compare with (R1), or the record cannot be read (R11). */
  | ({ type: 'uncompared'; properties: string[] } & OfRecord)
  /** An older copy had overwritten these values; they are sent again (R3). */
  | ({ type: 'resent'; properties: string[] } & OfRecord)
  /** With a record: its lane; without: every lane. */
  | ({ type: 'held'; reason: HoldReason; kind?: FailureKind; dueAtMs?: number } & Partial<OfRecord>)
  | ({ type: 'released'; reason: HoldReason } & Partial<OfRecord>)
  | { type: 'session'; state: 'signed-in' | 'signed-out' | 'expired' }
  | { type: 'lease'; state: 'taken' | 'stolen' | 'given' | 'lost'; epoch: number }
  /** The connection to the database was lost and opened again (G15). */
  | { type: 'healed' }
  /** Edits came back from the second copy (G15). */
  | { type: 'restored'; editIds: string[] }
)

/** Says which record a step concerns. */
export interface OfRecord {
  key: RecordKey
}
