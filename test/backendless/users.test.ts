/* The user service as its SDKs have it, against a server: login, guest, register, resume, refresh, passwords, description. */
import { describe, expect, it } from 'vitest'
import { FaultError, PendingEditsError } from '../../src/backendless/index.js'
import { logInElsewhere, makeWorld, password, signedInWorld, type Tab } from '../support/world.js'

describe('login', () => {
  it('gives the user, and every stream has it', async () => {
    const world = await makeWorld()
    const id = await world.register('ann@x.co')
    const tab = await world.open()
    expect(tab.users.session$.value).toEqual({ state: 'signed-out' })
    const user = await tab.users.login('ann@x.co', password)
    expect(user).toMatchObject({ objectId: id, email: 'ann@x.co', name: 'Ann', city: 'Rome' })
    expect(user).not.toHaveProperty('user-token')
    expect(user).not.toHaveProperty('password')
    expect(tab.users.current$.value).toEqual(user)
    expect(tab.users.session$.value).toEqual({ state: 'signed-in', userId: id })
    expect(Object.isFrozen(tab.users.current$.value)).toBe(true)
  })

  it('carries no old token, which could be a dead one', async () => {
    const { world, tab } = await signedInWorld()
    await tab.users.login('ann@x.co', password)
    expect(world.requests[0]).toMatchObject({ route: 'POST /users/login', token: null })
  })

  it('rejects with what the backend says', async () => {
    const world = await makeWorld()
    await world.register('ann@x.co')
    const tab = await world.open()
    const error: unknown = await tab.users.login('ann@x.co', 'wrong').catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(FaultError)
    expect(error).toMatchObject({ code: 3003, failure: { kind: 'auth', code: 3003, status: 401 } })
    expect(tab.users.session$.value).toEqual({ state: 'signed-out' })
  })
})

describe('a guest', () => {
  it('has a session, a stored token, and edits like everybody', async () => {
    const world = await makeWorld()
    const tab = await world.open()
    const guest = await tab.users.loginAsGuest()
    expect(guest).toMatchObject({ userStatus: 'GUEST' })
    await world.after(tab.users.update({ name: 'Nobody' }))
    const again = await world.reopen(tab)
    expect(again.users.current$.value).toMatchObject({ objectId: guest.objectId, name: 'Nobody' })
    expect(world.applied(guest.objectId)).toEqual([{ name: 'Nobody' }])
  })

  it('cannot keep edits for a login that there will not be', async () => {
    const world = await makeWorld()
    await world.register('ann@x.co')
    const tab = await world.open()
    await tab.users.loginAsGuest()
    tab.platform.connectivity.set(false)
    await tab.users.update({ name: 'Nobody' })
    const before = world.requests.length
    await expect(tab.users.logout({ pending: 'keep' })).rejects.toBeInstanceOf(PendingEditsError)
    tab.platform.connectivity.set(true)
    world.server.control.rules.add({ match: { method: 'PUT' }, times: 'always', action: { do: 'server-error' } })
    await world.quiet()
    const logins = (): number => world.requests.filter(({ route }) => route === 'POST /users/login').length
    await expect(tab.users.login('ann@x.co', password)).rejects.toMatchObject({ name: 'PendingEditsError', count: 1 })
    await expect(tab.users.loginAsGuest()).rejects.toBeInstanceOf(PendingEditsError)
    expect(logins()).toBe(0)
    expect(world.requests.length).toBeGreaterThanOrEqual(before)
    await tab.users.logout({ pending: 'discard' })
    expect(tab.users.session$.value).toEqual({ state: 'signed-out' })
  })

  it('becomes a user by register(), with account and pending edits', async () => {
    const world = await makeWorld()
    const tab = await world.open()
    const guest = await tab.users.loginAsGuest()
    world.server.control.failNextUpdate({ code: 2002 })
    const edit = await world.after(tab.users.update({ name: 'James' }))
    const user = await tab.users.register({ email: 'ann@x.co', password, city: 'Rome' })
    expect(user).toMatchObject({ objectId: guest.objectId, email: 'ann@x.co', name: 'James' })
    expect(tab.users.session$.value).toEqual({ state: 'signed-in', userId: guest.objectId })
    await world.advance(60_000)
    expect(await edit.settled).toMatchObject({ outcome: 'accepted' })
    expect(JSON.stringify(await world.rows())).not.toContain(password)
    // No guest any more: edits can be kept now.
    tab.platform.connectivity.set(false)
    await tab.users.update({ age: 30 })
    await tab.users.logout({ pending: 'keep' })
  })
})

