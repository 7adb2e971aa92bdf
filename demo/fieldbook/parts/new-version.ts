/* A new version of the app: fetched beside the old one, and taken when the person says so. */
import { useSyncExternalStore } from 'react'
import { Workbox } from 'workbox-window'

/** Part of the Content-Security-Policy: the address of a worker's script has to come from this policy. */
interface ScriptUrls {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string }
}

/** How long a person waits at most for the new worker. */
const longestMs = 10_000

let worker: Workbox | undefined
let isReady = false
const listeners = new Set<() => void>()

/** Makes the app start without a network from the next visit on. */
export function registerWorker(): void {
  // Browsers have no service workers on plain http of another machine.
  if (!('serviceWorker' in navigator)) return
  const { trustedTypes } = window as { trustedTypes?: ScriptUrls }
  const policy = trustedTypes?.createPolicy('fieldbook', { createScriptURL: (url) => url })
  const url = '/service-worker.js'
  worker = new Workbox(policy?.createScriptURL(url) ?? url)
  worker.addEventListener('waiting', showReady)
  // Another tab has taken it.
  worker.addEventListener('controlling', ({ isExternal, isUpdate }) => void (isExternal && isUpdate && showReady()))
  void worker.register()
}

/** Whether a new version waits. */
export function useNewVersion(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => isReady,
  )
}

/** Starts the new version. Edits are on the device already: `close` ends what the page is doing with them. */
export async function takeNewVersion(app: { close(): Promise<void> }): Promise<void> {
  // A key that is pressed after the close could not be saved any more.
  document.querySelector('#root')!.toggleAttribute('inert', true)
  const reload = (): void => location.reload()
  worker?.addEventListener('controlling', reload)
  try {
    await app.close()
  } finally {
    // First of all: the browser may refuse the next question, or leave it open. The old worker may still send for a while: until then
    // the browser keeps it.
    setTimeout(reload, longestMs)
    const registration = await navigator.serviceWorker.getRegistration()
    // Where another tab has taken it already, nothing changes any more.
    if (!registration?.waiting) reload()
    worker?.messageSkipWaiting()
  }
}

function showReady(): void {
  isReady = true
  for (const listener of listeners) listener()
}
