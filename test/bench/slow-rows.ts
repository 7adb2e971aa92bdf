import { BESIDE } from './contenders.js'
import type { Bench } from './page/bench.js'
import { median, openOffline, refusalRow, type Row, sendRow } from './rows.js'

declare const bench: Bench

/** So much longer each flush takes, as on the flash of a phone. */
export const FLUSH_MS = 8
/** Into how many parts the processor is divided, of which the page gets one. */
export const PROCESSOR_PARTS = 4

const onDisk = `a flush takes ${FLUSH_MS} ms more`
const onProcessor = `a quarter of the processor`
const queued = 100

const slowDisk = { slow: 'disk', inQuick: false, contenders: ['holdfast', 'limit', 'A', ...BESIDE] } as const
const slowProcessor = {
  slow: 'processor',
  inQuick: false,
  contenders: ['holdfast', 'holdfast relaxed', 'limit', 'A', 'Dexie', ...BESIDE],
} as const

/** A person waits for these on a phone. */
export const SLOW_ROWS: readonly Row[] = [
  {
    name: 'slow-disk-edit',
    metrics: { durable: { title: `${onDisk}: edit → durable, p50`, unit: 'ms' } },
    ...slowDisk,
    async measure(run) {
      const page = await openOffline(run, { records: 1, sends: true })
      return { durable: median((await page.evaluate(() => bench.edits(40))).durableMs) }
    },
  },
  {
    ...sendRow('slow-disk-send', `${onDisk}: send 200 records`, { delayMs: 0, edits: 200, records: 200 }),
    ...slowDisk,
  },
  { ...refusalRow('slow-disk-refused', `${onDisk}: a refused edit rolled back`, 2), ...slowDisk },
  {
    name: 'slow-processor-open',
    metrics: {
      shown: { title: `${onProcessor}: a page's script runs, opens the store and shows the first view`, unit: 'ms' },
      opened: { title: 'the same without the script: open → view', unit: 'ms' },
    },
    ...slowProcessor,
    async measure(run) {
      const before = await openOffline(run, { records: queued / 10 })
      await before.evaluate((edits) => bench.queue(edits), queued)
      await before.close()
      run.backend.holds = true
      const after = await run.page()
      const script = await after.evaluate(() => bench.scriptMs())
      const { durability } = run.contender
      const { readableMs } = await after.evaluate(
        (options, edits) => bench.reopen(options, edits),
        { durability, isFirst: false, sends: false },
        queued,
      )
      return { shown: script + readableMs, opened: readableMs }
    },
  },
  {
    name: 'slow-processor-edit',
    metrics: { seen: { title: `${onProcessor}: edit → seen by an observer, p50`, unit: 'ms' } },
    ...slowProcessor,
    async measure(run) {
      const page = await openOffline(run, { records: 1, sends: true })
      return { seen: median((await page.evaluate(() => bench.edits(50))).seenMs) }
    },
  },
]
