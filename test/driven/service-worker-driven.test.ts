/* A real service worker, woken by Background Sync, which only Chromium has: it sends what pages left, with none open. */
import { expect, inject, test } from 'vitest'
import type { ChromiumBrowser } from '../support/engines/chromium.js'
import { expectDrained, settlesWithin, useSharedBench } from '../support/shared-bench.js'
import { wakeUpAsked } from '../support/wake-up.js'

const bench = useSharedBench({ worker: true })
const inChromium = inject('engine') === 'chromium'

test.runIf(inChromium)('offline edits are sent with no page open, once there is a network', async () => {
  const { context, first } = bench.browser as ChromiumBrowser
  await context.setOffline(true)
  const id = await first.evaluate(async () => (await shared.users.update({ name: 'James' })).id)
  expect(await first.evaluate(() => shared.status$.value)).toMatchObject({ pending: 1 })
  await wakeUpAsked(first)
  await context.newPage()
  await first.close()
  expect(bench.effects()).toEqual({})

  await context.setOffline(false)
  await expect.poll(() => bench.effects(), settlesWithin).toEqual({ name: ['James'] })
  const again = await bench.open()
  await expectDrained(again)
  expect(await again.evaluate(async (edit) => (await shared.settlement(edit)).outcome, id)).toBe('accepted')
  expect(bench.effects()).toEqual({ name: ['James'] })
})

test.runIf(inChromium)('beside an open page it doubles nothing, and the page shows what it did', async () => {
  const { context, first } = bench.browser as ChromiumBrowser
  for (const name of ['one', 'two', 'three']) {
    await context.setOffline(true)
    await first.evaluate(async (value) => void (await shared.users.update({ name: value })), name)
    await context.setOffline(false)
    await expectDrained(first)
  }
  expect(bench.effects()).toEqual({ name: ['one', 'two', 'three'] })
  expect(
    bench.server.control.requests.list().filter(({ method, overlapping }) => method === 'PUT' && overlapping),
  ).toEqual([])
})

test.runIf(inChromium)('a worker that is killed while it sends is followed by the next one', async () => {
  const { context, first } = bench.browser as ChromiumBrowser
  bench.server.control.rules.add({ match: { method: 'PUT' }, action: { do: 'hold-answer' } })
  await context.setOffline(true)
  await first.evaluate(async () => void (await shared.users.update({ name: 'James' })))
  await wakeUpAsked(first)
  const blank = await context.newPage()
  await first.close()
  await context.setOffline(false)
  await bench.held(1)
  const session = await context.newCDPSession(blank)
  await session.send('ServiceWorker.enable')
  await session.send('ServiceWorker.stopAllWorkers')
  bench.server.control.release()

  const again = await bench.open()
  await expectDrained(again)
  expect(bench.effects()).toEqual({ name: ['James'] })
})
