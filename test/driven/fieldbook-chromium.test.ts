/* Fieldbook in Chromium, as an installed app. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { fill, press, reads, sendNow } from '../support/acts.js'
import { launchChromium, type ChromiumBrowser } from '../support/engines/chromium.js'
import type { Site } from '../support/engines/site.js'
import { startFieldbook, type RunningFieldbook } from '../support/fieldbook.js'
import { wakeUpAsked } from '../support/wake-up.js'

let fieldbook: RunningFieldbook
let profileDir: string
let browser: ChromiumBrowser
let page: Page

beforeEach(async () => {
  profileDir = mkdtempSync(join(tmpdir(), 'holdfast-profile-'))
  fieldbook = await startFieldbook()
  browser = await launchChromium({ profileDir, site: { url: fieldbook.page.url.slice(0, -1) } as Site })
  page = browser.first.page
})
afterEach(async () => {
  await browser?.kill()
  await fieldbook.stop()
  rmSync(profileDir, { recursive: true, force: true, maxRetries: 3 })
})

const settles = { timeout: 20_000 }

async function signIn(): Promise<void> {
  await press(browser.first, 'James')
  await reads(browser.first, 'All changes are sent')
  const isReady = await page.evaluate(() => {
    const late = new Promise<false>((resolve) => setTimeout(resolve, 20_000, false))
    return Promise.race([navigator.serviceWorker.ready.then(() => true), late])
  })
  expect(isReady).toBe(true)
}

describe.runIf(inject('engine') === 'chromium')('as an app', () => {
  test('it can be installed: the browser lists no errors', async () => {
    await page.evaluate(async () => void (await navigator.serviceWorker.ready))
    const session = await browser.context.newCDPSession(page)
    expect((await session.send('Page.getInstallabilityErrors')).installabilityErrors).toEqual([])
    const { manifest } = (await session.send('Page.getAppManifest')) as { manifest?: { name?: string } }
    expect(manifest?.name).toBe('Fieldbook')
  })

  test('it starts with its server stopped, with all that was there and all that was typed', async () => {
    await signIn()
    await reads(browser.first, '10 jobs')
    await fieldbook.stop()
    await press(browser.first, 'Profile')
    await fill(browser.first, 'Phone number', '555-0100')
    await reads(browser.first, '1 change waiting')
    await page.reload()
    await reads(browser.first, '1 change waiting')
    await expect.poll(() => page.getByLabel('Phone number').inputValue(), settles).toBe('555-0100')
    await press(browser.first, 'Jobs')
    await reads(browser.first, '10 jobs')
  })

  test('two tabs show the same', async () => {
    await signIn()
    const other = await browser.open('/#/profile')
    await reads(other, 'Each line saves itself')
    await press(browser.first, 'Profile')
    fieldbook.server.control.refuse(true)
    await fill(browser.first, 'Name', 'James')
    await reads(other, '1 change waiting')
    await expect.poll(() => other.page.getByLabel('Name', { exact: true }).inputValue(), settles).toBe('James')
    fieldbook.server.control.refuse(false)
    await sendNow(other)
    await reads(browser.first, 'All changes are sent')
    expect(fieldbook.james()['name']).toBe('James')
  })

  test('with its page closed, the worker sends what waits', async () => {
    await signIn()
    await page.reload()
    await press(browser.first, 'Profile')
    await browser.context.setOffline(true)
    await fill(browser.first, 'Name', 'James')
    await reads(browser.first, '1 change waiting')
    await wakeUpAsked(browser.first)
    await browser.context.newPage()
    await page.close()
    expect(fieldbook.james()['name']).toBeNull()
    await browser.context.setOffline(false)
    await expect.poll(() => fieldbook.james()['name'], settles).toBe('James')
  })

  test('a new version is taken while changes wait, and none is lost', async () => {
    await signIn()
    await press(browser.first, 'Profile')
    fieldbook.server.control.refuse(true)
    await fill(browser.first, 'Name', 'James')
    await reads(browser.first, '1 change waiting')
    const worker = fieldbook.files.get('service-worker.js')!
    const next = { body: Buffer.concat([worker.body, Buffer.from('\n// The next version.')]) }
    fieldbook.page.replace(new Map([...fieldbook.files, ['service-worker.js', next]]))
    await page.evaluate(async () => void (await (await navigator.serviceWorker.ready).update()))
    await reads(browser.first, 'A new version is ready')
    // The last key is pressed at the last moment.
    await fill(browser.first, 'Phone number', '555-0100')
    const loaded = page.waitForEvent('load')
    await press(browser.first, 'Start the new version')
    await loaded
    await reads(browser.first, '2 changes waiting')
    // The page is of the new version: nothing waits to be taken.
    expect(await page.evaluate(() => document.body.innerText)).not.toContain('A new version is ready')
    await expect.poll(() => page.getByLabel('Name', { exact: true }).inputValue(), settles).toBe('James')
    await expect.poll(() => page.getByLabel('Phone number').inputValue(), settles).toBe('555-0100')
    fieldbook.server.control.refuse(false)
    await sendNow(browser.first)
    await reads(browser.first, 'All changes are sent')
    expect(fieldbook.james()).toMatchObject({ name: 'James', phone: '555-0100' })
  })
})
