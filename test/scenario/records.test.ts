/* Records of an ordinary HTTP API: made, changed and deleted, with and without a network, and refused (G3, G6, R17, R18). */
import { describe, expect, it } from 'vitest'
import { type RestServerOptions } from '../../demo/server/rest/start-rest-server.js'
import { openRest, type OpenRestOptions } from '../../src/rest/index.js'
import { makeRestStage, notesTab, type NotesTab, requestLine, type RestStage } from '../support/rest-stage.js'

interface Note {
  id: string
  title: string
  text?: string | null
  done?: boolean
  slug?: string | null
}

type Notes = { notes: Note }

type Tab = NotesTab<Notes>

interface World extends RestStage {
  /** Method and path of each request that left the device since the last call. */
  requests(): string[]
  open(more?: Partial<OpenRestOptions<Notes>>): Promise<Tab>
}

async function makeRestWorld(options: RestServerOptions = {}): Promise<World> {
  const { server, stage } = await makeRestStage(options)
  const requests: string[] = []
  return {
    server,
    stage,
    requests: () => requests.splice(0),
    async open(more) {
      const page = stage.openPage(
        (platform) =>
          openRest<Notes>({
            url: server.root,
            account: 'ann',
            collections: { notes: { ids: 'device', create: 'PUT' } },
            platform,
            ...more,
          }),
        (request) => void requests.push(requestLine(request)),
      )
      return notesTab(stage, page)
    },
  }
}

async function opened(options?: RestServerOptions): Promise<{ world: World; tab: Tab }> {
  const world = await makeRestWorld(options)
  return { world, tab: await world.open() }
}

describe('a life of a record', () => {
  it('in a network: each edit is accepted, and the last value is none', async () => {
    const { world, tab } = await opened()
    const { stage, server } = world
    const created = await tab.notes.create({ title: 'Milk' })
    const { recordId: id } = created
    await stage.quiet()
    expect(await created.settled).toMatchObject({
      outcome: 'accepted',
      op: 'create',
      key: { collection: 'notes', id },
      value: { id, title: 'Milk', done: false },
    })
    expect(server.control.read('notes', id)).toMatchObject({ title: 'Milk' })
    const updated = await tab.notes.update(id, { title: 'Oat milk' })
    await stage.quiet()
    expect(await updated.settled).toMatchObject({ outcome: 'accepted', op: 'update', value: { title: 'Oat milk' } })
    const deleted = await tab.notes.delete(id)
    await stage.quiet()
    expect(await deleted.settled).toEqual({ outcome: 'accepted', op: 'delete', key: deleted.key, value: null })
    expect(server.control.all('notes')).toEqual([])
    expect(world.requests()).toEqual([
      `PUT notes/${id}`,
      `PATCH notes/${id}`,
      `DELETE notes/${id}`,
      // The proof that it is gone.
      `GET notes/${id}`,
    ])
    expect(await tab.notes.get(id)).toBeNull()
  })

  it('in a tunnel: one creation with all that was typed goes out, over a restart', async () => {
    const { world, tab } = await opened()
    const { stage, server } = world
    tab.platform.connectivity.set(false)
    const { recordId: id } = await tab.notes.create({ title: 'Milk' })
    await tab.notes.update(id, { text: 'Two' })
    await tab.notes.update(id, { title: 'Oat milk' })
    tab.kill()
    const next = await world.open()
    await stage.quiet()
    expect(world.requests()).toEqual([`PUT notes/${id}`])
    expect(server.control.all('notes')).toMatchObject([{ id, title: 'Oat milk', text: 'Two' }])
    expect(next.app.status$.value).toMatchObject({ pending: 0, faults: 0 })
  })

  it('that was made and deleted in a tunnel costs no request', async () => {
    const { world, tab } = await opened()
    tab.platform.connectivity.set(false)
    const { recordId: id } = await tab.notes.create({ title: 'Milk' })
    await tab.notes.delete(id)
    await world.stage.reconnect(tab)
    expect(world.requests()).toEqual([])
    expect(tab.app.status$.value).toMatchObject({ pending: 0 })
  })
})

