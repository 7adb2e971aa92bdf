import type { BenchPage } from './browser.js'
import { BESIDE } from './contenders.js'
import type { Bench } from './page/bench.js'
import { median, type Row } from './rows.js'

declare const bench: Bench

const tabs = 6

/** Several tabs in which somebody types at once, as macros or a dictation do: each commit of one is news for the others. */
export const TAB_ROWS: readonly Row[] = [
  {
    name: 'tabs-typing',
    metrics: {
      alone: { title: 'one tab, 20 edits a second: edit → durable, p50', unit: 'ms' },
      together: { title: `${tabs} tabs at once, 20 edits a second each: edit → durable, p50`, unit: 'ms' },
      late: { title: 'the same, p95', unit: 'ms' },
    },
    inQuick: false,
    contenders: ['holdfast', 'A', ...BESIDE],
    async measure({ page, contender: { durability } }) {
      const open = async (isFirst: boolean): Promise<BenchPage> => {
        const opened = await page()
        await opened.evaluate((options) => bench.open(options), { durability, isFirst } as const)
        await opened.setOffline(true)
        return opened
      }
      const first = await open(true)
      // While code is still cold.
      await first.evaluate(() => bench.typing(20, 10, 0))
      const alone = median(await first.evaluate(() => bench.typing(60, 50, 0)))
      const all = [first]
      while (all.length < tabs) all.push(await open(false))
      const type = (count: number): Promise<number[][]> =>
        Promise.all(all.map((one, at) => one.evaluate((...args) => bench.typing(...args), count, 50, at)))
      await type(10)
      const together = (await type(60)).flat().sort((one, other) => one - other)
      return { alone, together: median(together), late: together[Math.floor(together.length * 0.95)]! }
    },
  },
]
