/** Calls `listener` at each of the target's events of these types, where there is a target; returns the unsubscribe. */
export function listen(
  target: Partial<EventTarget> | undefined,
  types: readonly string[],
  listener: (event: Event) => void,
): () => void {
  for (const type of types) target?.addEventListener?.(type, listener)
  return () => {
    for (const type of types) target?.removeEventListener?.(type, listener)
  }
}
