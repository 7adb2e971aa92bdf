import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import type { Hono } from 'hono'
import type { ApiEnvironment } from './environment.js'
import { knownHosts, localName, namesOnNetwork, type KnownHosts } from './known-hosts.js'

/** A server that takes requests. */
export interface Listening {
  /** `http://127.0.0.1:PORT`, or with the given host; without a slash at the end. */
  readonly url: string
  /** The same as other machines reach it; empty unless `host` lets them in. */
  readonly networkUrls: readonly string[]
  readonly port: number
  /** Ends the requests under way, at most two seconds' worth of them, then everything. */
  close(): Promise<void>
}

/** Requests under way at a stop get this long to end. */
const stopGraceMs = 2000

/** Serves an application; `host` is as `knownHosts` takes it. Rejects if the port is taken. */
export async function listen(
  app: Hono<ApiEnvironment>,
  { port, host }: { port: number; host: string | undefined },
): Promise<Listening> {
  const listener = getRequestListener((request, env) => app.fetch(request, env as ApiEnvironment['Bindings']), {
    overrideGlobalObjects: false,
  })
  const hosts = knownHosts(host)
  const server = createServer((incoming, outgoing) => {
    // A target with a host of its own is for proxies, and would stand for the header.
    const isOwn = incoming.url?.startsWith('/') && hosts.nameIn(incoming.headers.host) !== undefined
    if (!isOwn) return refuseHost(outgoing)
    // A connection that a browser keeps alive would hold up a stop until its time is out.
    outgoing.once('close', () => void (server.listening || setImmediate(() => server.closeIdleConnections())))
    void listener(incoming, outgoing)
  })
  await bind(server, port, hosts)
  const actualPort = (server.address() as AddressInfo).port
  const urlOf = (name: string): string => `http://${name}:${actualPort}`
  return {
    url: urlOf(localName(hosts.address)),
    networkUrls: namesOnNetwork(hosts.address).map(urlOf),
    port: actualPort,
    close: () => close(server),
  }
}

/** No fault shape: a mistake in an address is no verdict on a request. */
function refuseHost(outgoing: ServerResponse): void {
  const error = 'This server does not answer for the host that was asked for: start it with --host to name another'
  outgoing.writeHead(403, { 'content-type': 'application/json', connection: 'close' })
  outgoing.end(JSON.stringify({ error }))
}

function bind(server: Server, port: number, { address }: KnownHosts): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException): void => {
      // The code shows that the next port is worth a try.
      if (error.code === 'EADDRINUSE') return reject(error)
      reject(new Error(`The server cannot listen on ${address}, port ${port}: ${error.message}`, { cause: error }))
    }
    server.once('error', fail)
    server.listen(port, address, () => {
      server.off('error', fail)
      resolve()
    })
  })
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), stopGraceMs)
    server.close(() => {
      clearTimeout(timer)
      resolve()
    })
    server.closeIdleConnections()
  })
}
