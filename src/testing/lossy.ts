// Floor 7: a network that fails when it is told to, around any fetch.
import { netControls } from '../model/net-controls.js'
import { browserClock } from '../platform/clock.js'
import { browserConnectivity } from '../platform/connectivity.js'
import type { Clock, Connectivity } from '../platform/platform.js'

/**
 * A trouble of the network. `kind` is its effect on a request:
 *
 * - `offline`: no request leaves, and the browser says that it is offline.
 * - `slow`: each request leaves `ms` milliseconds late.
 * - `hang`: no request arrives, and nothing says so: the app's own time limit ends the wait.
 * - `lose`: the server carries the request out, and its answer does not arrive.
 * - `cut`: the answer breaks off in the middle of its body.
 * - `fail`: a gateway answers in the server's place with `status`, such as 502 or 429, and a page of HTML. `retryAfterS`: seconds
 *   for `Retry-After`. `arrives`: the server has carried the request out before.
 * - `portal`: a captive portal answers in the server's place, with status 200 and its login page.
 */
export type NetTrouble =
  | { readonly kind: 'offline' | 'hang' | 'lose' | 'cut' | 'portal' }
  | { readonly kind: 'slow'; readonly ms: number }
  | { readonly kind: 'fail'; readonly status: number; readonly retryAfterS?: number; readonly arrives?: boolean }

/** The requests that a trouble meets. */
export interface TroubleScope {
  /** After so many requests the network is fine again. Default: until another call. */
  readonly times?: number
  /** Whether the trouble meets this request. It may read a `clone()`. Default: every request. */
  readonly only?: (request: Request) => boolean
}

/** A network with one trouble at a time, or none. Each call takes the place of the one before. */
export interface LossyNet {
  /** The fetch of an app on this network. It has no `this`, and heeds the `signal` of a request. */
  readonly fetch: typeof fetch
  /** The browser's word on the network, which is offline too while the trouble is `offline`. */
  readonly connectivity: Connectivity
  /** The trouble now; undefined: none. */
  readonly trouble: NetTrouble | undefined
  /** The form of all calls below, for a switch on a page. `undefined`: no trouble. */
  set(trouble: NetTrouble | undefined, scope?: TroubleScope): void
  /** No trouble from here on. */
  online(): void
  /** The device is offline. The answers of requests that are under way are lost too. */
  offline(): void
  /** Each request leaves `ms` milliseconds late. */
  slow(ms: number, scope?: TroubleScope): void
  /** No request arrives, and nothing says so: the app's own time limit ends the wait. */
  hang(scope?: TroubleScope): void
  /** The server carries the request out, and its answer does not arrive. */
  lose(scope?: TroubleScope): void
  /** The answer breaks off in its body. */
  cut(scope?: TroubleScope): void
  /** A gateway answers with `status`, and a page of HTML. `retryAfterS`, `arrives`: see `NetTrouble`; default: none, false. */
  fail(status: number, scope?: TroubleScope & { readonly retryAfterS?: number; readonly arrives?: boolean }): void
  /** A captive portal answers 200 with its login page. */
  portal(scope?: TroubleScope): void
  /** Calls back with each new trouble, also at its end. Returns the unsubscribe. */
  onChange(listener: (trouble: NetTrouble | undefined) => void): () => void
}

/** The parts of the outside world that the network needs; each has the browser's as its default. */
export interface LossyParts {
  /** `slow` waits by it. Default: the browser's. */
  readonly clock?: Clock
  /** The browser's own word on the network. Default: the browser's. */
  readonly connectivity?: Connectivity
}

/**
 * A network around `fetch` that fails when it is told to, in tests and on a page. Hand both of its parts to the app:
 * `platform: { fetch: net.fetch, connectivity: net.connectivity }`.
 */
