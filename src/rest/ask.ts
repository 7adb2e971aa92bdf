// Floor 6: one request to the backend, with the credentials of the account, and the meaning of its answer.
import type { Endpoint, Refused, RequestContext } from '../endpoint/endpoint.js'
import {
  failed,
  type HttpAnswer,
  type HttpRequest,
  isReached,
  type ProvenAnswer,
  sendJson,
  untilAborted,
} from '../endpoint/http.js'
import { unproven } from '../endpoint/proof.js'
import { type Failure, ruleOf } from '../model/failure.js'
import { masked } from '../model/mask.js'
import type { Json } from '../model/record.js'
import { createCredentials, type RestCredentials, secretsOf } from './credentials.js'
import type { FaultWords } from './fault-words.js'
import type { FailureOf, RestBackend } from './options.js'
import { isAbsent, isDoubted, isLoggedOut, isOfSetUp, judge, mayBeStale, noVerdict } from './verdict.js'

export interface RestCall<R> extends Pick<HttpRequest, 'method' | 'body' | 'limits'> {
  /** From the origin on: path and query. */
  address: string
  headers?: { readonly [name: string]: string }
  failureOf: FailureOf | undefined
  /** Whether the body of a refusal is the record itself, and so none. */
  isRecord?(json: Json): boolean
  /** Nothing shows the backend that it has carried the request out before (R21). */
  isOnce?: boolean
  /** The requested value in a 2xx, or its defect as the end of a sentence on the answer, or the failure that it shows. */
  prove(answer: ProvenAnswer): R | string | Refused
}

/** `isDoubted`: only another request shows what it concerns (R27). `isOwn`: it is the app's word. */
export type Refusal = Refused & {
  words?: FaultWords | undefined
  isDoubted?: boolean | undefined
  isOwn?: boolean | undefined
  /** It is not in the API's form: something on the way may have given it, once the request was carried out. */
  isForeign?: boolean | undefined
  /** The credentials that it was sent with. */
  by?: RestCredentials | undefined
}

/** `by`: with these credentials and no others (R27). */
export type Ask = <R extends { ok: true }>(
  call: RestCall<R>,
  context: RequestContext,
  by?: RestCredentials,
) => Promise<R | Refusal>

/** So many writes one after the other that were not answered, where a plain GET is, are no accident of the network. */
const mostUnanswered = 3

