import { existsSync } from 'node:fs'
import type { RequestListener, Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { resolve } from 'node:path'
import type { Json, Properties } from '../../src/model/record.js'
import { JSON_SERVER } from '../support/suites/lists.js'
import { askApi, type ServedApi, type ServerKind } from './server-kind.js'

/** The part of the package that is used here. */
interface JsonServer {
  create(): { use(part: unknown): void; listen(port: number, host: string): Server } & RequestListener
  defaults(options: object): unknown
  router(data: object): { db: { getState(): { [name: string]: Properties[] } }; render: unknown }
}

interface Response {
  locals: { data: unknown }
  jsonp(body: unknown): void
}

/** `render`: the package's own way to give answers another form. */
async function start(render?: (request: unknown, response: Response) => void): Promise<ServedApi> {
  const { create, defaults, router } = createRequire(resolve(JSON_SERVER, 'package.json'))('json-server') as JsonServer
  const app = create()
  const routes = router({ notes: [], authors: [] })
  if (render) routes.render = render
  app.use(defaults({ logger: false, noCors: false }))
  app.use(routes)
  const server = app.listen(0, '127.0.0.1')
  await new Promise((listening) => server.once('listening', listening))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  return {
    url,
    options: () => ({}),
    all: (name) => Promise.resolve(structuredClone(routes.db.getState()[name]!)),
    ask: async (method, path, body) => (await askApi(url, method, path, body)).json,
    async stop() {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}

/** json-server 0.17: Express in front of a JSON file. It checks no value, knows no session, and names records by numbers. */
export const jsonServer: ServerKind = {
  name: 'json-server',
  installCommand: () => (existsSync(JSON_SERVER) ? undefined : 'npm run test:all'),
  start: () => start(),
  collections: {
    notes: { ids: 'device', refs: { authorId: 'authors' } },
    authors: { ids: 'server', clientKey: 'clientKey' },
  },
  ref: 'authorId',
  modes: { 'by-find': { clientKey: 'clientKey' }, never: {} },
  forms: {
    envelopes: {
      start: () => start((_request, response) => response.jsonp({ body: response.locals.data })),
      collections(of) {
        const decode = (json: Json): unknown => (json as { body?: Json } | null)?.body ?? json
        const list = { page: (json: Json) => ({ records: (json as { body: Json[] }).body }) }
        return { notes: { ...of.notes, decode, list }, authors: { ...of.authors, decode, list } }
      },
    },
  },
  paged: { list: { query: (_since, limit) => ({ _page: 1, _limit: limit }) } },
  leftOut: {
    'by-key': 'it knows no key of a request',
    refuses: 'it takes every value',
    cookies: 'it knows no session',
    newToken: 'it knows no session',
    'a write is answered with 204': 'it answers with the whole record',
    'a write is answered with a part of the record': 'it answers with the whole record',
  },
}
