/* A real browser, with its cookies, on Django REST framework. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { startDjango, type DjangoServer } from '../servers/django.js'
import type { Browser, Tab } from '../support/engines/browser.js'
import { launchBrowser } from '../support/engines/launch.js'
import { startSite, type Site } from '../support/engines/site.js'
import { startProxy, type Proxy } from '../support/proxy.js'
import { settlesWithin } from '../support/rest-bench.js'
import { DJANGO_INSTALL_COMMAND, hasDjango } from '../support/suites/django.js'
import type {} from '../support/page/django.js'

/** Cookies and kills are told in three engines by other suites; this one is about the server. */
const leftOut = !hasDjango()
  ? `not installed: ${DJANGO_INSTALL_COMMAND}`
  : inject('engine') === 'chromium'
    ? ''
    : 'Chromium runs it'

describe.skipIf(leftOut !== '')(`a browser on Django REST framework ${leftOut && `[left out: ${leftOut}]`}`, () => {
  let server: DjangoServer
  let site: Site
  let proxy: Proxy
  let folder: string
  let browser: Browser

  const open = async (): Promise<Tab> => {
    const path = `/?root=${encodeURIComponent(server.url.replace(new URL(server.url).origin, proxy.url))}`
    browser = await launchBrowser({ profileDir: folder, site, path })
    return browser.first
  }
  const pending = (tab: Tab): Promise<number> => tab.evaluate(async () => (await django.client.flush()).pending)
  const notes = async (): Promise<unknown[]> => (await server.all('notes')).map(({ id, title }) => [id, title])

  beforeAll(async () => {
    server = await startDjango()
    site = await startSite({ entry: 'test/support/page/django.ts' })
  })
  afterAll(async () => {
    await site.stop()
    await server.stop()
  })
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-django-browser-'))
    proxy = await startProxy(new URL(server.url).origin)
    for (const { id } of await server.all('notes')) await server.ask('DELETE', `notes/${id as string}`)
  })
  afterEach(async () => {
    await browser.kill()
    await proxy.stop()
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  })

  it('whose session ends keeps its edits, and sends them after the next login', async () => {
    const tab = await open()
    const made = await tab.evaluate(async () => {
      await django.logIn()
      return django.create('Milk')
    })
    await expect.poll(() => pending(tab), settlesWithin).toBe(0)
    const changed = await tab.evaluate(async (note) => {
      await django.logOut()
      return django.update(note, 'Oat milk')
    }, made.note)
    await expect
      .poll(() => tab.evaluate(() => django.client.session$.value), settlesWithin)
      .toMatchObject({ state: 'expired', account: 'ann' })
    expect(await tab.evaluate((note) => django.title(note), made.note)).toBe('Oat milk')
    expect(await tab.evaluate(() => django.client.faults.open$.value.length)).toBe(0)
    expect(await notes()).toEqual([[made.note, 'Milk']])
    await tab.evaluate(() => django.logIn())
    await expect.poll(() => pending(tab), settlesWithin).toBe(0)
    expect(await tab.evaluate((edit) => django.fate(edit), changed)).toBe('accepted')
    expect(await notes()).toEqual([[made.note, 'Oat milk']])
  })

  it('that is killed between a creation and its answer makes one note', async () => {
    const tab = await open()
    await tab.evaluate(() => django.logIn())
    proxy.add({ match: { method: 'POST', path: '/notes/' }, do: 'black-hole', applied: true })
    const made = await tab.evaluate(() => django.create('Milk'))
    await expect.poll(notes, settlesWithin).toEqual([[made.note, 'Milk']])
    await browser.kill()
    const next = await open()
    // The kill may have come before the browser had written the cookie down.
    await next.evaluate(() => django.logIn())
    await expect.poll(() => pending(next), settlesWithin).toBe(0)
    expect(await next.evaluate((edit) => django.fate(edit), made.edit)).toBe('accepted')
    expect(await notes()).toEqual([[made.note, 'Milk']])
  })
})
