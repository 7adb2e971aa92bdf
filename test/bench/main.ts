/*
 * npm run bench: measures Holdfast, what can be written by hand, and its peers, in Chromium. A full run writes
 * BENCHMARKS.md and docs/bench/, within two hours; one with options prints what it was asked for.
 *
 *   --quick            under two minutes: few repetitions, few contenders, no curves
 *   --within-minutes n a full run with as many repetitions, up to five, as there is time for; at least 30 to have one of each
 *   --rows a,b         only these rows, "list" for all that begin with "list-"; --contenders a,b: only these contenders
 *   --curves a,b       only these curves ("queue", "records", "settled", "tabs"), and no rows unless they are named
 *   --repetitions n    at most so many;  --within s: what a peer may take for one row
 *   --before folder    beside Holdfast as it stands in another checkout, twice, and no other contender; prints the ratios; rows of
 *                      lists in a run of their own
 *   --profile file     one row, one contender: leaves a CPU profile of the page that closed last
 *   --render           measures nothing: writes the tables anew from docs/bench/results.json
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import packageJson from '../../package.json' with { type: 'json' }
import { beside, CONTENDERS, isOurs, LIST_CONTENDERS, takesPart } from './contenders.js'
import { CURVES } from './curves.js'
import { goalsOf, verdictOf } from './goals.js'
import { installPeers } from './install-peers.js'
import { LIST_ROWS } from './list-rows.js'
import { ratioTable, tablesOf } from './markdown.js'
import { asResults, readResults, type Results } from './results.js'
import { ROWS, type Row } from './rows.js'
import { type Measured, type Orders, runAll } from './run-all.js'
import { measureSizes } from './size.js'
import { SLOW_ROWS } from './slow-rows.js'
import { drawCurve } from './svg.js'
import { TAB_ROWS } from './tab-rows.js'

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    'within-minutes': { type: 'string' },
    rows: { type: 'string' },
    contenders: { type: 'string' },
    curves: { type: 'string' },
    repetitions: { type: 'string' },
    within: { type: 'string' },
    before: { type: 'string' },
    profile: { type: 'string' },
    render: { type: 'boolean', default: false },
  },
})
const { quick, profile, before } = values
const isFull = !quick && !values.rows && !values.contenders && !values.curves && !before && !profile

if (values.render) publish(readResults(readFileSync('docs/bench/results.json', 'utf8')))
else await measure()

async function measure(): Promise<void> {
  const orders = ordersOf()
  if (orders.contenders.some(({ isPeer }) => isPeer)) installPeers()
  const started = new Date()
  const results = await resultsOf(await runAll(orders), orders, started)
  if (isFull) publish(results)
  else console.log(before ? ratioTable(results) : tablesOf(results))
  for (const goal of before ? [] : goalsOf(results)) {
    const { work, figure, text, because } = goal
    console.log(`${verdictOf(goal)}: ${work}: ${figure} (${text})${because ? `. ${because}` : ''}`)
  }
}

function ordersOf(): Orders {
  const named = chosen([...SLOW_ROWS, ...ROWS, ...TAB_ROWS, ...LIST_ROWS], values.rows)
  const isList = ({ name }: Row): boolean => name.startsWith('list-')
  const areLists = named.every(isList)
  const rows =
    values.curves && !values.rows
      ? []
      : named.filter((row) => values.rows || !quick || row.inQuick).filter((row) => !before || isList(row) === areLists)
  const all = [...CONTENDERS, ...LIST_CONTENDERS].filter(
    (contender) => !values.rows || rows.some((row) => takesPart(contender, row, quick)),
  )
  const contenders = before
    ? beside(resolve(before), areLists ? 'list' : 'holdfast')
    : chosen(all, values.contenders).filter(({ inQuick }) => values.contenders || !quick || inQuick)
  const minutes = values['within-minutes'] ?? (isFull ? '115' : undefined)
  return {
    rows,
    contenders,
    curves: isFull || values.curves ? chosen(CURVES, values.curves) : [],
    observesDurability: !quick && !before && !profile,
    observesBehaviour: isFull,
    takesPart: (contender, row) => takesPart(contender, row, quick),
    repetitions: Number(values.repetitions ?? (quick ? 1 : 5)),
    minutes: minutes === undefined ? undefined : Number(minutes),
    peerSeconds: values.within === undefined ? undefined : Number(values.within),
    profile,
  }
}

async function resultsOf(measured: Measured, { contenders }: Orders, started: Date): Promise<Results> {
  const { chromium, durability, ...rest } = measured
  return asResults({
    date: started.toISOString().slice(0, 10),
    command: ['npm run bench', ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])].join(' '),
    minutes: Math.ceil((Date.now() - started.getTime()) / 60_000),
    machine: `${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB, ${process.platform}`,
    versions: {
      [packageJson.name]: packageJson.version,
      Chromium: chromium.split('/').at(-1)!,
      Node: process.versions.node,
      ...peerVersions(),
    },
    contenders: contenders.map((contender) => {
      const { name, isPeer } = contender
      return { name, durability: durability[name] ?? contender.durability, isPeer, isOurs: isOurs(contender) }
    }),
    ...rest,
    sizes: await measureSizes(),
  })
}

/** BENCHMARKS.md keeps what people wrote around the figures. */
function publish(all: Results): void {
  mkdirSync('docs/bench', { recursive: true })
  writeFileSync('docs/bench/results.json', `${JSON.stringify(all, undefined, 2)}\n`)
  for (const { name, title } of CURVES) writeFileSync(`docs/bench/${name}.svg`, drawCurve(title, all.curves[name]!))
  const page = readFileSync('BENCHMARKS.md', 'utf8')
  const [head, rest = ''] = page.split('<!-- figures -->\n')
  const [, after = ''] = rest.split('<!-- end of figures -->\n')
  writeFileSync('BENCHMARKS.md', `${head}<!-- figures -->\n\n${tablesOf(all)}\n\n<!-- end of figures -->\n${after}`)
}

function peerVersions(): { [name: string]: string } {
  const { dependencies } = JSON.parse(readFileSync('test/bench/package.json', 'utf8')) as {
    dependencies: { [name: string]: string }
  }
  return dependencies
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
