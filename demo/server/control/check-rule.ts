import { longestPattern } from './path-pattern.js'
import type { Action, Rule } from './rules.js'

/** The actions that every mode has. */
export const commonActions: readonly Action['do'][] = [
  'pass',
  'refuse',
  'lose-answer',
  'cut-body',
  'empty-body',
  'hold',
  'hold-answer',
  'server-error',
  'too-many-requests',
  'captive-portal',
  'gateway',
  'answer',
]

/** Statuses of answers without a body. */
const bare: ReadonlySet<unknown> = new Set([204, 205, 304])

/** Throws an `Error` that names what of a rule cannot be: once in the queue, it would break the requests that it meets. */
export function checkRule(rule: Rule, actions: ReadonlySet<Action['do']>): void {
  if (!isObject(rule)) throw new Error(`A rule has to be an object, not ${JSON.stringify(rule)}`)
  const { match = {}, after = 0, times = 1, action } = rule
  if (!actions.has(action?.do)) {
    throw new Error(`There is no action ${JSON.stringify(action?.do)}: use one of ${[...actions].join(', ')}`)
  }
  if (!isObject(match)) throw new Error(`"match" has to be an object, not ${JSON.stringify(match)}`)
  const given: { readonly [name: string]: unknown } = { ...action }
  check('method', match.method, { wanted: 'text, or a list of texts', isRight: areTexts })
  check('path', match.path, { wanted: `text of at most ${longestPattern} characters`, isRight: isPattern })
  check('after', after, { wanted: 'a whole number', isRight: isCount })
  check('times', times, { wanted: 'a whole number or "always"', isRight: (it) => it === 'always' || isCount(it) })
  check('delayMs', given.delayMs, { wanted: 'milliseconds', isRight: isDelay })
  check('status', given.status, { wanted: 'a status from 200 to 599', isRight: isStatus })
  if (bare.has(given.status) && (action.do !== 'answer' || (given.body ?? given.text) !== undefined)) {
    throw new Error(`"status" cannot be ${String(given.status)}: such an answer has no body`)
  }
  check('message', given.message, { wanted: 'text', isRight: isText })
  check('detail', given.detail, { wanted: 'text', isRight: isText })
  check('headers', given.headers, { wanted: 'names and values of headers', isRight: areHeaders })
  if (action.do === 'fault') check('code', action.code, { wanted: 'a number', isRight: isCode, isRequired: true })
  if (action.do === 'gateway')
    check('status', action.status, { wanted: 'a status', isRight: isStatus, isRequired: true })
}

/** Whether a number can be waited for. */
export function isDelay(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value < 2 ** 31
}

function check(
  name: string,
  value: unknown,
  {
    wanted,
    isRight,
    isRequired = false,
  }: { wanted: string; isRight: (value: unknown) => boolean; isRequired?: boolean },
): void {
  if (value === undefined && !isRequired) return
  if (!isRight(value)) throw new Error(`"${name}" has to be ${wanted}, not ${JSON.stringify(value)}`)
}

const isText = (value: unknown): boolean => typeof value === 'string'
const areTexts = (value: unknown): boolean => (Array.isArray(value) ? value : [value]).every(isText)
const isPattern = (value: unknown): boolean => typeof value === 'string' && value.length <= longestPattern
const isCode = (value: unknown): boolean => typeof value === 'number'
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0
const isStatus = (value: unknown): boolean => isCount(value) && Number(value) >= 200 && Number(value) <= 599

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function areHeaders(value: unknown): boolean {
  if (!isObject(value)) return false
  try {
    return new Headers(value as Record<string, string>) instanceof Headers
  } catch {
    return false
  }
}
