/*
 * One device with its storage and its clock, and tabs on it that are opened, killed and opened again, for scenario tests with a
 * real server over HTTP. Nothing waits for time: `advance` moves the clock by hand.
 */
import { expect, onTestFinished } from 'vitest'
import type { Platform } from '../../src/platform/platform.js'
import type { Clock } from '../../src/platform/platform.js'
import type { FakeClock } from './fake-clock.js'
import { fakeDevice, fakePlatform, type FakeDevice, type FakePlatform } from './fake-platform.js'
import { resultOf } from './raw-storage.js'
import { watchStorage, type WatchedStorage } from './watched-storage.js'

export interface Page<App> {
  readonly app: App
  readonly platform: FakePlatform
  readonly storage: WatchedStorage
  readonly dead: boolean
  /** Ends the tab as a crash or a kill does: with no last word. */
  kill(): void
  close(): Promise<void>
}

export interface Stage {
  readonly device: FakeDevice
  readonly clock: FakeClock
  /** Opens a tab. `sees` is given each request as it leaves. */
  openPage<App extends { close(): Promise<void> }>(
    open: (platform: Platform) => App,
    sees: (request: Request) => void | Promise<void>,
  ): Page<App>
  /** Lets everything get on that waits for nothing but storage, messages and answers. */
  quiet(): Promise<void>
  /** The same once the call has ended; resolves with its result. */
  after<T>(call: Promise<T>): Promise<T>
  /** The browser says online to the tab, which gets on then. */
  reconnect(tab: Pick<Page<unknown>, 'platform'>): Promise<void>
  /** Lets time pass, and at each moment at which something is due lets it get on. */
  advance(ms: number): Promise<void>
  /** Every row of the device's databases, by table. */
  rows(): Promise<{ [table: string]: unknown[] }>
}

export interface StageOptions {
  /** How many requests the server holds back until the test says so. */
  held(): number
  /**
   * The number of other things that have to end before the world is at rest; less than none for those that wait for the test
   * itself.
   */
  alsoUnderWay?: (() => number) | undefined
  /** The server gives up what it holds back; then, with the tabs closed, it ends. */
  release(): void
  stop(): Promise<void>
  /** Decides the ids that the device makes. Default 1. */
  seed?: number
}

/** A person's patience with a test that never comes to rest. */
const patienceMs = 10_000

export function makeStage({ held, alsoUnderWay, release, stop, seed = 1 }: StageOptions): Stage {
  const device = fakeDevice({ seed })
  const { clock } = device
  const tabs = new Set<Page<unknown> & { underWay(): number }>()

  const busy = (): number => {
    let count = alsoUnderWay?.() ?? 0
    for (const tab of tabs) count += tab.underWay() + tab.storage.underWay
    return Math.max(0, count - held())
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
    release()
    await quiet()
    await Promise.all([...tabs].map((tab) => tab.close()))
    await quiet()
    await stop()
    // Nobody is left: no timer, no listener, no channel (G14).
    expect({ sleeping: clock.sleeping, channels: device.channels.open }).toEqual({ sleeping: 0, channels: 0 })
    const listeners = [...tabs]
      .filter(({ dead }) => !dead)
      .map(({ platform: { connectivity, visibility } }) => {
        return connectivity.listeners + visibility.listeners
      })
    expect(listeners).toEqual(listeners.map(() => 0))
  })

  return {
    device,
    clock,
    openPage(open, sees) {
      const page = openPage(device, open, sees)
      tabs.add(page)
      return page
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
    async advance(ms) {
      const endMs = clock.now() + ms
      await quiet()
      for (let dueAtMs = clock.nextDueAtMs; dueAtMs !== undefined && dueAtMs <= endMs; dueAtMs = clock.nextDueAtMs) {
        await clock.advance(Math.max(0, dueAtMs - clock.now()))
        await quiet()
      }
      await clock.advance(endMs - clock.now())
    },
    rows: () => allRows(device.indexedDB),
  }
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

function openPage<App extends { close(): Promise<void> }>(
  device: FakeDevice,
  open: (platform: Platform) => App,
  sees: (request: Request) => void | Promise<void>,
): Page<App> & { underWay(): number } {
  let underWay = 0
  let dead = false
  const killed = new AbortController()
  const base = fakePlatform({
    device,
    fetch: async (input, init) => {
      const request = new Request(input, init)
      underWay++
      try {
        await sees(request)
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
  const app = open(platform)
  return {
    app,
    platform,
    storage,
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
