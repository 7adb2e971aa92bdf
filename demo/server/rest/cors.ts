import type { Context, MiddlewareHandler } from 'hono'
import type { ApiEnvironment } from '../environment.js'
import { isLoopbackName } from '../known-hosts.js'
import { Problem } from './problem.js'

/** The pages of other origins that may use the API, and their means. Changed at run time. */
export interface CorsSettings {
  /** `any`; `local`: pages of this machine; or a list. With cookies, `any` means `local`. */
  origins: 'any' | 'local' | readonly string[]
  /** The headers that a request of a page may carry, beside those that every request may. */
  allowHeaders: readonly string[]
  /** The headers of an answer that a page may read. */
  exposeHeaders: readonly string[]
  /** How long a browser may go by the answer to a preflight. */
  maxAgeSeconds: number
}

export const usualCors: Readonly<CorsSettings> = {
  origins: 'any',
  allowHeaders: ['Authorization', 'Content-Type', 'Idempotency-Key', 'If-Match', 'If-None-Match'],
  exposeHeaders: ['ETag', 'Link', 'Location', 'Retry-After'],
  maxAgeSeconds: 600,
}

/** Throws an `Error` that names the impossible part. */
export function checkCors(given: Partial<CorsSettings>): void {
  const { origins = 'any', allowHeaders = [], exposeHeaders = [], maxAgeSeconds = 0, ...more } = given
  const [unknown] = Object.keys(more)
  if (unknown !== undefined)
    throw new Error(`CORS has no setting "${unknown}": use one of ${Object.keys(usualCors).join(', ')}`)
  const lists = { allowHeaders, exposeHeaders, ...(typeof origins !== 'string' && { origins }) }
  for (const [name, list] of Object.entries(lists) as [string, unknown][]) {
    const isRight =
      Array.isArray(list) && list.every((item) => typeof item === 'string' && /^[\x21-\x2b\x2d-\x7e]+$/.test(item))
    if (!isRight) throw new Error(`"${name}" has to be a list of texts, not ${JSON.stringify(list)}`)
  }
  if (typeof origins === 'string' && origins !== 'any' && origins !== 'local') {
    throw new Error(`"origins" has to be any, local or a list, not ${JSON.stringify(origins)}`)
  }
  if (!Number.isSafeInteger(maxAgeSeconds) || maxAgeSeconds < 0) {
    throw new Error(`"maxAgeSeconds" has to be a whole number, not ${JSON.stringify(maxAgeSeconds)}`)
  }
}

/** The headers by which a page's script may read an answer. */
export function corsHeaders(
  origin: string | undefined,
  { origins }: CorsSettings,
  withCookies: boolean,
): { [name: string]: string } {
  if (!withCookies && origins === 'any') return { 'Access-Control-Allow-Origin': '*' }
  const vary = { Vary: 'Origin' }
  if (origin === undefined || !isAllowed(origin, origins)) return vary
  return {
    ...vary,
    'Access-Control-Allow-Origin': origin,
    ...(withCookies && { 'Access-Control-Allow-Credentials': 'true' }),
  }
}

/**
 * Answers preflights, and lets pages read answers. A page of an origin that is not allowed cannot write with the cookie of a
 * session: its requests are refused, not only their answers hidden.
 */
export function cors(settings: () => CorsSettings, withCookies: () => boolean): MiddlewareHandler<ApiEnvironment> {
  return async (c, next) => {
    const origin = c.req.header('origin')
    const headers = corsHeaders(origin, settings(), withCookies())
    const { allowHeaders, exposeHeaders, maxAgeSeconds } = settings()
    if (c.req.method === 'OPTIONS') {
      return c.body(null, 204, {
        ...headers,
        'Access-Control-Allow-Methods': 'GET, POST, PUT, PATCH, DELETE',
        'Access-Control-Allow-Headers': allowHeaders.join(', '),
        'Access-Control-Max-Age': String(maxAgeSeconds),
      })
    }
    if (withCookies() && isForeign(c, origin, settings())) {
      throw new Problem(403, 'forbidden-origin', 'Pages of this origin may not use the API')
    }
    await next()
    for (const [name, value] of Object.entries(headers)) c.res.headers.set(name, value)
    c.res.headers.set('Access-Control-Expose-Headers', exposeHeaders.join(', '))
    return undefined
  }
}

/** Whether a page of another origin, and none that is allowed, sent the request. */
function isForeign(c: Context<ApiEnvironment>, origin: string | undefined, { origins }: CorsSettings): boolean {
  return origin !== undefined && origin !== new URL(c.req.url).origin && !isAllowed(origin, origins)
}

function isAllowed(origin: string, origins: CorsSettings['origins']): boolean {
  if (typeof origins !== 'string') return origins.includes(origin)
  try {
    return isLoopbackName(new URL(origin).hostname)
  } catch {
    return false
  }
}
