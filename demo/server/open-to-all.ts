import type { MiddlewareHandler } from 'hono'
import { cors } from 'hono/cors'

/** Lets pages of every origin use what is behind it, with any header. */
export function openToAll(): MiddlewareHandler {
  return cors({
    origin: '*',
    allowMethods: ['GET', 'PUT', 'POST', 'PATCH', 'DELETE', 'OPTIONS'],
    // Empty: every header that the preflight names is allowed.
    allowHeaders: [],
    maxAge: 600,
  })
}
