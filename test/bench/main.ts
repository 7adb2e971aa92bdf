/* npm run bench -- [--quick] [--rows a,b] [--contenders a,b] [--repetitions n] [--profile file]: measures Holdfast and its peers in Chromium. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { launchBenchBrowser } from './browser.js'
import { bundleContenders } from './bundle.js'
import { CONTENDERS, type Contender } from './contenders.js'
import { installPeers } from './install-peers.js'
import { isFailure, measureRow, type Measured } from './measure.js'
import { median, ROWS, type Row } from './rows.js'
import { startBenchServer } from './server.js'

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rows: { type: 'string' },
    contenders: { type: 'string' },
    repetitions: { type: 'string' },
    within: { type: 'string', default: '120' },
    profile: { type: 'string' },
  },
})

const rows = chosen(ROWS, values.rows).filter((row) => values.rows !== undefined || !values.quick || row.inQuick)
const contenders = chosen(CONTENDERS, values.contenders).filter(
  ({ inQuick }) => values.contenders !== undefined || !values.quick || inQuick,
)
if (contenders.some(({ isPeer }) => isPeer)) installPeers()

const profileDir = mkdtempSync(join(tmpdir(), 'holdfast-bench-'))
const server = await startBenchServer(await bundleContenders(contenders, { minify: !values.profile }))
const browser = await launchBenchBrowser(profileDir, values.profile)
const measured: Measured[] = []
try {
  for (const row of rows) {
    const taking = contenders.filter(
      (contender) =>
        (!contender.rows || contender.rows.includes(row.name)) && (!row.sends || contender.sends !== false),
    )
    const repetitions = Number(values.repetitions ?? (values.quick ? 2 : row.repetitions))
    const startMs = Date.now()
    const result = await measureRow(row, taking, {
      browser,
      server,
      repetitions,
      withinMs: Number(values.within) * 1_000,
      warmUp: !values.quick,
    })
    measured.push(result)
    print(result, Date.now() - startMs)
  }
} finally {
  await browser.close()
  await server.stop()
  rmSync(profileDir, { recursive: true, force: true })
}

function chosen<T extends Row | Contender>(all: readonly T[], names: string | undefined): T[] {
  if (names === undefined) return [...all]
  return names.split(',').map((name) => {
    const found = all.find((one) => one.name === name)
    if (!found) throw new Error(`there is no "${name}": choose from ${all.map((one) => one.name).join(', ')}`)
    return found
  })
}

function print({ row, figures }: Measured, tookMs: number): void {
  for (const [metric, { title, unit }] of Object.entries(row.metrics)) {
    console.log(`${title} (${unit})`)
    for (const [{ name }, list] of figures) {
      const list2 = isFailure(list) ? [] : list.map((one) => one[metric]!)
      const shown = isFailure(list)
        ? list.why
        : `${median(list2).toFixed(3)}  [${Math.min(...list2).toFixed(3)} – ${Math.max(...list2).toFixed(3)}]`
      console.log(`  ${name.padEnd(20)} ${shown}`)
    }
  }
  console.log(`  (${(tookMs / 1_000).toFixed(1)} s)`)
}
