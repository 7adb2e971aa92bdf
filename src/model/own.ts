import type { Json, Properties } from './record.js'

/** The record's own value of `property`; undefined when absent. Never one that every object has, such as `toString`. */
export function own(properties: Properties | undefined, property: string): Json | undefined {
  return properties && Object.hasOwn(properties, property) ? properties[property] : undefined
}

/** Names that could reach a prototype when some code assigns by name: never saved, never taken from a reply. */
export function isHostile(property: string): boolean {
  return property === '__proto__' || property === 'constructor' || property === 'prototype'
}
