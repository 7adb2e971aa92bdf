/* A service worker that the browser wakes sends what the pages left, under the same lease and by the same rules (G5, G11, R12). */
import { expect, it, onTestFinished } from 'vitest'
import { backendlessEndpoint } from '../../src/backendless/endpoint.js'
import type { Json } from '../../src/model/record.js'
import type { BackgroundSync } from '../../src/platform/platform.js'
import { drainOnSync } from '../../src/service-worker/index.js'
import { fakePlatform, type FakePlatform } from '../support/fake-platform.js'
import { makeWorld, password, type World, type WorldOptions } from '../support/world.js'
import { resultOf } from '../support/raw-storage.js'

const onUpdate = { method: 'PUT', path: '/users/*' }

/** The browser's side of Background Sync: who asked for what, and the worker that it wakes. */
interface Syncs extends BackgroundSync {
  readonly tags: string[]
  /** Resolves as the worker's promise does. */
  wake(tag: string): Promise<void>
}

function fakeSyncs(): Syncs {
  const listeners = new Map<string, () => Promise<void>>()
  const tags: string[] = []
  return {
    tags,
    register: (tag) => void tags.push(tag),
    onSync(tag, run) {
      listeners.set(tag, run)
      return () => void listeners.delete(tag)
    },
    wake: (tag) => listeners.get(tag)?.() ?? Promise.resolve(),
  }
}

interface Scene {
  world: World
  syncs: Syncs
  platform: FakePlatform
  tag: string
  /** Wakes the worker, and lets the world get on; `error` is what its promise rejected with. */
  wake(advanceMs?: number): Promise<{ ended: boolean; error?: unknown }>
}

async function scene(options: WorldOptions = {}): Promise<Scene> {
  const syncs = fakeSyncs()
  let underWay = 0
  const world = await makeWorld({ ...options, alsoUnderWay: () => underWay })
  const platform = fakePlatform({
    device: world.device,
    async fetch(input, init) {
      underWay++
      try {
        const answer = await fetch(input, init)
        await answer.clone().arrayBuffer()
        return answer
      } finally {
        underWay--
      }
    },
  })
  const { appId, apiKey, url: baseUrl } = world.server
  const endpoint = backendlessEndpoint({ appId, apiKey, baseUrl })
  const tag = endpoint.backend.database
  drainOnSync(endpoint, { platform: { ...platform, backgroundSync: syncs } })
  onTestFinished(() => platform.crash())
  return {
    world,
    syncs,
    platform,
    tag,
    async wake(advanceMs = 5_000) {
      const woken: { ended: boolean; error?: unknown } = { ended: false }
      const end = (error?: unknown): void => void Object.assign(woken, { ended: true }, error ? { error } : {})
      syncs.wake(tag).then(() => end(), end)
      await settle()
      await world.advance(advanceMs)
      await settle()
      return woken
    },
  }
  /** The worker's own storage is not watched by the world. */
  async function settle(): Promise<void> {
    for (let turn = 0; turn < 60; turn++) await new Promise((resolve) => setImmediate(resolve))
    await world.quiet()
  }
}

/** A page that was closed with one edit pending, which it could not send. */
async function leftBehind({ world, syncs }: Scene, options: object = {}): Promise<{ id: string; editId: string }> {
  const page = await world.signedIn({ backgroundSync: true, platform: { backgroundSync: syncs }, ...options })
  page.platform.connectivity.set(false)
  const { id: editId } = await page.users.update({ name: 'James' })
  page.kill()
  return { id: page.id, editId }
}

it('sends what a closed page left, and the next page finds it settled', async () => {
  const all = await scene()
  const { id, editId } = await leftBehind(all)
  expect(all.syncs.tags).toEqual([all.tag])
  expect(await all.wake()).toEqual({ ended: true })
  expect(all.world.applied(id)).toEqual([{ name: 'James' }])
  const page = await all.world.open()
  expect(page.app.status$.value).toMatchObject({ phase: 'idle', pending: 0 })
  expect(await page.app.settlement(editId)).toMatchObject({ outcome: 'accepted' })
})

it('sends also where the browser says offline for good: the event is proof enough', async () => {
  const all = await scene()
  const { id } = await leftBehind(all)
  all.platform.connectivity.isWrong = true
  all.platform.connectivity.set(false)
  expect(await all.wake()).toEqual({ ended: true })
  expect(all.world.applied(id)).toEqual([{ name: 'James' }])
})

