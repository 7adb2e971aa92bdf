import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decides, observeBehaviour } from './behaviour.js'
import { type BenchBrowser, launchBenchBrowser } from './browser.js'
import { bundleContenders } from './bundle.js'
import { type Contender, isOurs } from './contenders.js'
import type { Curve, Point } from './curves.js'
import {
  asRun,
  asRuns,
  measureFirst,
  measureMore,
  type Parts,
  type PartsOf,
  planRepetitions,
  type Tries,
} from './measure.js'
import type { Bench } from './page/bench.js'
import type { Durability } from './page/contender.js'
import { type Results, resultRows } from './results.js'
import type { Row } from './rows.js'
import { type BenchServer, startBenchServer } from './server.js'
import { slowDiskChromium, whyNoSlowDisk } from './slow-disk.js'
import { FLUSH_MS, PROCESSOR_PARTS } from './slow-rows.js'

declare const bench: Bench

export interface Orders {
  readonly rows: readonly Row[]
  readonly contenders: readonly Contender[]
  readonly curves: readonly Curve[]
  /** With the behaviour and the durability of each contender, too. */
  readonly isFull: boolean
  takesPart(contender: Contender, row: Row): boolean
  /** The most for each row. */
  readonly repetitions: number
  /** What all may take; absent: what it takes. Each row is measured once in any case. */
  readonly minutes: number | undefined
  /** What one run of those that are not ours may take. */
  readonly peerSeconds: number | undefined
  readonly profile: string | undefined
}

export interface Measured extends Pick<Results, 'rows' | 'behaviour' | 'curves'> {
  readonly chromium: string
  readonly durability: { readonly [contender: string]: Durability }
}

/** What ours may take for one run: a hundred thousand records are made for some. */
const oursMs = 300_000
/** What a point of a curve may take, where the whole run has a limit. */
const pointMs = 60_000

/** Each row once, then what is observed and the curves, and with the time that is left the other repetitions. */
export async function runAll(orders: Orders): Promise<Measured> {
  const { contenders, rows, minutes, repetitions, profile } = orders
  const startMs = performance.now()
  const say = (what: string): void =>
    console.log(`${((performance.now() - startMs) / 1_000).toFixed(0).padStart(5)} s  ${what}`)
  // Of 35 minutes some 18 seconds: each of some sixty runs that are not done would take it.
  const peerMs =
    orders.peerSeconds !== undefined ? orders.peerSeconds * 1_000 : Math.min(60_000, (minutes ?? Infinity) * 500)
  const withinMs = (contender: Contender): number => (isOurs(contender) ? oursMs : peerMs)
  const endMs = startMs + (minutes ?? Infinity) * 60_000
  const server = await startBenchServer(await bundleContenders(contenders, { minify: !profile }))
  const browsers = new Browsers(profile)
  try {
    const browser = await browsers.plain()
    const plain = { browser, server, withinMs }
    const durability = orders.isFull ? await durabilities(contenders, plain, say) : {}
    const partsOf = partsFor(browsers, server, withinMs)
    const all: Tries[] = []
    for (const row of rows) {
      say(row.name)
      const taking = contenders.filter((contender) => orders.takesPart(contender, row))
      const tries = await measureFirst(row, taking, partsOf, { warmUp: repetitions > 1 && !profile })
      for (const why of new Set(tries.flatMap((one) => one.why ?? []))) {
        const names = tries.filter((one) => one.why === why).map(({ contender: { name } }) => name)
        say(`${row.name}: ${names.join(', ')}: ${why}`)
      }
      all.push(...tries)
    }
    const behaviour = orders.isFull ? await behaviours(contenders, plain, say) : {}
    const curves = await draw(orders, minutes === undefined ? plain : { ...plain, withinMs: () => pointMs }, say)
    const leftMs = endMs - performance.now()
    const planned = planRepetitions(all, { repetitions, leftMs })
    for (const row of rows) {
      const tries = all.filter((one) => one.row === row)
      const most = Math.max(0, ...tries.map((one) => planned.get(one)!))
      if (most > 1) say(`${row.name}, ${most} times in all`)
      await measureMore(row, tries, planned, partsOf, () => performance.now() < endMs)
    }
    say(`done${performance.now() > endMs ? `, after more than the ${minutes} minutes` : ''}`)
    return { chromium: browser.version, durability, rows: resultRows(all), behaviour, curves }
  } finally {
    await browsers.close()
    await server.stop()
  }
}

