// Floor 6: the core, for any backend.
import { type Client, createClient } from './client/client.js'
import { knownOptions } from './model/known-options.js'
import { clientOptions, type CoreOptions } from './client/options.js'
import type { Properties } from './model/record.js'

/**
 * Opens a client on any backend. Returns at once; opens in the next microtask. Throws a `TypeError` for options that do not
 * exist, and for endpoints of several backends. `C`: the types of the records, by collection.
 */
export function openClient<C extends object = { [collection: string]: Properties }>(options: CoreOptions): Client<C> {
  knownOptions(options, ['endpoints', ...clientOptions])
  return createClient(options).client as unknown as Client<C>
}

export type { Client } from './client/client.js'
export type { Collection, RecordHandle } from './client/collection.js'
export type { LogoutPolicy } from './client/session-calls.js'
export type {
  EditToCheck,
  Endpoint,
  ListRequest,
  Page,
  Refused,
  Reply,
  RequestContext,
  WriteRequest,
} from './endpoint/endpoint.js'
export type { FaultEvent } from './live/faults.js'
export type { StorageState } from './live/live.js'
export type { Live } from './live/live-value.js'
export type { PendingEdit } from './live/pending.js'
export type { Query, QueryOptions, QueryWindow } from './live/query.js'
export type { FieldState, FieldStates, RowState } from './live/record.js'
export type { Row } from './live/rows.js'
export type { SessionState } from './live/session.js'
export type { Settlement } from './live/settlements.js'
export type { Phase, Status } from './live/status.js'
export {
  ClosedError,
  FaultClosedError,
  FaultError,
  HoldfastError,
  InvalidEditError,
  isHoldfastError,
  NotLoggedInError,
  PendingEditsError,
  StorageError,
  type StorageReason,
  SupersededError,
} from './model/errors.js'
export type { TraceEvent } from './model/events.js'
export type { Failure, FailureKind } from './model/failure.js'
export type { Fault, FaultKind } from './model/fault.js'
export type { Json, Operation, Patch, Properties, RecordKey } from './model/record.js'
export type { ClientOptions, CoreOptions } from './client/options.js'
export type { Platform } from './platform/platform.js'
export type { PullState } from './client/pulls.js'
export type { Faults } from './client/resolve-fault.js'
export type { Endpoints } from './client/endpoints.js'
export type {
  Change,
  CreateOptions,
  DraftOf,
  Edit,
  EditOptions,
  PatchOf,
  SeparateOptions,
  UpdateOptions,
} from './client/edit.js'
export type { UseOptions } from './session/accounts.js'
export type { Migrate } from './store/shapes.js'
export type { Contest } from './sync/sync-options.js'
