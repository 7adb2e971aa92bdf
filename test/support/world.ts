/*
 * A whole world for scenario tests: one real server over HTTP, one device with its storage and its clock, and tabs on it that
 * are opened, killed and opened again. Nothing waits for time: `advance` moves the clock by hand.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startServer, type RunningServer, type ServerOptions } from '../../demo/server/start-server.js'
import {
  openBackendless,
  type BackendlessApp,
  type BackendlessOptions,
  type ClientOptions,
  type FaultEvent,
  type Json,
  type Properties,
} from '../../src/backendless/index.js'
import { makeStage, type Page, type Stage, type StageOptions } from './stage.js'

/** The user of these tests, as an app would type it. */
export interface Me {
  objectId: string
  email: string
  name: string | null
  city: string
  age: number | null
  born: number | null
  prefs: Json
  nick?: string | null
}

export const schema = [
  { name: 'email', type: 'STRING', required: true, identity: true },
  { name: 'name', type: 'STRING' },
  { name: 'city', type: 'STRING', required: true },
  { name: 'age', type: 'INT' },
  { name: 'born', type: 'DATETIME' },
  { name: 'prefs', type: 'JSON' },
  { name: 'password', type: 'STRING', required: true },
] as const

export const password = 'low-tide-at-9'

/** A request as it left a tab. */
export interface SentRequest {
  /** Method and path below the API root, the user's id as `:id`. */
  route: string
  body: Json | undefined
  token: string | null
}

export interface Tab extends Page<BackendlessApp<Me>> {
  readonly users: BackendlessApp<Me>['users']
  /** Every fault event since the tab was opened, the replayed ones too. */
  readonly faults: readonly FaultEvent[]
}

export interface World extends Omit<Stage, 'openPage'> {
  readonly server: RunningServer
  /** All requests that left the device, preflights apart, in order. */
  readonly requests: SentRequest[]
  /** Opens a tab on the device; `library`: whose page it has loaded. */
  start(options?: Partial<BackendlessOptions & ClientOptions>, library?: typeof openBackendless): Tab
  /** Opens a tab on the device, and lets it get on. */
  open(options?: Partial<BackendlessOptions & ClientOptions>, library?: typeof openBackendless): Promise<Tab>
  /** Registers a user at the server; resolves with the id. */
  register(email: string, properties?: { [property: string]: Json }): Promise<string>
  /** Opens a tab and logs `ann@x.co` in, whom it registers. */
  signedIn(
    options?: Partial<BackendlessOptions & ClientOptions>,
    library?: typeof openBackendless,
  ): Promise<Tab & { id: string }>
  /** Kills the tab, opens another one, and lets it get on. */
  reopen(
    tab: Tab,
    options?: Partial<BackendlessOptions & ClientOptions>,
    library?: typeof openBackendless,
  ): Promise<Tab>
  /** Makes the class description too old to check edits by: a wrong one is saved, and the server has its say. */
  outdate(): void
  /** The bodies of the updates sent since the last call. */
  updates(): (Json | undefined)[]
  /** The values that the server has applied to the user, in order. */
  applied(userId: string): Properties[]
  stopServer(): Promise<void>
  /** On the same port, with the same data. */
  restartServer(): Promise<void>
}

export interface WorldOptions extends Pick<ServerOptions, 'switches' | 'tables'> {
  /** The server's data outlive it. Default: they are in its memory. */
  onDisk?: boolean
  /**
   * The number of other things that have to end before the world is at rest; less than none for those that wait for the test
   * itself.
   */
  alsoUnderWay?: StageOptions['alsoUnderWay']
}

