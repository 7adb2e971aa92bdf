/*
 * `tsx test/bench/flushes.ts [--before folder] [--delay µs] [--count 1000]`: how often Chromium has the disk flush, by strace, and how
 * long that takes. With `--delay` each flush takes so much longer, as on a phone. `--before`: beside Holdfast as it stands in another
 * checkout, by turns.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { Plugin } from 'esbuild'
import { startRestServer } from '../../demo/server/rest/start-rest-server.js'
import { launchChromium } from '../support/engines/chromium.js'
import { startSite } from '../support/engines/site.js'
import type {} from './page/flushes.js'
import { slowDiskChromium, whyNoSlowDisk } from './slow-disk.js'

const { values } = parseArgs({
  options: {
    before: { type: 'string' },
    delay: { type: 'string', default: '0' },
    count: { type: 'string', default: '1000' },
  },
})
const count = Number(values.count)
const delayUs = Number(values.delay)

/** Has the engines start such a Chromium, and says where it notes its flushes. */
function notingFlushes(folder: string): string {
  const notes = join(folder, 'flushes')
  writeFileSync(notes, '')
  process.env['CHROMIUM_PATH'] = slowDiskChromium(folder, { delayUs, notes })
  return notes
}

/** Counts the flushes while the work goes on. */
async function watched(notes: string, work: () => Promise<unknown>): Promise<{ flushes: number; ms: number }> {
  const count = (): number => readFileSync(notes, 'utf8').match(/f(?:data)?sync\(/g)?.length ?? 0
  const before = count()
  const begunMs = performance.now()
  await work()
  const ms = performance.now() - begunMs
  // The end of a drain is written behind it.
  await sleep(500)
  return { flushes: count() - before, ms: Math.round(ms) }
}

/** Has the page built of another checkout's sources. */
const of = (folder: string): Plugin => ({
  name: 'of',
  setup({ onResolve }) {
    onResolve({ filter: /\/src\// }, ({ path, importer }) =>
      importer.includes('/test/bench/page/')
        ? { path: join(folder, path.slice(path.indexOf('src/')).replace(/\.js$/, '.ts')) }
        : undefined,
    )
  },
})

async function measure(folder: string): Promise<{ [row: string]: { flushes: number; ms: number } }> {
  const own = mkdtempSync(join(tmpdir(), 'holdfast-flushes-'))
  const field = { type: 'text' } as const
  const server = await startRestServer({
    schema: { collections: { notes: { ids: 'client', fields: { made: field, text: field } } } },
  })
  const site = await startSite({ entry: 'test/bench/page/flushes.ts', plugins: [of(folder)] })
  for (let n = 0; n < count; n++)
    await fetch(`${server.root}notes`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ id: `r${n}`, made: 'by hand', text: 'text' }),
    })
  const root = encodeURIComponent(server.root)
  delete process.env['CHROMIUM_PATH']
  const notes = notingFlushes(own)
  const browser = await launchChromium({
    profileDir: join(own, 'profile'),
    site,
    path: `/?root=${root}&database=edits`,
  })
  try {
    const { first } = browser
    await first.evaluate(() => flushPage.open())
    // The new log of a start is written, too, before anything is counted.
    await first.evaluate(() => flushPage.edit(1, true))
    await sleep(3_000)
    const edit = (atOnce: boolean) =>
      watched(notes, () => first.evaluate((n, all) => flushPage.edit(n, all), count, atOnce))
    const one = await edit(false)
    const burst = await edit(true)
    const sent = await watched(notes, () => first.evaluate(() => flushPage.send()))
    const lone = await watched(notes, async () => {
      for (let n = 0; n < 20; n++) {
        await first.evaluate(() => flushPage.edit(1, true))
        await first.evaluate(() => flushPage.send())
        await sleep(200)
      }
    })
    const other = await browser.open(`/?root=${root}&database=list&online`)
    await other.evaluate(() => flushPage.open())
    const pulled = await watched(notes, () => other.evaluate((n) => flushPage.pull(n), count))
    return {
      [`${count} edits, one by one`]: one,
      [`${count} edits at once`]: burst,
      [`${count} records sent`]: sent,
      '20 edits, each saved and sent by itself': lone,
      [`${count} records pulled`]: pulled,
    }
  } finally {
    await browser.kill()
    await site.stop()
    await server.stop()
    rmSync(own, { recursive: true, force: true, maxRetries: 5 })
  }
}

const why = whyNoSlowDisk()
if (why) {
  console.log(why)
  process.exit(1)
}
const now = await measure(resolve('.'))
const before = values.before === undefined ? undefined : await measure(resolve(values.before))
for (const [row, { flushes, ms }] of Object.entries(now)) {
  const old = before?.[row]
  console.log(`| ${row} | ${old ? `${old.flushes} | ${old.ms} ms | ` : ''}${flushes} | ${ms} ms |`)
}
