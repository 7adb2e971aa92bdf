/* The service worker: it serves the app without a network, and sends what pages have left behind. */
import { backendlessEndpoint, backendlessTable } from 'holdfast/backendless/endpoint'
import { drainOnSync } from 'holdfast/service-worker'
import { clientsClaim } from 'workbox-core'
import { cleanupOutdatedCaches, precacheAndRoute, type PrecacheEntry } from 'workbox-precaching'
import { backend, tables } from './backend.js'

declare const self: {
  /** All files of this version. The build puts them in. */
  readonly __WB_MANIFEST: (string | PrecacheEntry)[]
  skipWaiting(): Promise<void>
  addEventListener(type: 'message', listener: (event: { data: { type?: string } | null }) => void): void
}

precacheAndRoute(self.__WB_MANIFEST)
cleanupOutdatedCaches()
// The page of the first visit is served by it, too.
clientsClaim()

drainOnSync({
  users: backendlessEndpoint(backend),
  Job: backendlessTable(backend, 'Job', tables.Job),
  Note: backendlessTable(backend, 'Note', tables.Note),
})

// The person has taken the new version: `parts/new-version.ts`.
self.addEventListener('message', ({ data }) => {
  if (data?.type === 'SKIP_WAITING') void self.skipWaiting()
})
