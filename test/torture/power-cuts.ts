/*
 * `npm run powerloss -- --engine chromium|firefox|webkit --cuts N [--seed N]`: as the torture, with the power cut at each
 * kill. Exit code 1 if an edit was lost, doubled or out of order, 0 with a notice where there can be no such disk.
 * `--durability relaxed` shows that the cuts are ones: what the client then calls saved is lost where the engine allows it.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ENGINES, findEngine, INSTALL_COMMANDS, type Engine } from '../support/engines/detect.js'
import { mountDisk, whyNoDisk } from './power-cut.js'
import { runTorture } from './run-torture.js'

const { values } = parseArgs({
  options: {
    engine: { type: 'string', default: 'chromium' },
    cuts: { type: 'string', default: '5' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    durability: { type: 'string', default: 'strict' },
  },
})
const engine = values.engine as Engine
const [cuts, seed] = [Number(values.cuts), Number(values.seed)]

if (!ENGINES.includes(engine)) throw new Error(`--engine is one of ${ENGINES.join(', ')}, not "${values.engine}"`)
if (!Number.isInteger(cuts) || cuts < 1) throw new Error(`--cuts is a whole number above 0, not "${values.cuts}"`)
if (!Number.isInteger(seed)) throw new Error(`--seed is a whole number, not "${values.seed}"`)
if (!findEngine(engine)) {
  console.error(`${engine} not found; to install: ${INSTALL_COMMANDS[engine]}`)
  process.exit(2)
}
const { durability } = values
if (!['strict', 'relaxed'].includes(durability))
  throw new Error(`--durability is strict or relaxed, not "${durability}"`)
const why = whyNoDisk()
if (why !== undefined) {
  console.log(`NOT RUN, nothing was shown: ${why}`)
  process.exit(0)
}

console.log(`${engine}, seed ${seed}, durability ${durability}`)
const folder = mkdtempSync(join(tmpdir(), 'holdfast-power-'))
const disk = mountDisk(folder)
try {
  const tell = (line: string): void => console.log(line)
  const torture = await runTorture({ engine, kills: cuts, seed, disk, durability, tell })
  const { saved, repeated, lost, doubled, outOfOrder, wipes, outcomes, failures, examples } = torture
  for (const line of [...failures, ...examples]) console.log(line)
  if (wipes > 0) console.log(`origin wiped: ${wipes}`)
  console.log(`outcomes: ${JSON.stringify(outcomes)}`)
  console.log(
    `cuts ${cuts}, saved ${saved}, repeated ${repeated}, lost ${lost}, doubled ${doubled}, out of order ${outOfOrder}`,
  )
  process.exitCode = lost + doubled + outOfOrder + wipes + failures.length > 0 ? 1 : 0
} finally {
  await disk.remove()
  rmSync(folder, { recursive: true, force: true })
}
