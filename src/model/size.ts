// Floor 1: the length of values as JSON. Pure.
import type { Json } from './record.js'

/** Bytes of a value as JSON in UTF-8. */
export function jsonBytes(value: Json): number {
  return new TextEncoder().encode(JSON.stringify(value)).length
}

/** Most bytes that any serializer makes of a value: some write all but plain ASCII, and markup too, as \uXXXX. */
export function mostJsonBytes(value: Json): number {
  if (typeof value === 'string') return 2 + value.length + 5 * value.replace(/[ !#-%(-.0-;?-[\]-~]+/g, '').length
  if (typeof value !== 'object' || value === null) return 25
  return Object.entries(value).reduce((sum, [name, member]) => sum + mostJsonBytes(name) + mostJsonBytes(member) + 4, 2)
}