export function createAsk(backend: RestBackend): { ask: Ask; prepare: NonNullable<Endpoint['prepare']> } {
  const { root, session, credentials, cacheBusting } = backend
  const ownParameter = cacheBusting === true ? '_' : cacheBusting || undefined
  const { get: credentialsOf, prepare } = createCredentials(backend)
  /** By account, the answer that it is the one of the server's session, or the question. */
  const known = new Map<string, Promise<Refused | undefined>>()
  /** Of writes in a row. */
  let unanswered = 0
  let isAllowed = false

  async function send<R>(
    { address, method, body, limits, ...call }: RestCall<R>,
    by: RestCredentials,
    context: RequestContext,
  ): Promise<HttpAnswer> {
    const headers = { ...by.headers, ...call.headers }
    const isRead = method === 'GET'
    const own = isRead && ownParameter ? `${address.includes('?') ? '&' : '?'}${ownParameter}=${context.requestId}` : ''
    const url = root.origin + address + own
    const request: HttpRequest = { ...contextOf(context), url, method, headers, credentials }
    if (body !== undefined) request.body = body
    if (limits) request.limits = limits
    const counted = unanswered
    const answer = await sendJson(request)
    if (isRead)
      return isOld(answer) ? failed(unproven(answer, 'The answer is an old one, of a cache on the way')) : answer
    isAllowed ||= statusOf(answer) !== undefined
    const isLost = !answer.ok && !context.signal.aborted && ruleOf(answer.failure.kind).endedBy === 'network'
    // Those that were under way together are lost by one accident.
    if (isAllowed || !isLost || counted < unanswered || ++unanswered < mostUnanswered) return answer
    if (!(await isReached({ ...request, url: root.href }))) return answer
    return failed(preflightFailure(request))
  }

  /** With the credentials asked for once more, where the first ones are refused. */
  async function sendAs<R>(
    call: RestCall<R>,
    context: RequestContext,
  ): Promise<{ answer: HttpAnswer; by?: RestCredentials; isLeft?: boolean }> {
    let by = await credentialsOf(context)
    if (!by.ok) return { answer: by }
    let answer = await send(call, by, context)
    if (mayBeStale(statusOf(answer))) {
      const renewed = await credentialsOf(context, by)
      if (!renewed.ok) return { answer: renewed, by }
      const isOther = JSON.stringify(renewed) !== JSON.stringify(by)
      by = renewed
      // Something on the way may have given this answer, once the request was carried out: the record is looked for first.
      if (isOther && call.isOnce && !answer.ok) return { answer, by, isLeft: true }
      if (isOther) answer = await send(call, by, context)
    }
    return { answer, by }
  }

  async function exchange<R extends { ok: true }>(
    call: RestCall<R>,
    context: RequestContext,
    given?: RestCredentials,
  ): Promise<R | Refusal> {
    const sent = given ? { answer: await send(call, given, context), by: given } : await sendAs(call, context)
    const { answer, by, isLeft }: Awaited<ReturnType<typeof sendAs<R>>> = sent
    // The new credentials may be good: the session is not over.
    const outcome = isLeft && !answer.ok ? answer : meaningOf(call, answer)
    return outcome.ok ? outcome : { ...outcome, by, failure: masked(outcome.failure, by ? secretsOf(by) : []) }
  }

  /** Whether cookies are those of the account (G10). Requests that leave meanwhile wait for the same answer. */
  async function sessionFailure(context: RequestContext): Promise<Refused | undefined> {
    if (!session) return undefined
    const { account } = context
    const asked =
      known.get(account) ??
      exchange(
        { method: 'GET', address: root.pathname + session.path, failureOf: undefined, prove: whoIs },
        context,
      ).then((who) => (who.ok ? (who.account === account ? undefined : failed(ofAnother)) : noVerdict(who)))
    function whoIs({ json }: ProvenAnswer): { ok: true; account: string } {
      return { ok: true, account: String(session!.account(json ?? null) as string) }
    }
    known.set(account, asked)
    let failure: Refused | undefined
    try {
      failure = await untilAborted(context.signal, () => asked)
    } catch (error) {
      failure = failed({ kind: 'server', message: `"session.account" failed: ${String(error)}` })
    }
    if (failure) known.delete(account)
    return failure
  }

  const ask: Ask = async (call, context, by) =>
    untilAborted(context.signal, async () => {
      const failure = await sessionFailure(context)
      if (failure) return failure
      const outcome = await exchange(call, context, by)
      if (outcome.ok) return outcome
      const { isDoubted, failure: refused } = outcome
      // The next login may be that of another account. Where everybody can read the list, it does not show who is logged in.
      const isOfSession = isDoubted && mayBeStale(refused.status)
      if (isOfSession || ruleOf(refused.kind).scope === 'account') known.delete(context.account)
      return (isOfSession && (await sessionFailure(context))) || outcome
    })

  return {
    ask,
    prepare: async (context) =>
      untilAborted(context.signal, async () => {
        const given = await prepare(context)
        return (given.ok ? await sessionFailure(context) : given) ?? { ok: true }
      }),
  }
}

function meaningOf<R extends { ok: true }>(call: RestCall<R>, answer: HttpAnswer): R | Refusal {
  if (!answer.ok) {
    const { status } = answer.failure
    const kind = isLoggedOut(status) ? 'auth' : isOfSetUp(status) ? 'configuration' : undefined
    if (kind) return { ...failed({ ...answer.failure, kind }), isForeign: true }
    return isAbsent(status) ? { ...answer, isDoubted: true } : answer
  }
  const judged = judge(answer, call.failureOf, (json) => call.isRecord?.(json) ?? false)
  if (judged) {
    const { failure, words, isOwn } = judged
    return {
      ...failed(failure),
      words,
      isOwn,
      isDoubted: !isOwn && isDoubted(answer.status),
    }
  }
  const proven = answer.status === 202 ? 'has status 202: nothing is done yet' : call.prove(answer)
  return typeof proven === 'string' ? failed(unproven(answer, `The answer ${proven}`)) : proven
}

const ofAnother: Failure = {
  kind: 'auth',
  reason: 'account',
  message: 'Another account is logged in at the server, or none',
}

/**
 * Whether a cache has answered, in spite of `Cache-Control: no-cache` (RFC 9111, section 5.1). A page sees the header where its origin is
 * the server's, or CORS exposes it.
 */
function isOld(answer: HttpAnswer): answer is ProvenAnswer {
  return answer.ok && Number(answer.headers.get('age')) > 0
}

function contextOf({ signal, fetch, now }: RequestContext): Pick<HttpRequest, 'signal' | 'fetch' | 'now'> {
  return { signal, fetch, now }
}

function statusOf(answer: HttpAnswer): number | undefined {
  return answer.ok ? answer.status : answer.failure.status
}

function preflightFailure({ method, headers = {}, body }: HttpRequest): Failure {
  const names = [...Object.keys(headers), ...(body === undefined ? [] : ['content-type'])].map((name) =>
    name.toLowerCase(),
  )
  const asked = [...new Set(names)].sort().join(', ')
  return {
    kind: 'configuration',
    reason: 'preflight',
    unanswered: true,
    message: `The server answers a plain GET, but no ${method}: its CORS rules have to allow the method ${method}${asked && ` and the headers ${asked}`} for this origin`,
  }
}
