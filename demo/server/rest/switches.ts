import { checkGivenSwitches, type SwitchValues } from '../check-switches.js'

/** The ways in which servers with an ordinary HTTP API differ. The defaults are those that this server's page recommends. */
export interface RestSwitches {
  /** `session`: collections are open only to those who have logged in. */
  access: 'open' | 'session'
  /** A login's answer carries a token for the header `Authorization`, or sets a cookie. */
  sessionBy: 'bearer' | 'cookie'
  /** Idle time after which a session is gone. */
  sessionTimeoutSeconds: number
  /** HTTP status of a request with a session that is gone: Django answers 403, Laravel 419. */
  deadSessionStatus: 401 | 403 | 419
  /** The form of an ETag. `ignored`: answers have one, and `If-Match` is not looked at. `off`: there is none. */
  versions: 'strong' | 'weak' | 'ignored' | 'off'
  /** `required`: an update and a delete without `If-Match` are refused with 428. */
  ifMatch: 'optional' | 'required'
  /** `ignored`: `Idempotency-Key` is not looked at. `required`: a POST without one is refused with 400. */
  idempotency: 'on' | 'ignored' | 'required'
  /** The body of an answer to a write: the record, a part of it, none, or `{ "success": true }`. */
  writeAnswer: 'record' | 'partial' | 'nothing' | 'success'
  /** `data`: each body is `{ "data": … }`, that of a request too. */
  envelope: 'none' | 'data'
  /** `ignored`: a list has all records, and a filter in its address is not looked at. */
  filters: 'on' | 'ignored'
  /** How a page names the next one: by its last record, or by a number of records, which a delete in between shifts. */
  paging: 'cursor' | 'offset'
  /** `drop`: a field that a collection has not is left out in silence. */
  unknownFields: 'refuse' | 'drop'
  /** HTTP status of a value, or an id, that is taken. */
  takenStatus: 409 | 422 | 400 | 500
  /** HTTP status of a record that is deleted; one that never was is 404. */
  goneStatus: 404 | 410
}

export const defaultRestSwitches: Readonly<RestSwitches> = {
  access: 'open',
  sessionBy: 'bearer',
  sessionTimeoutSeconds: 3600,
  deadSessionStatus: 401,
  versions: 'strong',
  ifMatch: 'optional',
  idempotency: 'on',
  writeAnswer: 'record',
  envelope: 'none',
  filters: 'on',
  paging: 'cursor',
  unknownFields: 'refuse',
  takenStatus: 409,
  goneStatus: 404,
}

/** The values of each switch; a command line has them as options. */
export const restSwitchValues: SwitchValues<RestSwitches> = {
  access: ['open', 'session'],
  sessionBy: ['bearer', 'cookie'],
  sessionTimeoutSeconds: 'seconds',
  deadSessionStatus: [401, 403, 419],
  versions: ['strong', 'weak', 'ignored', 'off'],
  ifMatch: ['optional', 'required'],
  idempotency: ['on', 'ignored', 'required'],
  writeAnswer: ['record', 'partial', 'nothing', 'success'],
  envelope: ['none', 'data'],
  filters: ['on', 'ignored'],
  paging: ['cursor', 'offset'],
  unknownFields: ['refuse', 'drop'],
  takenStatus: [409, 422, 400, 500],
  goneStatus: [404, 410],
}

/** Checks switches from outside, as `checkGivenSwitches` does. */
export function checkRestSwitches(
  given: Readonly<Record<string, unknown>>,
  called?: (name: string) => string,
): Partial<RestSwitches> {
  return checkGivenSwitches(restSwitchValues, given, called)
}