type Say = (what: string) => void

function partsFor(browsers: Browsers, server: BenchServer, withinMs: Parts['withinMs']): PartsOf {
  return async ({ slow }) => {
    if (slow === 'disk') {
      const browser = await browsers.onSlowDisk()
      return typeof browser === 'string' ? browser : { browser, server, withinMs }
    }
    const browser = await browsers.plain()
    return slow
      ? { browser, server, withinMs, settings: { processorParts: PROCESSOR_PARTS } }
      : { browser, server, withinMs }
  }
}

/** As the browser sees it; what is claimed is corrected by it, and said. */
async function durabilities(
  contenders: readonly Contender[],
  parts: Parts,
  say: Say,
): Promise<{ [contender: string]: Durability }> {
  const seen: { [contender: string]: Durability } = {}
  for (const contender of contenders.filter(({ rows }) => rows?.length !== 0)) {
    const { name, durability } = contender
    const found = await asRun(contender, parts, async ({ page }) => {
      const opened = await page()
      await opened.evaluate((options) => bench.open(options), { durability, isFirst: true } as const)
      await opened.setOffline(true)
      return opened.evaluate(() => bench.durability())
    }).catch((error: unknown) => say(`durability of ${name}: ${String(error)}`))
    if (found) seen[name] = found
    if (found && found !== durability) say(`${name} is named ${durability}, and writes ${found}`)
  }
  say(
    `durability: ${Object.entries(seen)
      .map((one) => one.join(' '))
      .join(', ')}`,
  )
  return seen
}

async function behaviours(contenders: readonly Contender[], parts: Parts, say: Say): Promise<Results['behaviour']> {
  const seen: { [contender: string]: Awaited<ReturnType<typeof observeBehaviour>> } = {}
  for (const contender of contenders.filter(decides)) {
    say(`behaviour of ${contender.name}`)
    const found = await asRun(contender, parts, observeBehaviour).catch((error: unknown) => say(String(error)))
    if (found) seen[contender.name] = found
  }
  return seen
}

async function draw({ curves, contenders }: Orders, parts: Parts, say: Say): Promise<Results['curves']> {
  const drawn: { [curve: string]: { [contender: string]: Point[] } } = {}
  for (const curve of curves) {
    const lines: { [contender: string]: Point[] } = (drawn[curve.name] = {})
    for (const contender of contenders.filter(({ name }) => curve.contenders.includes(name))) {
      const points: Point[] = (lines[contender.name] = [])
      for (const x of curve.points) {
        say(`${curve.name} ${x} ${contender.name}`)
        const point = await asRuns(contender, parts, (run) => curve.measure(run, x)).catch((error: unknown) =>
          say(String(error)),
        )
        if (point) points.push(point)
      }
    }
  }
  return drawn
}

/** One browser for most rows, and one whose disk is slow, each started when it is first asked for. */
class Browsers {
  readonly #folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-'))
  #plain: BenchBrowser | undefined
  #slow: BenchBrowser | string | undefined

  constructor(readonly cpuProfile: string | undefined) {}

  async plain(): Promise<BenchBrowser> {
    return (this.#plain ??= await launchBenchBrowser(join(this.#folder, 'plain'), { cpuProfile: this.cpuProfile }))
  }

  /** Or why there is none. */
  async onSlowDisk(): Promise<BenchBrowser | string> {
    return (this.#slow ??= whyNoSlowDisk() ?? (await this.#launchSlow()))
  }

  async #launchSlow(): Promise<BenchBrowser | string> {
    const program = slowDiskChromium(this.#folder, { delayUs: FLUSH_MS * 1_000, notes: '/dev/null' })
    return launchBenchBrowser(join(this.#folder, 'slow'), { program }).catch(
      (error: unknown) => `not measured: ${String(error).split('\n')[0]}`,
    )
  }

  async close(): Promise<void> {
    await this.#plain?.close()
    if (typeof this.#slow === 'object') await this.#slow.close()
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 })
  }
}
