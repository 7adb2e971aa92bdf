// Floor 5: the names that every face hands on, so that an app needs no import but its face's.
export type { Client } from './client.js'
export type { Collection, RecordHandle } from './collection.js'
export type {
  Change,
  CreateOptions,
  DraftOf,
  Edit,
  EditOptions,
  PatchOf,
  SeparateOptions,
  UpdateOptions,
} from './edit.js'
export type { InspectedEdit, InspectedFault, InspectedLane, InspectedPull, Inspection } from './inspect.js'
export type { ClientOptions } from './options.js'
export type { PullState } from './pulls.js'
export type { Faults } from './resolve-fault.js'
export type { LogoutPolicy } from './session-calls.js'
export type { FaultEvent } from '../live/faults.js'
export type { StorageState } from '../live/live.js'
export type { Live } from '../live/live-value.js'
export type { PendingEdit } from '../live/pending.js'
export type { Query, QueryOptions, QueryWindow } from '../live/query.js'
export type { FieldState, FieldStates, RowState } from '../live/record.js'
export type { Row } from '../live/rows.js'
export type { SessionState } from '../live/session.js'
export type { Settlement } from '../live/settlements.js'
export type { Phase, Status } from '../live/status.js'
export type { Contest } from '../model/contest.js'
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
} from '../model/errors.js'
export type { TraceEvent, TraceStep } from '../model/events.js'
export type { Failure, FailureKind } from '../model/failure.js'
export type { Fault, FaultKind } from '../model/fault.js'
export type { LaneReason } from '../model/lane-reason.js'
export type { Json, Operation, Patch, Properties, RecordKey } from '../model/record.js'
export type { Platform } from '../platform/platform.js'
export type { UseOptions } from '../session/accounts.js'
export type { Migrate } from '../store/shapes.js'
