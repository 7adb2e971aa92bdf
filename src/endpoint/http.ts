// Floor 3: one request and its answer, proven or not (G12). The only file with ky, and the only one that interprets the
// errors of a fetch: by the step that failed and the signal, since names and texts differ between engines.
import ky from 'ky'
import type { Failure } from '../model/failure.js'
import type { Json } from '../model/record.js'
import type { Refused, RequestContext } from './endpoint.js'
import {
  answerLimits,
  isJsonType,
  parseJson,
  retryAfterMs,
  unproven,
  type AnswerHead,
  type AnswerLimits,
} from './proof.js'

/** One request of `sendJson`. `signal`, `fetch` and `now` are those of the context that the endpoint's method was given. */
export interface HttpRequest extends Pick<RequestContext, 'signal' | 'fetch' | 'now'> {
  /** The absolute address, query included. */
  url: string
  /** The method. Nothing repeats the request, also of a GET. */
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Goes out as JSON, with its `Content-Type`. Default: no body. */
  body?: Json
  /** More headers. A value that no header may have is a failure of the kind `configuration`. Default: those that JSON needs. */
  headers?: { readonly [name: string]: string }
  /** Whether cookies go along. Default `omit`. */
  credentials?: RequestCredentials | undefined
  /** Default: 8 MB, 65 levels. */
  limits?: AnswerLimits
}

/** An answer that has proven itself. */
export type ProvenAnswer = {
  /** Says nothing of `status`. */
  ok: true
  /** The body; absent: it was empty. */
  json?: Json
  /** A page sees only those that CORS exposes. */
  headers: Headers
} & AnswerHead

/** A proven answer, of any status, or the failure to get one. */
export type HttpAnswer = ProvenAnswer | Refused

/**
 * Sends one request, once. `ok` with any status means: the requested URL answered this, as JSON within the limits, or nothing
 * at all. Never rejects; no failure names the URL or a header, since they hold keys (G11).
 */
export async function sendJson(request: HttpRequest): Promise<HttpAnswer> {
  return untilAborted(request.signal, () => exchange(request))
}

/** The result of the work, or, once the signal is aborted, the failure of a request that was given up. */
export async function untilAborted<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T | Refused> {
  if (!signal.aborted) {
    let abort = (): void => undefined
    try {
      // Also while the work goes on: the fetch of some webviews ignores its signal.
      const aborted = new Promise<never>((_, reject) => (abort = reject))
      signal.addEventListener('abort', abort)
      return await Promise.race([work(), aborted])
    } catch (error) {
      if (!signal.aborted) throw error
    } finally {
      signal.removeEventListener('abort', abort)
    }
  }
  // WebKit throws an AbortError for a timeout too: the reason tells.
  return (signal.reason as Error | undefined)?.name === 'TimeoutError'
    ? failed({ kind: 'timeout', message: 'The backend gave no answer in time' })
    : failed({ kind: 'unreachable', message: 'The request was given up' })
}

async function exchange({ limits = answerLimits, ...request }: HttpRequest): Promise<HttpAnswer> {
  let asked: Promise<Response>
  try {
    asked = ask(request)
  } catch {
    return failed({ kind: 'configuration', message: 'No request can be made of this address and these headers' })
  }
  let response: Response
  try {
    response = await asked
  } catch {
    return failed({ kind: 'unreachable', message: 'The backend could not be reached' })
  }
  const head: AnswerHead = {
    status: response.status,
    retryAfterMs: retryAfterMs(response.headers.get('retry-after'), request.now?.()),
  }
  const isOther = !isFrom(response, request.url)
  const type = response.headers.get('content-type') ?? ''
  const isJson = isJsonType(type)
  let text: string | undefined
  try {
    text = await readText(response.body, isJson && !isOther ? limits.sizeBytes : 0)
  } catch {
    return failed(unproven(head, 'The answer broke off, or is not UTF-8'))
  }
  const parsed = isOther
    ? { flaw: 'came from another address' }
    : text !== undefined
      ? parseJson(text, limits.depth)
      : isJson
        ? { flaw: `is longer than ${limits.sizeBytes} bytes` }
        : { flaw: `is not JSON but "${type.slice(0, 60)}": a login page, a gateway, a wrong base URL?` }
  return 'flaw' in parsed
    ? failed(unproven(head, `The answer ${parsed.flaw}`))
    : { ok: true, ...head, headers: response.headers, ...parsed }
}

/** Throws at once when URL and headers make no request; its promise settles as fetch does. */
function ask({ url, method, body, headers = {}, credentials = 'omit', signal, fetch }: HttpRequest): Promise<Response> {
  return ky(url, {
    method,
    headers,
    signal,
    json: body,
    // Called bare: a browser's fetch refuses another `this`.
    fetch: (input, init) => fetch(input, init),
    // The sender decides when to repeat and how long to wait.
    retry: 0,
    timeout: false,
    throwHttpErrors: false,
    // A token must not follow to another address, and no cached or repeated answer can prove anything.
    redirect: 'manual',
    cache: 'no-store',
    credentials,
    referrerPolicy: 'no-referrer',
  })
}

/**
 * Whether the server answers a plain GET, which asks for no permission of CORS. Its answer is not looked at. Never rejects.
 */
export async function isReached({
  url,
  signal,
  fetch,
}: Pick<HttpRequest, 'url' | 'signal' | 'fetch'>): Promise<boolean> {
  try {
    // Not by ky, which makes a `Request` of its own, and answers without a status for errors.
    const { body } = await fetch(url, { signal, mode: 'no-cors', credentials: 'omit', cache: 'no-store' })
    body?.cancel().catch(() => undefined)
    return true
  } catch {
    return false
  }
}

/**
 * Whether an answer came from the requested address. Browsers always name the address of an answer. A `Response` that a
 * script has made (a service worker, a mock) may name none: then its content alone decides. A different address means that a
 * redirect was followed; native writes of Capacitor show one in no other way.
 */
function isFrom({ type, redirected, url }: Response, requested: string): boolean {
  return type !== 'opaqueredirect' && !redirected && (!url || carriedBy(url) === new URL(requested).href)
}

/**
 * CapacitorHttp lets the webview's own server make each GET, at `/_capacitor_http_interceptor_?u=<address>` (Capacitor 5.1 to
 * 8): such an address stands for the one in it.
 */
function carriedBy(url: string): string | null {
  const query = /^[^/]+:\/\/[^/]+\/_capacitor_http_interceptor_\?(.*)/.exec(url)?.[1]
  return query === undefined ? url : new URLSearchParams(query).get('u')
}

/** The body, or `undefined` when it is longer than the limit; reading stops there. */
async function readText(body: Response['body'], limitBytes: number): Promise<string | undefined> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const reader = body?.getReader()
  let text = ''
  let leftBytes = limitBytes
  try {
    for (let part = await reader?.read(); part?.value; part = await reader?.read()) {
      leftBytes -= part.value.length
      if (leftBytes < 0) return undefined
      text += decoder.decode(part.value, { stream: true })
    }
    return text + decoder.decode()
  } finally {
    // Ends a transfer that nobody reads on; after its end this does nothing.
    reader?.cancel().catch(() => undefined)
  }
}

export function failed(failure: Failure): Refused {
  return { ok: false, failure }
}
