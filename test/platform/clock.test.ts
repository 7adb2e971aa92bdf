import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { browserClock } from '../../src/platform/clock.js'

const dayMs = 86_400_000

describe('sleep', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  const sleeping = (ms: number, signal?: AbortSignal) => {
    const sleep = { awake: false }
    void browserClock.sleep(ms, signal).then(() => (sleep.awake = true))
    return sleep
  }

  test('ends after its time, not before', async () => {
    const sleep = sleeping(1_000)

    await vi.advanceTimersByTimeAsync(999)
    expect(sleep.awake).toBe(false)

    await vi.advanceTimersByTimeAsync(1)
    expect(sleep.awake).toBe(true)
  })

  test('is kept when longer than a timer can be', async () => {
    const sleep = sleeping(60 * dayMs)

    await vi.advanceTimersByTimeAsync(60 * dayMs - 1)
    expect(sleep.awake).toBe(false)

    await vi.advanceTimersByTimeAsync(1)
    expect(sleep.awake).toBe(true)
  })

  test('ends at once when aborted, in its first timer or a later one, and leaves none behind', async () => {
    const stop = new AbortController()
    const sleep = sleeping(60 * dayMs, stop.signal)
    await vi.advanceTimersByTimeAsync(30 * dayMs)

    stop.abort(new Error('not to be seen'))
    await vi.advanceTimersByTimeAsync(0)

    expect(sleep.awake).toBe(true)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('does not begin when aborted before', async () => {
    const sleep = sleeping(1_000, AbortSignal.abort())
    await Promise.resolve()

    expect(sleep.awake).toBe(true)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('leaves no listener on a signal that outlives it', async () => {
    const stop = new AbortController()
    const removed = vi.spyOn(stop.signal, 'removeEventListener')
    sleeping(1_000, stop.signal)

    await vi.advanceTimersByTimeAsync(1_000)

    expect(removed).toHaveBeenCalledOnce()
  })
})

test('now is the time of day in milliseconds', () => {
  const before = Date.now()
  const now = browserClock.now()

  expect(now).toBeGreaterThanOrEqual(before)
  expect(now).toBeLessThanOrEqual(Date.now())
})
