// Floor 6: the forms that Backendless gives a value on its way into a column and back (R4).
import type { Json } from '../model/record.js'
import { equal, looselySame } from '../model/same.js'
import { describedProperties } from './description.js'
import { shapeOf } from './geometry.js'
import { momentOf } from './moment.js'
import { parsed } from './parsed.js'

/**
 * By the type of a column, one form for all ways to write a value; undefined or NaN, which equal nothing, for a value that is
 * none.
 */
const forms = new Map<string, (value: Json) => Json | undefined>([
  ['INT', toNumber],
  ['DOUBLE', toNumber],
  ['BOOLEAN', toBoolean],
  ['JSON', parsed],
  ['STRING', textOf],
  ['STRING_ID', textOf],
  ['TEXT', textOf],
])

/**
 * Whether `got` is `sent` in the backend's own form. Without a description of the property the core's rule decides. With one,
 * these are the same too, by the type of the column: numbers and booleans as text, booleans as 1 and 0, dates within the same
 * second, JSON as text, geometries as WKT, the identity in any case of its letters, and null for an empty text.
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
  if (type === undefined) return false
  if (a === null || b === null) return (a ?? b) === ''
  // Some databases cut a time to its second, some round it: both stay within one.
  if (type === 'DATETIME') return Math.abs(momentOf(a) - momentOf(b)) < 1000
  const formOf = forms.get(type) ?? shapeOf
  const form = formOf(a)
  return form !== undefined && equal(form, formOf(b))
}

function fold(text: string): string {
  return text.trim().toLowerCase()
}

function toNumber(value: Json): number {
  return typeof value === 'number' ? value : typeof value === 'string' && value.trim() ? Number(value) : NaN
}

function toBoolean(value: Json): boolean | undefined {
  const text = textOf(value)
  return /^(1|true|yes|on|[ty])$/i.test(text) || (/^(0|false|no|off|[fn])$/i.test(text) ? false : undefined)
}

/** A column of text cannot hold lists and objects: their JSON stands for them. */
function textOf(value: Json): string {
  return typeof value === 'string' ? value.trim() : JSON.stringify(value)
}
