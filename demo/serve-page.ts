import { once } from 'node:events'
import { createServer, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname } from 'node:path'
import { buildPage, withMeta } from './build-page.js'
import { atNextFreePort } from './next-free-port.js'
import { isLoopbackAddress, isLoopbackName, knownHosts, localName, namesOnNetwork } from './server/known-hosts.js'

const contentTypes: { readonly [extension: string]: string } = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
}

export interface PageOptions {
  /** The server's API root, as this machine reaches it. */
  readonly apiRoot: string
  /** The token that opens the server's control path. Only visitors on this machine get it. */
  readonly controlToken?: string | undefined
  /** As for the server. Default 127.0.0.1. */
  readonly host?: string | undefined
  readonly port: number
}

export interface ServedPage {
  /** The page's origin as this machine reaches it, with a slash at the end. */
  readonly url: string
  /** The page's origins as other machines reach it; empty unless `host` lets them in. */
  readonly networkUrls: readonly string[]
  stop(): Promise<void>
}

/** Builds the demo's page for a server and serves it at this port, or at the next free one. */
export async function servePage({ apiRoot, controlToken, host, port }: PageOptions): Promise<ServedPage> {
  const files = await buildPage()
  const hosts = knownHosts(host)
  const server = createServer((request, response) => {
    const name = hosts.nameIn(request.headers.host)
    const [status, body, headers] = name === undefined ? refusal : answer(request, name)
    response.writeHead(status, { ...headers, 'x-content-type-options': 'nosniff', 'cache-control': 'no-cache' })
    response.end(body)
  })

  function answer({ method, url, socket }: IncomingMessage, name: string): Answer {
    if (method !== 'GET' && method !== 'HEAD') return [405, 'The page can be read only', { allow: 'GET, HEAD' }]
    // Cut, not parsed: some requests make no URL.
    const path = (url ?? '/').split('?', 1)[0]!
    const fileName = path === '/' ? 'index.html' : path.slice(1)
    const file = files.get(fileName)
    if (file === undefined) return [404, 'There is no such page', { 'content-type': 'text/plain' }]
    const type = { 'content-type': contentTypes[extname(fileName)] ?? 'text/plain' }
    if (fileName !== 'index.html') return [200, file, type]
    const api = new URL(apiRoot)
    // Another machine reaches the server by the same name as the page.
    const isLocal = isLoopbackName(name)
    if (!isLocal) api.hostname = name
    const meta = {
      'api-root': api.href,
      ...(controlToken !== undefined && isLoopbackAddress(socket.remoteAddress) && { 'control-token': controlToken }),
    }
    return [200, withMeta(String(file), meta), { ...type, ...pageHeaders(api.origin), ...(isLocal && ownWindow) }]
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
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

type Answer = readonly [status: number, body: string | Uint8Array, headers: OutgoingHttpHeaders]

const refusal: Answer = [
  403,
  'This page is not for the host that was asked for: start it with --host to name another',
  { 'content-type': 'text/plain' },
]

/** Browsers warn about it where the page is not of a secure origin, as it is for other machines. */
const ownWindow = { 'cross-origin-opener-policy': 'same-origin' }

/**
 * The rights of the page: it may run its own script and style, and talk to the server. No other page may frame it or read it.
 */
function pageHeaders(apiOrigin: string): OutgoingHttpHeaders {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    // The icon, which is empty.
    'img-src data:',
    `connect-src ${apiOrigin}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ]
  return {
    'content-security-policy': policy.join('; '),
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
  }
}
