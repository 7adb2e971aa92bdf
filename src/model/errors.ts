// The errors that the library's promises can reject with. Each has a literal `name`, so that a guard works across realms.
import type { Failure } from './failure.js'

/** Base of every error this library throws. */
export abstract class HoldfastError extends Error {
  /** The name of the class, by which `isHoldfastError` knows the error, also in another realm. */
  abstract override readonly name: string
}

/**
 * Whether `error` is an error of this library, also when it comes from another copy of the library, or from another realm.
 */
export function isHoldfastError(error: unknown): error is HoldfastError {
  return Object.prototype.toString.call(error) === '[object Error]' && names.test((error as Error).name)
}

/** The backend refused an online call, or did not answer: `failure` says which. */
export class FaultError extends HoldfastError {
  override readonly name = 'FaultError'
  /** The kind, and the words of the backend. */
  declare readonly failure: Failure
  /** `unknown`: the call may have taken effect. */
  declare readonly outcome?: 'unknown'
  /** `failure`: its message becomes that of the error. `outcome`: see the property. */
  constructor(failure: Failure, outcome?: 'unknown') {
    super(failure.message)
    this.failure = failure
    if (outcome) this.outcome = outcome
  }
  /** The backend's code, as in the SDKs' Fault. */
  get code(): number | string | undefined {
    return this.failure.code
  }
}

/** An edit was refused before it was saved; nothing was written. */
export class InvalidEditError extends HoldfastError {
  override readonly name = 'InvalidEditError'
  /** The name of the property that stands against it; empty: the edit as a whole does. */
  declare readonly property: string
  /** The value that was refused, as the app gave it; kept off the message, since it may be private. */
  declare readonly value: unknown
  /** The rule that the value breaks, as a sentence after "property x". */
  declare readonly rule: string
  /** The backend's own code for such a refusal, or a word of Holdfast such as `exists`; absent: there is none. */
  declare readonly code?: number | string
  /** The arguments are the properties. `property`: '' where the edit as a whole is refused. */
  constructor(property: string, value: unknown, rule: string, code?: number | string) {
    super(`Cannot save ${property ? `property "${property}"` : 'this edit'}: ${rule}`)
    this.property = property
    this.value = value
    this.rule = rule
    if (code !== undefined) this.code = code
  }
}

/** Nobody is logged in, or another account than the one that the tab showed at the call. */
export class NotLoggedInError extends HoldfastError {
  override readonly name = 'NotLoggedInError'
  /** The backend's own code for a call without a session, if it has one. */
  code?: number | string
  constructor(message = 'Nobody is logged in, or the session ended since this call was made: log in before it') {
    super(message)
  }
}

/** The error, a `NotLoggedInError` with the backend's code for it. */
export function coded<E>(error: E, code: number | string | undefined): E {
  if (error instanceof NotLoggedInError && code !== undefined) error.code = code
  return error
}

/**
 * A later call decides who is logged in: a login, a guest's login or registration, `resume` or `logout`, in any tab. This call
 * has changed nothing on the device.
 */
export class SupersededError extends HoldfastError {
  override readonly name = 'SupersededError'
  constructor(message = 'A later login or logout, in any tab, decides who is logged in') {
    super(message)
  }
}

/** The session cannot end while edits are pending, unless the app says whether they are sent, kept or discarded. */
export class PendingEditsError extends HoldfastError {
  override readonly name = 'PendingEditsError'
  /** How many edits of the session are pending. */
  declare readonly count: number
  constructor(count: number) {
    super(
      `${count} edit(s) have not been sent yet: say what becomes of them with { pending: 'keep' | 'send' | 'discard' }`,
    )
    this.count = count
  }
}

/**
 * The reason why local storage refused. `full`: there is no room. `blocked`: IndexedDB did not answer within ten seconds. `lost`:
 * the browser closed the connection, or aborted the write. `unavailable`: the context has no IndexedDB, or forbids it.
 * `other-backend`: the database holds the data of another backend. `newer-version`: a newer version of the app has upgraded it.
 * `failed`: any other error; `cause` has it.
 */
export type StorageReason = 'full' | 'blocked' | 'lost' | 'unavailable' | 'other-backend' | 'newer-version' | 'failed'

/** Local storage refused; nothing was saved, unless `outcome` is `unknown`. */
export class StorageError extends HoldfastError {
  override readonly name = 'StorageError'
  /** The reason, for a switch of the app; `message` says it in words. */
  declare readonly reason: StorageReason
  /** `unknown`: the transaction may have been carried out. Absent: nothing was saved. */
  declare readonly outcome?: 'unknown'
  constructor(reason: StorageReason, message: string, options?: { cause?: unknown; outcome?: 'unknown' }) {
    super(message, options)
    this.reason = reason
    if (options?.outcome) this.outcome = options.outcome
  }
}

/** The fault is not open any more: it was retried, amended, discarded, or closed itself. */
export class FaultClosedError extends HoldfastError {
  override readonly name = 'FaultClosedError'
  /** The `id` of the fault, as the call named it. */
  declare readonly faultId: string
  constructor(faultId: string) {
    super(`Fault ${faultId} is not open any more`)
    this.faultId = faultId
  }
}

/** The client is closed, by `close()` or by a newer version of the library in another tab. */
export class ClosedError extends HoldfastError {
  override readonly name = 'ClosedError'
  constructor(message = 'This client is closed') {
    super(message)
  }
}

const names = /^((Fault|InvalidEdit|NotLoggedIn|PendingEdits|Storage|Superseded)Error|(Fault)?ClosedError)$/
