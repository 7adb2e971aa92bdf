/* Versions of records on a server that heeds `If-Match`: the window between a read and a write is closed (R24). */
import { describe, expect, it } from 'vitest'
import { type RestServerOptions } from '../../demo/server/rest/start-rest-server.js'
import { openRest, type OpenRestOptions } from '../../src/rest/index.js'
import type { RestCollection } from '../../src/rest/options.js'
import type { TraceEvent } from '../../src/model/events.js'
import { makeRestStage, notesTab, type NotesTab, type RestStage } from '../support/rest-stage.js'

interface Note {
  id: string
  title: string
  text?: string | null
  done?: boolean
}

type Notes = { notes: Note }

type Tab = NotesTab<Notes>

interface World extends RestStage {
  /** Method and `If-Match` of each request that left the device since the last call. */
  requests(): string[]
  /** As the next request of this method leaves, another device does this first. */
  before(method: string, act: () => void): void
  /** On its way, each `If-Match` is changed so. */
  retag(change: (tag: string) => string): void
  open(notes?: Partial<RestCollection>, more?: Partial<OpenRestOptions<Notes>>): Promise<Tab>
}

async function makeWorld(options: RestServerOptions = {}): Promise<World> {
  const { server, stage } = await makeRestStage(options)
  server.control.create('notes', { id: 'n1', title: 'Milk', text: 'One' })
  const requests: string[] = []
  const acts: { method: string; act: () => void }[] = []
  let changed = (tag: string): string => tag
  return {
    server,
    stage,
    requests: () => requests.splice(0),
    before: (method, act) => void acts.push({ method, act }),
    retag: (change) => void (changed = change),
    async open(notes, more) {
      const page = stage.openPage(
        (platform) =>
          openRest<Notes>({
            url: server.root,
            account: 'ann',
            collections: { notes: { ids: 'device', create: 'PUT', versions: 'etag', ...notes } },
            platform,
            ...more,
          }),
        ({ method, headers }) => {
          const tag = headers.get('if-match')
          requests.push(tag === null ? method : `${method} ${tag}`)
          if (tag !== null) headers.set('if-match', changed(tag))
          const next = acts.findIndex((one) => one.method === method)
          if (next >= 0) acts.splice(next, 1)[0]!.act()
        },
      )
      return notesTab(stage, page)
    },
  }
}

const isOff = (step: TraceEvent): boolean => step.type === 'versions' && step.state === 'off'
const isProved = (step: TraceEvent): boolean => step.type === 'versions' && step.state === 'proved'

