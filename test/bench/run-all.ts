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
  readonly observesDurability: boolean
  readonly observesBehaviour: boolean
  takesPart(contender: Contender, row: Row): boolean
  /** The most for each row. */
  readonly repetitions: number
  /** The limit of the whole run; absent: none. Each row is measured once in any case. */
  readonly minutes: number | undefined
  /** The limit of one run of a contender that is not ours. */
  readonly peerSeconds: number | undefined
  readonly profile: string | undefined
}

export interface Measured extends Pick<Results, 'rows' | 'behaviour' | 'curves'> {
  readonly chromium: string
  readonly durability: { readonly [contender: string]: Durability }
}

/** The limit of one run of ours: some make a hundred thousand records. */
const oursMs = 300_000
/** The limit of what is observed, and of a point of a curve where the whole run has a limit. */
const unhurriedMs = 60_000
/** Each row is to be measured once in this part of the whole time. A run that is later gives the others no more than so much. */
const firstPart = 0.7
const hurriedMs = 8_000

/** Each row once, then what is observed and the curves, and with the time that is left the other repetitions. */
export async function runAll(orders: Orders): Promise<Measured> {
  const { contenders, rows, minutes, repetitions, profile } = orders
  const startMs = performance.now()
  const say = (what: string): void =>
    console.log(`${((performance.now() - startMs) / 1_000).toFixed(0).padStart(5)} s  ${what}`)
  // Of 35 minutes some 18 seconds: each of some sixty runs that are not done would take it.
  const sharedMs = Math.max(hurriedMs, Math.min(60_000, (minutes ?? Infinity) * 500))
  const peerMs = orders.peerSeconds === undefined ? sharedMs : orders.peerSeconds * 1_000
  const allMs = (minutes ?? Infinity) * 60_000
  const endMs = startMs + allMs
  let isLate = false
  const withinMs = (contender: Contender): number =>
    isOurs(contender) ? oursMs : isLate ? Math.min(peerMs, hurriedMs) : peerMs
  const server = await startBenchServer(await bundleContenders(contenders, { minify: !profile }))
  const browsers = new Browsers(profile)
  try {
    const browser = await browsers.plain()
    const plain = { browser, server, withinMs }
    const unhurried = { ...plain, withinMs: () => unhurriedMs }
    const durability = orders.observesDurability ? await durabilities(contenders, unhurried, say) : {}
    const partsOf = partsFor(browsers, server, withinMs)
    const all: Tries[] = []
    for (const [index, row] of rows.entries()) {
      isLate = performance.now() - startMs > (allMs * firstPart * (index + 1)) / rows.length + allMs / 20
      say(`${row.name}${isLate ? ', late: others have less time, and nobody warms up' : ''}`)
      const taking = contenders.filter((contender) => orders.takesPart(contender, row))
      const tries = await measureFirst(row, taking, partsOf, { warmUp: repetitions > 1 && !profile && !isLate })
      for (const why of new Set(tries.flatMap((one) => one.why ?? []))) {
        const names = tries.filter((one) => one.why === why).map(({ contender: { name } }) => name)
        say(`${row.name}: ${names.join(', ')}: ${why}`)
      }
      all.push(...tries)
    }
    const behaviour = orders.observesBehaviour ? await behaviours(contenders, unhurried, say) : {}
    const curves = await draw(orders, minutes === undefined ? plain : unhurried, say, endMs)
    isLate = false
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
    const { name, durability, sends = true } = contender
    const found = await asRun(contender, parts, async ({ page }) => {
      const opened = await page()
      await opened.evaluate(() => bench.watchWrites())
      await opened.evaluate((options) => bench.open(options), { durability, isFirst: true } as const)
      await opened.evaluate((sender) => bench.settle(sender), sends)
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

/** Points for which there is no time are left out. */
async function draw({ curves, contenders }: Orders, parts: Parts, say: Say, endMs: number): Promise<Results['curves']> {
  const drawn: { [curve: string]: { [contender: string]: Point[] } } = {}
  for (const curve of curves) {
    const lines: { [contender: string]: Point[] } = (drawn[curve.name] = {})
    for (const contender of contenders.filter(({ name }) => curve.contenders.includes(name))) {
      const points: Point[] = (lines[contender.name] = [])
      for (const x of curve.points) {
        say(`${curve.name} ${x} ${contender.name}${performance.now() > endMs ? ': no time is left' : ''}`)
        if (performance.now() > endMs) continue
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
