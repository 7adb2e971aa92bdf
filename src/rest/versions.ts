// Floor 6: the versions of records (R24): a strong ETag with `If-Match` (RFC 9110, sections 8.8.3 and 13.1.1), or a property. Pure.
import type { Refused } from '../endpoint/endpoint.js'
import { own } from '../model/own.js'
import type { Properties } from '../model/record.js'
import type { Refusal } from './ask.js'
import type { RestCollection } from './options.js'

export interface Versions {
  /** See `Endpoint.versions`. */
  means: string
  /** The version of a record in an answer. `headers`: absent where the answer has several records. */
  of(record: Properties | undefined, headers?: Headers): string | undefined
  /** The places of the version in a request. */
  headers(version: string | undefined): { readonly [name: string]: string }
  properties(version: string | undefined): Properties
  /** For a request without a body. */
  query(version: string | undefined): string
}

export function versionsOf({ versions }: RestCollection): Versions | undefined {
  if (versions === undefined) return undefined
  if (versions === 'etag')
    return {
      means: 'etag',
      of(_, headers) {
        // A weak one matches no `If-Match`.
        const tag = headers?.get('etag')?.trim()
        return tag && /^"[^"]*"$/.test(tag) ? tag : undefined
      },
      headers: (version) => (version === undefined ? {} : { 'if-match': version }),
      properties: () => ({}),
      query: () => '',
    }
  const { property } = versions
  const valueOf = (version: string): string | number => JSON.parse(version) as string | number
  return {
    means: `property:${property}`,
    of(record) {
      const value = record && own(record, property)
      return typeof value === 'number' || typeof value === 'string' ? JSON.stringify(value) : undefined
    },
    headers: () => ({}),
    properties: (version) => (version === undefined ? {} : { [property]: valueOf(version) }),
    query: (version) =>
      version === undefined ? '' : `?${new URLSearchParams({ [property]: String(valueOf(version)) })}`,
  }
}

/**
 * 412: the record has another version. 428 (RFC 6585): the server wants one. Neither says anything of the edit, unless the app's own
 * word on the answer does.
 */
export function asStale({ failure, isOwn }: Refusal): Refused | undefined {
  const { status } = failure
  if (isOwn || (status !== 412 && status !== 428)) return undefined
  return { ok: false, failure: { ...failure, kind: 'conflict', reason: 'stale' } }
}
