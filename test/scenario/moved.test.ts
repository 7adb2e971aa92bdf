/* The application has got another address: what was saved under the old one is taken over, once, and nothing of another's is (G3, R15). */
import { describe, expect, it } from 'vitest'
import type { TraceEvent } from '../../src/backendless/index.js'
import { answerOf } from '../support/damage.js'
import { makeWorld, password, signedInWorld, type Tab, type World } from '../support/world.js'
import { resultOf } from '../support/raw-storage.js'

type OpenOptions = NonNullable<Parameters<World['open']>[0]>

/** The same application as under `appId` and `apiKey`, by its new address. */
function newAddress({ server }: World, more: OpenOptions = {}): OpenOptions {
  const baseUrl = server.apiRoot.replace('127.0.0.1', 'localhost')
  return { appId: undefined, apiKey: undefined, baseUrl, movedFrom: server.appId, ...more } as OpenOptions
}

async function databases({ device }: World): Promise<string[]> {
  return (await device.indexedDB.databases()).map(({ name }) => name!).sort()
}

/** A visit at the old address that leaves edits behind, made offline. */
async function leaveEdits(world: World, ...patches: object[]): Promise<string> {
  const tab = await world.signedIn()
  tab.platform.connectivity.set(false)
  for (const patch of patches) {
    await world.after(tab.users.update(patch))
  }
  await tab.close()
  return tab.id
}

function stranded(tab: Tab): object[] {
  const events: TraceEvent[] = []
  tab.app.trace$.subscribe((event) => void (event.type === 'stranded' && events.push(event)))
  return events
}

it('the queue is sent from the new address once, in order, by the session that was there', async () => {
  const world = await makeWorld()
  const id = await leaveEdits(world, { name: 'James' }, { city: 'Oslo' })
  const [old] = await databases(world)
  const tab = world.start(newAddress(world))
  tab.platform.connectivity.set(false)
  await world.quiet()
  expect(tab.users.session$.value).toMatchObject({ state: 'signed-in', userId: id })
  expect(tab.users.current$.value).toMatchObject({ name: 'James', city: 'Oslo' })
  expect(tab.app.status$.value).toMatchObject({ pending: 2 })
  expect(await databases(world)).toEqual([expect.not.stringContaining(old!)])

  await world.reconnect(tab)
  expect(world.applied(id)).toEqual([{ name: 'James', city: 'Oslo' }])
  expect(tab.app.status$.value).toMatchObject({ phase: 'idle', pending: 0 })
  await world.after(tab.users.update({ name: 'Jim' }))
  expect(world.applied(id).at(-1)).toEqual({ name: 'Jim' })
})

it('the old base URL names it as well as the app id', async () => {
  const world = await makeWorld()
  const id = await leaveEdits(world, { name: 'James' })
  await world.open(newAddress(world, { movedFrom: world.server.apiRoot }))
  expect(world.applied(id)).toEqual([{ name: 'James' }])
  expect(await databases(world)).toHaveLength(1)
})

it('a host alone names the same app id there, whose database has the same name', async () => {
  const world = await makeWorld()
  const id = await leaveEdits(world, { name: 'James' })
  const baseUrl = world.server.url.replace('127.0.0.1', 'localhost')
  const unnamed = await world.open({ baseUrl })
  await expect(unnamed.app.flush()).rejects.toMatchObject({ reason: 'other-backend' })
  await world.open({ baseUrl, movedFrom: world.server.url })
  expect(world.applied(id)).toEqual([{ name: 'James' }])
  const again = await world.open({ baseUrl })
  expect(again.users.current$.value).toMatchObject({ name: 'James' })
})