export function lossy(fetch: typeof globalThis.fetch, parts: LossyParts = {}): LossyNet {
  const { clock = browserClock, connectivity: browser = browserConnectivity } = parts
  const listeners = new Set<(trouble: NetTrouble | undefined) => void>()
  /** Each ends a request that is under way. */
  const underWay = new Set<() => void>()
  let trouble: NetTrouble | undefined
  let left = Infinity
  let only: TroubleScope['only']

  const isOffline = (): boolean => trouble?.kind === 'offline'

  function set(next: NetTrouble | undefined, scope: TroubleScope = {}): void {
    trouble = next
    only = scope.only
    left = scope.times ?? Infinity
    if (isOffline()) for (const end of underWay) end()
    for (const listener of listeners) listener(next)
  }

  /** The trouble that meets a request; it counts. */
  function met(request: Request): NetTrouble | undefined {
    const found = trouble
    if (!found || left <= 0 || (only && !only(request))) return undefined
    if (--left === 0) set(undefined)
    return found
  }

  const send: typeof globalThis.fetch = (input, init) =>
    new Promise((resolve, reject) => {
      const request = new Request(input, init)
      const { signal } = request
      const lost = new AbortController()
      const end = (answer: () => void): void => {
        underWay.delete(lose)
        signal.removeEventListener('abort', abort)
        answer()
      }
      const lose = (): void =>
        end(() => {
          lost.abort()
          reject(new TypeError('Failed to fetch'))
        })
      const abort = (): void => end(() => reject(signal.reason as Error))
      if (signal.aborted) return abort()
      underWay.add(lose)
      signal.addEventListener('abort', abort)
      answerOf(request, met(request), fetch, clock, lost.signal).then(
        (response) => (response ? end(() => resolve(response)) : lose()),
        (error: Error) => end(() => reject(error)),
      )
    })

  const net: LossyNet = {
    fetch: send,
    connectivity: {
      get online() {
        return browser.online && !isOffline()
      },
      onChange(listener) {
        let was = browser.online && !isOffline()
        const look = (): void => {
          const is = browser.online && !isOffline()
          if (is !== was) listener((was = is))
        }
        const stop = browser.onChange(look)
        listeners.add(look)
        return () => {
          stop()
          listeners.delete(look)
        }
      },
    },
    get trouble() {
      return trouble
    },
    set,
    online: () => set(undefined),
    offline: () => set({ kind: 'offline' }),
    slow: (ms, scope) => set({ kind: 'slow', ms }, scope),
    hang: (scope) => set({ kind: 'hang' }, scope),
    lose: (scope) => set({ kind: 'lose' }, scope),
    cut: (scope) => set({ kind: 'cut' }, scope),
    fail: (status, { retryAfterS, arrives, ...scope } = {}) =>
      set(
        {
          kind: 'fail',
          status,
          ...(retryAfterS !== undefined && { retryAfterS }),
          ...(arrives !== undefined && { arrives }),
        },
        scope,
      ),
    portal: (scope) => set({ kind: 'portal' }, scope),
    onChange(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
  // For the inspector, which breaks the next answer of a client on it.
  Object.assign(send, { [netControls]: net })
  return net
}

/** The answer as it arrives; undefined: none does, as where the connection drops. */
async function answerOf(
  request: Request,
  trouble: NetTrouble | undefined,
  fetch: typeof globalThis.fetch,
  clock: Clock,
  lost: AbortSignal,
): Promise<Response | undefined> {
  switch (trouble?.kind) {
    case 'offline':
      return undefined
    case 'hang':
      return new Promise(() => {})
    case 'lose':
      await fetch(request)
      return undefined
    case 'cut':
      return cutShort(await fetch(request))
    case 'portal':
      return page(200, '<!doctype html><title>Welcome</title><p>Log in to use this network.')
    case 'fail': {
      const { status, retryAfterS, arrives } = trouble
      if (arrives) await fetch(request)
      return page(status, `<!doctype html><h1>${status}</h1>`, retryAfterS)
    }
    case 'slow':
      await clock.sleep(trouble.ms, AbortSignal.any([request.signal, lost]))
      return lost.aborted ? undefined : fetch(request)
    case undefined:
      return fetch(request)
  }
}

function page(status: number, html: string, retryAfterS?: number): Response {
  const headers = new Headers({ 'content-type': 'text/html' })
  if (retryAfterS !== undefined) headers.set('retry-after', String(retryAfterS))
  return new Response(html, { status, headers })
}

/** The answer with the first half of its body, and then an error; undefined where it has no body. */
async function cutShort(response: Response): Promise<Response | undefined> {
  const bytes = new Uint8Array(await response.arrayBuffer())
  if (!bytes.length) return undefined
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(bytes.subarray(0, bytes.length >> 1))
    },
    // In a later step, so that a reader gets the half.
    pull: (controller) => controller.error(new TypeError('terminated')),
  })
  return new Response(body, response)
}
