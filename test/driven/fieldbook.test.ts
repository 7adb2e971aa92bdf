/* The main path of Fieldbook, as `npm start` serves it, in each engine. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, inject, test } from 'vitest'
import { ann, james } from '../../demo/demo-users.js'
import { pageHeaders } from '../../demo/serve-page.js'
import { fill, markOf, press, reads, sendNow } from '../support/acts.js'
import type { Browser, Tab } from '../support/engines/browser.js'
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
  // A script in the page is the only way into WebKit: there the page is a site of the tests', under the same policy.
  if (inject('engine') === 'webkit') site = await startSiteOf(fieldbook.files, fieldbook.server.url, pageHeaders())
  const url = site?.url ?? fieldbook.page.url.slice(0, -1)
  browser = await launchBrowser({ profileDir, site: { ...site!, url } })
  tab = browser.first
  await press(tab, 'James')
  await reads(tab, 'All changes are sent')
})
afterEach(async () => {
  await browser?.kill()
  await site?.stop()
  await fieldbook.stop()
  site = undefined
  rmSync(profileDir, { recursive: true, force: true, maxRetries: 3 })
})

const settles = { timeout: 20_000 }
const control = () => fieldbook.server.control
const rows = (table: string) => control().readRows(table)
const newJobs = () => rows('Job').filter(({ title }) => title === 'Fix the lamp')

/** The server cannot be reached, as in a tunnel. */
const enterTunnel = (): void => control().refuse(true)
const leaveTunnel = (): void => control().refuse(false)

/** The edits that are on disk, as text: a page shows an edit before it is. */
const editsOnDisk = (): Promise<string> =>
  tab.evaluate(async () => {
    const done = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result)
        request.onerror = () => reject(request.error!)
      })
    let found = ''
    for (const { name } of await indexedDB.databases()) {
      const db = await done(indexedDB.open(name!))
      if (db.objectStoreNames.contains('edits'))
        found += JSON.stringify(await done(db.transaction('edits').objectStore('edits').getAll()))
      db.close()
    }
    return found
  })

test('a job and its note, made in a tunnel, outlast a reload and come to the server once', async () => {
  enterTunnel()
  await press(tab, 'New job')
  await fill(tab, 'Title', 'Fix the lamp')
  await press(tab, 'Add a note')
  await fill(tab, 'Note 1', 'It blinks')
  await reads(tab, 'waiting')
  await expect.poll(editsOnDisk).toContain('It blinks')
  expect(newJobs()).toEqual([])

  await tab.reload()
  await reads(tab, 'Fix the lamp')
  await expect.poll(() => markOf(tab, 'Title'), settles).toContain('Waiting')

  leaveTunnel()
  await sendNow(tab)
  await reads(tab, 'All changes are sent')
  expect(newJobs()).toHaveLength(1)
  const [job] = newJobs()
  expect(rows('Note').filter(({ jobId }) => jobId === job!['objectId'])).toMatchObject([{ text: 'It blinks' }])
  await expect.poll(() => markOf(tab, 'Title'), settles).toContain('Saved')
})

test('a refusal is seen on each screen, beside its field and in the inbox, until the person settles it', async () => {
  await press(tab, 'Profile')
  await fill(tab, 'E-mail address', ann.email)
  await reads(tab, 'This e-mail address is taken.')
  await expect.poll(() => markOf(tab, 'E-mail address'), settles).toContain('Refused')

  await press(tab, 'Jobs')
  await reads(tab, '1 change refused')
  await press(tab, 'Inbox')
  await reads(tab, ann.email)
  await press(tab, 'This e-mail address is taken: edit')
  await fill(tab, 'New e-mail address', 'jim@example.com')
  await press(tab, 'Send this')
  await reads(tab, 'Nothing was refused')
  await expect.poll(() => control().readUser({ identity: 'jim@example.com' })?.nickname, settles).toBe(james.nickname)
})

test('of a change that somebody else made, too, the person sees all three values, and chooses', async () => {
  await press(tab, 'Profile')
  enterTunnel()
  await fill(tab, 'Phone number', '555-0111')
  await reads(tab, '1 change waiting')
  await control().writeUser(fieldbook.jamesId, { phone: '555-0199' })
  leaveTunnel()
  await sendNow(tab)
  await reads(tab, 'Somebody else changed the phone number.')
  await press(tab, 'Inbox')
  await reads(tab, '555-0111')
  await reads(tab, '555-0199')
  await press(tab, 'Somebody else changed the phone number: keep mine')
  await reads(tab, 'All changes are sent')
  expect(fieldbook.james()['phone']).toBe('555-0111')
})

test('the session ends: the password is asked for in place, and what was typed is sent', async () => {
  await press(tab, 'Profile')
  control().endSessions({ userId: fieldbook.jamesId })
  await fill(tab, 'Name', 'James')
  await reads(tab, 'Your session has ended')
  await expect.poll(() => markOf(tab, 'Name'), settles).toContain('Waiting')
  await fill(tab, 'Password', james.password)
  await press(tab, 'Sign in')
  await reads(tab, 'All changes are sent')
  expect(fieldbook.james()['name']).toBe('James')
})

test('signing out asks what becomes of changes that wait, and keeps them for the next sign-in', async () => {
  await press(tab, 'Profile')
  enterTunnel()
  await fill(tab, 'Name', 'James')
  await reads(tab, '1 change waiting')
  await press(tab, 'Sign out')
  await reads(tab, '1 change not sent yet')
  await press(tab, 'Keep on this device')
  await reads(tab, 'with or without a network')
  leaveTunnel()
  await press(tab, 'James')
  await reads(tab, 'All changes are sent')
  expect(fieldbook.james()['name']).toBe('James')
})

test('the policy is in force: no inline script runs, and no text becomes code', async () => {
  const hasRun = await tab.evaluate(async () => {
    const script = document.createElement('script')
    const tries: (() => unknown)[] = [
      () => script.append('window.isInlineRun = true'),
      () => document.body.append(script),
      // By the page itself: what a debugger evaluates is free of the policy.
      // oxlint-disable-next-line typescript/no-implied-eval
      () => setTimeout('window.isTextRun = true' as never),
    ]
    for (const each of tries) {
      try {
        each()
      } catch {
        // Trusted Types throw, where an engine has them.
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 200))
    return { inline: 'isInlineRun' in window, text: 'isTextRun' in window }
  })
  expect(hasRun).toEqual({ inline: false, text: false })
})
