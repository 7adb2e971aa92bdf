import { Hono, type Context } from 'hono'
import type { ApiEnvironment } from '../environment.js'
import { textOf, type Json } from '../json.js'
import { writeRules, type RestControl } from './control.js'
import { idempotencyKeyOf, type Idempotency } from './idempotency.js'
import { listRecords } from './list-records.js'
import { Problem } from './problem.js'
import { idJson, recordJson } from './record-json.js'
import { isMergePatch, readObject, type BodyReader } from './request-body.js'
import type { RecordRow } from './store/records.js'
import type { RestStore } from './store/rest-store.js'
import { etagOf, ifMatch, isKnownVersion } from './versions.js'
import { createRecord, deleteRecord, idTaken, livingRecord, updateRecord, type WriteCall } from './write-record.js'

export interface CollectionParts {
  readonly store: RestStore
  readonly control: RestControl
  readonly now: () => number
  readonly read: BodyReader
  readonly idempotency: Idempotency
  /** The path of the API's root, without a slash at the end. */
  readonly root: string
}

interface Written {
  readonly row: RecordRow
  readonly status: 200 | 201 | 204
}

/** The collections: list, read, create, update, delete. */
export function collectionRoutes(parts: CollectionParts): Hono<ApiEnvironment> {
  const { store, control, root } = parts
  const routes = new Hono<ApiEnvironment>()
  const { settings } = control

  routes.get('/:collection', (c) => {
    const collection = collectionOf(c, store)
    const { body, next } = listRecords(store, collection, new URL(c.req.url).searchParams, settings.switches)
    if (next) c.header('Link', `<${root}/${collection}?${next.toString()}>; rel="next"`)
    return c.json(wrapped(body, parts))
  })
  routes.post('/:collection', (c) =>
    written(c, parts, (call, { id, properties: sent }) => {
      const made = { id, sent, exists: () => idTaken(settings.switches) }
      return { row: createRecord(store, call, made, rulesOf(parts)), status: 201 }
    }),
  )
  routes.get('/:collection/:id', (c) => {
    const row = livingRecord(store, collectionOf(c, store), c.req.param('id'), settings.switches)
    const etag = etagOf(row.change, settings.switches)
    if (etag !== undefined) {
      c.header('ETag', etag)
      if (isKnownVersion(c.req.header('if-none-match'), row.change)) return c.body(null, 304)
    }
    return c.json(wrapped(recordJson(store.schema, row), parts))
  })
  routes.put('/:collection/:id', (c) => {
    const id = c.req.param('id')
    if (store.schema.collections[collectionOf(c, store)]!.ids !== 'client') {
      throw methodProblem(`The server names the records of this collection: create one with POST`, 'GET, PATCH, DELETE')
    }
    if (c.req.header('if-none-match')?.trim() !== '*') {
      const detail = 'PUT creates a record and needs If-None-Match: *. PATCH changes one'
      throw new Problem(428, 'condition-missing', detail)
    }
    return written(c, parts, (call, body) => {
      checkSameId(body.id, id)
      const exists = (): Problem =>
        new Problem(412, 'exists', `There is a record of ${call.collection} with this id already`)
      const made = { id, sent: body.properties, exists }
      return { row: createRecord(store, call, made, rulesOf(parts)), status: 201 }
    })
  })
  routes.patch('/:collection/:id', (c) =>
    written(c, parts, (call, body) => {
      const id = c.req.param('id')
      checkSameId(body.id, id)
      const precondition = ifMatch(c.req.header('if-match'), settings.switches)
      const change = { id, sent: body.properties, deep: isMergePatch(c), precondition }
      return { row: updateRecord(store, call, change, rulesOf(parts)), status: 200 }
    }),
  )
  routes.delete('/:collection/:id', (c) =>
    written(c, parts, (call) => {
      const precondition = ifMatch(c.req.header('if-match'), settings.switches)
      const which = { id: c.req.param('id'), precondition }
      return { row: deleteRecord(store, call, which, rulesOf(parts)), status: 204 }
    }),
  )
  routes.all('/:collection', (c) => {
    collectionOf(c, store)
    throw methodProblem('A collection takes GET and POST', 'GET, POST')
  })
  routes.all('/:collection/:id', (c) => {
    collectionOf(c, store)
    throw methodProblem('A record takes GET, PUT, PATCH and DELETE', 'GET, PUT, PATCH, DELETE')
  })
  return routes
}

