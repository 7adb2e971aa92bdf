/* Every fault of a network, at the first, a middle and the last request of a queue, on real sockets (G4, G12, G13). */
import { describe, expect, it } from 'vitest'
import { behindProxy } from '../support/behind-proxy.js'
import { effectsOf } from '../support/effects.js'
import { effectsOfQueue, networkFaults, places } from '../support/network-faults.js'
import { namesShown } from '../support/names-shown.js'
import type { Trouble } from '../support/proxy.js'

const troubles = networkFaults(60_000)

describe.each(places)('at the %s request of a queue', (place) => {
  it.each(troubles)('%s: each edit has one effect, in order, and none is rolled back', async (_what, trouble) => {
    const { world, proxy, until } = await behindProxy()
    const tab = await world.signedIn({ baseUrl: proxy.url })
    const shown = namesShown(tab.users)
    for (const at of places.keys()) {
      const fate: Trouble = places[at] === place ? trouble : { do: 'pass' }
      proxy.add({ match: { method: 'PUT', body: `"value ${at}"` }, hold: true, ...fate })
    }

    const edits = []
    for (const at of places.keys()) {
      edits.push(await tab.users.update({ name: `value ${at}`, [`own${at}`]: at }))
      // The request before is let go only now: this edit waits behind it.
      proxy.release()
      await until(() => proxy.held().some(({ body }) => body.includes(`"value ${at}"`)))
    }
    proxy.release()
    await until(() => tab.app.status$.value.pending === 0)

    expect(effectsOf(world.server.control.log({ userId: tab.id }))).toEqual(effectsOfQueue)
    for (const { settled } of edits) expect(await settled).toMatchObject({ outcome: 'accepted' })
    expect(shown).toEqual(['Ann', 'value 0', 'value 1', 'value 2'])
    expect(tab.faults).toEqual([])
    expect(tab.app.status$.value).toMatchObject({ phase: 'idle', faults: 0 })
    expect(tab.users.fields$.value).toEqual({})
  })
})

describe('a copy of a request', () => {
  it.each([
    [3018, 'conflict'],
    [3024, 'other'],
    [0, 'other'],
  ])('that is refused with %d after the first was applied rolls nothing back', async (code) => {
    const { world, proxy, until } = await behindProxy()
    const tab = await world.signedIn({ baseUrl: proxy.url })
    proxy.add({ match: { method: 'PUT' }, do: 'duplicate' })
    world.server.control.rules.add({ match: { method: 'PUT' }, after: 1, action: { do: 'fault', code, message: 'no' } })
    const shown = namesShown(tab.users)

    const { settled } = await tab.users.update({ name: 'James' })
    await until(() => tab.app.status$.value.pending === 0)

    expect(await settled).toMatchObject({ outcome: 'accepted', user: { name: 'James' } })
    expect(shown).toEqual(['Ann', 'James'])
    expect(tab.faults).toEqual([])
    expect(effectsOf(world.server.control.log({ userId: tab.id }))).toEqual({ name: ['James'] })
  })

  it('that arrives after a newer value is found, and the newer value sent again', async () => {
    const { world, proxy, until } = await behindProxy()
    const tab = await world.signedIn({ baseUrl: proxy.url })
    const shown = namesShown(tab.users)
    proxy.add({ match: { method: 'PUT' }, do: 'late' })
    await tab.users.update({ name: 'older' })
    await until(() => tab.app.status$.value.pending === 0)
    await tab.users.update({ name: 'newer' })
    await until(() => tab.app.status$.value.pending === 0)

    await proxy.deliver()
    expect(world.server.control.readUser({ id: tab.id })).toMatchObject({ name: 'older' })
    await world.advance(120_000)

    expect(world.server.control.readUser({ id: tab.id })).toMatchObject({ name: 'newer' })
    expect(shown).toEqual(['Ann', 'older', 'newer'])
    expect(tab.faults).toEqual([])
    expect(world.clock.sleeping).toBe(0)
  })

  it('that arrives after a newer value is found by a later visit too', async () => {
    const { world, proxy, until } = await behindProxy()
    const tab = await world.signedIn({ baseUrl: proxy.url })
    proxy.add({ match: { method: 'PUT' }, do: 'late' })
    await tab.users.update({ name: 'older' })
    await until(() => tab.app.status$.value.pending === 0)
    await tab.users.update({ name: 'newer' })
    await until(() => tab.app.status$.value.pending === 0)
    tab.kill()
    await proxy.deliver()
    world.clock.jump(3_600_000)

    const again = await world.open({ baseUrl: proxy.url })
    await world.advance(120_000)

    expect(world.server.control.readUser({ id: tab.id })).toMatchObject({ name: 'newer' })
    expect(again.users.current$.value).toMatchObject({ name: 'newer' })
    expect(again.faults).toEqual([])
  })
})
