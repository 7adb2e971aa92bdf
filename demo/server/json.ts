/** What a JSON text can hold. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** Properties by name. A map, since a name such as `__proto__` would reach an object's prototype. */
export type Properties = ReadonlyMap<string, Json>

/** A value as text: a string as it is, anything else as JSON. */
export function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
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
