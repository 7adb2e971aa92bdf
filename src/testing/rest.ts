// Floor 7: an ordinary HTTP API in memory, with the answers of docs/server.md.
import type { Json, Operation, Properties } from '../model/record.js'
import { objectIn, type FakeRecords, type StoredRecord } from './records.js'

export interface FakeProtocol {
  /** Answers one request; never rejects. */
  answer(request: Request): Promise<Response>
  /** No token that the backend has seen, and no request without one, is good any more. */
  endSessions(): void
}

/** No filters of a list. */
const ownParameters = new Set(['_', 'limit', 'cursor', 'offset', 'page', 'per_page', 'since', 'sort', 'order'])

export function fakeRest(records: FakeRecords): FakeProtocol {
  /** Those that requests have carried, '' for none. */
  const seen = new Set<string>()
  const dead = new Set<string>()
  /** Sessions have ended before any request: the first token that comes is one of theirs. */
  let isFirstDead = false
  /** The answers to creations, by their keys. */
  const kept = new Map<string, Response>()

  async function write(request: Request, collection: string, id: string | undefined): Promise<Response> {
    const body = request.method === 'DELETE' ? {} : await objectIn(request)
    if (!body) return problem(400, 'The body is no JSON object')
    const { id: own, ...properties } = body
    const op = opOf(request.method, id)
    if (!op) return problem(405, `${request.method} is not allowed here`)
    const named = id ?? (typeof own === 'string' || typeof own === 'number' ? String(own) : undefined)
    const record = named === undefined ? undefined : records.get(collection, named)
    if (op === 'create' && record) return problem(request.method === 'PUT' ? 412 : 409, `There is a record "${named}"`)
    if (op !== 'create' && !record) return problem(404, `${collection} has no record "${named}"`)
    const match = request.headers.get('if-match')
    if (record && match !== null && match !== etagOf(record)) return problem(412, 'The record was changed since')
    const refusal = records.refusalOf({ op, collection, id: named ?? '', properties })
    if (refusal) {
      const { status = 422, message = 'The server refuses this', properties: names = [] } = refusal
      return problem(status, message, names)
    }
    if (op === 'create') {
      const made = records.create(collection, (own ?? named) as string | number | undefined, properties, request)
      return shown(made, 201, {
        location: `${new URL(request.url).pathname.replace(/\/$/, '')}${id === undefined ? `/${made.id}` : ''}`,
      })
    }
    if (op === 'update') return shown(records.update(collection, record!, properties, request), 200)
    records.remove(collection, record!, request)
    return new Response(null, { status: 204 })
  }

  async function answer(request: Request): Promise<Response> {
    const token = request.headers.get('authorization') ?? ''
    if (isFirstDead) dead.add(token)
    isFirstDead = false
    seen.add(token)
    if (dead.has(token)) return problem(401, 'The session has ended')
    const { pathname, searchParams } = new URL(request.url)
    const parts = pathname.split('/').filter(Boolean).map(decodeURIComponent)
    // A path may lead to a collection through a record of another one.
    const at = parts.findLastIndex((part, index) => index >= parts.length - 2 && records.has(part))
    const collection = parts[at]
    if (collection === undefined)
      return problem(404, `This fakeBackend has no collection at ${pathname}: it has ${records.names.join(', ')}`)
    const id = parts[at + 1]
    if (request.method === 'GET') {
      const record = id === undefined ? undefined : records.get(collection, id)
      if (record) return shown(record, 200)
      if (id !== undefined) return problem(404, `${collection} has no record "${id}"`)
      return Response.json(records.all(collection).filter(by(searchParams)).map(jsonOf))
    }
    const key = request.headers.get('idempotency-key')
    const keyed = key === null ? undefined : `${request.method} ${pathname} ${key}`
    const before = keyed === undefined ? undefined : kept.get(keyed)
    if (before) return before.clone()
    const answered = await write(request, collection, id)
    if (keyed !== undefined && answered.ok) kept.set(keyed, answered.clone())
    return answered
  }

  return {
    answer,
    endSessions() {
      isFirstDead = !seen.size
      for (const token of seen) dead.add(token)
    },
  }
}

function opOf(method: string, id: string | undefined): Operation | undefined {
  if (method === 'POST') return id === undefined ? 'create' : undefined
  if (id === undefined) return undefined
  return method === 'PUT' ? 'create' : method === 'PATCH' ? 'update' : method === 'DELETE' ? 'delete' : undefined
}

const by =
  (query: URLSearchParams) =>
  (record: StoredRecord): boolean =>
    [...query].every(([name, text]) => ownParameters.has(name) || textOf(jsonOf(record)[name]) === text)

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null)
}

function jsonOf({ id, properties }: StoredRecord): Properties {
  return { id, ...properties }
}

function etagOf({ revision }: StoredRecord): string {
  return `"${revision}"`
}

function shown(record: StoredRecord, status: number, headers: { readonly [name: string]: string } = {}): Response {
  return Response.json(jsonOf(record), { status, headers: { ...headers, etag: etagOf(record) } })
}

/** In the form of RFC 9457. */
function problem(status: number, detail: string, names: readonly string[] = []): Response {
  const errors = Object.fromEntries(names.map((name) => [name, [detail]]))
  const body = { title: 'Refused', status, detail, ...(names.length && { errors }) }
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/problem+json' } })
}
