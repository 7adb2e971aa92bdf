/*
 * npm run bench: measures Holdfast, what can be written by hand, and its peers, in Chromium. A full run writes
 * BENCHMARKS.md and docs/bench/; one with options prints what it was asked for.
 *
 *   --quick            under two minutes: few repetitions, few contenders, no curves
 *   --rows a,b         only these rows, "list" for all that begin with "list-"; --contenders a,b: only these contenders
 *   --curves a,b       only these curves ("queue", "records", "settled", "tabs"), and no rows unless they are named
 *   --repetitions n    --within s: what one contender may take for one row
 *   --before folder    beside Holdfast as it stands in another checkout, twice, and no other contender; prints the ratios; rows of
 *                      lists in a run of their own
 *   --profile file     one row, one contender: leaves a CPU profile of the page that closed last
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import packageJson from '../../package.json' with { type: 'json' }
import { decides, observeBehaviour } from './behaviour.js'
import { launchBenchBrowser } from './browser.js'
import { bundleContenders } from './bundle.js'
import { beside, CONTENDERS, type Contender, LIST_CONTENDERS } from './contenders.js'
import { type Curve, CURVES } from './curves.js'
import { goalsOf } from './goals.js'
import { installPeers } from './install-peers.js'
import { LIST_ROWS } from './list-rows.js'
import { ratioTable, tablesOf } from './markdown.js'
import { asRun, asRuns, measureRow } from './measure.js'
import { type ResultRow, type Results, resultRows } from './results.js'
import { ROWS, type Row } from './rows.js'
import { startBenchServer } from './server.js'
import { measureSizes } from './size.js'
import { drawCurve } from './svg.js'
import { TAB_ROWS } from './tab-rows.js'

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rows: { type: 'string' },
    contenders: { type: 'string' },
    curves: { type: 'string' },
    repetitions: { type: 'string' },
    within: { type: 'string', default: '300' },
    before: { type: 'string' },
    profile: { type: 'string' },
  },
})
const { quick, profile } = values
const isFull = !quick && !values.rows && !values.contenders && !values.curves && !values.before && !profile
const rows =
  values.curves && !values.rows
    ? []
    : chosen([...ROWS, ...TAB_ROWS, ...LIST_ROWS], values.rows).filter((row) => values.rows || !quick || row.inQuick)
const all = [...CONTENDERS, ...LIST_CONTENDERS].filter(
  (contender) => !values.rows || rows.some((row) => takesPart(contender, row)),
)
const contenders = values.before
  ? beside(resolve(values.before), rows.some(({ contenders: own }) => own) ? 'list' : 'holdfast')
  : chosen(all, values.contenders).filter(({ inQuick }) => values.contenders || !quick || inQuick)
const curves = isFull || values.curves ? chosen(CURVES, values.curves) : []
if (contenders.some(({ isPeer }) => isPeer)) installPeers()

const profileDir = mkdtempSync(join(tmpdir(), 'holdfast-bench-'))
const server = await startBenchServer(await bundleContenders(contenders, { minify: !profile }))
const browser = await launchBenchBrowser(profileDir, profile)
const started = new Date()
const parts = { browser, server, withinMs: Number(values.within) * 1_000 }
const measured: ResultRow[] = []
const behaviour: { [contender: string]: Awaited<ReturnType<typeof observeBehaviour>> } = {}
const drawn: { [curve: string]: { [contender: string]: Awaited<ReturnType<Curve['measure']>>[] } } = {}

try {
  for (const row of rows) {
    const taking = contenders.filter((contender) => takesPart(contender, row))
    const repetitions = Number(values.repetitions ?? (quick ? 1 : row.repetitions))
    say(row.name)
    measured.push(
      ...resultRows(await measureRow(row, taking, { ...parts, repetitions, warmUp: repetitions > 1 && !profile })),
    )
  }
  if (isFull)
    for (const contender of contenders.filter(decides)) {
      say(`behaviour of ${contender.name}`)
      behaviour[contender.name] = await asRun(contender, parts, observeBehaviour)
    }
  for (const curve of curves) {
    const lines = (drawn[curve.name] = {} as (typeof drawn)[string])
    for (const contender of contenders.filter(({ name }) => curve.contenders.includes(name))) {
      const points = (lines[contender.name] = [] as (typeof lines)[string])
      for (const x of curve.points) {
        say(`${curve.name} ${x} ${contender.name}`)
        const point = await asRuns(contender, parts, (run) => curve.measure(run, x)).catch((error: unknown) => {
          say(String(error))
          return undefined
        })
        if (point) points.push(point)
      }
    }
  }
} finally {
  await browser.close()
  await server.stop()
  rmSync(profileDir, { recursive: true, force: true })
}

const results: Results = {
  date: started.toISOString().slice(0, 10),
  command: ['npm run bench', ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])].join(' '),
  machine: `${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB, ${process.platform}`,
  versions: {
    [packageJson.name]: packageJson.version,
    Chromium: browser.version.split('/').at(-1)!,
    Node: process.versions.node,
    ...peerVersions(),
  },
  contenders: contenders.map(({ name, durability, isPeer }) => ({ name, durability, isPeer })),
  rows: measured,
  behaviour,
  sizes: await measureSizes(),
  curves: drawn,
}
if (isFull) publish(results)
else console.log(values.before ? ratioTable(results) : tablesOf(results))
for (const { work, goal, figure, isMet } of values.before ? [] : goalsOf(results))
  console.log(`${isMet ? 'met   ' : 'MISSED'} ${work}: ${figure} (${goal})`)

/** BENCHMARKS.md keeps what people wrote below the figures. */
function publish(all: Results): void {
  mkdirSync('docs/bench', { recursive: true })
  writeFileSync('docs/bench/results.json', `${JSON.stringify(all, undefined, 2)}\n`)
  for (const { name, title } of CURVES) writeFileSync(`docs/bench/${name}.svg`, drawCurve(title, all.curves[name]!))
  const page = readFileSync('BENCHMARKS.md', 'utf8')
  const [before, rest = ''] = page.split('<!-- figures -->\n')
  const [, after = ''] = rest.split('<!-- end of figures -->\n')
  writeFileSync('BENCHMARKS.md', `${before}<!-- figures -->\n\n${tablesOf(all)}\n\n<!-- end of figures -->\n${after}`)
}

function peerVersions(): { [name: string]: string } {
  const { dependencies } = JSON.parse(readFileSync('test/bench/package.json', 'utf8')) as {
    dependencies: { [name: string]: string }
  }
  return dependencies
}

function takesPart({ name, rows: only, notRows, sends = true, inQuick }: Contender, row: Row): boolean {
  if (row.contenders) return row.contenders.includes(name)
  if (quick && Array.isArray(inQuick) && !inQuick.includes(row.name)) return false
  return (!only || only.includes(row.name)) && !notRows?.includes(row.name) && (!row.sends || sends)
}

function chosen<T extends { readonly name: string }>(all: readonly T[], names: string | undefined): T[] {
  if (names === undefined) return [...all]
  return names.split(',').flatMap((name) => {
    const named = all.find((one) => one.name === name)
    const found = named ? [named] : all.filter((one) => one.name.startsWith(`${name}-`))
    if (!found.length) throw new Error(`there is no "${name}": choose from ${all.map((one) => one.name).join(', ')}`)
    return found
  })
}

function say(what: string): void {
  console.log(`${((Date.now() - started.getTime()) / 1_000).toFixed(0).padStart(5)} s  ${what}`)
}
