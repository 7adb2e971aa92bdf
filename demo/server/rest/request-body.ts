import type { Context } from 'hono'
import type { ApiEnvironment } from '../environment.js'
import type { Json } from '../json.js'
import { readJson, UnreadableBody, type ReadBody } from '../read-json.js'
import { Problem } from './problem.js'
import type { RestSwitches } from './switches.js'

/** Reads a request's body; rejects with a problem for one that is no JSON, or too large or deep. */
export type BodyReader = (c: Context<ApiEnvironment>) => Promise<ReadBody>

const mergePatchType = 'application/merge-patch+json'

/** JSON fields go to 60; the rest is room for what lies around them. */
const deepestBody = 70

export function bodyReader(largestBytes: number): BodyReader {
  return async (c) => {
    const types = ['application/json', ...(c.req.method === 'PATCH' ? [mergePatchType] : [])]
    try {
      return await readJson(c.req.raw, { bytes: largestBytes, depth: deepestBody, types })
    } catch (error) {
      if (error instanceof UnreadableBody) throw unreadable(error.message, error.status)
      throw error
    }
  }
}

/** Whether a request says that its body is a merge patch (RFC 7396), which goes into JSON fields. */
export function isMergePatch(c: Context<ApiEnvironment>): boolean {
  return (c.req.header('content-type') ?? '').toLowerCase().startsWith(mergePatchType)
}

/** The object that a body is, its `id` apart; throws a problem for anything else. */
export function readObject(
  { json = null }: ReadBody,
  envelope: RestSwitches['envelope'] = 'none',
): { id: Json; properties: Map<string, Json> } {
  const value = envelope === 'data' && isObject(json) && Object.hasOwn(json, 'data') ? json.data! : json
  if (!isObject(value) || (envelope === 'data' && value === json)) {
    throw unreadable(envelope === 'data' ? 'it has to be { "data": … }' : 'it has to be an object', 400)
  }
  const properties = new Map(Object.entries(value))
  const id = properties.get('id') ?? null
  properties.delete('id')
  return { id, properties }
}

function isObject(value: Json): value is { [key: string]: Json } {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

function unreadable(why: string, status: number): Problem {
  return new Problem(status, 'unreadable', `The body cannot be read: ${why}`)
}
