/*
 * `npm run lighthouse`: Fieldbook before Lighthouse, in this machine's Chromium. Accessibility and best practices of 95 or more
 * are conditions; performance is a figure, the median of five. Then the times of a first and of an offline load, and the size.
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { chromium, type Page } from 'playwright-core'
import { CHROMIUM_ARGUMENTS } from '../support/engines/chromium.js'
import { requireEngine } from '../support/engines/detect.js'
import { startFieldbook } from '../support/fieldbook.js'
import { installLocked } from '../support/suites/install-locked.js'

const folder = import.meta.dirname
const runs = 5
const conditions = ['accessibility', 'best-practices'] as const
const least = 95

installLocked(folder, 'Lighthouse')
const fieldbook = await startFieldbook({ jobs: 2000 })
const scratch = mkdtempSync(join(tmpdir(), 'fieldbook-lighthouse-'))
try {
  const scores = []
  for (let run = 0; run < runs; run++) scores.push(await lighthouse(join(scratch, `${run}.json`)))
  for (const name of conditions) {
    const worst = Math.min(...scores.map((score) => score[name]!))
    console.log(`${name}: ${worst} at least, of ${runs} runs (condition: ${least})`)
    if (worst < least) process.exitCode = 1
  }
  console.log(`performance: ${median(scores.map(({ performance }) => performance!))}, the median of ${runs} runs`)
  await loads()
  const files = [...fieldbook.files.values()]
  const bytes = files.reduce((sum, { body, gzipped }) => sum + (gzipped ?? body).length, 0)
  console.log(`size: ${kB(bytes)} in ${files.length} files as they are sent, icons and worker among them`)
} finally {
  await fieldbook.stop()
  rmSync(scratch, { recursive: true, force: true })
}

/** The scores of one run, from 0 to 100, by category. */
async function lighthouse(path: string): Promise<{ [category: string]: number }> {
  const args = [
    join(folder, 'node_modules/lighthouse/cli/index.js'),
    fieldbook.page.url,
    '--quiet',
    '--output=json',
    `--output-path=${path}`,
    '--only-categories=accessibility,best-practices,performance',
    `--chrome-flags=--headless=new ${CHROMIUM_ARGUMENTS.join(' ')}`,
  ]
  await promisify(execFile)(process.execPath, args, { env: { ...process.env, CHROME_PATH: requireEngine('chromium') } })
  const { categories } = JSON.parse(readFileSync(path, 'utf8')) as { categories: { [name: string]: { score: number } } }
  return Object.fromEntries(Object.entries(categories).map(([name, { score }]) => [name, Math.round(score * 100)]))
}

/** The times until a person can read the screen: at the first visit, and with the server stopped. */
async function loads(): Promise<void> {
  const browser = await chromium.launch({ executablePath: requireEngine('chromium'), args: [...CHROMIUM_ARGUMENTS] })
  try {
    const page = await (await browser.newContext()).newPage()
    await page.goto(fieldbook.page.url)
    await page.getByRole('heading').waitFor()
    console.log(`first load: ${await loadedMs(page)} ms until the first text`)
    await page.evaluate(async () => void (await navigator.serviceWorker.ready))
    await fieldbook.stop()
    await page.reload()
    await page.getByRole('heading').waitFor()
    console.log(`offline load: ${await loadedMs(page)} ms until the first text, with the server stopped`)
  } finally {
    await browser.close()
  }
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
