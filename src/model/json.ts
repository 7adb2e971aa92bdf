import { tag } from './same.js'

/**
 * The reason why `value` is not plain JSON that is safe to keep, as the end of a sentence on it; `undefined`: it is.
 * `takesAnyKey`: it may also have a key that could change a prototype where some code assigns by name.
 */
export function jsonFlaw(value: unknown, depth: number, takesAnyKey = false): string | undefined {
  if (value == null || typeof value === 'string' || typeof value === 'boolean') return undefined
  // 1e400 parses as Infinity, which is no JSON any more.
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : 'holds a number beyond all limits'
  const isList = Array.isArray(value)
  if (!isList && Object.getPrototypeOf(value) !== Object.prototype && tag(value) !== '[object Object]')
    return 'is not valid JSON'
  if (depth === 0) return 'is nested too deeply'
  if (!takesAnyKey && (Object.hasOwn(value, '__proto__') || holdsPrototype(value)))
    return 'holds a key that could change a prototype'
  for (const member of isList ? value : Object.values(value)) {
    // Most members: a call for each would cost more than the look.
    if (typeof member === 'string' || Number.isFinite(member)) continue
    const flaw = jsonFlaw(member, depth - 1, takesAnyKey)
    if (flaw) return flaw
  }
  return undefined
}

/** A key `constructor` alone is ordinary data; only with `prototype` in it does it lead out of the object. */
function holdsPrototype(value: object): boolean {
  const inner: unknown = Object.hasOwn(value, 'constructor') && value.constructor
  return typeof inner === 'object' && inner !== null && Object.hasOwn(inner, 'prototype')
}
