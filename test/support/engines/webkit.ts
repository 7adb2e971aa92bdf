import { expressionOf, type Browser, type LaunchOptions, type Tab } from './browser.js'
import { startMiniBrowser } from './mini-browser.js'
import type { Site } from './site.js'

let lastTab = 0

/**
 * Starts MiniBrowser on a profile on disk. Its automation mode would always have an ephemeral one, so the page itself is
 * the way in: it connects to the site's control socket and evaluates what it is sent. So the site must be up.
 */
export async function launchWebkit({ profileDir, site, path, isPrivate, taste }: LaunchOptions): Promise<Browser> {
  const first = new WebkitTab(site, path)
  const { pid, kill } = await startMiniBrowser(profileDir, first.url, isPrivate, taste)
  try {
    await first.connected()
  } catch (error) {
    await kill()
    throw error
  }
  return {
    engine: 'webkit',
    pid,
    first,
    async open(morePath) {
      const tab = new WebkitTab(site, morePath)
      await first.evaluate((url) => void window.open(url, '_blank', 'noopener'), tab.url)
      await tab.connected()
      return tab
    },
    kill,
    close: kill,
  }
}

class WebkitTab implements Tab {
  readonly #id = `webkit-${++lastTab}`
  readonly #site: Site
  readonly url: string

  constructor(site: Site, path = '/') {
    this.#site = site
    const url = new URL(path, site.url)
    url.searchParams.set('tab', this.#id)
    this.url = url.href
  }

  connected(): Promise<void> {
    return this.#site.connected(this.#id)
  }

  async evaluate<Args extends readonly unknown[], Result>(
    run: (...args: Args) => Result,
    ...args: Args
  ): Promise<Awaited<Result>> {
    return (await this.#site.evaluateIn(this.#id, expressionOf(run, args))) as Awaited<Result>
  }

  async reload(): Promise<void> {
    // The page has to answer before it goes, so it goes a moment later.
    await this.evaluate(() => void setTimeout(() => location.reload()))
    this.#site.forget(this.#id)
    await this.connected()
  }

  async close(): Promise<void> {
    await this.evaluate(() => void setTimeout(() => window.close()))
  }
}
