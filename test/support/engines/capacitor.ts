/*
 * A page of Chromium as Capacitor's webview on Android shows it, with CapacitorHttp on: the bridge is the file of the package
 * `@capacitor/android`, and this is the native side behind it, as `HttpRequestHandler.java` and `WebViewLocalServer.java` answer.
 */
import { createRequire } from 'node:module'
import type { ChromiumTab } from './chromium.js'

/** The page's requests to the native side through `androidBridge`. */
interface NativeCall {
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

/** The headers that the native side gives of each plugin (`JSExport.java`). */
const pluginHeaders = ['Network', 'App'].map((name) => ({
  name,
  methods: [
    { name: 'addListener', rtype: 'callback' },
    { name: 'removeListener', rtype: 'callback' },
    { name: 'getStatus', rtype: 'promise' },
  ],
}))

export interface NativeAnswer {
  readonly status: number
  readonly url: string
  readonly headers: { readonly [name: string]: string }
  readonly data: unknown
}

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

const bridge = createRequire(import.meta.url).resolve('@capacitor/android/capacitor/src/main/assets/native-bridge.js')

/** Has the tab reload under the bridge; `origin`: where the webview's own server serves the page from. */
export async function underCapacitor({ page }: ChromiumTab, origin: string): Promise<NativeSide> {
  const requests: string[] = []
  let change: ((answer: NativeAnswer) => NativeAnswer) | undefined
  let connected = true
  /** By plugin and event, the callbacks of the page's listeners. */
  const listeners = new Map<string, string[]>()

  const tell = async (pluginId: string, event: string, data: object): Promise<number> => {
    const callbacks = listeners.get(`${pluginId} ${event}`) ?? []
    for (const callbackId of callbacks) {
      const result = { callbackId, pluginId, methodName: 'addListener', save: true, success: true, data }
      await page.evaluate((text) => {
        const { androidBridge } = globalThis as unknown as {
          androidBridge: { onmessage(event: { data: string }): void }
        }
        androidBridge.onmessage({ data: text })
      }, JSON.stringify(result))
    }
    return callbacks.length
  }

  const perform = async ({ url, method, data, headers }: NativeCall['options']): Promise<Response> => {
    requests.push(`${method} ${url}`)
    // HttpURLConnection takes a header's name in any case for the same, and the last value for the only one. It follows
    // redirects, and tells nobody but by its last address.
    const sent = new Headers()
    for (const [name, value] of Object.entries(headers)) sent.set(name, value)
    return fetch(url, {
      method,
      headers: sent,
      redirect: 'follow',
      ...(data != null && { body: JSON.stringify(data) }),
    })
  }

  await page.exposeFunction('nativePost', async (text: string) => {
    const { callbackId, pluginId, methodName, options } = JSON.parse(text) as NativeCall
    if (methodName === 'addListener') {
      const name = `${pluginId} ${options.eventName}`
      listeners.set(name, [...(listeners.get(name) ?? []), callbackId])
    }
    if (methodName === 'getStatus')
      return JSON.stringify({ callbackId, pluginId, methodName, success: true, data: { connected } })
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
      return JSON.stringify({ callbackId, pluginId, methodName, success: true, data: given })
    } catch (error) {
      return JSON.stringify({ callbackId, pluginId, methodName, success: false, error: { message: String(error) } })
    }
  })
  await page.route(`${origin}/_capacitor_http_interceptor_?*`, async (route) => {
    const request = route.request()
    const headers = Object.fromEntries(Object.entries(request.headers()).filter(([name]) => name === 'user-token'))
    try {
      const response = await perform({
        url: new URL(request.url()).searchParams.get('u')!,
        method: request.method(),
        headers,
      })
      await route.fulfill({
        status: response.status,
        headers: { 'content-type': response.headers.get('content-type') ?? 'text/plain' },
        body: await response.text(),
      })
    } catch {
      await route.abort()
    }
  })
  await page.addInitScript(
    (headers) => void Object.assign(globalThis, { Capacitor: { Plugins: {}, PluginHeaders: headers } }),
    pluginHeaders,
  )
  await page.addInitScript((serverUrl) => {
    const webview = globalThis as unknown as {
      WEBVIEW_SERVER_URL: string
      nativePost(text: string): Promise<string | undefined>
      CapacitorHttpAndroidInterface: { isEnabled(): boolean }
      androidBridge: { postMessage(text: string): void; onmessage?(event: { data: string }): void }
    }
    webview.WEBVIEW_SERVER_URL = serverUrl
    webview.CapacitorHttpAndroidInterface = { isEnabled: () => true }
    webview.androidBridge = {
      postMessage(text) {
        void webview.nativePost(text).then((answer) => {
          if (answer !== undefined) webview.androidBridge.onmessage?.({ data: answer })
        })
      },
    }
  }, origin)
  await page.addInitScript({ path: bridge })
  await page.reload()
  return {
    requests,
    answerOnce: (next) => void (change = next),
    async setConnected(now) {
      connected = now
      await tell('Network', 'networkStatusChange', { connected })
    },
    tellApp: (event) => tell('App', event, {}),
  }
}
