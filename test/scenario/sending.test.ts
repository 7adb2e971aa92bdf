/*
 * The sent requests: only the changes, one request at a time a record, pending edits composed, and halved when refused (R6,
 * G4).
 */
import { describe, expect, it } from 'vitest'
import { backendlessEndpoint } from '../../src/backendless/endpoint.js'
import { openClient } from '../../src/index.js'
import {
  logInElsewhere,
  makeWorld,
  type Me,
  outcomesOf,
  signedInWorld,
  type Tab,
  type World,
} from '../support/world.js'

const onUpdate = { method: 'PUT', path: '/users/*' } as const

type MyPatch = { [P in keyof Me]?: Me[P] | null }

async function queue(tab: Tab, patches: readonly MyPatch[]): Promise<string[]> {
  tab.platform.connectivity.set(false)
  const ids: string[] = []
  for (const patch of patches) ids.push((await tab.users.update(patch as { name: string })).id)
  return ids
}

async function release(world: World, tab: Tab): Promise<void> {
  tab.platform.connectivity.set(true)
  await world.advance(60_000)
}

it('a request carries what changed and nothing else', async () => {
  const { world, tab } = await signedInWorld()
  await tab.users.update((me) => {
    me.name = 'James'
  })
  await world.quiet()
  await world.after(tab.users.update({ age: 30, prefs: null }))
  // `prefs` was null already: there is nothing to send of it.
  expect(world.updates()).toEqual([{ name: 'James' }, { age: 30 }])
})

it('sends nothing for a value that the backend has already', async () => {
  const { world, tab } = await signedInWorld()
  const edit = await world.after(tab.users.update({ name: 'Ann' }))
  expect(await edit.settled).toMatchObject({ outcome: 'accepted' })
  expect(world.updates()).toEqual([])
  // Another case or other spaces are an edit.
  await world.after(tab.users.update({ name: 'ann' }))
  await world.after(tab.users.update({ name: 'ann ' }))
  expect(world.updates()).toEqual([{ name: 'ann' }, { name: 'ann ' }])
})

it('sends one request at a time, and what is saved meanwhile together in the next', async () => {
  const { world, tab } = await signedInWorld()
  world.server.control.rules.add({ match: onUpdate, action: { do: 'hold' } })
  await world.after(tab.users.update({ name: 'A' }))
  await tab.users.update({ name: 'B' })
  await tab.users.update({ age: 1 })
  await world.after(tab.users.update({ name: 'C' }))
  expect(world.updates()).toEqual([{ name: 'A' }])
  world.server.control.release()
  await world.quiet()
  expect(world.updates()).toEqual([{ age: 1, name: 'C' }])
  expect(world.server.control.requests.list().every(({ overlapping }) => overlapping === 0)).toBe(true)
})

it('composes what is pending: later values win, and everything settles', async () => {
  const { world, tab } = await signedInWorld()
  const ids = await queue(tab, [
    { name: 'J' },
    { name: 'Ja', age: 1 },
    { city: 'Paris' },
    { name: 'James' },
    { age: null },
  ])
  await release(world, tab)
  // `age` is as it was in the end.
  expect(world.updates()).toEqual([{ city: 'Paris', name: 'James' }])
  expect(await outcomesOf(tab, ids)).toEqual(ids.map(() => 'accepted'))
})

