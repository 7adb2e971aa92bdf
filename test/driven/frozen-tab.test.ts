/* The tab that sends is frozen, as browsers do with those that nobody looks at: nothing of it runs, and it keeps its locks. */
import { expect, inject, test } from 'vitest'
import { launchFreezable, type FreezableBrowser } from '../support/engines/freezable-chromium.js'
import { expectDrained, settlesWithin, useSharedBench } from '../support/shared-bench.js'

const bench = useSharedBench({ launch: launchFreezable })

// Only its protocol can freeze a page.
test.runIf(inject('engine') === 'chromium')(
  'when the tab that sends is frozen, another takes over, and thawed it settles nothing',
  async () => {
    const { first } = bench.browser as FreezableBrowser
    const other = await bench.open()
    bench.server.control.rules.add({ match: { method: 'PUT', path: '/users/*' }, action: { do: 'hold-answer' } })
    const id = await first.evaluate(async () => (await shared.users.update({ name: 'James' })).id)
    await bench.held(1)
    await first.freeze()
    await other.evaluate(async () => void (await shared.users.update({ city: 'Oslo' })))

    const expectTakenOver = async (): Promise<void> => {
      await expectDrained(other)
      expect(await other.evaluate(async (edit) => (await shared.settlement(edit)).outcome, id)).toBe('accepted')
      expect(bench.effects()).toEqual({ name: ['James'], city: ['Oslo'] })
    }
    await expectTakenOver()
    bench.server.control.release()
    await first.thaw()
    await expectDrained(first)
    await expect
      .poll(() => first.evaluate(() => shared.users.current$.value), settlesWithin)
      .toMatchObject({ name: 'James', city: 'Oslo' })
    await expectTakenOver()
  },
)
