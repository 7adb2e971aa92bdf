import type { BenchPage } from './browser.js'
import type { Bench } from './page/bench.js'
import { median, type Run } from './rows.js'

declare const bench: Bench

export const CURVE_METRICS = {
  edit: 'edit → durable, p50 (ms)',
  open: 'open → view readable (ms)',
  heap: 'heap after that (MB)',
  drain: 'all sent, server takes 0 ms (ms)',
  requests: 'requests for that',
} as const

export type CurveMetric = keyof typeof CURVE_METRICS
export type Point = { readonly x: number } & { readonly [metric in CurveMetric]?: number }

export interface Curve {
  readonly name: 'queue' | 'records' | 'settled' | 'tabs'
  readonly title: string
  readonly points: readonly number[]
  /** Of the contenders, those that take part. */
  readonly contenders: readonly string[]
  measure(run: () => Run, x: number): Promise<Point>
}

/** Beyond this many, sending takes minutes, and its line shows what it shows. */
const mostSent = 10_000

async function openFirst({ page, contender: { durability } }: Run): Promise<BenchPage> {
  const opened = await page()
  await opened.evaluate((options) => bench.open(options), { durability, isFirst: true } as const)
  return opened
}

/** `edits` queued, so many to a record: an edit more, an open, and in another origin the sending. */
async function measureQueue(run: () => Run, edits: number, perRecord: number): Promise<Omit<Point, 'x'>> {
  const first = run()
  const before = await openFirst(first)
  await before.setOffline(true)
  await before.evaluate((count, per) => bench.queue(count, per), edits, perRecord)
  const edit = median((await before.evaluate(() => bench.edits(40))).durableMs)
  await before.close()
  first.backend.holds = true
  const after = await first.page()
  const { durability } = first.contender
  // The edits after the queue end with this value.
  const { readableMs } = await after.evaluate((options) => bench.reopen(options, 0), {
    durability,
    isFirst: false,
    sends: false,
    until: 'new 39',
  })
  const heap = (await after.heapBytes()) / 1e6
  await after.close()
  if (edits / perRecord > mostSent) return { edit, open: readableMs, heap }
  const second = run()
  const sender = await openFirst(second)
  await sender.setOffline(true)
  await sender.evaluate((count, per) => bench.queue(count, per), edits, perRecord)
  const drained = sender.evaluate(() => bench.drain())
  await sender.setOffline(false)
  const drain = await drained
  const { updates, reads } = second.backend
  await sender.close()
  return { edit, open: readableMs, heap, drain, requests: updates + reads }
}

/** So many edits of one record were sent and answered before, one by one: an edit more, and an open. */
async function measureSettled(run: () => Run, edits: number): Promise<Omit<Point, 'x'>> {
  const one = run()
  const before = await openFirst(one)
  await before.evaluate(() => bench.load(1))
  await before.evaluate((count) => bench.settled(count), edits)
  await before.setOffline(true)
  const edit = median((await before.evaluate(() => bench.edits(40))).durableMs)
  await before.close()
  const after = await one.page()
  const { durability } = one.contender
  const { readableMs } = await after.evaluate((options) => bench.reopen(options, 0), {
    durability,
    isFirst: false,
    sends: false,
    until: 'new 39',
  })
  return { edit, open: readableMs, heap: (await after.heapBytes()) / 1e6 }
}

/** So many tabs of one app are open; figures are those of the last one, and 100 records are sent at the end. */
async function measureTabs(run: () => Run, tabs: number): Promise<Omit<Point, 'x'>> {
  const one = run()
  const first = await openFirst(one)
  await first.evaluate(() => bench.load(1))
  await first.evaluate(() => bench.edits(1))
  const { durability } = one.contender
  const others: BenchPage[] = []
  for (let tab = 2; tab < tabs; tab++) {
    const other = await one.page()
    await other.evaluate((options) => bench.open(options), { durability, isFirst: false } as const)
    others.push(other)
  }
  const last = tabs > 1 ? await one.page() : first
  let open: number | undefined
  if (last !== first)
    open = (
      await last.evaluate((options) => bench.reopen(options, 0), {
        durability,
        isFirst: false,
        sends: false,
        until: 'new 0',
      })
    ).readableMs
  const all = [first, ...others, ...(last === first ? [] : [last])]
  for (const page of all) await page.setOffline(true)
  const edit = median((await last.evaluate(() => bench.edits(40))).durableMs)
  const heap = (await last.heapBytes()) / 1e6
  await last.evaluate(() => bench.queue(100, 1))
  one.backend.updates = one.backend.reads = 0
  const drained = last.evaluate(() => bench.drain())
  for (const page of all) await page.setOffline(false)
  const drain = await drained
  return { edit, ...(open !== undefined && { open }), heap, drain, requests: one.backend.updates + one.backend.reads }
}

export const CURVES: readonly Curve[] = [
  {
    name: 'queue',
    title: 'queued edits, ten to a record',
    points: [10, 100, 1_000, 10_000, 100_000],
    contenders: ['holdfast', 'limit'],
    measure: async (run, x) => ({ x, ...(await measureQueue(run, x, Math.min(10, x))) }),
  },
  {
    name: 'records',
    title: 'records, each with one queued edit',
    points: [1, 10, 100, 1_000, 10_000, 100_000],
    contenders: ['holdfast', 'limit'],
    measure: async (run, x) => ({ x, ...(await measureQueue(run, x, 1)) }),
  },
  {
    name: 'settled',
    title: 'edits that were sent and answered before',
    points: [10, 100, 1_000, 10_000],
    contenders: ['holdfast', 'limit'],
    measure: async (run, x) => ({ x, ...(await measureSettled(run, x)) }),
  },
  {
    name: 'tabs',
    title: 'tabs of one app',
    points: [1, 2, 4, 8],
    contenders: ['holdfast'],
    measure: async (run, x) => ({ x, ...(await measureTabs(run, x)) }),
  },
]
