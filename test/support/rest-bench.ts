import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest'
import { startRestServer, type RunningRestServer } from '../../demo/server/rest/start-rest-server.js'
import type { Browser, Tab } from './engines/browser.js'
import { launchBrowser } from './engines/launch.js'
import { startSite, type Site } from './engines/site.js'
import { startProxy, type Proxy } from './proxy.js'
import type {} from './page/notebook.js'

export const settlesWithin = { timeout: 45_000, interval: 100 }

/** A device with a profile on disk and a network of its own, on which the notebook is open. */
export interface NotebookDevice {
  /** Its first tab. */
  readonly tab: Tab
  /** Between its browser and the server. */
  readonly proxy: Proxy
  open(): Promise<Tab>
  /** SIGKILL to the browser. */
  kill(): Promise<void>
  /** Starts the browser again on the same profile. */
  restart(): Promise<Tab>
}

export interface RestBench {
  /** The local server in its REST mode. */
  readonly server: RunningRestServer
  /** A device that is not there yet. */
  device(): Promise<NotebookDevice>
}

/** A server for each test of the suite, and as many devices as the test asks for, in this run's engine. */
export function useRestBench(): RestBench {
  let site: Site
  let server: RunningRestServer
  let folder: string
  let ends: (() => Promise<void>)[]

  beforeAll(async () => {
    site = await startSite({ entry: 'test/support/page/notebook.ts' })
  })
  afterAll(() => site.stop())
  beforeEach(async () => {
    ends = []
    folder = mkdtempSync(join(tmpdir(), 'holdfast-notebook-'))
    server = await startRestServer()
  })
  afterEach(async () => {
    server.control.release()
    for (const end of ends.reverse()) await end()
    await server.stop()
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  })

  return {
    get server() {
      return server
    },
    async device() {
      const profileDir = join(folder, `device-${ends.length}`)
      const proxy = await startProxy(server.url)
      const path = `/?root=${encodeURIComponent(server.root.replace(server.url, proxy.url))}`
      let browser: Browser | undefined
      ends.push(async () => {
        await browser?.kill()
        await proxy.stop()
      })
      const opened = async (tab: Tab): Promise<Tab> => {
        await tab.evaluate(() => notebook.ready)
        return tab
      }
      const device = {
        get tab() {
          return browser!.first
        },
        proxy,
        open: async () => opened(await browser!.open(path)),
        async kill() {
          await browser!.kill()
          browser = undefined
        },
        async restart() {
          browser = await launchBrowser({ profileDir, site, path })
          return opened(browser.first)
        },
      }
      await device.restart()
      return device
    },
  }
}

/** Until nothing is pending, be it refused. */
export async function expectDrained(tab: Tab): Promise<void> {
  await expect.poll(() => tab.evaluate(async () => (await notebook.client.flush()).pending), settlesWithin).toBe(0)
}

export async function fatesOf(tab: Tab, edits: readonly string[]): Promise<string[]> {
  return tab.evaluate(async (all) => Promise.all(all.map((id) => notebook.fate(id))), edits)
}
