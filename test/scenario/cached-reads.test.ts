/*
 * A service worker of the app answers GETs from its cache, against their own directives: it stands between us and the
 * backend.
 */
import { expect, it } from 'vitest'
import { makeWorld, password, type Tab, type World } from '../support/world.js'

/** Ann, logged in behind a worker that answers each address from its first answer on; the record has been read through it. */
async function behindWorker(
  options: { cacheBusting?: boolean } = {},
): Promise<{ world: World; tab: Tab & { id: string } }> {
  let underWay = 0
  const cache = new Map<string, { status: number; text: string }>()
  const cacheFirst: typeof fetch = async (input, init) => {
    underWay++
    try {
      const request = new Request(input, init)
      const isGet = request.method === 'GET'
      const found = isGet ? cache.get(request.url) : undefined
      const response = found ? undefined : await fetch(request)
      const { status, text } = found ?? { status: response!.status, text: await response!.text() }
      if (isGet) cache.set(request.url, { status, text })
      return new Response(text, { status, headers: { 'content-type': 'application/json' } })
    } finally {
      underWay--
    }
  }
  const world = await makeWorld({ alsoUnderWay: () => underWay })
  const tab = await world.signedIn({ ...options, platform: { fetch: cacheFirst } })
  await tab.users.refresh()
  await world.server.control.writeUser(tab.id, { name: 'Zoe', city: 'Oslo' })
  return { world, tab }
}

it('a refresh shows what the backend has now', async () => {
  const { tab } = await behindWorker()
  expect(await tab.users.refresh()).toMatchObject({ name: 'Zoe', city: 'Oslo' })
  expect(tab.users.current$.value).toMatchObject({ name: 'Zoe', city: 'Oslo' })
})

it("another device's value is not overwritten without a fault (R11)", async () => {
  const { world, tab } = await behindWorker()
  await world.advance(61_000)
  const { settled } = await tab.users.update({ name: 'James' })
  await world.advance(60_000)
  expect(await settled).toMatchObject({ outcome: 'rejected', fault: { kind: 'conflict', theirs: { name: 'Zoe' } } })
  expect(world.server.control.readUser({ id: tab.id })).toMatchObject({ name: 'Zoe' })
})

it('a logout reaches the backend, also where one was answered before', async () => {
  const { world, tab } = await behindWorker()
  const logouts = (): number =>
    world.server.control.requests.list({ after: 0 }).filter(({ path }) => path.includes('/users/logout')).length
  await world.after(tab.users.logout())
  await tab.users.login('ann@x.co', password)
  await world.after(tab.users.logout())
  expect(logouts()).toBe(2)
})

it('without the parameter of its own the read is as old as the cache', async () => {
  const { tab } = await behindWorker({ cacheBusting: false })
  expect(await tab.users.refresh()).toMatchObject({ name: 'Ann' })
})
