/* Faults last: in every tab and after a reload, until the app retries or discards them (G6, G7). */
import { describe, expect, it } from 'vitest'
import { FaultClosedError, InvalidEditError, type Fault, type TraceEvent } from '../../src/backendless/index.js'
import { newest } from '../support/newest.js'
import { makeWorld, offlineWorld, signedInWorld, type Tab, type World } from '../support/world.js'

/** A fault for an empty city, `mine` over 'Rome'. */
async function refused(world: World, tab: Tab): Promise<Fault> {
  world.outdate()
  const edit = await world.after(tab.users.update({ city: '' }, { meta: { form: 'address' } }))
  const settlement = await edit.settled
  if (settlement.outcome !== 'rejected') throw new Error(`The edit was not refused but ${settlement.outcome}`)
  return settlement.fault
}

it('is told at once, in every tab, and as an old one to later tabs', async () => {
  const { world, tab } = await signedInWorld()
  const other = await world.open()
  const fault = await refused(world, tab)
  for (const one of [tab, other]) {
    expect(one.faults).toEqual([{ fault, replayed: false }])
    expect(one.app.faults.open$.value).toEqual([fault])
    expect(one.app.status$.value).toMatchObject({ phase: 'idle', faults: 1, pending: 0 })
    expect(one.users.fields$.value).toEqual({ city: { state: 'refused', fault } })
    expect(one.users.current$.value).toMatchObject({ city: 'Rome' })
  }
  const late: unknown[] = []
  tab.app.faults.events$.subscribe((event) => late.push(event))
  expect(late).toEqual([{ fault, replayed: true }])
})

it('is there after a reload, with no network too, and its edit is known as rejected', async () => {
  const { world, tab } = await signedInWorld()
  const fault = await refused(world, tab)
  tab.kill()
  await world.stopServer()
  const again = await world.open()
  expect(again.faults).toEqual([{ fault, replayed: true }])
  expect(again.app.faults.open$.value).toEqual([fault])
  expect(await again.app.settlement(fault.editIds[0]!)).toMatchObject({ outcome: 'rejected', fault })
})

it('is written with the rollback: a kill between them is not possible', async () => {
  const { world, tab } = await signedInWorld()
  const { id } = await world.after(tab.users.update({ name: 'first' }))
  expect(await tab.app.settlement(id)).toMatchObject({ outcome: 'accepted' })
  // The transaction that would write the fault fails: then nothing is rolled back either.
  tab.storage.refuses = (table) => (table === 'faults' ? 'QuotaExceededError' : undefined)
  world.outdate()
  const edit = await world.after(tab.users.update({ city: '' }))
  expect(tab.users.current$.value).toMatchObject({ city: '' })
  expect(tab.app.status$.value).toMatchObject({ pending: 1, faults: 0 })
  const again = await world.reopen(tab)
  await world.advance(60_000)
  expect(again.faults).toMatchObject([{ fault: { editIds: [edit.id], code: 3045 }, replayed: false }])
  expect(again.users.current$.value).toMatchObject({ city: 'Rome' })
})

