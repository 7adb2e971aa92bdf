/** A value that a JSON text can hold. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** Properties by name. A map, since a name such as `__proto__` would reach an object's prototype. */
export type Properties = ReadonlyMap<string, Json>

/** A value as text: a string as it is, anything else as JSON. */
export function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** Names by which some code reaches the prototype of an object that it copies properties to. */
const prototypeNames: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

export function isPrototypeName(name: string): boolean {
  return prototypeNames.has(name)
}

/**
 * Whether code that copies the value deeply could change a prototype by it. A key `constructor` is ordinary data unless it has a
 * `prototype` in it. Walks without recursion.
 */
export function reachesPrototype(value: Json): boolean {
  const left: Json[] = [value]
  for (let item = left.pop(); item !== undefined; item = left.pop()) {
    if (item === null || typeof item !== 'object') continue
    const inner = Object.hasOwn(item, 'constructor') ? (item as { constructor: unknown }).constructor : undefined
    const isConstructor = typeof inner === 'object' && inner !== null && Object.hasOwn(inner, 'prototype')
    if (isConstructor || Object.hasOwn(item, '__proto__')) return true
    for (const each of Object.values(item)) left.push(each)
  }
  return false
}

/** Whether nesting stays within `limit`; walks without recursion, so that no depth can exhaust the stack. */
export function isWithinDepth(value: Json, limit: number): boolean {
  let level: Json[] = [value]
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > limit) return false
    level = level.flatMap((item) => (item !== null && typeof item === 'object' ? Object.values(item) : []))
  }
  return true
}
