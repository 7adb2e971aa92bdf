import { median } from '../bench/rows.js'
import type { ChromiumTab } from '../support/engines/chromium.js'
import type { Engine } from '../support/engines/detect.js'
import type { Tab } from '../support/engines/browser.js'
import { withBrowser } from './browser.js'
import type { Soak } from './page.js'
import { judged } from './judged.js'

declare const soak: Soak

/** Of a minute; what the page cannot tell in one go. */
const turnsMs = 10_000

interface Minute {
  edits: number
  saveMs: number
  answerMs: number
  /** Of the machine at that time, independent of our code. */
  bareMs: number
}

/** Prints a line a minute. Resolves with whether the last one is at most 1.2 × the first. */
export function soakByMinutes(engine: Engine, minutes: number): Promise<boolean> {
  return withBrowser(engine, async ({ tab, open }) => {
    console.log(`${engine}, ${minutes} min: edits and answers by turns\n`)
    console.log('| minute | edits | saved, ms | answered, ms | a bare write, ms | heap, MB | storage, MB |')
    console.log('| --- | --- | --- | --- | --- | --- | --- |')
    await open('soak')
    // While code is still cold.
    await tab.evaluate(() => soak.turns('soak', { count: 100 }))
    const all: Minute[] = []
    for (let minute = 1; minute <= minutes; minute++) {
      const parts: Minute[] = []
      for (const endMs = performance.now() + 60_000; performance.now() < endMs;) {
        const { count, saveMs, answerMs } = await tab.evaluate((ms) => soak.turns('soak', { ms }), turnsMs)
        const bareMs = await tab.evaluate(() => soak.bareWriteMs(50))
        parts.push({ edits: count, saveMs, answerMs, bareMs })
      }
      const of = (figure: keyof Minute): number => median(parts.map((part) => part[figure]))
      const edits = parts.reduce((sum, part) => sum + part.edits, 0)
      const found: Minute = { edits, saveMs: of('saveMs'), answerMs: of('answerMs'), bareMs: of('bareMs') }
      all.push(found)
      const storage = (await tab.evaluate(() => soak.storageBytes())) / 1e6
      const figures = [found.saveMs, found.answerMs, found.bareMs, await heapMb(tab), storage]
      console.log(`| ${minute} | ${edits} | ${figures.map((figure) => figure?.toFixed(2) ?? '').join(' | ')} |`)
    }
    const [first, last] = [all[0]!, all.at(-1)!]
    console.log(`\n${all.reduce((sum, { edits }) => sum + edits, 0)} edits. The last minute over the first:`)
    console.log(`a bare write: ${(last.bareMs / first.bareMs).toFixed(2)} ×`)
    const isSaveFlat = judged('an edit is saved', last.saveMs / first.saveMs, 1.2)
    return judged('an edit is answered', last.answerMs / first.answerMs, 1.2) && isSaveFlat
  })
}

/** Of the page's JavaScript, after a collection; only Chromium tells. */
async function heapMb(tab: Tab): Promise<number | undefined> {
  if (!('page' in tab) || !('context' in (tab as ChromiumTab).page)) return undefined
  const { page } = tab as ChromiumTab
  const session = await page.context().newCDPSession(page)
  await session.send('HeapProfiler.collectGarbage')
  const { usedSize } = await session.send('Runtime.getHeapUsage')
  await session.detach()
  return usedSize / 1e6
}
