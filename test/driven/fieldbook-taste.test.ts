/* Fieldbook and its drawer as a person likes them: light or dark, moving or still. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, inject, test } from 'vitest'
import { pageHeaders } from '../../demo/serve-page.js'
import { fill, press, reads } from '../support/acts.js'
import type { Browser } from '../support/engines/browser.js'
import { launchBrowser } from '../support/engines/launch.js'
import { startSiteOf, type Site } from '../support/engines/site.js'
import { startFieldbook, type RunningFieldbook } from '../support/fieldbook.js'

let fieldbook: RunningFieldbook
let site: Site | undefined
let profileDir: string
let browser: Browser | undefined

beforeEach(async () => {
  profileDir = mkdtempSync(join(tmpdir(), 'holdfast-profile-'))
  fieldbook = await startFieldbook()
  const { files, server } = fieldbook
  // A script in the page is the only way into WebKit: there the page is a site of the tests', under the same policy.
  if (inject('engine') === 'webkit') site = await startSiteOf(files, server.url, pageHeaders(), server.controlToken)
})
afterEach(async () => {
  await browser?.kill()
  await site?.stop()
  await fieldbook.stop()
  browser = site = undefined
  rmSync(profileDir, { recursive: true, force: true, maxRetries: 3 })
})

interface Look {
  /** Of the page, the drawer and the inspector. */
  grounds: string[]
  /** Of all that is in them, with the parts that only the style makes. */
  moving: string[]
}

function look(): Look {
  const inspector = document.querySelector('holdfast-inspector')!
  const drawer = document.querySelector('.drawer')!
  const all = [...document.querySelectorAll('*'), ...inspector.shadowRoot!.querySelectorAll('*')]
  const moving = all.flatMap((one) =>
    [undefined, '::before', '::after'].flatMap((part) => {
      const { transitionDuration, animationName, scrollBehavior } = getComputedStyle(one, part)
      const isStill = /^0s(, 0s)*$/.test(transitionDuration) && animationName === 'none' && scrollBehavior === 'auto'
      return isStill ? [] : [one.getAttribute('class') ?? one.localName]
    }),
  )
  const grounds = [document.documentElement, drawer, inspector].map((one) => getComputedStyle(one).backgroundColor)
  return { grounds, moving: [...new Set(moving)] }
}

const wanted = {
  light: ['rgb(246, 245, 241)', 'rgb(246, 245, 241)', 'rgb(255, 255, 255)'],
  dark: ['rgb(20, 23, 22)', 'rgb(20, 23, 22)', 'rgb(22, 25, 29)'],
}

test.for([
  ['light', { isDark: false, isStill: false }],
  ['dark', { isDark: true, isStill: true }],
] as const)('it is %s and moves, or is still, as the person wishes', async ([scheme, taste]) => {
  const url = site?.url ?? fieldbook.page.url.slice(0, -1)
  browser = await launchBrowser({ profileDir, site: { ...site!, url }, taste })
  const tab = browser.first
  await press(tab, 'James')
  await reads(tab, 'All changes are sent')
  await press(tab, 'Profile')
  await press(tab, 'Try failures')
  await reads(tab, '0 steps of 6 seen')
  await fill(tab, 'Phone number', '555-0100')
  // The worker may be woken, and send it before the page does.
  const isSent = (): Promise<boolean> => tab.evaluate(() => /Accepted|Sent elsewhere/.test(document.body.innerText))
  await expect.poll(isSent, { timeout: 60_000 }).toBe(true)
  await expect.poll(() => tab.evaluate(() => document.querySelectorAll('.track i').length)).toBeGreaterThan(0)
  const { grounds, moving } = await tab.evaluate(look)
  expect(grounds).toEqual(wanted[scheme])
  if (taste.isStill) expect(moving).toEqual([])
  // The bars of the drawer grow, and buttons change their colour.
  else expect(moving).toEqual(expect.arrayContaining(['i', 'drawer-button']))
})
