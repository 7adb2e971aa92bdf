import { IDBFactory, IDBKeyRange } from 'fake-indexeddb'
import type { Connectivity, Platform, Visibility, VisibilityEvent } from '../../src/platform/platform.js'
import { FakeChannels } from './fake-channels.js'
import { FakeClock } from './fake-clock.js'
import { FakeLocks } from './fake-locks.js'
import { seededRandom } from './seeded-random.js'

/** The world that the tabs of one browser share: storage, locks, channels, and time. */
export interface FakeDevice {
  clock: FakeClock
  locks: FakeLocks
  channels: FakeChannels
  indexedDB: IDBFactory
  seed: number
  /** How many tabs it has had. */
  tabs: number
}

export class FakeConnectivity implements Connectivity {
  online = true
  /** Requests get through, also while it says offline. */
  isWrong = false
  readonly #listeners = new Set<(online: boolean) => void>()

  onChange(listener: (online: boolean) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  get listeners(): number {
    return this.#listeners.size
  }

  set(online: boolean): void {
    if (online === this.online) return
    this.online = online
    for (const listener of this.#listeners) listener(online)
  }
}

export class FakeVisibility implements Visibility {
  hidden = false
  readonly #listeners = new Set<(event: VisibilityEvent) => void>()

  onEvent(listener: (event: VisibilityEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  get listeners(): number {
    return this.#listeners.size
  }

  /** Makes the event happen; `hide` and `show` set `hidden` too. */
  happen(event: VisibilityEvent): void {
    if (event === 'hide' || event === 'show') this.hidden = event === 'hide'
    for (const listener of this.#listeners) listener(event)
  }
}

/** One tab of a device. */
export interface FakePlatform extends Platform {
  device: FakeDevice
  clock: FakeClock
  connectivity: FakeConnectivity
  visibility: FakeVisibility
  /** Kills the tab: its locks are free, its channels dumb, its databases closed, and its requests never answered. */
  crash(): void
}

export interface FakePlatformOptions extends Partial<Pick<Platform, 'fetch' | 'caches' | 'databases' | 'locks'>> {
  /** Decides all random numbers and ids of the device. Default 1. */
  seed?: number
  /** Another tab of this device; default: the first one of a new device. */
  device?: FakeDevice
  startMs?: number
}

export function fakeDevice({ seed = 1, startMs }: Pick<FakePlatformOptions, 'seed' | 'startMs'> = {}): FakeDevice {
  return {
    clock: new FakeClock(startMs),
    locks: new FakeLocks(),
    channels: new FakeChannels(),
    indexedDB: new IDBFactory(),
    seed,
    tabs: 0,
  }
}

/** A whole platform in memory. Several tabs: `fakePlatform({ device: first.device })`. */
export function fakePlatform({ seed, startMs, device, fetch, ...parts }: FakePlatformOptions = {}): FakePlatform {
  const shared =
    device ?? fakeDevice({ ...(seed !== undefined && { seed }), ...(startMs !== undefined && { startMs }) })
  const dead = new AbortController()
  const opened = new Set<IDBDatabase>()
  const connectivity = new FakeConnectivity()
  const ask: typeof globalThis.fetch = (input, init) =>
    (fetch && (connectivity.online || connectivity.isWrong) ? fetch : noNetwork)(input, init)
  return {
    device: shared,
    clock: shared.clock,
    random: seededRandom(shared.seed * 1000 + shared.tabs++),
    fetch: (input, init) => (dead.signal.aborted ? new Promise(() => {}) : ask(input, init)),
    connectivity,
    visibility: new FakeVisibility(),
    locks: shared.locks.forTab(dead.signal),
    channels: shared.channels.forTab(dead.signal),
    databases: { factory: { indexedDB: openingInto(opened, shared.indexedDB), IDBKeyRange } },
    caches: undefined,
    ...parts,
    crash() {
      dead.abort()
      for (const database of opened) database.close()
    },
  }
}

const noNetwork: typeof fetch = () => Promise.reject(new TypeError('Failed to fetch'))

/** The factory, noting each database that it opens. */
function openingInto(opened: Set<IDBDatabase>, factory: IDBFactory): IDBFactory {
  return new Proxy(factory, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      if (name !== 'open') return value.bind(target)
      return (...args: Parameters<IDBFactory['open']>) => {
        const request = target.open(...args)
        request.addEventListener('success', () => opened.add(request.result))
        return request
      }
    },
  })
}
