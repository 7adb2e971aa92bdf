import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from 'vitest'
import { ann, demoSchema, james, seedDemoUsers } from '../../demo/demo-users.js'
import { servePage, type ServedPage } from '../../demo/serve-page.js'
import { startServer, type RunningServer } from '../../demo/server/start-server.js'
import type { Browser, Tab } from '../support/engines/browser.js'
import { launchBrowser } from '../support/engines/launch.js'
import { startSite, type Site } from '../support/engines/site.js'

let site: Site
/** The page as `npm start` serves it, under its Content-Security-Policy. */
let page: ServedPage | undefined
let server: RunningServer
let profileDir: string
let browser: Browser | undefined

/** A script in the page is the only way into WebKit, and the policy keeps that out: there the page is a site of the tests'. */
const isServedPage = inject('engine') !== 'webkit'

beforeAll(async () => {
  site = await startSite({ entry: 'demo/app/main.ts' })
})
afterAll(() => site.stop())
beforeEach(async () => {
  profileDir = mkdtempSync(join(tmpdir(), 'holdfast-profile-'))
  server = await startServer({ control: true, schema: demoSchema })
  await seedDemoUsers(server)
  if (isServedPage) page = await servePage({ ...server, port: 0 })
})
afterEach(async () => {
  await browser?.kill()
  browser = undefined
  await Promise.all([server.stop(), page?.stop()])
  rmSync(profileDir, { recursive: true, force: true, maxRetries: 3 })
})

const jamesOnServer = () => server.control.readUser({ identity: james.email })

/** The demo's page, with James logged in by the form as it is filled in. */
async function logIn(): Promise<Tab> {
  browser = await (page
    ? launchBrowser({ profileDir, site: { ...site, url: page.url.slice(0, -1) } })
    : launchBrowser({ profileDir, site, path: `/?api=${encodeURIComponent(server.apiRoot)}` }))
  const { first } = browser
  await reads(first, 'Nobody is logged in')
  await press(first, 'Log in')
  await reads(first, `Logged in as ${james.email}`)
  return first
}

/** Asks the control path for something, by the page's form; a page that was given no token is given it by hand. */
async function changeElsewhere(tab: Tab, value: string): Promise<void> {
  await giveToken(tab)
  await enter(tab, 'elsewhere-value', value)
}

const giveToken = (tab: Tab): Promise<void> =>
  tab.evaluate((token) => {
    const field = document.querySelector<HTMLInputElement>('#elsewhere-token')!
    if (field.checkVisibility()) field.value = token
  }, server.controlToken!)

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

test('the app rolls a refused value back and marks it in the form, until the person discards it', async () => {
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

test('of two properties of one edit only the one to blame is marked as refused', async () => {
  const tab = await logIn()
  await tab.evaluate(() => {
    document.querySelector<HTMLInputElement>('#profile-name')!.value = 'Jim'
    document.querySelector('#profile-name')!.dispatchEvent(new Event('input'))
  })
  await enter(tab, 'profile-email', ann.email)
  await reads(tab, 'Refused: User with identity')

  const read = (): unknown =>
    ['name', 'email'].map((name) => {
      const input = document.querySelector<HTMLInputElement>(`#profile-${name}`)!
      return [document.querySelector(`#profile-${name}-mark`)!.textContent, input.ariaInvalid]
    })
  const [name, email] = (await tab.evaluate(read)) as [unknown, unknown]
  expect(name).toEqual(['Not saved, because of email', null])
  expect(email).toEqual([expect.stringMatching(/^Refused: User with identity/), 'true'])
})

/** WebKitGTK, which draws by software here, does not lay out a megabyte in a field within a minute. */
const drawsQuickly = inject('engine') !== 'webkit'

test.runIf(drawsQuickly)('a value that cannot be saved stays in the form, with the reason beside it', async () => {
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

test('the text that a person types stays when another device changes the profile', async () => {
  const tab = await logIn()
  await tab.evaluate(() => {
    const input = document.querySelector<HTMLInputElement>('#profile-name')!
    input.value = 'half typ'
    input.dispatchEvent(new Event('input'))
  })
  await changeElsewhere(tab, 'From elsewhere')
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
  await giveToken(tab)
  await press(tab, 'End the session on the server')
  await reads(tab, 'The server has ended the session')
  await enter(tab, 'profile-name', 'James')
  await reads(tab, `The session of ${james.email} has ended`)
  await press(tab, 'Log in')
  await reads(tab, 'accepted: name = "James"')

  expect(jamesOnServer()?.name).toBe('James')
})

test.runIf(isServedPage)('its policy lets nothing in and nothing out', async () => {
  const tab = await logIn()
  const stranger = await startSite({ entry: 'demo/app/profile.ts' })
  const { hasReached, blocked } = await tab.evaluate(async (url) => {
    const directives = new Set<string>()
    document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => directives.add(effectiveDirective))
    const frame = document.createElement('iframe')
    const picture = new Image()
    frame.src = url
    picture.src = `${url}/picture`
    document.body.append(frame, picture)
    const answered = await fetch(url).then(
      () => true,
      () => false,
    )
    const script = document.createElement('script')
    try {
      script.text = 'document.title = "changed"'
      document.body.append(script)
    } catch {
      // An engine that has Trusted Types.
      directives.add('script-src-elem')
    }
    const wanted = ['connect-src', 'frame-src', 'img-src', 'script-src-elem']
    while (!wanted.every((name) => directives.has(name))) await new Promise((resolve) => setTimeout(resolve, 10))
    return { hasReached: answered || document.title === 'changed', blocked: [...directives] }
  }, stranger.url)
  await stranger.stop()

  expect(hasReached).toBe(false)
  expect(blocked).toEqual(expect.arrayContaining(['connect-src', 'frame-src', 'img-src', 'script-src-elem']))
})

test.runIf(isServedPage)("a link cannot name another server than the page's own", async () => {
  await logIn()
  const linked = await browser!.open(`/?api=${encodeURIComponent('http://127.0.0.1:1/app/key')}`)
  await reads(linked, `Logged in as ${james.email}`)
  await enter(linked, 'profile-name', 'James')
  await reads(linked, 'accepted: name = "James"')
  expect(jamesOnServer()?.name).toBe('James')
})
