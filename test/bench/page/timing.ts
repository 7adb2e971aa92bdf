export const now = (): number => performance.now()
export const moment = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** The longest task while `work` runs. */
export async function watchTasks<T>(work: () => Promise<T>): Promise<{ result: T; longestTaskMs: number }> {
  let longestTaskMs = 0
  const note = (entries: PerformanceEntryList): void => {
    for (const { duration } of entries) longestTaskMs = Math.max(longestTaskMs, duration)
  }
  const observer = new PerformanceObserver((list) => note(list.getEntries()))
  observer.observe({ type: 'longtask' })
  // In a task of its own, which began with it.
  await moment(20)
  const result = await work()
  await moment(60)
  note(observer.takeRecords())
  observer.disconnect()
  return { result, longestTaskMs }
}
