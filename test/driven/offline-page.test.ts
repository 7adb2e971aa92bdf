/*
 * The apps of docs/offline-page.md, built from its code: their page comes back with its server stopped, shows what is on the
 * device, and sends what was edited in the tunnel. WebKit's way in is a script of the site that is stopped here: it is left out.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { preview, type PreviewServer } from 'vite'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { startServer, type RunningServer } from '../../demo/server/start-server.js'
import type { BackendlessApp } from '../../src/backendless/index.js'
import type { Browser } from '../support/engines/browser.js'
import type { ChromiumBrowser } from '../support/engines/chromium.js'
import { launchBrowser } from '../support/engines/launch.js'
import { writeApp, type PageApp } from '../support/page-apps.js'
import { settlesWithin } from '../support/shared-bench.js'

declare const app: BackendlessApp<{ objectId: string; name: string }>

const engine = inject('engine')

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

const kinds: { [kind: string]: { paths: string[]; build(app: PageApp): void } } = {
  Vite: {
    paths: ['vite.config.ts', 'src/service-worker.ts'],
    build: (made) => made.run('vite', 'build'),
  },
  'by hand': {
    paths: ['build-worker.mjs', 'src/worker-by-hand.js', 'src/register.ts'],
    build(made) {
      made.run('vite', 'build', '--manifest')
      made.run('tsx', 'build-worker.mjs')
    },
  },
}

describe.runIf(engine !== 'webkit').each(Object.entries(kinds))('%s', (_, { paths, build }) => {
  let server: RunningServer
  let made: PageApp
  let files: PreviewServer | undefined
  let port: number
  let profileDir: string
  let browser: Browser | undefined

  const startFiles = async (): Promise<void> => {
    files = await preview({
      root: made.folder,
      configFile: false,
      logLevel: 'silent',
      preview: { host: '127.0.0.1', port, strictPort: port !== 0 },
    })
    port = Number(new URL(files.resolvedUrls!.local[0]!).port)
  }
  const stopFiles = async (): Promise<void> => {
    await files?.close()
    files = undefined
  }

  beforeEach(async () => {
    server = await startServer()
    made = writeApp(paths, server.apiRoot)
    build(made)
    port = 0
    await startFiles()
    profileDir = mkdtempSync(join(tmpdir(), 'holdfast-profile-'))
    const site = { url: `http://127.0.0.1:${port}` } as Parameters<typeof launchBrowser>[0]['site']
    browser = await launchBrowser({ profileDir, site })
    await browser.first.evaluate(async () => {
      await navigator.serviceWorker.ready
      await app.users.register({ email: 'ann@x.co', name: 'Ann', password: 'secret-1' })
      await app.users.login('ann@x.co', 'secret-1')
    })
  })
  afterEach(async () => {
    await browser?.kill()
    browser = undefined
    await Promise.all([stopFiles(), server.stop()])
    made.remove()
    rmSync(profileDir, { recursive: true, force: true, maxRetries: 3 })
  })

  const shownName = () => browser!.first.evaluate(() => document.querySelector('#name')?.textContent)
  const nameOnServer = () => server.control.readUser({ identity: 'ann@x.co' })?.['name']

  test('reloads with its server stopped, shows the data of the device, and sends what was edited then', async () => {
    // In a tunnel: the page's own server is gone, and the backend answers nobody.
    await stopFiles()
    server.control.rules.add({ action: { do: 'refuse' }, times: 'always' })
    await browser!.first.reload()
    await expect.poll(shownName, settlesWithin).toBe('Ann')

    await browser!.first.evaluate(async () => void (await app.users.update({ name: 'Anna' })))
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
    await first.evaluate(async () => void (await app.users.update({ name: 'Anna' })))
    const tags = await first.evaluate(async () => {
      // Background Synchronization (WICG), which TypeScript's libraries lack.
      const { sync } = (await navigator.serviceWorker.ready) as unknown as { sync: { getTags(): Promise<string[]> } }
      return sync.getTags()
    })
    const blank = await context.newPage()
    await first.close()
    expect(nameOnServer()).toBe('Ann')
    await context.setOffline(false)
    await tellOfNetwork(blank, `http://127.0.0.1:${port}`, tags[0]!)
    await expect.poll(nameOnServer, settlesWithin).toBe('Anna')
  })
})