describe('another device writes between our read and our write', () => {
  it('to another property: both stay', async () => {
    const world = await makeWorld()
    const { server, stage } = world
    const tab = await world.open()
    world.before('PATCH', () => server.control.update('notes', 'n1', { text: 'Theirs' }))
    const edit = await tab.notes.update('n1', { title: 'Oat milk' })
    await stage.quiet()
    expect(await edit.settled).toMatchObject({ outcome: 'accepted', value: { title: 'Oat milk', text: 'Theirs' } })
    expect(server.control.read('notes', 'n1')).toMatchObject({ title: 'Oat milk', text: 'Theirs' })
    expect(world.requests()).toEqual(['GET', 'PATCH "1"', 'GET', 'PATCH "2"'])
    expect(tab.faults).toEqual([])
    expect(tab.steps.filter(({ type }) => type === 'stale')).toMatchObject([{ op: 'update', editIds: [edit.id] }])
    expect(tab.steps.filter(isProved)).toHaveLength(1)
  })

  it('to the same property: theirs stays, and ours is a fault', async () => {
    const world = await makeWorld()
    const { server, stage } = world
    const tab = await world.open()
    await stage.after(tab.notes.record('n1').refresh())
    world.before('PATCH', () => server.control.update('notes', 'n1', { title: 'Theirs' }))
    await tab.notes.update('n1', { title: 'Mine' })
    await stage.quiet()
    expect(world.requests()).toEqual(['GET', 'PATCH "1"', 'GET'])
    expect(server.control.read('notes', 'n1')).toMatchObject({ title: 'Theirs' })
    expect(tab.faults).toMatchObject([
      { kind: 'conflict', reason: 'changed', mine: { title: 'Mine' }, theirs: { title: 'Theirs' } },
    ])
    const again = await tab.app.faults.retry(tab.faults[0]!.id)
    await stage.quiet()
    expect((await again.settled).outcome).toBe('accepted')
    expect(server.control.read('notes', 'n1')).toMatchObject({ title: 'Mine' })
  })

  it('and loses its value where the server ignores If-Match: no version closes that window', async () => {
    const world = await makeWorld({ switches: { versions: 'ignored' } })
    const { server, stage } = world
    const tab = await world.open()
    world.before('PATCH', () => server.control.update('notes', 'n1', { title: 'Theirs' }))
    await tab.notes.update('n1', { title: 'Mine' })
    await stage.quiet()
    expect(server.control.read('notes', 'n1')).toMatchObject({ title: 'Mine' })
    // So the sender goes on reading.
    await stage.advance(120_000)
    world.requests()
    await tab.notes.update('n1', { title: 'Mine again' })
    await stage.quiet()
    expect(world.requests()).toEqual(['GET', 'PATCH "3"'])
  })

  it('while the record is deleted here: it comes back, with what they wrote', async () => {
    const world = await makeWorld()
    const { server, stage } = world
    const tab = await world.open()
    await stage.after(tab.notes.record('n1').refresh())
    server.control.update('notes', 'n1', { text: 'Theirs' })
    await tab.notes.delete('n1')
    await stage.quiet()
    expect(server.control.read('notes', 'n1')).toMatchObject({ text: 'Theirs' })
    expect(tab.faults).toMatchObject([{ kind: 'conflict', op: 'delete', theirs: { text: 'Theirs' } }])
    const again = await tab.app.faults.retry(tab.faults[0]!.id)
    await stage.quiet()
    expect((await again.settled).outcome).toBe('accepted')
    expect(server.control.read('notes', 'n1')).toBeUndefined()
  })
})

describe('two devices', () => {
  it('that write to one record at once lose nothing', async () => {
    const world = await makeWorld()
    const { server, stage } = world
    const tab = await world.open()
    const other = await world.open({}, { database: 'the-other-device' })
    for (const at of [tab, other]) await stage.after(at.notes.record('n1').refresh())
    tab.platform.connectivity.set(false)
    other.platform.connectivity.set(false)
    await tab.notes.update('n1', { title: 'Ours' })
    await other.notes.update('n1', { text: 'Theirs' })
    await other.notes.update('n1', { done: true })
    await Promise.all([stage.reconnect(tab), stage.reconnect(other)])
    await stage.advance(10_000)
    expect(server.control.read('notes', 'n1')).toMatchObject({ title: 'Ours', text: 'Theirs', done: true })
    expect([...tab.faults, ...other.faults]).toEqual([])
  })
})

describe('once the server has refused a version', () => {
  it('nothing is read before an old base is sent on, in any tab, and after a login', async () => {
    const world = await makeWorld()
    const { server, stage } = world
    const first = await world.open()
    world.before('PATCH', () => server.control.update('notes', 'n1', { text: 'Theirs' }))
    await first.notes.update('n1', { title: 'One' })
    await stage.advance(3_600_000)
    world.requests()
    await first.notes.update('n1', { title: 'Two' })
    await stage.quiet()
    expect(world.requests()).toEqual(['PATCH "3"'])
    const next = await world.open()
    await stage.advance(3_600_000)
    server.control.update('notes', 'n1', { text: 'Theirs again' })
    world.requests()
    await next.notes.update('n1', { title: 'Three' })
    await stage.quiet()
    expect(world.requests()).toEqual(['PATCH "4"', 'GET', 'PATCH "5"'])
    expect(server.control.read('notes', 'n1')).toMatchObject({ title: 'Three', text: 'Theirs again' })
    await stage.after(next.app.session.leave())
    await stage.after(next.app.session.use('bob'))
    await stage.after(next.notes.record('n1').refresh())
    await stage.advance(3_600_000)
    world.requests()
    await next.notes.update('n1', { title: 'Four' })
    await stage.quiet()
    expect(world.requests()).toEqual(['PATCH "6"'])
  })

  it('edits of one record go out one behind the other, each on the version of the answer before', async () => {
    const world = await makeWorld()
    const { stage } = world
    const tab = await world.open()
    await tab.notes.update('n1', { title: 'One' })
    await stage.quiet()
    await tab.notes.update('n1', { title: 'Two' })
    await stage.quiet()
    await tab.notes.delete('n1')
    await stage.quiet()
    expect(world.requests()).toEqual(['GET', 'PATCH "1"', 'PATCH "2"', 'DELETE "3"', 'GET'])
  })
})

