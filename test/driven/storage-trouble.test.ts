/*
 * No room, no answer, no data any more: each is a clear state and a clear error within a bounded time, nothing is called
 * saved that is not, and it goes on by itself when the trouble ends. Where only one engine can be brought into the trouble
 * from outside, the test is that engine's.
 */
import { rmSync, writeFileSync, appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import type { CDPSession } from 'playwright-core'
import { afterEach, describe, expect, inject, test } from 'vitest'
import type { Tab } from '../support/engines/browser.js'
import type { ChromiumBrowser, ChromiumTab } from '../support/engines/chromium.js'
import { harmless, logIn, savedIn, settlesWithin, statesOf, useTroubleBench } from '../support/storage-trouble.js'
import { mountDisk, whyNoDisk, type CuttableDisk } from '../torture/power-cut.js'

const bench = useTroubleBench()
const engine = inject('engine')
/** How often the disk is filled up. */
const fills = Number(process.env['DISK_FILLS'] ?? 2)

const makeEdit = (tab: Tab, extraText = 0): Promise<string> => tab.evaluate((size) => trouble.edit(size), extraText)

const storageOf = (tab: Tab): Promise<string> => tab.evaluate(() => trouble.app.storage$.value)

const protocolOf = (browser: ChromiumBrowser, { page }: ChromiumTab): Promise<CDPSession> =>
  browser.context.newCDPSession(page)

const launchChromium = async (): Promise<ChromiumBrowser> => (await bench.launchLoggedIn()) as ChromiumBrowser

/** All that was called saved arrives, and nothing that was called failed. */
async function expectHonest(tab: Tab): Promise<void> {
  expect(await bench.judgeDrained(tab, await savedIn(tab))).toMatchObject(harmless)
  const failed = await tab.evaluate(() => trouble.failed)
  const applied = bench.appliedValues()
  expect(failed.filter(({ value, outcome }) => outcome !== 'unknown' && applied.has(value))).toEqual([])
}

function sessionOf(tab: Tab): Promise<string> {
  return tab.evaluate(() => trouble.app.users.session$.value.state)
}

/** The answer of the promise of the page's newest edit. */
function outcomeOfLast(tab: Tab): Promise<string | undefined> {
  return tab.evaluate(() => trouble.outcomes[trouble.saved.at(-1)!.id])
}

// The engine that is known for it; what hangs here is the test's own, and the 10 s are the client's.
test.runIf(engine === 'webkit')('a browser that never opens the database: refused in time, and said', async () => {
  const { first } = await bench.launch('&mute')

  expect(await makeEdit(first)).toBe('blocked')
  expect(await storageOf(first)).toBe('blocked')
  expect(await savedIn(first)).toEqual([])
})

test('another page deletes the database under open pages: that is said, nobody waits for what it had, and the next login goes on', async () => {
  const browser = await bench.launchLoggedIn()
  const { first } = browser
  const other = await browser.open(bench.path())
  await expect.poll(() => sessionOf(other), settlesWithin).toBe('signed-in')
  // One that has settled: the next database counts from the start again.
  expect(await makeEdit(first)).toBe('saved')
  await expect.poll(() => outcomeOfLast(first), settlesWithin).toBe('accepted')
  bench.server.control.refuse(true)
  expect(await makeEdit(first)).toBe('saved')

  const cleaner = await browser.open(bench.path('&database=another'))
  await cleaner.evaluate(
    () =>
      new Promise<void>((resolve, reject) => {
        const request = indexedDB.deleteDatabase('trouble')
        request.addEventListener('success', () => resolve())
        request.addEventListener('error', () => reject(request.error as Error))
      }),
  )

  for (const tab of [first, other]) {
    await expect.poll(() => storageOf(tab), settlesWithin).toBe('lost')
    await expect.poll(() => sessionOf(tab), settlesWithin).toBe('signed-out')
  }
  await expect.poll(() => outcomeOfLast(first), settlesWithin).toBe('unknown')
  expect(await makeEdit(first)).toBe('NotLoggedInError')
  bench.server.control.refuse(false)
  await logIn(first)
  await expect.poll(() => sessionOf(other), settlesWithin).toBe('signed-in')
  for (const tab of [first, other]) {
    expect(await makeEdit(tab)).toBe('saved')
    await expect.poll(() => outcomeOfLast(tab), settlesWithin).toBe('accepted')
    // Said for as long as the page lives: nobody may have looked yet.
    expect(await storageOf(tab)).toBe('lost')
  }
})

test('a tab of an older version keeps the database from being upgraded: refused in time, said, and opened when it lets go', async () => {
  const browser = await bench.launch('&database=another')
  const { first } = browser
  expect(await first.evaluate(() => trouble.keepOlder())).toBe(1)
  const late = await browser.open(bench.path())

  expect(await makeEdit(late)).toBe('blocked')
  expect(await storageOf(late)).toBe('blocked')
  expect(await savedIn(late)).toEqual([])

  await first.evaluate(() => trouble.letGo())
  await expect.poll(() => storageOf(late), settlesWithin).toBe('ok')
  await logIn(late)
  expect(await makeEdit(late)).toBe('saved')
  await expectHonest(late)
})

test('a private window: what is saved is sent, over a reload and from another tab too, and that it does not last is said where it can be known', async () => {
  const browser = await bench.launchPrivate()
  const { first } = browser
  await logIn(first)
  bench.server.control.refuse(true)
  expect(await makeEdit(first)).toBe('saved')
  const saved = await savedIn(first)
  await first.reload()
  const other = await browser.open(bench.path())
  expect(await makeEdit(other)).toBe('saved')
  bench.server.control.refuse(false)

  expect(await bench.judgeDrained(other, [...saved, ...(await savedIn(other))])).toMatchObject(harmless)
  // Chromium lets no page know.
  const expected = engine === 'chromium' ? 'ok' : 'volatile'
  for (const tab of [first, other]) await expect.poll(() => storageOf(tab), settlesWithin).toBe(expected)
})

describe.runIf(engine === 'chromium')('in Chromium', () => {
  test('the quota is used up: the edit is refused, and saved once there is room', async () => {
    // Chromium remembers for a while how much room there was: it has to be little from the first write on.
    const browser = (await bench.launch('', '/none')) as ChromiumBrowser
    const protocol = await protocolOf(browser, browser.first)
    await protocol.send('Storage.overrideQuotaForOrigin', { origin: bench.site.url, quotaSize: 400_000 })
    const tab = await browser.open(bench.path())
    await logIn(tab)

    expect(await makeEdit(tab, 900_000)).toBe('full')
    expect(await storageOf(tab)).toBe('full')
    expect(await savedIn(tab)).toEqual([])

    await protocol.send('Storage.overrideQuotaForOrigin', { origin: bench.site.url })
    expect(await makeEdit(tab, 900_000)).toBe('saved')
    await expect.poll(() => storageOf(tab), settlesWithin).toBe('ok')
    await expectHonest(tab)
  })

  test('a page that is a file keeps what it saves over a restart of the browser, and is called `ok`', async () => {
    // Scripts of other files, and modules, are nothing that such a page may load.
    const { outputFiles } = await build({
      entryPoints: ['test/support/page/trouble.ts'],
      bundle: true,
      format: 'iife',
      write: false,
    })
    const path = join(bench.folder, 'page.html')
    writeFileSync(
      path,
      `<!doctype html><title>file</title><script>${outputFiles[0]!.text.replaceAll('</', '<\\/')}</script>`,
    )
    const open = async (): Promise<{ browser: ChromiumBrowser; page: ChromiumTab['page'] }> => {
      const browser = (await bench.launch('', '/none')) as ChromiumBrowser
      const page = await browser.context.newPage()
      await page.goto(pathToFileURL(path).href + bench.path().slice(1))
      await expect.poll(() => page.evaluate(() => trouble.app.users.session$.value.state)).not.toBe('opening')
      return { browser, page }
    }
    const { browser, page } = await open()
    await page.evaluate(() => trouble.app.users.login('ann@example.com', 'secret-1'))
    bench.server.control.refuse(true)
    expect(await page.evaluate(() => trouble.edit())).toBe('saved')
    // Whether it lasts has been looked for by now.
    await page.evaluate(() => navigator.storage.getDirectory().catch(() => {}))
    expect(await page.evaluate(() => trouble.states)).toEqual(['ok'])
    await browser.close()

    const { page: again } = await open()
    await expect.poll(() => again.evaluate(() => trouble.app.status$.value.pending)).toBe(1)
    expect(await again.evaluate(() => trouble.states)).toEqual(['ok'])
  })

  test('the person clears the data of the site under an open page: that is said, and a login goes on', async () => {
    const browser = await launchChromium()
    const { first } = browser
    bench.server.control.refuse(true)
    expect(await makeEdit(first)).toBe('saved')
    const protocol = await protocolOf(browser, first)

    await protocol.send('Storage.clearDataForOrigin', { origin: bench.site.url, storageTypes: 'all' })

    await expect.poll(() => storageOf(first), settlesWithin).toBe('lost')
    await expect.poll(() => first.evaluate(() => trouble.app.users.session$.value.state)).toBe('signed-out')
    bench.server.control.refuse(false)
    await logIn(first)
    expect(await makeEdit(first)).toBe('saved')
  })

  test('the page is frozen while it saves: no other tab waits for it, and each edit is saved once when it is back', async () => {
    const browser = await bench.launchFreezable()
    const { first } = browser
    const other = await browser.open(bench.path())
    const rounds = 5
    for (let round = 1; round <= rounds; round++) {
      await first.evaluate(() => {
        void trouble.edit()
        document.addEventListener('freeze', () => void trouble.edit(), { once: true })
      })
      await first.freeze()
      expect(await makeEdit(other)).toBe('saved')
      await first.thaw()
      await expect.poll(async () => (await savedIn(first)).length, settlesWithin).toBe(2 * round)
    }
    expect(await first.evaluate(() => trouble.failed)).toEqual([])
    const saved = [...(await savedIn(first)), ...(await savedIn(other))]
    expect(await bench.judgeDrained(first, saved)).toMatchObject({ ...harmless, saved: 3 * rounds })
    expect(await first.evaluate(() => trouble.app.status$.value)).toMatchObject({ pending: 0, phase: 'idle' })
  })

  test('a tab is frozen inside a transaction: others are refused in time, and go on by themselves after it', async () => {
    const browser = await bench.launchFreezable()
    const { first } = browser
    const holder = await browser.open(bench.path())
    await holder.evaluate(() => trouble.keepTransaction())
    await holder.freeze()

    const late = await browser.open(bench.path())
    expect(await Promise.all([makeEdit(first), makeEdit(late)])).toEqual(['blocked', 'blocked'])
    expect(await storageOf(late)).toBe('blocked')

    await holder.thaw()
    await holder.close()
    await expect.poll(() => makeEdit(first), settlesWithin).toBe('saved')
    await expect.poll(() => makeEdit(late), settlesWithin).toBe('saved')
    expect([await storageOf(first), await storageOf(late)]).toEqual(['ok', 'ok'])
    await expectHonest(first)
    await expectHonest(late)
  })
})

// Only root can mount a disk image to fill; the tests above need none.
describe.skipIf(whyNoDisk() !== undefined)('a disk of its own, which needs root', () => {
  let disk: CuttableDisk | undefined
  afterEach(async () => {
    await bench.killBrowser()
    await disk?.remove()
    disk = undefined
  })

  test('is full again and again: edits are refused, those that were saved stay, and it goes on once there is room', async () => {
    disk = mountDisk(bench.folder, 192)
    bench.profileDir = join(disk.path, 'profile')
    const { first } = await bench.launchLoggedIn()
    expect(await makeEdit(first)).toBe('saved')

    const filling = join(disk.path, 'filling')
    for (let times = 0; times < fills; times++) {
      const outcomes: string[] = []
      // An edit may still fit into a file that the browser had laid out before, and a browser gives room back when it tidies
      // its files: so the disk is filled anew before each edit. The trouble may take the browser's connection along.
      for (let tries = 0; tries < 80 && outcomes.filter((outcome) => outcome !== 'saved').length < 3; tries++) {
        fill(filling)
        outcomes.push(await makeEdit(first, 900_000))
      }
      expect(outcomes.filter((outcome) => outcome !== 'saved')).toHaveLength(3)
      const failed = await first.evaluate(() => trouble.failed)
      expect(failed.filter(({ reason }) => reason !== 'full' && reason !== 'lost')).toEqual([])
      expect(await statesOf(first)).not.toEqual(['ok'])

      rmSync(filling)
      await expect.poll(() => makeEdit(first), settlesWithin).toBe('saved')
      expect(await storageOf(first)).toBe('ok')
    }
    await expectHonest(first)
  })
})

/** Lets a file grow until there is no room. */
function fill(path: string): void {
  for (const size of [1 << 20, 1 << 12]) {
    try {
      for (;;) appendFileSync(path, Buffer.alloc(size, 1))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
    }
  }
}
