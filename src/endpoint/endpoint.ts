// Floor 3: the interface of a backend. The core knows nothing else of it.
import type { InvalidEditError } from '../model/errors.js'
import type { Failure } from '../model/failure.js'
import type { Json, Patch, Properties, RecordKey } from '../model/record.js'

/** One composed patch for one record. A repeat of it is the same in every member. */
export interface UpdateRequest {
  key: RecordKey
  patch: Patch
  idempotencyKey: string
}

export interface RequestContext {
  account: string
  token?: string | undefined
  /** Aborted on timeout, freeze, loss of the lease and close. */
  signal: AbortSignal
  fetch: typeof fetch
  /** The clock, for a `Retry-After` that names a date; without it such a date is ignored. */
  now?: (() => number) | undefined
  /** Names this request and no other: letters and digits. In a URL it keeps caches on the way from answering. */
  requestId?: string | undefined
  /** The cached description of the collection, if there is one. */
  description?: Json | undefined
}

export type Reply = { ok: true; record: Properties } | { ok: false; failure: Failure }

/**
 * A backend's update operation, and the proof of its answers. Methods answer with a `Reply`; an error that they throw counts
 * as `server`.
 */
export interface Endpoint {
  /**
   * `id`: identity kept with the data, without any key; `database`: default database name. `isFormer`: whether an id is an earlier
   * one of the same backend, whose data a client takes over.
   */
  readonly backend: { id: string; database: string; isFormer?: ((id: string) => boolean) | undefined }
  update(request: UpdateRequest, context: RequestContext): Promise<Reply>
  read?(key: RecordKey, context: RequestContext): Promise<Reply>
  /** Resolves with the collection's description, or rejects; the core caches it with its age. */
  describe?(context: RequestContext): Promise<Json>
  /** Whether `got` (null: absent) is `sent` in the backend's own form (R4). Default: exact, trimmed, or number = numeric string. */
  same?(property: string, sent: Json, got: Json, description?: Json): boolean
  /** This backend's name for properties of a patch that it silently left unstored. Default: `validation`, no code. */
  notStored?(properties: readonly string[]): Failure
  /**
   * Refuses an edit before it is saved; synchronous. A value that the backend might take passes. `description`: absent when
   * it is older than an hour. `lesson`: see `learn`.
   */
  check?(patch: Patch, view: Properties, description?: Json, lesson?: Json): InvalidEditError | undefined
  /**
   * Knowledge of the collection beyond its description, after an answer to `patch`; kept with the description. `lesson`: the
   * knowledge before.
   */
  learn?(lesson: Json | undefined, patch: Patch, reply: Reply, description: Json): Json | undefined
}
