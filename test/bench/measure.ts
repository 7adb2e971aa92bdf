import type { BenchBrowser, BenchPage, PageSettings } from './browser.js'
import { type Contender, isOurs } from './contenders.js'
import type { Figures, Row, Run } from './rows.js'
import type { BenchServer } from './server.js'

/** How one contender has done one row so far. */
export interface Tries {
  readonly row: Row
  readonly contender: Contender
  /** One for each repetition. */
  readonly figures: Figures[]
  /** Why it is not measured any more. */
  why?: string
  /** The time of the last run, with its preparation. */
  tookMs: number
}

export interface Parts {
  readonly browser: BenchBrowser
  readonly server: BenchServer
  /** The limit of one run of a contender. */
  withinMs(contender: Contender): number
  readonly settings?: PageSettings
}

/** The means to measure a row; or why this machine cannot. */
export type PartsOf = (row: Row) => Promise<Parts | string>

/** A run that takes longer needs no warm-up, and one of a peer is measured twice at most. */
const longMs = 5_000

/** Each contender once, after a run to warm up. */
export async function measureFirst(
  row: Row,
  contenders: readonly Contender[],
  partsOf: PartsOf,
  { warmUp }: { warmUp: boolean },
): Promise<Tries[]> {
  const all = contenders.map((contender): Tries => ({ row, contender, figures: [], tookMs: 0 }))
  const parts = await partsOf(row)
  if (typeof parts === 'string') return all.map((tries) => Object.assign(tries, { why: parts }))
  if (warmUp) for (const tries of all) await measureOnce(tries, parts)
  for (const tries of all) {
    if (tries.why !== undefined || (tries.figures.length && tries.tookMs > longMs)) continue
    tries.figures.length = 0
    await measureOnce(tries, parts)
  }
  return all
}

/**
 * How often each is measured in all. Ours come first, row by row, then the others; the quick rows before the slow ones. Those of one row
 * that are compared closely have the same number.
 */
export function planRepetitions(
  all: readonly Tries[],
  { repetitions, leftMs }: { repetitions: number; leftMs: number },
): ReadonlyMap<Tries, number> {
  const planned = new Map(all.map((tries) => [tries, tries.figures.length]))
  let left = leftMs
  for (const ours of [true, false]) {
    const rows = [...new Set(all.map(({ row }) => row))]
    const groups = rows
      .map((row) => all.filter((tries) => tries.row === row && isOurs(tries.contender) === ours))
      .sort((one, other) => costMs(one) - costMs(other))
    for (let target = 2; target <= repetitions; target++) {
      for (const group of groups) {
        const again = group.filter(
          (tries) => planned.get(tries) === target - 1 && target <= mostRepetitions(tries, repetitions),
        )
        if (costMs(again) > left) continue
        left -= costMs(again)
        for (const tries of again) planned.set(tries, target)
      }
    }
  }
  return planned
}

const costMs = (all: readonly Tries[]): number => all.reduce((sum, { tookMs }) => sum + tookMs, 0)

function mostRepetitions({ contender, tookMs, why }: Tries, repetitions: number): number {
  if (why !== undefined) return 0
  return !isOurs(contender) && tookMs > longMs ? Math.min(2, repetitions) : repetitions
}

/** The rest of a row's repetitions, in turns; who begins changes. Those that do not begin in time are left out. */
export async function measureMore(
  row: Row,
  all: readonly Tries[],
  planned: ReadonlyMap<Tries, number>,
  partsOf: PartsOf,
  hasTime: () => boolean,
): Promise<void> {
  const parts = await partsOf(row)
  if (typeof parts === 'string') return
  const most = Math.max(0, ...all.map((tries) => planned.get(tries)!))
  for (let repetition = 2; repetition <= most; repetition++) {
    const first = repetition % all.length
    for (const tries of [...all.slice(first), ...all.slice(0, first)])
      if (planned.get(tries)! >= repetition && tries.why === undefined && hasTime()) await measureOnce(tries, parts)
  }
}

async function measureOnce(tries: Tries, parts: Parts): Promise<void> {
  const startMs = performance.now()
  try {
    const figures = await asRun(tries.contender, parts, (run) => tries.row.measure(run))
    tries.figures.push(figures)
  } catch (error) {
    tries.why = error instanceof Error ? error.message.split('\n')[0]! : String(error)
  }
  tries.tookMs = performance.now() - startMs
}

/** In a fresh origin; its pages are closed in the end. */
export function asRun<T>(contender: Contender, parts: Parts, measure: (run: Run) => Promise<T>): Promise<T> {
  return asRuns(contender, parts, (run) => measure(run()))
}

/** In as many origins as are asked for. */
export async function asRuns<T>(
  contender: Contender,
  { browser, server, withinMs, settings }: Parts,
  measure: (run: () => Run) => Promise<T>,
): Promise<T> {
  const pages: BenchPage[] = []
  const begin = (): Run => {
    const { url, backend } = server.origin()
    const page = async (): Promise<BenchPage> => {
      const opened = await browser.open(`${url}/${contender.script}`, settings)
      pages.push(opened)
      return opened
    }
    return { contender, backend, page }
  }
  const mostMs = withinMs(contender)
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done within ${Math.round(mostMs / 1_000)} s`)), mostMs)
  })
  try {
    return await Promise.race([measure(begin), late])
  } finally {
    clearTimeout(timer)
    for (const page of pages) await page.close().catch(() => {})
  }
}
