/* The main path of Fieldbook by the keyboard alone: each step shows its focus, and none loses it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { ann, james } from '../../demo/demo-users.js'
import { sendNow } from '../support/acts.js'
import { launchChromium, type ChromiumBrowser } from '../support/engines/chromium.js'
import type { Site } from '../support/engines/site.js'
import { startFieldbook, type RunningFieldbook } from '../support/fieldbook.js'

let fieldbook: RunningFieldbook
let profileDir: string
let browser: ChromiumBrowser
let page: Page

beforeEach(async () => {
  profileDir = mkdtempSync(join(tmpdir(), 'holdfast-profile-'))
  fieldbook = await startFieldbook()
  browser = await launchChromium({ profileDir, site: { url: fieldbook.page.url.slice(0, -1) } as Site })
  page = browser.first.page
  await page.getByRole('button', { name: 'James' }).waitFor()
})
afterEach(async () => {
  await browser?.kill()
  await fieldbook.stop()
  rmSync(profileDir, { recursive: true, force: true, maxRetries: 3 })
})

const settles = { timeout: 20_000 }
const control = () => fieldbook.server.control
const see = (text: string): Promise<void> =>
  expect.poll(() => page.locator('body').innerText(), settles).toContain(text)

/** The element that has the focus, as a person hears it, and whether anything shows that. */
const focused = (): Promise<{ name: string; isShown: boolean }> =>
  page.evaluate(() => {
    const one = document.activeElement as HTMLElement
    const labels = [...((one as HTMLInputElement).labels ?? [])].map(({ textContent }) => textContent)
    const named = one
      .getAttribute('aria-labelledby')
      ?.split(' ')
      .map((id) => document.getElementById(id)?.textContent)
    const name =
      one.ariaLabel ?? labels[0] ?? (one.matches('button') ? one.textContent : named?.join(' ')) ?? one.textContent
    const { height, top } = one.getBoundingClientRect()
    // A radio is drawn by its label; what is hidden shows nothing.
    const drawn = [one, one.closest('label')].filter((each) => each !== null)
    const hasRing = drawn.some((each) => {
      const { outlineStyle, outlineWidth } = getComputedStyle(each)
      return outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2
    })
    // The heading of a new screen is read aloud; nobody acts on it.
    const isRead = one.matches('h1[tabindex="-1"], h2[tabindex="-1"]')
    return {
      name: one === document.body ? 'nothing' : name.trim().replaceAll(/\s+/g, ' '),
      isShown: (hasRing || isRead) && height > 0 && top < innerHeight,
    }
  })

/** Presses Tab until what has this name has the focus, which has to be seen at each stop. */
async function tabTo(name: string | RegExp, key = 'Tab'): Promise<void> {
  const stops: string[] = []
  for (let press = 0; press < 60; press++) {
    await page.keyboard.press(key)
    const stop = await focused()
    stops.push(stop.name)
    // The browser's own bar comes between the last stop and the first.
    if (stop.name === 'nothing') continue
    expect(stop, `after ${stops.join(', ')}`).toMatchObject({ isShown: true })
    if (typeof name === 'string' ? stop.name === name : name.test(stop.name)) return
  }
  throw new Error(`No Tab comes to ${String(name)}: ${stops.join(', ')}`)
}

async function pressAt(name: string | RegExp, key = 'Enter'): Promise<void> {
  await tabTo(name)
  await page.keyboard.press(key)
}

/** Replaces what is in the input of this name. */
async function typeAt(name: string, text: string): Promise<void> {
  await tabTo(name)
  await page.keyboard.press('Control+A')
  // At once, as a paste: each key would be a change, and half an e-mail address is refused.
  await page.keyboard.insertText(text)
}

/** The focus comes to what has this name, by itself. */
const focusComesTo = (name: string | RegExp): Promise<void> =>
  expect
    .poll(async () => (await focused()).name, settles)
    .toMatch(typeof name === 'string' ? new RegExp(`^${name}$`) : name)

async function signIn(heading = 'Jobs'): Promise<void> {
  await typeAt('E-mail address', james.email)
  await typeAt('Password', james.password)
  await page.keyboard.press('Enter')
  await see('All changes are sent')
  await focusComesTo(heading)
}

/** The person and somebody else change the same. */
async function contest(label: string, property: string): Promise<void> {
  control().refuse(true)
  await typeAt(label, 'mine')
  await see('1 change waiting')
  await control().writeUser(fieldbook.jamesId, { [property]: 'theirs' })
  control().refuse(false)
  await sendNow(browser.first)
  await see(`Somebody else changed the ${label.toLowerCase()}`)
}

