// Floor 6: one request to Backendless, with its answer, or the reason why that is no answer.
import { isSegment } from '../endpoint/address.js'
import type { RequestContext } from '../endpoint/endpoint.js'
import { sendJson, type HttpAnswer, type HttpRequest } from '../endpoint/http.js'
import { unproven } from '../endpoint/proof.js'
import type { Failure } from '../model/failure.js'
import { masked } from '../model/mask.js'
import { isProperties, publicPart } from '../model/own.js'
import type { Json, Properties } from '../model/record.js'
import type { Backend } from './backend.js'
import { isDescription } from './description.js'
import { meaningOf } from './fault-codes.js'
import { refusalOf } from './refusal.js'

/** The parts of the outside world that every request needs. */
export type CallContext = Pick<RequestContext, 'signal' | 'fetch' | 'now' | 'requestId'>

export interface Call extends Pick<HttpRequest, 'method' | 'body'> {
  /** Below the API root. */
  path: string
  /** From the caller, behind the path. */
  id?: string | undefined
  token?: string | undefined
  /** Texts that a failure must not have in it, besides token and API key. */
  secret?: unknown
  /** A dead token would end the session: a 401 without a code of the backend is checked. */
  endsSession?: true
}

export interface ProvenRecord {
  id: string
  record: Properties
}

/** `R`: the type that `prove` found. */
export type Outcome<R> = ({ ok: true } & R) | { ok: false; failure: Failure }

/**
 * Sends the call. `prove` turns the JSON of a 200 into the requested value, or returns its defect, as the end of a sentence
 * on the answer.
 */
export async function ask<R extends object>(
  backend: Backend,
  call: Call,
  context: CallContext,
  prove: (json: Json | undefined) => R | string,
): Promise<Outcome<R>> {
  const { id, token, secret } = call
  if ('id' in call && !isSegment(id)) return { ok: false, failure: { kind: 'gone', message: `"${id}" is no id` } }
  const outcome = await exchange(backend, call, context, prove)
  return outcome.ok ? outcome : { ok: false, failure: masked(outcome.failure, [token, backend.apiKey, secret]) }
}

/** A call in the name of the session. */
export function askInSession<R extends object>(
  backend: Backend,
  call: Omit<Call, 'token' | 'endsSession'>,
  context: CallContext & Pick<RequestContext, 'token'>,
  prove: (json: Json | undefined) => R | string,
): Promise<Outcome<R>> {
  return ask(backend, { ...call, token: context.token, endsSession: true }, context, prove)
}

async function exchange<R extends object>(
  backend: Backend,
  { path, id = '', token, endsSession, ...call }: Call,
  context: CallContext,
  prove: (json: Json | undefined) => R | string,
): Promise<Outcome<R>> {
  const headers = token === undefined ? {} : { 'user-token': token }
  const url = urlOf(backend, path + encodeURIComponent(id), call.method, context)
  const answer = await sendJson({ ...context, ...call, url, headers })
  const failure = answer.ok && refusalOf(answer, backend.faultKinds)
  if (failure) return { ok: false, failure }
  if (endsSession && statusOf(answer) === 401 && token !== undefined && (await isDead(backend, token, context))) {
    return {
      ok: false,
      failure: {
        kind: meaningOf(3064, backend.faultKinds).kind,
        code: 3064,
        status: 401,
        message: 'The backend does not know this session any more: log in again',
      },
    }
  }
  if (!answer.ok) return answer
  const proven = answer.status === 200 ? prove(answer.json) : `has status ${answer.status} and no code of Backendless`
  return typeof proven === 'string'
    ? { ok: false, failure: unproven(answer, `The answer ${proven}`) }
    : { ok: true, ...proven }
}

/**
 * Each GET has an address of its own: a service worker of the app may answer known addresses from its cache, against the
 * request's own directives. An old answer would pass for the backend's state (R3, R11), or for a logout that never took
 * place.
 */
function urlOf(backend: Backend, path: string, method: Call['method'], { requestId }: CallContext): string {
  const isOwn = method === 'GET' && backend.cacheBusting && requestId !== undefined
  return backend.root + path + (isOwn ? `?_=${requestId}` : '')
}

/** Checks whether the backend takes a token; a dead one is a proper answer here, not a refusal. */
export function askToken(backend: Backend, token: string, context: CallContext): Promise<Outcome<{ valid: boolean }>> {
  return ask(backend, { method: 'GET', path: 'users/isvalidusertoken/', id: token, secret: token }, context, (json) =>
    typeof json === 'boolean' ? { valid: json } : 'is neither true nor false',
  )
}

/**
 * A bare 401 may come from anything on the way: only the backend's own word ends a session (G9). The service takes the token
 * in the URL of this check, where the page's resource timings list it.
 */
async function isDead(backend: Backend, token: string, context: CallContext): Promise<boolean> {
  const asked = await askToken(backend, token, context)
  return asked.ok && !asked.valid
}

function statusOf(answer: HttpAnswer): number | undefined {
  return answer.ok ? answer.status : answer.failure.status
}

/** The class description, checked. */
export function askDescription(
  backend: Backend,
  token: string | undefined,
  context: CallContext,
): Promise<Outcome<{ description: Json }>> {
  return ask(backend, { method: 'GET', path: 'users/userclassprops', token }, context, (json) =>
    isDescription(json) ? { description: json } : 'is no description of a class',
  )
}

/** The user, or row, in an answer without password, token and names that reach a prototype; with `id`, only that one. */
export function proveRecord(json: Json | undefined, id?: string, what = 'user'): ProvenRecord | string {
  if (!isProperties(json)) {
    return `is ${!json ? 'empty' : Array.isArray(json) ? 'a list' : `a ${typeof json}`}, not a ${what}`
  }
  const { objectId } = json
  const found = typeof objectId === 'string' || typeof objectId === 'number' ? String(objectId) : ''
  // As a part of a path, one or two dots would lead elsewhere.
  if (/^\.{0,2}$/.test(found)) return `is a ${what} without an id`
  if (id !== undefined && found !== id) return `is about another ${what}`
  const { 'user-token': _, ...record } = publicPart(json)
  return { id: found, record: { ...record, objectId: found } }
}
