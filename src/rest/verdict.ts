// Floor 6: the meaning of a status and a body for an edit (G8, G12). Pure.
import type { Refused } from '../endpoint/endpoint.js'
import { isBusy, unproven, type AnswerHead } from '../endpoint/proof.js'
import { type Failure, type FailureKind, isFailureKind, ruleOf } from '../model/failure.js'
import { fieldsOf, isProperties } from '../model/own.js'
import type { Json } from '../model/record.js'
import { type FaultWords, wordsOf } from './fault-words.js'
import type { FailureOf } from './options.js'

export interface AnswerToJudge extends AnswerHead {
  /** Absent when the body was empty. */
  json?: Json
}

/** The API's own refusal: an object, and not a record. RFC 9110, section 15, unless another source is named. */
const verdicts: { readonly [status: number]: FailureKind } = {
  400: 'validation',
  409: 'conflict',
  413: 'validation',
  422: 'validation',
}

/** Believed with an empty body too: none of them ends an edit by itself. */
const others: { readonly [status: number]: FailureKind } = {
  // R27: another request shows whether they are verdicts.
  403: 'forbidden',
  404: 'gone',
  410: 'gone',
  // The record is there already (`If-None-Match: *`): the sender reads it.
  412: 'conflict',
}

/** Of the request's kind, and not of its values. Web frameworks say them with a page, as for a wrong address. 428: RFC 6585. */
const ofSetUp: ReadonlySet<number> = new Set([402, 405, 406, 415, 428, 501])

/** Whether the kind of the request is refused, with any body. */
export function isOfSetUp(status: number | undefined): boolean {
  return status !== undefined && ofSetUp.has(status)
}

/** Of machines on the way, not of the API: a proxy wants a login; a request came to the wrong server. */
const ofTheWay: ReadonlySet<number> = new Set([407, 421])

/** After these the credentials are asked for once more. 419: the token against forged requests is old (Laravel). */
export function mayBeStale(status: number | undefined): boolean {
  return status === 401 || status === 403 || status === 419
}

/** Whether nobody is logged in, with any body: an answer of the way that says so ends no edit. */
export function isLoggedOut(status: number | undefined): boolean {
  return status === 401 || status === 419
}

/** Whether only another request shows that the refusal is a verdict, or that the address is wrong (R27). */
export function isDoubted(status: number | undefined): boolean {
  return status === 403 || isAbsent(status)
}

export function isAbsent(status: number | undefined): boolean {
  return status === 404 || status === 410
}

/** `failure`: refused, or no verdict. `isOwn`: it is the app's word, so nothing doubts it. */
export interface Judged {
  failure: Failure
  words?: FaultWords | undefined
  isOwn?: boolean
}

/** `undefined`: it is a 2xx, which has to prove itself. `isRecord`: whether a body is the record rather than a fault. */
export function judge(
  answer: AnswerToJudge,
  failureOf: FailureOf | undefined,
  isRecord: (json: Json) => boolean,
): Judged | undefined {
  const { status, retryAfterMs, json } = answer
  const isFault = isProperties(json) && !isRecord(json)
  const words = isFault ? wordsOf(json) : undefined
  const said: Partial<Failure> = {
    code: words?.code,
    status,
    message: words?.message ?? `The backend answered with status ${status}`,
    details: isFault && Object.keys(json).length ? json : undefined,
    retryAfterMs,
  }
  const own = failureOf?.(status, json)
  if (own !== undefined) {
    if (!isFailureKind(fieldsOf(own).kind)) throw new TypeError(`"failure" gives no kind for the status ${status}`)
    return { failure: failureFrom(own.kind, { ...said, ...own }), words, isOwn: true }
  }
  if (status >= 200 && status < 300) return undefined
  if (isLoggedOut(status)) return { failure: failureFrom('auth', said), words }
  const kind = kindOf(status, isFault, json === undefined)
  return kind
    ? { failure: failureFrom(kind, said), words }
    : { failure: { ...unproven(answer, said.message!), details: said.details } }
}

function kindOf(status: number, isFault: boolean, isEmpty: boolean): FailureKind | undefined {
  if (isOfSetUp(status)) return 'configuration'
  if (isFault || isEmpty) {
    const kind = others[status]
    if (kind) return kind
  }
  if (!isFault || isBusy(status) || ofTheWay.has(status)) return undefined
  return verdicts[status] ?? (status >= 400 && status < 500 ? 'other' : undefined)
}

function failureFrom(kind: FailureKind, said: Partial<Failure>): Failure {
  return { reason: ruleOf(kind).reason, ...said, kind, message: said.message! }
}

/**
 * A refusal that says nothing of the edit: R27 does not bear it out, or it is that of another request. A 403 concerns the session
 * then, any other one the address; so does a doubted 404 with any body, since web frameworks answer a wrong route with a page.
 */
export function noVerdict({ failure, isDoubted }: Refused & { isDoubted?: boolean | undefined }): Refused {
  const saysNothing = !isDoubted || !isAbsent(failure.status)
  if (ruleOf(failure.kind).class !== 'verdict' && saysNothing) return { ok: false, failure }
  const isOfSession = failure.status === 403
  const message = isOfSession
    ? `${failure.message} (status 403, and no other request shows that the session is good)`
    : `${failure.message} (status ${failure.status}, and no other request shows that the collection is there)`
  const kind: FailureKind = isOfSession ? 'auth' : 'configuration'
  const reason = isOfSession ? undefined : 'address'
  return { ok: false, failure: { ...failure, kind, reason, message } }
}
