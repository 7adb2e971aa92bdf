/* Every step as `trace$` tells it, by its type, and with no value in it; and what holds, with what would release it. */
import { describe, expect, it } from 'vitest'
import type { TraceEvent } from '../../src/backendless/index.js'
import { stall } from '../support/guide-conditions.js'
import { makeWorld, password, signedInWorld, type Tab } from '../support/world.js'

function traced(tab: Tab): {
  types(): string[]
  of<T extends TraceEvent['type']>(type: T): object[]
  all: TraceEvent[]
} {
  const all: TraceEvent[] = []
  tab.app.trace$.subscribe((event) => all.push(event))
  return {
    all,
    types: () => all.splice(0).map(({ type }) => type),
    of: (type) => all.filter((event) => event.type === type),
  }
}

it('an edit, from saved to accepted, a fault, and what becomes of it', async () => {
  const { world, tab } = await signedInWorld()
  const trace = traced(tab)
  await world.after(tab.users.update({ name: 'James' }))
  expect(trace.types()).toEqual(['saved', 'lease', 'sent', 'accepted', 'lease'])

  world.server.control.failNextUpdate({ code: 3045 })
  const edit = await world.after(tab.users.update({ name: 'Secret' }))
  const { fault } = tab.faults[0]!
  expect(trace.of('rejected')).toMatchObject([{ editIds: [edit.id], faultId: fault.id, kind: 'validation' }])
  trace.types()

  const again = await world.after(tab.app.faults.retry(fault.id))
  expect(trace.of('retried')).toMatchObject([{ faultId: fault.id, editId: again.id }])
  expect(trace.types()).toEqual(['saved', 'retried', 'lease', 'sent', 'accepted', 'lease'])

  tab.platform.connectivity.set(false)
  const taken = await tab.users.update({ name: 'Secret' })
  await tab.app.discardEdit(taken.id)
  expect(trace.of('discarded')).toMatchObject([{ editIds: [taken.id], key: { collection: 'users', id: tab.id } }])
  expect(trace.types()).toEqual(['saved', 'discarded'])
  expect(JSON.stringify(await tab.app.report())).not.toContain('Secret')
})

it('a read, a split and a pause', async () => {
  const { world, tab } = await signedInWorld()
  const trace = traced(tab)
  tab.platform.connectivity.set(false)
  await tab.users.update({ name: 'James' })
  await tab.users.update({ city: 'Nowhere' })
  world.clock.jump(61_000)
  world.server.control.rules.add({
    match: { method: 'PUT', path: '/users/*' },
    times: 2,
    action: { do: 'fault', code: 3045 },
  })
  await world.reconnect(tab)
  expect(trace.of('read')).toMatchObject([{ reason: 'compare', ok: true }])
  expect(trace.of('split')).toMatchObject([{ size: 1 }])
  trace.types()

  world.server.control.rules.add({ match: { method: 'PUT' }, action: { do: 'server-error' } })
  await world.after(tab.users.update({ age: 3 }))
  expect(trace.of('failed')).toMatchObject([{ kind: 'server' }])
  expect(trace.of('held')).toMatchObject([{ reason: 'wait', dueAtMs: expect.any(Number) }])
})

it('the connection to storage that was lost and opened again', async () => {
  const { world, tab } = await signedInWorld()
  const trace = traced(tab)
  tab.storage.breaksAfterWrite = true
  await world.after(tab.users.update({ name: 'James' }))
  expect(trace.of('healed')).toHaveLength(1)
  expect(tab.app.storage$.value).toBe('ok')
})

it('sessions, in every tab', async () => {
  const { world, tab } = await signedInWorld()
  const other = await world.open()
  const [trace, others] = [traced(tab), traced(other)]
  world.server.control.endSessions({ userId: tab.id })
  await world.after(tab.users.update({ name: 'James' }))
  await world.after(tab.users.login('ann@x.co', password))
  await world.after(tab.users.logout())
  for (const { all } of [trace, others])
    expect(all.flatMap((event) => (event.type === 'session' ? [event.state] : []))).toEqual([
      'expired',
      'signed-in',
      'signed-out',
    ])
})