/** Carries a write out, once for each key, and answers it. */
async function written(
  c: Context<ApiEnvironment>,
  parts: CollectionParts,
  write: (call: WriteCall, body: { id: Json; properties: Map<string, Json> }) => Written,
): Promise<Response> {
  const { store, control, idempotency } = parts
  const { method } = c.req
  const collection = collectionOf(c, store)
  const body = await parts.read(c)
  const callerId = c.get('callerId')
  const { switches } = control.settings
  const key = switches.idempotency === 'ignored' ? null : idempotencyKeyOf(c.req.header('idempotency-key'))
  if (key === null && method === 'POST' && switches.idempotency === 'required') {
    throw new Problem(400, 'key-missing', 'This request needs an Idempotency-Key')
  }
  const work = async (keep: Parameters<Parameters<Idempotency['once']>[1]>[0]): Promise<Response> => {
    const object = method === 'DELETE' ? { id: null, properties: new Map() } : readObject(body, switches.envelope)
    await c.get('midway')?.()
    return store.transaction(() => {
      const call = { collection, source: 'api', callerId, idempotencyKey: key } as const
      const answer = answerTo(write(call, object), object.properties, parts)
      keep(answer)
      return new Response(answer.body, answer)
    })
  }
  if (key === null) return work(() => {})
  return idempotency.once({ callerId, key, method, path: c.get('operation'), body: body.text }, work)
}

/** The answer to a write, in the form that the switches say. */
function answerTo(
  { row, status }: Written,
  sent: ReadonlyMap<string, Json>,
  parts: CollectionParts,
): { status: number; headers: { [name: string]: string }; body: string | null } {
  const { store, control, root } = parts
  const { switches } = control.settings
  const { ids } = store.schema.collections[row.collection]!
  const headers: { [name: string]: string } = {}
  if (status === 201) headers.Location = `${root}/${row.collection}/${row.id}`
  const etag = etagOf(row.change, switches)
  if (status !== 204 && etag !== undefined) headers.ETag = etag
  const json = (value: Json, as: number) => ({
    status: as,
    headers: { ...headers, 'Content-Type': 'application/json' },
    body: JSON.stringify(wrapped(value, parts)),
  })
  if (switches.writeAnswer === 'success') return json({ success: true }, status === 204 ? 200 : status)
  if (status === 204) return { status, headers, body: null }
  if (switches.writeAnswer === 'nothing') return { status: status === 200 ? 204 : status, headers, body: null }
  const record = recordJson(store.schema, row)
  if (switches.writeAnswer === 'record') return json(record, status)
  const unsent = Object.entries(record).filter(([name]) => !sent.has(name) && name !== 'id')
  return json(Object.fromEntries([['id', idJson(ids, row.id)], ...unsent]), status)
}

function rulesOf({ control, now }: CollectionParts): ReturnType<typeof writeRules> {
  return writeRules(control.settings, now)
}

function wrapped(value: Json, { control }: CollectionParts): Json {
  return control.settings.switches.envelope === 'data' ? { data: value } : value
}

function collectionOf(c: Context<ApiEnvironment>, { schema }: RestStore): string {
  const name = c.req.param('collection') ?? ''
  if (Object.hasOwn(schema.collections, name)) return name
  throw new Problem(404, 'no-such-path', `There is no collection ${JSON.stringify(name.slice(0, 80))}`)
}

/** A body may repeat the id of its address; it cannot change it. */
function checkSameId(inBody: Json, inPath: string): void {
  if (inBody === null || textOf(inBody) === inPath) return
  throw new Problem(422, 'invalid', 'The id of a record cannot be changed', {
    errors: new Map([['id', ['is another one than in the address']]]),
  })
}

function methodProblem(detail: string, allow: string): Problem {
  return new Problem(405, 'method', detail, { headers: { Allow: allow } })
}
