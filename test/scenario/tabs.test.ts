/* Several tabs of one device, one outbox: any tab writes, one sends, and another takes over (G2, G4, G5, G14, R13). */
import { describe, expect, it } from 'vitest'
import { freezable, type Freezable } from '../support/freezable.js'
import { fakePlatform } from '../support/fake-platform.js'
import { makeWorld, type Tab, type World, type WorldOptions } from '../support/world.js'

const onUpdate = { method: 'PUT', path: '/users/*' }

interface Scene {
  world: World
  id: string
  first: Tab & Pick<Freezable, 'freeze' | 'thaw'>
  other: Tab & Pick<Freezable, 'freeze' | 'thaw'>
}

/** A tab that can stop with no notice. Without Web Locks where `locks` says so. */
async function openFreezable(world: World, locks = true): Promise<Scene['first']> {
  const own = fakePlatform({ device: world.device })
  const { parts, freeze, thaw } = freezable(own)
  const tab = await world.open({ platform: { ...parts, locks: locks ? parts.locks : undefined } })
  const kill = (): void => {
    tab.kill()
    own.crash()
    freeze()
  }
  return { ...tab, freeze, thaw, kill }
}

async function twoTabs({ locks = true, ...options }: WorldOptions & { locks?: boolean } = {}): Promise<Scene> {
  const world = await makeWorld(options)
  const { id, ...signedIn } = await world.signedIn()
  await signedIn.close()
  const first = await openFreezable(world, locks)
  const other = await openFreezable(world, locks)
  world.requests.length = 0
  world.updates()
  return { world, id, first, other }
}

/** Two tabs. The first has sent `{ name: 'one' }`, and the server holds the request. */
async function sendingInFirst(options: { locks: boolean }) {
  const scene = await twoTabs(options)
  scene.world.server.control.rules.add({ match: onUpdate, action: { do: 'hold' } })
  const edit = await scene.first.users.update({ name: 'one' })
  await scene.world.quiet()
  return { ...scene, edit }
}

