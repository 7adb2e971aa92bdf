/* The native side of Capacitor's bridge: the plugins Network, App and CapacitorHttp, as the packages' native code answers. */

/** A call of the page to native code. */
export interface NativeCall {
  readonly callbackId: string
  readonly pluginId: string
  readonly methodName: string
  readonly options: {
    readonly url: string
    readonly method: string
    readonly data?: unknown
    readonly headers: { readonly [name: string]: string }
    readonly eventName?: string
  }
}

/** The headers that the native side gives of each plugin (`JSExport.java`, `JSExport.swift`). */
export const pluginHeaders = ['Network', 'App', 'CapacitorHttp'].map((name) => ({
  name,
  methods: [
    { name: 'addListener', rtype: 'callback' },
    { name: 'removeListener', rtype: 'callback' },
    { name: 'getStatus', rtype: 'promise' },
    { name: 'request', rtype: 'promise' },
  ],
}))

export interface NativeAnswer {
  readonly status: number
  readonly url: string
  readonly headers: { readonly [name: string]: string }
  readonly data: unknown
}

/** The native side, as a test sees it. */
export interface NativeSide {
  /** Method and URL of each request that was made natively, in order. */
  readonly requests: string[]
  /** Changes the next answer to a native write. */
  answerOnce(change: (answer: NativeAnswer) => NativeAnswer): void
  /** The network as the plugin `Network` sees it; listeners are told. */
  setConnected(connected: boolean): Promise<void>
  /** An event of the plugin `App`. Resolves with the number of its listeners. */
  tellApp(event: 'pause' | 'resume'): Promise<number>
}

/** `giveBack` hands a result to the page, as native code does. */
export function makeNativeSide(giveBack: (result: object) => Promise<void>): NativeSide & {
  /** Carries a call out, and resolves with its result; undefined: it has none. */
  call(call: NativeCall): Promise<object | undefined>
  perform(options: NativeCall['options']): Promise<Response>
} {
  const requests: string[] = []
  let change: ((answer: NativeAnswer) => NativeAnswer) | undefined
  let connected = true
  /** By plugin and event, the callbacks of the page's listeners. */
  const listeners = new Map<string, string[]>()

  const tell = async (pluginId: string, event: string, data: object): Promise<number> => {
    const callbacks = listeners.get(`${pluginId} ${event}`) ?? []
    for (const callbackId of callbacks) {
      await giveBack({ callbackId, pluginId, methodName: 'addListener', save: true, success: true, data })
    }
    return callbacks.length
  }

  const perform = async ({ url, method, data, headers }: NativeCall['options']): Promise<Response> => {
    requests.push(`${method} ${url}`)
    // HttpURLConnection and URLSession take a header's name in any case for the same, and the last value for the only one.
    // They follow redirects, and tell nobody but by the last address.
    const sent = new Headers()
    for (const [name, value] of Object.entries(headers)) sent.set(name, value)
    return fetch(url, {
      method,
      headers: sent,
      redirect: 'follow',
      ...(data != null && { body: JSON.stringify(data) }),
    })
  }

  return {
    requests,
    perform,
    async call({ callbackId, pluginId, methodName, options }) {
      const about = { callbackId, pluginId, methodName }
      if (methodName === 'addListener') {
        const name = `${pluginId} ${options.eventName}`
        listeners.set(name, [...(listeners.get(name) ?? []), callbackId])
      }
      if (methodName === 'getStatus') return { ...about, success: true, data: { connected } }
      if (pluginId !== 'CapacitorHttp') return undefined
      try {
        const response = await perform(options)
        const isJson = response.headers.get('content-type')?.startsWith('application/json')
        const body = await response.text()
        const answer: NativeAnswer = {
          status: response.status,
          url: response.url,
          headers: { 'Content-Type': response.headers.get('content-type') ?? '' },
          data: isJson && body ? JSON.parse(body) : body,
        }
        const given = change?.(answer) ?? answer
        change = undefined
        return { ...about, success: true, data: given }
      } catch (error) {
        return { ...about, success: false, error: { message: String(error) } }
      }
    },
    answerOnce: (next) => void (change = next),
    async setConnected(now) {
      connected = now
      await tell('Network', 'networkStatusChange', { connected })
    },
    tellApp: (event) => tell('App', event, {}),
  }
}
