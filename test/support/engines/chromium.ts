import { spawn, type ChildProcess } from 'node:child_process'
import { chromium, type BrowserContext, type Page } from 'playwright-core'
import { expressionOf, type Browser, type LaunchOptions, type Tab } from './browser.js'
import { requireEngine } from './detect.js'
import { killTree, signalKill } from './process-tree.js'

/** Works as root and in a container, and keeps the browser from talking to anyone but the page. */
export const CHROMIUM_ARGUMENTS: readonly string[] = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-dev-shm-usage',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-default-browser-check',
  '--no-first-run',
]

/** How long Chromium may take to say where its debugging socket is. */
const START_WITHIN_MS = 30_000

/** A Chromium with a profile on disk. */
export interface ChromiumBrowser extends Browser {
  /** Playwright's view of it: network emulation, permissions, CDP sessions. */
  readonly context: BrowserContext
  readonly first: ChromiumTab
  open(path?: string): Promise<ChromiumTab>
}

export interface ChromiumTab extends Tab {
  readonly page: Page
}

/** Starts Chromium in a process group of its own, so that a kill leaves nothing running. */
export async function startChromium(
  profileDir: string,
  moreArguments: readonly string[] = [],
): Promise<{ child: ChildProcess; pid: number; url: string; kill(): Promise<void> }> {
  const child = spawn(
    requireEngine('chromium'),
    [
      '--headless',
      ...CHROMIUM_ARGUMENTS,
      ...moreArguments,
      '--remote-debugging-port=0',
      `--user-data-dir=${profileDir}`,
      'about:blank',
    ],
    { detached: true, stdio: ['ignore', 'ignore', 'pipe'] },
  )
  const pid = child.pid!
  const onExit = (): void => signalKill(-pid)
  process.once('exit', onExit)
  const kill = async (): Promise<void> => {
    process.off('exit', onExit)
    await killTree(pid)
  }

  try {
    return { child, pid, url: await debuggingUrl(child), kill }
  } catch (error) {
    await kill()
    throw error
  }
}

/** Starts Chromium, and attaches to it. */
export async function launchChromium(
  { profileDir, site, path, isPrivate, taste }: LaunchOptions,
  moreArguments: readonly string[] = [],
): Promise<ChromiumBrowser> {
  const { child, pid, url, kill } = await startChromium(profileDir, moreArguments)
  try {
    const connection = await chromium.connectOverCDP(url)
    const context = isPrivate ? await connection.newContext() : connection.contexts()[0]!
    const show = async (page: Page, shownPath = '/'): Promise<ChromiumTab> => {
      if (taste) {
        const colorScheme = taste.isDark ? 'dark' : 'light'
        await page.emulateMedia({ colorScheme, reducedMotion: taste.isStill ? 'reduce' : 'no-preference' })
      }
      await page.goto(site.url + shownPath)
      return tabOf(page)
    }
    return {
      engine: 'chromium',
      pid,
      context,
      first: await show(context.pages()[0] ?? (await context.newPage()), path),
      open: async (morePath) => show(await context.newPage(), morePath),
      kill,
      async close() {
        const session = await connection.newBrowserCDPSession()
        const exited = new Promise((resolve) => child.once('exit', resolve))
        await session.send('Browser.close')
        await exited
        await kill()
      },
    }
  } catch (error) {
    await kill()
    throw error
  }
}

function tabOf(page: Page): ChromiumTab {
  return {
    page,
    evaluate: (run, ...args) => page.evaluate(expressionOf(run, args)),
    async reload() {
      await page.reload()
    },
    close: () => page.close(),
  }
}

function debuggingUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = ''
    const fail = (why: string): void => reject(new Error(`Chromium ${why}: ${said.slice(-500)}`))
    const timer = setTimeout(() => fail(`named no debugging socket in ${START_WITHIN_MS} ms`), START_WITHIN_MS)
    child.once('error', (error) => fail(error.message))
    child.once('exit', (code) => {
      clearTimeout(timer)
      fail(`ended with code ${code}`)
    })
    child.stderr!.on('data', (chunk: Buffer) => {
      if (said.length < 100_000) said += chunk.toString()
      const url = /DevTools listening on (ws:\S+)/.exec(said)?.[1]
      if (!url) return
      clearTimeout(timer)
      resolve(url)
    })
  })
}
