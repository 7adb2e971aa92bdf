/* A device without a network: what is shown, what is kept, and that it goes out by itself afterwards (G1 to G4, R12). */
import { describe, expect, it } from 'vitest'
import { newest } from '../support/newest.js'
import { makeWorld, offlineWorld, password, signedInWorld, type Tab, type World } from '../support/world.js'

it('shows an edit before the call returns its promise, and has it on disk when that resolves', async () => {
  const { world, tab } = await offlineWorld()
  const seen: unknown[] = []
  tab.users.current$.subscribe((me) => seen.push(me?.name))

  const saving = tab.users.update({ name: 'James' })
  expect(seen).toEqual(['Ann', 'James'])
  const edit = await saving
  expect(edit).toMatchObject({ patch: { name: 'James' }, user: { name: 'James', email: 'ann@x.co', city: 'Rome' } })

  // No last word: what outlives the kill was on disk.
  const again = await world.reopen(tab)
  expect(again.users.current$.value).toMatchObject({ name: 'James', city: 'Rome' })
})

it('shows the profile with its pending edits after a reload with no network, and goes on queuing', async () => {
  const world = await makeWorld({ onDisk: true })
  const tab = await world.signedIn()
  await world.stopServer()
  await tab.users.update({ name: 'James' })
  await tab.users.update({ age: 30 })
  tab.kill()

  const again = await world.open()
  again.platform.connectivity.set(false)
  expect(again.users.session$.value).toEqual({ state: 'signed-in', userId: tab.id })
  expect(again.users.current$.value).toMatchObject({ email: 'ann@x.co', name: 'James', age: 30 })
  expect(again.users.fields$.value).toEqual({ name: { state: 'pending' }, age: { state: 'pending' } })
  await again.users.update({ city: 'Paris' })
  expect(again.app.status$.value).toMatchObject({ pending: 3, sent: 0, total: 3 })
  again.kill()

  await world.restartServer()
  const third = await world.open()
  await world.advance(60_000)
  expect(third.app.status$.value).toMatchObject({ phase: 'idle', pending: 0, faults: 0 })
  expect(third.users.fields$.value).toEqual({})
  expect(merged(world, tab.id)).toEqual({ name: 'James', age: 30, city: 'Paris' })
})

it('sends what an earlier visit left with no further call, and tells what became of it', async () => {
  const { world, tab } = await offlineWorld()
  const edit = await tab.users.update({ name: 'James' }, { meta: { form: 'profile' } })
  tab.kill()

  const again = await world.open()
  expect(world.updates()).toEqual([{ name: 'James' }])
  expect(await again.app.settlement(edit.id)).toMatchObject({ outcome: 'accepted', user: { name: 'James' } })
  expect(again.users.current$.value).toMatchObject({ name: 'James' })
})

it('tries now and then while the device says that it is offline, and not at all while nothing is pending', async () => {
  const { world, tab } = await offlineWorld()
  await world.advance(3_600_000)
  expect(world.clock.sleeping).toBe(0)
  await tab.users.update({ name: 'James' })
  const tried: number[] = []
  tab.app.trace$.subscribe((step) => void (step.type === 'failed' && tried.push(step.atMs)))
  await world.advance(3_600_000)
  expect(tab.app.status$.value).toMatchObject({ phase: 'offline', pending: 1, nextAttemptAtMs: expect.any(Number) })
  const pauses = tried.slice(1).map((atMs, index) => atMs - tried[index]!)
  expect(Math.min(...pauses)).toBeGreaterThanOrEqual(1_000)
  expect(Math.max(...pauses)).toBeLessThanOrEqual(300_000)
  expect(tried.length).toBeGreaterThan(12)
  const before = tried.length
  expect(await tab.app.flush()).toMatchObject({ phase: 'offline', pending: 1 })
  expect(tried.length).toBe(before + 1)

  await world.reconnect(tab)
  expect(world.updates()).toEqual([{ name: 'James' }])
  expect(tab.app.status$.value).toMatchObject({ phase: 'idle', pending: 0 })
  expect(world.clock.sleeping).toBe(0)
})

