import type { BenchPage } from './browser.js'
import type { Contender } from './contenders.js'
import type { Bench } from './page/bench.js'
import type { Run } from './rows.js'

declare const bench: Bench

/** The end of an edit that the server answers with 400, and of a later edit of the same record. */
export interface Behaviour {
  rolledBack: boolean
  laterKept: boolean
  laterSent: boolean
  told: boolean
  toldAfterReload: boolean
}

/** Time for all that a contender does by itself. */
const settlesWithinMs = 4_000

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

export async function observeBehaviour({ page, backend, contender }: Run): Promise<Behaviour> {
  const { durability } = contender
  const before = await page()
  await before.evaluate((options) => bench.open(options), { durability, isFirst: true } as const)
  await before.evaluate(() => bench.load(1))
  await before.setOffline(true)
  await before.evaluate(() => bench.queueRefusal(2))
  await before.setOffline(false)
  await wait(settlesWithinMs)
  const { view, refusals = 0 } = await look(before)
  const laterSent = [...backend.users.values()].some((user) => user['p1'] !== undefined)
  await before.close()
  const after = await page()
  await after.evaluate((options) => bench.open(options), { durability, isFirst: false } as const)
  const later = await look(after)
  return {
    rolledBack: view?.['email'] !== 'refused',
    laterKept: view?.['p1'] !== undefined,
    laterSent,
    told: refusals > 0,
    // A contender that never reported the loss does not report it after another try.
    toldAfterReload: refusals > 0 && (later.refusals ?? 0) > 0,
  }
}

const look = (page: BenchPage): ReturnType<Bench['look']> => page.evaluate(() => bench.look())

/** Those that decide themselves: what is hand-written does what its author wants. */
export function decides({ script, name, sends = true }: Contender): boolean {
  return (
    sends &&
    name !== 'holdfast relaxed' &&
    (script === 'contenders/holdfast' || script.startsWith('peers/')) &&
    script !== 'peers/dexie'
  )
}
