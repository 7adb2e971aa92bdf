/* The lives of the browsers of a torture run, one after the other on one profile, and the last one, which drains what they left. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Live, Settlement, Status, StorageState } from '../../src/index.js'
import type { Browser } from '../support/engines/browser.js'
import type { Engine } from '../support/engines/detect.js'
import { launchEngine } from '../support/engines/launch-engine.js'
import { startSite } from '../support/engines/site.js'
import { seededRandom } from '../support/seeded-random.js'
import type { CuttableDisk } from './power-cut.js'

/** A browser lives at most this long after its page has loaded. */
const longestLifeMs = 4_000
/** From a server that answers at once to one so slow that many kills meet a write under way; below the client's deadline. */
const latenciesMs = [0, 20, 100, 250]
/** The server reads the requests of a killed browser to their end. */
const lastWordsMs = 100
const drainedWithinMs = 180_000

declare global {
  /** The client of each page of a run, as far as both kinds of pages have the same. */
  var tortured: {
    readonly status$: Live<Status>
    readonly storage$: Live<StorageState>
    settlement(editId: string): Promise<Pick<Settlement, 'outcome'>>
  }
}

export interface TortureOptions {
  readonly engine: Engine
  readonly kills: number
  /** Of the moments of the kills; the page's own timing is the machine's. */
  readonly seed: number
  /** Told of what happens on the way. */
  tell(line: string): void
  /** A disk of the profile's own, whose power is cut after each kill. */
  disk?: CuttableDisk
  /** Of the client; default: its own, `strict`. */
  durability?: string
}

/** The local server, in either mode. */
interface TorturedServer {
  readonly control: {
    setLatency(ms: number): void
    readonly requests: { list(): readonly { method: string; endedAtMs: number | null }[]; clear(): void }
  }
}

export interface LivesOptions extends TortureOptions {
  /** The script of the page. */
  readonly entry: string
  readonly server: TorturedServer
  /** The root of the server's API, and the page's own `?report=`. */
  readonly root: string
  readonly report: string
  /** How many edits are saved so far. */
  saved(): number
}

/** In a folder of its own, which is removed in the end. */
export async function inFolder<T>(run: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-torture-'))
  try {
    return await run(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

/**
 * Kills browsers of one engine, and lets one more drain the queue; `look` then asks it. Rejects when a browser does not start, or
 * what is pending does not drain. `midWrite`: the kills that came while the server had a write under way: its answer never
 * arrived.
 */
export async function liveAndDie<T>(
  folder: string,
  { engine, kills, seed, tell, disk, durability, entry, server, root, report, saved }: LivesOptions,
  look: (last: Browser['first']) => Promise<T>,
): Promise<T & { midWrite: number }> {
  const random = seededRandom(seed)
  const site = await startSite({ entry })
  let browser: Browser | undefined
  try {
    const launch = (life?: number): Promise<Browser> => {
      const query = new URLSearchParams({ root, report })
      if (life !== undefined) query.set('life', String(life))
      if (durability !== undefined) query.set('durability', durability)
      return launchEngine(engine, { profileDir: join(disk?.path ?? folder, 'profile'), site, path: `/?${query}` })
    }
    const { control } = server
    let midWrite = 0
    for (let life = 1; life <= kills; life++) {
      control.setLatency(latenciesMs[Math.floor(random.number() * latenciesMs.length)]!)
      browser = await launch(life)
      await sleep(random.number() * longestLifeMs)
      if (control.requests.list().some(({ method, endedAtMs }) => method !== 'GET' && endedAtMs === null)) midWrite += 1
      control.requests.clear()
      await browser.kill()
      await disk?.cut()
      await sleep(lastWordsMs)
      if (life % 10 === 0) tell(`${life} kills, ${saved()} saved`)
    }
    browser = await launch()
    await drained(browser.first)
    return { ...(await look(browser.first)), midWrite }
  } finally {
    await browser?.kill()
    await site.stop()
  }
}

async function drained(page: Browser['first']): Promise<void> {
  const until = Date.now() + drainedWithinMs
  for (;;) {
    const status = await page.evaluate(() => globalThis.tortured?.status$.value)
    if (status && status.phase !== 'opening' && status.pending === 0) return
    if (Date.now() > until) {
      const storage = await page.evaluate(() => globalThis.tortured?.storage$.value)
      throw new Error(`not drained within ${drainedWithinMs} ms: ${JSON.stringify(status)}, storage ${storage}`)
    }
    await sleep(100)
  }
}

/** How many of the saved edits ended how, by the client's word; `unknown` is none of what a saved edit may be. */
export async function countOutcomes(
  page: Browser['first'],
  saved: readonly { readonly id: string }[],
): Promise<{ [outcome: string]: number }> {
  const outcomes: { [outcome: string]: number } = {}
  for (let from = 0; from < saved.length; from += 500) {
    const ids = saved.slice(from, from + 500).map(({ id }) => id)
    const found = await page.evaluate(
      async (some) => Promise.all(some.map(async (id) => (await tortured.settlement(id)).outcome)),
      ids,
    )
    for (const outcome of found) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
  }
  return outcomes
}
