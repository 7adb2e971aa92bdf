import puppeteer, { type Browser as PuppeteerBrowser, type Page } from 'puppeteer-core'
import { expressionOf, type Browser, type LaunchOptions, type Tab, type Taste } from './browser.js'
import { requireEngine } from './detect.js'
import { killTree } from './process-tree.js'

/** How long one command may take. */
const COMMAND_WITHIN_MS = 60_000

const PREFERENCES = {
  // After a few kills Firefox would else start in its safe mode.
  'toolkit.startup.max_resumed_crashes': -1,
  'browser.sessionstore.resume_from_crash': false,
  // `navigator.storage.persist()` asks a person, whom nobody can click for; these answer yes.
  'dom.storageManager.prompt.testing': true,
  'dom.storageManager.prompt.testing.allow': true,
}

export interface FirefoxBrowser extends Browser {
  /** Puppeteer's view of it, over WebDriver BiDi. */
  readonly puppeteer: PuppeteerBrowser
  readonly first: FirefoxTab
  open(path?: string): Promise<FirefoxTab>
}

export interface FirefoxTab extends Tab {
  readonly page: Page
}

/** Starts Firefox headless, with a profile on disk, driven over WebDriver BiDi. */
export async function launchFirefox({
  profileDir,
  site,
  path,
  isPrivate,
  taste,
}: LaunchOptions): Promise<FirefoxBrowser> {
  const { browser, pid, kill } = await startFirefox(profileDir, isPrivate, taste)
  const open = async (shownPath = '/'): Promise<FirefoxTab> => {
    const page = await browser.newPage()
    await page.goto(site.url + shownPath)
    return tabOf(page)
  }
  try {
    return {
      engine: 'firefox',
      pid,
      puppeteer: browser,
      first: await open(path),
      open,
      kill,
      close: () => browser.close(),
    }
  } catch (error) {
    await kill()
    throw error
  }
}

/** The process and its connection, for those who open pages themselves. */
export async function startFirefox(
  profileDir: string,
  isPrivate = false,
  taste?: Taste,
): Promise<{ browser: PuppeteerBrowser; pid: number; kill(): Promise<void> }> {
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: requireEngine('firefox'),
    headless: true,
    userDataDir: profileDir,
    protocolTimeout: COMMAND_WITHIN_MS,
    extraPrefsFirefox: {
      ...PREFERENCES,
      'browser.privatebrowsing.autostart': isPrivate,
      ...(taste && {
        'ui.systemUsesDarkTheme': Number(taste.isDark),
        'layout.css.prefers-color-scheme.content-override': taste.isDark ? 0 : 1,
        'ui.prefersReducedMotion': Number(taste.isStill),
      }),
    },
  })
  const pid = browser.process()!.pid!
  return {
    browser,
    pid,
    async kill() {
      await killTree(pid)
      // Puppeteer puts the profile's preferences back once the process is gone; the next start must not meet it at that.
      await browser.close().catch(() => {})
    },
  }
}

function tabOf(page: Page): FirefoxTab {
  return {
    page,
    async evaluate(run, ...args) {
      // As text, since BiDi gives an object that stands in a result twice only once.
      const text = await page.evaluate(`Promise.resolve(${expressionOf(run, args)}).then(JSON.stringify)`)
      return (text === undefined ? undefined : JSON.parse(text as string)) as never
    },
    async reload() {
      await page.reload()
    },
    close: () => page.close(),
  }
}
