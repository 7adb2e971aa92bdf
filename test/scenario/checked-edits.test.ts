/*
 * The class description and the app's schema refuse, before the save, each edit that the backend is sure to refuse; they
 * refuse nothing else.
 */
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { InvalidEditError } from '../../src/backendless/index.js'
import { makeWorld, offlineWorld, password, signedInWorld, type Tab, type World } from '../support/world.js'

const described = (world: World): number =>
  world.requests.filter(({ route }) => route === 'GET /users/userclassprops').length
const wrong = (tab: Tab, property: string, value: unknown): Promise<unknown> => tab.users.update({ [property]: value })
const hour = 3_600_000

describe('with a description that is young', () => {
  it('a wrong edit is refused at once: nothing is shown, saved or sent', async () => {
    const { world, tab } = await signedInWorld()
    for (const one of [{ city: '' }, { city: null }])
      await expect(tab.users.update(one as never)).rejects.toMatchObject({ property: 'city', code: 3045 })
    await expect(wrong(tab, 'age', 'old')).rejects.toBeInstanceOf(InvalidEditError)
    await expect(wrong(tab, 'born', 'tomorrow')).rejects.toMatchObject({ property: 'born', value: 'tomorrow' })
    await expect(tab.users.update((me) => void (me.city = ''))).rejects.toMatchObject({ property: 'city' })
    await world.quiet()
    expect(tab.users.current$.value).toMatchObject({ city: 'Rome', age: null })
    expect(tab.app.status$.value).toMatchObject({ pending: 0, faults: 0 })
    expect(world.updates()).toEqual([])
  })

  it('a value that the server takes in a form of its own passes, and is accepted', async () => {
    const { world, tab } = await signedInWorld()
    const settled = []
    for (const patch of [{ age: '30' }, { born: '2024-05-01' }, { name: 5 }, { prefs: '{"dark":true}' }, { age: null }])
      settled.push((await tab.users.update(patch as never)).settled)
    await world.quiet()
    expect(await Promise.all(settled)).toMatchObject(settled.map(() => ({ outcome: 'accepted' })))
  })

  it('it is checked after a reload too, and offline, in every tab', async () => {
    const { world, tab } = await signedInWorld()
    const other = await world.open()
    await expect(wrong(other, 'age', 'old')).rejects.toMatchObject({ property: 'age' })
    tab.kill()
    await world.stopServer()
    const again = world.start()
    again.platform.connectivity.set(false)
    await world.quiet()
    await expect(wrong(again, 'age', 'old')).rejects.toMatchObject({ property: 'age' })
  })

  it('an amended fault is checked like any edit, and stays open', async () => {
    const { world, tab } = await signedInWorld()
    world.server.control.failNextUpdate({ code: 3024 })
    world.server.control.rules.add({ match: { method: 'PUT' }, times: 3, action: { do: 'fault', code: 4711 } })
    await tab.users.update({ city: 'Paris' })
    await world.advance(60_000)
    const { fault } = tab.faults[0]!
    await expect(tab.app.faults.amend(fault.id, { city: '' })).rejects.toMatchObject({ property: 'city' })
    expect(tab.app.faults.open$.value).toEqual([fault])
  })
})

describe('against a description older than an hour', () => {
  it('nothing is refused: the edit is saved, and once the backend has answered, the description is fetched anew', async () => {
    const { world, tab } = await offlineWorld()
    world.clock.jump(hour)
    const edit = await world.after(tab.users.update({ city: '' }))
    expect(tab.app.status$.value).toMatchObject({ pending: 1 })
    expect(described(world)).toBe(0)
    await world.reconnect(tab)
    expect(await edit.settled).toMatchObject({ outcome: 'rejected', fault: { code: 3045 } })
    expect(described(world)).toBe(1)
    await expect(tab.users.update({ city: '' })).rejects.toMatchObject({ code: 3045 })
  })

  it('an edit that is taken has it fetched anew as well, once, and the other tabs hear of it', async () => {
    const { world, tab } = await signedInWorld()
    const other = await world.open()
    world.requests.length = 0
    world.clock.jump(hour)
    for (const name of ['A', 'B', 'C']) {
      await world.after(tab.users.update({ name }))
    }
    expect(described(world)).toBe(1)
    await expect(wrong(other, 'age', 'old')).rejects.toMatchObject({ property: 'age' })
    expect(described(world)).toBe(1)
  })

  it('a clock that was set back makes it old, too', async () => {
    const { world, tab } = await offlineWorld()
    world.clock.jump(-2 * hour)
    await tab.users.update({ city: '' })
    expect(tab.app.status$.value).toMatchObject({ pending: 1 })
  })

  it('that the backend does not give any more is asked for by the hour, not with every edit', async () => {
    const { world, tab } = await signedInWorld()
    world.server.control.rules.add({
      match: { path: '/users/userclassprops' },
      times: 'always',
      action: { do: 'fault', code: 1013 },
    })
    world.clock.jump(hour)
    for (const name of ['A', 'B', 'C']) {
      await world.after(tab.users.update({ name }))
    }
    expect(described(world)).toBe(1)
    world.clock.jump(hour)
    await world.after(tab.users.update({ name: 'D' }))
    expect(described(world)).toBe(2)
  })
})

