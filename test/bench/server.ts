import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** The orders for one contender's backend, and the requests that it has seen. */
export interface Backend {
  /** How long it takes over each update. */
  delayMs: number
  /** Answers nothing: what is sent stays on its way. Only reads of items are answered. */
  holds: boolean
  /** Answers the held updates, each by its call. */
  readonly held: (() => void)[]
  /** How many items there are: `GET /api/items` lists them in pages. */
  items: number
  /** Requests that were answered or are held, and the bytes of their bodies. */
  updates: number
  reads: number
  bodyBytes: number
  /** The records that were asked for or updated, by id. */
  readonly users: Map<string, { [property: string]: unknown }>
}

type User = { [property: string]: unknown }

/** Pages and a small backend on one origin for each run, so that no run finds what an earlier one has left in the browser. */
export interface BenchServer {
  /** A fresh origin, with a backend of its own behind it. */
  origin(): { url: string; backend: Backend }
  stop(): Promise<void>
}

/** A value of this property is refused with 400 and a code that says: validation. */
export const REFUSED_PROPERTY = 'email'
export const REFUSED_VALUE = 'refused'

/**
 * The backend speaks as Backendless' user service does: `PUT /api/users/<id>` with what changes answers with the whole user,
 * `GET /api/data/Users/<id>` too. Any id is a user. `PUT /api/records/<id>` makes a record, or changes it. `/api/items` is a list of
 * records as an ordinary API has it.
 */
export async function startBenchServer(scripts: ReadonlyMap<string, Uint8Array>): Promise<BenchServer> {
  const backends = new Map<string, Backend>()
  let origins = 0

  const server = createServer((request, response) => void answer(request, response))
  server.keepAliveTimeout = 60_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '/').split('?')[0]!
    const known = backends.get(String(request.headers.host))
    const name = path.slice(1)
    const script = scripts.get(name)
    if (script) return send(response, 200, 'text/javascript', script)
    if (!path.startsWith('/api/')) return send(response, 200, 'text/html; charset=utf-8', pageHtml(name))
    const backend = known!
    const { users } = backend
    if (path === '/api/items') return sendPage(response, backend, new URL(request.url!, 'http://any').searchParams)
    const id = decodeURIComponent(path.split('/').at(-1)!)
    const isItem = path.startsWith('/api/items/')
    if (id === 'userclassprops') return sendJson(response, 200, [])
    const user = users.get(id) ?? (path.startsWith('/api/records/') ? { id } : isItem ? itemOf(id) : userOf(id))
    users.set(id, user)
    if (request.method === 'GET') {
      backend.reads++
      return backend.holds && !isItem ? undefined : sendJson(response, 200, user)
    }
    const body = await bodyOf(request)
    backend.updates++
    backend.bodyBytes += body.length
    if (backend.holds) await new Promise<void>((resolve) => backend.held.push(resolve))
    if (backend.delayMs) await new Promise((resolve) => setTimeout(resolve, backend.delayMs))
    const patch = JSON.parse(body.toString()) as User
    if (patch[REFUSED_PROPERTY] === REFUSED_VALUE)
      return sendJson(response, 400, { code: 3045, message: 'The value is not allowed' })
    Object.assign(user, patch)
    sendJson(response, 200, user)
  }

  return {
    origin() {
      const host = `run-${++origins}.localhost:${port}`
      const backend: Backend = {
        delayMs: 0,
        holds: false,
        updates: 0,
        reads: 0,
        bodyBytes: 0,
        users: new Map(),
        held: [],
        items: 0,
      }
      backends.set(host, backend)
      return { url: `http://${host}`, backend }
    },
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** As large as a person's record is, so that it shows who sends all of it. */
function userOf(id: string): User {
  return {
    objectId: id,
    email: `${id}@example.com`,
    name: 'Ann Example',
    city: 'Utrecht',
    street: 'Oudegracht 101',
    phone: '+31 30 123 45 67',
    note: 'Prefers to be called in the morning, and never on a Monday.',
  }
}

function itemOf(id: string): User {
  const { objectId: _, ...user } = userOf(id)
  return { id, ...user }
}

const pageSize = 500

function sendPage(response: ServerResponse, { users, items }: Backend, search: URLSearchParams): void {
  const from = Number(search.get('from') ?? 0)
  const to = Math.min(items, from + pageSize)
  const page = Array.from({ length: to - from }, (_, index) => {
    const id = `item-${(from + index).toString().padStart(6, '0')}`
    return users.get(id) ?? itemOf(id)
  })
  if (to < items) response.setHeader('link', `</api/items?from=${to}>; rel="next"`)
  sendJson(response, 200, page)
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

function sendJson(response: ServerResponse, status: number, json: unknown): void {
  send(response, status, 'application/json', JSON.stringify(json))
}

function send(response: ServerResponse, status: number, type: string, body: string | Uint8Array): void {
  response.writeHead(status, {
    'content-type': type,
    'cache-control': 'no-store',
    // Isolated pages have a clock of 5 µs, others one of 100.
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-embedder-policy': 'require-corp',
  })
  response.end(body)
}

function pageHtml(name: string): string {
  const script = name ? `<script type="module" src="/${name}.js"></script>` : ''
  return `<!doctype html><meta charset="utf-8"><title>${name}</title><link rel="icon" href="data:,">${script}`
}
