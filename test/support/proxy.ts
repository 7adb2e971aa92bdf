/*
 * The faults of a network, on real sockets: a proxy in front of the local server, told request by request. Keeps its
 * connections alive, as browsers then repeat a PUT by themselves.
 */
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { createInbox, type HttpMessage, type Inbox } from './http-message.js'

export type Trouble =
  | { readonly do: 'pass' }
  /** Reset; nothing reaches the server. */
  | { readonly do: 'refuse' }
  /** Reset; the head of the request, and no more, reaches the server. */
  | { readonly do: 'cut-before-body' }
  /** Carried out; reset before the first byte of the answer. */
  | { readonly do: 'cut-after-request' }
  /** Carried out; reset in the middle of the answer's head. */
  | { readonly do: 'cut-in-headers' }
  /** Carried out; reset in the middle of the answer's body. */
  | { readonly do: 'cut-in-body' }
  /** No answer, ever, and no reset; with `applied` the request is carried out. */
  | { readonly do: 'black-hole'; readonly applied?: boolean }
  /** Carried out; the answer comes one byte at a time. */
  | { readonly do: 'drip'; readonly byteMs: number }
  /** Two copies are carried out, one after the other; the answer to the second comes back. */
  | { readonly do: 'duplicate' }
  /** Reset; the request is carried out when `deliver` is called. */
  | { readonly do: 'late' }
  /** A log-in page with status 200. */
  | { readonly do: 'portal' }
  /** The bytes of `write` in place of an answer; `applied`: the server carries out the request first. */
  | { readonly do: 'write'; readonly applied?: boolean; write(socket: Socket): void }

export type ProxyRule = Trouble & {
  /** `path`: how the path ends; `body`: a text in it. Preflights only if `method` says OPTIONS. */
  readonly match?: { readonly method?: string; readonly path?: string; readonly body?: string }
  /** How many requests it is applied to. Default 1. */
  readonly times?: number | 'always'
  /** The request waits for `release` before anything is done to it. */
  readonly hold?: boolean
}

/** A request as it arrived at the proxy. */
export interface SeenRequest {
  readonly method: string
  readonly path: string
  readonly body: string
  readonly token: string | undefined
  /** Which of the proxy's connections it came by. */
  readonly connection: number
}

export interface Proxy {
  /** Takes the place of the server's address. */
  readonly url: string
  add(...rules: readonly ProxyRule[]): void
  /** Forgets the rules for that path. */
  clear(path: string): void
  /** The requests that arrived for paths that end with `path`, preflights apart, in order. */
  seen(path?: string): SeenRequest[]
  /** Requests that wait for `release`. */
  held(path?: string): SeenRequest[]
  /** How many requests wait for the test: held, in a black hole, or dripping. */
  readonly waiting: number
  release(path?: string): void
  /** Has the server carry out what came with `late`, in order; resolves when it has. */
  deliver(path?: string): Promise<void>
  /** false: every connection is reset, and so is each new one. */
  setUp(up: boolean): void
  stop(): Promise<void>
}

const portalBody = '<!doctype html><title>Log in to the network</title>'
const portal = [
  'HTTP/1.1 200 OK',
  'content-type: text/html; charset=utf-8',
  `content-length: ${portalBody.length}`,
  '',
  portalBody,
].join('\r\n')

