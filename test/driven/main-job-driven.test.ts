/*
 * The main job from outside: a page on a profile on disk, reloaded and killed; a server stopped and killed. The server's log
 * of applied updates is the judge.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Browser, Tab } from '../support/engines/browser.js'
import { launchBrowser } from '../support/engines/launch.js'
import { startSite, type Site } from '../support/engines/site.js'
import { startServerProcess, type ServerProcess } from '../support/server-process.js'
import type {} from '../support/page/profile.js'

/** A client that found nobody tries again after some seconds, in the end after a minute or more. */
const settlesWithin = { timeout: 60_000, interval: 100 }

let site: Site
let server: ServerProcess
let profileDir: string
let browser: Browser | undefined

beforeAll(async () => {
  site = await startSite({ entry: 'test/support/page/profile.ts' })
})
afterAll(() => site.stop())
beforeEach(async () => {
  profileDir = mkdtempSync(join(tmpdir(), 'holdfast-profile-'))
  server = await startServerProcess()
})
afterEach(async () => {
  await browser?.kill()
  browser = undefined
  await server.remove()
  rmSync(profileDir, { recursive: true, force: true })
})

const path = (): string => `/?root=${encodeURIComponent(server.apiRoot)}`

const launch = async (): Promise<Tab> => {
  browser = await launchBrowser({ profileDir, site, path: path() })
  return browser.first
}

/** A browser with Ann logged in. */
async function launchWithAnn(): Promise<{ tab: Tab; userId: string }> {
  const tab = await launch()
  const userId = await tab.evaluate(async () => {
    await app.users.register({ email: 'ann@example.com', name: 'Ann', password: 'secret-1' })
    return (await app.users.login('ann@example.com', 'secret-1')).objectId
  })
  return { tab, userId }
}

/** Makes an edit; resolves with its id when it is saved. */
const edit = (tab: Tab, patch: { [property: string]: string }): Promise<string> =>
  tab.evaluate(async (change) => (await app.users.update(change)).id, patch)

/** The page's view, once it shows a user. */
const shown = async (tab: Tab): Promise<{ user: { [property: string]: unknown }; fields: object; pending: number }> => {
  await expect.poll(() => tab.evaluate(() => app.users.current$.value !== undefined), settlesWithin).toBe(true)
  return tab.evaluate(() => ({
    user: app.users.current$.value as object as { [property: string]: unknown },
    fields: app.users.fields$.value,
    pending: app.status$.value.pending,
  }))
}

const expectDrained = async (tab: Tab): Promise<void> =>
  expect
    .poll(() => tab.evaluate(() => app.status$.value), settlesWithin)
    .toMatchObject({ pending: 0, phase: 'idle', faults: 0 })

const outcomes = (tab: Tab, ids: readonly string[]): Promise<string[]> =>
  tab.evaluate(async (all) => Promise.all(all.map(async (id) => (await app.settlement(id)).outcome)), ids)

test('edits made offline outlive a reload and a kill of the browser, and take effect once the server is back', async () => {
  const { tab, userId } = await launchWithAnn()
  await server.stop()

  const ids = [await edit(tab, { name: 'James' }), await edit(tab, { city: 'Berlin' })]
  expect(await shown(tab)).toMatchObject({ user: { name: 'James', city: 'Berlin' }, pending: 2 })

  await tab.reload()
  expect(await shown(tab)).toMatchObject({
    user: { objectId: userId, email: 'ann@example.com', name: 'James', city: 'Berlin' },
    fields: { name: { state: 'pending' }, city: { state: 'pending' } },
    pending: 2,
  })
  ids.push(await edit(tab, { phone: '1' }))
  await browser!.kill()

  const after = await launch()
  expect(await shown(after)).toMatchObject({ user: { name: 'James', city: 'Berlin', phone: '1' }, pending: 3 })
  ids.push(await edit(after, { phone: '2' }))

  await server.start()
  await expectDrained(after)
  expect(await outcomes(after, ids)).toEqual(['accepted', 'accepted', 'accepted', 'accepted'])
  const { phone, ...others } = await server.effects(userId)
  expect(others).toEqual({ name: ['James'], city: ['Berlin'] })
  // The first phone is covered by the second, unless a request with it was on its way already, which then is repeated.
  expect([['2'], ['1', '2']]).toContainEqual(phone)
  expect(await shown(after)).toMatchObject({ fields: {}, pending: 0 })
})

test.each([
  ['before it applied the update', 'hold', 'stays'],
  ['after it applied the update', 'hold-answer', 'stays'],
  ['before it applied the update, and the browser with it', 'hold', 'is killed'],
  ['after it applied the update, and the browser with it', 'hold-answer', 'is killed'],
])('a server killed %s: nothing is lost and nothing doubled', async (_when, action, fateOfBrowser) => {
  const { tab, userId } = await launchWithAnn()
  const match = { method: 'PUT', path: `/users/${userId}` }
  await server.control('POST', '/rules', { match, action: { do: action }, times: 'always' })
  const ids = [await edit(tab, { name: 'James' })]
  await expect
    .poll(async () => (await server.control<{ held: number }>('GET', '')).held, settlesWithin)
    .toBeGreaterThan(0)
  ids.push(await edit(tab, { name: 'Jim', city: 'Berlin' }))

  await server.kill()
  if (fateOfBrowser === 'is killed') await browser!.kill()
  await server.start()

  const after = fateOfBrowser === 'is killed' ? await launch() : tab
  await shown(after)
  await expectDrained(after)
  expect(await outcomes(after, ids)).toEqual(['accepted', 'accepted'])
  expect(await server.effects(userId)).toEqual({ name: ['James', 'Jim'], city: ['Berlin'] })
  expect(await shown(after)).toMatchObject({ user: { name: 'Jim', city: 'Berlin' }, fields: {} })
})

test('a fault outlives a reload and a kill, and is dismissed in one tab for all', async () => {
  const { tab } = await launchWithAnn()
  const fault = await tab.evaluate(async () => {
    await app.users.register({ email: 'bob@example.com', name: 'Bob', password: 'secret-2' })
    const { settled } = await app.users.update({ email: 'bob@example.com' } as never)
    const settlement = await settled
    return settlement.outcome === 'rejected' ? settlement.fault.id : settlement.outcome
  })
  const open = (each: Tab): Promise<{ id: string; code: unknown }[]> =>
    each.evaluate(() => app.faults.open$.value.map(({ id, code }) => ({ id, code })))
  const theFault = [{ id: fault, code: 3018 }]

  await tab.reload()
  expect((await shown(tab)).user).toMatchObject({ email: 'ann@example.com' })
  expect(await open(tab)).toEqual(theFault)

  await browser!.kill()
  const one = await launch()
  expect((await shown(one)).user).toMatchObject({ email: 'ann@example.com' })
  const two = await browser!.open(path())
  await shown(two)
  expect([await open(one), await open(two)]).toEqual([theFault, theFault])

  await two.evaluate((id) => app.faults.discard(id), fault)
  await expect.poll(() => open(one), settlesWithin).toEqual([])
  await one.reload()
  await shown(one)
  expect(await open(one)).toEqual([])
})