it('hands on to the pages what it was told of unknown properties', async () => {
  const all = await scene({ switches: { dynamicSchema: 'reject' } })
  const { world, syncs } = all
  const page = await world.signedIn({ backgroundSync: true, platform: { backgroundSync: syncs } })
  const other = await world.open()
  for (const { platform } of [page, other]) platform.connectivity.set(false)
  await page.users.update({ nick: 'J' })
  page.kill()
  await all.wake()
  expect(other.faults).toMatchObject([{ fault: { code: 3031 } }])
  await expect(other.users.update({ hobby: 'chess' } as object)).rejects.toMatchObject({
    property: 'hobby',
    code: 3031,
  })
  const next = await world.reopen(other)
  await expect(next.users.update({ hobby: 'chess' } as object)).rejects.toMatchObject({ code: 3031 })
})

it('is asked for once while something is pending, and again by a page that is hidden then', async () => {
  const { world, syncs, tag } = await scene()
  const page = await world.signedIn({ backgroundSync: true, platform: { backgroundSync: syncs } })
  page.platform.visibility.happen('hide')
  expect(syncs.tags).toEqual([])
  page.platform.connectivity.set(false)
  await page.users.update({ name: 'one' })
  await page.users.update({ name: 'two' })
  expect(syncs.tags).toEqual([tag])
  page.platform.visibility.happen('show')
  page.platform.visibility.happen('hide')
  expect(syncs.tags).toEqual([tag, tag])
  page.platform.connectivity.set(true)
  await world.advance(2_000)
  await page.users.update({ name: 'three' })
  expect(syncs.tags).toHaveLength(3)
  await world.quiet()
  page.platform.visibility.happen('hide')
  expect(syncs.tags).toHaveLength(3)
})

it('is never asked for by an app that does not want it', async () => {
  const { world, syncs } = await scene()
  const page = await world.signedIn({ platform: { backgroundSync: syncs } })
  await page.users.update({ name: 'one' })
  page.platform.visibility.happen('hide')
  expect(syncs.tags).toEqual([])
})

it('ends at once where there is nothing to send, or nobody was ever here', async () => {
  const { world, wake } = await scene()
  expect(await wake(0)).toEqual({ ended: true })
  const page = await world.signedIn()
  await page.close()
  expect(await wake(0)).toEqual({ ended: true })
  expect(world.server.control.requests.list().filter(({ method }) => method === 'PUT')).toEqual([])
})

it('asks for another wake-up when something could not be sent', async () => {
  const all = await scene()
  const { id } = await leftBehind(all)
  all.world.server.control.rules.add({ match: onUpdate, action: { do: 'server-error' }, times: 9 })
  const woken = await all.wake(10_000)
  expect(woken).toMatchObject({ ended: true, error: { message: expect.stringContaining('pending') } })
  expect(all.world.clock.sleeping).toBe(0)
  all.world.server.control.rules.clear()
  await all.world.advance(600_000)
  expect(await all.wake()).toEqual({ ended: true })
  expect(all.world.applied(id)).toEqual([{ name: 'James' }])
})

it('tries again in the same wake-up: the network can be back some moments after the event', async () => {
  const all = await scene()
  const { id } = await leftBehind(all)
  all.world.server.control.rules.add({ match: onUpdate, action: { do: 'refuse' }, times: 1 })
  expect(await all.wake(10_000)).toEqual({ ended: true })
  expect(all.world.applied(id)).toEqual([{ name: 'James' }])
})

it('waits while a page sends, and sends nothing twice', async () => {
  const all = await scene()
  const page = await all.world.signedIn()
  all.world.server.control.rules.add({ match: onUpdate, action: { do: 'hold' } })
  await page.users.update({ name: 'James' })
  await all.world.quiet()
  const woken = await all.wake()
  expect(woken.ended).toBe(false)
  all.world.server.control.release()
  await all.world.advance(5_000)
  expect(woken).toEqual({ ended: true })
  expect(all.world.applied(page.id)).toEqual([{ name: 'James' }])
  expect(all.world.server.control.requests.list().filter(({ overlapping }) => overlapping)).toEqual([])
})

it('shows in an open page as it works', async () => {
  const all = await scene()
  const page = await all.world.signedIn()
  page.platform.connectivity.set(false)
  await page.users.update({ name: 'James' })
  all.world.server.control.rules.add({ match: onUpdate, action: { do: 'hold-answer' } })
  const woken = await all.wake(100)
  // The browser tells the page later than the worker that the network is back.
  Object.assign(page.platform.connectivity, { online: true })
  expect(woken.ended).toBe(false)
  expect(page.app.status$.value).toMatchObject({ phase: 'offline', pending: 1 })
  all.world.server.control.release()
  await all.world.advance(2_000)
  expect(woken.ended).toBe(true)
  expect(page.app.status$.value).toMatchObject({ phase: 'idle', pending: 0 })
  expect(page.users.fields$.value).toEqual({})
})

