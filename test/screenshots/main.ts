/*
 * `npm run screenshots`: a picture of each screen and state of Fieldbook, on a phone and on a desktop, light and dark, into
 * `.screenshots/`. `npm run screenshots -- --docs` also renews those that the README shows, in `docs/fieldbook/`.
 */
import { copyFileSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { chromium, type Browser } from 'playwright-core'
import { CHROMIUM_ARGUMENTS } from '../support/engines/chromium.js'
import { requireEngine } from '../support/engines/detect.js'
import { startFieldbook } from '../support/fieldbook.js'
import { scenes } from './scenes.js'

const folder = '.screenshots'
const docs = join('docs', 'fieldbook')

const devices = {
  phone: { viewport: { width: 375, height: 740 }, hasTouch: true, isMobile: true },
  desktop: { viewport: { width: 1280, height: 800 } },
} as const
const schemes = ['light', 'dark'] as const

/** The pictures of the README. */
const kept = [
  'phone-light-jobs',
  'phone-light-job-in-a-tunnel',
  'phone-light-inbox',
  'phone-light-session-ended',
  'phone-dark-jobs',
  'phone-dark-profile-refused',
  'phone-dark-sign-out',
  'phone-dark-many',
  'desktop-light-jobs',
  'desktop-light-job',
  'desktop-light-inbox',
  'desktop-dark-inbox',
]

rmSync(folder, { recursive: true, force: true })
mkdirSync(folder)
const browser = await chromium.launch({ executablePath: requireEngine('chromium'), args: [...CHROMIUM_ARGUMENTS] })
try {
  for (const device of Object.keys(devices) as (keyof typeof devices)[])
    for (const scheme of schemes) await takeAll(browser, device, scheme)
} finally {
  await browser.close()
}
if (process.argv.includes('--docs')) {
  mkdirSync(docs, { recursive: true })
  for (const name of kept) copyFileSync(join(folder, `${name}.png`), join(docs, `${name}.png`))
}

/** One visit, from the sign-in on. */
async function takeAll(of: Browser, device: keyof typeof devices, scheme: (typeof schemes)[number]): Promise<void> {
  const fieldbook = await startFieldbook({ jobs: 240 })
  const options = { ...devices[device], colorScheme: scheme, reducedMotion: 'reduce', locale: 'en-GB' } as const
  const context = await of.newContext(options)
  try {
    const page = await context.newPage()
    await page.goto(fieldbook.page.url)
    for (const [name, act] of scenes) {
      await act({ page, context, fieldbook, many: 300 })
      // No row looks as if somebody pointed at it.
      await page.mouse.move(0, 0)
      await page.waitForTimeout(300)
      await page.screenshot({ path: join(folder, `${device}-${scheme}-${name}.png`), animations: 'disabled' })
    }
    console.log(`${device}, ${scheme}: ${scenes.length} pictures`)
  } finally {
    await context.close()
    await fieldbook.stop()
  }
}