export async function makeWorld({
  onDisk,
  switches = {},
  tables = {},
  alsoUnderWay,
}: WorldOptions = {}): Promise<World> {
  const data = onDisk ? mkdtempSync(join(tmpdir(), 'holdfast-world-')) : undefined
  const serve = (port: number): Promise<RunningServer> =>
    startServer({ port, schema, switches, tables, ...(data !== undefined && { data }) })
  let server = await serve(0)
  const stage = makeStage({
    held: () => server.control.held(),
    alsoUnderWay,
    release: () => server.control.release(),
    async stop() {
      await server.stop()
      if (data !== undefined) rmSync(data, { recursive: true })
    },
  })
  const { clock, quiet } = stage
  const requests: SentRequest[] = []
  let looked = 0

  const start: World['start'] = (options = {}, library = openBackendless) => {
    return openTab(server, stage, requests, options, library)
  }

  const open: World['open'] = async (options, library) => {
    const tab = start(options, library)
    await quiet()
    return tab
  }

  const register: World['register'] = async (email, properties = {}) => {
    const answer = await fetch(`${server.apiRoot}/users/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email, password, name: 'Ann', city: 'Rome', ...properties }),
    })
    return ((await answer.json()) as Me).objectId
  }

  return {
    get server() {
      return server
    },
    ...stage,
    requests,
    start,
    open,
    register,
    async signedIn(options, library) {
      const id = await register('ann@x.co')
      const tab = await open(options, library)
      await tab.users.login('ann@x.co', password)
      await quiet()
      requests.length = looked = 0
      return Object.assign(tab, { id })
    },
    reopen(tab, options, library) {
      tab.kill()
      return open(options, library)
    },
    outdate: () => clock.jump(3_600_000),
    updates() {
      const sent = requests.slice(looked).filter(({ route }) => route === 'PUT /users/:id')
      looked = requests.length
      return sent.map(({ body }) => body)
    },
    applied: (userId) => server.control.log({ userId }).map(({ applied }) => propertiesOf(applied)),
    stopServer: () => server.stop(),
    async restartServer() {
      await server.stop()
      server = await serve(server.port)
    },
  }
}

/** A new world, and a tab of it with Ann logged in. */
export async function signedInWorld(
  options?: Partial<BackendlessOptions & ClientOptions>,
): Promise<{ world: World; tab: Tab & { id: string } }> {
  const world = await makeWorld()
  return { world, tab: await world.signedIn(options) }
}

/** The same, and the browser says offline. */
export async function offlineWorld(
  options?: Partial<BackendlessOptions & ClientOptions>,
): Promise<{ world: World; tab: Tab & { id: string } }> {
  const found = await signedInWorld(options)
  found.tab.platform.connectivity.set(false)
  return found
}

/** Logs in at the server as another program does; resolves with the token. */
export async function logInElsewhere({ server }: Pick<World, 'server'>, login = 'ann@x.co'): Promise<string> {
  const answer = await fetch(`${server.apiRoot}/users/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ login, password }),
  })
  return ((await answer.json()) as { 'user-token': string })['user-token']
}

/** The outcomes of edits, in the order of their ids. */
export const outcomesOf = (tab: Tab, ids: readonly string[]): Promise<string[]> =>
  Promise.all(ids.map(async (id) => (await tab.app.settlement(id)).outcome))

function propertiesOf(applied: unknown): Properties {
  return (applied instanceof Map ? Object.fromEntries(applied) : applied) as Properties
}

function openTab(
  server: RunningServer,
  stage: Stage,
  requests: SentRequest[],
  options: Partial<BackendlessOptions & ClientOptions>,
  library: typeof openBackendless,
): Tab {
  const page = stage.openPage(
    (platform) =>
      library<Me>({
        appId: server.appId,
        apiKey: server.apiKey,
        baseUrl: server.url,
        ...options,
        platform: { ...platform, ...options.platform },
      } as BackendlessOptions & ClientOptions),
    async (request) => {
      const { pathname } = new URL(request.url)
      const below = pathname.slice(pathname.indexOf('/', pathname.indexOf(server.apiKey)))
      const body = request.body && ((await request.clone().json()) as Json)
      requests.push({
        route: `${request.method} ${below.replace(/^(\/users|\/data\/Users)\/[0-9A-F-]{36}/, '$1/:id')}`,
        body: body ?? undefined,
        token: request.headers.get('user-token'),
      })
    },
  )
  const faults: FaultEvent[] = []
  page.app.faults.events$.subscribe((event) => void (page.dead || faults.push(event)))
  // Not spread: `dead` is read when it is asked for.
  return Object.assign(page, { users: page.app.users, faults })
}