describe('a refused creation', () => {
  const problem = { status: 422, code: 'validation', errors: { title: ['is taken'] } }

  async function refused(): Promise<{ world: World; tab: Tab; id: string }> {
    const { world, tab } = await opened()
    world.server.control.failNext(problem as never)
    const { recordId: id } = await tab.notes.create({ title: 'Milk' })
    await world.stage.quiet()
    tab.notes.record(id).value$.subscribe()
    await world.stage.quiet()
    expect(tab.faults).toMatchObject([{ kind: 'validation', op: 'create', recordId: id, mine: { title: 'Milk' } }])
    return { world, tab, id }
  }

  it('stays in view with what was typed, also after a restart; nothing else can be made of it', async () => {
    const { world, tab, id } = await refused()
    for (const one of [tab, await world.open()]) {
      const record = one.notes.record(id)
      record.value$.subscribe()
      await world.stage.quiet()
      expect(record.value$.value).toEqual({ title: 'Milk' })
      expect(record.state$.value).toMatchObject({ state: 'refused', op: 'create', fault: { kind: 'validation' } })
      await expect(record.update({ done: true })).rejects.toMatchObject({ code: 'refused' })
      await expect(record.delete()).rejects.toMatchObject({ code: 'refused' })
    }
    expect(world.server.control.all('notes')).toEqual([])
  })

  it('is made again by retry, under the same id', async () => {
    const { world, tab, id } = await refused()
    const again = await tab.app.faults.retry(tab.faults[0]!.id)
    expect(again).toMatchObject({ op: 'create', recordId: id, patch: { title: 'Milk' } })
    await world.stage.quiet()
    expect(await again.settled).toMatchObject({ outcome: 'accepted', value: { title: 'Milk' } })
    expect(tab.faults).toEqual([])
    expect(world.server.control.all('notes')).toMatchObject([{ id, title: 'Milk' }])
  })

  it('is made otherwise by amend', async () => {
    const { world, tab, id } = await refused()
    const again = await tab.app.faults.amend(tab.faults[0]!.id, { title: 'Oat milk', done: true })
    expect(again).toMatchObject({ op: 'create', recordId: id, patch: { title: 'Oat milk', done: true } })
    await world.stage.quiet()
    expect(world.server.control.all('notes')).toMatchObject([{ id, title: 'Oat milk', done: true }])
    expect(tab.notes.record(id).state$.value).toEqual({ state: 'confirmed' })
  })

  it('under an id that another record has stays in view with what was typed; discarded, it gives way to the other one', async () => {
    const { world, tab } = await opened()
    const { stage, server } = world
    server.control.create('notes', { id: 'n1', title: 'Tea' })
    const record = tab.notes.record('n1')
    record.value$.subscribe()
    await tab.notes.create({ title: 'Milk' }, { id: 'n1' })
    await stage.quiet()
    expect(record.value$.value).toEqual({ title: 'Milk' })
    expect(record.state$.value).toMatchObject({
      state: 'refused',
      op: 'create',
      fault: { kind: 'conflict', reason: 'taken', theirs: { title: 'Tea' } },
    })
    await expect(record.update({ done: true })).rejects.toMatchObject({ code: 'refused' })
    await expect(record.delete()).rejects.toMatchObject({ code: 'refused' })
    const [fault] = tab.faults
    await expect(tab.app.faults.retry(fault!.id)).rejects.toMatchObject({ code: 'exists' })
    await tab.app.faults.discard(fault!.id)
    await stage.quiet()
    expect(record.value$.value).toMatchObject({ title: 'Tea' })
    expect(record.state$.value).toEqual({ state: 'confirmed' })
    expect(server.control.all('notes')).toMatchObject([{ id: 'n1', title: 'Tea' }])
  })

  it('leaves the view by discard, and cannot be made under that id again', async () => {
    const { world, tab, id } = await refused()
    await tab.app.faults.discard(tab.faults[0]!.id)
    await world.stage.quiet()
    expect(tab.notes.record(id).value$.value).toBeNull()
    await expect(tab.notes.update(id, { title: 'x' })).rejects.toMatchObject({ code: 'deleted' })
    expect(world.server.control.all('notes')).toEqual([])
  })
})

describe('a refused deletion', () => {
  it('brings the record back, with its fault; retry deletes it, and amend is refused by name', async () => {
    const { world, tab } = await opened()
    const { stage, server } = world
    server.control.create('notes', { id: 'n1', title: 'Milk' })
    const record = tab.notes.record('n1')
    record.value$.subscribe()
    await record.refresh()
    server.control.failNext({ status: 422, code: 'validation' } as never)
    const deleting = await record.delete()
    expect(record.value$.value).toBeNull()
    await stage.quiet()
    expect(await deleting.settled).toMatchObject({
      outcome: 'rejected',
      op: 'delete',
      fault: { op: 'delete', mine: null },
    })
    expect(record.value$.value).toMatchObject({ title: 'Milk' })
    expect(record.state$.value).toMatchObject({ state: 'refused', op: 'delete' })
    const [fault] = tab.faults
    await expect(tab.app.faults.amend(fault!.id, { title: 'x' })).rejects.toMatchObject({ name: 'InvalidEditError' })
    const again = await tab.app.faults.retry(fault!.id)
    expect(again).toMatchObject({ op: 'delete', recordId: 'n1' })
    await stage.quiet()
    expect(server.control.all('notes')).toEqual([])
    expect(record.value$.value).toBeNull()
    expect(tab.faults).toEqual([])
  })
})

it('a deletion of what another device has changed goes out, and the function that resolves conflicts is not asked (R22)', async () => {
  const world = await makeRestWorld()
  const asked: unknown[] = []
  const resolve = (contest: unknown): undefined => void asked.push(contest)
  const collections = { notes: { ids: 'device', create: 'PUT', resolve } } as const
  const tab = await world.open({ collections })
  world.server.control.create('notes', { id: 'n1', title: 'Milk' })
  await world.stage.after(tab.notes.record('n1').refresh())
  tab.platform.connectivity.set(false)
  await tab.notes.update('n1', { title: 'Mine' })
  const deleting = await tab.notes.delete('n1')
  world.server.control.update('notes', 'n1', { title: 'Theirs' })
  world.stage.clock.jump(3_600_000)
  await world.stage.reconnect(tab)
  expect(await deleting.settled).toMatchObject({ outcome: 'accepted', value: null })
  expect([asked, world.server.control.all('notes'), tab.faults]).toEqual([[], [], []])
})

describe('an update of what another device has deleted', () => {
  it('ends in a fault, and retry sends it again', async () => {
    const { world, tab } = await opened()
    const { stage, server } = world
    server.control.create('notes', { id: 'n1', title: 'Milk' })
    const record = tab.notes.record('n1')
    record.value$.subscribe()
    await record.refresh()
    server.control.delete('notes', 'n1')
    await record.update({ title: 'Oat milk' })
    await stage.quiet()
    expect(tab.faults).toMatchObject([{ kind: 'gone', op: 'update', mine: { title: 'Oat milk' }, theirs: null }])
    expect(record.value$.value).toBeNull()
    await expect(record.update({ done: true })).rejects.toMatchObject({ code: 'deleted' })
    await tab.app.faults.retry(tab.faults[0]!.id)
    await stage.quiet()
    expect(tab.faults).toMatchObject([{ kind: 'gone', mine: { title: 'Oat milk' } }])
  })
})
