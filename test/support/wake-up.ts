import { expect } from 'vitest'
import type { Tab } from './engines/browser.js'
import { settlesWithin } from './shared-bench.js'

/**
 * Until the browser has the page's request to wake its worker; resolves with the tag. The page saves an edit before the browser
 * answers that request, and the browser drops the request of a page that is closed meanwhile.
 */
export async function wakeUpAsked(tab: Pick<Tab, 'evaluate'>): Promise<string> {
  const tags = () =>
    tab.evaluate(async () => {
      // Background Synchronization (WICG), which TypeScript's libraries lack.
      const { sync } = (await navigator.serviceWorker.ready) as unknown as { sync: { getTags(): Promise<string[]> } }
      return sync.getTags()
    })
  await expect.poll(tags, settlesWithin).toHaveLength(1)
  return (await tags())[0]!
}
