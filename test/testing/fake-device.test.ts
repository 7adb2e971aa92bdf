// The device of the kit: tabs, time, kills at each step, and both faces of the library on it.
import 'fake-indexeddb/auto'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openBackendless, type BackendlessApp, type Platform } from '../../src/backendless/index.js'
import { openRest } from '../../src/rest/index.js'
import {
  fakeBackend,
  fakeDevice,
  noRefusedShown,
  nothingDoubled,
  nothingLost,
  type FakeBackend,
  type FakeDevice,
  type KillStep,
} from '../../src/testing/index.js'

interface Me {
  objectId: string
  email: string
  name: string | null
}
interface Order {
  objectId: string
  title: string
}
type Backend = FakeBackend<{ users: Me; Order: Order }>

const ann = { objectId: 'u1', email: 'ann@x.co', name: 'Ann', password: 'low-tide-at-9' }

async function onBackendless(
  seed = 1,
  backend: Backend = fakeBackend<{ users: Me; Order: Order }>(
    { users: [ann], Order: [] },
    { protocol: 'backendless', columns: { Order: { title: 'STRING' } } },
  ),
): Promise<{ backend: Backend; device: FakeDevice<BackendlessApp<Me>>; app: BackendlessApp<Me> }> {
  const device = fakeDevice({
    backend,
    seed,
    open: (platform: Platform) => openBackendless<Me>({ baseUrl: backend.url, tables: { Order: {} }, platform }),
  })
  onTestFinished(async () => {
    await nothingLost(device)
    await nothingDoubled(device)
    await noRefusedShown(device)
    await device.close()
  })
  const { app } = await device.openTab()
  await app.users.login('ann@x.co', 'low-tide-at-9')
  return { backend, device, app }
}

const notesOf = (platform: Platform) =>
  openRest<{ notes: { id: string; title: string } }>({
    url: 'https://api.example.com/v1/',
    account: 'ann',
    collections: { notes: { ids: 'device' } },
    platform,
  })

function onRest() {
  const backend = fakeBackend({ notes: [{ id: 'n1', title: 'Milk' }] })
  const device = fakeDevice({ backend, open: notesOf })
  onTestFinished(() => device.close())
  return { backend, device }
}

describe('an app on Backendless', () => {
  it('edits its user and a table offline; both are sent after a reload', async () => {
    const { backend, device, app } = await onBackendless()
    device.net.offline()
    await app.users.update({ name: 'Anna' })
    await app.table<Order>('Order').create({ title: 'Milk' })
    const next = await device.tabs[0]!.reload()
    expect(next.app.users.current$.value).toMatchObject({ name: 'Anna' })
    device.net.online()
    await device.settle()
    expect(backend.get('users', 'u1')).toMatchObject({ name: 'Anna' })
    expect(backend.all('Order')).toMatchObject([{ title: 'Milk' }])
  })

  it('shows the fault of a code', async () => {
    const { backend, device, app } = await onBackendless()
    backend.refuse({ code: 3018, message: 'Taken' }, { only: ({ properties }) => 'email' in properties })
    await app.users.update({ email: 'bob@x.co' })
    await device.settle()
    expect(app.faults.open$.value).toMatchObject([{ kind: 'conflict', code: 3018, offending: ['email'] }])
    expect(app.users.current$.value).toMatchObject({ email: 'ann@x.co' })
  })

  it('holds its edits while the session is dead, and says so where settle() waits for them', async () => {
    const { backend, device, app } = await onBackendless()
    backend.endSessions()
    await app.users.update({ name: 'Anna' })
    await expect(device.settle()).rejects.toThrow(
      '1 edits do not settle within 86400000 ms: the phase is "needs-login"',
    )
    await app.users.login('ann@x.co', 'low-tide-at-9')
    await device.settle()
    expect(backend.get('users', 'u1')).toMatchObject({ name: 'Anna' })
  })

  it('of a second device sees what the first one has written', async () => {
    const { backend, device, app } = await onBackendless()
    const other = await onBackendless(2, backend)
    await app.users.update({ name: 'Anna' })
    await device.settle()
    await other.app.users.refresh()
    expect(other.app.users.current$.value).toMatchObject({ name: 'Anna' })
  })
})

describe('a device', () => {
  it('has a clock that stands still', async () => {
    const { device } = onRest()
    const startMs = device.clock.now()
    await device.openTab()
    await device.quiet()
    expect(device.clock.now()).toBe(startMs)
    await device.advance(3_600_000)
    expect(device.clock.now()).toBe(startMs + 3_600_000)
  })

  it('comes over trouble of the network by waiting for it', async () => {
    const { backend, device } = onRest()
    const { app } = await device.openTab()
    for (const trouble of ['hang', 'cut', 'portal', 'lose'] as const) {
      device.net[trouble]({ times: 2 })
      await app.collection('notes').update('n1', { title: trouble })
      await device.settle()
      expect(backend.get('notes', 'n1')).toMatchObject({ title: trouble })
    }
    device.net.fail(503, { times: 1, retryAfterS: 60 })
    const startMs = device.clock.now()
    await app.collection('notes').update('n1', { title: 'late' })
    await device.settle()
    expect(device.clock.now() - startMs).toBeGreaterThanOrEqual(60_000)
    await nothingLost(device)
    await nothingDoubled(device)
  })

  it.each<[KillStep, number]>([
    ['saved', 0],
    ['request', 0],
    ['answer', 1],
    ['accepted', 1],
  ])(
    'has a page that is killed at "%s", with %d writes at the backend; nothing is lost or doubled',
    async (step, writes) => {
      const { backend, device } = onRest()
      const tab = await device.openTab()
      const killed = tab.killAt(step)
      await tab.app.collection('notes').create({ title: 'Tea' })
      await killed
      await device.quiet()
      expect([tab.isDead, device.tabs.length, backend.writes.length]).toEqual([true, 0, writes])
      await nothingLost(device)
      await device.settle()
      await nothingLost(device)
      await nothingDoubled(device)
      expect(backend.all('notes').map(({ title }) => title)).toEqual(['Milk', 'Tea'])
    },
  )

  it('has tabs that are hidden and shown, and lets the other one send when one is killed', async () => {
    const { backend, device } = onRest()
    const [one, two] = [await device.openTab(), await device.openTab()]
    one.hide()
    one.show()
    device.net.offline()
    await two.app.collection('notes').update('n1', { title: 'Oats' })
    one.kill()
    device.net.online()
    await device.settle()
    expect(backend.get('notes', 'n1')).toMatchObject({ title: 'Oats' })
  })

  it('has databases of its own, which go with it', async () => {
    const { device } = onRest()
    const other = onRest()
    device.net.offline()
    other.device.net.offline()
    await (await device.openTab()).app.collection('notes').update('n1', { title: 'Oats' })
    expect(await (await other.device.openTab()).app.collection('notes').get('n1')).toBeUndefined()
    const names = async () => (await indexedDB.databases()).map(({ name }) => name!)
    const before = await names()
    expect(before.filter((name) => name.includes(device.name))).toHaveLength(1)
    await device.close()
    expect((await names()).filter((name) => name.includes(device.name))).toEqual([])
  })

  it('without a tab settles nothing', async () => {
    await expect(onRest().device.settle()).rejects.toThrow('settle() needs an open tab')
  })
})
