import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest'
import { startServer, type RunningServer } from '../../demo/server/start-server.js'
import { effectsOf, type AppliedValues } from './effects.js'
import type { Browser, LaunchOptions, Tab } from './engines/browser.js'
import type { Certificate } from './engines/certificate.js'
import { launchBrowser } from './engines/launch.js'
import { startSite, type Site } from './engines/site.js'
import type {} from './page/shared.js'

export const settlesWithin = { timeout: 45_000, interval: 100 }

/** A server, and a browser of this run's engine in whose tabs Ann is logged in. */
export interface SharedBench {
  readonly server: RunningServer
  readonly browser: Browser
  readonly userId: string
  /** One more tab of the same app. */
  open(): Promise<Tab>
  effects(): { [property: string]: unknown[] }
  /** Until the server holds so many requests. */
  held(count: number): Promise<void>
}

export interface SharedBenchOptions {
  /** The page's script, which makes `shared` and `workerReady`. */
  readonly entry?: string
  readonly worker?: boolean
  readonly launch?: (options: LaunchOptions) => Promise<Browser>
  /** The site is at `https://localhost`, by this certificate. */
  readonly certificate?: Certificate
}

/** Starts all of it around each test of the suite. */
export function useSharedBench({
  entry = 'test/support/page/shared.ts',
  worker = false,
  launch = launchBrowser,
  certificate,
}: SharedBenchOptions = {}): SharedBench {
  let site: Site
  let server: RunningServer
  let profileDir: string
  let browser: Browser
  let userId: string
  let path: string

  beforeAll(async () => {
    site = await startSite({
      entry,
      ...(worker && { worker: 'test/support/page/worker.ts' }),
      ...(certificate && { certificate }),
    })
  })
  afterAll(() => site.stop())
  beforeEach(async () => {
    profileDir = mkdtempSync(join(tmpdir(), 'holdfast-profile-'))
    server = await startServer()
    path = `/?root=${encodeURIComponent(server.apiRoot)}${worker ? '&worker' : ''}`
    browser = await launch({ profileDir, site, path })
    userId = await browser.first.evaluate(async () => {
      await workerReady
      await shared.users.register({ email: 'ann@x.co', name: 'Ann', password: 'secret-1' })
      return (await shared.users.login('ann@x.co', 'secret-1')).objectId
    })
  })
  afterEach(async () => {
    server.control.release()
    await browser.kill()
    await server.stop()
    rmSync(profileDir, { recursive: true, force: true })
  })

  return {
    get server() {
      return server
    },
    get browser() {
      return browser
    },
    get userId() {
      return userId
    },
    async open() {
      const tab = await browser.open(path)
      await expect.poll(() => tab.evaluate(() => shared.users.session$.value.state), settlesWithin).toBe('signed-in')
      return tab
    },
    effects: () => effectsOf(server.control.log({ userId }).map(plainValues)),
    async held(count) {
      await expect.poll(() => server.control.held(), settlesWithin).toBe(count)
    },
  }
}

function plainValues({ applied }: { applied: unknown }): AppliedValues {
  const values = applied instanceof Map ? Object.fromEntries(applied as Map<string, unknown>) : applied
  return { applied: values as AppliedValues['applied'] }
}

export async function expectDrained(tab: Tab): Promise<void> {
  await expect
    .poll(() => tab.evaluate(() => shared.status$.value), settlesWithin)
    .toMatchObject({ phase: 'idle', pending: 0, faults: 0 })
}
