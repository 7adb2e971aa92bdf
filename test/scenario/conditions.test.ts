/* The documented conditions of an update, over real HTTP: what is held, what is rolled back, what the fault says. */
import { describe, expect, it } from 'vitest'
import { newest } from '../support/newest.js'
import {
  logInElsewhere,
  makeWorld,
  outcomesOf,
  password,
  signedInWorld,
  type Tab,
  type World,
} from '../support/world.js'

/** Makes the edits without a network, so that they go out together, and lets them. */
async function sendTogether(world: World, tab: Tab, patches: readonly object[]): Promise<string[]> {
  const ids: string[] = []
  tab.platform.connectivity.set(false)
  for (const patch of patches) ids.push((await tab.users.update(patch, { meta: { made: ids.length } })).id)
  tab.platform.connectivity.set(true)
  await world.advance(60_000)
  return ids
}

describe('a refusal of one edit rolls back that one and keeps the rest', () => {
  it('3018: the identity belongs to another user', async () => {
    const { world, tab } = await signedInWorld()
    await world.register('bo@x.co')
    const ids = await sendTogether(world, tab, [{ name: 'James' }, { email: 'bo@x.co' }, { age: 30 }])
    expect(await outcomesOf(tab, ids)).toEqual(['accepted', 'rejected', 'accepted'])
    expect(tab.faults).toEqual([
      {
        replayed: false,
        fault: {
          id: expect.any(String),
          editIds: [ids[1]],
          kind: 'conflict',
          reason: 'taken',
          code: 3018,
          status: 400,
          message: expect.stringContaining('bo@x.co'),
          collection: 'users',
          recordId: tab.id,
          properties: ['email'],
          offending: ['email'],
          stored: [],
          base: { email: 'ann@x.co' },
          mine: { email: 'bo@x.co' },
          theirs: { email: 'ann@x.co' },
          meta: { made: 1 },
          attempts: expect.any(Number),
          atMs: expect.any(Number),
          op: 'update',
          view: expect.objectContaining({ objectId: tab.id, email: 'bo@x.co' }),
        },
      },
    ])
    expect(tab.users.current$.value).toMatchObject({ email: 'ann@x.co', name: 'James', age: 30 })
    expect(tab.users.fields$.value).toEqual({ email: { state: 'refused', fault: tab.faults[0]!.fault } })
    expect(tab.app.status$.value).toMatchObject({ phase: 'idle', pending: 0, faults: 1, sent: 3, total: 3 })
    expect(world.server.control.readUser({ id: tab.id })).toMatchObject({ email: 'ann@x.co', name: 'James', age: 30 })
  })

  it('3045: a required property is empty', async () => {
    const { world, tab } = await signedInWorld()
    world.outdate()
    const ids = await sendTogether(world, tab, [{ city: '' }, { name: 'James' }])
    expect(await outcomesOf(tab, ids)).toEqual(['rejected', 'accepted'])
    expect(tab.faults.map(({ fault }) => fault)).toMatchObject([
      {
        kind: 'validation',
        code: 3045,
        properties: ['city'],
        offending: ['city'],
        base: { city: 'Rome' },
        mine: { city: '' },
      },
    ])
    expect(tab.users.current$.value).toMatchObject({ city: 'Rome', name: 'James' })
  })

  it('3045: one of several properties of an edit is empty, and all of the edit is rolled back', async () => {
    const { world, tab } = await signedInWorld()
    world.outdate()
    await sendTogether(world, tab, [{ city: null, name: 'James' }])
    expect(tab.faults.map(({ fault }) => fault)).toMatchObject([
      {
        code: 3045,
        properties: ['city', 'name'],
        offending: ['city'],
        stored: [],
        mine: { city: null, name: 'James' },
      },
    ])
    expect(tab.users.current$.value).toMatchObject({ city: 'Rome', name: 'Ann' })
  })

  it('3031: a new property while dynamic definition is off', async () => {
    const world = await makeWorld({ switches: { dynamicSchema: 'reject' } })
    const tab = await world.signedIn()
    const ids = await sendTogether(world, tab, [{ nick: 'J' }, { name: 'James' }])
    expect(await outcomesOf(tab, ids)).toEqual(['rejected', 'accepted'])
    expect(tab.faults.map(({ fault }) => fault)).toMatchObject([
      {
        kind: 'validation',
        code: 3031,
        properties: ['nick'],
        offending: ['nick'],
        base: { nick: null },
        mine: { nick: 'J' },
      },
    ])
    expect(tab.users.current$.value).not.toHaveProperty('nick')
  })

  it('3024: a general failure that stays, after three tries', async () => {
    const { world, tab } = await signedInWorld()
    const edit = await tab.users.update({ 'not a name': 1 } as object)
    await world.advance(60_000)
    expect(world.updates()).toHaveLength(3)
    expect(await edit.settled).toMatchObject({
      outcome: 'rejected',
      fault: { kind: 'other', code: 3024, properties: ['not a name'], offending: [], attempts: 3 },
    })
    expect(tab.users.current$.value).not.toHaveProperty('not a name')
  })

  it('3024: a general failure that passes, which is none', async () => {
    const { world, tab } = await signedInWorld()
    world.server.control.failNextUpdate({ code: 3024 })
    world.server.control.failNextUpdate({ code: 3024 })
    const edit = await world.after(tab.users.update({ name: 'James' }))
    expect(tab.app.status$.value).toMatchObject({ phase: 'waiting', pending: 1, faults: 0 })
    await world.advance(10_000)
    expect(await edit.settled).toMatchObject({ outcome: 'accepted' })
  })

  it('3024: each half of a refused composition has three tries of its own', async () => {
    const { world, tab } = await signedInWorld()
    for (let times = 0; times < 5; times++) world.server.control.failNextUpdate({ code: 3024 })
    const ids = await sendTogether(world, tab, [{ name: 'James' }, { age: 30 }])
    expect(world.updates().slice(0, 7)).toEqual([
      { name: 'James', age: 30 },
      { name: 'James', age: 30 },
      { name: 'James', age: 30 },
      { name: 'James' },
      { name: 'James' },
      { name: 'James' },
      { age: 30 },
    ])
    expect(await outcomesOf(tab, ids)).toEqual(['accepted', 'accepted'])
  })

  it('3029: the properties of another user', async () => {
    const world = await makeWorld({ switches: { otherUsers: 'forbid', multipleLogins: 'on' } })
    const tab = await world.signedIn()
    const other = await world.register('bo@x.co', { name: 'Bo' })
    // The pair is taken on trust; the backend knows better.
    const token = await logInElsewhere(world)
    await world.after(tab.users.resume({ userToken: token, objectId: other }))
    const edit = await tab.users.update({ name: 'James' })
    await world.advance(10_000)
    expect(await edit.settled).toMatchObject({
      outcome: 'rejected',
      fault: { kind: 'forbidden', code: 3029, recordId: other, properties: ['name'], base: { name: 'Bo' } },
    })
    expect(tab.users.current$.value).toMatchObject({ name: 'Bo' })
  })

  it('3030: no such user: the whole lane, in one fault', async () => {
    const { world, tab } = await signedInWorld()
    world.server.control.removeUser(tab.id)
    const ids = await sendTogether(world, tab, [{ name: 'James' }, { age: 30 }, { name: 'Jim' }])
    expect(await outcomesOf(tab, ids)).toEqual(['rejected', 'rejected', 'rejected'])
    expect(tab.faults.map(({ fault }) => fault)).toMatchObject([
      {
        kind: 'gone',
        code: 3030,
        editIds: ids,
        properties: ['name', 'age'],
        mine: { name: 'Jim', age: 30 },
        base: { name: 'Ann' },
      },
    ])
    expect(tab.users.current$.value).toMatchObject({ name: 'Ann', age: null })
  })

  it('a code that nobody has seen is a fault; it neither loops nor is dropped', async () => {
    const { world, tab } = await signedInWorld()
    world.server.control.failNextUpdate({
      code: 987_654,
      message: 'Only on weekdays',
      status: 418,
      errorData: { day: 6 },
    })
    const edit = await tab.users.update({ name: 'James' })
    await world.advance(60_000)
    expect(await edit.settled).toMatchObject({
      outcome: 'rejected',
      fault: { kind: 'other', code: 987_654, status: 418, message: 'Only on weekdays', details: { day: 6 } },
    })
    expect(world.updates()).toHaveLength(1)
  })

  it('an app can say what a code means', async () => {
    const { world, tab } = await signedInWorld({ faultKinds: { 987_654: 'busy' } })
    world.server.control.failNextUpdate({ code: 987_654 })
    const edit = await tab.users.update({ name: 'James' })
    await world.advance(60_000)
    expect(await edit.settled).toMatchObject({ outcome: 'accepted' })
  })
})

