// Floor 6: what each Backendless code means for an edit (G8). Behind each: where it was learnt.
import type { Failure, FailureKind } from '../model/failure.js'

/** An app's own rows, by code; they come first. */
export interface FaultKinds {
  readonly [code: string]: FailureKind
}

const codesByKind: { readonly [kind in FailureKind]?: readonly number[] } = {
  conflict: [
    3018, // documentation page of the update operation: the identity belongs to another user
    3033, // documentation page of registration, SDK test, captured answers: the identity is already registered
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
  ],
  forbidden: [
    3029, // documentation page of the update operation: another user's properties
    3054, // SDK test: reserved for the app's business logic (userStatus)
    1011, // vendor's forum: no permission
  ],
  gone: [
    3030, // documentation page of the update operation: no such user
    1000, // SDK test: entity not found
  ],
  other: [
    3024, // documentation page of the update operation: general failure
    3021, // documentation page of registration: general failure
    // 0, SDK source of the business-logic runner: an app's error that names no code, as unknown as any other
  ],
  auth: [
    3028, // documentation page of the update operation: not logged in
    3064, // SDK test, captured answers: unknown or expired token
    3023, // documentation page of logout, SDK source: the session is gone
    3090, // SDK test, SDK source: the account is disabled
    3091, // SDK source: grouped with 3064
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
    // 2005 to 2014, SDK tests: what needs other roles or another key
  ],
  busy: [
    999, // vendor's forum: limit of requests per minute
    9070, // vendor's forum: the plan's limit
  ],
}

const kindByCode = new Map<number, FailureKind>(
  Object.entries(codesByKind).flatMap(([kind, codes]) => codes.map((code) => [code, kind as FailureKind] as const)),
)

/** What a code means; `known` tells a row, the app's own or ours, from the rule for codes that nobody has seen (G8). */
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
    ...(kind === 'conflict' && { reason: 'taken' }),
    // A general failure is often a passing one.
    ...(code === 3024 && { refusals: 3 }),
  }
}

function rangeKind(code: number): FailureKind | undefined {
  if (code >= 2005 && code <= 2014) return 'configuration'
  // The data service's numbers: on an update they speak of the values.
  if (code >= 1000 && code < 2000) return 'validation'
  return undefined
}