describe('retry', () => {
  it('makes a new edit of mine at the end of the lane, and closes the fault', async () => {
    const { world, tab } = await signedInWorld()
    world.server.control.failNextUpdate({ code: 3045 })
    const { settled } = await tab.users.update({ city: 'Paris' }, { meta: 7 })
    await settled
    await world.quiet()
    const { fault } = tab.faults[0]!
    const again = await tab.app.faults.retry(fault.id)
    expect(again.patch).toEqual({ city: 'Paris' })
    expect(again.id).not.toBe(fault.editIds[0])
    await world.quiet()
    expect(await again.settled).toMatchObject({ outcome: 'accepted', user: { city: 'Paris' } })
    expect(tab.app.faults.open$.value).toEqual([])
    expect(tab.users.fields$.value).toEqual({})
    await expect(tab.app.faults.retry(fault.id)).rejects.toBeInstanceOf(FaultClosedError)
    await expect(tab.app.faults.retry(fault.id)).rejects.toMatchObject({ faultId: fault.id })
  })

  it('that is refused again is a fault again', async () => {
    const { world, tab } = await signedInWorld()
    const fault = await refused(world, tab)
    // The description was fetched anew, and by it the value is wrong: then it is not even saved.
    await expect(tab.app.faults.retry(fault.id)).rejects.toMatchObject({ property: 'city', code: 3045 })
    expect(tab.app.faults.open$.value).toEqual([fault])
    world.outdate()
    const again = await world.after(tab.app.faults.retry(fault.id))
    expect(await again.settled).toMatchObject({
      outcome: 'rejected',
      fault: { editIds: [again.id], meta: { form: 'address' } },
    })
    expect(tab.app.faults.open$.value).toHaveLength(1)
    expect(tab.faults.map(({ replayed }) => replayed)).toEqual([false, false])
  })

  it('of a conflict starts from what the others wrote, and so goes through', async () => {
    const { world, tab } = await offlineWorld()
    await tab.users.update({ name: 'James' })
    await world.server.control.writeUser(tab.id, { name: 'Zoe' })
    await world.advance(61_000)
    await world.reconnect(tab)
    const { fault } = tab.faults[0]!
    expect(fault).toMatchObject({ kind: 'conflict', reason: 'changed' })
    tab.kill()

    const reloaded = await world.open()
    const again = await world.after(reloaded.app.faults.retry(fault.id))
    expect(await again.settled).toMatchObject({ outcome: 'accepted', user: { name: 'James' } })
    expect(world.server.control.readUser({ id: tab.id })).toMatchObject({ name: 'James' })
  })

  it('offline is queued like any edit', async () => {
    const { world, tab } = await signedInWorld()
    world.server.control.failNextUpdate({ code: 3045 })
    await (
      await tab.users.update({ city: 'Paris' })
    ).settled
    await world.quiet()
    tab.platform.connectivity.set(false)
    await tab.app.faults.retry(tab.faults[0]!.fault.id)
    expect(tab.app.status$.value).toMatchObject({ pending: 1 })
    const again = await world.reopen(tab)
    await world.quiet()
    expect(again.users.current$.value).toMatchObject({ city: 'Paris' })
    expect(world.applied(tab.id)).toEqual([{ city: 'Paris' }])
    expect(again.app.faults.open$.value).toEqual([])
  })
})

describe('amend', () => {
  it('sends mine with the patch over it, as a new edit that keeps the note, and closes the fault', async () => {
    const { world, tab } = await signedInWorld()
    world.server.control.failNextUpdate({ code: 3045 })
    const { settled } = await tab.users.update({ city: 'Paris', name: 'James' }, { meta: 7 })
    await settled
    await world.quiet()
    const { fault } = tab.faults[0]!
    const notes: unknown[] = []
    tab.app.pending$.subscribe((edits) => notes.push(...edits.map(({ meta }) => meta)))
    const amended = await tab.app.faults.amend(fault.id, { city: 'Oslo' })
    expect(amended.patch).toEqual({ city: 'Oslo', name: 'James' })
    await world.quiet()
    expect(new Set(notes)).toEqual(new Set([7]))
    expect(await amended.settled).toMatchObject({ outcome: 'accepted', user: { city: 'Oslo', name: 'James' } })
    expect(tab.app.faults.open$.value).toEqual([])
    await expect(tab.app.faults.amend(fault.id, { city: 'Rome' })).rejects.toBeInstanceOf(FaultClosedError)
  })

  it.each([null, undefined, 5, 'Oslo', ['Oslo'], {}, { city: NaN }, { password: 'x' }, { objectId: 'other' }])(
    'with %j rejects, and the fault stays open',
    async (patch) => {
      const { world, tab } = await signedInWorld()
      const fault = await refused(world, tab)
      await expect(tab.app.faults.amend(fault.id, patch as never)).rejects.toBeInstanceOf(InvalidEditError)
      await world.quiet()
      expect(tab.app.faults.open$.value).toEqual([fault])
      expect(tab.app.status$.value).toMatchObject({ pending: 0, faults: 1 })
    },
  )
})