it('a fault, the fates and the cached description come along', async () => {
  const { world, tab } = await signedInWorld()
  const sent = await world.after(tab.users.update({ city: 'Oslo' }))
  world.server.control.failNextUpdate({ code: 3045 })
  const refused = await world.after(tab.users.update({ name: 'James' }))
  expect(tab.app.faults.open$.value).toHaveLength(1)
  await tab.close()

  const moved = await world.open(newAddress(world))
  expect(moved.app.faults.open$.value).toMatchObject([{ editIds: [refused.id], mine: { name: 'James' } }])
  expect(moved.app.status$.value).toMatchObject({ faults: 1 })
  expect(await moved.app.settlement(sent.id)).toMatchObject({ outcome: 'accepted' })
  expect(await moved.app.settlement(refused.id)).toMatchObject({ outcome: 'rejected' })
  const { meta } = await world.rows()
  expect(meta).toContainEqual(expect.objectContaining({ key: 'description:users' }))
  await world.after(moved.app.faults.retry(moved.app.faults.open$.value[0]!.id))
  expect(world.applied(tab.id).at(-1)).toEqual({ name: 'James' })
})

it('an old tab that is open ends, and what it had under way is waited out before it is repeated', async () => {
  const { world, tab: old } = await signedInWorld()
  world.server.control.rules.add({ match: { method: 'PUT' }, action: { do: 'hold' } })
  await world.after(old.users.update({ name: 'James' }))
  const moved = await world.open(newAddress(world))
  await expect(old.users.update({ name: 'Jim' })).rejects.toMatchObject({ name: 'ClosedError' })
  await world.after(moved.app.report())
  expect(moved.app.status$.value).toMatchObject({ pending: 1 })
  expect(world.updates()).toEqual([{ name: 'James' }])
  await world.advance(29_000)
  expect(world.updates()).toEqual([])
  world.server.control.rules.clear()
  world.server.control.release()
  await world.advance(10_000)
  // The delayed request has arrived meanwhile: a read shows it.
  expect(world.applied(old.id)).toEqual([{ name: 'James' }])
  expect(moved.app.status$.value).toMatchObject({ phase: 'idle', pending: 0 })
})

it('a page that does not let go of the old database is waited for, and said to block', async () => {
  const world = await makeWorld()
  const id = await leaveEdits(world, { name: 'James' })
  const [name] = await databases(world)
  const stuck = await resultOf(world.device.indexedDB.open(name!))
  const moved = await world.open(newAddress(world))
  await world.advance(10_000)
  expect(moved.app.storage$.value).toBe('blocked')
  expect(world.updates()).toEqual([])
  stuck.close()
  await world.quiet()
  expect(moved.app.storage$.value).toBe('ok')
  expect(world.applied(id)).toEqual([{ name: 'James' }])
})

it('a kill at any moment while it is taken over loses nothing and doubles nothing', { timeout: 60_000 }, async () => {
  const found = new Set<number>()
  for (let turn = 1, isOver = false; !isOver; turn += 2) {
    const world = await makeWorld()
    const id = await leaveEdits(world, { name: 'James' }, { city: 'Oslo' })
    const killed = world.start(newAddress(world))
    killed.platform.connectivity.set(false)
    for (let passed = 0; passed < turn; passed++) await new Promise((resolve) => setImmediate(resolve))
    isOver = killed.app.status$.value.pending === 2
    killed.kill()
    found.add((await databases(world)).length)
    await world.open(newAddress(world))
    await world.advance(100_000)
    expect(world.applied(id), `killed in turn ${turn}`).toEqual([{ name: 'James', city: 'Oslo' }])
    expect(await databases(world)).toHaveLength(1)
  }
  // The moments of this world are those that matter: before the new one is made, with both there, and with the old one gone.
  expect(found).toEqual(new Set([1, 2]))
})

it('a database that could not be deleted is not taken over again, and is deleted by the next visit', async () => {
  const world = await makeWorld()
  const id = await leaveEdits(world, { name: 'James' })
  const probe = world.start()
  await probe.close()
  const { indexedDB, IDBKeyRange } = probe.platform.databases.factory!
  const keeping = new Proxy(indexedDB, {
    get(target, name) {
      const value = Reflect.get(target, name) as (...parameters: unknown[]) => unknown
      return name === 'deleteDatabase' ? () => {} : value.bind(target)
    },
  })
  const platform = { databases: { factory: { indexedDB: keeping, IDBKeyRange } } }
  const first = await world.open(newAddress(world, { platform }))
  await world.quiet()
  expect(world.applied(id)).toEqual([{ name: 'James' }])
  await first.close()
  expect(await databases(world)).toHaveLength(2)
  const second = await world.open(newAddress(world))
  expect(await databases(world)).toHaveLength(1)
  expect(second.app.status$.value).toMatchObject({ phase: 'idle', pending: 0 })
  expect(world.applied(id)).toEqual([{ name: 'James' }])
})

