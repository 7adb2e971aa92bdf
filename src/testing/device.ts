// Floor 7: a device in memory: tabs of an app that are opened, reloaded and killed, a network, and a clock that stands still.
import { browserDatabases } from '../platform/databases.js'
import type { Clock, Platform } from '../platform/platform.js'
import { browserRandom } from '../platform/random.js'
import { browserClock } from '../platform/clock.js'
import { nextTurn } from '../platform/turn.js'
import type { AppToTest, EditSeen } from './app.js'
import { deleteDatabases } from './databases.js'
import type { FakeBackend } from './fake-backend.js'
import { lossy, type LossyNet } from './lossy.js'
import { deviceHeader } from './records.js'
import { openTab, type DeviceParts, type TestTab } from './tab.js'
import { VirtualChannels } from './virtual-channels.js'
import { VirtualClock } from './virtual-clock.js'
import { VirtualLocks } from './virtual-locks.js'

/** The options of `fakeDevice`. */
export interface FakeDeviceOptions<App extends AppToTest> {
  /** The backend of its network; another device may have the same one. */
  readonly backend: FakeBackend<any>
  /** Opens the app as a page of it does. Hand the platform on: `openRest({ …, platform })`. */
  readonly open: (platform: Platform) => App
  /** The time at which its clock stands at first, in ms since the epoch. Default: the start of 2026. */
  readonly startMs?: number
  /** Decides each chance and each id of the device. Default 1. */
  readonly seed?: number
}

/** A device in memory. Its tabs share storage, network and time. */
export interface FakeDevice<App extends AppToTest = AppToTest> {
  /** The backend that it was given; its `writes` name this device. */
  readonly backend: FakeBackend<any>
  /** The network between its tabs and the backend. */
  readonly net: LossyNet
  /** Milliseconds since the epoch. Time goes on by `advance` and `settle` alone. */
  readonly clock: Pick<Clock, 'now'>
  /** The tabs that are open, in the order of their opening. */
  readonly tabs: readonly TestTab<App>[]
  /** Opens a tab of the app; resolves when it has come to rest. */
  openTab(): Promise<TestTab<App>>
  /** Resolves when nothing goes on any more that does not wait for time. Rejects where that takes longer than ten real seconds. */
  quiet(): Promise<void>
  /** Lets so much time pass; at each moment at which something is due, lets it go on to its end. */
  advance(ms: number): Promise<void>
  /**
   * Lets time pass until no open tab has a pending edit. Rejects where nothing is due before that, as when the session has ended,
   * and where it takes longer than `withinMs` on the device's clock, one day by default.
   */
  settle(withinMs?: number): Promise<void>
  /** Closes every tab, and deletes the device's databases. */
  close(): Promise<void>
  /** For the assertions: the edits that its tabs have shown, by id. */
  readonly edits: ReadonlyMap<string, EditSeen>
  /** Its name in the `writes` of the backend. */
  readonly name: string
}

const patienceMs = 10_000
const dayMs = 24 * 3_600_000

/** More than any step of the library needs between two things that are counted. */
const calmTurns = 8

/**
 * A device on which tabs of an app run. It takes the IndexedDB of the place where the test runs: a browser's, or that of
 * `fake-indexeddb/auto`. Each device has databases of its own. Throws a `TypeError` where there is no IndexedDB.
 */
export function fakeDevice<App extends AppToTest>({
  backend,
  open,
  startMs,
  seed = 1,
}: FakeDeviceOptions<App>): FakeDevice<App> {
  const { factory } = browserDatabases()
  if (!factory) throw new TypeError("There is no IndexedDB here: import 'fake-indexeddb/auto' before the test")
  const clock = new VirtualClock(startMs)
  const tabs: TestTab<App>[] = []
  const name = browserRandom.id()
  let underWay = 0
  const net = lossy(
    async (input, init) => {
      const request = new Request(input, init)
      request.headers.set(deviceHeader, name)
      underWay++
      try {
        return await backend.fetch(request)
      } finally {
        underWay--
      }
    },
    { clock, connectivity: { online: true, onChange: () => () => undefined } },
  )
  const parts: DeviceParts = {
    clock,
    net,
    factory,
    prefix: `holdfast-testing-${name}-`,
    locks: new VirtualLocks(),
    channels: new VirtualChannels(),
    seed: seed * 1000,
    edits: new Map(),
    left(tab) {
      const at = tabs.indexOf(tab as TestTab<App>)
      if (at >= 0) tabs.splice(at, 1)
    },
  }

  const busy = (): number => tabs.reduce((sum, tab) => sum + tab.underWay, underWay)

  async function quiet(): Promise<void> {
    const endMs = browserClock.now() + patienceMs
    for (let calm = 0; calm < calmTurns; calm = busy() ? 0 : calm + 1) {
      if (browserClock.now() > endMs)
        throw new Error(`The device does not come to rest: ${busy()} requests or transactions are under way`)
      await nextTurn()
    }
  }

  /** Lets the next thing be done that is due by then; resolves with whether there was one. */
  async function step(endMs: number): Promise<boolean> {
    const dueAtMs = clock.nextDueAtMs
    if (dueAtMs === undefined || dueAtMs > endMs) return false
    await clock.advance(Math.max(0, dueAtMs - clock.now()))
    await quiet()
    return true
  }

  const device: FakeDevice<App> = {
    backend,
    net,
    clock,
    tabs,
    edits: parts.edits,
    name,
    async openTab() {
      parts.seed++
      const tab = openTab(parts, open, device)
      tabs.push(tab)
      await quiet()
      return tab
    },
    quiet,
    async advance(ms) {
      const endMs = clock.now() + ms
      await quiet()
      while (await step(endMs));
      await clock.advance(Math.max(0, endMs - clock.now()))
    },
    async settle(withinMs = dayMs) {
      const endMs = clock.now() + withinMs
      const unsettled = (): TestTab<App> | undefined => tabs.find(({ app }) => isUnsettled(app))
      if (!tabs.length) throw new Error('settle() needs an open tab: the device has none, so nothing is sent')
      await quiet()
      while (unsettled())
        if (!(await step(endMs))) {
          const { phase, pending, failure } = unsettled()!.app.status$.value
          throw new Error(
            `${pending} edits do not settle within ${withinMs} ms: the phase is "${phase}"${failure ? `, ${failure.message}` : ''}`,
          )
        }
    },
    async close() {
      await Promise.all(tabs.map((tab) => tab.close()))
      await quiet()
      await deleteDatabases(factory, parts.prefix)
    },
  }
  return device
}

function isUnsettled({ status$: { value } }: AppToTest): boolean {
  return value.phase === 'opening' || value.pending > 0
}
