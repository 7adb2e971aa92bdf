/*
 * Chromium with tabs that can be frozen. Playwright keeps every page that it sees visible ("focus emulation"), and Chromium
 * freezes no visible page: what asks for it is answered as if it were done.
 */
import puppeteer, { type Page } from 'puppeteer-core'
import { expressionOf, type Browser, type LaunchOptions, type Tab } from './browser.js'
import { startChromium } from './chromium.js'

export interface FreezableTab extends Tab {
  /** Nothing of the page runs any more, until `thaw`. */
  freeze(): Promise<void>
  thaw(): Promise<void>
}

export interface FreezableBrowser extends Browser {
  readonly first: FreezableTab
  open(path?: string): Promise<FreezableTab>
}

export async function launchFreezable({ profileDir, site, path }: LaunchOptions): Promise<FreezableBrowser> {
  const { pid, url, kill } = await startChromium(profileDir)
  try {
    const connection = await puppeteer.connect({ browserWSEndpoint: url, defaultViewport: null })
    const open = async (shownPath = '/'): Promise<FreezableTab> => {
      const page = await connection.newPage()
      await page.goto(site.url + shownPath)
      return freezableTab(page)
    }
    return { engine: 'chromium', pid, first: await open(path), open, kill, close: kill }
  } catch (error) {
    await kill()
    throw error
  }
}

async function freezableTab(page: Page): Promise<FreezableTab> {
  const session = await page.createCDPSession()
  return {
    evaluate: (run, ...args) => page.evaluate(expressionOf(run, args)) as never,
    async reload() {
      await page.reload()
    },
    close: () => page.close(),
    freeze: () => session.send('Page.setWebLifecycleState', { state: 'frozen' }),
    thaw: () => session.send('Page.setWebLifecycleState', { state: 'active' }),
  }
}
