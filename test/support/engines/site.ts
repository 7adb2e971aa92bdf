import { createServer, type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { basename, extname } from 'node:path'
import { build, type Plugin } from 'esbuild'
import { WebSocketServer, type WebSocket } from 'ws'
import type { Certificate } from './certificate.js'
import { forward } from '../../../demo/forward.js'

/** How long a page may take to run an expression, or to connect, before that is an error. */
const ANSWER_WITHIN_MS = 60_000

/** A page served on 127.0.0.1, for browsers that are started and killed while it stays, and its origin with it. */
export interface Site {
  /** The origin, with no slash at the end. */
  readonly url: string
  /** Evaluates an expression in a page opened with `?tab=`: the way into an engine that has no protocol of its own. */
  evaluateIn(tab: string, expression: string): Promise<unknown>
  /** Resolves when the page of that tab has connected after the call, or is connected at the time of it. */
  connected(tab: string): Promise<void>
  /** Forgets the tab's connection, so that `connected` waits for the next one. */
  forget(tab: string): void
  stop(): Promise<void>
}

interface Answer {
  readonly id: number
  readonly value?: unknown
  readonly error?: string
}

type SiteFiles = Map<string, { type: string; body: string | Uint8Array }>

export interface SiteOptions {
  /** The page's script, a TypeScript file that is bundled once, here. */
  readonly entry: string
  /** Served as `/worker.js`. */
  readonly worker?: string
  /** With it the site is at `https://localhost`; else it is at `http://127.0.0.1`. */
  readonly certificate?: Certificate
  /** Of the build of the page's script. */
  readonly plugins?: Plugin[]
}

/** Serves a page. */
export async function startSite({ entry, worker, certificate, plugins }: SiteOptions): Promise<Site> {
  const files: SiteFiles = new Map([
    ['/', { type: 'text/html; charset=utf-8', body: pageHtml(basename(entry)) }],
    ['/page.js', { type: 'text/javascript', body: await bundle(entry, plugins) }],
  ])
  if (worker) files.set('/worker.js', { type: 'text/javascript', body: await bundle(worker) })
  return serve(files, { ...(certificate && { certificate }) })
}

/**
 * Serves an app that is built already, with the way in beside its own script, under the headers that it has: the policy in them
 * lets the way in use scripts of this site alone. `api`: the origin of the server behind `/api` and `/control`. The app can read
 * `controlToken` at `/control-token`.
 */
export async function startSiteOf(
  built: ReadonlyMap<string, { body: Uint8Array }>,
  api: string,
  headers: OutgoingHttpHeaders,
  controlToken?: string,
): Promise<Site> {
  const files: SiteFiles = new Map()
  if (controlToken !== undefined) files.set('/control-token', { type: 'text/plain', body: controlToken })
  for (const [path, { body }] of built) files.set(`/${path}`, { type: lookup[extname(path)] ?? 'text/plain', body })
  const html = Buffer.from(files.get('/index.html')!.body).toString()
  files.set('/', { type: 'text/html; charset=utf-8', body: `${html}${CONTROL_TAG}` })
  return serve(files, { api, headers })
}

async function serve(
  files: SiteFiles,
  { api, certificate, headers = {} }: { api?: string; certificate?: Certificate; headers?: OutgoingHttpHeaders },
): Promise<Site> {
  files.set('/control-tag.js', { type: 'text/javascript', body: CONTROL_TAG_SCRIPT })
  files.set('/control.js', { type: 'text/javascript', body: CONTROL_SCRIPT })
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    if (api !== undefined && /^\/(api|control)(\/|\?|$)/.test(request.url ?? ''))
      return forward(request, response, new URL(api))
    const path = new URL(request.url ?? '/', 'http://site').pathname
    const file = path.startsWith(CALLS) ? callFile(control.expressionOf(path.slice(CALLS.length))) : files.get(path)
    response.writeHead(file ? 200 : 404, {
      ...headers,
      'content-type': file?.type ?? 'text/plain',
      'cache-control': 'no-store',
    })
    response.end(file?.body ?? 'not found')
  }
  const server = certificate ? createSecureServer(certificate, answer) : createServer(answer)
  const control = startControl(new WebSocketServer({ server, path: '/control' }))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo

  return {
    url: certificate ? `https://localhost:${port}` : `http://127.0.0.1:${port}`,
    evaluateIn: control.evaluateIn,
    connected: control.connected,
    forget: control.forget,
    async stop() {
      control.stop()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function bundle(entry: string, plugins: Plugin[] = []): Promise<Uint8Array> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    plugins,
    bundle: true,
    format: 'esm',
    sourcemap: 'inline',
    target: 'es2022',
    write: false,
  })
  return outputFiles[0]!.contents
}