describe('register', () => {
  it('makes a user and logs nobody in', async () => {
    const world = await makeWorld()
    const tab = await world.open()
    const user = await tab.users.register({ email: 'ann@x.co', password, city: 'Rome' })
    expect(user).toMatchObject({ email: 'ann@x.co' })
    expect(tab.users.session$.value).toEqual({ state: 'signed-out' })
    await expect(tab.users.register({ email: 'ann@x.co', password, city: 'Rome' })).rejects.toMatchObject({
      code: 3033,
    })
  })
})

describe('a property whose name has "password" in it', () => {
  it.each(['Password', 'passwordRepeat'])('is registered by nobody, and saved by no edit: %s', async (name) => {
    const { world, tab } = await signedInWorld()
    const refused = { name: 'InvalidEditError', property: name, value: undefined }
    await expect(
      tab.users.register({ email: 'bob@x.co', password, city: 'Rome', [name]: password }),
    ).rejects.toMatchObject(refused)
    await expect(tab.users.update({ [name]: password } as never)).rejects.toMatchObject(refused)
    await expect(
      tab.users.update((draft) => void ((draft as { [name: string]: unknown })[name] = password)),
    ).rejects.toMatchObject(refused)
    await world.quiet()
    expect(world.requests).toEqual([])
    expect(JSON.stringify(await world.rows())).not.toContain(password)
  })

  it('is kept off the device when the backend answers with a text in it', async () => {
    const world = await makeWorld()
    // As an app in older days registered it.
    await world.register('ann@x.co', { passwordRepeat: password, passwordChangedAt: 5 })
    const tab = await world.open()
    const user = await tab.users.login('ann@x.co', password)
    expect(user).not.toHaveProperty('passwordRepeat')
    expect(user).toMatchObject({ passwordChangedAt: 5 })
    expect(JSON.stringify(await world.rows())).not.toContain(password)
  })
})

describe('resume', () => {
  it('adopts a session of the official SDK, offline too', async () => {
    const world = await makeWorld()
    const id = await world.register('ann@x.co')
    const userToken = await logInElsewhere(world)
    const tab = await world.open()
    tab.platform.connectivity.set(false)
    await tab.users.resume({ userToken, objectId: id })
    expect(tab.users.session$.value).toEqual({ state: 'signed-in', userId: id })
    await tab.users.update({ name: 'James' })
    expect(tab.users.current$.value).toEqual({ name: 'James' })
    await world.reconnect(tab)
    expect(world.applied(id)).toEqual([{ name: 'James' }])
    expect(tab.users.current$.value).toMatchObject({ name: 'James', city: 'Rome' })
  })

  it('brings a token from a store of the app back at each start, offline too, and none is on the device', async () => {
    const world = await makeWorld()
    const id = await world.register('ann@x.co')
    // As docs/webviews.md keeps it in the keychain.
    const kept = JSON.stringify({ userToken: await logInElsewhere(world), objectId: id })
    const startWith = (tab: Tab) => tab.users.resume(JSON.parse(kept), { stayLoggedIn: false })
    const first = await world.open()
    await startWith(first)
    first.platform.connectivity.set(false)
    await first.users.update({ name: 'James' })
    first.kill()

    const again = await world.open()
    again.platform.connectivity.set(false)
    await world.advance(1_000)
    expect(again.users.session$.value).toEqual({ state: 'signed-out' })
    await startWith(again)
    expect(again.users.session$.value).toEqual({ state: 'signed-in', userId: id })
    expect(again.users.current$.value).toMatchObject({ name: 'James' })
    expect(JSON.stringify(await world.rows())).not.toContain(JSON.parse(kept).userToken)
    await world.reconnect(again)
    expect(world.applied(id)).toEqual([{ name: 'James' }])
  })

  it.each([
    ['nothing', undefined],
    ['an empty token', { userToken: '', objectId: 'A' }],
    ['an empty id', { userToken: 'T', objectId: '' }],
    ['an id that is a way up', { userToken: 'T', objectId: '..' }],
    ['a value that is no text', { userToken: 1, objectId: 2 }],
  ])('rejects %s, and begins no session', async (_, session) => {
    const world = await makeWorld()
    const tab = await world.open()
    await expect(tab.users.resume(session as never)).rejects.toThrow(/^resume\(\) takes/)
    expect(tab.users.session$.value).toEqual({ state: 'signed-out' })
  })
})

