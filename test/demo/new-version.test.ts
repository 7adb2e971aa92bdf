/* Fieldbook's start of a new version. */
import { expect, it, onTestFinished, vi } from 'vitest'
import { takeNewVersion } from '../../demo/fieldbook/parts/new-version.js'

it.each<[string, () => Promise<unknown>]>([
  ['refuses', () => Promise.reject(new Error('no registrations here'))],
  ['does not answer', () => new Promise(() => {})],
])('reloads within its time where the browser %s when it is asked for the worker', async (_what, getRegistration) => {
  const reload = vi.fn()
  vi.useFakeTimers()
  vi.stubGlobal('location', { reload })
  vi.stubGlobal('navigator', { serviceWorker: { getRegistration } })
  vi.stubGlobal('document', { querySelector: () => ({ toggleAttribute() {} }) })
  onTestFinished(() => {
    vi.unstubAllGlobals()
    vi.useRealTimers()
  })
  takeNewVersion({ close: async () => {} }).catch(() => {})
  await vi.advanceTimersByTimeAsync(10_000)
  expect(reload).toHaveBeenCalled()
})
