// Floor 3: the conditions under which an answer is believed (G12). Pure.
import type { Failure } from '../model/failure.js'
import { jsonFlaw } from '../model/json.js'
import type { Json } from '../model/record.js'

/** The largest answer that is read. A larger one proves nothing. */
export interface AnswerLimits {
  /** The length of the body in bytes, once it is unpacked. */
  sizeBytes: number
  /** The greatest depth of lists and objects in each other. */
  depth: number
}

/**
 * 8 MB: room for many large columns, none for an endless body; no edit makes a record longer (`record-size.ts`). 65 levels: a
 * saved value has up to 64, and a record around it.
 */
export const answerLimits: AnswerLimits = { sizeBytes: 8_000_000, depth: 65 }

/** The part of an answer that is known before its body is read. */
export interface AnswerHead {
  /** The HTTP status. */
  status: number
  /** The `Retry-After` of the answer (RFC 9110), in ms; absent: it has none that can be read. */
  retryAfterMs?: number | undefined
}

/**
 * RFC 9110: request timeout, too many requests, unavailable; RFC 8470: too early. They ask for a later repeat, with any body.
 */
const busyStatuses: ReadonlySet<number> = new Set([408, 425, 429, 503])

export function isBusy(status: number): boolean {
  return busyStatuses.has(status)
}

/** The failure of an answer that is no verdict: it proves only that an answer came. */
export function unproven({ status, retryAfterMs }: AnswerHead, message: string): Failure {
  return {
    kind: isBusy(status) ? 'busy' : 'server',
    status,
    message,
    retryAfterMs,
  }
}

/** Whether a `Content-Type` promises JSON; its charset says nothing, since JSON is UTF-8 (RFC 8259). */
export function isJsonType(contentType: string): boolean {
  return /^\s*(application|text)\/([\w.-]+\+)?json\s*(;|$)/i.test(contentType)
}

/** The JSON in a text (none in an empty one), or the text's defect. */
export function parseJson(text: string, depth: number): { json?: Json } | { flaw: string } {
  if (!text.trim()) return {}
  let json: Json
  try {
    // An engine whose parser recurses throws at a deep text, which is as good.
    json = JSON.parse(text) as Json
  } catch {
    return { flaw: 'is not valid JSON' }
  }
  const flaw = jsonFlaw(json, depth)
  return flaw ? { flaw } : { json }
}

/** Longest wait that a server can order, in ms (`busy`). */
const longestRetryAfterMs = 3_600_000

/**
 * The wait of a `Retry-After` header: seconds, or an HTTP date measured against `nowMs`; at most an hour. A past, negative or
 * unreadable one counts as none.
 */
export function retryAfterMs(header: string | null, nowMs: number | undefined): number | undefined {
  if (!header) return undefined
  const waitMs = /^\d+$/.test(header)
    ? Number(header) * 1000
    : header.endsWith(' GMT') && nowMs !== undefined
      ? Date.parse(header) - nowMs
      : 0
  return waitMs > 0 ? Math.min(waitMs, longestRetryAfterMs) : undefined
}