describe('a failure that no edit is guilty of holds the queue', () => {
  it('2002: wrong application id or key: nothing is lost, and sending goes on by itself once it is mended', async () => {
    const { world, tab: first } = await signedInWorld()
    first.platform.connectivity.set(false)
    const { id } = await first.users.update({ name: 'James' })
    const tab = await world.reopen(first, { apiKey: 'wrong-key' })
    expect(tab.app.status$.value).toMatchObject({
      phase: 'held',
      pending: 1,
      faults: 0,
      failure: { kind: 'configuration', code: 2002 },
    })
    const pending = newest(tab.app.pending$)
    await world.quiet()
    expect(pending()).toMatchObject([{ id, state: 'held', attempts: 0 }])
    expect(tab.users.current$.value).toMatchObject({ name: 'James' })
    await tab.users.update({ age: 30 })

    const before = world.requests.length
    await world.advance(14 * 60_000)
    expect(world.requests.length).toBe(before)
    await world.advance(60_000)
    expect(world.requests.length).toBeGreaterThan(before)
    expect(tab.app.status$.value).toMatchObject({ phase: 'held', pending: 2 })
    expect(await tab.app.flush()).toMatchObject({ phase: 'held', pending: 2 })
    tab.kill()

    const mended = await world.open()
    await world.advance(60_000)
    expect(await mended.app.settlement(id)).toMatchObject({ outcome: 'accepted' })
    expect(mended.app.status$.value).toMatchObject({ phase: 'idle', pending: 0, faults: 0 })
  })

  it('2002 that is mended at the backend is over within 15 minutes', async () => {
    const { world, tab } = await signedInWorld()
    world.server.control.failNextUpdate({ code: 2002 })
    const edit = await world.after(tab.users.update({ name: 'James' }))
    expect(tab.app.status$.value.phase).toBe('held')
    await world.advance(15 * 60_000)
    expect(await edit.settled).toMatchObject({ outcome: 'accepted' })
    expect(tab.app.status$.value).not.toHaveProperty('failure')
  })

  it('3028: not logged in: the account is held, and goes on after a login', async () => {
    const { world, tab } = await signedInWorld()
    world.server.control.failNextUpdate({ code: 3028, message: 'Not logged in' })
    const edit = await world.after(tab.users.update({ name: 'James' }))
    expect(tab.users.session$.value).toMatchObject({ state: 'expired', userId: tab.id, failure: { code: 3028 } })
    expect(tab.app.status$.value).toMatchObject({
      phase: 'needs-login',
      pending: 1,
      failure: { kind: 'auth', code: 3028 },
    })
    await tab.users.update({ age: 30 })
    await world.advance(3_600_000)
    expect(world.updates()).toEqual([{ name: 'James' }])

    await world.after(tab.users.login('ann@x.co', password))
    expect(await edit.settled).toMatchObject({ outcome: 'accepted', user: { name: 'James' } })
    expect(world.applied(tab.id).at(-1)).toEqual({ name: 'James', age: 30 })
    expect(tab.app.status$.value).toMatchObject({ phase: 'idle', pending: 0, faults: 0 })
  })
})

