/*
 * A page of Chromium as Capacitor's webview on Android shows it, with CapacitorHttp on: the bridge is the file of the package
 * `@capacitor/android`, and this is the native side behind it, as `HttpRequestHandler.java` and `WebViewLocalServer.java` answer.
 */
import { createRequire } from 'node:module'
import type { ChromiumTab } from './chromium.js'
import { makeNativeSide, pluginHeaders, type NativeCall, type NativeSide } from './native-side.js'

export type { NativeSide } from './native-side.js'

const bridge = createRequire(import.meta.url).resolve('@capacitor/android/capacitor/src/main/assets/native-bridge.js')

/** Has the tab reload under the bridge; `origin`: where the webview's own server serves the page from. */
export async function underCapacitor({ page }: ChromiumTab, origin: string): Promise<NativeSide> {
  const native = makeNativeSide((result) =>
    page.evaluate((text) => {
      const { androidBridge } = globalThis as unknown as {
        androidBridge: { onmessage(event: { data: string }): void }
      }
      androidBridge.onmessage({ data: text })
    }, JSON.stringify(result)),
  )

  await page.exposeFunction('nativePost', async (text: string) => {
    const result = await native.call(JSON.parse(text) as NativeCall)
    return result && JSON.stringify(result)
  })
  await page.route(`${origin}/_capacitor_http_interceptor_?*`, async (route) => {
    const request = route.request()
    const headers = Object.fromEntries(Object.entries(request.headers()).filter(([name]) => name === 'user-token'))
    try {
      const response = await native.perform({
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
  return native
}