it('leaves alone what it has no stored token for', async () => {
  const all = await scene()
  const page = await all.world.open()
  const id = await all.world.register('ann@x.co')
  await page.users.login('ann@x.co', password, { stayLoggedIn: false })
  page.platform.connectivity.set(false)
  await page.users.update({ name: 'James' })
  expect(await all.wake()).toEqual({ ended: true })
  expect(all.world.applied(id)).toEqual([])
  expect(page.users.session$.value).toEqual({ state: 'signed-in', userId: id })
})

it('holds the session when the backend does not take its token any more, for the next page to see', async () => {
  const all = await scene()
  const { id } = await leftBehind(all)
  all.world.server.control.endSessions({ userId: id })
  expect(await all.wake()).toEqual({ ended: true })
  const page = await all.world.open()
  expect(page.users.session$.value).toMatchObject({ state: 'expired', userId: id })
  expect(page.app.status$.value).toMatchObject({ phase: 'needs-login', pending: 1, faults: 0 })
})

it('finds a conflict as a page would, and leaves it to a page where the app resolves conflicts', async () => {
  for (const resolves of [false, true]) {
    const all = await scene()
    const resolve = ({ mine, theirs }: { mine: unknown; theirs: unknown }): string =>
      `${String(theirs)}+${String(mine)}`
    const { id } = await leftBehind(all, resolves ? { resolve } : {})
    await all.world.server.control.writeUser(id, { name: 'Jim' })
    await all.world.advance(120_000)
    const woken = await all.wake()
    expect(woken.ended).toBe(true)
    expect(all.world.server.control.readUser({ id })).toMatchObject({ name: 'Jim' })
    const page = await all.world.open(resolves ? { resolve } : {})
    await all.world.advance(2_000)
    expect(page.app.faults.open$.value).toMatchObject(resolves ? [] : [{ kind: 'conflict', reason: 'changed' }])
    expect(all.world.server.control.readUser({ id })).toMatchObject({ name: resolves ? 'Jim+James' : 'Jim' })
  }
})

it('leaves what it takes for not stored to a page where the app compares values itself', async () => {
  const same = (property: string, sent: Json, got: Json): boolean =>
    property === 'name' && sent === 'James' && got === 'Ann'
  for (const compares of [false, true]) {
    const all = await scene()
    const { id, editId } = await leftBehind(all, compares ? { same } : {})
    // The server's own form of the name is the name before.
    all.world.server.control.setSaving({ drop: ['name'] })
    const woken = await all.wake()
    expect(woken.ended).toBe(true)
    const page = await all.world.open(compares ? { same } : {})
    await all.world.advance(2_000)
    expect(await page.app.settlement(editId)).toMatchObject({ outcome: compares ? 'accepted' : 'rejected' })
    expect(page.app.faults.open$.value).toMatchObject(compares ? [] : [{ reason: 'not-stored' }])
    expect(all.world.server.control.readUser({ id })).toMatchObject({ name: 'Ann' })
  }
})

it('goes by what the pages were told: overwrite, kinds of codes, timeouts, durability', async () => {
  const all = await scene()
  const { id } = await leftBehind(all, {
    conflicts: 'overwrite',
    faultKinds: { 77001: 'validation' },
    requestTimeoutMs: 7_000,
    durability: 'relaxed',
  })
  await all.world.server.control.writeUser(id, { name: 'Jim' })
  await all.world.advance(120_000)
  all.world.server.control.rules.add({ match: onUpdate, action: { do: 'hold' } })
  const late = await all.wake(6_000)
  expect(late.ended).toBe(false)
  all.world.server.control.rules.add({ match: onUpdate, action: { do: 'fault', code: 77001, message: 'no' } })
  // The request's seven seconds, and then the wake-up's next try.
  await all.world.advance(10_000)
  expect(late).toEqual({ ended: true })
  const page = await all.world.open()
  await all.world.advance(1_000)
  expect(page.app.faults.open$.value).toMatchObject([{ kind: 'validation', code: 77001 }])
})

it('a newer version of the library ends it, and blocks for nobody', async () => {
  const all = await scene()
  await leftBehind(all)
  all.world.server.control.rules.add({ match: onUpdate, action: { do: 'hold' } })
  const woken = await all.wake(100)
  const upgraded = await resultOf(all.world.device.indexedDB.open(all.tag, 1_000))
  await all.world.advance(1_000)
  expect(woken.ended).toBe(true)
  upgraded.close()
})
