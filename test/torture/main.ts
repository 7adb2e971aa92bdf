/* `npm run torture -- --engine chromium|firefox|webkit --kills N [--seed N]`: exit code 1 if an edit was lost, doubled or out of order. */
import { parseArgs } from 'node:util'
import { ENGINES, findEngine, INSTALL_COMMANDS, type Engine } from '../support/engines/detect.js'
import { runTorture } from './run-torture.js'

const { values } = parseArgs({
  options: {
    engine: { type: 'string', default: 'chromium' },
    kills: { type: 'string', default: '30' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
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

console.log(`${engine}, seed ${seed}`)
const torture = await runTorture({ engine, kills, seed, tell: (line) => console.log(line) })
const { saved, repeated, lost, doubled, outOfOrder, midUpdate, wipes, outcomes, failures, examples } = torture
for (const line of [...failures, ...examples]) console.log(line)
if (wipes > 0) console.log(`origin wiped: ${wipes}`)
console.log(`kills while an update was under way: ${midUpdate}`)
console.log(`outcomes: ${JSON.stringify(outcomes)}`)
console.log(
  `kills ${kills}, saved ${saved}, repeated ${repeated}, lost ${lost}, doubled ${doubled}, out of order ${outOfOrder}`,
)
process.exitCode = lost + doubled + outOfOrder + failures.length > 0 ? 1 : 0