it('before there is a description, nothing is refused', async () => {
  const world = await makeWorld()
  world.server.control.rules.add({ match: { path: '/users/userclassprops' }, action: { do: 'server-error' } })
  const tab = await world.signedIn()
  tab.platform.connectivity.set(false)
  await tab.users.update({ city: '' })
  expect(tab.app.status$.value).toMatchObject({ pending: 1 })
})

it('a fault for a value has the description fetched anew, however young it is', async () => {
  const { world, tab } = await signedInWorld()
  world.server.control.failNextUpdate({ code: 3045 })
  await world.after(tab.users.update({ city: 'Paris' }))
  expect(tab.faults).toHaveLength(1)
  expect(described(world)).toBe(1)
  // A failure that concerns no value says nothing against it.
  world.server.control.failNextUpdate({ code: 3029 })
  await world.after(tab.users.update({ city: 'Paris' }))
  expect(tab.faults).toHaveLength(2)
  expect(described(world)).toBe(1)
})

describe('an unknown property', () => {
  it('is refused at once after a 3031, under any name, in every tab, after a reload and a new login', async () => {
    const world = await makeWorld({ switches: { dynamicSchema: 'reject' } })
    const tab = await world.signedIn()
    const other = await world.open()
    const edit = await world.after(tab.users.update({ nick: 'J' }))
    expect(await edit.settled).toMatchObject({ outcome: 'rejected', fault: { code: 3031, offending: ['nick'] } })
    for (const one of [tab, other]) {
      await expect(wrong(one, 'nick', 'J')).rejects.toMatchObject({ property: 'nick', code: 3031 })
      await expect(wrong(one, 'hobby', 'chess')).rejects.toMatchObject({
        property: 'hobby',
        value: 'chess',
        code: 3031,
      })
    }
    await tab.users.logout({ pending: 'keep' })
    await tab.users.login('ann@x.co', password)
    for (const one of [tab, other]) one.kill()
    const again = await world.open()
    await expect(wrong(again, 'hobby', 'chess')).rejects.toMatchObject({ code: 3031 })
    const known = await world.after(again.users.update({ name: 'James' }))
    expect(await known.settled).toMatchObject({ outcome: 'accepted' })
  })

  it('is let through again when the description has what was refused', async () => {
    const world = await makeWorld({ switches: { dynamicSchema: 'reject' } })
    const tab = await world.signedIn()
    await world.after(tab.users.update({ nick: 'J' }))
    await expect(wrong(tab, 'hobby', 'chess')).rejects.toMatchObject({ code: 3031 })
    world.server.control.setSwitches({ dynamicSchema: 'on' })
    await world.server.control.writeUser(tab.id, { nick: 'Annie' })
    world.clock.jump(hour)
    await tab.users.describe()
    await tab.users.refresh()
    await tab.users.update({ nick: 'J' })
    await world.after(wrong(tab, 'hobby', 'chess'))
    expect(tab.faults).toHaveLength(1)
    expect(world.server.control.readUser({ id: tab.id })).toMatchObject({ nick: 'J', hobby: 'chess' })
  })

  it('is let through again when another one was stored', async () => {
    const world = await makeWorld({ switches: { dynamicSchema: 'reject' } })
    const tab = await world.signedIn()
    await world.after(tab.users.update({ nick: 'J' }))
    world.server.control.setSwitches({ dynamicSchema: 'on' })
    world.clock.jump(hour)
    const tried = (await wrong(tab, 'hobby', 'chess')) as { settled: Promise<unknown> }
    await world.quiet()
    expect(await tried.settled).toMatchObject({ outcome: 'accepted' })
    const edit = await world.after(tab.users.update({ nick: 'J' }))
    expect(await edit.settled).toMatchObject({ outcome: 'accepted', user: { nick: 'J' } })
  })

  it('that was left out in silence is refused at once by its name, and another one is not', async () => {
    const world = await makeWorld()
    world.server.control.setSaving({ drop: ['nick'] })
    const tab = await world.signedIn()
    const edit = await world.after(tab.users.update({ nick: 'J' }))
    expect(await edit.settled).toMatchObject({ outcome: 'rejected', fault: { code: 3031, reason: 'not-stored' } })
    await expect(wrong(tab, 'nick', 'J')).rejects.toMatchObject({ code: 3031 })
    const other = (await wrong(tab, 'hobby', 'chess')) as { settled: Promise<unknown> }
    await world.quiet()
    expect(await other.settled).toMatchObject({ outcome: 'accepted' })
  })
})

describe('with a schema', () => {
  const schema = v.object({
    objectId: v.string(),
    email: v.pipe(v.string(), v.email('no e-mail address')),
    name: v.nullable(v.pipe(v.string(), v.minLength(2, 'too short'))),
  })

  it('a wrong edit is refused at once, a fault that is amended too; values go out as the app gave them', async () => {
    const { world, tab } = await signedInWorld({ schema } as object)
    await expect(tab.users.update({ name: 'J' })).rejects.toMatchObject({ property: 'name', rule: 'too short' })
    world.server.control.failNextUpdate({ code: 3045 })
    await world.after(tab.users.update({ name: 'James' }))
    const { id } = tab.faults[0]!.fault
    await expect(tab.app.faults.amend(id, { name: 'J' })).rejects.toMatchObject({ rule: 'too short' })
    await world.after(tab.app.faults.amend(id, { name: ' Bo ' }))
    expect(world.updates().at(-1)).toEqual({ name: ' Bo ' })
  })
})
