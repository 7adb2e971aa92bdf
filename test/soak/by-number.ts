import { median } from '../bench/rows.js'
import type { Engine } from '../support/engines/detect.js'
import { type SoakBrowser, withBrowser } from './browser.js'
import { judged } from './judged.js'
import type { Soak } from './page.js'

declare const soak: Soak

/** Edits settled by one call into the page. */
const portion = 5_000
/** Each database has so many turns of so many edits, by turns with the others. */
const [rounds, editsOfRound] = [24, 10]
const starts = 7

interface Costs {
  saveMs: number
  answerMs: number
  startMs: number
}

/**
 * Prints what an edit, an answer and a start cost in a new database and in one with so many settled edits, and beside them in one
 * with open faults and in one that the first schema's package has left. Resolves with whether all is flat.
 */
export function soakByNumber(engine: Engine, settled: number): Promise<boolean> {
  return withBrowser(engine, async (browser) => {
    console.log(`\n${engine}: after ${settled.toLocaleString('en')} settled edits, beside a new database\n`)
    const { tab } = browser
    await make(browser, 'new')
    await make(browser, 'long')
    for (let from = 0; from < settled; from += portion)
      await tab.evaluate((work) => soak.fill('long', work), { from, edits: Math.min(portion, settled - from) })
    await make(browser, 'faults')
    await tab.evaluate(() => soak.fill('faults', { faults: 1_000 }))
    await make(browser, 'old', 'old')
    for (let from = 0; from < 10_000; from += portion)
      await tab.evaluate((edits, first) => soak.fillOld('old', edits, first), portion, from)
    // Once with the package that has left it, so that there is something to compare.
    await browser.open('old', 'old')
    await browser.tab.evaluate(() => soak.turns('old', { count: 30 }))
    const before = await browser.tab.evaluate(() => soak.turns('old', { count: 100 }))
    await browser.tab.evaluate(() => soak.close('old'))
    await browser.open('old')
    await browser.restart()

    const names = ['new', 'long', 'faults', 'old']
    const costs = await measure(browser, names)
    console.log('| database | saved, ms | answered, ms | start, ms |')
    console.log('| --- | --- | --- | --- |')
    console.log(`| old, by its own package | ${before.saveMs.toFixed(2)} | ${before.answerMs.toFixed(2)} | |`)
    for (const name of names) {
      const { saveMs, answerMs, startMs } = costs[name]!
      console.log(`| ${name} | ${[saveMs, answerMs, startMs].map((ms) => ms.toFixed(2)).join(' | ')} |`)
    }
    const over = (name: string, figure: keyof Costs): number => costs[name]![figure] / costs['new']![figure]
    return [
      judged('an edit after a long life', over('long', 'saveMs'), 1.2),
      judged('an answer after a long life', over('long', 'answerMs'), 1.2),
      judged('a start after a long life', over('long', 'startMs'), 1.2),
      judged('an edit with 1,000 open faults', over('faults', 'saveMs'), 1.3),
      judged('an edit in a database of the first schema', over('old', 'saveMs'), 1.2),
      judged('an answer in a database of the first schema', over('old', 'answerMs'), 1.2),
    ].every(Boolean)
  })
}

async function make({ open, tab }: SoakBrowser, name: string, library?: 'old'): Promise<void> {
  await open(name, library)
  await tab.evaluate((made) => soak.turns(made, { count: 5 }), name)
  await tab.evaluate((made) => soak.close(made), name)
}

/** By turns, so that the machine's other work falls on all of them; who begins changes. */
async function measure(browser: SoakBrowser, names: readonly string[]): Promise<{ [name: string]: Costs }> {
  const startsMs = new Map(names.map((name): [string, number[]] => [name, []]))
  for (let start = 0; start < starts; start++)
    for (const name of names) {
      await browser.reload()
      startsMs.get(name)!.push(await browser.open(name))
    }
  await browser.reload()
  for (const name of names) {
    await browser.open(name)
    await browser.tab.evaluate((warm) => soak.turns(warm, { count: 30 }), name)
  }
  const turns = new Map(names.map((name): [string, { saveMs: number; answerMs: number }[]] => [name, []]))
  for (let round = 0; round < rounds; round++)
    for (const name of [...names.slice(round % names.length), ...names.slice(0, round % names.length)])
      turns.get(name)!.push(await browser.tab.evaluate((one, count) => soak.turns(one, { count }), name, editsOfRound))
  return Object.fromEntries(
    names.map((name): [string, Costs] => {
      const of = (figure: 'saveMs' | 'answerMs'): number => median(turns.get(name)!.map((one) => one[figure]))
      return [name, { saveMs: of('saveMs'), answerMs: of('answerMs'), startMs: median(startsMs.get(name)!) }]
    }),
  )
}
