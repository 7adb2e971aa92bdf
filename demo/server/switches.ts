import { checkGivenSwitches, type SwitchValues } from './check-switches.js'

/**
 * Settings for the places where the documentation and a current server differ, or where a server can be set up in more than
 * one way. The defaults follow a current server.
 */
export interface Switches {
  /** An unknown property makes a column (`on`), is dropped in silence (`drop`), or is refused with 3031 / 3010 (`reject`). */
  dynamicSchema: 'on' | 'drop' | 'reject'
  /** Whether a logged-in user may update another's row; `forbid` refuses with 3029. */
  otherUsers: 'allow' | 'forbid'
  /** Whether an update without a token passes; `forbid` refuses with 3028. */
  anonymousUpdate: 'allow' | 'forbid'
  /** `off`: a second login ends the first session. */
  multipleLogins: 'on' | 'off'
  /** Idle time after which a session is gone. */
  sessionTimeoutSeconds: number
  /** The unit that `created` and `updated` are cut to. */
  timePrecision: 'ms' | 's'
  /** HTTP status of the fault for a dead token. */
  deadTokenStatus: 400 | 401
  /** Whether an answer to a query with `props` has the `objectId` too (the service's `includeObjectIdByDefault`). */
  objectIdWithProps: 'off' | 'on'
  /** Whether a creation in a table may have the `objectId` that the client made; `refuse` refuses with 1007. */
  clientIds: 'allow' | 'refuse'
  /** The operation on tables that callers have no permission for: 1011 to 1014. */
  tablesForbid: 'nothing' | 'create' | 'update' | 'find' | 'delete'
}

export const defaultSwitches: Readonly<Switches> = {
  dynamicSchema: 'on',
  otherUsers: 'allow',
  anonymousUpdate: 'allow',
  multipleLogins: 'off',
  sessionTimeoutSeconds: 3600,
  timePrecision: 'ms',
  deadTokenStatus: 400,
  objectIdWithProps: 'off',
  clientIds: 'allow',
  tablesForbid: 'nothing',
}

const allowed: SwitchValues<Switches> = {
  dynamicSchema: ['on', 'drop', 'reject'],
  otherUsers: ['allow', 'forbid'],
  anonymousUpdate: ['allow', 'forbid'],
  multipleLogins: ['on', 'off'],
  sessionTimeoutSeconds: 'seconds',
  timePrecision: ['ms', 's'],
  deadTokenStatus: [400, 401],
  objectIdWithProps: ['off', 'on'],
  clientIds: ['allow', 'refuse'],
  tablesForbid: ['nothing', 'create', 'update', 'find', 'delete'],
}

/** Checks switches from outside, as `checkGivenSwitches` does. */
export function checkSwitches(
  given: Readonly<Record<string, unknown>>,
  called?: (name: string) => string,
): Partial<Switches> {
  return checkGivenSwitches(allowed, given, called)
}