describe('refresh', () => {
  it('brings what others wrote; pending edits stay over it', async () => {
    const { world, tab } = await signedInWorld()
    world.server.control.failNextUpdate({ code: 2002 })
    await world.after(tab.users.update({ name: 'James' }))
    await world.server.control.writeUser(tab.id, { city: 'Oslo' })
    expect(await tab.users.refresh()).toMatchObject({ name: 'James', city: 'Oslo' })
    expect(tab.users.fields$.value).toEqual({ name: { state: 'pending' } })
  })

  it('happens by itself when the page becomes visible after five minutes, and never while it is hidden', async () => {
    const { world, tab } = await signedInWorld()
    tab.platform.visibility.happen('hide')
    await world.server.control.writeUser(tab.id, { city: 'Oslo' })
    await world.advance(301_000)
    tab.platform.connectivity.set(false)
    await world.reconnect(tab)
    expect(world.requests).toEqual([])
    tab.platform.visibility.happen('show')
    await world.quiet()
    expect(tab.users.current$.value).toMatchObject({ city: 'Oslo' })
    world.requests.length = 0
    tab.platform.visibility.happen('hide')
    tab.platform.visibility.happen('show')
    await world.quiet()
    expect(world.requests).toEqual([])
  })

  it('rejects with what the backend says; a dead token makes the session expire', async () => {
    const { world, tab } = await signedInWorld()
    world.server.control.endSessions({ userId: tab.id })
    await expect(tab.users.refresh()).rejects.toMatchObject({ name: 'FaultError', code: 3064 })
    await world.quiet()
    expect(tab.users.session$.value).toMatchObject({ state: 'expired' })
    await tab.users.logout()
    await expect(tab.users.refresh()).rejects.toMatchObject({ name: 'NotLoggedInError', code: 3028 })
  })
})

describe('changePassword', () => {
  it('changes it, online, and stores nothing', async () => {
    const { world, tab } = await signedInWorld()
    await tab.users.changePassword('another-1')
    await expect(tab.users.login('ann@x.co', password)).rejects.toMatchObject({ code: 3003 })
    await world.after(tab.users.login('ann@x.co', 'another-1'))
    expect(JSON.stringify(await world.rows())).not.toContain('another-1')
  })

  it.each(['lose-answer', 'refuse', 'captive-portal', 'empty-body'] as const)(
    'without an answer rejects with an unknown outcome: %s',
    async (what) => {
      const { world, tab } = await signedInWorld()
      world.server.control.rules.add({ match: { method: 'PUT' }, action: { do: what } })
      await expect(tab.users.changePassword('another-1')).rejects.toMatchObject({
        name: 'FaultError',
        outcome: 'unknown',
      })
      await world.advance(600_000)
      // Never repeated by itself.
      expect(world.updates()).toHaveLength(1)
    },
  )

  it('a refusal is no unknown outcome', async () => {
    const { tab } = await signedInWorld()
    const error: unknown = await tab.users.changePassword('').catch((reason: unknown) => reason)
    expect(error).toMatchObject({ name: 'FaultError', code: 3045 })
    expect((error as FaultError).outcome).toBeUndefined()
    await tab.users.logout()
    await expect(tab.users.changePassword('x')).rejects.toMatchObject({ code: 3028 })
  })
})

describe('the rest', () => {
  it('asks for the recovery mail', async () => {
    const world = await makeWorld()
    await world.register('ann@x.co')
    const tab = await world.open()
    await expect(tab.users.restorePassword('..')).rejects.toMatchObject({ failure: { kind: 'gone' } })
    await tab.users.restorePassword('ann@x.co')
    expect(world.requests.at(-1)?.route).toBe('GET /users/restorepassword/ann%40x.co')
    await expect(tab.users.restorePassword('nobody@x.co')).rejects.toMatchObject({ code: 3020 })
  })

  it('describes the properties of users, offline too', async () => {
    const { world, tab } = await signedInWorld()
    const again = await world.reopen(tab)
    again.platform.connectivity.set(false)
    world.requests.length = 0
    await world.advance(7_200_000)
    const described = await again.users.describe()
    expect(described).toContainEqual(expect.objectContaining({ name: 'email', identity: true }))
    expect(world.requests).toEqual([])
    // Nor does a backend that fails take away what is known.
    await world.reconnect(again)
    world.server.control.rules.add({
      match: { method: 'GET', path: '/users/userclassprops' },
      action: { do: 'server-error' },
    })
    await world.advance(7_200_000)
    world.requests.length = 0
    expect(await again.users.describe()).toEqual(described)
    expect(world.requests.map(({ route }) => route)).toEqual(['GET /users/userclassprops'])
  })
})