describe('a device that says offline for good, while requests get through', () => {
  const say = ({ platform: { connectivity } }: Tab): void => {
    connectivity.isWrong = true
    connectivity.set(false)
  }
  const behind = async (): Promise<{ world: World; tab: Tab }> => {
    const world = await makeWorld()
    await world.register('ann@x.co')
    const tab = world.start()
    say(tab)
    await world.quiet()
    expect(tab.app.status$.value).toMatchObject({ phase: 'offline' })
    return { world, tab }
  }
  const signedInBehind: typeof behind = async () => {
    const { world, tab } = await behind()
    await world.after(tab.users.login('ann@x.co', password))
    return { world, tab }
  }
  /** Opened anew: it has proven nothing. */
  const again = async (world: World): Promise<Tab> => {
    const tab = world.start()
    say(tab)
    await world.quiet()
    return tab
  }

  it('a login proves the network: what is edited is sent at once', async () => {
    const { world, tab } = await signedInBehind()
    expect(tab.app.status$.value).toMatchObject({ phase: 'idle' })
    await world.after(tab.users.update({ name: 'James' }))
    expect(world.updates()).toEqual([{ name: 'James' }])
    expect(tab.app.status$.value).toMatchObject({ phase: 'idle', pending: 0 })
    expect(world.clock.sleeping).toBe(0)
  })

  it('a refusal proves it too', async () => {
    const { world, tab } = await behind()
    await expect(tab.users.login('ann@x.co', 'wrong')).rejects.toMatchObject({ code: 3003 })
    await world.quiet()
    expect(tab.app.status$.value).toMatchObject({ phase: 'idle' })
  })

  it('a read proves it too, and what is pending goes out', async () => {
    const { world, tab } = await signedInBehind()
    tab.kill()
    const next = await again(world)
    await next.users.update({ name: 'James' })
    expect(next.app.status$.value).toMatchObject({ phase: 'offline', pending: 1 })
    await world.after(next.users.refresh())
    expect(world.updates()).toEqual([{ name: 'James' }])
    expect(world.clock.sleeping).toBe(0)
  })

  it('the edits of an earlier visit are sent by themselves', async () => {
    const { world, tab } = await signedInBehind()
    tab.platform.connectivity.isWrong = false
    await tab.users.update({ name: 'James' })
    tab.kill()
    const next = await again(world)
    await world.advance(2_000)
    expect(world.updates()).toEqual([{ name: 'James' }])
    expect(next.app.status$.value).toMatchObject({ phase: 'idle', pending: 0 })
  })

  it('a stale profile is read at the start', async () => {
    const { world, tab } = await signedInBehind()
    tab.kill()
    world.clock.jump(3_600_000)
    await world.server.control.writeUser(tab.users.current$.value!.objectId, { city: 'Oslo' })
    const next = await again(world)
    expect(next.users.current$.value).toMatchObject({ city: 'Oslo' })
    expect(next.app.status$.value).toMatchObject({ phase: 'idle' })
  })

  it('flush sends', async () => {
    const { world, tab } = await signedInBehind()
    tab.kill()
    const next = await again(world)
    await next.users.update({ name: 'James' })
    expect(world.updates()).toEqual([])
    expect(await next.app.flush()).toMatchObject({ phase: 'idle', pending: 0 })
    expect(world.updates()).toEqual([{ name: 'James' }])
  })

  it('a backend that cannot be reached is called offline again, until it can', async () => {
    const { world, tab } = await signedInBehind()
    tab.platform.connectivity.isWrong = false
    await world.after(tab.users.update({ name: 'James' }))
    expect(tab.app.status$.value).toMatchObject({ phase: 'offline', pending: 1, failure: { kind: 'unreachable' } })
    tab.platform.connectivity.isWrong = true
    await world.advance(2_000)
    expect(tab.app.status$.value).toMatchObject({ phase: 'idle', pending: 0 })
  })

  it('an old description is asked for again, and still told when that fails', async () => {
    const { world, tab } = await signedInBehind()
    const asked = (): number => world.requests.filter(({ route }) => route === 'GET /users/userclassprops').length
    const described = await tab.users.describe()
    expect(asked()).toBe(1)
    world.clock.jump(7_200_000)
    expect(await tab.users.describe()).toEqual(described)
    expect(asked()).toBe(2)
    world.clock.jump(7_200_000)
    tab.platform.connectivity.isWrong = false
    expect(await tab.users.describe()).toEqual(described)
  })
})