describe('a good reply is looked at', () => {
  it('a property that it shows as not stored is a 3031 fault', async () => {
    const world = await makeWorld({ switches: { dynamicSchema: 'drop' } })
    const tab = await world.signedIn()
    const ids = await sendTogether(world, tab, [{ nick: 'J' }, { name: 'James' }])
    expect(await outcomesOf(tab, ids)).toEqual(['rejected', 'accepted'])
    expect(world.updates()).toEqual([{ nick: 'J', name: 'James' }])
    expect(tab.faults.map(({ fault }) => fault)).toMatchObject([
      {
        kind: 'validation',
        reason: 'not-stored',
        code: 3031,
        properties: ['nick'],
        offending: ['nick'],
        mine: { nick: 'J' },
      },
    ])
    expect(tab.users.current$.value).not.toHaveProperty('nick')
    expect(tab.users.current$.value).toMatchObject({ name: 'James' })
  })

  it('an edit that is stored in part is rejected, and says what is stored', async () => {
    const { world, tab } = await signedInWorld()
    world.server.control.setSaving({ drop: ['age'] })
    const edit = await world.after(tab.users.update({ name: 'James', age: 30 }))
    expect(await edit.settled).toMatchObject({
      outcome: 'rejected',
      fault: {
        code: 3031,
        properties: ['age'],
        offending: ['age'],
        stored: ['name'],
        mine: { age: 30 },
        theirs: { age: null },
      },
    })
    expect(tab.users.current$.value).toMatchObject({ name: 'James', age: null })

    // Again starts from what is not stored.
    world.server.control.setSaving({ drop: [] })
    world.updates()
    const again = await world.after(tab.app.faults.retry(tab.faults[0]!.fault.id))
    expect(world.updates()).toEqual([{ age: 30 }])
    expect(await again.settled).toMatchObject({ outcome: 'accepted', user: { name: 'James', age: 30 } })
  })

  it('a value in the form that the backend gave it is an acceptance, and that form is shown from then on', async () => {
    const { world, tab } = await signedInWorld()
    world.server.control.setSaving({
      normalise: { name: ['trim'], email: ['lower-case'], born: ['seconds'], city: ['lower-case'] },
    })
    const patch = { name: ' James ', email: 'James@X.co', born: 1_700_000_000_123, city: 'PARIS' }
    const edit = await tab.users.update(patch)
    expect(tab.users.current$.value).toMatchObject(patch)
    await world.quiet()
    const stored = { name: 'James', email: 'james@x.co', born: 1_700_000_000_000, city: 'paris' }
    expect(await edit.settled).toMatchObject({ outcome: 'accepted', user: stored })
    expect(tab.users.current$.value).toMatchObject(stored)
    expect(tab.faults).toEqual([])

    // The stored form is the base: an edit made on it meets no conflict.
    const next = await world.after(tab.users.update({ name: 'Jim' }))
    expect(await next.settled).toMatchObject({ outcome: 'accepted' })
  })

  it('a 200 with a fault in it is a refusal', async () => {
    const { world, tab } = await signedInWorld()
    world.server.control.failNextUpdate({ code: 3045, status: 200 })
    const edit = await world.after(tab.users.update({ name: 'James' }))
    expect(await edit.settled).toMatchObject({ outcome: 'rejected', fault: { code: 3045, status: 200 } })
  })
})
