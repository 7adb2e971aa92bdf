import type { BenchPage } from './browser.js'
import { BESIDE, LIST_CONTENDERS } from './contenders.js'
import type { ListBench } from './page/list.js'
import { median, type Row, type Run } from './rows.js'

declare const list: ListBench

const queued = 100
const answers = 30

const contenders = [...LIST_CONTENDERS.map(({ name }) => name), ...BESIDE]

/** A device that has pulled so many items, in an earlier visit. */
async function fill({ page, backend }: Run, items: number, edits = 0): Promise<void> {
  backend.items = items
  const first = await page()
  await first.evaluate(() => list.open({ isFirst: true }))
  await first.evaluate(() => list.pull())
  await first.setOffline(true)
  if (edits) await first.evaluate((count, records) => list.queue(count, records), edits, items)
  await first.close()
}

const moment = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/**
 * The busy time from `startMs` on, read when the work is done and nothing has followed it for a moment. Looks do not count, though
 * each makes the page busy too. Rejects after five seconds.
 */
export async function busyUntil(
  isDone: () => Promise<boolean>,
  busyMs: () => Promise<number>,
  startMs: number,
  rest: () => Promise<void> = () => moment(150),
): Promise<number> {
  let looksMs = 0
  const sinceMs = performance.now()
  for (let wasDone = false; ;) {
    await rest()
    const beforeMs = await busyMs()
    if (wasDone) return beforeMs - startMs - looksMs
    wasDone = await isDone()
    looksMs += (await busyMs()) - beforeMs
    if (!wasDone && performance.now() - sinceMs > 5_000) throw new Error('an answer was not taken within 5 s')
  }
}

/** Milliseconds of the main thread that each of some answers takes, from its arrival until all of it is written and shown. */
async function answerTimes(page: BenchPage, { backend }: Run): Promise<number[]> {
  const { session } = page
  await session.send('Performance.enable')
  const busyMs = async (): Promise<number> => {
    const { metrics } = await session.send('Performance.getMetrics')
    // Of the processor, so that other work on the machine does not count.
    return metrics.find(({ name }) => name === 'ThreadTime')!.value * 1_000
  }
  const pending = (): Promise<number> => page.evaluate(() => list.pending())
  const before = await pending()
  const times: number[] = []
  for (let count = 0; count < answers; count++) {
    for (let tries = 0; !backend.held.length; tries++) {
      if (tries > 100) throw new Error('nothing is sent')
      await moment(50)
    }
    await moment(150)
    const startMs = await busyMs()
    backend.held.shift()!()
    times.push(await busyUntil(async () => (await pending()) < before - count, busyMs, startMs))
  }
  return times
}

function listRow(items: number): Row {
  const what = `a list of ${items.toLocaleString('en')}, ${queued} pending`
  return {
    name: `list-${items}`,
    metrics: {
      first: { title: `${what}: first rows after a reload`, unit: 'ms' },
      edit: { title: `${what}: one edit → shown, p50`, unit: 'ms' },
      answer: { title: `${what}: one answer, main thread, p50`, unit: 'ms' },
      heap: { title: `${what}: heap`, unit: 'MB' },
    },
    inQuick: false,
    contenders,
    async measure(run) {
      await fill(run, items, queued)
      run.backend.holds = true
      const page = await run.page()
      const first = await page.evaluate((rows) => list.first(rows), items)
      const heap = (await page.heapBytes()) / 1e6
      const edit = median(await page.evaluate((count) => list.edits(count), 50))
      return { first, heap, edit, answer: median(await answerTimes(page, run)) }
    },
  }
}

const pullRow: Row = {
  name: 'list-pull',
  metrics: {
    pulled: { title: 'pull 10,000 in pages of 500, shown', unit: 'ms' },
    longestTask: { title: 'the same: longest task', unit: 'ms' },
    again: { title: 'the same again, nothing changed', unit: 'ms' },
    againTask: { title: 'nothing changed: longest task', unit: 'ms' },
  },
  inQuick: false,
  contenders,
  async measure({ page, backend }) {
    backend.items = 10_000
    const opened = await page()
    await opened.evaluate(() => list.open({ isFirst: true }))
    const first = await opened.evaluate((rows) => list.pullShown(rows), 10_000)
    const again = await opened.evaluate((rows) => list.pullShown(rows), 10_000)
    return {
      pulled: first.pulledMs,
      longestTask: first.longestTaskMs,
      again: again.pulledMs,
      againTask: again.longestTaskMs,
    }
  },
}

function lookRow(items: number): Row {
  return {
    name: `list-look-${items}`,
    metrics: {
      shown: { title: `reload → one record shown, ${items.toLocaleString('en')} in the database`, unit: 'ms' },
    },
    inQuick: false,
    contenders,
    async measure(run) {
      await fill(run, items)
      const times: number[] = []
      for (let count = 0; count < 3; count++) {
        const page = await run.page()
        times.push(await page.evaluate(() => list.look()))
        await page.close()
      }
      return { shown: median(times) }
    },
  }
}

export const LIST_ROWS: readonly Row[] = [
  // Of an answer beside few rows: the cost of sending and storing it without the list.
  listRow(200),
  listRow(10_000),
  listRow(100_000),
  pullRow,
  lookRow(1),
  lookRow(100_000),
]
