/*
 * The client in Capacitor's webview with CapacitorHttp on, which puts a `fetch` of its own in place of the browser's: GETs go
 * through an address of the webview's own server, writes through native code that follows redirects.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, inject, test } from 'vitest'
import { startServer, type RunningServer } from '../../demo/server/start-server.js'
import { underCapacitor, type NativeSide } from '../support/engines/capacitor.js'
import { launchChromium, type ChromiumBrowser, type ChromiumTab } from '../support/engines/chromium.js'
import { startSite, type Site } from '../support/engines/site.js'
import type {} from '../support/page/webview.js'

// Capacitor's webview on Android is Chromium.
const inChromium = test.runIf(inject('engine') === 'chromium')
const settlesWithin = { timeout: 30_000, interval: 50 }

let site: Site
let server: RunningServer
let profileDir: string
let browser: ChromiumBrowser
let tab: ChromiumTab
let native: NativeSide
let userId: string

beforeEach(async () => {
  if (inject('engine') !== 'chromium') return
  profileDir = mkdtempSync(join(tmpdir(), 'holdfast-capacitor-'))
  site = await startSite({ entry: 'test/support/page/webview.ts' })
  server = await startServer({})
  const path = `/?root=${encodeURIComponent(server.apiRoot)}`
  browser = await launchChromium({ profileDir, site, path })
  tab = browser.first
  native = await underCapacitor(tab, site.url)
  userId = await tab.evaluate(async () => {
    await webview.users.register({ email: 'ann@x.co', name: 'Ann', password: 'secret-1' })
    return (await webview.users.login('ann@x.co', 'secret-1')).objectId
  })
})
afterEach(async () => {
  if (inject('engine') !== 'chromium') return
  await browser.kill()
  await site.stop()
  await server.stop()
  rmSync(profileDir, { recursive: true, force: true, maxRetries: 3 })
})

const edit = (patch: { name: string }): Promise<string> =>
  tab.evaluate(async (change) => (await webview.users.update(change)).id, patch)
const outcomeOf = (id: string): Promise<string> =>
  tab.evaluate(async (editId) => (await webview.settlement(editId)).outcome, id)

inChromium('its answers are believed: login, reads and updates, also when the base is old', async () => {
  expect(await outcomeOf(await edit({ name: 'James' }))).toBe('accepted')
  expect(await outcomeOf(await edit({ name: 'Jim' }))).toBe('accepted')

  expect(server.control.readUser({ id: userId })).toMatchObject({ name: 'Jim' })
  // All of it went through the bridge, and each update after a read.
  const [below, root] = [server.apiRoot, '']
  const routes = native.requests.map((request) => request.replace(below, root).replace(/\?.*/, ''))
  expect(routes).toContain('POST /users/login')
  const read = `GET /data/Users/${userId}`
  const update = `PUT /users/${userId}`
  expect(routes.filter((route) => route === read || route === update)).toEqual([read, update, read, update])
})

inChromium("another device's value is a conflict, found by a read through the interceptor", async () => {
  await server.control.writeUser(userId, { name: 'Zoe' })
  expect(await outcomeOf(await edit({ name: 'James' }))).toBe('rejected')
  expect(await tab.evaluate(() => webview.users.refresh())).toMatchObject({ name: 'Zoe' })
})

inChromium('a redirect that native code has followed proves nothing: the edit is sent again', async () => {
  let followed = 0
  native.answerOnce((answer) => {
    followed++
    return { ...answer, url: 'https://portal.example/login' }
  })
  const id = await edit({ name: 'James' })
  await expect
    .poll(() => tab.evaluate(() => webview.status$.value.failure?.message), settlesWithin)
    .toContain('another address')
  expect(followed).toBe(1)
  await tab.evaluate(async () => void (await webview.flush()))
  expect(await outcomeOf(id)).toBe('accepted')
})

inChromium('a logout ends the session at the backend', async () => {
  await tab.evaluate(() => webview.users.logout())
  await expect
    .poll(
      () => native.requests.some((request) => request.startsWith(`GET ${server.apiRoot}/users/logout`)),
      settlesWithin,
    )
    .toBe(true)
})
