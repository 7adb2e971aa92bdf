/* The timeline in words: beside each bar, and in its place for those who do not see it. */
import { namesOf, recordNameOf } from '../words/names.js'
import { count } from '../words/status.js'
import { isUnderWay, type Attempt, type Bar } from './timeline.js'

const acts: { readonly [op in Bar['op']]: string } = { create: 'New', update: 'Change of', delete: 'Deletion of' }

const reasons: { readonly [kind: string]: string } = {
  unreachable: 'no connection',
  timeout: 'no answer',
  busy: 'server busy',
  server: 'server trouble',
  auth: 'session ended',
  configuration: 'no such application',
}

export function nameOfBar({ op, key, properties }: Bar): string {
  const record = recordNameOf(key.collection)
  if (op !== 'update') return `${acts[op]} ${op === 'create' ? record : `a ${record}`}`
  return `${acts.update} ${namesOf(properties) || `a ${record}`}`
}

export function stateOfBar(bar: Bar, nowMs: number): string {
  const { end, savedAtMs, tries } = bar
  const took = lasting((end?.atMs ?? nowMs) - savedAtMs)
  if (end) return `${capital(end.as)} after ${took}, ${count(tries, 'try').replace('trys', 'tries')}`
  return `${isUnderWay(bar) ? 'Being sent' : 'Waits'} for ${took}, ${count(tries, 'try').replace('trys', 'tries')}`
}

/** "Saved at 10:02:03. Tried at 10:02:04: no connection after 0.1 s." */
export function storyOfBar({ savedAtMs, attempts }: Bar): string {
  return [`Saved at ${clock.format(savedAtMs)}.`, ...attempts.map(wordsOfAttempt)].join(' ')
}

function wordsOfAttempt({ fromMs, toMs, failure }: Attempt): string {
  const outcome = failure === undefined ? 'answered' : (reasons[failure] ?? failure)
  const end = toMs === undefined ? 'no answer yet' : `${outcome} after ${lasting(toMs - fromMs)}`
  return `Tried at ${clock.format(fromMs)}: ${end}.`
}

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' })

function lasting(ms: number): string {
  const seconds = Math.max(0, ms) / 1000
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  return seconds < 100 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
