// Floor 6: what Backendless makes of a value on its way into a column and back (R4).
import type { Json } from '../model/record.js'
import { looselySame } from '../model/same.js'
import { describedProperties } from './description.js'

/**
 * Whether `got` is `sent` in the backend's own form: without a description of the property the core's rule, with one also
 * numbers as text in numeric columns, dates within the same second, and the identity without case.
 */
export function sameValue(
  property: string,
  sent: Json | undefined,
  got: Json | undefined,
  description?: Json,
): boolean {
  const a = sent ?? null
  const b = got ?? null
  if (looselySame(a, b)) return true
  const { type, identity } = describedProperties(description).find(({ name }) => name === property) ?? {}
  if (identity) return typeof a === 'string' && typeof b === 'string' && fold(a) === fold(b)
  if (type === 'INT' || type === 'DOUBLE') return toNumber(a) === toNumber(b)
  // Some databases cut a time to its second, some round it: both stay within one.
  if (type === 'DATETIME') return Math.abs(toMs(a) - toMs(b)) < 1000
  return false
}

function fold(text: string): string {
  return text.trim().toLowerCase()
}

/** NaN, which equals nothing, for what is no number. */
function toNumber(value: Json): number {
  return typeof value === 'number' ? value : typeof value === 'string' && value.trim() ? Number(value) : NaN
}

/** Only a text that names its offset, or a bare day, is one moment everywhere; others depend on the server's place. */
function toMs(value: Json): number {
  return typeof value === 'string' && /^\s*\d{4}-\d\d-\d\d(T.*(Z|[+-]\d\d:?\d\d))?\s*$/i.test(value)
    ? Date.parse(value.trim())
    : toNumber(value)
}
