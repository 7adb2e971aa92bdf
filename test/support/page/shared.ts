/* An app that is open in several tabs, and has a service worker where `?worker` says so. */
import { openBackendless, type BackendlessApp } from '../../../src/backendless/index.js'

interface Person {
  readonly objectId: string
  readonly [property: string]: string | null
}

declare global {
  var shared: BackendlessApp<Person>
  /** Resolves when the service worker is in charge. */
  var workerReady: Promise<unknown>
}

const parameters = new URLSearchParams(location.search)
const root = parameters.get('root')!
const hasWorker = parameters.has('worker')

globalThis.shared = openBackendless<Person>({ baseUrl: root, requestTimeoutMs: 2_000, backgroundSync: hasWorker })
globalThis.workerReady = hasWorker
  ? navigator.serviceWorker
      .register(`/worker.js?root=${encodeURIComponent(root)}`, { type: 'module' })
      .then(() => navigator.serviceWorker.ready)
  : Promise.resolve()
