// The world that the tabs of one simulated browser share, and the platform that each of them has.
import type { Channel, Platform, VisibilityEvent } from '../../src/platform/platform.js'
import { seededRandom } from '../support/seeded-random.js'
import type { Dice } from './dice.js'
import type { Context, EventLoop } from './event-loop.js'
import type { Network } from './network.js'
import type { Disk } from './storage/disk.js'
import { databasesFor } from './storage/factory.js'
import { cloneValue } from './storage/rows.js'

const startMs = Date.UTC(2026, 0, 1)

const noiseBySize = new Map<number, Uint8Array>()

/** Bytes are only ever noise, and what is in them is all the same here: megabytes of them are made once. */
function noise(sizeBytes: number): Uint8Array {
  const made = noiseBySize.get(sizeBytes) ?? new Uint8Array(sizeBytes)
  noiseBySize.set(sizeBytes, made)
  return made
}

interface Port {
  tab: TabPlatform
  name: string
  listeners: Set<(message: unknown) => void>
}

interface LockRequest {
  tab: TabPlatform
  granted: boolean
  grant(): void
}

export interface DeviceParts {
  loop: EventLoop
  dice: Dice
  network: Network
  disk: Disk
  hasLocks: boolean
  caches: CacheStorage
}

export class Device {
  readonly parts: DeviceParts
  /** How far its clock is off. */
  skewMs = 0
  online = true
  readonly ports = new Set<Port>()
  readonly locks = new Map<string, LockRequest[]>()
  tabs = 0

  constructor(parts: DeviceParts) {
    this.parts = parts
  }

  now(): number {
    return Math.floor(startMs + this.parts.loop.nowMs + this.skewMs)
  }
}

/** One tab's outside world. It counts what a client has to give back when it closes. */
export class TabPlatform implements Context {
  state: Context['state'] = 'running'
  readonly device: Device
  readonly platform: Platform
  readonly name: string
  hidden = false
  sleepers = 0
  readonly #onlineListeners = new Set<(online: boolean) => void>()
  readonly #visibilityListeners = new Set<(event: VisibilityEvent) => void>()

  constructor(device: Device) {
    const { loop, dice, network, disk, hasLocks, caches } = device.parts
    this.device = device
    this.name = `tab${++device.tabs}`
    const isHidden = (): boolean => this.hidden
    this.platform = {
      clock: {
        now: () => device.now(),
        sleep: (ms, signal) =>
          new Promise((resolve) => {
            if (signal?.aborted) return resolve()
            this.sleepers++
            const wake = (): void => {
              cancel()
              this.sleepers--
              signal?.removeEventListener('abort', wake)
              resolve()
            }
            const cancel = loop.schedule(ms, this, wake)
            signal?.addEventListener('abort', wake)
          }),
      },
      random: { ...seededRandom(dice.integer(0, 2 ** 31)), bytes: noise },
      fetch: network.fetchFor(this),
      connectivity: {
        get online() {
          return device.online
        },
        onChange: (listener) => {
          this.#onlineListeners.add(listener)
          return () => void this.#onlineListeners.delete(listener)
        },
      },
      visibility: {
        get hidden() {
          return isHidden()
        },
        onEvent: (listener) => {
          this.#visibilityListeners.add(listener)
          return () => void this.#visibilityListeners.delete(listener)
        },
      },
      locks: hasLocks ? { hold: (name, signal, held) => this.#hold(name, signal, held) } : undefined,
      channels: { open: (name) => this.#openChannel(name) },
      databases: databasesFor(disk, this),
      caches,
    }
  }

  /** Resources that the client has not given back. */
  get leftovers(): string[] {
    const counts = {
      timers: this.sleepers,
      'connectivity listeners': this.#onlineListeners.size,
      'visibility listeners': this.#visibilityListeners.size,
      channels: [...this.device.ports].filter(({ tab }) => tab === this).length,
      locks: [...this.device.locks.values()].flat().filter(({ tab }) => tab === this).length,
      connections: [...this.device.parts.disk.databases.values()]
        .flatMap(({ connections }) => [...connections])
        .filter(({ context }) => context === this).length,
    }
    return Object.entries(counts).flatMap(([name, count]) => (count ? [`${count} ${name}`] : []))
  }

  /** An event of the page; `freeze` freezes it once its listeners have run. */
  happen(event: VisibilityEvent): void {
    const { loop } = this.device.parts
    if (event === 'hide' || event === 'show') this.hidden = event === 'hide'
    loop.schedule(0, this, () => {
      for (const listener of Array.from(this.#visibilityListeners)) listener(event)
      if (event === 'freeze') loop.afterTurn(() => this.state === 'running' && (this.state = 'frozen'))
    })
  }

  tellOnline(online: boolean): void {
    this.device.parts.loop.schedule(0, this, () => {
      for (const listener of Array.from(this.#onlineListeners)) listener(online)
    })
  }

  thaw(): void {
    if (this.state !== 'frozen') return
    this.state = 'running'
    this.device.parts.loop.thaw(this)
  }

  /** The tab ends without a word. */
  die(): void {
    this.state = 'dead'
    for (const port of Array.from(this.device.ports)) if (port.tab === this) this.device.ports.delete(port)
    for (const [name, queue] of this.device.locks) {
      const left = queue.filter(({ tab }) => tab !== this)
      this.device.locks.set(name, left)
      if (left[0] && !left[0].granted) left[0].grant()
    }
  }

  #openChannel(name: string): Channel {
    const { ports, parts } = this.device
    const port: Port = { tab: this, name, listeners: new Set() }
    ports.add(port)
    return {
      post: (message) => {
        if (!ports.has(port)) return
        const copy: unknown = cloneValue(message)
        for (const other of ports) {
          if (other === port || other.name !== name) continue
          parts.loop.schedule(parts.dice.between(0, 3), other.tab, () => {
            if (ports.has(other)) for (const listener of Array.from(other.listeners)) listener(cloneValue(copy))
          })
        }
      },
      onMessage: (listener) => {
        port.listeners.add(listener)
        return () => void port.listeners.delete(listener)
      },
      close: () => void ports.delete(port),
    }
  }

  #hold(name: string, signal: AbortSignal, held: () => Promise<void>): Promise<void> {
    const { locks, parts } = this.device
    return new Promise((resolve, reject) => {
      if (signal.aborted) return resolve()
      const queue = (): LockRequest[] => locks.get(name) ?? []
      const leave = (): void => {
        const wasFirst = queue()[0] === request
        locks.set(
          name,
          queue().filter((other) => other !== request),
        )
        if (wasFirst) queue()[0]?.grant()
      }
      const request: LockRequest = {
        tab: this,
        granted: false,
        grant: () => {
          request.granted = true
          parts.loop.schedule(parts.dice.between(0, 2), this, () => {
            if (!queue().includes(request)) return
            signal.removeEventListener('abort', giveUp)
            held().then(resolve, reject).finally(leave)
          })
        },
      }
      const giveUp = (): void => {
        leave()
        resolve()
      }
      signal.addEventListener('abort', giveUp)
      locks.set(name, [...queue(), request])
      if (queue()[0] === request) request.grant()
    })
  }
}
