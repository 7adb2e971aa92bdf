/*
 * The network's conditions. The server makes them, not this page: so they hold for all tabs and for the service worker, and
 * each tab can read which one stands.
 */
import type { ServerControl } from './server-control.js'

export type Condition = 'works' | 'off' | 'slow' | 'loses-answers' | 'errors' | 'too-many' | 'portal'

export const conditions: readonly (readonly [Condition, string])[] = [
  ['works', 'Works'],
  ['off', 'Off'],
  ['slow', 'Slow'],
  ['loses-answers', 'Loses answers'],
  ['errors', 'Errors (503)'],
  ['too-many', 'Too many (429)'],
  ['portal', 'Captive portal'],
]

const always = 'always'
const slowMs = 3000

/** In place of every answer. */
const answers: { readonly [condition in Condition]?: { do: string } & Record<string, unknown> } = {
  errors: { do: 'server-error', status: 503 },
  'too-many': { do: 'too-many-requests', retryAfter: 5 },
  portal: { do: 'captive-portal' },
}

/** Writes arrive, and their answers do not; reads go through, so that the app can look for what became of them. */
const lostAnswers = [
  { match: { path: '/data/*/find' }, times: always, action: { do: 'pass' } },
  { match: { path: '/users/log*' }, times: always, action: { do: 'pass' } },
  { match: { method: ['POST', 'PUT', 'DELETE'] }, times: always, action: { do: 'lose-answer' } },
]

export async function setCondition({ ask }: ServerControl, condition: Condition): Promise<void> {
  await ask('DELETE', '/rules')
  await ask('PUT', '/latency', { delayMs: condition === 'slow' ? slowMs : 0 })
  await ask('PUT', '/refuse', { on: condition === 'off' })
  const action = answers[condition]
  if (condition === 'loses-answers') await ask('POST', '/rules', { rules: lostAnswers })
  else if (action) await ask('POST', '/rules', { times: always, action })
}

export async function conditionNow({ ask }: ServerControl): Promise<Condition> {
  const { refusing, latencyMs, rules } = await ask<Settings>('GET', '')
  if (refusing) return 'off'
  if (latencyMs > 0) return 'slow'
  const acts = rules.map(({ action }) => action.do)
  if (acts.includes('lose-answer')) return 'loses-answers'
  return conditions.find(([name]) => answers[name] && acts.includes(answers[name].do))?.[0] ?? 'works'
}

interface Settings {
  refusing: boolean
  latencyMs: number
  rules: { action: { do: string } }[]
}
