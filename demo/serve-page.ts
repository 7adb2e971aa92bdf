import { once } from 'node:events'
import { createServer, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname } from 'node:path'
import { buildPage, type PageFile, type PageFiles, type RealApplication } from './build-page.js'
import { forward } from './forward.js'
import { atNextFreePort } from './next-free-port.js'
import { isLoopbackAddress, isLoopbackName, knownHosts, localName, namesOnNetwork } from './server/known-hosts.js'

const contentTypes: { readonly [extension: string]: string } = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json',
}

export interface PageOptions {
  /** The local server, as this machine reaches it: it stands behind `/api` and `/control` of the page's address. */
  readonly server?: { readonly url: string; readonly controlToken?: string | undefined } | undefined
  /** In its place. */
  readonly application?: RealApplication | undefined
  /** As for the server. Default 127.0.0.1. */
  readonly host?: string | undefined
  readonly port: number
  /** The files of `buildPage`. Default: built now. */
  readonly files?: PageFiles | undefined
}

export interface ServedPage {
  /** The page's origin as this machine reaches it, with a slash at the end. */
  readonly url: string
  /** The page's origins as other machines reach it; empty unless `host` lets them in. */
  readonly networkUrls: readonly string[]
  /** The bytes of all files as they are sent to a browser that takes gzip. */
  readonly sentBytes: number
  /** Serves other files from now on: a new version. */
  replace(files: PageFiles): void
  stop(): Promise<void>
}

/** Serves Fieldbook at this port, or at the next free one. */
export async function servePage(options: PageOptions): Promise<ServedPage> {
  const { server: local, application, host, port } = options
  let files = options.files ?? (await buildPage(application))
  const hosts = knownHosts(host)
  const server = createServer((request, response) => {
    const name = hosts.nameIn(request.headers.host)
    if (name !== undefined && local && /^\/(api|control)(\/|$)/.test(pathOf(request)))
      return forward(request, response, new URL(local.url))
    const [status, body, headers] = name === undefined ? refusal : answer(request, name)
    response.writeHead(status, { ...pageHeaders(application), ...headers })
    response.end(body)
  })

  function answer(request: IncomingMessage, name: string): Answer {
    const { method } = request
    if (method !== 'GET' && method !== 'HEAD') return [405, 'The page can be read only', { allow: 'GET, HEAD' }]
    const path = pathOf(request)
    if (path === '/control-token') return tokenFor(request)
    const fileName = path === '/' ? 'index.html' : path.slice(1)
    const file = files.get(fileName)
    if (file === undefined) return [404, 'There is no such page', plain]
    return fileAnswer(request, fileName, file, isLoopbackName(name))
  }

  /** For the page's own script. No other page may read the answer. */
  function tokenFor({ socket }: IncomingMessage): Answer {
    const token = isLoopbackAddress(socket.remoteAddress) ? local?.controlToken : undefined
    return token === undefined ? [404, 'There is no token for this visitor', plain] : [200, token, plain]
  }

  await atNextFreePort(port, async (candidate) => {
    server.listen(candidate, hosts.address)
    await once(server, 'listening')
  })
  const { port: actualPort } = server.address() as AddressInfo
  const urlOf = (name: string): string => `http://${name}:${actualPort}/`
  return {
    url: urlOf(localName(hosts.address)),
    networkUrls: namesOnNetwork(hosts.address).map(urlOf),
    sentBytes: [...files.values()].reduce((sum, { body, gzipped }) => sum + (gzipped ?? body).length, 0),
    replace: (next) => void (files = next),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

type Answer = readonly [status: number, body: string | Buffer, headers: OutgoingHttpHeaders]

const plain = { 'content-type': 'text/plain' }

const refusal: Answer = [
  403,
  'This page is not for the host that was asked for: start it with --host to name another',
  plain,
]

/** Cut, not parsed: some requests make no URL. */
function pathOf({ url }: IncomingMessage): string {
  return (url ?? '/').split('?', 1)[0]!
}

function fileAnswer({ headers }: IncomingMessage, name: string, file: PageFile, isLocal: boolean): Answer {
  const isGzipped = file.gzipped !== undefined && /\bgzip\b/.test(String(headers['accept-encoding']))
  return [
    200,
    isGzipped ? file.gzipped! : file.body,
    {
      'content-type': contentTypes[extname(name)] ?? 'text/plain',
      // The names of these have a hash of what is in them.
      ...(name.startsWith('assets/') && { 'cache-control': 'public, max-age=31536000, immutable' }),
      vary: 'accept-encoding',
      ...(isGzipped && { 'content-encoding': 'gzip' }),
      ...(isLocal && ownWindow),
    },
  ]
}

/** Browsers warn about it where the page is not of a secure origin, as it is for other machines. */
const ownWindow = { 'cross-origin-opener-policy': 'same-origin' }

/**
 * The rights of the page and of its worker: its own script and style, and its own server or Backendless. No other page may
 * frame it or read it.
 */
export const pageHeaders = (application?: RealApplication): OutgoingHttpHeaders => ({
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "manifest-src 'self'",
    "worker-src 'self'",
    `connect-src 'self' https://*.backendless.com https://*.backendless.app ${application?.url ?? ''}`.trim(),
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types fieldbook',
  ].join('; '),
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-cache',
})