describe('a refused composition', () => {
  it('loses every guilty edit and no other', async () => {
    const { world, tab } = await signedInWorld()
    await world.register('bo@x.co')
    world.outdate()
    const ids = await queue(tab, [
      { name: 'James' },
      { city: '' },
      { age: 30 },
      { email: 'bo@x.co' },
      { born: 1_000 },
      { prefs: { dark: true } },
    ])
    await release(world, tab)
    expect(await outcomesOf(tab, ids)).toEqual(['accepted', 'rejected', 'accepted', 'rejected', 'accepted', 'accepted'])
    expect(tab.faults.map(({ fault }) => [fault.code, fault.properties])).toEqual([
      [3045, ['city']],
      [3018, ['email']],
    ])
    expect(tab.users.current$.value).toMatchObject({
      name: 'James',
      city: 'Rome',
      age: 30,
      email: 'ann@x.co',
      born: 1_000,
      prefs: { dark: true },
    })
    // Older half first, and each good edit is applied once, in order.
    expect(world.updates()[1]).toEqual({ name: 'James', city: '', age: 30 })
    expect(world.applied(tab.id).flatMap((applied) => Object.keys(applied))).toEqual(['name', 'age', 'born', 'prefs'])
  })

  it('never sends a value that a later edit covers: nobody meant the typo', async () => {
    const { world, tab } = await signedInWorld()
    await world.register('ann@y.c')
    world.outdate()
    const ids = await queue(tab, [{ email: 'ann@y.c' }, { city: '' }, { email: 'ann@y.co' }])
    await release(world, tab)
    expect(await outcomesOf(tab, ids)).toEqual(['accepted', 'rejected', 'accepted'])
    expect(JSON.stringify(world.updates())).not.toContain('"ann@y.c"')
    expect(world.server.control.readUser({ id: tab.id })).toMatchObject({ email: 'ann@y.co', city: 'Rome' })
  })

  it('sends a covered edit after all when its cover is refused', async () => {
    const { world, tab } = await signedInWorld()
    world.outdate()
    const ids = await queue(tab, [
      { name: 'James', age: 30 },
      { name: 'Jim', city: '' },
    ])
    await release(world, tab)
    expect(await outcomesOf(tab, ids)).toEqual(['accepted', 'rejected'])
    expect(tab.faults[0]!.fault).toMatchObject({
      code: 3045,
      properties: ['name', 'city'],
      mine: { name: 'Jim', city: '' },
    })
    expect(tab.users.current$.value).toMatchObject({ name: 'James', age: 30, city: 'Rome' })
    expect(world.server.control.readUser({ id: tab.id })).toMatchObject({ name: 'James', age: 30 })
  })

  it('goes on where it was after a kill', async () => {
    const { world, tab } = await signedInWorld()
    world.outdate()
    const ids = await queue(tab, [{ name: 'James' }, { city: '' }, { age: 30 }, { born: 1_000 }])
    world.server.control.rules.add({ match: onUpdate, after: 2, action: { do: 'hold' } })
    await world.reconnect(tab)
    tab.kill()
    world.server.control.release()
    const again = await world.open()
    await world.advance(120_000)
    expect(await outcomesOf(again, ids)).toEqual(['accepted', 'rejected', 'accepted', 'accepted'])
    expect(again.users.current$.value).toMatchObject({ name: 'James', city: 'Rome', age: 30, born: 1_000 })
  })
})

describe('when somebody else wrote meanwhile', () => {
  it('the same property: a conflict, with what it was, mine and theirs', async () => {
    const { world, tab } = await signedInWorld()
    const [id] = await queue(tab, [{ name: 'James' }])
    await world.server.control.writeUser(tab.id, { name: 'Zoe', city: 'Oslo' })
    await world.advance(61_000)
    await release(world, tab)
    expect(await tab.app.settlement(id!)).toMatchObject({
      outcome: 'rejected',
      fault: {
        kind: 'conflict',
        reason: 'changed',
        properties: ['name'],
        offending: ['name'],
        base: { name: 'Ann' },
        mine: { name: 'James' },
        theirs: { name: 'Zoe' },
      },
    })
    expect(world.updates()).toEqual([])
    expect(tab.users.current$.value).toMatchObject({ name: 'Zoe', city: 'Oslo' })
  })

  it('another property: both stay', async () => {
    const { world, tab } = await signedInWorld()
    const ids = await queue(tab, [{ name: 'James' }])
    await world.server.control.writeUser(tab.id, { city: 'Oslo' })
    await world.advance(61_000)
    await release(world, tab)
    expect(await outcomesOf(tab, ids)).toEqual(['accepted'])
    expect(tab.users.current$.value).toMatchObject({ name: 'James', city: 'Oslo' })
  })

  it('the same value: accepted, and not sent', async () => {
    const { world, tab } = await signedInWorld()
    const ids = await queue(tab, [{ name: 'James' }])
    await world.server.control.writeUser(tab.id, { name: 'James' })
    await world.advance(61_000)
    await release(world, tab)
    expect(await outcomesOf(tab, ids)).toEqual(['accepted'])
    expect(world.updates()).toEqual([])
  })

  it('the same property, and the app resolves it', async () => {
    const { world, tab } = await signedInWorld({
      resolve: ({ base, mine, theirs }) => JSON.stringify([base, mine, theirs]),
    })
    const ids = await queue(tab, [{ name: 'James' }])
    await world.server.control.writeUser(tab.id, { name: 'Zoe' })
    await world.advance(61_000)
    await release(world, tab)
    expect(await outcomesOf(tab, ids)).toEqual(['accepted'])
    expect(tab.users.current$.value).toMatchObject({ name: '["Ann","James","Zoe"]' })
  })

  it('the same property, and the last writer wins', async () => {
    const { world, tab } = await signedInWorld({ conflicts: 'overwrite' })
    const ids = await queue(tab, [{ name: 'James' }])
    await world.server.control.writeUser(tab.id, { name: 'Zoe' })
    await world.advance(61_000)
    await release(world, tab)
    expect(await outcomesOf(tab, ids)).toEqual(['accepted'])
    expect(world.requests.map(({ route }) => route)).not.toContain('GET /data/Users/:id')
  })

  it('the ancestor stays the value that the user saw, through every read while the edit waits', async () => {
    const { world, tab } = await signedInWorld()
    world.server.control.rules.add({ match: onUpdate, times: 'always', action: { do: 'server-error' } })
    const edit = await world.after(tab.users.update({ name: 'James' }))
    await world.server.control.writeUser(tab.id, { name: 'Zoe' })
    await tab.users.refresh()
    expect(tab.users.current$.value).toMatchObject({ name: 'James' })
    world.server.control.rules.clear()
    await world.advance(60_000)
    expect(await edit.settled).toMatchObject({
      outcome: 'rejected',
      fault: { base: { name: 'Ann' }, theirs: { name: 'Zoe' } },
    })
  })
})

