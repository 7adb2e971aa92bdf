/* The six steps of Fieldbook's drawer, by its buttons, in each engine. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { buildPage } from '../../demo/build-page.js'
import { james } from '../../demo/demo-users.js'
import { pageHeaders, servePage } from '../../demo/serve-page.js'
import { fill, press, reads, sendNow } from '../support/acts.js'
import type { Browser, Tab } from '../support/engines/browser.js'
import { launchChromium, type ChromiumTab } from '../support/engines/chromium.js'
import { launchBrowser } from '../support/engines/launch.js'
import { startSiteOf, type Site } from '../support/engines/site.js'
import { startFieldbook, type RunningFieldbook } from '../support/fieldbook.js'

let fieldbook: RunningFieldbook
let site: Site | undefined
let profileDir: string
let browser: Browser
let tab: Tab

beforeEach(async () => {
  profileDir = mkdtempSync(join(tmpdir(), 'holdfast-profile-'))
  fieldbook = await startFieldbook()
  const { files, server } = fieldbook
  // A script in the page is the only way into WebKit: there the page is a site of the tests', under the same policy.
  if (inject('engine') === 'webkit') site = await startSiteOf(files, server.url, pageHeaders(), server.controlToken)
  const url = site?.url ?? fieldbook.page.url.slice(0, -1)
  browser = await launchBrowser({ profileDir, site: { ...site!, url } })
  tab = browser.first
})
afterEach(async () => {
  await browser?.kill()
  await site?.stop()
  await fieldbook.stop()
  site = undefined
  rmSync(profileDir, { recursive: true, force: true, maxRetries: 3 })
})

/** The most memory that V8 gives to one page, in MB. */
const pageMemory = '--js-flags=--max-old-space-size=256'

const settles = { timeout: 30_000 }
const control = () => fieldbook.server.control
const jobs = () => control().readRows('Job') as { title?: string }[]
const phone = () => fieldbook.james()['phone']

async function openOnProfile(): Promise<void> {
  await press(tab, 'James')
  await reads(tab, 'All changes are sent')
  await press(tab, 'Profile')
  await press(tab, 'Try failures')
  await reads(tab, '0 steps of 6 seen')
}

/** Whether the step of this title has its tick. */
const isSeen = (title: string): Promise<boolean> =>
  tab.evaluate(
    (wanted) =>
      [...document.querySelectorAll('.step h3')].some(
        ({ textContent }) => textContent.startsWith(wanted) && textContent.endsWith('Seen'),
      ),
    title,
  )

const seen = (title: string) => expect.poll(() => isSeen(title), settles).toBe(true)

/** Resolves once the server has taken the condition. */
async function choose(condition: string): Promise<void> {
  await press(tab, condition)
  await expect
    .poll(() => tab.evaluate(() => document.querySelector('.conditions [data-selected]')?.textContent), settles)
    .toBe(condition)
}

/** The drawer's line under the newest bar. */
const newestBar = (): Promise<string | undefined> =>
  tab.evaluate(() => document.querySelector('.timeline li')?.textContent ?? undefined)

test.for([
  ['Off', 'no connection'],
  ['Slow', undefined],
  ['Loses answers', 'no connection'],
  ['Errors (503)', 'server busy'],
  ['Too many (429)', 'server busy'],
  ['Captive portal', 'server trouble'],
] as const)(
  'step 1, the network: %s. A change waits or takes long, has its bar, and arrives when it works again',
  async ([condition, reason]) => {
    await openOnProfile()
    await choose(condition)
    await fill(tab, 'Phone number', '555-0100')
    if (reason === undefined) {
      await reads(tab, 'being sent')
      await seen('1.')
    } else {
      await reads(tab, '1 change waiting')
      await seen('1.')
      await expect.poll(newestBar, settles).toContain(reason)
    }
    await choose('Works')
    await sendNow(tab)
    await reads(tab, 'All changes are sent')
    expect(phone()).toBe('555-0100')
    // The service worker sends, too, where the browser wakes it first: then the tab sees that nothing waits any more.
    await expect.poll(newestBar, settles).toMatch(/Accepted|Sent elsewhere/)
    await seen('1.')
  },
)

