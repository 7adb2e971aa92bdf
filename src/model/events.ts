import type { FailureKind } from './failure.js'
import type { FaultKind } from './fault.js'
import type { RecordKey } from './record.js'

/** One step, as `trace$` tells it: ids, names and times; never a value, a password or a token (G11). */
export type TraceEvent = { atMs: number } & (
  | ({ type: 'saved' | 'discarded'; editIds: string[] } & OfRecord)
  | ({ type: 'sent'; editIds: string[]; properties: string[]; tries: number } & OfRecord)
  | ({ type: 'accepted'; editIds: string[] } & OfRecord)
  | ({ type: 'rejected'; editIds: string[]; faultId: string; kind: FaultKind } & OfRecord)
  /** A request had no verdict: it is repeated, or everything is held. */
  | ({ type: 'failed'; kind: FailureKind; code?: number | string | undefined } & OfRecord)
  /** A refused request is halved: `size` edits go out next (R6). */
  | ({ type: 'split'; size: number } & OfRecord)
  /** A fault became a new edit. */
  | ({ type: 'retried'; faultId: string; editId: string } & OfRecord)
  /** `compare`: its base is old (R11). `verify`: to make sure of an outcome (R3). */
  | ({ type: 'read'; reason: 'compare' | 'verify'; ok: boolean } & OfRecord)
  /** Sent although no ancestor was known to compare with (R1), or the record cannot be read (R11). */
  | ({ type: 'uncompared'; properties: string[] } & OfRecord)
  /** `wait`: the lane pauses until `dueAtMs`. `reload`: a newer version of the library wrote it. */
  | ({ type: 'held'; reason: 'wait' | 'reload'; dueAtMs?: number } & OfRecord)
  /** The connection to the database was lost and opened again (G15). */
  | { type: 'healed' }
)

/** Says which record a step concerns. */
export interface OfRecord {
  key: RecordKey
}
