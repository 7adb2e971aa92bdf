/* A REST API in memory, as an app developer might write it: collections of JSON objects behind a fetch. */
import { Hono, type Context } from 'hono'
import type { Json, Properties } from '../../src/model/record.js'

export interface RestApiOptions {
  /** Who names a new record; `device`: a second creation of an id is a 409. Default `server`. */
  ids?: 'device' | 'server'
  /** Answers before the collections do; undefined: they do. */
  before?: ((context: Context) => Response | Promise<Response> | undefined) | undefined
  /** The answer to a creation and an update; default the record. */
  echo?: (record: Properties, context: Context) => Response
  /** Gets the records that have the values of the query, where any record has such a property. Default: answers with them. */
  list?: (records: Properties[], context: Context) => Response
}

export interface RestApi {
  fetch: typeof fetch
  readonly requests: Request[]
  /** Method and path of each request. */
  readonly calls: string[]
  records(collection: string): Properties[]
  put(collection: string, record: Properties & { id: string | number }): void
}

export const apiUrl = 'https://api.example.com/v1/'

export function restApi({ ids = 'server', before, echo, list }: RestApiOptions = {}): RestApi {
  const collections = new Map<string, Map<string, Properties>>()
  const requests: Request[] = []
  let lastId = 0
  const of = (name: string): Map<string, Properties> => {
    const found = collections.get(name) ?? new Map<string, Properties>()
    collections.set(name, found)
    return found
  }
  const shown = (context: Context, record: Properties, status: 200 | 201): Response =>
    echo?.(record, context) ?? context.json(record as never, status)
  const none = (context: Context): Response => context.json({ error: 'Not Found' }, 404)

  const app = new Hono().basePath('/v1')
  if (before) app.use(async (context, next) => (await before(context)) ?? next())
  app.get('/:name', (context) => {
    const query = Object.entries(context.req.query())
    const all = [...of(context.req.param('name')).values()]
    const filters = query.filter(([name]) => all.some((one) => Object.hasOwn(one, name)))
    const found = all.filter((one) => filters.every(([name, value]) => `${one[name] as string}` === value))
    return list?.(found, context) ?? context.json(found as never)
  })
  app.post('/:name', async (context) => {
    const body = await context.req.json<Properties>()
    const id = ids === 'device' ? (body.id as string) : ++lastId
    const records = of(context.req.param('name'))
    if (records.has(String(id))) return context.json({ error: 'There is one already' }, 409)
    const record = { ...body, id }
    records.set(String(id), record)
    return shown(context, record, 201)
  })
  app.get('/:name/:id', (context) => {
    const record = of(context.req.param('name')).get(context.req.param('id'))
    return record ? context.json(record as never) : none(context)
  })
  app.put('/:name/:id', async (context) => {
    const records = of(context.req.param('name'))
    const id = context.req.param('id')
    if (records.has(id) && context.req.header('if-none-match') === '*') return context.body(null, 412)
    const record = { ...(await context.req.json<Properties>()), id }
    records.set(id, record)
    return shown(context, record, 201)
  })
  app.patch('/:name/:id', async (context) => {
    const records = of(context.req.param('name'))
    const old = records.get(context.req.param('id'))
    if (!old) return none(context)
    const record = { ...old, ...(await context.req.json<{ [name: string]: Json }>()) }
    records.set(context.req.param('id'), record)
    return shown(context, record, 200)
  })
  app.delete('/:name/:id', (context) =>
    of(context.req.param('name')).delete(context.req.param('id')) ? context.body(null, 204) : none(context),
  )

  return {
    requests,
    get calls() {
      return requests.map(({ method, url }) => `${method} ${url.slice(new URL(url).origin.length)}`)
    },
    fetch: async (input, init) => {
      const request = new Request(input, init)
      requests.push(request.clone())
      return app.fetch(request)
    },
    records: (name) => [...of(name).values()],
    put: (name, record) => void of(name).set(String(record.id), record),
  }
}
