/* The client in a webview: with the fetch that is there, patched or not. */
import { openBackendless, type BackendlessApp } from '../../../src/backendless/index.js'

type Me = { readonly objectId: string } & { readonly [property: string]: string | null }

declare global {
  var webview: BackendlessApp<Me>
}

globalThis.webview = openBackendless<Me>({
  baseUrl: new URLSearchParams(location.search).get('root')!,
  // Each edit is preceded by a read, as it is a minute after the last answer.
  freshForMs: 0,
  requestTimeoutMs: 5_000,
})
