import type { BenchPage } from './browser.js'
import { BESIDE, type Contender } from './contenders.js'
import type { Bench } from './page/bench.js'
import type { Backend } from './server.js'

declare const bench: Bench

export type Slow = 'disk' | 'processor'

/** One run of a row by one contender, in an origin of its own. */
export interface Run {
  readonly contender: Contender
  readonly backend: Backend
  /** One more page of this origin, with the contender's script loaded and nothing opened. */
  page(): Promise<BenchPage>
}

/** The measurements, by the metric's name. */
export type Figures = { readonly [metric: string]: number }

export interface Metric {
  readonly title: string
  readonly unit: 'ms' | 'MB' | 'requests' | 'kB'
}

export interface Row {
  readonly name: string
  readonly metrics: { readonly [metric: string]: Metric }
  readonly inQuick: boolean
  /** As on a phone: each flush of the disk takes longer, or the main thread gets a part of the processor. */
  readonly slow?: Slow
  /** Only for those that send to any backend. */
  readonly sends?: boolean
  /** Only for these; absent: for all that have no rows of their own. */
  readonly contenders?: readonly string[]
  measure(run: Run): Promise<Figures>
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/**
 * A page with the store open and no network. Who compares what it sends with what it knows of the record has that (and it is
 * young enough not to be read again), and who edits documents has them.
 */
export async function openOffline(
  { page, contender: { durability, loads, sends: isSender = true } }: Run,
  { records, sends = false }: { records: number; sends?: boolean },
): Promise<BenchPage> {
  const opened = await page()
  await opened.evaluate((options) => bench.open(options), { durability, isFirst: true } as const)
  if (loads === 'always' || (sends && loads)) await opened.evaluate((count) => bench.load(count), records)
  await opened.evaluate((sender) => bench.settle(sender), isSender)
  await opened.setOffline(true)
  return opened
}

/** Milliseconds from the moment at which the page learns of the network until nothing is pending. */
async function drain(page: BenchPage): Promise<number> {
  const drained = page.evaluate(() => bench.drain())
  drained.catch(() => {})
  await page.setOffline(false)
  return drained
}

export function sendRow(name: string, title: string, work: { delayMs: number; edits: number; records: number }): Row {
  return {
    name,
    metrics: {
      saved: { title: `${title}: all durable`, unit: 'ms' },
      sent: { title, unit: 'ms' },
      requests: { title: `${title}: requests`, unit: 'requests' },
      bodies: { title: `${title}: bodies`, unit: 'kB' },
    },
    inQuick: true,
    sends: true,
    async measure(run) {
      const page = await openOffline(run, { records: work.records, sends: true })
      const saved = await page.evaluate(
        (edits, perRecord) => bench.queue(edits, perRecord),
        work.edits,
        work.edits / work.records,
      )
      const { backend } = run
      backend.delayMs = work.delayMs
      backend.updates = backend.reads = backend.bodyBytes = 0
      const sent = await drain(page)
      return { saved, sent, requests: backend.updates + backend.reads, bodies: backend.bodyBytes / 1_000 }
    },
  }
}

function burstRow(name: string, title: string, records: number): Row {
  return {
    name,
    metrics: {
      durable: { title, unit: 'ms' },
      longestTask: { title: `${title}: longest task`, unit: 'ms' },
    },
    inQuick: true,
    async measure(run) {
      const page = await openOffline(run, { records })
      const { durableMs, longestTaskMs } = await page.evaluate((count) => bench.burst(10_000, count), records)
      return { durable: durableMs, longestTask: longestTaskMs }
    },
  }
}

function reopenRow(queued: number, inQuick: boolean): Row {
  const what = `reload with ${queued.toLocaleString('en')} queued`
  return {
    name: `reload-${queued}`,
    metrics: {
      readable: { title: `${what}: view readable`, unit: 'ms' },
      sending: { title: `${what}: sending has begun`, unit: 'ms' },
      heap: { title: `${what}: heap`, unit: 'MB' },
    },
    inQuick,
    async measure(run) {
      const before = await openOffline(run, { records: queued / 10 })
      await before.evaluate((edits) => bench.queue(edits), queued)
      await before.close()
      run.backend.holds = true
      const after = await run.page()
      const { durability, sends = true } = run.contender
      const { readableMs, sendingMs } = await after.evaluate(
        (options, edits) => bench.reopen(options, edits),
        { durability, isFirst: false, sends },
        queued,
      )
      const heap = (await after.heapBytes()) / 1e6
      return { readable: readableMs, ...(sendingMs !== undefined && { sending: sendingMs }), heap }
    },
  }
}

export function refusalRow(name: string, title: string, pending: number): Row {
  return {
    name,
    metrics: { undone: { title, unit: 'ms' } },
    inQuick: true,
    sends: true,
    async measure(run) {
      const page = await openOffline(run, { records: 1, sends: true })
      await page.evaluate((edits) => bench.queueRefusal(edits), pending)
      return { undone: await drain(page) }
    },
  }
}

/** Edits of an earlier visit are compared with the record before they are sent (R11). */
const restoredRow: Row = {
  name: 'restored',
  metrics: { sent: { title: 'send 1,000 records after a reload, each read first', unit: 'ms' } },
  inQuick: false,
  sends: true,
  async measure(run) {
    const before = await openOffline(run, { records: 1_000 })
    await before.evaluate(() => bench.queue(1_000, 1))
    await before.close()
    const after = await run.page()
    const { durability } = run.contender
    return {
      sent: await after.evaluate(
        async (options) => {
          await bench.open(options)
          return bench.drain()
        },
        { durability, isFirst: false } as const,
      ),
    }
  },
}

export const ROWS: readonly Row[] = [
  {
    name: 'edit',
    metrics: {
      seen: { title: 'edit → seen by an observer, p50', unit: 'ms' },
      durable: { title: 'edit → durable, p50', unit: 'ms' },
    },
    inQuick: true,
    async measure(run) {
      const page = await openOffline(run, { records: 1, sends: true })
      const { seenMs, durableMs } = await page.evaluate(() => bench.edits(100))
      return { seen: median(seenMs), durable: median(durableMs) }
    },
  },
  {
    name: 'draining',
    metrics: { durable: { title: 'edit → durable while 1,000 records are sent, p50', unit: 'ms' } },
    inQuick: false,
    contenders: ['holdfast', 'limit', 'A', ...BESIDE],
    async measure(run) {
      const page = await openOffline(run, { records: 1_000, sends: true })
      await page.evaluate(() => bench.queue(1_000, 1))
      run.backend.delayMs = 20
      const drained = drain(page)
      const { durableMs } = await page.evaluate(() => bench.edits(100))
      await drained
      return { durable: median(durableMs) }
    },
  },
  {
    name: 'settled',
    metrics: {
      first: { title: '1,000 edits, each sent before the next: the first hundred → durable, p50', unit: 'ms' },
      last: { title: 'the same: the last hundred', unit: 'ms' },
    },
    inQuick: true,
    sends: true,
    async measure({ page, contender: { durability, loads } }) {
      const opened = await page()
      await opened.evaluate((options) => bench.open(options), { durability, isFirst: true } as const)
      if (loads) await opened.evaluate(() => bench.load(1))
      // While code is still cold.
      await opened.evaluate(() => bench.settled(50))
      const durableMs = await opened.evaluate(() => bench.settled(1_000))
      return { first: median(durableMs.slice(0, 100)), last: median(durableMs.slice(-100)) }
    },
  },
  burstRow('burst-many', '10,000 edits over 1,000 records at once, all durable', 1_000),
  burstRow('burst-one', '10,000 edits of one record at once, all durable', 1),
  {
    name: 'awaited',
    metrics: { all: { title: '1,000 edits awaited one by one', unit: 'ms' } },
    inQuick: true,
    async measure(run) {
      const page = await openOffline(run, { records: 1, sends: true })
      return { all: await page.evaluate(() => bench.awaited(1_000)) }
    },
  },
  sendRow('send-20', 'send 1,000 records, server takes 20 ms', { delayMs: 20, edits: 1_000, records: 1_000 }),
  sendRow('send-0', 'send 1,000 records, server takes 0 ms', { delayMs: 0, edits: 1_000, records: 1_000 }),
  sendRow('send-one', 'send 1,000 edits of one record', { delayMs: 0, edits: 1_000, records: 1 }),
  restoredRow,
  reopenRow(100, false),
  reopenRow(10_000, true),
  reopenRow(100_000, false),
  refusalRow('refused', 'a refused edit rolled back, its later neighbour kept and sent', 2),
  refusalRow('refused-1000', 'the same in a lane of 1,000 pending edits', 1_000),
]
