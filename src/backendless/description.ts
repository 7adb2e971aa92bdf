// Floor 6: the class description of `users/userclassprops`, as far as this library reads it.
import { isProperties } from '../model/own.js'
import type { Json } from '../model/record.js'

/** One property of the user class, as the backend describes it. */
export interface PropertyDescription {
  readonly name: string
  /** `STRING`, `INT`, `DOUBLE`, `BOOLEAN`, `DATETIME`, `JSON`, ... */
  readonly type: string
  readonly required?: boolean
  /** The value in place of null. */
  readonly defaultValue?: Json
  readonly isPrimaryKey?: boolean
  /** The backend computes the value. */
  readonly expression?: Json
  /** The property that names a user at login. */
  readonly identity?: boolean
  readonly [member: string]: Json | undefined
}

/** Whether `json` is a description: a list whose entries each have a name and a type. */
export function isDescription(json: Json | undefined): json is PropertyDescription[] & Json {
  return Array.isArray(json) && json.length > 0 && json.every(isProperty)
}

/** The described properties; none where there is no description. */
export function describedProperties(description: Json | undefined): readonly PropertyDescription[] {
  return isDescription(description) ? description : []
}

/** Those of `names` that the description does not have. Without a description nobody knows: none. */
export function undescribed(names: readonly string[], description: Json | undefined): string[] {
  const described = describedProperties(description).map(({ name }) => name)
  return described.length ? names.filter((name) => !described.includes(name)) : []
}

function isProperty(entry: Json): boolean {
  return isProperties(entry) && typeof entry['name'] === 'string' && typeof entry['type'] === 'string'
}
