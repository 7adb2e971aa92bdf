import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from 'vitest'
import { ann, demoSchema, james, seedDemoUsers } from '../../demo/demo-users.js'
import { startServer, type RunningServer } from '../../demo/server/start-server.js'
import type { Browser, Tab } from '../support/engines/browser.js'
import { launchBrowser } from '../support/engines/launch.js'
import { startSite, type Site } from '../support/engines/site.js'

let site: Site
let server: RunningServer
let profileDir: string
let browser: Browser | undefined

beforeAll(async () => {
  site = await startSite({ entry: 'demo/app/main.ts' })
})
afterAll(() => site.stop())
beforeEach(async () => {
  profileDir = mkdtempSync(join(tmpdir(), 'holdfast-profile-'))
  server = await startServer({ control: true, schema: demoSchema })
  await seedDemoUsers(server)
})
afterEach(async () => {
  await browser?.kill()
  browser = undefined
  await server.stop()
  rmSync(profileDir, { recursive: true, force: true, maxRetries: 3 })
})

const jamesOnServer = () => server.control.readUser({ identity: james.email })

/** The demo's page, with James logged in by the form as it is filled in. */
async function logIn(): Promise<Tab> {
  browser = await launchBrowser({ profileDir, site, path: `/?api=${encodeURIComponent(server.apiRoot)}` })
  const { first } = browser
  await reads(first, 'Nobody is logged in')
  await press(first, 'Log in')
  await reads(first, `Logged in as ${james.email}`)
  return first
}

/** Resolves when the page shows this text. */
async function reads(tab: Tab, text: string): Promise<void> {
  await tab.evaluate(
    (wanted) =>
      new Promise<void>((resolve) => {
        const look = (): void => {
          if (document.body.innerText.includes(wanted)) resolve()
        }
        const anything = { subtree: true, childList: true, characterData: true, attributes: true }
        new MutationObserver(look).observe(document.body, anything)
        look()
      }),
    text,
  )
}

/** Presses the visible button of this name, which is its label or its text. */
async function press(tab: Tab, name: string): Promise<void> {
  await tab.evaluate((wanted) => {
    const found = [...document.querySelectorAll('button')].find(
      (one) => (one.ariaLabel ?? one.textContent) === wanted && one.checkVisibility(),
    )
    if (!found) throw new Error(`There is no button "${wanted}"`)
    found.click()
  }, name)
}

/** Types into the labelled input and presses Enter. */
async function enter(tab: Tab, id: string, value: string): Promise<void> {
  await tab.evaluate(
    (wantedId, text) => {
      const input = document.querySelector<HTMLInputElement>(`#${wantedId}`)!
      input.value = text
      input.dispatchEvent(new Event('input'))
      input.form!.requestSubmit()
    },
    id,
    value,
  )
}

const switchNetwork = (tab: Tab): Promise<void> =>
  tab.evaluate(() => document.querySelector<HTMLInputElement>('#network')!.click())

const valueOf = (tab: Tab, id: string): Promise<string> =>
  tab.evaluate((wantedId) => document.querySelector<HTMLInputElement>(`#${wantedId}`)!.value, id)

test('an edit made with the network away survives a reload, and is sent when the network is back', async () => {
  const tab = await logIn()
  await switchNetwork(tab)
  await enter(tab, 'profile-name', 'James')
  await reads(tab, 'Saved on this device, not yet on the server')
  await tab.reload()
  await reads(tab, '1 pending')

  expect(await valueOf(tab, 'profile-name')).toBe('James')
  expect(jamesOnServer()?.name).toBeNull()

  await switchNetwork(tab)
  await reads(tab, 'accepted: name = "James"')
  await reads(tab, '0 pending')
  expect(jamesOnServer()?.name).toBe('James')
})

test('what the server refuses is rolled back and marked in the form, until it is discarded', async () => {
  const tab = await logIn()
  await enter(tab, 'profile-email', ann.email)
  await reads(tab, 'Refused: User with identity')

  expect(await valueOf(tab, 'profile-email')).toBe(james.email)

  await press(tab, 'Discard of email')
  await reads(tab, 'The server has refused nothing')
  // The list is told first; then the call ends, and the focus moves.
  await expect.poll(() => tab.evaluate(() => document.activeElement?.textContent)).toBe('Faults')
  expect(await tab.evaluate(() => document.querySelector('#profile-email-mark')!.textContent)).toBe('')
})

/** WebKitGTK, which draws by software here, does not lay out a megabyte in a field within a minute. */
const drawsQuickly = inject('engine') !== 'webkit'

test.runIf(drawsQuickly)('what cannot be saved stays in the form, with the reason beside it', async () => {
  const tab = await logIn()
  const tooLong = 'x'.repeat(1_100_000)
  await tab.evaluate(() => {
    const phone = document.querySelector<HTMLInputElement>('#profile-phone')!
    phone.value = '555-0100'
    phone.dispatchEvent(new Event('input'))
  })
  await enter(tab, 'profile-name', tooLong)
  await reads(tab, 'Not saved: with it the edit is over 1 MB')

  expect(await valueOf(tab, 'profile-name')).toBe(tooLong)
  expect(await valueOf(tab, 'profile-phone')).toBe('555-0100')
  expect(await tab.evaluate(() => document.activeElement?.id)).toBe('profile-name')

  await enter(tab, 'profile-name', 'James')
  await reads(tab, 'accepted:')
  expect(jamesOnServer()).toMatchObject({ name: 'James', phone: '555-0100' })
})

test('what is being typed stays when another device changes the profile', async () => {
  const tab = await logIn()
  await tab.evaluate(() => {
    const input = document.querySelector<HTMLInputElement>('#profile-name')!
    input.value = 'half typ'
    input.dispatchEvent(new Event('input'))
  })
  await enter(tab, 'elsewhere-value', 'From elsewhere')
  await reads(tab, 'Another device wrote')
  await press(tab, 'Read from the server')
  await tab.evaluate(() => document.querySelector('details:has(pre)')!.setAttribute('open', ''))
  await reads(tab, '"name": "From elsewhere"')

  expect(await valueOf(tab, 'profile-name')).toBe('half typ')
})

test('a logout asks what becomes of pending edits, and keeps them for the next login', async () => {
  const tab = await logIn()
  await switchNetwork(tab)
  await enter(tab, 'profile-phone', '555-0100')
  await reads(tab, '1 pending')
  await press(tab, 'Log out')
  await reads(tab, '1 edit has not been sent yet')
  await press(tab, 'Keep it for my next login')
  await reads(tab, 'Nobody is logged in')
  // The button that had the focus is gone, and the keyboard is not sent back to the top.
  await tab.evaluate(
    () =>
      new Promise<void>((resolve) => {
        const look = (): void =>
          void (document.activeElement?.id === 'panel-session' ? resolve() : setTimeout(look, 20))
        look()
      }),
  )
  await switchNetwork(tab)
  await press(tab, 'Log in')
  await reads(tab, 'accepted: phone = "555-0100"')

  expect(jamesOnServer()?.phone).toBe('555-0100')
})

test('after the server has ended the session, edits wait for the login that the page asks for', async () => {
  const tab = await logIn()
  await press(tab, 'End the session on the server')
  await reads(tab, 'The server has ended the session')
  await enter(tab, 'profile-name', 'James')
  await reads(tab, `The session of ${james.email} has ended`)
  await press(tab, 'Log in')
  await reads(tab, 'accepted: name = "James"')

  expect(jamesOnServer()?.name).toBe('James')
})
