/*
 * A whole world for scenario tests: one real server over HTTP, one device with its storage and its clock, and tabs on it that
 * are opened, killed and opened again. Nothing waits for time: `advance` moves the clock by hand.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
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
import type { Clock } from '../../src/platform/platform.js'
import type { FakeClock } from './fake-clock.js'
import { fakeDevice, fakePlatform, type FakeDevice, type FakePlatform } from './fake-platform.js'
import { resultOf } from './raw-storage.js'
import { watchStorage, type WatchedStorage } from './watched-storage.js'

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

export interface Tab {
  readonly app: BackendlessApp<Me>
  readonly users: BackendlessApp<Me>['users']
  readonly platform: FakePlatform
  readonly storage: WatchedStorage
  /** Every fault event since the tab was opened, the replayed ones too. */
  readonly faults: readonly FaultEvent[]
  readonly dead: boolean
  /** Ends the tab as a crash or a kill does: with no last word. */
  kill(): void
  close(): Promise<void>
}

export interface World {
  readonly server: RunningServer
  readonly device: FakeDevice
  readonly clock: FakeClock
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
  /** Lets everything get on that waits for nothing but storage, messages and answers. */
  quiet(): Promise<void>
  /** The same once the call has ended; resolves with its result. */
  after<T>(call: Promise<T>): Promise<T>
  /** The browser says online to the tab, which gets on then. */
  reconnect(tab: Tab): Promise<void>
  /** Kills the tab, opens another one, and lets it get on. */
  reopen(
    tab: Tab,
    options?: Partial<BackendlessOptions & ClientOptions>,
    library?: typeof openBackendless,
  ): Promise<Tab>
  /** Lets time pass, and at each moment at which something is due lets it get on. */
  advance(ms: number): Promise<void>
  /** Makes the class description too old to check edits by: a wrong one is saved, and the server has its say. */
  outdate(): void
  /** The bodies of the updates sent since the last call. */
  updates(): (Json | undefined)[]
  /** The values that the server has applied to the user, in order. */
  applied(userId: string): Properties[]
  /** Every row of the device's databases, by table. */
  rows(): Promise<{ [table: string]: unknown[] }>
  stopServer(): Promise<void>
  /** On the same port, with the same data. */
  restartServer(): Promise<void>
}

export interface WorldOptions extends Pick<ServerOptions, 'switches'> {
  /** The server's data outlive it. Default: they are in its memory. */
  onDisk?: boolean
  /**
   * The number of other things that have to end before the world is at rest; less than none for those that wait for the test
   * itself.
   */
  alsoUnderWay?: () => number
}

/** A person's patience with a test that never comes to rest. */
const patienceMs = 10_000