describe('several records', () => {
  it("one record's trouble never stops another's, and order holds within each", async () => {
    const world = await makeWorld({ switches: { multipleLogins: 'on' } })
    const tab = await world.signedIn()
    const ids = [tab.id, ...(await Promise.all(['b', 'c', 'd'].map((name) => world.register(`${name}@x.co`))))]
    const { server } = world
    const endpoint = backendlessEndpoint({ appId: server.appId, apiKey: server.apiKey, baseUrl: server.url })
    const client = openClient({ database: 'several', endpoints: { users: endpoint }, platform: tab.platform })
    await client.session.use('ann', { token: await logInElsewhere(world) })
    tab.platform.connectivity.set(false)
    const settled = []
    for (const name of ['1', '2'])
      for (const id of ids) settled.push((await client.record('users', id).update({ name, age: Number(name) })).settled)
    server.control.rules.add({
      match: { method: 'PUT', path: `/users/${ids[1]!}` },
      times: 'always',
      action: { do: 'server-error' },
    })
    server.control.removeUser(ids[2]!)
    tab.platform.connectivity.set(true)
    await world.advance(600_000)
    expect(client.status$.value).toMatchObject({ pending: 2, faults: 1 })
    for (const id of [ids[0]!, ids[3]!]) expect(server.control.readUser({ id })).toMatchObject({ name: '2', age: 2 })
    server.control.rules.clear()
    await world.advance(600_000)
    expect(client.status$.value).toMatchObject({ pending: 0, faults: 1 })
    const ends = (await Promise.all(settled)).map(({ outcome }) => outcome)
    expect(ends.map((outcome, index) => (index % 4 === 2 ? outcome === 'rejected' : outcome === 'accepted'))).toEqual(
      ends.map(() => true),
    )
    await client.close()
  })

  it('two that have server trouble make all wait, and one at a time is tried', async () => {
    const world = await makeWorld({ switches: { multipleLogins: 'on' } })
    const tab = await world.signedIn()
    const ids = await Promise.all(['b', 'c', 'd', 'e', 'f'].map((name) => world.register(`${name}@x.co`)))
    const { server } = world
    const endpoint = backendlessEndpoint({ appId: server.appId, apiKey: server.apiKey, baseUrl: server.url })
    const client = openClient({
      database: 'several',
      conflicts: 'overwrite',
      endpoints: { users: endpoint },
      platform: tab.platform,
    })
    await world.after(client.session.use('ann', { token: await logInElsewhere(world) }))
    server.control.rules.add({ match: onUpdate, times: 'always', action: { do: 'server-error' } })
    await world.after(Promise.all(ids.map((id) => client.record('users', id).update({ name: 'J' }))))
    const before = world.updates().length
    expect(before).toBeLessThanOrEqual(ids.length)
    await world.advance(3_600_000)
    // Of one record after the other, at most every few minutes in the end.
    expect(world.updates().length).toBeLessThan(60)
    server.control.rules.clear()
    await world.advance(600_000)
    expect(client.status$.value).toMatchObject({ phase: 'idle', pending: 0, faults: 0 })
    await client.close()
  })
})
