/** Freezes `value` and all in it, and returns it. A part that is frozen already below the top counts as frozen whole. */
export function deepFreeze<T>(value: T): T {
  if (value && typeof value === 'object') {
    for (const child of Object.values(value))
      if (child && typeof child === 'object' && !Object.isFrozen(child)) deepFreeze(child)
    Object.freeze(value)
  }
  return value
}
