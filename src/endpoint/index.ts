// Floor 3: the entry for an app that writes an endpoint of its own: for pages and service workers alike, without rxjs.
export type {
  EditToCheck,
  Endpoint,
  FindRequest,
  ListRequest,
  Page,
  Refused,
  Reply,
  RequestContext,
  WriteRequest,
} from './endpoint.js'
export { type HttpAnswer, type HttpRequest, type ProvenAnswer, sendJson } from './http.js'
export { type AnswerHead, type AnswerLimits, unproven } from './proof.js'
export type { Contest } from '../model/contest.js'
export { FaultError, InvalidEditError } from '../model/errors.js'
export type { Failure, FailureKind } from '../model/failure.js'
export type { Json, Operation, Patch, Properties, RecordKey, RepeatsCreates } from '../model/record.js'
