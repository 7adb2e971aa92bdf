/* The world of the suites about storage trouble: a server whose log is the judge, and browsers on one profile. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest'
import { startServer, type RunningServer } from '../../demo/server/start-server.js'
import type { StorageState } from '../../src/backendless/index.js'
import { judge, type SavedEdit, type Verdict } from '../torture/judge.js'
import type { Browser, Tab } from './engines/browser.js'
import { launchFreezable, type FreezableBrowser } from './engines/freezable-chromium.js'
import { launchBrowser } from './engines/launch.js'
import { startSite, type Site } from './engines/site.js'
import type {} from './page/trouble.js'

/** The client's own time limit for storage is 10 s, and its pauses after a failed request reach some seconds. */
export const settlesWithin = { timeout: 40_000, interval: 50 }

export interface TroubleBench {
  readonly server: RunningServer
  readonly site: Site
  /** Removed after the test, with the profile in it. */
  readonly folder: string
  /** Starts the test's next browser on its profile; the one before must be gone. `query` goes to the page, `path` is another page. */
  launch(query?: string, path?: string): Promise<Browser>
  /** As `launch`, with a new user logged in. */
  launchLoggedIn(): Promise<Browser>
  /** As `launchLoggedIn`, in a Chromium whose tabs can be frozen. */
  launchFreezable(): Promise<FreezableBrowser>
  /** As `launch`, with private windows only. */
  launchPrivate(): Promise<Browser>
  /** Kills the browser that is running, as the test's end does. */
  killBrowser(): Promise<void>
  /** The path of a page of the test; each has a life, and so values, of its own. */
  path(query?: string): string
  /** Where the profile is; a test can put it on a disk of its own. */
  profileDir: string
  /** Waits for the server to have all that is pending, and judges these edits by its log of applied updates. */
  judgeDrained(tab: Tab, saved: readonly SavedEdit[]): Promise<Verdict>
  /** Values that the server applied. */
  appliedValues(): Set<unknown>
}

/** Registers the hooks of a suite; the rest is to be used in its tests. */
export function useTroubleBench(): TroubleBench {
  let site: Site
  let server: RunningServer
  let folder: string
  let browser: Browser | undefined
  let userId: string
  let lives = 0

  beforeAll(async () => {
    site = await startSite({ entry: 'test/support/page/trouble.ts' })
  })
  afterAll(() => site.stop())
  beforeEach(async () => {
    server = await startServer()
    folder = mkdtempSync(join(tmpdir(), 'holdfast-trouble-'))
    bench.profileDir = join(folder, 'profile')
    const answer = await fetch(`${server.apiRoot}/users/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: 'ann@example.com', password: 'secret-1' }),
    })
    userId = ((await answer.json()) as { objectId: string }).objectId
  })
  afterEach(async () => {
    await bench.killBrowser()
    await server.stop()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  })

  const bench: TroubleBench = {
    get server() {
      return server
    },
    get site() {
      return site
    },
    get folder() {
      return folder
    },
    profileDir: '',
    path: (query = '') => `/?root=${encodeURIComponent(server.apiRoot)}&life=${++lives}${query}`,
    async killBrowser() {
      await browser?.kill()
      browser = undefined
    },
    async launch(query, path = bench.path(query)) {
      browser = await launchBrowser({ profileDir: bench.profileDir, site, path })
      return browser
    },
    async launchFreezable() {
      const freezable = await launchFreezable({ profileDir: bench.profileDir, site, path: bench.path() })
      browser = freezable
      await logIn(freezable.first)
      return freezable
    },
    async launchPrivate() {
      browser = await launchBrowser({ profileDir: bench.profileDir, site, path: bench.path(), isPrivate: true })
      return browser
    },
    async launchLoggedIn() {
      const launched = await bench.launch()
      await logIn(launched.first)
      return launched
    },
    async judgeDrained(tab, saved) {
      await expect
        .poll(() => tab.evaluate(() => trouble.app.status$.value), settlesWithin)
        .toMatchObject({ pending: 0, faults: 0 })
      return judge({ saved, log: server.control.log({ userId }), excused: new Set() })
    },
    appliedValues: () => new Set(server.control.log({ userId }).flatMap(({ applied }) => Object.values(applied))),
  }
  return bench
}

export async function logIn(tab: Tab): Promise<void> {
  await tab.evaluate(async () => void (await trouble.app.users.login('ann@example.com', 'secret-1')))
}

/** Each state of local storage that the page was told, from the first on. */
export function statesOf(tab: Tab): Promise<StorageState[]> {
  return tab.evaluate(() => trouble.states)
}

export function savedIn(tab: Tab): Promise<SavedEdit[]> {
  return tab.evaluate(() => trouble.saved)
}

/** A verdict without harm. */
export const harmless = { lost: 0, doubled: 0, outOfOrder: 0, examples: [] }
