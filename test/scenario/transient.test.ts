/* Trouble that passes: retried by the clock, never a rollback, never lost, and no storm of requests (G3, G12, G13, R12). */
import { describe, expect, it } from 'vitest'
import type { Action } from '../../demo/server/control/rules.js'
import { makeWorld, signedInWorld } from '../support/world.js'

const onUpdate = { method: 'PUT', path: '/users/*' } as const

it('keeps an edit while no server listens, and through its start', async () => {
  const world = await makeWorld({ onDisk: true })
  const tab = await world.signedIn()
  await world.stopServer()
  const edit = await tab.users.update({ name: 'James' })
  await world.advance(60_000)
  expect(tab.app.status$.value).toMatchObject({ pending: 1, failure: { kind: 'unreachable' } })
  await world.restartServer()
  await world.advance(300_000)
  expect(await edit.settled).toMatchObject({ outcome: 'accepted' })
})

it('gives a request up after its time, and repeats exactly it', async () => {
  const { world, tab } = await signedInWorld({ conflicts: 'overwrite' })
  world.server.control.rules.add({ match: onUpdate, action: { do: 'hold' } })
  await world.after(tab.users.update({ name: 'James' }))
  // Made while the first is out: it waits, since the first may have taken effect.
  await tab.users.update({ name: 'Jim', age: 3 })
  await world.advance(29_000)
  expect(tab.app.status$.value.phase).toBe('sending')
  await world.advance(1_000)
  expect(tab.app.status$.value).toMatchObject({ phase: 'waiting', pending: 2, failure: { kind: 'timeout' } })
  world.server.control.release()
  await world.advance(10_000)
  expect(world.updates()).toEqual([{ name: 'James' }, { name: 'James' }, { name: 'Jim', age: 3 }])
  expect(tab.app.status$.value).toMatchObject({ phase: 'idle', pending: 0, faults: 0 })
})

describe('waiting', () => {
  it.each<[string, Action]>([
    ['no answer', { do: 'refuse' }],
    ['500', { do: 'server-error' }],
  ])('grows with each failure up to five minutes: %s', async (_, action) => {
    const { world, tab } = await signedInWorld()
    world.server.control.rules.add({ times: 'always', action })
    await tab.users.update({ name: 'James' })
    const pauses: number[] = []
    for (let tries = 0; tries < 14; tries++) {
      await world.quiet()
      const dueAtMs = tab.app.status$.value.nextAttemptAtMs!
      pauses.push(dueAtMs - world.clock.now())
      await world.advance(pauses.at(-1)!)
    }
    pauses.forEach((pauseMs, index) => {
      expect(pauseMs).toBeGreaterThanOrEqual(1_000)
      expect(pauseMs).toBeLessThanOrEqual(Math.min(300_000, 1_000 * 2 ** (index + 1)))
    })
    expect(Math.max(...pauses)).toBeGreaterThan(60_000)
    // One request a pause, and no timer but the one that waits.
    expect(world.requests.length).toBeLessThanOrEqual(16)
    expect(world.clock.sleeping).toBe(1)
  })

  it('is not shortened by a new edit', async () => {
    const { world, tab } = await signedInWorld()
    world.server.control.refuse(true)
    await world.after(tab.users.update({ name: 'James' }))
    const before = world.requests.length
    for (const age of [1, 2, 3, 4, 5]) await tab.users.update({ age })
    await world.quiet()
    expect(world.requests.length).toBe(before)
  })

  it('outlasts a reload', async () => {
    const { world, tab } = await signedInWorld()
    world.server.control.rules.add({ match: onUpdate, action: { do: 'too-many-requests', retryAfter: 1_000 } })
    await world.after(tab.users.update({ name: 'James' }))
    const again = await world.reopen(tab)
    world.updates()
    await world.advance(999_000)
    expect(world.updates()).toEqual([])
    await world.advance(2_000)
    expect(world.updates()).toEqual([{ name: 'James' }])
    expect(again.app.status$.value).toMatchObject({ phase: 'idle', pending: 0 })
  })

  it('does not outlast its own maximum when the clock is set back', async () => {
    const { world, tab } = await signedInWorld()
    world.server.control.rules.add({ match: onUpdate, action: { do: 'too-many-requests' } })
    await world.after(tab.users.update({ name: 'James' }))
    tab.kill()
    world.clock.jump(-365 * 86_400_000)
    const again = await world.open()
    expect(again.app.status$.value).toMatchObject({ phase: 'idle', pending: 0 })
    expect(world.applied(tab.id)).toEqual([{ name: 'James' }])
  })

  it.each(['the network comes back', 'the page becomes visible'])(
    'for a missing network ends when %s',
    async (what) => {
      const { world, tab } = await signedInWorld()
      world.server.control.refuse(true)
      const edit = await world.after(tab.users.update({ name: 'James' }))
      world.server.control.refuse(false)
      await world.after(tab.users.update({ age: 1 }))
      expect(tab.app.status$.value).toMatchObject({ phase: 'waiting', pending: 2 })
      if (what === 'the page becomes visible') {
        tab.platform.visibility.happen('hide')
        tab.platform.visibility.happen('show')
      } else {
        tab.platform.connectivity.set(false)
        await world.quiet()
        tab.platform.connectivity.set(true)
      }
      await world.quiet()
      expect(await edit.settled).toMatchObject({ outcome: 'accepted' })
      expect(tab.app.status$.value).toMatchObject({ phase: 'idle', pending: 0 })
    },
  )

  it('for a missing network ends when the next page starts in sight', async () => {
    const { world, tab } = await signedInWorld()
    world.server.control.refuse(true)
    const { id } = await world.after(tab.users.update({ name: 'James' }))
    world.server.control.refuse(false)
    const again = await world.reopen(tab)
    expect(await again.app.settlement(id)).toMatchObject({ outcome: 'accepted' })
    expect(again.app.status$.value).toMatchObject({ phase: 'idle', pending: 0 })
  })

  it('for a busy server does not end when the page becomes visible or the network comes back', async () => {
    const { world, tab } = await signedInWorld()
    world.server.control.rules.add({ match: onUpdate, action: { do: 'too-many-requests' } })
    await world.after(tab.users.update({ name: 'James' }))
    world.updates()
    tab.platform.visibility.happen('hide')
    tab.platform.visibility.happen('show')
    tab.platform.connectivity.set(false)
    await world.reconnect(tab)
    expect(world.updates()).toEqual([])
    await world.advance(45_000)
    expect(tab.app.status$.value).toMatchObject({ phase: 'idle', pending: 0 })
  })

  it('is cut short by flush(), but for one that the server ordered', async () => {
    const { world, tab } = await signedInWorld()
    const { rules } = world.server.control
    rules.add({ match: onUpdate, action: { do: 'server-error' } })
    rules.add({ match: onUpdate, action: { do: 'too-many-requests' } })
    rules.add({ match: onUpdate, action: { do: 'too-many-requests', retryAfter: 100 } })
    await world.after(tab.users.update({ name: 'James' }))
    expect(await tab.app.flush()).toMatchObject({ pending: 1, failure: { kind: 'busy' } })
    expect(await tab.app.flush()).toMatchObject({ pending: 1, failure: { kind: 'busy', retryAfterMs: 100_000 } })
    expect(world.updates()).toHaveLength(3)
    expect(await tab.app.flush()).toMatchObject({ phase: 'waiting', pending: 1 })
    expect(world.updates()).toEqual([])
    await world.advance(99_000)
    expect(world.updates()).toEqual([])
    await world.advance(1_000)
    expect(tab.app.status$.value).toMatchObject({ phase: 'idle', pending: 0 })
  })

  it('takes no order for more than an hour', async () => {
    const { world, tab } = await signedInWorld()
    world.server.control.rules.add({ match: onUpdate, action: { do: 'too-many-requests', retryAfter: 86_400 } })
    await tab.users.update({ name: 'James' })
    await world.advance(3_600_000)
    expect(tab.app.status$.value).toMatchObject({ phase: 'idle', pending: 0 })
  })
})