describe('discard', () => {
  it('accepts the rollback, in every tab, for good', async () => {
    const { world, tab } = await signedInWorld()
    const other = await world.open()
    const fault = await refused(world, tab)
    await world.after(other.app.faults.discard(fault.id))
    expect(tab.app.faults.open$.value).toEqual([])
    expect(tab.users.fields$.value).toEqual({})
    for (const id of [fault.id, undefined, 5])
      await expect(tab.app.faults.discard(id as string)).rejects.toBeInstanceOf(FaultClosedError)
    for (const id of [fault.id, undefined, 5])
      await expect(tab.app.faults.retry(id as string)).rejects.toBeInstanceOf(FaultClosedError)
    const again = await world.reopen(tab)
    expect(again.faults).toEqual([])
    expect(again.users.current$.value).toMatchObject({ city: 'Rome' })
  })
})

it('a property that is written again afterwards is not shown as refused any more', async () => {
  const { world, tab } = await signedInWorld()
  await refused(world, tab)
  await world.after(tab.users.update({ city: 'Paris' }))
  expect(tab.users.fields$.value).toEqual({})
  expect(tab.app.faults.open$.value).toMatchObject([{ overtaken: ['city'] }])
  expect(tab.users.current$.value).toMatchObject({ city: 'Paris' })
})

describe('seven days without a verdict', () => {
  it('are said, and nothing is rolled back; the fault closes itself when the edit settles', async () => {
    const world = await makeWorld({ switches: { sessionTimeoutSeconds: 10_000_000 } })
    const tab = await world.signedIn()
    world.server.control.rules.add({
      match: { method: 'PUT' },
      times: 'always',
      action: { do: 'gateway', status: 404 },
    })
    const edit = await tab.users.update({ name: 'James' })
    // The backend answers other requests: it is this edit that gets no verdict.
    await world.quiet()
    world.clock.jump(6 * 24 * 3_600_000)
    await tab.users.refresh()
    await world.advance(300_000)
    expect(tab.app.faults.open$.value).toEqual([])
    world.clock.jump(2 * 24 * 3_600_000)
    await world.advance(300_000)
    expect(tab.app.faults.open$.value).toMatchObject([{ kind: 'stalled', editIds: [edit.id], properties: ['name'] }])
    expect(tab.app.status$.value).toMatchObject({ pending: 1, faults: 1 })
    expect(tab.users.current$.value).toMatchObject({ name: 'James' })
    // Daily now.
    world.updates()
    await world.advance(10 * 24 * 3_600_000)
    expect(world.updates().length).toBeLessThanOrEqual(11)
    expect(tab.app.faults.open$.value).toHaveLength(1)
    world.server.control.rules.clear()
    await tab.app.flush()
    expect(await edit.settled).toMatchObject({ outcome: 'accepted' })
    expect(tab.app.faults.open$.value).toEqual([])
  })
})

it.each(['amend', 'discard'] as const)(
  '%s of a stalled edit: its values are ours if the backend has them after all, and no conflict (R2)',
  async (how) => {
    const world = await makeWorld({ switches: { sessionTimeoutSeconds: 10_000_000 } })
    const tab = await world.signedIn({ requestTimeoutMs: 90_000 })
    const { rules } = world.server.control
    rules.add({ match: { method: 'PUT' }, times: 'always', action: { do: 'gateway', status: 404 } })
    await tab.users.update({ name: 'James' })
    await world.quiet()
    world.clock.jump(8 * 24 * 3_600_000)
    await tab.users.refresh()
    await world.advance(300_000)
    const [fault] = tab.app.faults.open$.value
    expect(fault).toMatchObject({ kind: 'stalled' })
    rules.clear()
    rules.add({ match: { method: 'PUT' }, times: 'always', action: { do: 'lose-answer' } })
    tab.app.flush().catch(() => {})
    await world.advance(1_000)
    expect(world.applied(tab.id)).toEqual([{ name: 'James' }])
    rules.clear()
    if (how === 'discard') {
      type Row = { attempt?: { atMs: number }; strays?: { untilMs: number }[] }
      const row = async (): Promise<Row> => (await world.rows())['records']![0] as Row
      const { attempt } = await row()
      await tab.app.faults.discard(fault!.id)
      expect(await row()).toMatchObject({ strays: [{ untilMs: attempt!.atMs + 90_000 }] })
    }
    const edit = await (how === 'amend'
      ? tab.app.faults.amend(fault!.id, { name: 'Jim' })
      : tab.users.update({ name: 'Jim' }))
    await world.advance(400_000)
    expect(await edit.settled).toMatchObject({ outcome: 'accepted', user: { name: 'Jim' } })
    expect(tab.app.faults.open$.value).toEqual([])
  },
)

