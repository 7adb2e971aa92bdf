import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startServer } from '../../demo/server/start-server.js'
import type { Browser, Tab } from '../support/engines/browser.js'
import type { Engine } from '../support/engines/detect.js'
import { launchEngine } from '../support/engines/launch-engine.js'
import { startSite } from '../support/engines/site.js'
import type { Soak } from './page.js'

declare const soak: Soak

/** A browser with a profile on disk, a page of ours in it, and the real server. */
export interface SoakBrowser {
  readonly tab: Tab
  open(name: string, library?: 'old'): Promise<number>
  /** A page that has just been loaded. */
  reload(): Promise<void>
  /** The browser ends, and is there again with its profile. */
  restart(): Promise<void>
}

/** Runs `work` with one, and clears up behind it; a profile that is named stays. */
export async function withBrowser<T>(engine: Engine, work: (browser: SoakBrowser) => Promise<T>): Promise<T> {
  const profileDir = mkdtempSync(join(tmpdir(), 'holdfast-soak-'))
  const site = await startSite({ entry: 'test/soak/page.ts' })
  const server = await startServer()
  const launch = (): Promise<Browser> => launchEngine(engine, { profileDir, site })
  let browser = await launch()
  try {
    return await work({
      get tab() {
        return browser.first
      },
      open: (name, library) =>
        browser.first.evaluate((...parameters) => soak.open(...parameters), name, server.apiRoot, library),
      reload: () => browser.first.reload(),
      async restart() {
        await browser.close()
        browser = await launch()
      },
    })
  } finally {
    await browser.kill()
    await server.stop()
    await site.stop()
    rmSync(profileDir, { recursive: true, force: true })
  }
}
