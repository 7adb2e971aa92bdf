/* A session that ends in the middle of a queue: held, visible, resumed, nothing charged, nothing under another account (G9, G10). */
import { describe, expect, it } from 'vitest'
import { behindProxy, type ProxiedWorld } from '../support/behind-proxy.js'
import { effectsOf } from '../support/effects.js'
import { logInElsewhere, password, signedInWorld, type Tab } from '../support/world.js'

/** Answers that end the session of the user. */
type Ending = (scene: ProxiedWorld, id: string) => unknown

const endings: readonly [string, number, Ending][] = [
  ['a dead token', 3064, ({ world }, id) => world.server.control.endSessions({ userId: id })],
  ['a disabled user', 3090, ({ world }, id) => world.server.control.setStatus(id, 'DISABLED')],
  ['a login on another device', 3064, ({ world }) => logInElsewhere(world)],
]

/** Attempts of each pending edit, oldest first. */
async function attempts(world: ProxiedWorld['world'], tab: Tab): Promise<number[]> {
  let counts: number[] = []
  const reading = tab.app.pending$.subscribe((list) => (counts = list.map((edit) => edit.attempts)))
  await world.quiet()
  reading.unsubscribe()
  return counts
}

const applied = ({ world }: ProxiedWorld, id: string) => effectsOf(world.server.control.log({ userId: id }))

describe('in the middle of a queue', () => {
  it.each(endings)('%s holds what is left until the next login', async (_what, code, end) => {
    const scene = await behindProxy()
    const { world, proxy, until } = scene
    const tab = await world.signedIn({ baseUrl: proxy.url })
    proxy.add({ match: { method: 'PUT' }, do: 'pass', hold: true })
    const first = await tab.users.update({ name: 'one' })
    const second = await tab.users.update({ name: 'two', age: 2 })
    await until(() => proxy.held().length === 1)
    const third = await tab.users.update({ age: 3 })
    // The first request is at its server already when the session ends: what it carries is stored.
    proxy.add({ match: { method: 'PUT', body: '"age":3' }, do: 'pass', hold: true })
    proxy.release()
    await until(() => proxy.held().length === 1)
    await end(scene, tab.id)
    proxy.release()
    await world.quiet()

    expect(tab.users.session$.value).toMatchObject({
      state: 'expired',
      userId: tab.id,
      failure: { kind: 'auth', code },
    })
    expect(tab.app.status$.value).toMatchObject({ phase: 'needs-login', pending: 1, faults: 0, failure: { code } })
    expect(tab.users.current$.value).toMatchObject({ name: 'two', age: 3 })
    expect(await attempts(world, tab)).toEqual([0])
    world.requests.length = 0
    await tab.users.update({ city: 'Oslo' })
    await world.advance(86_400_000)
    await tab.app.flush()
    expect(world.requests).toEqual([])
    expect(world.clock.sleeping).toBe(0)

    world.server.control.setStatus(tab.id, 'ENABLED')
    await tab.users.login('ann@x.co', password)
    await until(() => tab.app.status$.value.pending === 0)

    for (const { settled } of [first, second, third]) expect(await settled).toMatchObject({ outcome: 'accepted' })
    expect(tab.faults).toEqual([])
    expect(tab.users.session$.value).toEqual({ state: 'signed-in', userId: tab.id })
    expect(tab.app.status$.value).toMatchObject({ phase: 'idle', pending: 0 })
    expect(tab.app.status$.value).not.toHaveProperty('failure')
    expect(applied(scene, tab.id)).toEqual({ name: ['two'], age: [2, 3], city: ['Oslo'] })
  })

  it('a disabled user stays held through a login that is refused, and a visit later', async () => {
    const scene = await behindProxy()
    const { world, until } = scene
    const tab = await world.signedIn()
    world.server.control.setStatus(tab.id, 'DISABLED')
    const { id } = await world.after(tab.users.update({ name: 'James' }))
    await expect(tab.users.login('ann@x.co', password)).rejects.toMatchObject({
      name: 'FaultError',
      failure: { kind: 'auth' },
    })
    expect(tab.users.session$.value).toMatchObject({ state: 'expired' })
    tab.kill()
    world.requests.length = 0

    const again = await world.open()
    await world.advance(86_400_000)
    expect(again.app.status$.value).toMatchObject({ phase: 'needs-login', pending: 1 })
    expect(again.users.current$.value).toMatchObject({ name: 'James' })
    expect(world.requests).toEqual([])

    world.server.control.setStatus(tab.id, 'ENABLED')
    await again.users.login('ann@x.co', password)
    await until(() => again.app.status$.value.pending === 0)
    expect(await again.app.settlement(id)).toMatchObject({ outcome: 'accepted' })
    expect(applied(scene, tab.id)).toEqual({ name: ['James'] })
  })
})

