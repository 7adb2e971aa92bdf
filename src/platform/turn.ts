/** Resolves in a later turn of the event loop, when the work that waits for nothing but this program has gone on. */
export function nextTurn(): Promise<void> {
  // Node's own is sooner than the shortest timer. A browser has none.
  const { setImmediate: soon = setTimeout } = globalThis as { setImmediate?: (run: () => void) => unknown }
  return new Promise((resolve) => void soon(resolve))
}