it('sends edits in the order in which they were saved, over visits too', async () => {
  const { world, tab } = await signedInWorld()
  world.server.control.setSwitches({ dynamicSchema: 'reject' })
  tab.platform.connectivity.set(false)
  await tab.users.update({ name: 'A' })
  await tab.users.update({ age: 1 })
  tab.kill()
  // The clock went back meanwhile: order does not come from it.
  world.clock.jump(-86_400_000)
  const again = await world.open()
  again.platform.connectivity.set(false)
  await again.users.update({ age: 2 })
  again.platform.connectivity.set(true)
  await world.advance(60_000)
  expect(world.server.control.readUser({ id: tab.id })).toMatchObject({ name: 'A', age: 2 })
  expect(again.faults).toEqual([])
})

it('lists what is pending, oldest first, with what the app keeps by it', async () => {
  const { world, tab } = await offlineWorld()
  const pending = newest(tab.app.pending$)
  await tab.users.update({ name: 'James' }, { meta: 'first' })
  await world.after(tab.users.update({ age: 30 }))
  expect(pending()).toEqual([
    expect.objectContaining({ patch: { name: 'James' }, meta: 'first', state: 'queued', attempts: 0 }),
    expect.objectContaining({ patch: { age: 30 }, meta: undefined, state: 'queued' }),
  ])
  world.server.control.rules.add({ match: { method: 'PUT' }, action: { do: 'hold' } })
  await world.reconnect(tab)
  expect(pending()!.map(({ state }) => state)).toEqual(['sending', 'sending'])
  expect(tab.app.status$.value).toMatchObject({ phase: 'sending', pending: 2 })
  world.server.control.release()
  await world.quiet()
  expect(pending()).toEqual([])
})

it('makes a draft of the newest view, pending edits in it', async () => {
  const { tab } = await offlineWorld()
  await tab.users.update({ name: 'James', prefs: { dark: true } })
  const edit = await tab.users.update((me) => {
    me.name = `${me.name} Bond`
    me.prefs = { ...(me.prefs as object), large: false }
  })
  expect(edit.patch).toEqual({ name: 'James Bond', prefs: { dark: true, large: false } })
  // The draft is a copy: what an app does to it later changes nothing.
  expect(tab.users.current$.value).toMatchObject({ name: 'James Bond', city: 'Rome' })
})

it('lets another tab see an edit once it is saved, and either tab send it', async () => {
  const { world, tab } = await signedInWorld()
  const other = await world.open()
  expect(other.users.session$.value).toMatchObject({ state: 'signed-in', userId: tab.id })
  tab.platform.connectivity.set(false)
  await world.after(tab.users.update({ name: 'James' }))
  expect(other.users.current$.value).toMatchObject({ name: 'James' })
  expect(world.applied(tab.id)).toEqual([{ name: 'James' }])
  expect(tab.users.fields$.value).toEqual({})
})

it('lists what is pending in the order of saving, by record, also after the clock was set back and over a restart', async () => {
  const { world, tab } = await signedInWorld()
  const other = await world.open()
  for (const { platform } of [tab, other]) platform.connectivity.set(false)
  const pending = newest(tab.app.pending$)
  const key = { collection: 'users', id: tab.id }
  const order = (list: typeof pending): unknown => list()!.map((edit) => [edit.key, edit.patch])
  const expected: unknown[] = []
  for (const [n, { users }] of [tab, other, tab, tab].entries()) {
    world.clock.jump(-86_400_000)
    // Two of one transaction, in the order of the calls.
    for (const patch of [{ age: n }, { name: `N${n}` }]) {
      void users.update(patch)
      expected.push([key, patch])
    }
    await world.quiet()
  }
  expect(order(pending)).toEqual(expected)
  for (const one of [tab, other]) one.kill()
  const again = world.start()
  again.platform.connectivity.set(false)
  const pendingAgain = newest(again.app.pending$)
  await world.quiet()
  expect(order(pendingAgain)).toEqual(expected)
})

it('waits with an update until the database is open', async () => {
  const { world, tab } = await signedInWorld()
  tab.kill()
  const again = world.start()
  expect(again.users.session$.value).toEqual({ state: 'opening' })
  expect(again.app.status$.value).toMatchObject({ phase: 'opening' })
  expect(await again.users.update({ name: 'James' })).toMatchObject({ user: { name: 'James', city: 'Rome' } })
  await world.quiet()
  expect(world.updates()).toEqual([{ name: 'James' }])
})

function merged(world: World, id: string): object {
  return Object.assign({}, ...world.applied(id)) as object
}
