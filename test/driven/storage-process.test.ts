/* The process that holds a browser's databases dies under an open page, and nothing else does. Only WebKit has one. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, inject, test } from 'vitest'
import type { Browser } from '../support/engines/browser.js'
import { descendants } from '../support/engines/process-tree.js'
import { harmless, savedIn, settlesWithin, statesOf, useTroubleBench } from '../support/storage-trouble.js'

const bench = useTroubleBench()
const kills = Number(process.env['STORAGE_KILLS'] ?? 6)

function killStorage({ pid }: Browser): void {
  const storage = descendants(pid).find(({ name }) => name.startsWith('WebKitNetwork'))
  expect(storage, 'the storage process').toBeDefined()
  process.kill(storage!.pid, 'SIGKILL')
}

test.runIf(inject('engine') === 'webkit')(
  'the storage process is killed while edits stream in: each time it heals without a reload, and no edit is lost or doubled',
  async () => {
    const browser = await bench.launchLoggedIn()
    const { first } = browser
    await first.evaluate(() => trouble.stream(true))

    for (let kill = 1; kill <= kills; kill++) {
      const before = await first.evaluate(() => trouble.states.length)
      await sleep(200 + 100 * kill)
      killStorage(browser)
      // A page that cannot be asked at the moment is asked again.
      await expect
        .poll(() => first.evaluate((from) => trouble.states.slice(from), before), settlesWithin)
        .toEqual(['healing', 'ok'])
      const { length } = await savedIn(first)
      await expect.poll(async () => (await savedIn(first)).length, settlesWithin).toBeGreaterThan(length)
    }

    await first.evaluate(() => trouble.stream(false))
    const [states, failed, saved] = [
      await statesOf(first),
      await first.evaluate(() => trouble.failed),
      await savedIn(first),
    ]
    const verdict = await bench.judgeDrained(first, saved)
    // The page is still the one that was launched: its states begin at its start.
    expect(states).toEqual(['ok', ...Array.from({ length: kills }, () => ['healing', 'ok']).flat()])
    expect(verdict).toMatchObject(harmless)
    // The edits under way at a kill were looked up, and saved once more where they were not there.
    expect(failed.filter(({ reason }) => reason === 'lost')).toEqual([])
    // An edit that was called failed is not on the device, and never was sent.
    const applied = bench.appliedValues()
    expect(failed.filter(({ value }) => applied.has(value))).toEqual([])
  },
)