it('storage that is full leaves the old queue as it is, and the next visit takes it over', async () => {
  const world = await makeWorld()
  const id = await leaveEdits(world, { name: 'James' })
  const full = world.start(newAddress(world))
  full.storage.refuses = (table) => (table === 'edits' ? 'QuotaExceededError' : undefined)
  await world.quiet()
  await expect(full.app.flush()).rejects.toMatchObject({ name: 'StorageError', reason: 'full' })
  await full.close()
  expect(await databases(world)).toHaveLength(2)
  await world.open(newAddress(world))
  expect(world.applied(id)).toEqual([{ name: 'James' }])
  expect(await databases(world)).toHaveLength(1)
})

it('the former address of another application changes nothing, and its edits are told of', async () => {
  const world = await makeWorld()
  const id = await leaveEdits(world, { name: 'James' })
  const [old] = await databases(world)
  const before = await world.rows()
  for (const movedFrom of ['OTHER-APP', 'https://other.example/api', world.server.url, undefined]) {
    const tab = world.start(newAddress(world, { movedFrom }))
    const told = stranded(tab)
    await world.quiet()
    expect(told).toEqual([
      {
        type: 'stranded',
        atMs: world.clock.now(),
        database: old,
        backend: `${new URL(world.server.url).host}/${world.server.appId}`,
        pending: 1,
      },
    ])
    expect(tab.users.session$.value).toEqual({ state: 'signed-out' })
    expect(JSON.stringify(told)).not.toContain('James')
    await tab.close()
  }
  expect(await databases(world)).toHaveLength(2)
  const later = await world.open()
  expect(later.users.current$.value).toMatchObject({ objectId: id })
  expect(world.applied(id)).toEqual([{ name: 'James' }])
  expect(before['edits']).toHaveLength(1)
})

it('the old database is not made where there is none, and nothing is told of one with nothing pending', async () => {
  const world = await makeWorld()
  const tab = await world.open(newAddress(world))
  expect(await databases(world)).toHaveLength(1)
  await tab.close()
  await (await world.signedIn()).close()
  const other = world.start(newAddress(world, { movedFrom: undefined }))
  const told = stranded(other)
  await world.quiet()
  expect(told).toEqual([])
})

it('a relaxed app keeps the old database until the next start', async () => {
  const world = await makeWorld()
  const id = await leaveEdits(world, { name: 'James' })
  const first = await world.open(newAddress(world, { durability: 'relaxed' }))
  expect(world.applied(id)).toEqual([{ name: 'James' }])
  expect(await databases(world)).toHaveLength(2)
  await first.close()
  const next = await world.open(newAddress(world, { durability: 'relaxed' }))
  expect(await databases(world)).toHaveLength(1)
  expect(next.app.status$.value).toMatchObject({ phase: 'idle', pending: 0 })
  expect(world.applied(id)).toEqual([{ name: 'James' }])
})

it('counters that cannot be read do not hide the queue', async () => {
  const world = await makeWorld()
  const id = await leaveEdits(world, { name: 'James' }, { city: 'Oslo' })
  const [old] = await databases(world)
  const database = await answerOf(world.device.indexedDB.open(old!))
  const meta = database.transaction('meta', 'readwrite').objectStore('meta')
  const state = (await answerOf(meta.get('state'))) as object
  await answerOf(meta.put({ ...state, counts: { [id]: null } }))
  database.close()

  const tab = world.start(newAddress(world))
  await world.quiet()
  expect(world.applied(id)).toEqual([{ name: 'James', city: 'Oslo' }])
  expect(tab.app.status$.value).toMatchObject({ phase: 'idle', pending: 0 })
  const edit = await world.after(tab.users.update({ name: 'Jim' }))
  expect(await edit.settled).toMatchObject({ outcome: 'accepted' })
})