/** Starts a proxy on a free port of the loopback address, in front of `target`, an address without a path. */
export async function startProxy(target: string): Promise<Proxy> {
  const { hostname, port } = new URL(target)
  const rules: { rule: ProxyRule; left: number }[] = []
  const seen: SeenRequest[] = []
  const held: { request: SeenRequest; socket: Socket; release(): void }[] = []
  const late: { request: SeenRequest; message: HttpMessage }[] = []
  const sockets = new Set<Socket>()
  const stuck = new Set<Socket>()
  let connections = 0
  let up = true

  /** Hands the request on and resolves with the whole answer; empty when the server closes without one. */
  const forward = (text: Buffer): Promise<Buffer> =>
    new Promise((resolve) => {
      const parts: Buffer[] = []
      const upstream = connect(Number(port), hostname, () => upstream.write(text))
      upstream.on('data', (part: Buffer) => parts.push(part))
      upstream.on('error', () => {})
      upstream.on('close', () => resolve(Buffer.concat(parts)))
    })

  const take = ({ method, path, body }: SeenRequest): ProxyRule | undefined => {
    const next = rules.find(({ rule: { match = {} }, left }) => {
      const isMethod = match.method === undefined ? method !== 'OPTIONS' : method === match.method
      return left > 0 && isMethod && path.endsWith(match.path ?? '') && body.includes(match.body ?? '')
    })
    if (next) next.left--
    return next?.rule
  }

  const answer = async (socket: Socket, request: SeenRequest, message: HttpMessage): Promise<void> => {
    const rule: ProxyRule = take(request) ?? { do: 'pass' }
    if (rule.hold) await new Promise<void>((release) => held.push({ request, socket, release }))
    const text = message.withHeader('connection', 'close')
    const reply = async (): Promise<Buffer> => keptAlive(await forward(text))
    switch (rule.do) {
      case 'pass':
        socket.write(await reply())
        return
      case 'refuse':
        socket.resetAndDestroy()
        return
      case 'cut-before-body': {
        const upstream = connect(Number(port), hostname, () => upstream.write(message.head, () => upstream.destroy()))
        upstream.on('error', () => {})
        socket.resetAndDestroy()
        return
      }
      case 'cut-after-request':
        await reply()
        socket.resetAndDestroy()
        return
      case 'cut-in-headers':
        return cut(socket, (await reply()).subarray(0, 40))
      case 'cut-in-body': {
        const whole = await reply()
        return cut(socket, whole.subarray(0, Math.floor((whole.indexOf('\r\n\r\n') + 4 + whole.length) / 2)))
      }
      case 'black-hole':
        stuck.add(socket)
        if (rule.applied) await forward(text)
        return
      case 'drip':
        stuck.add(socket)
        await drip(socket, await reply(), rule.byteMs)
        stuck.delete(socket)
        return
      case 'duplicate':
        await forward(text)
        socket.write(await reply())
        return
      case 'late':
        late.push({ request, message })
        socket.resetAndDestroy()
        return
      case 'portal':
        socket.write(portal)
        return
      case 'write':
        if (rule.applied) await forward(text)
        rule.write(socket)
        return
    }
  }

  const serve = async (socket: Socket, inbox: Inbox): Promise<void> => {
    const connection = ++connections
    for (let message = await inbox.next(); message; message = await inbox.next()) {
      const { method, path } = message
      const token = message.header('user-token')
      const request = { method, path, body: message.body.toString(), token, connection }
      seen.push(request)
      await answer(socket, request, message)
    }
  }

  const server = createServer((socket) => {
    if (!up) return void socket.resetAndDestroy()
    socket.setNoDelay()
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => {
      sockets.delete(socket)
      stuck.delete(socket)
      // A held request is lost with its connection.
      for (const one of held.filter((each) => each.socket === socket)) held.splice(held.indexOf(one), 1)
    })
    void serve(socket, createInbox(socket))
  })
  const url = `http://127.0.0.1:${await listening(server)}`

  const isFor =
    (path = '') =>
    ({ request }: { request: SeenRequest }): boolean =>
      request.path.endsWith(path)

  return {
    url,
    add(...added) {
      for (const rule of added) rules.push({ rule, left: rule.times === 'always' ? Infinity : (rule.times ?? 1) })
    },
    clear(path) {
      for (const one of rules) if (one.rule.match?.path === path) one.left = 0
    },
    seen: (path = '') => seen.filter((request) => request.method !== 'OPTIONS' && request.path.endsWith(path)),
    held: (path) => held.filter(isFor(path)).map(({ request }) => request),
    get waiting() {
      return held.length + stuck.size
    },
    release(path) {
      for (const one of held.filter(isFor(path))) {
        held.splice(held.indexOf(one), 1)
        one.release()
      }
    },
    async deliver(path) {
      for (const one of late.filter(isFor(path))) {
        late.splice(late.indexOf(one), 1)
        await forward(one.message.withHeader('connection', 'close'))
      }
    },
    setUp(next) {
      up = next
      if (!up) for (const socket of sockets) socket.resetAndDestroy()
    },
    async stop() {
      for (const { release } of held.splice(0)) release()
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function listening(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}

/** The server closes after each answer; towards the client the connection stays. */
function keptAlive(answer: Buffer): Buffer {
  const end = answer.indexOf('\r\n\r\n')
  const head = answer.subarray(0, end).toString('latin1')
  return Buffer.concat([
    Buffer.from(head.replace(/\r\nconnection:[^\r]*/i, '\r\nconnection: keep-alive'), 'latin1'),
    answer.subarray(end),
  ])
}

/** Time for what was written to arrive: a reset can overtake it. */
const arrivalMs = 20

async function cut(socket: Socket, part: Buffer): Promise<void> {
  socket.write(part)
  await new Promise((resolve) => setTimeout(resolve, arrivalMs))
  socket.resetAndDestroy()
}

async function drip(socket: Socket, answer: Buffer, byteMs: number): Promise<void> {
  for (let at = 0; at < answer.length && !socket.destroyed; at++) {
    socket.write(answer.subarray(at, at + 1))
    await new Promise((resolve) => setTimeout(resolve, byteMs))
  }
}
