import type { MiddlewareHandler } from 'hono'
import { cors } from 'hono/cors'

/** Lets pages of every origin use what is behind it, with any header; `more` are methods beside the usual ones. */
export function openToAll(...more: string[]): MiddlewareHandler {
  return cors({
    origin: '*',
    allowMethods: ['GET', 'PUT', 'POST', 'DELETE', 'OPTIONS', ...more],
    // Empty: every header that the preflight names is allowed.
    allowHeaders: [],
    maxAge: 600,
  })
}
