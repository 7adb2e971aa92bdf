/*
 * The client in a window of WebKit at `capacitor://localhost`, behind the bridge's path for iOS: calls by the message handler
 * `bridge`, settings by `prompt`.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { startServer, type RunningServer } from '../../demo/server/start-server.js'
import {
  hasCapacitorWindow,
  openCapacitorWindow,
  WINDOW_INSTALL_COMMAND,
  type CapacitorWindow,
} from '../support/engines/capacitor-window.js'
import type {} from '../support/page/shared.js'
import { settlesWithin } from '../support/shared-bench.js'

let server: RunningServer
let folder: string
let ios: CapacitorWindow | undefined

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-window-'))
  server = await startServer()
})
afterEach(async () => {
  server.control.release()
  await ios?.kill()
  ios = undefined
  await server.stop()
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
})

async function open(entry: string, http: boolean): Promise<CapacitorWindow> {
  const path = `/?root=${encodeURIComponent(server.apiRoot)}`
  return (ios = await openCapacitorWindow(folder, { entry: `test/support/page/${entry}`, path, http }))
}

async function openLoggedIn(entry: string, http: boolean): Promise<CapacitorWindow> {
  const opened = await open(entry, http)
  await opened.page.evaluate(async () => {
    await shared.users.register({ email: 'ann@x.co', name: 'Ann', password: 'secret-1' })
    await shared.users.login('ann@x.co', 'secret-1')
  })
  return opened
}

const edit = (name: string): Promise<string> =>
  ios!.page.evaluate(async (value) => (await shared.users.update({ name: value })).id, name)
const outcomeOf = (id: string): Promise<string> =>
  ios!.page.evaluate(async (editId) => (await shared.settlement(editId)).outcome, id)
const nameOnServer = () => server.control.readUser({ identity: 'ann@x.co' })?.['name']
const nativeRoutes = () =>
  ios!.native.requests.map((request) => request.replace(server.apiRoot, '').replace(/\?.*/, ''))

const isWebkit = inject('engine') === 'webkit'
const canOpen = isWebkit && hasCapacitorWindow()
if (isWebkit && !canOpen)
  console.log(`No window of WebKitGTK: nothing run in it; to install: ${WINDOW_INSTALL_COMMAND}`)

// Where every engine is required, the window is, too.
describe.runIf(canOpen || (isWebkit && process.env['REQUIRE_ENGINES']))('in the webview of iOS', () => {
  test('the page is of its own scheme, which is a secure one: it has Web Locks', async () => {
    const { page } = await open('capacitor-app.ts', false)
    expect(
      await page.evaluate(() => [
        location.origin,
        (globalThis as unknown as { Capacitor: { getPlatform(): string } }).Capacitor.getPlatform(),
        isSecureContext,
        'locks' in navigator,
      ]),
    ).toEqual(['capacitor://localhost', 'ios', true, true])
  })

  test('with the platform for it, requests are the own ones of the webview where CapacitorHttp is on', async () => {
    await openLoggedIn('capacitor-app.ts', true)
    expect(await outcomeOf(await edit('James'))).toBe('accepted')
    expect(nameOnServer()).toBe('James')
    expect(nativeRoutes()).toEqual([])
  })

  test('without it, what goes through native code is believed, also a read', async () => {
    await openLoggedIn('webview.ts', true)
    expect(await outcomeOf(await edit('James'))).toBe('accepted')
    expect(nameOnServer()).toBe('James')
    const id = server.control.readUser({ identity: 'ann@x.co' })!['objectId'] as string
    expect(nativeRoutes()).toContain('POST /users/login')
    expect(nativeRoutes().slice(-2)).toEqual([`GET /data/Users/${id}`, `PUT /users/${id}`])
  })

  test('an edit waits while the plugin says that there is no network, over an end of the app, too', async () => {
    const { native, page } = await openLoggedIn('capacitor-app.ts', false)
    await native.setConnected(false)
    await expect.poll(() => page.evaluate(() => shared.status$.value.phase), settlesWithin).toBe('offline')
    server.control.rules.add({ match: { method: 'PUT' }, action: { do: 'refuse' }, times: 'always' })
    const id = await edit('James')
    await ios!.kill()

    await open('capacitor-app.ts', false)
    await expect
      .poll(() => ios!.page.evaluate(() => shared.users.current$.value), settlesWithin)
      .toMatchObject({ name: 'James' })
    server.control.rules.clear()
    await ios!.page.evaluate(async () => void (await shared.flush()))
    expect(await outcomeOf(id)).toBe('accepted')
    expect(nameOnServer()).toBe('James')
  })

  test('the client listens for pause and resume, and an edit between them is saved and sent', async () => {
    const { native } = await openLoggedIn('capacitor-app.ts', false)
    expect(await native.tellApp('pause')).toBeGreaterThan(0)
    const id = await edit('James')
    expect(await native.tellApp('resume')).toBeGreaterThan(0)
    expect(await outcomeOf(id)).toBe('accepted')
  })
})