describe('two tabs that act on one fault at once', () => {
  const acts = {
    retry: ({ app }: Tab, id: string) => app.faults.retry(id),
    amend: ({ app }: Tab, id: string) => app.faults.amend(id, { city: 'Oslo' }),
    discard: ({ app }: Tab, id: string) => app.faults.discard(id),
  }
  const names = Object.keys(acts) as (keyof typeof acts)[]

  it.each(names.flatMap((one) => names.map((other) => [one, other] as const)))(
    '%s and %s: one wins, the other is told that it is closed',
    async (one, other) => {
      const { world, tab } = await signedInWorld()
      const second = await world.open()
      world.server.control.failNextUpdate({ code: 3045 })
      await world.after(tab.users.update({ city: 'Paris' }))
      const { id } = tab.faults[0]!.fault
      const ends = await world.after(Promise.allSettled([acts[one](tab, id), acts[other](second, id)]))
      const lost = ends.filter((end) => end.status === 'rejected')
      expect(lost.map(({ reason }) => (reason as Error).name)).toEqual(['FaultClosedError'])
      const winner = ends[0]!.status === 'fulfilled' ? one : other
      const city = { retry: 'Paris', amend: 'Oslo', discard: 'Rome' }[winner]
      for (const { app, users } of [tab, second]) {
        expect(app.faults.open$.value).toEqual([])
        expect(users.current$.value).toMatchObject({ city })
      }
      expect(world.applied(tab.id)).toEqual(winner === 'discard' ? [] : [{ city }])
    },
  )
})

it('carries the note of the form that made the edit, and the new edit names the one that it repeats', async () => {
  const { world, tab } = await signedInWorld()
  const note = { form: 'address', step: [1, 2] }
  const pending = newest(tab.app.pending$)
  tab.platform.connectivity.set(false)
  const edit = await world.after(tab.users.update({ city: 'Paris' }, { meta: note }))
  expect(pending()).toMatchObject([{ id: edit.id, meta: note, retryOf: undefined }])
  world.server.control.failNextUpdate({ code: 3045 })
  await world.reconnect(tab)
  expect(tab.app.faults.open$.value).toMatchObject([{ meta: note }])
  expect(tab.faults).toMatchObject([{ fault: { meta: note }, replayed: false }])
  tab.kill()

  const again = await world.open()
  expect(again.faults).toMatchObject([{ fault: { meta: note }, replayed: true }])
  const pendingAgain = newest(again.app.pending$)
  again.platform.connectivity.set(false)
  const retried = await world.after(again.app.faults.retry(again.faults[0]!.fault.id))
  expect(pendingAgain()).toMatchObject([{ id: retried.id, meta: note, retryOf: edit.id }])
})

it('a user who is found to be gone when an edit is doubted is no user who may not be read', async () => {
  const { world, tab } = await signedInWorld()
  const steps: TraceEvent[] = []
  tab.app.trace$.subscribe((step) => steps.push(step))
  // The first answer is lost; what is found afterwards is that there is no such user.
  world.server.control.rules.add({ match: { method: 'PUT' }, action: { do: 'lose-answer' } })
  await world.after(tab.users.update({ name: 'James' }))
  world.server.control.removeUser(tab.id)
  await world.advance(60_000)
  expect(tab.app.faults.open$.value).toMatchObject([{ kind: 'gone', properties: ['name'], unverified: undefined }])
  expect(steps.filter(({ type }) => type === 'read').map((step) => 'ok' in step && step.ok)).not.toContain(false)
})
