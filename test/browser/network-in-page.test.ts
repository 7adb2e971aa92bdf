/* Every fault of a network, at each place of a queue, as each engine meets it: its own words, and its own silent repeats. */
import { describe, expect, inject, it, onTestFinished } from 'vitest'
import { server } from 'vitest/browser'
import { namesShown } from '../support/names-shown.js'
import { effectsOfQueue, networkFaults, places } from '../support/network-faults.js'
import { control, effects, openWithUser, until } from '../support/page/backend.js'
import { proxyFor } from '../support/page/proxy.js'

const baseUrl = inject('proxiedRoot')
/** Short, so that a black hole ends soon. */
const options = { baseUrl, requestTimeoutMs: 2_000 }

const cases = places.flatMap((place) => networkFaults(500).map(([what, trouble]) => ({ place, what, trouble })))

describe('each edit has one effect, in order, and none is rolled back', () => {
  it.concurrent.for(cases)('$what, at the $place request', async ({ place, trouble }, { expect, onTestFinished }) => {
    const { app, user } = await openWithUser(options, onTestFinished)
    const proxy = proxyFor(user.objectId)
    const shown = namesShown(app.users)
    await proxy.add(
      ...places.map((each, at) => ({
        match: { method: 'PUT', body: `"value ${at}"` },
        hold: true,
        ...(each === place ? trouble : { do: 'pass' as const }),
      })),
    )

    const settled = []
    for (const at of places.keys()) {
      const edit = await app.users.update({ name: `value ${at}`, [`own${at}`]: at })
      settled.push(edit.settled)
      // The request before is let go only now: this edit waits behind it.
      await proxy.release()
      const isHeld = async () => (await proxy.held()).some(({ body }) => body.includes(`"value ${at}"`))
      await expect.poll(isHeld, { timeout: 15_000 }).toBe(true)
    }
    await proxy.release()

    for (const one of await Promise.all(settled)) expect(one).toMatchObject({ outcome: 'accepted' })
    expect(await effects(user.objectId)).toEqual(effectsOfQueue)
    expect(shown).toEqual(['Ann', 'value 0', 'value 1', 'value 2'])
    expect(app.status$.value).toMatchObject({ pending: 0, faults: 0 })
  })
})

describe('the silent repeat of a PUT whose connection dropped', () => {
  it('is one effect', async () => {
    const { app, user } = await openWithUser(options)
    const proxy = proxyFor(user.objectId)
    await app.users.describe()
    const names: string[] = []
    // An engine repeats what was cut on a connection that was used before. Whether it has one at hand is its own affair: each
    // request that is cut leaves another one behind, of the read that follows it.
    for (let isRepeated = false; !isRepeated;) {
      expect(names.length, `${server.browser} never repeats a request by itself`).toBeLessThan(10)
      const name = `James ${names.length}`
      const before = (await proxy.seen()).length
      await proxy.add({ match: { method: 'PUT' }, do: 'cut-after-request' })
      const { settled } = await app.users.update({ name })
      expect(await settled).toMatchObject({ outcome: 'accepted' })
      names.push(name)
      expect(await effects(user.objectId)).toEqual({ name: names })
      // With no read between: no client asked for the second one.
      const methods = (await proxy.seen()).slice(before).map(({ method }) => method)
      isRepeated = methods.filter((method) => method === 'PUT').length > 1 && !methods.includes('GET')
    }
  })

  it.each([3018, 3024, 0])('that is refused with %d rolls nothing back', async (code) => {
    const { app, user } = await openWithUser(options)
    const proxy = proxyFor(user.objectId)
    const match = { method: 'PUT', path: `/users/${user.objectId}` }
    await control('POST', '/rules', { match, after: 1, action: { do: 'fault', code, message: 'no' } })
    await proxy.add({ match: { method: 'PUT' }, do: 'cut-after-request' })
    const shown = namesShown(app.users)

    const { settled } = await app.users.update({ name: 'James' })

    expect(await settled).toMatchObject({ outcome: 'accepted', user: { name: 'James' } })
    expect(shown).toEqual(['Ann', 'James'])
    expect(app.faults.open$.value).toEqual([])
    expect(await effects(user.objectId)).toEqual({ name: ['James'] })
  })
})

it('a copy that arrives after a newer value is found, and the newer value sent again', async () => {
  const { app, user } = await openWithUser(options)
  const proxy = proxyFor(user.objectId)
  // Always, since an engine repeats by itself what was cut: what it then sees as answered, nobody looks back at.
  await proxy.add({ match: { method: 'PUT' }, do: 'late', times: 'always' })
  await app.users.update({ name: 'older' })
  await until(app.status$, ({ failure }) => failure !== undefined)
  await proxy.clear()
  await until(app.status$, ({ pending }) => pending === 0)
  const { settled } = await app.users.update({ name: 'newer' })
  expect(await settled).toMatchObject({ outcome: 'accepted' })

  await proxy.deliver()

  const name = async () => (await control<{ name: string }>('GET', `/users/${user.objectId}`)).name
  expect(await name()).toBe('older')
  await expect.poll(name, { timeout: 10_000 }).toBe('newer')
  expect(app.users.current$.value).toMatchObject({ name: 'newer' })
  expect(app.faults.open$.value).toEqual([])
})

it('a browser that says offline for good, while requests get through, keeps nothing from being sent', async () => {
  const own = Object.getOwnPropertyDescriptor(navigator, 'onLine')
  const say = (online: boolean): void => {
    Object.defineProperty(navigator, 'onLine', { get: () => online, configurable: true })
    dispatchEvent(new Event(online ? 'online' : 'offline'))
  }
  onTestFinished(() => {
    if (own) Object.defineProperty(navigator, 'onLine', own)
    else Reflect.deleteProperty(navigator, 'onLine')
    dispatchEvent(new Event('online'))
  })
  say(false)
  const { app, user } = await openWithUser({})
  // The login has proven the network.
  const proven = await app.users.update({ name: 'one' })
  expect(await proven.settled).toMatchObject({ outcome: 'accepted' })
  // Said anew, it is believed until the network is tried, at the latest two seconds after the edit.
  say(false)
  const tried = await app.users.update({ name: 'two' })
  expect(app.status$.value).toMatchObject({ phase: 'offline', pending: 1 })
  expect(await tried.settled).toMatchObject({ outcome: 'accepted' })
  expect(await effects(user.objectId)).toEqual({ name: ['one', 'two'] })
  expect(app.status$.value).toMatchObject({ phase: 'idle', pending: 0 })
})
