import type { Json, Properties, State } from './record.js'

/** The record's own value of `property`; undefined when absent. Never a member that every object has, such as `toString`. */
export function own(properties: State, property: string): Json | undefined {
  return properties && Object.hasOwn(properties, property) ? properties[property] : undefined
}

/** The fields of `value` with these names; those that it lacks are left out. */
export function propertiesFrom(names: Iterable<string>, value: (name: string) => Json | undefined): Properties {
  const found: [string, Json][] = []
  for (const name of names) {
    const of = value(name)
    if (of !== undefined) found.push([name, of])
  }
  // Also a name such as `__proto__` becomes an own property so.
  return Object.fromEntries(found)
}

/** The wanted ones of the properties. */
export function only(properties: Properties, wanted: (name: string, value: Json) => boolean): Properties {
  return Object.fromEntries(Object.entries(properties).filter(([name, value]) => wanted(name, value)))
}

/** Whether it is an object, and no list. */
export function isProperties(value: unknown): value is Properties {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Names that could reach a prototype when some code assigns by name: never saved, never taken from a reply. */
export function isHostile(property: string): boolean {
  return property === '__proto__' || property === 'constructor' || property === 'prototype'
}

/**
 * Whether a property of this name is taken to hold a password: an edit may not have it, no error shows it, and the base does
 * not keep it. In an answer of a backend only a text counts as one: a column such as `passwordChangedAt` has none.
 */
export function isSecret(property: string, value: Json = ''): boolean {
  return /password/i.test(property) && (typeof value === 'string' || /^password$/i.test(property))
}

/** A record without passwords (G11) and names that reach a prototype. */
export function publicPart(record: Properties): Properties {
  return only(record, (name, value) => !isHostile(name) && !isSecret(name, value))
}

/** The fields of an unknown value; none when it is no object. */
export function fieldsOf(value: unknown): { readonly [field: string]: unknown } {
  return typeof value === 'object' && value !== null ? (value as { [field: string]: unknown }) : {}
}
