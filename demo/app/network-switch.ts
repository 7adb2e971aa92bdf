import type { ClientOptions } from '../../src/backendless/index.js'

type Platform = NonNullable<ClientOptions['platform']>

/** The page's own network, which a person can cut without pulling a cable. */
export interface NetworkSwitch {
  readonly on: boolean
  set(on: boolean): void
  /** Pass it to `openBackendless({ platform })`. */
  readonly platform: Required<Pick<Platform, 'fetch' | 'connectivity'>>
}

/** It keeps its setting over a reload, as a real network would. */
const storageKey = 'demo-network'

export function createNetworkSwitch(): NetworkSwitch {
  let on = sessionStorage.getItem(storageKey) !== 'off'
  let cable = new AbortController()
  const listeners = new Set<(online: boolean) => void>()
  const isOnline = (): boolean => on && navigator.onLine
  const tell = (): void => listeners.forEach((listener) => listener(isOnline()))
  addEventListener('online', tell)
  addEventListener('offline', tell)

  return {
    get on() {
      return on
    },
    set(next) {
      if (next === on) return
      on = next
      sessionStorage.setItem(storageKey, on ? 'on' : 'off')
      if (on) cable = new AbortController()
      else cable.abort(networkError())
      tell()
    },
    platform: {
      async fetch(input, init) {
        if (!on) throw networkError()
        const own = init?.signal ?? (input instanceof Request ? input.signal : undefined)
        return fetch(input, { ...init, signal: AbortSignal.any(own ? [cable.signal, own] : [cable.signal]) })
      },
      connectivity: {
        get online() {
          return isOnline()
        },
        onChange(listener) {
          listeners.add(listener)
          return () => listeners.delete(listener)
        },
      },
    },
  }
}

/** The error that a browser's `fetch` rejects with when there is no network. */
function networkError(): TypeError {
  return new TypeError('Failed to fetch')
}
