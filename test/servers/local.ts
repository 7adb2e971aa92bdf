import { startRestServer, type RunningRestServer } from '../../demo/server/rest/start-rest-server.js'
import type { RestSwitches } from '../../demo/server/rest/switches.js'
import type { Json } from '../../src/model/record.js'
import type { RestCollection } from '../../src/rest/endpoint.js'
import { ann } from '../server/rest-api.js'
import { askApi, cookieHeader, type Collections, type ServedApi, type ServerKind } from './server-kind.js'

interface LocalServer extends ServedApi {
  readonly running: RunningRestServer
}

async function start(switches: Partial<RestSwitches> = {}): Promise<LocalServer> {
  const running = await startRestServer({ switches })
  return {
    running,
    url: running.root,
    options: () => ({}),
    all: (name) => Promise.resolve(running.control.all(name)),
    ask: async (method, path, body) => (await askApi(running.root, method, path, body)).json,
    stop: () => running.stop(),
  }
}

const both = (of: Collections, form: Partial<RestCollection>): Collections => ({
  notes: { ...of.notes, ...form },
  authors: { ...of.authors, ...form },
})

/** The REST mode of the local server. */
export const local: ServerKind<LocalServer> = {
  name: 'the local server',
  installCommand: () => undefined,
  start,
  collections: {
    notes: { ids: 'device', create: 'PUT', refs: { authorId: 'authors' } },
    authors: { ids: 'server', idempotencyKey: true },
  },
  ref: 'authorId',
  modes: { 'by-key': { idempotencyKey: true }, 'by-find': { clientKey: 'clientKey' }, never: {} },
  refuses: { name: 'x'.repeat(201), title: 'x'.repeat(201) },
  cookies: {
    async logIn({ url, running }) {
      running.control.setSwitches({ access: 'session', sessionBy: 'cookie' })
      return (await askApi(url, 'POST', 'session', ann)).cookies
    },
    async end({ url }, cookies) {
      await askApi(url, 'DELETE', 'session', undefined, { cookie: cookieHeader(cookies) })
    },
    options: () => ({ session: { path: 'me', account: (json) => (json as { id: string }).id } }),
  },
  async newToken({ url, running }) {
    running.control.setSwitches({ access: 'session' })
    running.control.endSessions({ account: 'ann' })
    return (await askApi(url, 'POST', 'session', ann)).json.token as string
  },
  forms: {
    envelopes: {
      start: () => start({ envelope: 'data' }),
      collections: (of) =>
        both(of, {
          encode: (properties) => ({ data: properties }),
          decode: (json) => (json as { data?: Json } | null)?.data ?? json,
          list: { page: (json) => ({ records: (json as { data: Json[] }).data }) },
        }),
    },
    'a write is answered with 204': { start: () => start({ writeAnswer: 'nothing' }), collections: (of) => of },
    'a write is answered with a part of the record': {
      start: () => start({ writeAnswer: 'partial' }),
      collections: (of) => of,
    },
  },
  paged: { list: { query: (_since, limit) => ({ limit }) } },
  leftOut: {},
}
