/* Of the calls that say who is logged in, in all tabs, the one that was made last decides, with any answer (R14). */
import { describe, expect, it } from 'vitest'
import { isHoldfastError, SupersededError } from '../../src/backendless/index.js'
import { logInElsewhere, makeWorld, password, type Tab, type World } from '../support/world.js'

const superseded = { name: 'SupersededError' }

interface Place {
  world: World
  ann: string
  bob: string
  tab: Tab
  other: Tab
  /** The answer to the next such request waits for `release`. */
  hold(method: string, path: string, times?: number): void
  release(): Promise<void>
  /** Whether the server still takes this token. */
  lives(token: string | null | undefined): Promise<boolean>
}

/** Ann and Bob have accounts; nobody is logged in. With `tabs` 1, `other` is the same tab. */
async function place(tabs: 1 | 2, multipleLogins: 'on' | 'off' = 'on'): Promise<Place> {
  const world = await makeWorld({ switches: { multipleLogins } })
  const ann = await world.register('ann@x.co')
  const bob = await world.register('bob@x.co', { name: 'Bob' })
  const tab = await world.open()
  const other = tabs === 1 ? tab : await world.open()
  return {
    world,
    ann,
    bob,
    tab,
    other,
    hold(method, path, times = 1) {
      world.server.control.rules.add({ match: { method, path }, action: { do: 'hold-answer' }, times })
    },
    async release() {
      world.server.control.release()
      await world.quiet()
    },
    async lives(token) {
      return (await (await fetch(`${world.server.apiRoot}/users/isvalidusertoken/${token}`)).json()) as boolean
    },
  }
}

/** Its end is looked at later. */
function late<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {})
  return promise
}

/** The tokens that were logged out, in order. */
function ended({ requests }: World): (string | null)[] {
  return requests.filter(({ route }) => route === 'GET /users/logout').map(({ token }) => token)
}

