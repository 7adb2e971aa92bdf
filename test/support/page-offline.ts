/*
 * The tests that each app of docs/offline-page.md passes: its page comes back with its server stopped, shows what is on the
 * device, and sends what was edited in the tunnel, also when no page is open. A release can arrive while edits wait.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { preview } from 'vite'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { startServer, type RunningServer } from '../../demo/server/start-server.js'
import type { BackendlessApp } from '../../src/backendless/index.js'
import type { Browser } from './engines/browser.js'
import type { ChromiumBrowser } from './engines/chromium.js'
import type { Engine } from './engines/detect.js'
import { launchEngine } from './engines/launch-engine.js'
import type { ServedApp } from './package/run-app.js'
import type { PageApp } from './page-apps.js'
import { settlesWithin } from './shared-bench.js'
import { wakeUpAsked } from './wake-up.js'

declare const app: BackendlessApp<{ objectId: string; name: string }>

/** An app of the document: its files, how it is built, and what serves its page. */
export interface PageKind {
  write(apiRoot: string): PageApp
  build(app: PageApp): void
  /** `port`: of the server before it; else a free one. */
  serve(app: PageApp, port?: number): Promise<ServedApp>
  /** Leaves the newer release out: its build takes long, and the worker is that of another kind. */
  readonly isBuiltOnce?: boolean
}

/** Serves the files of a folder of the app, as any server of files does. */
export async function serveFiles({ folder }: PageApp, port = 0, outDir = 'dist'): Promise<ServedApp> {
  const server = await preview({
    root: folder,
    configFile: false,
    logLevel: 'silent',
    build: { outDir },
    preview: { host: '127.0.0.1', port, strictPort: port !== 0 },
  })
  return { url: server.resolvedUrls!.local[0]!, stop: () => server.close() }
}

/** Tells the worker as the browser does: it does not know of the network that the test has switched off. */
async function tellOfNetwork(page: Page, origin: string, tag: string): Promise<void> {
  const session = await page.context().newCDPSession(page)
  const registered = new Promise<string>((resolve) =>
    session.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      for (const { registrationId, scopeURL } of registrations) if (scopeURL.startsWith(origin)) resolve(registrationId)
    }),
  )
  await session.send('ServiceWorker.enable')
  const registrationId = await registered
  await session.send('ServiceWorker.dispatchSyncEvent', { origin, registrationId, tag, lastChance: false })
}

/** The tests of one app, in one engine. It is built once, and once more for the newer release. */
export function testOffline(engine: Engine, { write, build, serve, isBuiltOnce = false }: PageKind): void {
  let server: RunningServer
  let made: PageApp
  let files: ServedApp | undefined
  let origin: string
  let profileDir: string
  let browser: Browser | undefined
  let people = 0
  let email: string

  beforeAll(async () => {
    server = await startServer()
    made = write(server.apiRoot)
    build(made)
  }, 300_000)
  afterAll(async () => {
    await server.stop()
    made.remove()
  })

  const open = async (): Promise<void> => {
    browser = await launchEngine(engine, { profileDir, site: { url: origin } as never })
  }
  beforeEach(async () => {
    files = await serve(made)
    origin = new URL(files.url).origin
    profileDir = mkdtempSync(join(tmpdir(), 'holdfast-profile-'))
    await open()
    email = `ann-${++people}@x.co`
    await browser!.first.evaluate(async (identity) => {
      await navigator.serviceWorker.ready
      await app.users.register({ email: identity, name: 'Ann', password: 'secret-1' })
      await app.users.login(identity, 'secret-1')
    }, email)
  })
  afterEach(async () => {
    server.control.rules.clear()
    await browser?.kill()
    browser = undefined
    await files?.stop()
    files = undefined
    rmSync(profileDir, { recursive: true, force: true, maxRetries: 3 })
  })

  const shownName = () => browser!.first.evaluate(() => document.querySelector('#name')?.textContent)
  const shownRelease = () => browser!.first.evaluate(() => document.body.dataset['release'])
  const rename = () => browser!.first.evaluate(async () => void (await app.users.update({ name: 'Anna' })))
  const nameOnServer = () => server.control.readUser({ identity: email })?.['name']
  const answerNobody = () => server.control.rules.add({ action: { do: 'refuse' }, times: 'always' })

  test('reloads with its server stopped, shows the data of the device, and sends what was edited then', async () => {
    // In a tunnel: the page's own server is gone, and the backend answers nobody.
    await files!.stop()
    files = undefined
    answerNobody()
    await browser!.first.reload()
    await expect.poll(shownName, settlesWithin).toBe('Ann')

    await rename()
    await browser!.first.reload()
    await expect.poll(shownName, settlesWithin).toBe('Anna')
    expect(nameOnServer()).toBe('Ann')

    server.control.rules.clear()
    await browser!.first.evaluate(() => void app.flush())
    await expect.poll(nameOnServer, settlesWithin).toBe('Anna')
  })

  test.runIf(engine === 'chromium')('its worker sends with no page open', async () => {
    const { context, first } = browser as ChromiumBrowser
    await context.setOffline(true)
    await rename()
    const tag = await wakeUpAsked(first)
    const blank = await context.newPage()
    await first.close()
    expect(nameOnServer()).toBe('Ann')
    await context.setOffline(false)
    await tellOfNetwork(blank, origin, tag)
    await expect.poll(nameOnServer, settlesWithin).toBe('Anna')
  })

  test.runIf(!isBuiltOnce)(
    'a new release waits for the page to close, and sends the edits that were made in the one before',
    async () => {
      // The page that registered the worker is not its own yet, and a worker with no page has nothing to wait for.
      await browser!.first.reload()
      const isControlled = () => browser!.first.evaluate(() => navigator.serviceWorker.controller !== null)
      await expect.poll(isControlled, settlesWithin).toBe(true)
      await expect.poll(shownName, settlesWithin).toBe('Ann')
      answerNobody()
      await rename()
      const { url } = files!
      made.name('second')
      build(made)
      // A server that has read the first release keeps to it.
      await files!.stop()
      files = await serve(made, Number(new URL(url).port))
      const isWaiting = () =>
        browser!.first.evaluate(async () => {
          const registration = await navigator.serviceWorker.ready
          await registration.update()
          return registration.waiting !== null
        })
      await expect.poll(isWaiting, settlesWithin).toBe(true)
      await browser!.first.reload()
      await expect.poll(shownName, settlesWithin).toBe('Anna')
      expect(await shownRelease()).toBe('first')

      await browser!.close()
      await open()
      await expect.poll(shownRelease, settlesWithin).toBe('second')
      await expect.poll(shownName, settlesWithin).toBe('Anna')
      expect(nameOnServer()).toBe('Ann')
      server.control.rules.clear()
      await browser!.first.evaluate(() => void app.flush())
      await expect.poll(nameOnServer, settlesWithin).toBe('Anna')
    },
  )
}
