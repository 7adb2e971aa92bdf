/* A visit to Fieldbook, scene by scene. Each goes on where the one before has ended. */
import type { BrowserContext, Page } from 'playwright-core'
import { ann, james } from '../../demo/demo-users.js'
import { expressionOf } from '../support/engines/browser.js'
import type { RunningFieldbook } from '../support/fieldbook.js'
import { becomePrivate, fillStorage, holdTransaction, loseConnection, makeJobs } from './states.js'

export interface Stage {
  page: Page
  context: BrowserContext
  fieldbook: RunningFieldbook
  /** How many changes are queued at most. */
  many: number
}

type Scene = readonly [name: string, act: (stage: Stage) => Promise<unknown>]

const go = (page: Page, name: string): Promise<void> => page.getByRole('link', { name }).last().click()
const reads = (page: Page, text: string | RegExp): Promise<void> => page.getByText(text).first().waitFor()
/** The button goes as soon as it is sent anyway. */
const sendNow = (page: Page): Promise<void> =>
  page
    .getByRole('button', { name: 'Send now' })
    .click({ timeout: 1000 })
    .catch(() => {})
const tunnel = ({ fieldbook }: Stage, isOn: boolean): void => fieldbook.server.control.refuse(isOn)

export const scenes: readonly Scene[] = [
  ['sign-in', ({ page }) => page.getByRole('button', { name: 'James' }).waitFor()],
  [
    'sign-in-wrong',
    async ({ page }) => {
      await page.getByLabel('E-mail address').fill(james.email)
      await page.getByLabel('Password').fill('guess')
      await page.getByRole('button', { name: 'Sign in' }).click()
      await reads(page, 'is wrong')
    },
  ],
  ['register', ({ page }) => go(page, 'Make an account')],
  [
    'forgotten',
    async ({ page }) => {
      await go(page, 'Back to sign in')
      await go(page, 'Forgotten password')
    },
  ],
  [
    'jobs',
    async ({ page }) => {
      await go(page, 'Back to sign in')
      await page.getByRole('button', { name: 'James' }).click()
      await page.getByRole('row').first().waitFor()
      await reads(page, /\d+ jobs/)
    },
  ],
  ['jobs-sorting', ({ page }) => page.getByRole('button', { name: /Sort by/ }).click()],
  [
    'jobs-none',
    async ({ page }) => {
      await page.keyboard.press('Escape')
      await page.getByLabel('Search jobs').fill('zeppelin')
      await reads(page, 'No job is like that')
    },
  ],
  [
    'job',
    async ({ page }) => {
      await page.getByLabel('Search jobs').fill('A-10')
      await page.getByText('All', { exact: true }).click()
      await page.getByRole('row').first().click()
      await reads(page, 'Notes')
    },
  ],
  [
    'job-delete',
    ({ page }) =>
      page
        .getByRole('button', { name: /^Delete/ })
        .first()
        .click(),
  ],
  [
    'job-in-a-tunnel',
    async (stage) => {
      const { page } = stage
      await page.getByRole('button', { name: 'Keep it' }).click()
      tunnel(stage, true)
      await go(page, 'All jobs')
      await page.getByRole('button', { name: 'New job', exact: true }).click()
      await page.getByRole('textbox', { name: 'Title' }).fill('Fix the lamp at the gate')
      await page.getByRole('textbox', { name: 'Customer' }).fill('River Hotel')
      await page.getByRole('button', { name: 'Add a note' }).click()
      await page.getByRole('textbox', { name: 'Note 1' }).fill('It blinks when it rains.')
      await page.getByLabel('Order number').fill('A-10010')
      await page.locator('main').evaluate((main) => main.scrollTo(0, 0))
    },
  ],
  ['job-in-a-tunnel-notes', ({ page }) => page.locator('main').evaluate((main) => main.scrollTo(0, main.scrollHeight))],
  [
    'profile-refused',
    async (stage) => {
      const { page, fieldbook } = stage
      await go(page, 'Profile')
      await page.getByLabel('Phone number').fill('555-0111')
      await reads(page, /changes? waiting/)
      await fieldbook.server.control.writeUser(fieldbook.jamesId, { phone: '555-0199' })
      tunnel(stage, false)
      await sendNow(page)
      await reads(page, 'Somebody else changed the phone number')
      await page.getByLabel('E-mail address').fill(ann.email)
      await reads(page, 'This e-mail address is taken')
      tunnel(stage, true)
      await page.getByLabel('Name', { exact: true }).fill('James')
    },
  ],
  [
    'inbox',
    async (stage) => {
      const { page, fieldbook } = stage
      const { control } = fieldbook.server
      tunnel(stage, false)
      const mayNot = { code: 1011, message: 'User has no permission to create entity' }
      control.rules.add({ match: { method: 'POST', path: '/data/Job' }, action: { do: 'fault', ...mayNot } })
      // Slow enough for a note to be made before the job is refused.
      control.setLatency(1500)
      await go(page, 'Jobs')
      await page.getByRole('button', { name: 'New job', exact: true }).click()
      await page.getByRole('button', { name: 'Add a note' }).click()
      await page.getByRole('textbox', { name: 'Note 1' }).fill('The key is at the reception.')
      await page.getByRole('link', { name: /^Inbox/ }).click()
      await reads(page, 'The job it belongs to was refused')
      control.setLatency(0)
      control.rules.clear()
    },
  ],
  ['inbox-end', ({ page }) => page.locator('main').evaluate((main) => main.scrollTo(0, main.scrollHeight))],
  [
    'inbox-edit',
    ({ page }) =>
      page
        .getByRole('button', { name: /taken: edit/ })
        .last()
        .click(),
  ],
  [
    'inbox-drop',
    async ({ page }) => {
      await page.getByRole('button', { name: 'Back', exact: true }).click()
      await page
        .getByRole('button', { name: /make a job: drop$/ })
        .last()
        .click()
      await reads(page, 'Drop this change?')
    },
  ],
  [
    'sign-out',
    async (stage) => {
      const { page } = stage
      await page.getByRole('button', { name: 'Keep it' }).click()
      tunnel(stage, true)
      await go(page, 'Profile')
      await page.getByLabel('Name', { exact: true }).fill('James of the night shift')
      await reads(page, /changes? waiting/)
      await page.getByRole('button', { name: 'Sign out' }).click()
      await reads(page, 'not sent yet')
    },
  ],
  [
    'sign-out-offline',
    async ({ page, context }) => {
      await page.getByRole('button', { name: 'Stay signed in' }).click()
      await context.setOffline(true)
      await reads(page, /offline/i)
      await page.getByRole('button', { name: 'Sign out' }).click()
      await reads(page, 'Sending is not possible now')
    },
  ],
  [
    'many-waiting',
    async ({ page, context, many }) => {
      await page.getByRole('button', { name: 'Stay signed in' }).click()
      await context.setOffline(false)
      await go(page, 'Jobs')
      await page.evaluate(expressionOf(makeJobs, [many]))
      await reads(page, /0 of \d+ sent/)
    },
  ],
  [
    'many',
    async (stage) => {
      stage.fieldbook.server.control.setLatency(100)
      tunnel(stage, false)
      await sendNow(stage.page)
      await reads(stage.page, /[1-9]\d of \d+ sent/)
    },
  ],
  [
    'session-ended',
    async ({ page, fieldbook }) => {
      fieldbook.server.control.setLatency(0)
      await reads(page, /refused$/)
      await go(page, 'Profile')
      fieldbook.server.control.endSessions({ userId: fieldbook.jamesId })
      await page.getByLabel('Nickname').fill('Jimmy')
      await reads(page, 'Your session has ended')
    },
  ],
  [
    'inbox-empty',
    async ({ page }) => {
      await page.getByLabel('Password').fill(james.password)
      await page.getByRole('button', { name: 'Sign in' }).click()
      await page.getByRole('link', { name: /^Inbox/ }).click()
      const drop = page.getByRole('button', { name: /(drop|take theirs)$/ })
      const sure = page.getByRole('button', { name: 'Drop it' })
      for (let left = await drop.count(); left > 0; left = await drop.count()) {
        const isAsked = (await drop.first().textContent()) === 'Drop'
        await drop.first().click()
        if (isAsked) await sure.click()
        await page.waitForTimeout(200)
      }
      await reads(page, 'Nothing was refused')
    },
  ],
  [
    'new-version',
    async (stage) => {
      const { page, fieldbook } = stage
      tunnel(stage, true)
      await go(page, 'Profile')
      await page.getByLabel('Nickname').fill('Jim')
      await reads(page, /1 change waiting/)
      await page.evaluate(async () => void (await navigator.serviceWorker.ready))
      const worker = fieldbook.files.get('service-worker.js')!
      const next = { body: Buffer.concat([worker.body, Buffer.from('\n// The next version.')]) }
      fieldbook.page.replace(new Map([...fieldbook.files, ['service-worker.js', next]]))
      await page.evaluate(async () => void (await (await navigator.serviceWorker.ready).update()))
      await reads(page, 'A new version is ready')
    },
  ],
  [
    'new-version-taken',
    async ({ page }) => {
      const loaded = page.waitForEvent('load')
      await page.getByRole('button', { name: 'Start the new version' }).click()
      await loaded
      await reads(page, /1 change waiting/)
      await page.getByText('A new version is ready').waitFor({ state: 'hidden' })
    },
  ],
  [
    'drawer',
    async (stage) => {
      const { page } = stage
      tunnel(stage, false)
      await sendNow(page)
      await reads(page, 'All changes are sent')
      await page.getByRole('button', { name: 'Try failures' }).click()
      await reads(page, 'Six steps')
      await page.getByLabel('Name', { exact: true }).fill('James')
      await reads(page, /Accepted after|Sent elsewhere/)
      await page.getByRole('radio', { name: 'Off' }).click()
      await page.getByRole('radio', { name: 'Off', checked: true }).waitFor()
      await page.getByLabel('Phone number').fill('555-0142')
      await reads(page, /Waits for .+, [1-9]\d* tr/)
    },
  ],
  ['drawer-timeline', ({ page }) => page.locator('.timeline').evaluate((place) => place.scrollIntoView())],
  ['drawer-inspector', ({ page }) => page.locator('.inspector').evaluate((place) => place.scrollIntoView())],
  [
    // Opened while a change is stuck.
    'drawer-stuck',
    async ({ page }) => {
      await page.getByRole('button', { name: 'Close the drawer' }).click()
      await page.getByRole('button', { name: 'Try failures' }).click()
      await reads(page, /Waits for .+, [1-9]\d* tr/)
    },
  ],
  [
    'drawer-end-this-tab',
    async ({ page }) => {
      await page.getByRole('button', { name: 'End this tab' }).click()
      await reads(page, 'Fill the memory')
    },
  ],
  [
    'drawer-signed-out',
    async (stage) => {
      const { page } = stage
      await page.getByRole('button', { name: 'Stay here' }).click()
      await page.getByRole('radio', { name: 'Works' }).click()
      await page.getByRole('radio', { name: 'Works', checked: true }).waitFor()
      await sendNow(page)
      await reads(page, 'All changes are sent')
      await page.getByRole('button', { name: 'Sign out' }).click()
      await reads(page, 'with or without a network')
    },
  ],
  [
    'storage-healing',
    async ({ page }) => {
      await page.getByRole('button', { name: 'Close the drawer' }).click()
      await page.getByRole('button', { name: 'James' }).click()
      await reads(page, 'All changes are sent')
      await page.evaluate(expressionOf(loseConnection, []))
      await page.getByLabel('Phone number').fill('555-0122')
      await reads(page, 'Opening the storage again')
      await page.locator('main').evaluate((main) => main.scrollTo(0, 0))
    },
  ],
  [
    'storage-blocked',
    async ({ page }) => {
      await page.reload()
      await reads(page, 'All changes are sent')
      await page.evaluate(expressionOf(holdTransaction, []))
      await page.getByLabel('Phone number').fill('555-0123')
      await reads(page, 'The storage does not answer')
    },
  ],
  [
    'storage-full',
    async ({ page }) => {
      await page.reload()
      await reads(page, 'All changes are sent')
      await page.evaluate(expressionOf(fillStorage, []))
      await page.getByLabel('Phone number').fill('555-0124')
      await reads(page, 'This device is full')
    },
  ],
  [
    'storage-volatile',
    async ({ page }) => {
      await page.addInitScript({ content: expressionOf(becomePrivate, []) })
      await page.reload()
      await reads(page, 'This is a private window')
    },
  ],
  [
    'storage-lost',
    async ({ page, context }) => {
      const { origin } = new URL(page.url())
      const session = await context.newCDPSession(page)
      await session.send('Storage.clearDataForOrigin', { origin, storageTypes: 'indexeddb' })
      await reads(page, 'The browser has deleted saved data')
    },
  ],
  [
    'no-storage',
    async ({ page }) => {
      await page.addInitScript(() => Object.defineProperty(globalThis, 'indexedDB', { value: undefined }))
      await page.reload()
      await reads(page, 'lets Fieldbook save nothing')
    },
  ],
]