describe.each([
  ['one tab', 1],
  ['two tabs', 2],
] as const)('in %s', (_, tabs) => {
  it('a login whose answer comes after a later one leaves that one, and its session is ended at the backend', async () => {
    const { world, ann, bob, tab, other, hold, release, lives } = await place(tabs)
    hold('POST', '/users/login')
    const anns = late(tab.users.login('ann@x.co', password))
    await world.quiet()
    expect(await other.users.login('bob@x.co', password)).toMatchObject({ objectId: bob })
    await world.quiet()
    const seen: unknown[] = []
    for (const one of [tab, other]) one.users.current$.subscribe((me) => seen.push(me?.objectId))
    world.requests.length = 0
    await release()
    await expect(anns).rejects.toMatchObject(superseded)
    expect(new Set(seen)).toEqual(new Set([bob]))
    const [token] = ended(world)
    expect(await lives(token)).toBe(false)
    await tab.users.update({ city: 'Oslo' })
    await world.advance(2_000)
    expect(world.applied(bob)).toEqual([{ city: 'Oslo' }])
    expect(world.applied(ann)).toEqual([])
    expect(ended(world)).toEqual([token])
  })

  it('a login whose answer comes after a logout leaves everybody signed out', async () => {
    const { world, tab, other, hold, release, lives } = await place(tabs)
    hold('POST', '/users/login')
    const anns = late(tab.users.login('ann@x.co', password))
    await world.quiet()
    await other.users.logout()
    await release()
    await expect(anns).rejects.toBeInstanceOf(SupersededError)
    for (const one of [tab, other]) expect(one.users.session$.value).toEqual({ state: 'signed-out' })
    expect(JSON.stringify(await world.rows())).not.toContain('ann@x.co')
    expect(ended(world)).toHaveLength(1)
    expect(await lives(ended(world)[0])).toBe(false)
  })

  it('of two logins of one account, the first answer that comes last leaves no dead token', async () => {
    const { world, ann, tab, other, hold, release } = await place(tabs, 'off')
    hold('POST', '/users/login')
    const first = late(tab.users.login('ann@x.co', password))
    await world.quiet()
    // It ends the session of the first one, as the service has it by default.
    await other.users.login('ann@x.co', password)
    await release()
    await expect(first).rejects.toMatchObject(superseded)
    await tab.users.update({ city: 'Oslo' })
    await world.advance(2_000)
    expect(world.applied(ann)).toEqual([{ city: 'Oslo' }])
    for (const one of [tab, other]) expect(one.users.session$.value).toEqual({ state: 'signed-in', userId: ann })
  })

  it('a login is overtaken by a later one that is refused too: nobody else is logged in by that', async () => {
    const { world, ann, tab, other, hold, release } = await place(tabs)
    await world.after(tab.users.login('ann@x.co', password))
    hold('POST', '/users/login')
    const bobs = late(tab.users.login('bob@x.co', password))
    await world.quiet()
    await expect(other.users.login('ann@x.co', 'wrong')).rejects.toMatchObject({ name: 'FaultError', code: 3003 })
    await release()
    await expect(bobs).rejects.toMatchObject(superseded)
    for (const one of [tab, other]) expect(one.users.session$.value).toEqual({ state: 'signed-in', userId: ann })
    await other.users.update({ city: 'Oslo' })
    await world.advance(2_000)
    expect(world.applied(ann)).toEqual([{ city: 'Oslo' }])
  })

  it('a login is overtaken by a logout that rejects, since edits are pending, and by a resume', async () => {
    const { world, ann, bob, tab, other, hold, release } = await place(tabs)
    await tab.users.login('ann@x.co', password)
    await tab.users.refresh()
    const { token } = world.requests.at(-1)!
    await world.quiet()
    world.server.control.rules.add({
      match: { method: 'PUT' },
      action: { do: 'gateway', status: 502 },
      times: 'always',
    })
    await world.after(tab.users.update({ city: 'Oslo' }))
    hold('POST', '/users/login', 2)
    const refused = late(tab.users.login('bob@x.co', password))
    await world.quiet()
    await expect(other.users.logout()).rejects.toMatchObject({ name: 'PendingEditsError', count: 1 })
    await release()
    await expect(refused).rejects.toMatchObject(superseded)
    expect(tab.users.session$.value).toEqual({ state: 'signed-in', userId: ann })

    const bobs = late(tab.users.login('bob@x.co', password))
    await world.quiet()
    await other.users.resume({ userToken: token!, objectId: ann })
    await release()
    await expect(bobs).rejects.toMatchObject(superseded)
    await world.quiet()
    for (const one of [tab, other]) expect(one.users.session$.value).toEqual({ state: 'signed-in', userId: ann })
    expect(world.applied(bob)).toEqual([])
  })

  it("a guest's login is overtaken by a later login, and the other way round", async () => {
    const { world, ann, tab, other, hold, release, lives } = await place(tabs)
    hold('POST', '/users/register/guest')
    const guest = late(tab.users.loginAsGuest())
    await world.quiet()
    await world.after(other.users.login('ann@x.co', password))
    world.requests.length = 0
    await release()
    await expect(guest).rejects.toMatchObject(superseded)
    expect(tab.users.session$.value).toEqual({ state: 'signed-in', userId: ann })
    expect(await lives(ended(world)[0])).toBe(false)

    hold('POST', '/users/login')
    const anns = late(tab.users.login('ann@x.co', password))
    await world.quiet()
    const { objectId } = await other.users.loginAsGuest()
    await release()
    await expect(anns).rejects.toMatchObject(superseded)
    for (const one of [tab, other]) expect(one.users.session$.value).toEqual({ state: 'signed-in', userId: objectId })
  })

  it("a guest's registration that is answered after a login or a logout does not come back", async () => {
    const { world, ann, tab, other, hold, release } = await place(tabs)
    for (const [at, end] of [() => other.users.login('ann@x.co', password), () => other.users.logout()].entries()) {
      if (at) await tab.users.logout()
      await world.quiet()
      await world.after(tab.users.loginAsGuest())
      hold('POST', '/users/register')
      const registering = late(tab.users.register({ email: `cid${at}@x.co`, password, city: 'Rome' }))
      await world.quiet()
      await end()
      await release()
      await expect(registering).rejects.toMatchObject(superseded)
      for (const one of [tab, other])
        expect(one.users.session$.value).toEqual(at ? { state: 'signed-out' } : { state: 'signed-in', userId: ann })
    }
  })

  it('a logout that still sends is overtaken by a login: nobody is logged out of it', async () => {
    const { world, ann, bob, tab, other, hold, release } = await place(tabs)
    await world.after(tab.users.login('ann@x.co', password))
    hold('PUT', '/users/*')
    await tab.users.update({ city: 'Oslo' })
    const out = late(tab.users.logout({ pending: 'send' }))
    await world.quiet()
    await other.users.login('bob@x.co', password)
    await release()
    await expect(out).rejects.toMatchObject(superseded)
    for (const one of [tab, other]) expect(one.users.session$.value).toEqual({ state: 'signed-in', userId: bob })
    expect(world.applied(ann)).toEqual([{ city: 'Oslo' }])
  })
})

it('a registration that logs nobody in decides nothing', async () => {
  const { world, ann, tab, other, hold, release } = await place(2)
  hold('POST', '/users/login')
  const anns = late(tab.users.login('ann@x.co', password))
  await world.quiet()
  await other.users.register({ email: 'cid@x.co', password, city: 'Rome' })
  await release()
  expect(await anns).toMatchObject({ objectId: ann })
  expect(other.users.session$.value).toEqual({ state: 'signed-in', userId: ann })
})