export async function makeWorld({ onDisk, switches = {}, alsoUnderWay }: WorldOptions = {}): Promise<World> {
  const data = onDisk ? mkdtempSync(join(tmpdir(), 'holdfast-world-')) : undefined
  const serve = (port: number): Promise<RunningServer> =>
    startServer({ port, schema, switches, ...(data !== undefined && { data }) })
  let server = await serve(0)
  const device = fakeDevice()
  const { clock } = device
  const requests: SentRequest[] = []
  const tabs = new Set<Tab & { underWay(): number }>()
  let looked = 0

  const start: World['start'] = (options = {}, library = openBackendless) => {
    const tab = openTab(server, device, requests, options, library)
    tabs.add(tab)
    return tab
  }

  const open: World['open'] = async (options, library) => {
    const tab = start(options, library)
    await quiet()
    return tab
  }

  const busy = (): number => {
    const held = server.control.held()
    let count = alsoUnderWay?.() ?? 0
    for (const tab of tabs) count += tab.underWay() + tab.storage.underWay
    return Math.max(0, count - held)
  }

  async function quiet(): Promise<void> {
    const deadlineMs = performance.now() + patienceMs
    // A few turns more than once: between an answer and the transaction that writes it, nothing is under way.
    for (let calm = 0; calm < 12; calm = busy() ? 0 : calm + 1) {
      if (performance.now() > deadlineMs) throw new Error(`The world does not come to rest: ${busy()} under way`)
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  onTestFinished(async () => {
    server.control.release()
    await quiet()
    await Promise.all([...tabs].map((tab) => tab.close()))
    await quiet()
    await server.stop()
    if (data !== undefined) rmSync(data, { recursive: true })
    // Nobody is left: no timer, no listener, no channel (G14).
    expect({ sleeping: clock.sleeping, channels: device.channels.open }).toEqual({ sleeping: 0, channels: 0 })
    const listeners = [...tabs]
      .filter(({ dead }) => !dead)
      .map(({ platform: { connectivity, visibility } }) => {
        return connectivity.listeners + visibility.listeners
      })
    expect(listeners).toEqual(listeners.map(() => 0))
  })

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
    device,
    clock,
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
    quiet,
    async after(call) {
      const result = await call
      await quiet()
      return result
    },
    async reconnect(tab) {
      tab.platform.connectivity.set(true)
      await quiet()
    },
    reopen(tab, options, library) {
      tab.kill()
      return open(options, library)
    },
    async advance(ms) {
      const endMs = clock.now() + ms
      await quiet()
      for (let dueAtMs = clock.nextDueAtMs; dueAtMs !== undefined && dueAtMs <= endMs; dueAtMs = clock.nextDueAtMs) {
        await clock.advance(Math.max(0, dueAtMs - clock.now()))
        await quiet()
      }
      await clock.advance(endMs - clock.now())
    },
    outdate: () => clock.jump(3_600_000),
    updates() {
      const sent = requests.slice(looked).filter(({ route }) => route === 'PUT /users/:id')
      looked = requests.length
      return sent.map(({ body }) => body)
    },
    applied: (userId) => server.control.log({ userId }).map(({ applied }) => propertiesOf(applied)),
    rows: () => allRows(device.indexedDB),
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

async function allRows(indexedDB: IDBFactory): Promise<{ [table: string]: unknown[] }> {
  const tables: { [table: string]: unknown[] } = {}
  for (const { name } of await indexedDB.databases()) {
    const database = await resultOf(indexedDB.open(name!))
    const names = [...database.objectStoreNames]
    const transaction = database.transaction(names)
    for (const table of names) {
      tables[table] = await resultOf(transaction.objectStore(table).getAll())
    }
    database.close()
  }
  return tables
}

function openTab(
  server: RunningServer,
  device: FakeDevice,
  requests: SentRequest[],
  options: Partial<BackendlessOptions & ClientOptions>,
  library: typeof openBackendless,
): Tab & { underWay(): number } {
  let underWay = 0
  let dead = false
  const killed = new AbortController()
  const base = fakePlatform({
    device,
    fetch: async (input, init) => {
      const request = new Request(input, init)
      const { pathname } = new URL(request.url)
      const below = pathname.slice(pathname.indexOf('/', pathname.indexOf(server.apiKey)))
      underWay++
      try {
        const body = request.body && ((await request.clone().json()) as Json)
        requests.push({
          route: `${request.method} ${below.replace(/^(\/users|\/data\/Users)\/[0-9A-F-]{36}/, '$1/:id')}`,
          body: body ?? undefined,
          token: request.headers.get('user-token'),
        })
        const response = await fetch(request)
        // The copy ends when the answer has come in full, or broke off.
        underWay++
        const ended = (): void => void underWay--
        response.clone().arrayBuffer().then(ended, ended)
        return response
      } finally {
        underWay--
      }
    },
  })
  const storage = watchStorage(base.databases, killed.signal)
  const platform: FakePlatform = {
    ...base,
    clock: mortal(base.clock, killed.signal) as FakeClock,
    databases: storage.databases,
  }
  const app = library<Me>({
    appId: server.appId,
    apiKey: server.apiKey,
    baseUrl: server.url,
    ...options,
    platform: { ...platform, ...options.platform },
  } as BackendlessOptions & ClientOptions)
  const faults: FaultEvent[] = []
  app.faults.events$.subscribe((event) => void (dead || faults.push(event)))
  return {
    app,
    users: app.users,
    platform,
    storage,
    faults,
    get dead() {
      return dead
    },
    kill() {
      dead = true
      killed.abort()
      base.crash()
    },
    close: () => (dead ? Promise.resolve() : app.close()),
    underWay: () => (dead ? 0 : underWay),
  }
}

/** The clock as a tab has it that may be killed: then nothing of it sleeps any more, and nothing wakes. */
function mortal(clock: FakeClock, killed: AbortSignal): Clock {
  return {
    now: () => clock.now(),
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (killed.aborted) return
        const either = signal ? AbortSignal.any([signal, killed]) : killed
        void clock.sleep(ms, either).then(() => {
          if (!killed.aborted) resolve()
        })
      }),
  }
}
