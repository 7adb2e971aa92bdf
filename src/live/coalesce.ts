/**
 * One run at a time, and at most one more waiting: a call while one runs shares the next one, so that each caller's run began
 * after its call.
 */
export function coalesce(run: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  let next: Promise<void> | undefined
  const begin = (): Promise<void> => {
    next = undefined
    running = run().finally(() => (running = undefined))
    return running
  }
  return () => (next ??= running?.then(begin, begin)) ?? begin()
}
