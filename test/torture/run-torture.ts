/*
 * Edits stream in and the queue drains, while the whole browser is killed again and again on one profile; then what is
 * left is drained, and the server's log says what became of each edit.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startServer } from '../../demo/server/start-server.js'
import type { Browser } from '../support/engines/browser.js'
import type { Engine } from '../support/engines/detect.js'
import { launchEngine } from '../support/engines/launch-engine.js'
import { startSite } from '../support/engines/site.js'
import type { Said } from '../support/page/torture.js'
import { seededRandom } from '../support/seeded-random.js'
import type { CuttableDisk } from './power-cut.js'
import { judge, type SavedEdit, type Verdict } from './judge.js'
import { startReports } from './reports.js'

/** A browser lives at most this long after its page has loaded. */
const longestLifeMs = 4_000
/** From a server that answers at once to one so slow that many kills meet an update under way; below the client's deadline. */
const latenciesMs = [0, 20, 100, 250]
/** The server reads the requests of a killed browser to their end. */
const lastWordsMs = 100
const drainedWithinMs = 120_000

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

export interface Torture extends Verdict {
  readonly kills: number
  /** Kills that came while the server had an update under way: its answer never arrived. */
  readonly midUpdate: number
  /** Browsers that found nothing of what the one before had stored: the engine threw the origin away. */
  readonly wipes: number
  /** Saved edits by what the client says of them in the end; `unknown` is none of what a saved edit may be. */
  readonly outcomes: { readonly [outcome: string]: number }
  /** The edits that the pages called failed, and other events that must not be. */
  readonly failures: readonly string[]
}

/** Kills browsers of one engine, and judges. Rejects when a browser does not start, or what is pending does not drain. */
export async function runTorture({ engine, kills, seed, tell, disk, durability }: TortureOptions): Promise<Torture> {
  const random = seededRandom(seed)
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-torture-'))
  const server = await startServer({ data: join(folder, 'server') })
  const site = await startSite({ entry: 'test/support/page/torture.ts' })
  const heard = { saved: [] as SavedEdit[], failures: [] as string[], storage: [] as string[], wipes: 0 }
  const reports = await startReports<Said>((said) => {
    if ('saved' in said) heard.saved.push(said.saved)
    else if ('failed' in said) heard.failures.push(said.failed)
    else if ('storage' in said) heard.storage.push(said.storage)
    // Nobody is logged in, though a page before has saved edits.
    else if (heard.saved.length > 0) heard.wipes += 1
  })
  let browser: Browser | undefined
  try {
    const userId = await register(server.apiRoot)
    const launch = async (life?: number): Promise<Browser> => {
      const query = new URLSearchParams({ root: server.apiRoot, report: reports.url })
      if (life !== undefined) query.set('life', String(life))
      if (durability !== undefined) query.set('durability', durability)
      return launchEngine(engine, { profileDir: join(disk?.path ?? folder, 'profile'), site, path: `/?${query}` })
    }
    let midUpdate = 0
    for (let life = 1; life <= kills; life++) {
      server.control.setLatency(latenciesMs[Math.floor(random.number() * latenciesMs.length)]!)
      browser = await launch(life)
      await sleep(random.number() * longestLifeMs)
      const { requests } = server.control
      if (requests.list().some(({ method, endedAtMs }) => method === 'PUT' && endedAtMs === null)) midUpdate += 1
      requests.clear()
      await browser.kill()
      await disk?.cut()
      await sleep(lastWordsMs)
      if (life % 10 === 0) tell(`${life} kills, ${heard.saved.length} saved`)
    }
    browser = await launch()
    await drained(browser)
    const { faulted, outcomes } = await fates(browser, heard.saved)
    const verdict = judge({ saved: heard.saved, log: server.control.log({ userId }), excused: new Set(faulted) })
    const { wipes } = heard
    const failures = [...heard.failures]
    if (faulted.length > 0) failures.push(`${faulted.length} edits were refused, which nothing here should be`)
    if (wipes === 0 && outcomes['unknown']) failures.push(`${outcomes['unknown']} saved edits have no fate`)
    for (const state of heard.storage) tell(`storage: ${state}`)
    return { ...verdict, kills, midUpdate, wipes, outcomes, failures }
  } finally {
    await browser?.kill()
    await reports.stop()
    await site.stop()
    await server.stop()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

async function register(apiRoot: string): Promise<string> {
  const answer = await fetch(`${apiRoot}/users/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: 'torture@example.com', password: 'secret-1' }),
  })
  return ((await answer.json()) as { objectId: string }).objectId
}

async function drained({ first }: Browser): Promise<void> {
  const until = Date.now() + drainedWithinMs
  for (;;) {
    const status = await first.evaluate(() => globalThis.tortured?.status$.value)
    if (status && status.phase !== 'opening' && status.pending === 0) return
    if (Date.now() > until) {
      const storage = await first.evaluate(() => globalThis.tortured?.storage$.value)
      throw new Error(`not drained within ${drainedWithinMs} ms: ${JSON.stringify(status)}, storage ${storage}`)
    }
    await sleep(100)
  }
}

/** The ends of the saved edits, by the client's word. */
async function fates(
  { first }: Browser,
  saved: readonly SavedEdit[],
): Promise<{ faulted: string[]; outcomes: { [outcome: string]: number } }> {
  const faulted = await first.evaluate(() => tortured.faults.open$.value.flatMap(({ editIds }) => editIds))
  const outcomes: { [outcome: string]: number } = {}
  for (let from = 0; from < saved.length; from += 500) {
    const ids = saved.slice(from, from + 500).map(({ id }) => id)
    const found = await first.evaluate(
      async (some) => Promise.all(some.map(async (id) => (await tortured.settlement(id)).outcome)),
      ids,
    )
    for (const outcome of found) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
  }
  return { faulted, outcomes }
}
