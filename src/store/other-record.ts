// Floor 3: a record as the edits of other records meet it (R19). Pure.
import type { LaneKey, State } from '../model/record.js'

/** A backend's own id of a record, in its own type. `null`: the record was made here, and never came to be. */
export type RemoteId = string | number | null

/** A record of another lane, as far as it matters to the edits that name it or wait for it */
export interface OtherRecord {
  /** Of its lane. */
  name: string
  /** Absent: the id here is the backend's, as far as is known. */
  remoteId?: RemoteId | undefined
  /** Its creation is pending. */
  isCreating: boolean
  base: State
  /** The versions that saved its pending edits. */
  seqs: readonly number[]
  /** The open fault of its creation. */
  faultId?: string | undefined
}

/** Whether it came to nothing: it was made here, has no name, and is not pending. */
export function isNever({ isCreating, base, remoteId, faultId }: OtherRecord): boolean {
  return !isCreating && !base && (remoteId === null || (faultId !== undefined && remoteId === undefined))
}

/** The backend's name of a record that was made here. */
export interface IdRow extends LaneKey {
  v: number
  remoteId: RemoteId
  /** The version of the transaction that wrote it. */
  at: number
}
