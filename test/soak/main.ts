/*
 * npm run soak: whether an edit, an answer and a start cost the same after a long life as in the beginning.
 *
 *   --minutes n        edits and answers by turns for so long (default 5): the last minute over the first, heap, storage
 *   --settled n        what they cost after so many settled edits, made in bulk, beside a new database; with 1,000 open faults; and
 *                      in a database of the first schema with 10,000 settled edits. In every engine that is found.
 *   --engine name      another one than Chromium, or one alone
 *
 * Exit code 1 where something costs more than 1.2 × (with faults: 1.3 ×) what it cost before. Times depend on other work of
 * the machine: the soak compares them within one run, beside a bare write that does not grow.
 */
import { parseArgs } from 'node:util'
import { ENGINES, findEngine, type Engine } from '../support/engines/detect.js'
import { soakByMinutes } from './by-minutes.js'
import { soakByNumber } from './by-number.js'

const { values } = parseArgs({
  options: { minutes: { type: 'string' }, settled: { type: 'string' }, engine: { type: 'string' } },
})
const engine = values.engine as Engine | undefined
if (engine && !ENGINES.includes(engine)) throw new Error(`--engine is one of ${ENGINES.join(', ')}, not "${engine}"`)
const numberOf = (name: 'minutes' | 'settled', text: string): number => {
  if (!(Number(text) > 0)) throw new Error(`--${name} is a number above 0, not "${text}"`)
  return Number(text)
}

let isMet = true
if (values.settled) {
  const settled = numberOf('settled', values.settled)
  const engines = engine ? [engine] : ENGINES.filter(findEngine)
  for (const one of engines) if (!(await soakByNumber(one, settled))) isMet = false
}
if (values.minutes || !values.settled)
  if (!(await soakByMinutes(engine ?? 'chromium', numberOf('minutes', values.minutes ?? '5')))) isMet = false
process.exitCode = isMet ? 0 : 1
