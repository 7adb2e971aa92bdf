// Floor 7: one tab of a device in memory.
import type { TraceEvent } from '../model/events.js'
import { keepsEdits } from '../model/failure.js'
import type { Clock, Databases, Platform, Visibility, VisibilityEvent } from '../platform/platform.js'
import type { AppToTest, EditSeen } from './app.js'
import { tabDatabases } from './databases.js'
import type { LossyNet } from './lossy.js'
import { seededRandom } from './seeded-random.js'
import type { VirtualChannels } from './virtual-channels.js'
import type { VirtualClock } from './virtual-clock.js'
import type { VirtualLocks } from './virtual-locks.js'

/**
 * The steps of a page at which it can be killed. `request`: its next write leaves, and never arrives. `answer`: the backend has
 * carried out its next write, and the page never gets the answer. All others: the steps of `trace$`; at `saved` an edit is on the
 * device, and nothing of it has left.
 */
export type KillStep = 'request' | 'answer' | TraceEvent['type']

/** A tab of the app. */
export interface TestTab<App extends AppToTest = AppToTest> {
  /** The app that `open` has returned. */
  readonly app: App
  /** Killed, reloaded or closed. */
  readonly isDead: boolean
  /** Ends the page as a crash does: with no last word. */
  kill(): void
  /** The page dies at that step; resolves then. */
  killAt(step: KillStep): Promise<void>
  /** Leaves the page and loads it again; resolves with the new tab when that has come to rest. */
  reload(): Promise<TestTab<App>>
  /** The person goes to another app or tab; the page runs on. */
  hide(): void
  /** The person comes back to the page. */
  show(): void
  /** Closes the app, and then the tab. */
  close(): Promise<void>
  /** For the device: requests and transactions that have not ended. */
  readonly underWay: number
}

/** The parts of a device that its tabs share. */
export interface DeviceParts {
  readonly clock: VirtualClock
  readonly net: LossyNet
  readonly factory: NonNullable<Databases['factory']>
  readonly prefix: string
  readonly locks: VirtualLocks
  readonly channels: VirtualChannels
  seed: number
  readonly edits: Map<string, EditSeen>
  /** Told of each tab that has ended. */
  left(tab: object): void
}

export function openTab<App extends AppToTest>(
  parts: DeviceParts,
  open: (platform: Platform) => App,
  device: { openTab(): Promise<TestTab<App>> },
): TestTab<App> {
  const { clock, net, locks, channels, edits } = parts
  const dead = new AbortController()
  const { signal } = dead
  const storage = tabDatabases(parts.factory, parts.prefix, signal)
  const visibility = new TabVisibility()
  const waiting = new Map<KillStep, () => void>()
  const saved = new Set<string>()
  let reading = 0

  const reach = (step: KillStep): boolean => {
    const die = waiting.get(step)
    die?.()
    return !!die
  }

  /** A dead page gets no answer. */
  const send: typeof fetch = (input, init) =>
    new Promise((resolve, reject) => {
      const request = new Request(input, init)
      const isWrite = request.method !== 'GET' && request.method !== 'HEAD'
      if (signal.aborted || (isWrite && reach('request'))) return
      net.fetch(request).then(
        (response) => {
          if (signal.aborted || (isWrite && reach('answer'))) return
          reading++
          const read = (): void => void reading--
          response.clone().arrayBuffer().then(read, read)
          resolve(response)
        },
        (error: Error) => void (signal.aborted || reject(error)),
      )
    })

  const app = open({
    clock: mortal(clock, signal),
    random: seededRandom(parts.seed),
    fetch: send,
    connectivity: {
      get online() {
        return net.connectivity.online
      },
      onChange: (listener) => net.connectivity.onChange((online) => void (signal.aborted || listener(online))),
    },
    visibility,
    locks: locks.forTab(signal),
    channels: channels.forTab(signal),
    databases: storage.databases,
    caches: undefined,
  })
  const end = (): void => {
    dead.abort()
    parts.left(tab)
  }
  const tab: TestTab<App> = {
    app,
    get isDead() {
      return signal.aborted
    },
    kill: end,
    killAt: (step) =>
      new Promise((resolve) => {
        waiting.set(step, () => {
          end()
          resolve()
        })
      }),
    reload() {
      visibility.happen('pagehide')
      end()
      return device.openTab()
    },
    hide: () => visibility.happen('hide'),
    show: () => visibility.happen('show'),
    async close() {
      if (signal.aborted) return
      await app.close()
      end()
    },
    get underWay() {
      return reading + storage.underWay
    },
  }
  app.trace$.subscribe((event) => {
    if (signal.aborted) return
    if (event.type === 'saved')
      for (const id of event.editIds) {
        saved.add(id)
        const seen = edits.get(id)
        if (seen) seen.isSaved = true
      }
    reach(event.type)
  })
  // The list shows an edit of this tab before it is saved, and one of another tab, or page, only then.
  app.pending$.subscribe((list) => {
    if (signal.aborted) return
    for (const edit of list) {
      const { isSaved = saved.has(edit.id), isRefused = false, by = tab } = edits.get(edit.id) ?? {}
      edits.set(edit.id, { ...edit, by, isRefused, isSaved: isSaved || by !== tab })
    }
  })
  app.faults.open$.subscribe((faults) => {
    if (signal.aborted) return
    for (const id of faults.flatMap((fault) => (keepsEdits(fault) ? [] : fault.editIds))) {
      const seen = edits.get(id)
      if (seen) seen.isRefused = true
    }
  })
  return tab
}

class TabVisibility implements Visibility {
  hidden = false
  readonly #listeners = new Set<(event: VisibilityEvent) => void>()

  onEvent(listener: (event: VisibilityEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  happen(event: VisibilityEvent): void {
    if (event === 'hide' || event === 'show') this.hidden = event === 'hide'
    for (const listener of this.#listeners) listener(event)
  }
}

/** The clock as a tab has it: nothing of a dead one sleeps any more, and nothing wakes. */
function mortal(clock: VirtualClock, dead: AbortSignal): Clock {
  return {
    now: () => clock.now(),
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (dead.aborted) return
        const either = signal ? AbortSignal.any([signal, dead]) : dead
        void clock.sleep(ms, either).then(() => {
          if (!dead.aborted) resolve()
        })
      }),
  }
}