test('step 1, with lost answers: a new job comes to the server once', async () => {
  await openOnProfile()
  const newJobs = () => jobs().filter(({ title }) => title === 'New job')
  await choose('Loses answers')
  await press(tab, 'Jobs')
  await press(tab, 'New job')
  await seen('1.')
  expect(newJobs()).toHaveLength(1)
  await choose('Works')
  await sendNow(tab)
  await reads(tab, 'All changes are sent')
  expect(newJobs()).toHaveLength(1)
})

test('step 2, the session: the change waits for the password', async () => {
  await openOnProfile()
  await press(tab, 'Kill my session')
  await fill(tab, 'Phone number', '555-0100')
  await reads(tab, 'Your session has ended')
  await seen('2.')
  await fill(tab, 'Password', james.password)
  await press(tab, 'Sign in')
  await reads(tab, 'All changes are sent')
  expect(phone()).toBe('555-0100')
})

test('steps 3 and 4, another device: it changes, adds and deletes, and the screen follows', async () => {
  await openOnProfile()
  await press(tab, 'Change a job elsewhere')
  await reads(tab, 'Changed to')
  await seen('3.')
  expect(await isSeen('4.')).toBe(false)
  const changed = jobs().find(({ title }) => title?.endsWith('(seen by the office)'))!
  await press(tab, changed.title!)
  const titleHere = (): Promise<string | undefined> =>
    tab.evaluate(() => document.querySelector<HTMLInputElement>('main input')?.value)
  await expect.poll(titleHere, settles).toBe(changed.title)

  await press(tab, 'Add a job elsewhere')
  await reads(tab, 'Added')
  await seen('4.')
  await press(tab, 'Start over')
  await press(tab, 'Job from the office')
  await expect.poll(titleHere, settles).toBe('Job from the office')
  await press(tab, 'Delete a job elsewhere')
  await seen('4.')
  expect(jobs().filter(({ title }) => title === 'Job from the office')).toEqual([])
  await expect.poll(titleHere, settles).toBeUndefined()
})

test('step 5, the storage: its connection is lost, and what is typed then is saved and sent', async () => {
  await openOnProfile()
  await press(tab, 'Close the database')
  await seen('5.')
  await fill(tab, 'Phone number', '555-0100')
  await expect.poll(phone, settles).toBe('555-0100')
  await reads(tab, 'All changes are sent')
})

