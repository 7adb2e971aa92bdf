/* Fieldbook on each screen, in each state: for every person, at every width. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import axe, { type AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { launchChromium, type ChromiumBrowser } from '../support/engines/chromium.js'
import type { Site } from '../support/engines/site.js'
import { startFieldbook, type RunningFieldbook } from '../support/fieldbook.js'
import { scenes } from '../screenshots/scenes.js'

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

const widths = [320, 768, 1440]

/** The element that reaches furthest over the right edge. */
const overhang = (): string | undefined => {
  const { clientWidth } = document.documentElement
  const wide = [...document.querySelectorAll('body *')].filter((one) => {
    const { right, width } = one.getBoundingClientRect()
    const isScrolled = one.closest('.unseen, .job-list, [style*="clip"]') !== null
    // One pixel is for screen readers.
    return width > 1 && right > clientWidth + 1 && !isScrolled
  })
  const isWide = document.documentElement.scrollWidth > clientWidth
  return wide.length > 0 || isWide ? `${wide.at(-1)?.outerHTML.slice(0, 120)} at ${clientWidth}` : undefined
}

/** Why a person who is signed in does not see how far the changes have come, or that one was refused. */
const hiddenStatus = (): string | undefined => {
  const status = document.querySelector<HTMLElement>('.status')
  if (!document.querySelector('.shell')) return undefined
  const { top = -1, bottom = 0, height = 0 } = status?.getBoundingClientRect() ?? {}
  if (height === 0 || top < 0 || bottom > innerHeight) return `the status stands at ${top} to ${bottom}`
  const isTold = status!.innerText.includes('refused')
  return isTold || !document.querySelector('.badge') ? undefined : 'a refusal is not told'
}

/** A popover that is open finds its place some frames after the width has changed. */
async function overhangInTime(): Promise<string | undefined> {
  let found = await page.evaluate(overhang)
  for (let look = 0; found !== undefined && look < 40; look++) {
    await page.waitForTimeout(50)
    found = await page.evaluate(overhang)
  }
  return found
}

describe.runIf(inject('engine') === 'chromium')('on each screen, in each state', () => {
  test.for(['light', 'dark'] as const)(
    'axe finds nothing, nothing reaches over the edge, the status is in sight, and the policy forbids nothing: %s',
    { timeout: 400_000 },
    async (colorScheme) => {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      const forbidden: string[] = []
      page.on('console', (message) => {
        if (/Content Security Policy|Trusted/i.test(message.text())) forbidden.push(message.text())
      })
      const errors: string[] = []
      page.on('pageerror', (error) => errors.push(error.message))
      const found: string[] = []
      for (const [name, act] of scenes) {
        await act({ page, context: browser.context, fieldbook, many: 40 })
        for (const width of widths) {
          await page.setViewportSize({ width, height: 800 })
          const wide = await overhangInTime()
          if (wide !== undefined) found.push(`${name}: ${wide}`)
          const hidden = await page.evaluate(hiddenStatus)
          if (hidden !== undefined) found.push(`${name}: ${hidden} at ${width}`)
        }
        await page.evaluate(axe.source)
        const { violations } = await page.evaluate(
          async () => (await (window as unknown as { axe: typeof axe }).axe.run()) as AxeResults,
        )
        for (const { id, nodes } of violations) found.push(`${name}: ${id} ${nodes.map(({ html }) => html).join(' ')}`)
      }
      expect(found).toEqual([])
      expect(forbidden).toEqual([])
      expect(errors).toEqual([])
    },
  )
})