describe('an app that was opened at the new address first', () => {
  it('sends the edits of the old one before its own, and keeps its own session', async () => {
    const world = await makeWorld()
    const id = await leaveEdits(world, { name: 'James' }, { city: 'Oslo' })
    const first = await world.open(newAddress(world, { movedFrom: undefined }))
    await world.after(first.users.login('ann@x.co', password))
    first.platform.connectivity.set(false)
    await first.users.update({ name: 'Jim' })
    await first.close()

    const tab = world.start(newAddress(world))
    tab.platform.connectivity.set(false)
    await world.quiet()
    expect(tab.users.current$.value).toMatchObject({ name: 'Jim', city: 'Oslo' })
    expect(tab.app.status$.value).toMatchObject({ pending: 3 })
    tab.platform.connectivity.set(true)
    await world.advance(60_000)
    expect(world.applied(id)).toEqual([{ name: 'Jim', city: 'Oslo' }])
    expect(tab.app.status$.value).toMatchObject({ phase: 'idle', pending: 0 })
  })

  it('reads before it sends where both have a request whose outcome is unknown', async () => {
    const { world, tab: old } = await signedInWorld()
    world.server.control.rules.add({ match: { method: 'PUT' }, times: 2, action: { do: 'hold-answer' } })
    await world.after(old.users.update({ name: 'James', city: 'Oslo' }))
    const first = await world.reopen(old, newAddress(world, { movedFrom: undefined }))
    await first.users.login('ann@x.co', password)
    await world.after(first.users.update({ name: 'Jim' }))
    first.kill()
    world.server.control.release()
    expect(world.updates()).toEqual([{ name: 'James', city: 'Oslo' }, { name: 'Jim' }])

    const tab = await world.open(newAddress(world))
    expect(tab.app.status$.value).toMatchObject({ pending: 2 })
    await world.advance(200_000)
    expect(world.updates()).toEqual([])
    expect(world.applied(old.id)).toEqual([{ name: 'James', city: 'Oslo' }, { name: 'Jim' }])
    expect(tab.app.status$.value).toMatchObject({ phase: 'idle', pending: 0, faults: 0 })
    expect(tab.users.current$.value).toMatchObject({ name: 'Jim', city: 'Oslo' })
  })

  it('leaves somebody signed out who has signed out there, and keeps the edits for their next login', async () => {
    const world = await makeWorld()
    const id = await leaveEdits(world, { name: 'James' })
    const first = await world.open(newAddress(world, { movedFrom: undefined }))
    await first.users.login('ann@x.co', password)
    await first.users.logout()
    await first.close()
    const tab = await world.open(newAddress(world))
    expect(tab.users.session$.value).toEqual({ state: 'signed-out' })
    expect(world.applied(id)).toEqual([])
    await world.after(tab.users.login('ann@x.co', password))
    expect(world.applied(id)).toEqual([{ name: 'James' }])
  })

  it("leaves a guest's edits where they are while somebody else is logged in", async () => {
    const world = await makeWorld()
    await world.register('ann@x.co')
    const guest = await world.open()
    await world.after(guest.users.loginAsGuest())
    guest.platform.connectivity.set(false)
    await guest.users.update({ name: 'Nobody' })
    await guest.close()
    const first = await world.open(newAddress(world, { movedFrom: undefined }))
    await first.users.login('ann@x.co', password)
    await first.close()

    const tab = world.start(newAddress(world))
    const told = stranded(tab)
    await world.quiet()
    expect(told).toMatchObject([{ pending: 1 }])
    expect(tab.app.status$.value).toMatchObject({ pending: 0 })
    expect(await databases(world)).toHaveLength(2)
    await tab.close()
    const again = await world.open(newAddress(world))
    expect(again.users.current$.value).toMatchObject({ email: 'ann@x.co' })
    expect(await databases(world)).toHaveLength(2)
  })
})