describe.each([
  ['with Web Locks', true],
  ['without Web Locks', false],
])('%s', (_, locks) => {
  it('every tab writes, offline too, sees what the others wrote, and all of it is sent once and in order', async () => {
    const { world, id, first, other } = await twoTabs({ locks })
    for (const tab of [first, other]) tab.platform.connectivity.set(false)
    await first.users.update({ name: 'one' })
    await world.after(other.users.update({ city: 'Oslo' }))
    await world.after(other.users.update({ name: 'two' }))
    for (const tab of [first, other]) {
      expect(tab.users.current$.value).toMatchObject({ name: 'two', city: 'Oslo' })
      expect(tab.users.fields$.value).toEqual({ name: { state: 'pending' }, city: { state: 'pending' } })
      expect(tab.app.status$.value).toMatchObject({ phase: 'offline', pending: 3 })
    }
    for (const tab of [first, other]) tab.platform.connectivity.set(true)
    await world.advance(2_000)
    expect(world.updates()).toEqual([{ name: 'two', city: 'Oslo' }])
    expect(world.applied(id)).toEqual([{ name: 'two', city: 'Oslo' }])
    for (const tab of [first, other]) expect(tab.app.status$.value).toMatchObject({ phase: 'idle', pending: 0 })
    expect(world.clock.sleeping).toBe(0)
  })

  it('two tabs that write at the same moment have one request of the record under way', async () => {
    const { world, id, first, other } = await twoTabs({ locks })
    const { control } = world.server
    control.rules.add({ match: onUpdate, action: { do: 'hold' }, times: 'always' })
    const edits = await Promise.all(
      ['a', 'b', 'c', 'd'].map((name, index) => (index % 2 ? first : other).users.update({ [`p${index}`]: name })),
    )
    for (let step = 0; step < 12; step++) {
      await world.advance(500)
      expect(control.held()).toBeLessThanOrEqual(1)
      control.release()
      await world.quiet()
    }
    expect(control.held()).toBe(0)
    for (const { settled } of edits) expect(await settled).toMatchObject({ outcome: 'accepted' })
    expect(Object.assign({}, ...world.applied(id))).toEqual({ p0: 'a', p1: 'b', p2: 'c', p3: 'd' })
  })

  it('the tab that does not send says that another one does, and when it has ended', async () => {
    const { world, first, other } = await twoTabs({ locks })
    world.server.control.rules.add({ match: onUpdate, action: { do: 'hold' } })
    const phases: string[] = []
    other.app.status$.subscribe(({ phase }) => phases.push(phase))
    const states: unknown[] = []
    other.app.pending$.subscribe((pending) => states.push(pending.map(({ state }) => state)))
    await world.after(first.users.update({ name: 'James' }))
    expect(first.app.status$.value).toMatchObject({ phase: 'sending' })
    expect(other.app.status$.value).toMatchObject({ phase: 'sending', pending: 1 })
    expect(states.at(-1)).toEqual(['sending'])
    await world.advance(5_000)
    world.server.control.release()
    await world.advance(2_000)
    const { phase, lastReplyAtMs } = other.app.status$.value
    expect(phase).toBe('idle')
    expect(lastReplyAtMs).toBe(first.app.status$.value.lastReplyAtMs)
    expect(lastReplyAtMs).toBeGreaterThan(0)
    expect(states.at(-1)).toEqual([])
  })

  it('a tab that was told of sending does not go on saying so once the sender is gone', async () => {
    const { world, first, other } = await sendingInFirst({ locks })
    other.platform.connectivity.set(false)
    first.kill()
    world.server.control.release()
    await world.advance(200_000)
    expect(other.app.status$.value.phase).not.toBe('sending')
    other.platform.connectivity.set(true)
    await world.advance(200_000)
    expect(other.app.status$.value).toMatchObject({ phase: 'idle', pending: 0 })
  })

  it('flush() in the tab that does not send resolves when nothing is left', async () => {
    const { world, id, other } = await sendingInFirst({ locks })
    let flushed: unknown
    void other.app.flush().then((status) => (flushed = status))
    await world.advance(3_000)
    expect(flushed).toBe(undefined)
    world.server.control.release()
    await world.advance(2_000)
    expect(flushed).toMatchObject({ phase: 'idle', pending: 0 })
    expect(world.applied(id)).toEqual([{ name: 'one' }])
  })

  it('a pause that the backend asked for holds in every tab, and flush() in any of them does not shorten it', async () => {
    const { world, first, other } = await twoTabs({ locks })
    world.server.control.rules.add({ match: onUpdate, action: { do: 'too-many-requests', retryAfter: 100 } })
    await world.after(first.users.update({ name: 'James' }))
    world.updates()
    await other.users.update({ name: 'Jim' })
    await other.app.flush()
    await world.advance(90_000)
    expect(world.updates()).toEqual([])
    expect(other.app.status$.value).toMatchObject({ phase: 'waiting', failure: { kind: 'busy' } })
    await world.advance(60_000)
    expect(other.app.status$.value).toMatchObject({ phase: 'idle', pending: 0 })
    expect(world.clock.sleeping).toBe(0)
  })

  it('a configuration that the backend refuses is tried once for all tabs', async () => {
    const { world, first, other } = await twoTabs({ locks })
    world.server.control.rules.add({ match: onUpdate, action: { do: 'fault', code: 2002 }, times: 'always' })
    await first.users.update({ name: 'James' })
    await world.advance(5_000)
    for (const tab of [first, other])
      expect(tab.app.status$.value).toMatchObject({ phase: 'held', pending: 1, failure: { code: 2002 } })
    expect(world.updates()).toHaveLength(1)
  })

  it('when the sender closes, the next one takes over, and waits out what may be under way', async () => {
    const { world, id, first, other, edit } = await sendingInFirst({ locks })
    expect(world.updates()).toEqual([{ name: 'one' }])
    await other.users.update({ city: 'Oslo' })
    await first.close()
    await world.advance(28_000)
    expect(world.updates()).toEqual([])
    await world.advance(4_000)
    world.server.control.release()
    await world.advance(60_000)
    expect(await other.app.settlement(edit.id)).toMatchObject({ outcome: 'accepted' })
    expect(other.app.status$.value).toMatchObject({ phase: 'idle', pending: 0, faults: 0 })
    expect(world.server.control.readUser({ id })).toMatchObject({ name: 'one', city: 'Oslo' })
    expect(world.clock.sleeping).toBe(0)
  })

  it('when the sender crashes, another takes over', async () => {
    const { world, id, first, other } = await sendingInFirst({ locks })
    first.kill()
    world.server.control.release()
    await world.advance(130_000)
    expect(other.app.status$.value).toMatchObject({ phase: 'idle', pending: 0, faults: 0 })
    expect(other.users.current$.value).toMatchObject({ name: 'one' })
    expect(world.server.control.readUser({ id })).toMatchObject({ name: 'one' })
  })

  it.each(['pagehide', 'freeze'] as const)(
    'at a %s the sender lets go at once, and another takes over',
    async (event) => {
      const { world, first, other } = await sendingInFirst({ locks })
      first.platform.visibility.happen(event)
      first.freeze()
      await world.quiet()
      world.updates()
      // Another record would go at once; this one waits until the request that was given up cannot arrive any more.
      await world.advance(32_000)
      world.server.control.release()
      await world.advance(2_000)
      expect(other.app.status$.value).toMatchObject({ phase: 'idle', pending: 0 })
      first.thaw()
      first.platform.visibility.happen(event === 'freeze' ? 'resume' : 'pageshow')
      await world.quiet()
      expect(first.app.status$.value).toMatchObject({ phase: 'idle', pending: 0 })
      expect(first.users.fields$.value).toEqual({})
    },
  )

  it('a tab in the back/forward cache sends nothing, and shows what it missed when it is back', async () => {
    const { world, first, other } = await twoTabs({ locks })
    first.platform.visibility.happen('pagehide')
    first.freeze()
    await other.users.update({ name: 'from the other' })
    await world.advance(2_000)
    await other.close()
    const { channels } = world.device
    expect(channels.open).toBeGreaterThan(0)
    await world.advance(3_600_000)
    first.thaw()
    first.platform.visibility.happen('pageshow')
    await world.quiet()
    expect(first.users.current$.value).toMatchObject({ name: 'from the other' })
    await first.users.update({ name: 'back' })
    await world.advance(2_000)
    expect(world.updates().at(-1)).toEqual({ name: 'back' })
  })

  it('a tab that goes away while it waits for its turn leaves no lock, no timer and no request behind', async () => {
    const { world, id, first, other } = await sendingInFirst({ locks })
    await other.users.update({ city: 'Oslo' })
    await world.advance(3_000)
    other.platform.visibility.happen('pagehide')
    other.freeze()
    world.server.control.release()
    await world.advance(5_000)
    expect(world.applied(id)).toEqual([{ name: 'one' }, { city: 'Oslo' }])
    expect(first.app.status$.value).toMatchObject({ phase: 'idle', pending: 0 })
    expect(world.clock.sleeping).toBe(0)
    other.thaw()
  })

  it.each([
    ['is frozen', false, 125_000],
    ['is frozen and hidden', true, 45_000],
  ])('when the sender %s with no notice, another takes over', async (_what, hidden, withinMs) => {
    const { world, id, first, other } = await twoTabs({ locks })
    world.server.control.rules.add({ match: onUpdate, action: { do: 'hold-answer' } })
    await world.after(first.users.update({ name: 'one' }))
    if (hidden) first.platform.visibility.happen('hide')
    await world.quiet()
    first.freeze()
    await other.users.update({ name: 'two' })
    await world.advance(withinMs)
    expect(other.app.status$.value).toMatchObject({ phase: 'idle', pending: 0 })
    expect(world.applied(id).at(-1)).toEqual({ name: 'two' })

    // Its request is answered after all: that is not believed, nor does it send anything by itself.
    world.server.control.release()
    await world.quiet()
    first.thaw()
    await world.advance(60_000)
    expect(first.app.status$.value).toMatchObject({ phase: 'idle', pending: 0, faults: 0 })
    expect(world.server.control.readUser({ id })).toMatchObject({ name: 'two' })
    expect(first.users.current$.value).toMatchObject({ name: 'two' })
    expect(other.users.current$.value).toMatchObject({ name: 'two' })
  })

  it('a reply that arrives at a deposed sender settles nothing', async () => {
    const { world, first, other } = await twoTabs({ locks })
    world.server.control.rules.add({ match: onUpdate, action: { do: 'hold-answer' } })
    world.server.control.rules.add({ match: onUpdate, action: { do: 'hold' }, times: 'always' })
    const edit = await world.after(first.users.update({ name: 'one' }))
    first.freeze()
    await other.users.update({ name: 'two' })
    await world.advance(125_000)
    // The new holder has taken the first as accepted, by reading it back, and its own edit is out.
    expect(await other.app.settlement(edit.id)).toMatchObject({ outcome: 'accepted' })
    expect(other.app.status$.value).toMatchObject({ phase: 'sending', pending: 1 })
    first.thaw()
    await world.quiet()
    const pending = await pendingOf(world, first)
    expect(pending).toEqual([['two', 'sending']])
    world.server.control.release()
    await world.advance(2_000)
    expect(other.app.status$.value).toMatchObject({ phase: 'idle', pending: 0 })
    expect(first.app.status$.value).toMatchObject({ phase: 'idle', pending: 0 })
  })

  it('a clock that jumps, ahead or back, neither stops the queue nor takes it from a sender that is alive', async () => {
    for (const jumpMs of [86_400_000, -86_400_000]) {
      const { world, id, first, other } = await sendingInFirst({ locks })
      await other.users.update({ city: 'Oslo' })
      await world.advance(3_000)
      world.clock.jump(jumpMs)
      await world.advance(20_000)
      expect(first.app.status$.value).toMatchObject({ phase: 'sending', pending: 2 })
      world.server.control.release()
      await world.advance(5_000)
      expect(world.applied(id)).toEqual([{ name: 'one' }, { city: 'Oslo' }])
      for (const tab of [first, other]) expect(tab.app.status$.value).toMatchObject({ phase: 'idle', pending: 0 })
    }
  })

  it('with eight tabs each edit is sent once, and none of them sleeps afterwards', async () => {
    const { world, id, first, other } = await twoTabs({ locks })
    const tabs = [first, other]
    while (tabs.length < 8) tabs.push(await openFreezable(world, locks))
    await Promise.all(tabs.map((tab, index) => tab.users.update({ [`p${index}`]: `value ${index}` })))
    await world.advance(5_000)
    const values = world.applied(id).flatMap((properties) => Object.values(properties))
    expect(new Set(values)).toEqual(new Set(tabs.map((_, index) => `value ${index}`)))
    for (const tab of tabs) expect(tab.app.status$.value).toMatchObject({ phase: 'idle', pending: 0 })
    expect(world.clock.sleeping).toBe(0)
  })
})

