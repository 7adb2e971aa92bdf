/*
 * `tsx test/torture/flush-order.ts --engine chromium|firefox|webkit --cuts N`: whether a strict transaction has the browser write out
 * the relaxed ones before it. The power is cut while a page writes the same number first relaxed, then strict. A strict number above the
 * relaxed one is a hole: the relaxed transaction is missing below a later one. A measurement of the browser, which fails nothing.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { ENGINES, type Engine } from '../support/engines/detect.js'
import { launchEngine } from '../support/engines/launch-engine.js'
import { startSite } from '../support/engines/site.js'
import { seededRandom } from '../support/seeded-random.js'
import type {} from '../support/page/flush-order.js'
import { mountDisk, whyNoDisk } from './power-cut.js'

const { values } = parseArgs({
  options: { engine: { type: 'string', default: 'chromium' }, cuts: { type: 'string', default: '10' } },
})
const engine = values.engine as Engine
if (!ENGINES.includes(engine)) throw new Error(`--engine is one of ${ENGINES.join(', ')}, not "${values.engine}"`)
const why = whyNoDisk()
if (why !== undefined) {
  console.log(`NOT RUN, nothing was shown: ${why}`)
  process.exit(0)
}

const folder = mkdtempSync(join(tmpdir(), 'holdfast-order-'))
const disk = mountDisk(folder)
const site = await startSite({ entry: 'test/support/page/flush-order.ts' })
const random = seededRandom(Date.now())
let holes = 0
try {
  for (let cut = 0; cut <= Number(values.cuts); cut++) {
    const browser = await launchEngine(engine, { profileDir: join(disk.path, 'profile'), site, path: '/' })
    const [relaxed, strict] = await browser.first.evaluate(() => flushOrder.numbers())
    if (cut) console.log(`relaxed ${relaxed}, strict ${strict}`)
    if (relaxed < strict) holes++
    await browser.first.evaluate(() => flushOrder.write())
    await sleep(1_500 + random.number() * 2_500)
    await browser.kill()
    await disk.cut()
  }
} finally {
  await site.stop()
  await disk.remove()
  rmSync(folder, { recursive: true, force: true })
}
console.log(`${engine}: ${values.cuts} cuts, ${holes} holes`)
