/*
 * Five causes of a stuck edit, each found by one press: the drawer opens on the inspector, and the sentence with the cause is in
 * sight. A person's time is not measured here. The test holds what a person sees first, on a phone and on a desktop.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { ann } from '../../demo/demo-users.js'
import { fill, press, reads } from '../support/acts.js'
import { launchChromium, type ChromiumBrowser, type ChromiumTab } from '../support/engines/chromium.js'
import type { Site } from '../support/engines/site.js'
import { startFieldbook, type RunningFieldbook } from '../support/fieldbook.js'

let fieldbook: RunningFieldbook
let profileDir: string
let browser: ChromiumBrowser
let tab: ChromiumTab

beforeEach(async () => {
  profileDir = mkdtempSync(join(tmpdir(), 'holdfast-profile-'))
  fieldbook = await startFieldbook()
  browser = await launchChromium({ profileDir, site: { url: fieldbook.page.url.slice(0, -1) } as Site })
  tab = browser.first
})
afterEach(async () => {
  await browser?.kill()
  await fieldbook.stop()
  rmSync(profileDir, { recursive: true, force: true, maxRetries: 3 })
})

const settles = { timeout: 30_000 }
const sizes = [
  { width: 375, height: 740 },
  { width: 1280, height: 800 },
]

/** The sentences of the inspector that are in sight as a whole: nothing covers them, and nobody scrolls. */
function sentencesInSight(): string[] {
  const root = document.querySelector('holdfast-inspector')?.shadowRoot
  return [...(root?.querySelectorAll<HTMLElement>('.why') ?? [])].flatMap((one) => {
    const range = document.createRange()
    range.selectNodeContents(one)
    const corners = [...range.getClientRects()].flatMap(({ left, top, right, bottom }) => [
      [left + 1, top + 1] as const,
      [right - 1, bottom - 1] as const,
    ])
    const isSeen = corners.length > 0 && corners.every(([x, y]) => root!.elementFromPoint(x, y) === one)
    return isSeen ? [one.textContent] : []
  })
}

const changePhone = async (): Promise<void> => {
  await fill(tab, 'Phone number', '555-0100')
  await reads(tab, '1 change waiting')
}
const control = () => fieldbook.server.control

const causes: readonly (readonly [cause: string, sentence: RegExp, make: () => Promise<unknown>])[] = [
  [
    'the browser is offline',
    /^Waits for the network: the browser is offline/,
    async () => {
      await browser.context.setOffline(true)
      await changePhone()
    },
  ],
  [
    'the server cannot be reached',
    /^Waits for the network: [1-9]\d* tr/,
    async () => {
      control().refuse(true)
      await changePhone()
    },
  ],
  [
    'the server fails',
    /^Waits for the (busy )?server/,
    async () => {
      control().rules.add({ match: {}, times: 'always', action: { do: 'server-error', status: 503 } })
      await changePhone()
    },
  ],
  [
    'the session has ended',
    /^Held: the session ended/,
    async () => {
      control().endSessions({ userId: fieldbook.jamesId })
      await fill(tab, 'Phone number', '555-0100')
      await reads(tab, 'Your session has ended')
    },
  ],
  [
    'the server has refused it, and it waits for the person',
    /^conflict \(/,
    async () => {
      await fill(tab, 'E-mail address', ann.email)
      await reads(tab, 'This e-mail address is taken')
    },
  ],
]

describe.runIf(inject('engine') === 'chromium')('in Chromium, whose window has any size', () => {
  test.for(causes)('a change is stuck since %s: the first look at the drawer says so', async ([, sentence, make]) => {
    await press(tab, 'James')
    await reads(tab, 'All changes are sent')
    await press(tab, 'Profile')
    await make()
    for (const size of sizes) {
      await tab.page.setViewportSize(size)
      await press(tab, 'Try failures')
      await expect
        .poll(() => tab.evaluate(sentencesInSight), settles)
        .toEqual(expect.arrayContaining([expect.stringMatching(sentence)]))
      expect(await tab.evaluate(() => document.querySelector('.drawer-body')!.scrollTop)).toBe(0)
      await press(tab, 'Close the drawer')
    }
  })
})
