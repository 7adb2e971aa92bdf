/*
 * `npm run torture -- --engine chromium|firefox|webkit --kills N [--seed N] [--records]`: exit code 1 if an edit was lost, doubled
 * or out of order. With `--records` collections of an ordinary HTTP API are written to, and a record that comes back after its
 * deletion counts too.
 */
import { parseArgs } from 'node:util'
import { ENGINES, findEngine, INSTALL_COMMANDS, type Engine } from '../support/engines/detect.js'
import { runRecordTorture } from './run-record-torture.js'
import { runTorture } from './run-torture.js'

const { values } = parseArgs({
  options: {
    engine: { type: 'string', default: 'chromium' },
    kills: { type: 'string', default: '30' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    records: { type: 'boolean', default: false },
  },
})
const engine = values.engine as Engine
const [kills, seed] = [Number(values.kills), Number(values.seed)]

if (!ENGINES.includes(engine)) throw new Error(`--engine is one of ${ENGINES.join(', ')}, not "${values.engine}"`)
if (!Number.isInteger(kills) || kills < 1) throw new Error(`--kills is a whole number above 0, not "${values.kills}"`)
if (!Number.isInteger(seed)) throw new Error(`--seed is a whole number, not "${values.seed}"`)
if (!findEngine(engine)) {
  console.error(`${engine} not found; to install: ${INSTALL_COMMANDS[engine]}`)
  process.exit(2)
}

const tell = (line: string): void => console.log(line)
tell(`${engine}, seed ${seed}`)
if (values.records) {
  const torture = await runRecordTorture({ engine, kills, seed, tell })
  const { saved, created, deleted, lost, doubled, outOfOrder, raised, midWrite, outcomes } = torture
  for (const line of [...torture.failures, ...torture.examples]) tell(line)
  tell(`kills while a write was under way: ${midWrite}`)
  tell(`outcomes: ${JSON.stringify(outcomes)}`)
  tell(
    `kills ${kills}, saved ${saved}, created ${created}, deleted ${deleted}, lost ${lost}, doubled ${doubled}, out of order ${outOfOrder}, raised ${raised}`,
  )
  process.exitCode = lost + doubled + outOfOrder + raised + torture.failures.length > 0 ? 1 : 0
} else {
  const torture = await runTorture({ engine, kills, seed, tell })
  const { saved, repeated, lost, doubled, outOfOrder, midWrite, wipes, outcomes, failures, examples } = torture
  for (const line of [...failures, ...examples]) tell(line)
  if (wipes > 0) tell(`origin wiped: ${wipes}`)
  tell(`kills while an update was under way: ${midWrite}`)
  tell(`outcomes: ${JSON.stringify(outcomes)}`)
  tell(
    `kills ${kills}, saved ${saved}, repeated ${repeated}, lost ${lost}, doubled ${doubled}, out of order ${outOfOrder}`,
  )
  process.exitCode = lost + doubled + outOfOrder + failures.length > 0 ? 1 : 0
}
