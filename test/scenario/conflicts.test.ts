/*
 * Properties that both sides changed: the sender finds them by three values of each property, and never by chance (R1, R4,
 * R11).
 */
import { describe, expect, it } from 'vitest'
import type { TraceEvent } from '../../src/backendless/index.js'
import {
  logInElsewhere,
  makeWorld,
  type Me,
  outcomesOf,
  password,
  signedInWorld,
  type Tab,
  type World,
} from '../support/world.js'

type MyPatch = { [P in keyof Me]?: Me[P] | null }

/** Offline, so that they wait; the other device then writes, and the base grows old. */
async function meanwhile(
  world: World,
  tab: Tab & { id: string },
  mine: MyPatch[],
  theirs: object[],
): Promise<string[]> {
  tab.platform.connectivity.set(false)
  const ids: string[] = []
  for (const patch of mine) ids.push((await tab.users.update(patch as { name: string })).id)
  for (const values of theirs) await world.server.control.writeUser(tab.id, values as never)
  await world.advance(61_000)
  await world.reconnect(tab)
  return ids
}

const onServer = (world: World, { id }: { id: string }) => world.server.control.readUser({ id })!
const traced = (tab: Tab): TraceEvent[] => {
  const events: TraceEvent[] = []
  tab.app.trace$.subscribe((event) => events.push(event))
  return events
}

describe('there and back again', () => {
  it('by the other device is no conflict: the backend has what the edit was made on', async () => {
    const { world, tab } = await signedInWorld()
    const ids = await meanwhile(world, tab, [{ name: 'James' }], [{ name: 'Zoe' }, { name: 'Ann' }])
    expect(await outcomesOf(tab, ids)).toEqual(['accepted'])
    expect(onServer(world, tab)).toMatchObject({ name: 'James' })
  })

  it('by the person is one: they wrote the old value, somebody else another', async () => {
    const { world, tab } = await signedInWorld()
    const ids = await meanwhile(world, tab, [{ name: 'James' }, { name: 'Ann' }], [{ name: 'Zoe' }])
    expect(await outcomesOf(tab, ids)).toEqual(['rejected', 'rejected'])
    expect(tab.faults).toMatchObject([
      { fault: { editIds: ids, base: { name: 'Ann' }, mine: { name: 'Ann' }, theirs: { name: 'Zoe' } } },
    ])
    expect(onServer(world, tab)).toMatchObject({ name: 'Zoe' })
  })

  it('by the person alone is nothing to send', async () => {
    const { world, tab } = await signedInWorld()
    const ids = await meanwhile(world, tab, [{ name: 'James' }, { name: 'Ann' }], [{ city: 'Oslo' }])
    expect(await outcomesOf(tab, ids)).toEqual(['accepted', 'accepted'])
    expect(world.updates()).toEqual([])
    expect(tab.users.current$.value).toMatchObject({ name: 'Ann', city: 'Oslo' })
  })
})

describe('several pending edits', () => {
  it('of one property stand and fall together, and what touches no contested one is kept', async () => {
    const { world, tab } = await signedInWorld()
    const ids = await meanwhile(
      world,
      tab,
      [{ name: 'James' }, { age: 30 }, { name: 'Jim', born: 1_000 }, { city: 'Paris' }],
      [{ name: 'Zoe' }],
    )
    expect(await outcomesOf(tab, ids)).toEqual(['rejected', 'accepted', 'rejected', 'accepted'])
    expect(tab.faults).toMatchObject([
      {
        fault: {
          reason: 'changed',
          editIds: [ids[0], ids[2]],
          properties: ['name', 'born'],
          offending: ['name'],
          base: { name: 'Ann', born: null },
          mine: { name: 'Jim', born: 1_000 },
          theirs: { name: 'Zoe', born: null },
        },
      },
    ])
    expect(onServer(world, tab)).toMatchObject({ name: 'Zoe', age: 30, city: 'Paris', born: null })
  })

  it('with a read between them: the first keeps what it was made on, a new property starts from what was read', async () => {
    const { world, tab } = await signedInWorld()
    // Held, with nothing sent.
    world.server.control.failNextUpdate({ code: 2002 })
    const first = await world.after(tab.users.update({ name: 'James' }))
    await world.server.control.writeUser(tab.id, { name: 'Zoe', city: 'Oslo' })
    expect(await tab.users.refresh()).toMatchObject({ name: 'James', city: 'Oslo' })
    const second = await tab.users.update({ name: 'Jim' })
    const third = await tab.users.update({ city: 'Paris' })
    await tab.app.flush()
    expect(await outcomesOf(tab, [first.id, second.id, third.id])).toEqual(['rejected', 'rejected', 'accepted'])
    expect(tab.faults).toMatchObject([
      { fault: { base: { name: 'Ann' }, mine: { name: 'Jim' }, theirs: { name: 'Zoe' } } },
    ])
    expect(onServer(world, tab)).toMatchObject({ name: 'Zoe', city: 'Paris' })
  })
})

describe('nothing', () => {
  it.each([[{ nick: 'J' }], [{ born: 5 }]])('is the same as absent: %j over it is no conflict', async (mine) => {
    const { world, tab } = await signedInWorld()
    const [property] = Object.keys(mine)
    const ids = await meanwhile(world, tab, [mine], [{ [property!]: null, city: 'Oslo' }])
    expect(await outcomesOf(tab, ids)).toEqual(['accepted'])
    expect(onServer(world, tab)).toMatchObject(mine)
  })

  it('in the place of what is not there is nothing to send', async () => {
    const { world, tab } = await signedInWorld()
    const ids = await meanwhile(world, tab, [{ nick: null }, { born: null }], [{ city: 'Oslo' }])
    expect(await outcomesOf(tab, ids)).toEqual(['accepted', 'accepted'])
    expect(world.updates()).toEqual([])
  })

  it('against a value that somebody else gave is a conflict, either way round', async () => {
    const { world, tab } = await signedInWorld()
    await meanwhile(world, tab, [{ name: null }], [{ name: 'Zoe' }])
    expect(tab.faults).toMatchObject([{ fault: { mine: { name: null }, theirs: { name: 'Zoe' } } }])
    await tab.app.faults.discard(tab.faults[0]!.fault.id)
    await meanwhile(world, tab, [{ name: 'James' }], [{ name: null }])
    expect(tab.faults.slice(1)).toMatchObject([{ fault: { base: { name: 'Zoe' }, theirs: { name: null } } }])
  })
})

