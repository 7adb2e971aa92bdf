import type { Json } from '../model/record.js'

/** The value that a text is the JSON of; what is no such text is itself. */
export function parsed(value: Json): Json {
  if (typeof value !== 'string') return value
  try {
    return JSON.parse(value) as Json
  } catch {
    return value
  }
}