describe('status$ names a hold, with its release, and a hold releases by itself', () => {
  it('a session: a login', async () => {
    const { world, tab } = await signedInWorld()
    const trace = traced(tab)
    world.server.control.endSessions({ userId: tab.id })
    const edit = await world.after(tab.users.update({ name: 'James' }))
    expect(tab.app.status$.value).toMatchObject({
      phase: 'needs-login',
      pending: 1,
      failure: { kind: 'auth', code: 3064 },
      nextAttemptAtMs: undefined,
    })
    expect(trace.of('held')).toMatchObject([{ reason: 'auth' }])
    await world.after(tab.users.login('ann@x.co', password))
    expect(await edit.settled).toMatchObject({ outcome: 'accepted' })
  })

  it('the configuration: the next try, whose time is named', async () => {
    const { world, tab } = await signedInWorld()
    const trace = traced(tab)
    world.server.control.failNextUpdate({ code: 2002 })
    const edit = await world.after(tab.users.update({ name: 'James' }))
    expect(tab.app.status$.value).toMatchObject({
      phase: 'held',
      pending: 1,
      failure: { kind: 'configuration', code: 2002 },
      nextAttemptAtMs: world.clock.now() + 900_000,
    })
    expect(trace.of('held')).toMatchObject([{ reason: 'configuration' }])
    await world.advance(900_000)
    expect(await edit.settled).toMatchObject({ outcome: 'accepted' })
    expect(tab.app.status$.value).not.toHaveProperty('failure', expect.anything())
  })

  it('a stalled lane: the daily try, whose time is named, after a reload too', async () => {
    const world = await makeWorld({ switches: { sessionTimeoutSeconds: 10_000_000 } })
    const tab = await world.signedIn()
    const day = 86_400_000
    const id = await stall({ world, tab })
    expect(tab.app.faults.open$.value).toMatchObject([{ kind: 'stalled' }])
    const { nextAttemptAtMs, ...status } = tab.app.status$.value
    expect(status).toMatchObject({ phase: 'waiting', pending: 1, faults: 1, failure: { kind: 'server', status: 404 } })
    expect(nextAttemptAtMs! - world.clock.now()).toBeGreaterThan(day - 600_000)
    const again = await world.reopen(tab)
    expect(again.app.status$.value).toMatchObject({ phase: 'waiting', nextAttemptAtMs: expect.any(Number) })
    world.server.control.rules.clear()
    await world.advance(day)
    expect(await again.app.settlement(id)).toMatchObject({ outcome: 'accepted' })
    expect(again.app.faults.open$.value).toEqual([])
  })
})

it('report() has queue, faults, state and the newest steps as JSON, and no value of the person in it', async () => {
  const { world, tab } = await signedInWorld()
  world.server.control.failNextUpdate({ code: 3045, message: 'Hush is not good enough' })
  const refused = await world.after(
    tab.users.update({ name: 'Hush', city: 'Hushville' }, { meta: { note: 'hush-hush' } }),
  )
  tab.platform.connectivity.set(false)
  const waiting = await world.after(tab.users.update({ prefs: { a: ['hush'] }, age: 41, born: null }, { meta: 'hush' }))
  const report = await tab.app.report()
  expect(report).toMatchObject({
    session: 'signed-in',
    storage: 'ok',
    status: { phase: 'offline', pending: 1, faults: 1 },
    lanes: [{ edits: [{ id: waiting.id, patch: { prefs: 'object', age: 'number', born: null } }] }],
    faults: [
      {
        editIds: [refused.id],
        kind: 'validation',
        code: 3045,
        properties: ['name', 'city'],
        mine: { name: 'string(4)', city: 'string(9)' },
        base: { name: 'string(3)', city: 'string(4)' },
      },
    ],
    steps: expect.arrayContaining([expect.objectContaining({ type: 'rejected' })]),
  })
  const text = JSON.stringify(report)
  expect(JSON.parse(text)).toEqual(report)
  for (const value of ['ush', 'Ann', 'Rome', 'x.co']) expect(text).not.toContain(value)
})
