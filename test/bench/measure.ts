import type { BenchBrowser, BenchPage } from './browser.js'
import type { Contender } from './contenders.js'
import type { Figures, Row, Run } from './rows.js'
import type { BenchServer } from './server.js'

/** All that a row gave, by contender: one figure a repetition, or why there is none. */
export interface Measured {
  readonly row: Row
  readonly figures: ReadonlyMap<Contender, Figures[] | Failure>
}

export interface Failure {
  readonly why: string
}

export function isFailure(measured: Figures[] | Failure): measured is Failure {
  return 'why' in measured
}

/** The time after which a contender does not repeat a row: some need minutes where others need a moment. */
const enoughMs = 12_000

/**
 * Each contender once to warm up, then all in turns; who begins changes. One that fails or takes too long is out. One that
 * is slow is repeated less, and the warm-up of one that is very slow counts.
 */
export async function measureRow(
  row: Row,
  contenders: readonly Contender[],
  parts: { browser: BenchBrowser; server: BenchServer; repetitions: number; withinMs: number; warmUp: boolean },
): Promise<Measured> {
  const figures = new Map<Contender, Figures[] | Failure>(contenders.map((contender) => [contender, []]))
  const spentMs = new Map<Contender, number>()
  for (let repetition = parts.warmUp ? -1 : 0; repetition < parts.repetitions; repetition++) {
    const first = Math.max(0, repetition) % contenders.length
    for (const contender of [...contenders.slice(first), ...contenders.slice(0, first)]) {
      const list = figures.get(contender)!
      if (isFailure(list) || (list.length && spentMs.get(contender)! > enoughMs)) continue
      const startMs = performance.now()
      try {
        const measured = await measureOnce(row, contender, parts)
        const tookMs = performance.now() - startMs
        spentMs.set(contender, (spentMs.get(contender) ?? 0) + tookMs)
        if (repetition >= 0 || tookMs > enoughMs) list.push(measured)
      } catch (error) {
        figures.set(contender, { why: error instanceof Error ? error.message : String(error) })
      }
    }
  }
  return { row, figures }
}

interface Parts {
  browser: BenchBrowser
  server: BenchServer
  withinMs: number
}

const measureOnce = (row: Row, contender: Contender, parts: Parts): Promise<Figures> =>
  asRun(contender, parts, (run) => row.measure(run))

/** In a fresh origin; its pages are closed in the end. */
export function asRun<T>(contender: Contender, parts: Parts, measure: (run: Run) => Promise<T>): Promise<T> {
  return asRuns(contender, parts, (run) => measure(run()))
}

/** In as many origins as are asked for. */
export async function asRuns<T>(
  contender: Contender,
  { browser, server, withinMs }: Parts,
  measure: (run: () => Run) => Promise<T>,
): Promise<T> {
  const pages: BenchPage[] = []
  const begin = (): Run => {
    const { url, backend } = server.origin()
    const page = async (): Promise<BenchPage> => {
      const opened = await browser.open(`${url}/${contender.script}`)
      pages.push(opened)
      return opened
    }
    return { contender, backend, page }
  }
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done within ${withinMs / 1_000} s`)), withinMs)
  })
  try {
    return await Promise.race([measure(begin), late])
  } finally {
    clearTimeout(timer)
    for (const page of pages) await page.close().catch(() => {})
  }
}
