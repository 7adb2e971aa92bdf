/* The client in a webview: with the fetch that is there, patched or not. */
import { openBackendless } from '../../../src/backendless/index.js'
import type {} from './shared.js'

globalThis.shared = openBackendless({
  baseUrl: new URLSearchParams(location.search).get('root')!,
  // Each edit is preceded by a read, as it is a minute after the last answer.
  freshForMs: 0,
  requestTimeoutMs: 5_000,
})
globalThis.workerReady = Promise.resolve()
