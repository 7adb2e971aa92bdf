import type { Json } from '../model/record.js'

/** The value of a JSON text; any other value is itself. */
export function parsed(value: Json): Json {
  if (typeof value !== 'string') return value
  try {
    return JSON.parse(value) as Json
  } catch {
    return value
  }
}