/** Name and state of each pending edit. */
async function pendingOf(world: World, tab: Tab): Promise<unknown[]> {
  let list: unknown[] = []
  const reading = tab.app.pending$.subscribe((pending) => {
    list = pending.map(({ patch, state }) => [patch['name'], state])
  })
  await world.quiet()
  reading.unsubscribe()
  return list
}

it('an answer that one tab hears late takes nothing back that another has read since (G2, R7)', async () => {
  const { world, id, first, other } = await twoTabs()
  const { control } = world.server
  control.rules.add({ match: { method: 'GET', path: '/data/Users/*' }, action: { do: 'hold-answer' } })
  const late = first.users.refresh()
  await world.quiet()
  const seen: unknown[] = []
  first.users.current$.subscribe((user) => seen.push(user?.name))
  await control.writeUser(id, { name: 'Zoe' })
  await world.after(other.users.refresh())
  control.release()
  expect(await late).toMatchObject({ name: 'Zoe' })
  expect(seen).toEqual(['Ann', 'Zoe'])
})

it('an edit that a tab commits in its last moment is shown and sent by another at once (G2, G5)', async () => {
  const world = await makeWorld()
  const { id, ...first } = await world.signedIn()
  const other = await world.open()
  let killed = false
  first.storage.killsAfterWrite = () => {
    killed = true
    first.kill()
  }
  void first.users.update({ name: 'its last word' })
  await world.advance(1_000)
  expect(killed).toBe(true)
  expect(other.users.current$.value).toMatchObject({ name: 'its last word' })
  expect(world.applied(id)).toEqual([{ name: 'its last word' }])
  expect(other.app.status$.value).toMatchObject({ phase: 'idle', pending: 0 })
})

it('two tabs on a full disk do not wake each other: each tries at its own pace, until there is room (G14)', async () => {
  const world = await makeWorld()
  const { id, ...first } = await world.signedIn()
  const tabs = [first, await world.open()]
  for (const tab of tabs) tab.platform.connectivity.set(false)
  await first.users.update({ name: 'one' })
  await world.quiet()
  for (const { storage } of tabs) storage.refuses = () => 'QuotaExceededError'
  const before = tabs.map(({ storage }) => storage.begun.length)
  for (const tab of tabs) tab.platform.connectivity.set(true)
  await world.advance(60_000)
  tabs.forEach(({ storage }, tab) => expect(storage.begun.length - before[tab]!).toBeLessThan(60))
  for (const { storage } of tabs) storage.refuses = undefined
  await world.advance(300_000)
  expect(world.applied(id)).toEqual([{ name: 'one' }])
})