describe.runIf(inject('engine') === 'chromium')('in Chromium, whose pages can be crashed', () => {
  const byCommand = async ({ page }: ChromiumTab): Promise<void> => {
    const session = await page.context().newCDPSession(page)
    // A page that has crashed gives no answer.
    session.send('Page.crash').catch(() => {})
  }
  const byButton = async ({ page }: ChromiumTab): Promise<void> => {
    page
      .getByRole('button', { name: 'Fill the memory' })
      .click()
      .catch(() => {})
  }

  test.for([
    ['by the command of the browser', byCommand],
    ['by its button, which fills the memory', byButton],
  ] as const)(
    'step 6, the end, %s: the change of the ended tab is in the next one, and is sent once',
    async ([, end]) => {
      await browser.kill()
      // A page of this browser may have less memory: it ends in the same way, and the machine stays quick.
      const { url } = fieldbook.page
      browser = await launchChromium({ profileDir, site: { url: url.slice(0, -1) } as Site }, [pageMemory])
      tab = browser.first
      await openOnProfile()
      await choose('Off')
      await fill(tab, 'Phone number', '555-0100')
      await reads(tab, '1 change waiting')
      await press(tab, 'End this tab')
      await reads(tab, 'the whole device may be slow')
      const crashed = (tab as ChromiumTab).page.waitForEvent('crash')
      await end(tab as ChromiumTab)
      await crashed

      tab = await browser.open('/#/profile')
      await reads(tab, '1 change waiting')
      await press(tab, 'Try failures')
      await seen('6.')
      await seen('1.')
      await expect.poll(newestBar, settles).toContain('Change of the phone number')
      // The new tab knows what the old one did to the network.
      const chosen = (): Promise<string | null | undefined> =>
        tab.evaluate(() => document.querySelector('.conditions [data-selected]')?.textContent)
      await expect.poll(chosen, settles).toBe('Off')
      await choose('Works')
      await sendNow(tab)
      await reads(tab, 'All changes are sent')
      expect(phone()).toBe('555-0100')
    },
  )

  test('it stays when the person does, and a goodbye is none of its ends', async () => {
    await openOnProfile()
    await press(tab, 'End this tab')
    await press(tab, 'Stay here')
    await press(tab, 'End this tab')
    await tab.reload()
    await press(tab, 'Try failures')
    await reads(tab, '0 steps of 6 seen')
  })

  test('by the keyboard alone: it opens, its conditions are chosen by arrows, Escape closes it, and the focus is where it was', async () => {
    await openOnProfile()
    const { page } = tab as ChromiumTab
    const focused = (): Promise<string> => page.evaluate(() => document.activeElement?.textContent ?? '')
    await page.keyboard.press('Escape')
    await expect.poll(focused, settles).toBe('Try failures')
    expect(await page.locator('.drawer').count()).toBe(0)
    await page.keyboard.press('Enter')
    await expect.poll(focused, settles).toBe('Try what can go wrong')
    await reads(tab, 'Six steps')
    for (let presses = 0; presses < 12 && (await focused()) !== 'Works'; presses++) await page.keyboard.press('Tab')
    await page.keyboard.press('ArrowRight')
    await expect.poll(focused, settles).toBe('Off')
    await page.keyboard.press('Enter')
    await expect.poll(() => control().settings.refusing, settles).toBe(true)
    await page.keyboard.press('Tab')
    await expect.poll(focused, settles).toBe('Kill my session')
  })

  test('with a real application nothing commands the server: two steps and the timeline remain, and it says so', async () => {
    const page = await servePage({
      files: await buildPage({ appId: 'APP-ID', apiKey: 'API-KEY', url: 'https://api.backendless.com' }),
      port: 0,
    })
    try {
      await (tab as ChromiumTab).page.goto(page.url)
      await press(tab, 'Try failures')
      await reads(tab, 'This page talks to a real application')
      const titles = await tab.evaluate(() => [...document.querySelectorAll('.step h3')].map((one) => one.textContent))
      expect(titles.map((title) => title.trim())).toEqual([
        '5. Lose the storage connection',
        '6. End this tab without a goodbye',
      ])
      await reads(tab, '0 steps of 2 seen')
      await reads(tab, 'Your changes, live')
    } finally {
      await page.stop()
    }
  })

  test('it has the inspector of the same app, which says why a change waits', async () => {
    await openOnProfile()
    await choose('Off')
    await fill(tab, 'Phone number', '555-0100')
    await reads(tab, '1 change waiting')
    await seen('1.')
    const said = (): Promise<string> =>
      tab.evaluate(() => document.querySelector('holdfast-inspector')?.shadowRoot?.textContent ?? '')
    await expect.poll(said, settles).toContain('Waits for')
  })

  test('nothing of it is loaded before it is opened, and it holds for another tab', async () => {
    const { page } = tab as ChromiumTab
    const loaded = (): Promise<string[]> =>
      page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name))
    await press(tab, 'James')
    await reads(tab, 'All changes are sent')
    expect((await loaded()).filter((name) => /drawer/.test(name))).toEqual([])
    await press(tab, 'Try failures')
    await reads(tab, 'Six steps')
    expect((await loaded()).filter((name) => /drawer/.test(name))).not.toEqual([])
    await choose('Off')
    await expect.poll(() => control().settings.refusing, settles).toBe(true)
    const other = await browser.open('/#/profile')
    await fill(other, 'Phone number', '555-0100')
    await reads(other, '1 change waiting')
  })
})