describe('a form of its own', () => {
  it('in which the server keeps a value is the base of what is written next', async () => {
    const world = await makeWorld()
    world.server.control.setSaving({ normalise: { name: ['trim', 'lower-case'] } })
    const tab = await world.signedIn()
    for (const name of [' James ', 'JIM']) {
      const edit = await tab.users.update({ name })
      await world.advance(61_000)
      expect(await edit.settled).toMatchObject({ outcome: 'accepted', user: { name: name.trim().toLowerCase() } })
    }
    const ids = await meanwhile(world, tab, [{ name: 'Joe' }], [{ city: 'Oslo' }])
    expect(await outcomesOf(tab, ids)).toEqual(['accepted'])
    expect(tab.users.current$.value).toMatchObject({ name: 'joe' })
  })

  it('is the base also of what was written while the first was under way', async () => {
    const world = await makeWorld()
    world.server.control.setSaving({ normalise: { name: ['lower-case'] } })
    const tab = await world.signedIn()
    world.server.control.rules.add({ match: { method: 'PUT' }, action: { do: 'hold-answer' } })
    const first = await world.after(tab.users.update({ name: 'James' }))
    const second = await tab.users.update({ name: 'Jim' })
    world.server.control.release()
    await world.advance(61_000)
    expect(await outcomesOf(tab, [first.id, second.id])).toEqual(['accepted', 'accepted'])
    expect(tab.faults).toEqual([])
  })

  it('times are cut to their second, and the next edit of them is no conflict', async () => {
    const world = await makeWorld({ switches: { timePrecision: 's' } })
    world.server.control.setSaving({ normalise: { born: ['seconds'] } })
    const tab = await world.signedIn()
    const edit = await tab.users.update({ born: 1_700_000_000_789 })
    await world.advance(61_000)
    expect(await edit.settled).toMatchObject({ outcome: 'accepted', user: { born: 1_700_000_000_000 } })
    const ids = await meanwhile(world, tab, [{ born: 1_700_000_005_123 }], [{ city: 'Oslo' }])
    expect(await outcomesOf(tab, ids)).toEqual(['accepted'])
  })

  it('of the same moment, or the same address, that somebody else wrote is no conflict either', async () => {
    const { world, tab } = await signedInWorld()
    await world.after(tab.users.update({ born: 1_700_000_000_000 }))
    const ids = await meanwhile(
      world,
      tab,
      [{ born: 5_000 }, { email: 'ann@y.co' }],
      [{ born: 1_700_000_000_400, email: 'ANN@x.co' }],
    )
    expect(await outcomesOf(tab, ids)).toEqual(['accepted', 'accepted'])
  })
})

it('the answer of a login is as old as the login: a page that was frozen hears it late', async () => {
  const world = await makeWorld()
  const id = await world.register('ann@x.co')
  const tab = await world.open()
  world.server.control.rules.add({ match: { path: '/users/login' }, action: { do: 'hold-answer' } })
  const login = tab.users.login('ann@x.co', password)
  await world.quiet()
  await world.server.control.writeUser(id, { name: 'Zoe' })
  world.clock.jump(120_000)
  world.server.control.release()
  await login
  const edit = await world.after(tab.users.update({ name: 'James' }))
  expect(await edit.settled).toMatchObject({ outcome: 'rejected', fault: { reason: 'changed' } })
  expect(onServer(world, { id })).toMatchObject({ name: 'Zoe' })
})

describe('nothing to compare with', () => {
  it('because the user was never read: sent, and said', async () => {
    const world = await makeWorld()
    const id = await world.register('ann@x.co')
    const userToken = await logInElsewhere(world)
    const tab = world.start()
    tab.platform.connectivity.set(false)
    const steps = traced(tab)
    await tab.users.resume({ userToken, objectId: id })
    expect(tab.users.current$.value).toBeUndefined()
    const edit = await tab.users.update({ name: 'James' })
    await world.server.control.writeUser(id, { name: 'Zoe' })
    await world.reconnect(tab)
    expect(await edit.settled).toMatchObject({ outcome: 'accepted', user: { name: 'James', city: 'Rome' } })
    expect(steps.filter(({ type }) => type === 'uncompared')).toMatchObject([{ properties: ['name'] }])
  })

  it('because reading is not permitted: the last writer wins, and that is said once', async () => {
    const { world, tab } = await signedInWorld()
    world.server.control.rules.add({
      match: { method: 'GET', path: '/data/Users/*' },
      times: 'always',
      action: { do: 'fault', code: 1013 },
    })
    for (const name of ['James', 'Jim']) {
      const ids = await meanwhile(world, tab, [{ name }], [{ name: 'Zoe' }])
      expect(await outcomesOf(tab, ids)).toEqual(['accepted'])
    }
    expect(onServer(world, tab)).toMatchObject({ name: 'Jim' })
    // Those that the network did not take apart.
    expect(world.requests.filter(({ route }) => route === 'GET /data/Users/:id')).toHaveLength(1)
    expect(tab.app.status$.value).toMatchObject({ phase: 'idle', faults: 0 })
  })
})
