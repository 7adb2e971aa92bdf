import type { Context } from 'hono'
import type { ApiEnvironment } from '../environment.js'

/** A list in the query, given as `name=a,b`, as `name=a&name=b`, or both. */
export function listOf(c: Context<ApiEnvironment>, name: string): string[] {
  return (c.req.queries(name) ?? []).flatMap(splitList)
}

/** The items of a comma-separated list. */
export function splitList(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
}

/** Who makes an update, and under what key. */
export function callOf(c: Context<ApiEnvironment>): { callerId: string | null; idempotencyKey: string | null } {
  return { callerId: c.get('callerId'), idempotencyKey: c.req.header('idempotency-key') ?? null }
}