describe('between two requests', () => {
  it('the token expires after the read and before the update', async () => {
    const scene = await behindProxy()
    const { world, proxy, until } = scene
    const tab = await world.signedIn({ baseUrl: proxy.url })
    await world.advance(120_000)
    proxy.add({ match: { method: 'PUT' }, do: 'pass', hold: true })
    await tab.users.update({ name: 'James' })
    await until(() => proxy.held().length === 1)
    world.server.control.endSessions({ userId: tab.id })
    proxy.release()
    await world.quiet()

    expect(world.requests.map(({ route }) => route)).toEqual(['GET /data/Users/:id', 'PUT /users/:id'])
    expect(tab.app.status$.value).toMatchObject({ phase: 'needs-login', pending: 1, faults: 0 })
    expect(await attempts(world, tab)).toEqual([0])
    await tab.users.login('ann@x.co', password)
    await until(() => tab.app.status$.value.pending === 0)
    expect(applied(scene, tab.id)).toEqual({ name: ['James'] })
    expect(tab.faults).toEqual([])
  })

  it('the token expires after an update whose answer was lost: it is not sent twice once it is mended', async () => {
    const scene = await behindProxy()
    const { world, proxy, until } = scene
    const tab = await world.signedIn({ baseUrl: proxy.url })
    proxy.add({ match: { method: 'PUT' }, do: 'cut-after-request' })
    const { settled } = await world.after(tab.users.update({ name: 'James' }))
    world.server.control.endSessions({ userId: tab.id })
    await until(() => tab.app.status$.value.phase === 'needs-login')
    expect(await attempts(world, tab)).toEqual([1])

    await tab.users.login('ann@x.co', password)
    await until(() => tab.app.status$.value.pending === 0)
    expect(await settled).toMatchObject({ outcome: 'accepted' })
    expect(proxy.seen().filter(({ method }) => method === 'PUT')).toHaveLength(1)
    expect(applied(scene, tab.id)).toEqual({ name: ['James'] })
  })
})

describe('a late failure of an old token', () => {
  it.each(['PUT', 'GET'])('to a %s does not end the session of a login that came since', async (method) => {
    const scene = await behindProxy()
    const { world, proxy, until } = scene
    const tab = await world.signedIn({ baseUrl: proxy.url })
    // Long enough that the record is read before the edit is sent.
    await world.advance(120_000)
    proxy.add({ match: { method }, do: 'pass', hold: true })
    await tab.users.update({ name: 'James' })
    await until(() => proxy.held().length === 1)
    const states: unknown[] = []
    tab.users.session$.subscribe(({ state }) => states.push(state))
    // The server lets one session live: this ends the one whose request is under way.
    await tab.users.login('ann@x.co', password)
    proxy.release()
    await until(() => tab.app.status$.value.pending === 0)

    expect([...new Set(states)]).toEqual(['signed-in'])
    const ofAnn = proxy.seen(tab.id)
    const failed = ofAnn.find((request) => request.method === method)
    expect(ofAnn.at(-1)).toMatchObject({ method: 'PUT' })
    expect(ofAnn.at(-1)!.token).not.toBe(failed!.token)
    expect(ofAnn.length).toBeLessThanOrEqual(3)
    expect(tab.faults).toEqual([])
    expect(applied(scene, tab.id)).toEqual({ name: ['James'] })
  })

  it('does not touch another account, whose token is never used for the first one', async () => {
    const scene = await behindProxy()
    const { world, proxy, until } = scene
    const bob = await world.register('bob@x.co', { name: 'Bob' })
    const tab = await world.signedIn({ baseUrl: proxy.url })
    proxy.add({ match: { method: 'PUT' }, do: 'pass', hold: true })
    const { id } = await tab.users.update({ name: 'James' })
    await until(() => proxy.held().length === 1)
    const annsToken = proxy.held()[0]!.token
    await tab.users.login('bob@x.co', password)
    world.server.control.endSessions({ userId: tab.id })
    proxy.release()
    await world.quiet()
    await tab.users.update({ name: 'Bobby' })
    await until(() => tab.app.status$.value.pending === 0)
    await world.advance(86_400_000)

    expect(tab.users.session$.value).toEqual({ state: 'signed-in', userId: bob })
    expect(tab.users.current$.value).toMatchObject({ objectId: bob, name: 'Bobby' })
    expect(applied(scene, tab.id)).toEqual({})
    expect(applied(scene, bob)).toEqual({ name: ['Bobby'] })
    const requestsFor = (user: string) => proxy.seen(user).map(({ token }) => token)
    expect(new Set(requestsFor(tab.id))).toEqual(new Set([annsToken]))
    expect(requestsFor(bob)).not.toContain(annsToken)

    await tab.users.login('ann@x.co', password)
    await until(() => tab.app.status$.value.pending === 0)
    expect(await tab.app.settlement(id)).toMatchObject({ outcome: 'accepted', user: { name: 'James' } })
    expect(applied(scene, tab.id)).toEqual({ name: ['James'] })
    expect(applied(scene, bob)).toEqual({ name: ['Bobby'] })
    expect(tab.faults).toEqual([])
  })
})

it('a value that a request stored before the session ended is ours, though its own repeat was answered with that end (R3)', async () => {
  const { world, tab } = await signedInWorld()
  // As a browser does it that repeats a request by itself when its connection drops.
  world.server.control.rules.add({
    match: { method: 'PUT' },
    action: { do: 'answer', applied: true, status: 401, body: { code: 3064, message: 'Not existing user token' } },
  })
  await world.after(tab.users.update({ name: 'one' }))
  expect(tab.users.session$.value).toMatchObject({ state: 'expired' })
  world.server.control.endSessions({ userId: tab.id })
  await tab.users.update({ name: 'two' })
  await world.advance(120_000)
  await world.after(tab.users.login('ann@x.co', password))

  expect(tab.faults).toEqual([])
  expect(tab.app.status$.value).toMatchObject({ pending: 0 })
  expect(effectsOf(world.server.control.log({ userId: tab.id }))).toEqual({ name: ['one', 'two'] })
})
