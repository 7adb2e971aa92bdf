/* The client in Capacitor's webview, with the platform that is made for it, on the plugins' own code. */
import { App } from '@capacitor/app'
import { Network } from '@capacitor/network'
import { openBackendless } from '../../../src/backendless/index.js'
import { capacitorPlatform } from '../../../src/capacitor/index.js'
import type {} from './shared.js'

globalThis.shared = openBackendless({
  baseUrl: new URLSearchParams(location.search).get('root')!,
  freshForMs: 0,
  requestTimeoutMs: 5_000,
  platform: capacitorPlatform({ network: Network, app: App }),
})
globalThis.workerReady = Promise.resolve()
