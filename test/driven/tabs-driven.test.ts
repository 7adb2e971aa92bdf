/* Several real tabs and one outbox: the tab that sends is closed, left, crashed or hung, and another takes over. */
import { expect, inject, test } from 'vitest'
import type { ChromiumTab } from '../support/engines/chromium.js'
import type { Tab } from '../support/engines/browser.js'
import { expectDrained, settlesWithin, useSharedBench } from '../support/shared-bench.js'

const bench = useSharedBench()
const onUpdate = { method: 'PUT', path: '/users/*' }

/** Two tabs. The first has an edit whose request the server has carried out and not answered; the second an edit that waits. */
async function sendingInFirst(): Promise<{ first: Tab; other: Tab; settled: () => Promise<string> }> {
  const { first } = bench.browser
  const other = await bench.open()
  bench.server.control.rules.add({ match: onUpdate, action: { do: 'hold-answer' } })
  const id = await first.evaluate(async () => (await shared.users.update({ name: 'James' })).id)
  await bench.held(1)
  await expect.poll(() => other.evaluate(() => shared.status$.value), settlesWithin).toMatchObject({ phase: 'sending' })
  await other.evaluate(async () => void (await shared.users.update({ city: 'Oslo' })))
  const settled = (): Promise<string> => other.evaluate(async (edit) => (await shared.settlement(edit)).outcome, id)
  return { first, other, settled }
}

/** The second tab's state in the end. */
async function expectTakenOver({ other, settled }: { other: Tab; settled: () => Promise<string> }): Promise<void> {
  await expectDrained(other)
  expect(await settled()).toBe('accepted')
  expect(bench.effects()).toEqual({ name: ['James'], city: ['Oslo'] })
  expect(await other.evaluate(() => shared.users.current$.value)).toMatchObject({ name: 'James', city: 'Oslo' })
}

test('any tab writes, and all of them show it', async () => {
  const { first } = bench.browser
  const other = await bench.open()
  await first.evaluate(async () => void (await shared.users.update({ name: 'James' })))
  await other.evaluate(async () => void (await shared.users.update({ city: 'Oslo' })))
  for (const tab of [first, other]) {
    await expectDrained(tab)
    expect(await tab.evaluate(() => shared.users.current$.value)).toMatchObject({ name: 'James', city: 'Oslo' })
  }
  expect(bench.effects()).toEqual({ name: ['James'], city: ['Oslo'] })
})

test('when the tab that sends is closed, another takes over', async () => {
  const scene = await sendingInFirst()
  await scene.first.close()
  await expectTakenOver(scene)
})

test('when the tab that sends goes to another page, another takes over', async () => {
  const scene = await sendingInFirst()
  await scene.first.evaluate(() => void setTimeout(() => (location.href = 'about:blank'), 0))
  await expectTakenOver(scene)
})

/** Only its protocol can crash a page, and only there each tab has a process of its own to hang. */
const inChromium = inject('engine') === 'chromium'

test.runIf(inChromium)('a tab that comes back from another page shows what it missed, and goes on', async () => {
  const scene = await sendingInFirst()
  const { page } = scene.first as ChromiumTab
  await page.goto('about:blank')
  await expectTakenOver(scene)
  await page.goBack()
  await expect
    .poll(() => scene.first.evaluate(() => globalThis.shared?.users.current$.value), settlesWithin)
    .toMatchObject({ name: 'James', city: 'Oslo' })
  await scene.first.evaluate(async () => void (await shared.users.update({ name: 'Jim' })))
  // The other tab may not have heard of the edit yet, and so have nothing to wait for.
  await expectDrained(scene.first)
  await expectDrained(scene.other)
  expect(bench.effects()).toEqual({ name: ['James', 'Jim'], city: ['Oslo'] })
})

test.runIf(inChromium)('when the tab that sends crashes, another takes over', async () => {
  const scene = await sendingInFirst()
  const { page } = scene.first as ChromiumTab
  const crashed = new Promise((resolve) => page.once('crash', resolve))
  const session = await page.context().newCDPSession(page)
  // Never answered: the one to answer is gone.
  void session.send('Page.crash').catch(() => {})
  await crashed
  await expectTakenOver(scene)
})

test.runIf(inChromium)(
  'when the tab that sends hangs with no notice while it is hidden, another takes over, and in the end it settles nothing',
  async () => {
    const scene = await sendingInFirst()
    await scene.first.evaluate(() => {
      Object.defineProperty(document, 'hidden', { value: true, configurable: true })
      document.dispatchEvent(new Event('visibilitychange'))
    })
    await expect.poll(() => leaseOf(scene.other), settlesWithin).toMatchObject({ hidden: true })
    const { epoch } = await leaseOf(scene.other)
    await scene.first.evaluate(
      () =>
        void setTimeout(() => {
          const endMs = Date.now() + 20_000
          while (Date.now() < endMs);
        }, 0),
    )
    await expectTakenOver(scene)
    expect((await leaseOf(scene.other)).epoch).toBeGreaterThan(epoch)
    bench.server.control.release()
    await expectDrained(scene.first)
    await expectTakenOver(scene)
  },
)

/** The lease as it lies in the database of the page. */
function leaseOf(tab: Tab): Promise<{ epoch: number; hidden: boolean }> {
  return tab.evaluate(async () => {
    const [{ name }] = (await indexedDB.databases()).filter((one) => one.name!.startsWith('holdfast')) as [
      { name: string },
    ]
    const opening = indexedDB.open(name)
    await new Promise((resolve) => (opening.onsuccess = resolve))
    const reading = opening.result.transaction('meta').objectStore('meta').get('lease')
    await new Promise((resolve) => (reading.onsuccess = resolve))
    opening.result.close()
    return reading.result as { epoch: number; hidden: boolean }
  })
}
