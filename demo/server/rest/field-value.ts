import { isWithinDepth, reachesPrototype, type Json } from '../json.js'
import type { Field, Schema } from './schema.js'

/** Deepest nesting of a JSON field; the body around it is a level deeper. */
const deepestJson = 60
const longestText = 1_000_000

/** A value as it is stored, or the reason why it cannot be. */
export type Checked = { readonly value: Json } | { readonly flaw: string }

/** Checks a value of a field; `target` is the collection that an id is of. */
export function checkValue(field: Field, value: Json, schema: Schema, target: string | undefined): Checked {
  if (field.type !== 'id' || value === null) return checkPlainValue(field, value)
  return isIdOf(schema, target!, value) ? { value } : { flaw: `has to be an id of ${target!}` }
}

/** The same for a field of any type but `id`. */
export function checkPlainValue(field: Field, value: Json): Checked {
  if (value === null || value === '') {
    if (field.required) return { flaw: 'has to have a value' }
    if (value === null) return { value }
  }
  switch (field.type) {
    case 'text': {
      const { maxLength = longestText } = field
      if (typeof value !== 'string') return { flaw: 'has to be text' }
      return value.length <= maxLength ? { value } : { flaw: `has to have at most ${maxLength} characters` }
    }
    case 'number':
      return typeof value === 'number' && Number.isFinite(value) ? { value } : { flaw: 'has to be a number' }
    case 'integer':
      return Number.isSafeInteger(value) ? { value } : { flaw: 'has to be a whole number' }
    case 'boolean':
      return typeof value === 'boolean' ? { value } : { flaw: 'has to be true or false' }
    case 'time':
      return timeOf(value)
    case 'json':
      if (!isWithinDepth(value, deepestJson)) return { flaw: `is nested deeper than ${deepestJson}` }
      return reachesPrototype(value) ? { flaw: 'has a property that could change a prototype' } : { value }
    case 'id':
      return { value }
  }
}

/** Whether a value has the form of a collection's ids. */
export function isIdOf(schema: Schema, collection: string, value: Json): value is string | number {
  if (schema.collections[collection]!.ids !== 'integer') return typeof value === 'string' && isClientId(value)
  return Number.isSafeInteger(value) && Number(value) > 0
}

/** Whether a text can be an id: 1 to 100 of the characters that need no escape in a path, and other than dots. */
export function isClientId(text: string): boolean {
  return /^[A-Za-z0-9._~-]{1,100}$/.test(text) && !/^\.+$/.test(text)
}

function timeOf(value: Json): Checked {
  const flaw = 'has to be a time as in ISO 8601, with its zone: 2026-03-01T12:00:00Z'
  if (typeof value !== 'string') return { flaw }
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/.test(value)) return { flaw }
  const ms = Date.parse(value)
  return Number.isNaN(ms) ? { flaw } : { value: new Date(ms).toISOString() }
}
