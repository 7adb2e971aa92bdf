import { browserConnectivity } from './connectivity.js'
import type { Connectivity, Platform, Visibility } from './platform.js'
import { browserVisibility } from './visibility.js'

interface Listening {
  remove(): unknown
}

/** The part of `@capacitor/network` that is used (Capacitor 4 to 8). */
export interface CapacitorNetwork {
  /** Resolves with the state of now. `connected`: the device has a network. */
  getStatus(): Promise<{ connected: boolean }>
  /** Calls `listener` at each change of it. */
  addListener(
    event: 'networkStatusChange',
    listener: (status: { connected: boolean }) => void,
  ): PromiseLike<Listening> | Listening
}

/** The part of `@capacitor/app` that is used (Capacitor 4 to 8). */
export interface CapacitorApp {
  /** Calls `listener` when the app leaves the foreground (`pause`), or comes back to it (`resume`). */
  addListener(event: 'pause' | 'resume', listener: () => void): PromiseLike<Listening> | Listening
}

/** The plugins of the app that `capacitorPlatform` asks. */
export interface CapacitorOptions {
  /** `Network` of `@capacitor/network`. Default: the webview's own word, `navigator.onLine`. */
  network?: CapacitorNetwork
  /** `App` of `@capacitor/app`. Default: the page's own events, which some webviews do not send in the background. */
  app?: CapacitorApp
  /**
   * `web` (default): requests are the webview's own, also where CapacitorHttp has put a `fetch` of its own in its place; the
   * backend has to allow the webview's origin. `native`: through CapacitorHttp where that is on.
   */
  http?: 'web' | 'native'
}

/** The platform of a page in Capacitor's webview, for the option `platform` of a client. */
export function capacitorPlatform({ network, app, http = 'web' }: CapacitorOptions): Partial<Platform> {
  return {
    ...(network && { connectivity: connectivityOf(network) }),
    ...(app && { visibility: visibilityOf(app) }),
    ...(http === 'web' && { fetch: (input, init) => (webFetch() ?? fetch)(input, init) }),
  }
}

/** The name under which Capacitor's bridge keeps the webview's `fetch` (native-bridge.js, Capacitor 4 to 8). */
const webFetch = (): typeof fetch | undefined => (globalThis as { CapacitorWebFetch?: typeof fetch }).CapacitorWebFetch

function connectivityOf(network: CapacitorNetwork): Connectivity {
  let online = browserConnectivity.online
  const listeners = new Set<(online: boolean) => void>()
  const take = ({ connected }: { connected: boolean }): void => {
    if (connected === online) return
    online = connected
    for (const listener of listeners) listener(online)
  }
  // A plugin that is not installed natively rejects: the webview's own word stays then.
  quietly(() => network.addListener('networkStatusChange', take))
  quietly(() => network.getStatus().then(take))
  return {
    get online() {
      return online
    },
    onChange(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}

function visibilityOf(app: CapacitorApp): Visibility {
  let paused = false
  return {
    get hidden() {
      return paused || browserVisibility.hidden
    },
    onEvent(listener) {
      const take = (isPaused: boolean) => (): void => {
        paused = isPaused
        // The process runs for some seconds more, and nobody else waits for its transactions: it may finish them.
        listener(isPaused ? 'hide' : 'resume')
      }
      const offs = [
        browserVisibility.onEvent(listener),
        listening(() => app.addListener('pause', take(true))),
        listening(() => app.addListener('resume', take(false))),
      ]
      return () => offs.forEach((off) => off())
    },
  }
}

/** Plugins answer with a handle or the promise of one; one that comes too late is removed at once. */
function listening(add: () => PromiseLike<Listening> | Listening): () => void {
  let isOver = false
  let handle: Listening | undefined
  quietly(async () => {
    handle = await add()
    if (isOver) handle.remove()
  })
  return () => {
    isOver = true
    handle?.remove()
  }
}

function quietly(run: () => unknown): void {
  void (async () => run())().catch(() => {})
}