function pageHtml(title: string): string {
  return `<!doctype html><meta charset="utf-8"><title>${title}</title>
<link rel="icon" href="data:,"><body><div id="root"></div>
<script type="module" src="/page.js"></script>
${CONTROL_TAG}`
}

const CONTROL_TAG = `<script type="module" src="/control-tag.js"></script>`
const CONTROL_TAG_SCRIPT = `if (new URLSearchParams(location.search).has('tab')) await import('/control.js')`

/** Each expression is a script of the site: a page whose policy forbids `eval` runs it, too. */
const CALLS = '/control-calls/'
const callFile = (expression: string | undefined) =>
  expression === undefined
    ? undefined
    : { type: 'text/javascript', body: `export const call = () => (\n${expression}\n)` }

const lookup: { readonly [extension: string]: string } = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
}

/** Comes back after the connection is lost: WebKit's network process, which holds it, is killed by some tests. */
const CONTROL_SCRIPT = `
const tab = new URLSearchParams(location.search).get('tab')
const connect = () => {
  const socket = new WebSocket('ws://' + location.host + '/control?tab=' + encodeURIComponent(tab))
  socket.onmessage = async ({ data }) => {
    const id = Number(data)
    try {
      const { call } = await import('${CALLS}' + id)
      socket.send(JSON.stringify({ id, value: await call() }))
    } catch (error) {
      socket.send(JSON.stringify({ id, error: String(error) }))
    }
  }
  socket.onclose = () => setTimeout(connect, 200)
}
connect()
`

interface Waiter {
  resolve(value?: unknown): void
  reject(error: Error): void
}

interface Control extends Pick<Site, 'evaluateIn' | 'connected' | 'forget'> {
  /** The expression of a call that has no answer yet. */
  expressionOf(id: string): string | undefined
  stop(): void
}

function startControl(sockets: WebSocketServer): Control {
  const pages = new Map<string, WebSocket>()
  const arrivals = new Map<string, Waiter[]>()
  const calls = new Map<number, Waiter & { readonly expression: string }>()
  let lastId = 0

  sockets.on('connection', (socket, request) => {
    const tab = new URL(request.url ?? '/', 'http://site').searchParams.get('tab') ?? ''
    const open = new Set<number>()
    socket.on('error', () => socket.terminate())
    socket.on('message', (text: Buffer) => {
      const { id, value, error } = JSON.parse(text.toString()) as Answer
      const call = calls.get(id)
      if (error === undefined) call?.resolve(value)
      else call?.reject(new Error(error))
    })
    socket.on('close', () => {
      if (pages.get(tab) === socket) pages.delete(tab)
      for (const id of open) calls.get(id)?.reject(new Error(`the page of tab ${tab} went away`))
    })
    callsOf.set(socket, open)
    pages.set(tab, socket)
    for (const { resolve } of arrivals.get(tab) ?? []) resolve()
    arrivals.delete(tab)
  })
  const callsOf = new WeakMap<WebSocket, Set<number>>()

  return {
    async evaluateIn(tab, expression) {
      const socket = pages.get(tab)
      if (!socket) throw new Error(`no page is connected as tab ${tab}`)
      const id = ++lastId
      callsOf.get(socket)?.add(id)
      try {
        return await within(`an answer of tab ${tab}`, (waiter) => {
          calls.set(id, { ...waiter, expression })
          socket.send(String(id))
        })
      } finally {
        calls.delete(id)
        callsOf.get(socket)?.delete(id)
      }
    },
    async connected(tab) {
      if (pages.has(tab)) return
      await within(`tab ${tab} to connect`, (waiter) => arrivals.set(tab, [...(arrivals.get(tab) ?? []), waiter]))
    },
    expressionOf: (id) => calls.get(Number(id))?.expression,
    forget: (tab) => void pages.delete(tab),
    stop() {
      for (const socket of sockets.clients) socket.terminate()
      sockets.close()
    },
  }
}

async function within(what: string, start: (waiter: Waiter) => void): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined
  try {
    return await new Promise((resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`waited ${ANSWER_WITHIN_MS} ms for ${what}`)), ANSWER_WITHIN_MS)
      start({ resolve, reject })
    })
  } finally {
    clearTimeout(timer)
  }
}
