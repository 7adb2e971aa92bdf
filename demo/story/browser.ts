import type { Tab } from '../../test/support/engines/browser.js'
import { launchChromium } from '../../test/support/engines/chromium.js'
import type { Site } from '../../test/support/engines/site.js'
import type { Told } from './tell.js'

/** The person's browser, with the story's page open. */
export interface StoryBrowser<F = unknown> {
  readonly tab: Pick<Tab, 'evaluate'>
  /**
   * Resolves with these once the page has reported all of them, in any order, since it was opened; rejects when the page is
   * gone.
   */
  heard(...wanted: ((told: Told<F>) => boolean)[]): Promise<Told<F>[]>
  /** SIGKILL to all of its processes. */
  kill(): Promise<void>
}

/** Starts Chromium on a profile, and passes on the page's reports. */
export async function openStory<F>(
  options: { profileDir: string; site: Site; apiRoot: string },
  onTold: (told: Told) => void,
): Promise<StoryBrowser<F>> {
  const { profileDir, site, apiRoot } = options
  const path = `/?api=${encodeURIComponent(apiRoot)}`
  const { first, kill } = await launchChromium({ profileDir, site, path })
  const heard: Told<F>[] = []
  let onHeard = (): void => {}
  const gone = new Promise<never>((_, reject) => {
    first.page.once('close', () => reject(new Error('the page is gone')))
  })
  gone.catch(() => {})
  try {
    await first.page.exposeFunction('hear', (told: Told<F>) => {
      heard.push(told)
      onTold(told)
      onHeard()
    })
    await first.evaluate(() => listen())
  } catch (error) {
    await kill()
    throw error
  }
  return {
    tab: first,
    heard(...wanted) {
      const all = new Promise<Told<F>[]>((resolve) => {
        onHeard = () => {
          const found = wanted.map((matches) => heard.findLast(matches))
          if (found.every((told) => told !== undefined)) resolve(found)
        }
        onHeard()
      })
      return Promise.race([all, gone])
    },
    kill,
  }
}