describe.runIf(inject('engine') === 'chromium')('by the keyboard alone', () => {
  test('sign in, make a job and its note, find it, and delete both', async () => {
    await signIn()
    await pressAt('New job')
    await focusComesTo('Title')
    await page.keyboard.press('Control+A')
    await page.keyboard.type('Fix the lamp')
    await tabTo('Planned')
    await page.keyboard.press('ArrowRight')
    await typeAt('Customer', 'River Hotel')
    await pressAt('Add a note')
    await focusComesTo('Note 1')
    await page.keyboard.type('It blinks')
    await see('All changes are sent')
    const made = control()
      .readRows('Job')
      .find(({ title }) => title === 'Fix the lamp')
    expect(made).toMatchObject({ customer: 'River Hotel', status: 'started' })

    // A question that is answered with no gives the focus back; a deleted note leaves it at what is near.
    await pressAt('Delete note 1')
    await focusComesTo(/^Delete “note 1”/)
    await page.keyboard.press('Escape')
    await focusComesTo('Delete note 1')
    await page.keyboard.press('Enter')
    await pressAt('Delete')
    await see('No notes yet')
    await focusComesTo('Notes')

    await pressAt('‹ All jobs')
    await focusComesTo('Jobs')
    await typeAt('Search jobs', 'lamp')
    await see('1 job')
    await tabTo(/^Open$/)
    await page.keyboard.press('ArrowRight')
    await see('0 jobs')
    await page.keyboard.press('ArrowRight')
    await see('1 job')
    await pressAt(/^Date/)
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await focusComesTo(/^Title/)
    await tabTo(/^Fix the lamp/)
    await page.keyboard.press('Enter')
    await focusComesTo('Fix the lamp')
    await pressAt('Delete Fix the lamp')
    await pressAt('Delete')
    await focusComesTo('Jobs')
    await expect
      .poll(
        () =>
          control()
            .readRows('Job')
            .some(({ title }) => title === 'Fix the lamp'),
        settles,
      )
      .toBe(false)
  })

  test('a row is deleted: the focus stays in the list', async () => {
    await signIn()
    await tabTo(/./)
    await see('jobs')
    const grid = page.getByRole('grid', { name: 'Jobs' })
    const row = await grid.getByRole('row').nth(1).getAttribute('data-key')
    for (let tries = 0; tries < 20; tries++) {
      await page.keyboard.press('Tab')
      if (await page.evaluate(() => document.activeElement?.getAttribute('role') === 'row')) break
    }
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowRight')
    await focusComesTo(/^Delete /)
    await page.keyboard.press('Enter')
    await pressAt('Delete')
    await expect.poll(() => grid.locator(`[data-key="${row}"]`).count(), settles).toBe(0)
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.closest('[role=grid]') !== null), settles)
      .toBe(true)
  })

  test('the inbox: keep mine, take theirs, edit and drop, each with the focus at the next card', async () => {
    await signIn()
    await pressAt('Profile')
    await focusComesTo('Profile')
    await contest('Phone number', 'phone')
    await contest('Nickname', 'nickname')
    await typeAt('E-mail address', ann.email)
    await see('This e-mail address is taken')

    await pressAt(/^Inbox/)
    await focusComesTo('Inbox')
    await pressAt(/phone number: keep mine$/)
    await focusComesTo(/^(Somebody|This)/)
    await pressAt(/: take theirs$/)
    await focusComesTo(/^(Somebody|This)/)
    await pressAt(/taken: edit$/)
    await focusComesTo('New e-mail address')
    await pressAt('Back')
    await focusComesTo('This e-mail address is taken')
    await pressAt(/taken: drop$/)
    await focusComesTo(/^Drop this change/)
    await page.keyboard.press('Escape')
    await focusComesTo(/taken: drop$/)
    await page.keyboard.press('Enter')
    await pressAt('Drop it')
    await expect.poll(async () => (await focused()).name, settles).not.toMatch(/taken|nothing/)
  })

  test('sign out with changes that wait: the question comes, goes and comes again', async () => {
    await signIn()
    await pressAt('Profile')
    control().refuse(true)
    await typeAt('Name', 'James')
    await see('1 change waiting')
    await pressAt('Sign out …')
    await focusComesTo(/not sent yet/)
    await pressAt('Stay signed in')
    await focusComesTo('Sign out …')
    await page.keyboard.press('Enter')
    await pressAt(/^Keep on this device/)
    await focusComesTo('Fieldbook')
    control().refuse(false)
    await signIn('Profile')
    expect(fieldbook.james()['name']).toBe('James')
  })
})
