// Floor 6: the meaning of each Backendless code for an edit (G8). Behind each code stands its source. "list" is the vendor's
// page of all error codes. It is older than the tests of the vendor's SDKs, so those come first (3054, 3064).
import { type Failure, type FailureKind, ruleOf } from '../model/failure.js'

/** An app's own rows, by code; they come before these. */
export interface FaultKinds {
  readonly [code: string]: FailureKind
}

const codesByKind: { readonly [kind in FailureKind]?: readonly number[] } = {
  conflict: [
    3018, // documentation page of the update operation: the identity belongs to another user
    3033, // documentation page of registration, SDK test, captured answers: the identity is already registered
    1062, // SDK test: duplicate key on save
    1155, // list: duplicate entry
    1166, // list: duplicate entry for a column
  ],
  validation: [
    3045, // documentation page of the update operation: required properties are empty
    3031, // documentation page of the update operation, SDK test of 2013: unknown property, dynamic definition off
    3010, // documentation page of registration, SDK test of 2013: unknown property, dynamic definition off
    3011, // documentation page of registration, SDK test: password missing
    3012, // documentation page of registration, SDK test: required property missing
    3013, // documentation page of registration, SDK test: identity missing
    3038, // documentation page of registration: required argument is null
    3039, // documentation page of registration, SDK test of 2013: property `id` not allowed
    3040, // documentation page of registration, captured answer: e-mail has a wrong format
    3041, // SDK test of 2013: required property null or empty
    3049, // list: wrong type of a value
    3063, // list: too many characters
    3096, // list: a social user's identity cannot be changed
    8000, // list: value out of range
    8003, // list: wrong format of a date
  ],
  forbidden: [
    3029, // documentation page of the update operation: another user's properties
    3054, // SDK test: reserved for the app's business logic (userStatus)
    1011, // vendor's forum, list: no permission to create
    1012, // list: no permission to update
    1013, // list: no permission to find, so reads are refused
    1014, // inferred from the three before: no permission to delete
    1134, // list: no permission for the operation on this table
    2000, // list: operation not allowed
    3084, // list: accounts are managed by themselves or an administrator
    3094, // list: a user is updated by themselves or an administrator
  ],
  gone: [
    3030, // documentation page of the update operation: no such user
    1000, // SDK test: entity not found
    1035, // list: no object with this primary key
    3057, // list: no user with this id or identity
  ],
  other: [
    3024, // documentation page of the update operation: general failure
    15000, // list: the app's business logic did not complete in time
    3021, // documentation page of registration: general failure
    // 0, SDK source of the business-logic runner: an app's error that names no code, as unknown as any other
  ],
  auth: [
    3028, // documentation page of the update operation: not logged in
    3064, // SDK test, captured answers: unknown or expired token
    3023, // documentation page of logout, SDK source: the session is gone
    3090, // SDK test, SDK source: the account is disabled
    3091, // list: session timeout; SDK source: grouped with 3064
    3048, // list: session timeout
    3083, // list: the user should be logged in
    3082, // list: the e-mail address has to be confirmed first
    3087, // list: no login before the e-mail address is confirmed
    3036, // documentation page of login, list: locked after too many failed logins
    3000, // documentation page of login: login is disabled for the account
    3002, // documentation page of login, SDK test: a session exists, and several are not allowed
    3003, // documentation page of login, SDK test, captured answers: wrong identity or password
    3044, // documentation page of login, SDK test: limit of simultaneous logins
    3121, // mocked answer in an SDK test: no authenticated user
  ],
  configuration: [
    2002, // documentation page of the update operation: version disabled, or wrong app id or key
    3001, // documentation page of login: login settings missing
    3034, // documentation page of login, SDK test of 2013: logins disabled for the version
    3008, // list: application id or key is missing
    // 2005 to 2014, SDK tests: what needs other roles or another key
    // 11000 to 11999, list: billing: limits of the plan, and an application blocked for exceeding them (11033)
  ],
  busy: [
    999, // vendor's forum: limit of requests per minute
    9070, // vendor's forum: the plan's limit
    1138, // list: the schema is being changed
    1140, // list: the database behind it is unavailable
  ],
}

const kindByCode = new Map<number, FailureKind>(
  Object.entries(codesByKind).flatMap(([kind, codes]) => codes.map((code) => [code, kind as FailureKind] as const)),
)

/** The meaning of a code; `known` distinguishes a row, the app's own or ours, from the rule for unknown codes (G8). */
export function meaningOf(
  code: number,
  faultKinds: FaultKinds,
): Pick<Failure, 'kind' | 'reason' | 'refusals'> & { known: boolean } {
  const row =
    (Object.hasOwn(faultKinds, code) ? faultKinds[code] : undefined) ?? kindByCode.get(code) ?? rangeKind(code)
  const kind = row ?? 'other'
  return {
    kind,
    known: row !== undefined,
    reason: ruleOf(kind).reason,
    // A general failure, or logic that took too long, is often a passing one.
    refusals: code === 3024 || code === 15000 ? 3 : undefined,
  }
}

function rangeKind(code: number): FailureKind | undefined {
  if ((code >= 2005 && code <= 2014) || (code >= 11_000 && code < 12_000)) return 'configuration'
  // The data service's numbers: on an update they concern the values.
  if (code >= 1000 && code < 2000) return 'validation'
  return undefined
}