describe('a lost answer', () => {
  it('is repeated exactly where nothing is compared, and later edits wait for it', async () => {
    const { world, tab } = await signedInWorld({ conflicts: 'overwrite' })
    world.server.control.rules.add({ match: onUpdate, action: { do: 'lose-answer' } })
    await world.after(tab.users.update({ name: 'James' }))
    await tab.users.update({ name: 'Jim' })
    await world.advance(10_000)
    expect(world.applied(tab.id)).toEqual([{ name: 'James' }, { name: 'James' }, { name: 'Jim' }])
    expect(tab.users.current$.value).toMatchObject({ name: 'Jim' })
  })

  it('is made up for by the next visit', async () => {
    const { world, tab } = await signedInWorld()
    world.server.control.rules.add({ match: onUpdate, action: { do: 'hold-answer' } })
    const edit = await world.after(tab.users.update({ name: 'James' }))
    tab.kill()
    world.server.control.release()
    const again = await world.open()
    await world.advance(60_000)
    expect(await again.app.settlement(edit.id)).toMatchObject({ outcome: 'accepted' })
    expect(world.applied(tab.id)).toEqual([{ name: 'James' }])
  })

  it('of an identity change, and the refusal of its repeat, are an acceptance', async () => {
    const { world, tab } = await signedInWorld({ conflicts: 'overwrite' })
    const { rules } = world.server.control
    rules.add({ match: onUpdate, action: { do: 'lose-answer' } })
    rules.add({ match: onUpdate, action: { do: 'fault', code: 3018 } })
    const edit = await tab.users.update({ email: 'james@x.co' })
    await world.advance(10_000)
    expect(await edit.settled).toMatchObject({ outcome: 'accepted', user: { email: 'james@x.co' } })
    expect(tab.faults).toEqual([])
  })

  it('is not mistaken for a stranger that wrote the same property meanwhile', async () => {
    const { world, tab } = await signedInWorld()
    world.server.control.rules.add({ match: onUpdate, action: { do: 'lose-answer' } })
    const edit = await world.after(tab.users.update({ name: 'James' }))
    await world.server.control.writeUser(tab.id, { name: 'Zoe' })
    // Its time is over: until then it could still come.
    await world.advance(31_000)
    expect(await edit.settled).toMatchObject({
      outcome: 'rejected',
      fault: {
        kind: 'conflict',
        reason: 'changed',
        base: { name: 'Ann' },
        mine: { name: 'James' },
        theirs: { name: 'Zoe' },
      },
    })
    expect(tab.users.current$.value).toMatchObject({ name: 'Zoe' })
  })
})
