/* Where the data are: for the page and for the service worker alike. */
import type { BackendlessOptions, TableOptions } from 'holdfast/backendless'

const { VITE_BACKENDLESS_APP_ID: appId, VITE_BACKENDLESS_API_KEY: apiKey, VITE_BACKENDLESS_URL: url } = import.meta.env

/** Whether the page talks to the local server of this demo, which stands behind `/api` of the page's own address. */
export const isLocal: boolean = !appId

export const backend: BackendlessOptions = isLocal
  ? { baseUrl: new URL('/api', location.origin).href }
  : { appId: String(appId), apiKey: String(apiKey), baseUrl: String(url) }

/** A note names its job. So a note that is made in a tunnel waits until its job is made. */
export const tables: { Job: TableOptions; Note: TableOptions } = {
  Job: {},
  Note: { refs: { jobId: 'Job' } },
}
