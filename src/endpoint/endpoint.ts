// Floor 3: the interface of a backend. The core knows nothing else of it.
import type { Contest } from '../model/contest.js'
import type { InvalidEditError } from '../model/errors.js'
import type { Failure } from '../model/failure.js'
import type { Json, Operation, Patch, Properties, RecordKey, RepeatsCreates } from '../model/record.js'

/**
 * One change of one record: a creation has `properties` and `editId`, an update `patch` and `version`, a deletion `version`. A
 * repeat of it is the same in every member.
 */
export type WriteRequest = {
  /** `id`: the backend's id as text; of a creation whose record the backend names, the device's. */
  key: RecordKey
  /** The same for the repeats of a request, and for no other request. */
  idempotencyKey: string
} & (
  | {
      op: 'create'
      /** All properties of the new record, with the backend's ids in the places that name other records. */
      properties: Properties
      /** `find` looks for it. */
      editId: string
    }
  | {
      op: 'update'
      /** Property to absolute value; `null` clears. */
      patch: Patch
      /** The version that the edit was compared with; absent: none is known, or the backend has none (`versions`). */
      version?: string | undefined
    }
  | {
      op: 'delete'
      /** As of an update. */
      version?: string | undefined
    }
)

/** The conditions of one request: the account, its token, and the means to send. */
export interface RequestContext {
  /** The account whose edits are sent, as `session.use` got it; empty for a call of no account, such as a login. */
  account: string
  /** The token that `session.use` got; absent: it got none. */
  token?: string | undefined
  /** Aborted on timeout, freeze, loss of the lease and close. */
  signal: AbortSignal
  /** The `fetch` to send with; the platform's. */
  fetch: typeof fetch
  /** The clock, for a `Retry-After` that names a date; without it such a date is ignored. */
  now?: (() => number) | undefined
  /** Names this request and no other: letters and digits. In a URL it keeps caches on the way from answering. */
  requestId?: string | undefined
  /** The cached description of the collection, if there is one. */
  description?: Json | undefined
  /** The record as this device last knew it at the backend, in the backend's ids; of a creation that may have been made, as it was sent. */
  record?: Properties | undefined
}

/** A refusal by the backend, or a request without a proper answer. */
export type Refused = {
  ok: false
  /** Its `kind` decides what becomes of the edits. */
  failure: Failure
  /** `null`: a read has shown besides that there is no such record. */
  record?: null
}

/** The answer to a write or to a read. */
export type Reply =
  | {
      ok: true
      /**
       * The record as the backend has it now; `null`: there is no such record. Without it the answer to a creation or an update proves
       * nothing of the values, and the core reads the record.
       */
      record?: Properties | null | undefined
      /** The backend's id of a record that it has named. */
      id?: string | number | undefined
      /** The version of `record`, where the backend proves it. */
      version?: string | undefined
    }
  | Refused

/** A part of a collection. */
export interface Page {
  ok: true
  /** `id`: the backend's, of the `record` beside it. `version`: where the backend proves it. */
  records: readonly { id: string | number; record: Properties; version?: string | undefined }[]
  /** Records that were deleted since. */
  gone?: readonly (string | number)[] | undefined
  /** Names the part behind this one; absent: this is the last. */
  next?: Json | undefined
  /** Where the next pull goes on. */
  since?: Json | undefined
  /** The pages name every record of the collection that the account can read. */
  whole?: boolean | undefined
  /** The records may lack properties, which keep their values. */
  partial?: boolean | undefined
}

/** A request for one page of a collection. */
export interface ListRequest {
  /** The name of the collection. */
  collection: string
  /** The `since` of the last pull; absent: all records are wanted. */
  since?: Json | undefined
  /** The `next` of the page before; absent: the first page is wanted. */
  next?: Json | undefined
  /** Most records that are wanted. */
  limit: number
}

/** A search for the record that a creation has made, after its answer was lost. */
export interface FindRequest {
  /** The name of the collection. */
  collection: string
  /** The `editId` of the creation. */
  editId: string
  /** The properties of the creation, as they were sent. */
  sent?: Properties | undefined
  /** Of several records the one of this id stays, if it is among them; `null`: none. Absent: the oldest. */
  keeps?: string | number | null | undefined
}

/** An edit that is about to be saved. */
export interface EditToCheck {
  /** The name of the collection. */
  collection: string
  /** The operation that the app called. */
  op: Operation
  /** The changes, as JSON; of a creation all properties. */
  patch: Patch
  /** The optimistic view before the edit; of a creation empty. */
  view: Properties
  /** Absent when it is older than an hour. */
  description?: Json | undefined
  /** See `learn`. */
  lesson?: Json | undefined
}

