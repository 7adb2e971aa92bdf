/*
 * The client in Capacitor's webview with CapacitorHttp on, which puts a `fetch` of its own in place of the browser's: GETs go
 * through an address of the webview's own server, writes through native code that follows redirects.
 */
import { describe, expect, inject, test } from 'vitest'
import { makeCertificate, trusting } from '../support/engines/certificate.js'
import { underCapacitor, type NativeSide } from '../support/engines/capacitor.js'
import { launchChromium } from '../support/engines/chromium.js'
import type { LaunchOptions } from '../support/engines/browser.js'
import type {} from '../support/page/shared.js'
import { settlesWithin, useSharedBench } from '../support/shared-bench.js'

// Capacitor's webview on Android is Chromium.
describe.runIf(inject('engine') === 'chromium')('in the webview', () => {
  let native: NativeSide
  const bench = useSharedBench({
    entry: 'test/support/page/webview.ts',
    async launch(options: LaunchOptions) {
      const browser = await launchChromium(options)
      native = await underCapacitor(browser.first, options.site.url)
      return browser
    },
  })

  const edit = (patch: { name: string }): Promise<string> =>
    bench.browser.first.evaluate(async (change) => (await shared.users.update(change)).id, patch)
  const outcomeOf = (id: string): Promise<string> =>
    bench.browser.first.evaluate(async (editId) => (await shared.settlement(editId)).outcome, id)

  test('its answers are believed: login, reads and updates, also when the base is old', async () => {
    expect(await outcomeOf(await edit({ name: 'James' }))).toBe('accepted')
    expect(await outcomeOf(await edit({ name: 'Jim' }))).toBe('accepted')

    expect(bench.server.control.readUser({ id: bench.userId })).toMatchObject({ name: 'Jim' })
    // All of it went through the bridge, and each update after a read.
    const [below, root] = [bench.server.apiRoot, '']
    const routes = native.requests.map((request) => request.replace(below, root).replace(/\?.*/, ''))
    expect(routes).toContain('POST /users/login')
    const read = `GET /data/Users/${bench.userId}`
    const update = `PUT /users/${bench.userId}`
    expect(routes.filter((route) => route === read || route === update)).toEqual([read, update, read, update])
  })

  test("another device's value is a conflict, found by a read through the interceptor", async () => {
    await bench.server.control.writeUser(bench.userId, { name: 'Zoe' })
    expect(await outcomeOf(await edit({ name: 'James' }))).toBe('rejected')
    expect(await bench.browser.first.evaluate(() => shared.users.refresh())).toMatchObject({ name: 'Zoe' })
  })

  test('a redirect that native code has followed proves nothing: the edit is sent again', async () => {
    let followed = 0
    native.answerOnce((answer) => {
      followed++
      return { ...answer, url: 'https://portal.example/login' }
    })
    const id = await edit({ name: 'James' })
    await expect
      .poll(() => bench.browser.first.evaluate(() => shared.status$.value.failure?.message), settlesWithin)
      .toContain('another address')
    expect(followed).toBe(1)
    await bench.browser.first.evaluate(async () => void (await shared.flush()))
    expect(await outcomeOf(id)).toBe('accepted')
  })

  test('a logout ends the session at the backend', async () => {
    await bench.browser.first.evaluate(() => shared.users.logout())
    await expect
      .poll(
        () => native.requests.some((request) => request.startsWith(`GET ${bench.server.apiRoot}/users/logout`)),
        settlesWithin,
      )
      .toBe(true)
  })
})

describe.runIf(inject('engine') === 'chromium')('in the webview at https://localhost, with the platform for it', () => {
  let native: NativeSide
  const certificate = makeCertificate()
  const bench = useSharedBench({
    entry: 'test/support/page/capacitor-app.ts',
    certificate,
    async launch(options: LaunchOptions) {
      const browser = await launchChromium(options, [trusting(certificate)])
      native = await underCapacitor(browser.first, options.site.url)
      return browser
    },
  })

  const edit = (name: string): Promise<string> =>
    bench.browser.first.evaluate(async (value) => (await shared.users.update({ name: value })).id, name)
  const outcomeOf = (id: string): Promise<string> =>
    bench.browser.first.evaluate(async (editId) => (await shared.settlement(editId)).outcome, id)

  test("requests are the webview's own, and none is made natively", async () => {
    expect(await bench.browser.first.evaluate(() => [location.protocol, location.hostname, isSecureContext])).toEqual([
      'https:',
      'localhost',
      true,
    ])
    expect(await outcomeOf(await edit('James'))).toBe('accepted')
    expect(bench.server.control.readUser({ id: bench.userId })).toMatchObject({ name: 'James' })
    expect(native.requests).toEqual([])
  })

  test('an edit waits while the plugin says that there is no network, and goes out when it says otherwise', async () => {
    await native.setConnected(false)
    await expect
      .poll(() => bench.browser.first.evaluate(() => shared.status$.value.phase), settlesWithin)
      .toBe('offline')
    const id = await edit('James')
    await native.setConnected(true)
    expect(await outcomeOf(id)).toBe('accepted')
  })

  test('an edit of the moments after a pause is saved and sent, and the client listens for the resume', async () => {
    expect(await native.tellApp('pause')).toBeGreaterThan(0)
    const id = await edit('James')
    expect(await native.tellApp('resume')).toBeGreaterThan(0)
    expect(await outcomeOf(id)).toBe('accepted')
  })
})
