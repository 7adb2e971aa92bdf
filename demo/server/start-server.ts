import { mkdirSync } from 'node:fs'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import { createApp } from './app.js'
import { checkControlToken, newControlToken } from './control/control-token.js'
import { createControl, type ServerControl } from './control/control.js'
import type { ApiEnvironment } from './environment.js'
import { knownHosts, localName, namesOnNetwork, type KnownHosts } from './known-hosts.js'
import { checkSchema, checkSchemaOfStore } from './schema-file.js'
import { defaultSchema, type ColumnDefinition } from './store/columns.js'
import { openStore } from './store/store.js'
import { checkSwitches, type Switches } from './switches.js'

export interface ServerOptions {
  /** 0, the default, takes a free port. */
  readonly port?: number
  /** The address, or name, of this machine to bind to; `0.0.0.0` for all. Default 127.0.0.1, which nobody else reaches. */
  readonly host?: string
  /** Directory of the database, made if missing. Without one, everything is in memory and ends with the server. */
  readonly data?: string
  readonly appId?: string
  readonly apiKey?: string
  /** The columns of a new database; an existing one has to have them. */
  readonly schema?: readonly ColumnDefinition[]
  /** Whether the control can be reached over HTTP, under `/control`. The returned `control` works without. */
  readonly control?: boolean
  /** The token that requests to `/control` have to carry, in the header `control-token`. Default: a random one. */
  readonly controlToken?: string
  readonly switches?: Partial<Switches>
  /** Epoch milliseconds; a test can pass its own. */
  readonly now?: () => number
}

export interface RunningServer {
  /** `http://127.0.0.1:PORT`, or with the given host; without a slash at the end. */
  readonly url: string
  /** The same as other machines reach it; empty unless `host` lets them in. */
  readonly networkUrls: readonly string[]
  readonly port: number
  readonly appId: string
  readonly apiKey: string
  /** The API root with application id and key in its path. */
  readonly apiRoot: string
  /** The token that opens `/control`; `undefined` where the server has no control path. */
  readonly controlToken: string | undefined
  readonly control: ServerControl
  /** Ends the requests under way, at most two seconds' worth of them, then everything. */
  stop(): Promise<void>
}

export const defaultAppId = 'holdfast-app'
export const defaultApiKey = 'holdfast-key'

/** Requests under way at a stop get this long to end. */
const stopGraceMs = 2000

/** Starts a server, on the loopback address by default; rejects if the port is taken or an option is wrong. */
export async function startServer(options: ServerOptions = {}): Promise<RunningServer> {
  const { port = 0, data, appId = defaultAppId, apiKey = defaultApiKey, schema, now = Date.now } = options
  for (const [name, id] of Object.entries({ appId, apiKey })) {
    if (!/^[\w-]+$/.test(id)) {
      throw new Error(`${name} is a part of the path: ${JSON.stringify(id)} has other than letters, digits, - and _`)
    }
  }
  checkSwitches(options.switches ?? {})
  const controlToken = options.control ? (options.controlToken ?? newControlToken()) : undefined
  if (controlToken !== undefined) checkControlToken(controlToken)
  if (schema) checkSchema(schema)
  const store = openStore(data === undefined ? ':memory:' : databaseIn(data), schema ?? defaultSchema, now)
  const control = createControl(store, options.switches ?? {}, now)
  const app = createApp(store, control, now, { appId, apiKey, controlToken })
  const listener = getRequestListener((request, env) => app.fetch(request, env as ApiEnvironment['Bindings']), {
    overrideGlobalObjects: false,
  })
  const hosts = knownHosts(options.host)
  const server = createServer((incoming, outgoing) => {
    // A target with a host of its own is for proxies, and would stand for the header.
    const isOwn = incoming.url?.startsWith('/') && hosts.nameIn(incoming.headers.host) !== undefined
    if (!isOwn) return refuseHost(outgoing)
    // A connection that a browser keeps alive would hold up a stop until its time is out.
    outgoing.once('close', () => void (server.listening || setImmediate(() => server.closeIdleConnections())))
    void listener(incoming, outgoing)
  })
  try {
    if (schema) checkSchemaOfStore(schema, store.columns)
    await listen(server, port, hosts)
  } catch (error) {
    store.close()
    throw error
  }
  const actualPort = (server.address() as AddressInfo).port
  const urlOf = (name: string): string => `http://${name}:${actualPort}`
  const url = urlOf(localName(hosts.address))
  let stopped: Promise<void> | undefined
  return {
    url,
    networkUrls: namesOnNetwork(hosts.address).map(urlOf),
    port: actualPort,
    appId,
    apiKey,
    apiRoot: `${url}/${appId}/${apiKey}`,
    controlToken,
    control,
    stop() {
      control.release()
      return (stopped ??= close(server).then(() => store.close()))
    },
  }
}

function databaseIn(directory: string): string {
  try {
    // The folder has accounts and sessions in it.
    mkdirSync(directory, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw new Error(`The data directory ${directory} cannot be made: ${(cause as Error).message}`, { cause })
  }
  return join(directory, 'backendless.db')
}

/** No fault shape: a mistake in an address is no verdict on a request. */
function refuseHost(outgoing: ServerResponse): void {
  const error = 'This server does not answer for the host that was asked for: start it with --host to name another'
  outgoing.writeHead(403, { 'content-type': 'application/json', connection: 'close' })
  outgoing.end(JSON.stringify({ error }))
}

function listen(server: Server, port: number, { address }: KnownHosts): Promise<void> {
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