it('calls that are made while the tab opens have their order too', async () => {
  const { world, bob } = await place(1)
  const opening = world.start()
  const calls = [
    opening.users.login('ann@x.co', password),
    opening.users.logout(),
    opening.users.register({ email: 'cid@x.co', password, city: 'Rome' }),
    opening.users.login('bob@x.co', password),
  ]
  const results = await Promise.allSettled(calls)
  expect(results[0]).toMatchObject({ reason: superseded })
  expect(results.slice(2).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled'])
  expect(opening.users.session$.value).toEqual({ state: 'signed-in', userId: bob })
})

it('a tab that dies with the last call under way leaves those before it overtaken, and the next login works', async () => {
  const { world, ann, tab, other, hold, release } = await place(2)
  hold('POST', '/users/login', 2)
  const anns = late(tab.users.login('ann@x.co', password))
  await world.quiet()
  void other.users.login('bob@x.co', password).catch(() => {})
  await world.quiet()
  other.kill()
  await release()
  await expect(anns).rejects.toMatchObject(superseded)
  expect(tab.users.session$.value).toEqual({ state: 'signed-out' })
  expect(await tab.users.login('ann@x.co', password)).toMatchObject({ objectId: ann })
})

it('a session that is resumed twice is not ended: it is of the SDK, and the second call goes on with it', async () => {
  const { world, ann, tab, other, lives } = await place(2)
  const token = await logInElsewhere(world)
  const twice = [tab, tab, other].map((one) => one.users.resume({ userToken: token, objectId: ann }))
  const results = await Promise.allSettled(twice)
  // Those of one tab are one call, as in an effect of React's StrictMode; those of two tabs go on with one session.
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled'])
  await world.quiet()
  // As at each start of a page that adopts what lies in the SDK's storage.
  await world.after(tab.users.resume({ userToken: token, objectId: ann }))
  expect(ended(world)).toEqual([])
  expect(await lives(token)).toBe(true)
  expect(await other.users.refresh()).toMatchObject({ objectId: ann })
})

it('a session that is resumed twice in one tab resolves both calls, unless another call comes in between', async () => {
  const { world, ann, tab, lives } = await place(2)
  const token = await logInElsewhere(world)
  const resume = () => tab.users.resume({ userToken: token, objectId: ann })
  await world.after(Promise.all([resume(), resume()]))
  expect(tab.users.session$.value).toEqual({ state: 'signed-in', userId: ann })
  const [first, out, second] = await Promise.allSettled([resume(), tab.users.logout({ pending: 'keep' }), resume()])
  expect(first).toMatchObject({ status: 'rejected', reason: superseded })
  expect(out).toMatchObject({ status: 'rejected', reason: superseded })
  expect(second.status).toBe('fulfilled')
  await world.quiet()
  expect(tab.users.session$.value).toEqual({ state: 'signed-in', userId: ann })
  expect(await lives(token)).toBe(true)
})

it('of two tabs that go on with sessions of one account, the last one decides, and the other session ends', async () => {
  const { world, ann, tab, other, lives } = await place(2)
  const [old, newer] = [await logInElsewhere(world), await logInElsewhere(world)]
  const both = [
    tab.users.resume({ userToken: old, objectId: ann }),
    other.users.resume({ userToken: newer, objectId: ann }),
  ]
  await world.after(Promise.allSettled(both))
  expect(await Promise.all([lives(old), lives(newer)])).toEqual([ended(world).length === 0, true])
  for (const one of [tab, other]) expect(await one.users.refresh()).toMatchObject({ objectId: ann })
})

it('a logout between two calls that go on with a session overtakes the first', async () => {
  const { world, ann, tab, other } = await place(2)
  const token = await logInElsewhere(world)
  const resume = (one: Tab) => one.users.resume({ userToken: token, objectId: ann })
  const results = await world.after(
    Promise.allSettled([resume(tab), tab.users.logout({ pending: 'keep' }), resume(other)]),
  )
  expect(results[0]).toMatchObject({ status: 'rejected', reason: superseded })
  expect(other.users.session$.value).toMatchObject(results[2]!.status === 'fulfilled' ? { state: 'signed-in' } : {})
})

it('offline, resume and logout work as before', async () => {
  const { world, ann, tab, other } = await place(2)
  await world.stopServer()
  for (const one of [tab, other]) one.platform.connectivity.set(false)
  await world.after(tab.users.resume({ userToken: 'token', objectId: ann }))
  expect(other.users.session$.value).toEqual({ state: 'signed-in', userId: ann })
  await world.after(other.users.logout())
  for (const one of [tab, other]) expect(one.users.session$.value).toEqual({ state: 'signed-out' })
})

it('the error is one of ours, also across realms', () => {
  const error = new SupersededError()
  expect(isHoldfastError(error)).toBe(true)
  expect(error.message).toMatch(/later login or logout/)
})
