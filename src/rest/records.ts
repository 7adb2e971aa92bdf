// Floor 6: the records in the JSON of answers. Pure.
import { isProperties, own, publicPart } from '../model/own.js'
import type { Json, Properties } from '../model/record.js'
import { isId } from './paths.js'

export interface NamedRecord {
  id: string | number
  record: Properties
}

/**
 * The record in the JSON of an answer, without passwords (G11) and names that reach a prototype; `undefined`: it is none, or has
 * no id.
 */
export function recordIn(json: Json | undefined, decode: (json: Json) => unknown): NamedRecord | undefined {
  const found = json === undefined ? undefined : decode(json)
  const id: unknown = isProperties(found) ? own(found, 'id') : undefined
  return isId(id) ? { id, record: publicPart(found as Properties) } : undefined
}

/** The records of a list; the list's defect, when it is none, or one of them is no record. */
export function recordsIn(list: unknown, decode: (json: Json) => unknown): NamedRecord[] | string {
  if (!Array.isArray(list)) return 'is no list of records'
  const found = (list as Json[]).map((one) => recordIn(one, decode))
  return found.every((one) => one !== undefined) ? found : 'is a list with something in it that has no id'
}

/** Whether all that was sent is in a record, with any value; a property that was cleared may be absent. */
export function isWhole(sent: Properties, record: Properties): boolean {
  return Object.entries(sent).every(([name, value]) => value === null || own(record, name) !== undefined)
}
