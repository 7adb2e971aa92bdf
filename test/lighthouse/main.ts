/*
 * `npm run lighthouse`: Fieldbook before Lighthouse, in this machine's Chromium. Accessibility and best practices of 95 or more
 * are conditions; performance is a figure, the median of five. Then the times of a first and of an offline load, and the size.
 *
 *   --conditions   one run for the conditions, without the figures; without Chromium it only says so
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { chromium, type Page } from 'playwright-core'
import { CHROMIUM_ARGUMENTS } from '../support/engines/chromium.js'
import { findEngine, INSTALL_COMMANDS, requireEngine } from '../support/engines/detect.js'
import { startFieldbook } from '../support/fieldbook.js'
import { installLocked } from '../support/suites/install-locked.js'

const folder = import.meta.dirname
const { values: asked } = parseArgs({ options: { conditions: { type: 'boolean', default: false } } })
const runs = asked.conditions ? 1 : 5
const conditions = ['accessibility', 'best-practices'] as const
const least = 95

if (asked.conditions && !findEngine('chromium') && !process.env['REQUIRE_ENGINES']) {
  console.log(`chromium not found, Lighthouse was not run; to install: ${INSTALL_COMMANDS.chromium}`)
  process.exit()
}
installLocked(folder, 'Lighthouse')
const fieldbook = await startFieldbook({ jobs: 2000 })
const scratch = mkdtempSync(join(tmpdir(), 'fieldbook-lighthouse-'))
try {
  const scores = []
  for (let run = 0; run < runs; run++) scores.push(await lighthouse(join(scratch, `${run}.json`)))
  for (const name of conditions) {
    const worst = Math.min(...scores.map((score) => score[name]!))
    console.log(`${name}: ${worst} (condition: ${least} in each of ${runs})`)
    if (worst < least) process.exitCode = 1
  }
  if (!asked.conditions) {
    console.log(`performance: ${median(scores.map(({ performance }) => performance!))}, the median of ${runs} runs`)
    await loads()
    const files = [...fieldbook.files.values()]
    const bytes = files.reduce((sum, { body, gzipped }) => sum + (gzipped ?? body).length, 0)
    console.log(`size: ${kB(bytes)} in ${files.length} files as they are sent, icons and worker among them`)
  }
} finally {
  await fieldbook.stop()
  rmSync(scratch, { recursive: true, force: true })
}

/** The scores of one run, from 0 to 100, by category. Lighthouse loses its own trace now and then, and asks to be run again. */
async function lighthouse(path: string, triesLeft = 3): Promise<{ [category: string]: number }> {
  const categories = [...conditions, ...(asked.conditions ? [] : ['performance'])]
  const args = [
    join(folder, 'node_modules/lighthouse/cli/index.js'),
    fieldbook.page.url,
    '--quiet',
    '--output=json',
    `--output-path=${path}`,
    `--only-categories=${categories.join()}`,
    `--chrome-flags=--headless=new ${CHROMIUM_ARGUMENTS.join(' ')}`,
  ]
  const env = { ...process.env, CHROME_PATH: requireEngine('chromium') }
  try {
    await promisify(execFile)(process.execPath, args, { env })
  } catch (error) {
    if (triesLeft > 1 && /Please run Lighthouse again/.test(String(error))) return lighthouse(path, triesLeft - 1)
    throw error
  }
  const scores = (JSON.parse(readFileSync(path, 'utf8')) as { categories: { [name: string]: { score: number } } })
    .categories
  return Object.fromEntries(Object.entries(scores).map(([name, { score }]) => [name, Math.round(score * 100)]))
}

/** The times until a person can read the screen: at the first visit, and with the server stopped. Medians of five browsers. */
async function loads(): Promise<void> {
  const browsers = []
  const [first, offline]: [number[], number[]] = [[], []]
  try {
    for (let run = 0; run < runs; run++) {
      const browser = await chromium.launch({
        executablePath: requireEngine('chromium'),
        args: [...CHROMIUM_ARGUMENTS],
      })
      const page = await browser.newPage()
      browsers.push({ browser, page })
      await page.goto(fieldbook.page.url)
      await page.getByRole('heading').waitFor()
      first.push(await loadedMs(page))
      await page.evaluate(async () => void (await navigator.serviceWorker.ready))
    }
    await fieldbook.stop()
    for (const { page } of browsers) {
      await page.reload()
      await page.getByRole('heading').waitFor()
      offline.push(await loadedMs(page))
    }
  } finally {
    for (const { browser } of browsers) await browser.close()
  }
  console.log(`first load: ${median(first)} ms until the first text`)
  console.log(`offline load: ${median(offline)} ms until the first text, with the server stopped`)
}

function loadedMs(page: Page): Promise<number> {
  return page.evaluate(() => Math.round(performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN))
}

function median(numbers: number[]): number {
  return numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length / 2)]!
}

function kB(bytes: number): string {
  return `${(bytes / 1000).toFixed(0)} kB`
}
