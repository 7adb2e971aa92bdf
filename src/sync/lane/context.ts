// The parts of a decision's input that are not in the lane.
import type { Failure } from '../../model/failure.js'
import type { Json, Patch, Properties, RepeatsCreates } from '../../model/record.js'
import type { Ref } from '../../model/refs.js'
import type { VersionLesson, Wait } from '../../store/rows.js'
import type { SyncOptions } from '../sync-options.js'
import type { Search } from './search.js'

/** The parts of it that a settlement needs. */
export interface SettleContext {
  /** With the device's ids of other records in place of the backend's, for the app (R19). */
  toDevice(values: Properties): Properties
  /** With the backend's ids, as values are sent and compared. */
  toBackend(values: Properties): Properties
  nowMs: number
  newId(): string
  requestTimeoutMs: number
}

export interface LaneContext
  extends SettleContext, Pick<SyncOptions, 'conflicts' | 'freshForMs' | 'resolve' | 'leavesConflicts'> {
  /** Drawn for this decision, from 0 up to 1. */
  chance: number
  /** When this context began to send. */
  startedAtMs: number
  /** Of the lease that is held. */
  epoch: number
  /** Absent: nothing new may be sent now (G9, R12). */
  sessionId: string | undefined
  /** The wait of all lanes (R12). */
  wait?: Wait | undefined
  /** When some request last had a proper reply, in this context. */
  lastReplyAtMs: number | undefined
  /** The endpoint can read records, and has not refused to. */
  canRead: boolean
  /** The endpoint's means to repeat a creation (R21). */
  repeatsCreates: RepeatsCreates
  keyValidForMs: number
  /** The endpoint finds records by the edit that made them, and has not refused to. */
  canFind: boolean
  /**
   * Whether a version is of the endpoint's own means, and what is known of that. Absent: the endpoint has none, or they are turned
   * off (R24).
   */
  versions?: (VersionLesson & { isOwn(version: string): boolean }) | undefined
  /** The endpoint lists the collection, and has not refused to. */
  canList: boolean
  /** The backend names the records of this collection. */
  isNamedByServer: boolean
  /** The backend's id of this record, where it has named it. */
  remoteId?: string | number | undefined
  /** The records that these values name. */
  refsOf(values: Properties): readonly Ref[]
  /** The record of this device that the backend names so. */
  idOf(remoteId: string | number): string | undefined
  /** The browser says offline, and no answer has proven otherwise: a request now may well stay without an answer. */
  probes?: boolean
  /** `flush()` does not wait for a lane's own pause. */
  ignoreDue: boolean
  same(property: string, sent: Json, got: Json): boolean
  /** The endpoint's objection to values that no edit has. */
  check?: ((patch: Patch) => unknown) | undefined
  /** The JSON of a `Date`, where the endpoint has a form of its own. */
  fromDate?: ((date: Date) => Json) | undefined
  /** The backend's name for properties that it did not store. */
  notStored(properties: readonly string[]): Failure
}

/** A record as it was read for this lane while the lane sent nothing, and nothing has revised it since (R7). */
export interface Reading {
  /** `null`: there is no such record (R17). */
  record: Properties | null
  atMs: number
  /** The version of the record, with its means. */
  version?: string | undefined
  /** The backend's id of a record that was looked for and found. */
  remoteId?: string | number | undefined
  /** How it was looked for; absent: it was asked for by its id. */
  by?: Search['by'] | undefined
}

/** One that shows the record. */
export interface Shown extends Reading {
  record: Properties
}