/**
 * A backend's operations on the records of a collection, and the proof of its answers. Methods answer with a `Reply`; an error
 * that they throw counts as `server`.
 */
export interface Endpoint {
  /** The same for all collections of one client. */
  readonly backend: {
    /** The identity that is kept with the data, without any key. */
    id: string
    /** The name of the database where the option `database` gives none. */
    database: string
    /** Whether an id is an earlier one of the same backend, whose data a client takes over. Default: none is. */
    isFormer?: ((id: string) => boolean) | undefined
    /** The backend's own code for a call without a session: the `code` of `NotLoggedInError`. Default: none. */
    notLoggedIn?: number | string | undefined
  }
  /** The side that names a new record. */
  readonly ids: 'device' | 'server'
  /** How a creation is repeated whose answer was lost. Default `never`. */
  readonly repeatsCreates?: RepeatsCreates | undefined
  /** How long the backend knows an idempotency key, in ms. Default 24 h. */
  readonly keyValidForMs?: number | undefined
  /** The places of a record that name other records: path to collection. Default: none. */
  readonly refs?: { readonly [path: string]: string } | undefined
  /**
   * The property of a record that holds its id. Values that the app sees have the id of this device there, and no edit has it.
   * Default: none is known.
   */
  readonly idProperty?: string | undefined
  /** The JSON of a `Date` in an edit. Default: its ISO text. */
  readonly fromDate?: ((date: Date) => Json) | undefined
  /**
   * Fetches what requests need, such as a token: asked before a request is written, and kept by the endpoint for the ten
   * seconds after it. Of this function nothing is sent, so a failure of it leaves nothing unknown. Resolves with `ok: true`, or
   * with the failure. Default: nothing is fetched.
   */
  prepare?(this: void, context: RequestContext): Promise<{ ok: true } | Refused>
  /**
   * Sends one write, once. Resolves with the record as the backend has it, or with the refusal or the failure; a rejection counts as
   * an unknown outcome.
   */
  write(request: WriteRequest, context: RequestContext): Promise<Reply>
  /** Reads one record. Without it a conflict is not seen, and after a lost answer nothing is looked up. */
  read?(key: RecordKey, context: RequestContext): Promise<Reply>
  /** Reads one page of the collection. Without it the collection is not pulled. */
  list?(request: ListRequest, context: RequestContext): Promise<Page | Refused>
  /** Names the list: its address, its query, and the form of its records. A `since` of another one is not used. Default: empty. */
  readonly listing?: string | undefined
  /** A list that somebody observes is pulled when the last pull is older, in ms. Default 5 min. */
  readonly refreshAfterMs?: number | undefined
  /** It is pulled so often, in ms, while it is observed in a visible page. Default: never. */
  readonly pollMs?: number | undefined
  /** Beyond so many, pulls drop the records that were not read for the longest time and have nothing pending. Default: no limit. */
  readonly maxRecords?: number | undefined
  /**
   * Looks for the record that the creation `editId` made. `record: null`: there is none. Of several one stays (`keeps`); the
   * others are deleted where they are still as they were `sent`. Default: a lost creation is not looked for.
   */
  find?(request: FindRequest, context: RequestContext): Promise<Reply>
  /** Resolves with the collection's description, or rejects; the core caches it with its age. Default: there is none. */
  describe?(collection: string, context: RequestContext): Promise<Json>
  /** Whether `got` (null: absent) is `sent` in the backend's own form (R4). Default: exact, trimmed, or number = numeric string. */
  same?(property: string, sent: Json, got: Json, description?: Json, collection?: string): boolean
  /** This backend's name for properties of a patch that it silently left unstored. Default: `validation`, no code. */
  notStored?(properties: readonly string[], collection?: string): Failure
  /** Of this collection, in place of the client's own. Default: that one. */
  readonly conflicts?: 'compare' | 'overwrite' | undefined
  /**
   * The means by which the backend refuses an update or a deletion of a record that was changed since, such as `etag`: what another
   * means gave is never sent. Its replies have a `version`, requests carry it, and a refusal has the reason `stale`. Default: the
   * backend has none.
   */
  readonly versions?: string | undefined
  /**
   * Decides a property that two devices have changed, in place of the client's own `resolve`. `undefined`: a fault. Default:
   * that one.
   */
  readonly resolve?: ((contest: Contest) => Json | undefined) | undefined
  /** Refuses an edit before it is saved; synchronous. A value that the backend might take passes. Default: every edit passes. */
  check?(edit: EditToCheck): InvalidEditError | undefined
  /**
   * Knowledge of the collection beyond its description, after an answer to `patch`; kept with the description. `lesson`: the
   * knowledge before. Default: nothing is learned.
   */
  learn?(lesson: Json | undefined, patch: Patch, reply: Reply, description: Json, collection?: string): Json | undefined
}