describe('a lost answer', () => {
  it('of an update that took effect is no conflict with oneself', async () => {
    const world = await makeWorld()
    const { server, stage } = world
    const tab = await world.open()
    server.control.rules.add({ match: { method: 'PATCH' }, action: { do: 'lose-answer' } })
    const edit = await tab.notes.update('n1', { title: 'Mine' })
    await stage.advance(120_000)
    expect((await edit.settled).outcome).toBe('accepted')
    expect(tab.faults).toEqual([])
    expect(server.control.log({ collection: 'notes' }).filter(({ op }) => op === 'update')).toHaveLength(1)
  })
})

describe('versions that are none', () => {
  it.each(['weak', 'off'] as const)('%s: the record is read before it is sent', async (versions) => {
    const world = await makeWorld({ switches: { versions } })
    const { stage } = world
    const tab = await world.open()
    await tab.notes.update('n1', { title: 'One' })
    await stage.advance(120_000)
    await tab.notes.update('n1', { title: 'Two' })
    await stage.quiet()
    expect(world.requests()).toEqual(['GET', 'PATCH', 'GET', 'PATCH'])
  })

  it('a server that refuses each version gets none any more for a day, and the edit is accepted', async () => {
    const world = await makeWorld()
    const { server, stage } = world
    // As behind a proxy that compresses: its tags are not those of the server.
    world.retag((tag) => tag.replace(/"$/, '-gzip"'))
    const tab = await world.open()
    const edit = await tab.notes.update('n1', { title: 'Mine' })
    await stage.advance(60_000)
    expect((await edit.settled).outcome).toBe('accepted')
    expect(tab.steps.filter(isOff)).toHaveLength(1)
    expect(tab.steps.filter(isProved)).toEqual([])
    expect(server.control.read('notes', 'n1')).toMatchObject({ title: 'Mine' })
    expect(world.requests().filter((one) => one.startsWith('PATCH'))).toEqual([
      'PATCH "1"',
      'PATCH "1"',
      'PATCH "1"',
      'PATCH',
    ])
    await stage.advance(3_600_000)
    await tab.notes.update('n1', { title: 'Mine again' })
    await stage.quiet()
    expect(world.requests()).toEqual(['GET', 'PATCH'])
    await stage.advance(24 * 3_600_000)
    await tab.notes.update('n1', { title: 'And again' })
    await stage.advance(60_000)
    expect(world.requests().filter((one) => one.includes('"'))).toHaveLength(3)
  })

  it('a server that cannot do without gets the one that a read shows (428)', async () => {
    const world = await makeWorld({ switches: { ifMatch: 'required' } })
    const { server, stage } = world
    const tab = await world.open()
    const edit = await tab.notes.delete('n1')
    await stage.quiet()
    expect((await edit.settled).outcome).toBe('accepted')
    expect(world.requests()).toEqual(['DELETE', 'GET', 'DELETE "1"', 'GET'])
    expect(server.control.read('notes', 'n1')).toBeUndefined()
  })

  it('conflicts: overwrite sends none, and the last writer wins', async () => {
    const world = await makeWorld()
    const { server, stage } = world
    const tab = await world.open({ conflicts: 'overwrite' })
    world.before('PATCH', () => server.control.update('notes', 'n1', { title: 'Theirs' }))
    await tab.notes.update('n1', { title: 'Mine' })
    await stage.quiet()
    expect(world.requests()).toEqual(['PATCH'])
    expect(server.control.read('notes', 'n1')).toMatchObject({ title: 'Mine' })
  })
})
