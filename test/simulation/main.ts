// npm run simulate -- [--records [--device-ids] [--lists] [--versions]] [--offline] --seeds N --from SEED [--trace]: runs N simulated
// worlds; the last line sums them up.
import { parseArgs } from 'node:util'
import { replayOf } from './replay.js'
import { recordWorlds, userWorlds } from './worlds.js'

const { values } = parseArgs({
  options: {
    offline: { type: 'boolean', default: false },
    'device-ids': { type: 'boolean', default: false },
    lists: { type: 'boolean', default: false },
    versions: { type: 'boolean', default: false },
    records: { type: 'boolean', default: false },
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    'crash-at': { type: 'string' },
    tabs: { type: 'string' },
    actions: { type: 'string' },
    trace: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
  },
})
const from = Number(values.from)
const seeds = Number(values.seeds)
const { option, world } = values.records ? recordWorlds : userWorlds
const options = {
  offline: values.offline,
  deviceIds: values['device-ids'],
  lists: values.lists,
  versions: values.versions,
  ...(values['crash-at'] !== undefined && { crashAt: Number(values['crash-at']) }),
  ...(values.tabs !== undefined && { tabs: Number(values.tabs) }),
  ...(values.actions !== undefined && { actions: Number(values.actions) }),
}
/** Lines of the trace that are shown before a violation. */
const traceLines = 60

/** Dexie's warnings about trouble that the worlds make on purpose, thousands of times. */
const expectedWarnings = new Set([
  'Dexie: Workaround for Chrome UnknownError on open()',
  'Dexie: Need to reopen db',
  "Another connection wants to delete database 'sim-scratch'. Closing db now to resume the delete request.",
  "Dexie.delete('sim-scratch') was blocked",
])
const { warn } = console
console.warn = (...said: unknown[]) => {
  if (!expectedWarnings.has(String(said[0]))) warn(...said)
}

// Stacks cost a tenth of the time, and are looked at in the traced run of a world that failed.
const { stackTraceLimit } = Error
if (!values.trace) Error.stackTraceLimit = 0

let failed = 0
let edits = 0
let requests = 0
let virtualMs = 0
let current = from
// An error that nobody catches would end an app as well.
process.on('uncaughtException', (error) => {
  console.log(`seed ${current} (for a stack, replay with --trace): ${error.stack}`)
  process.exit(1)
})
for (let seed = from; seed < from + seeds; seed++) {
  current = seed
  const outcome = await world({ seed, traced: values.trace, ...options }).run()
  edits += outcome.edits
  requests += outcome.requests
  virtualMs += outcome.virtualMs
  if (values.trace) console.log(outcome.trace.join('\n'))
  if (!outcome.violations.length) continue
  failed++
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = stackTraceLimit
  const again = values.trace ? outcome : await world({ seed, traced: true, ...options }).run()
  Error.stackTraceLimit = limit
  if (!values.trace && !values.keep) console.log(again.trace.slice(-traceLines).join('\n'))
  console.log(`seed ${seed}:\n  ${again.violations.slice(0, 8).join('\n  ')}`)
  console.log(
    `  ${replayOf(seed, option + (values.lists ? ' --lists' : '') + (values.versions ? ' --versions' : ''))}\n`,
  )
}
const hours = Math.round(virtualMs / 3_600_000)
console.log(`${seeds} seeds, ${edits} edits, ${requests} requests, ${hours} virtual hours, ${failed} failed`)
process.exitCode = failed ? 1 : 0
