/** Freezes `value` and all in it; answers with it. What is frozen already below the top is taken to be frozen whole. */
export function deepFreeze<T>(value: T): T {
  if (value && typeof value === 'object') {
    for (const child of Object.values(value)) if (!Object.isFrozen(child)) deepFreeze(child)
    Object.freeze(value)
  }
  return value
}
