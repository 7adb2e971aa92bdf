/*
 * Lists whose answers never come: the pull ends after its time and pauses, a creation that is looked for in the list is looked for
 * again, and no edit waits for either (R12, R21, R23).
 */
import { describe, expect, it } from 'vitest'
import { openRest, type RestCollection } from '../../src/rest/index.js'
import { listWorld, make, type Note, type Records } from '../support/list-world.js'

const silence = { match: { method: 'GET', path: '/notes' }, action: { do: 'hold' }, times: 'always' } as const
const tryMs = 31_000

describe('a pull', () => {
  it('that gets no answer fails after its time, pauses longer each time, and recovers', async () => {
    const { server, stage, lists, open } = await listWorld()
    make(server, { title: 'Milk' })
    server.control.rules.add(silence)
    const tab = await open(undefined)
    await tab.watch()
    expect(tab.notes.pull$.value).toMatchObject({ state: 'pulling' })
    await stage.advance(29_000)
    expect([lists(), tab.notes.pull$.value.state]).toEqual([['GET notes'], 'pulling'])
    await stage.advance(2_000)
    expect(tab.notes.pull$.value).toMatchObject({ state: 'failed', failure: { kind: 'timeout' } })
    await stage.advance(600_000)
    // A try takes half a minute, and the pauses grow up to five minutes.
    const tries = lists().length
    expect(tries).toBeGreaterThan(2)
    expect(tries).toBeLessThan(18)
    server.control.rules.clear()
    await stage.advance(400_000)
    expect(tab.notes.pull$.value).toMatchObject({ state: 'idle', received: 1 })
    expect(tab.titles).toEqual(['Milk'])
  })

  it('that gets no answer keeps no edit of the same collection from being sent', async () => {
    const { server, stage, open } = await listWorld()
    const id = make(server, { title: 'Milk' })
    server.control.rules.add(silence)
    const tab = await open(undefined)
    await tab.watch()
    const made = await tab.notes.create({ title: 'Bread' })
    const changed = await tab.notes.update(id, { title: 'Oat milk' })
    await stage.quiet()
    expect(tab.notes.pull$.value).toMatchObject({ state: 'pulling' })
    expect(await made.settled).toMatchObject({ outcome: 'accepted' })
    expect(await changed.settled).toMatchObject({ outcome: 'accepted' })
    await stage.advance(tryMs)
    expect(tab.notes.pull$.value).toMatchObject({ state: 'failed', failure: { kind: 'timeout' } })
    // Nor does its failure.
    const next = await tab.notes.update(id, { title: 'Rye' })
    await stage.quiet()
    expect(await next.settled).toMatchObject({ outcome: 'accepted' })
  })

  it('of which the second page gets no answer shows the first, and begins anew', async () => {
    const { server, stage, open } = await listWorld()
    for (let at = 0; at < 120; at++) make(server, { title: `Note ${at}` })
    server.control.rules.add({ ...silence, after: 1, times: 1 })
    const tab = await open(undefined)
    await tab.watch()
    expect(tab.titles).toHaveLength(50)
    await stage.advance(tryMs)
    expect(tab.notes.pull$.value).toMatchObject({ state: 'failed', failure: { kind: 'timeout' } })
    await stage.advance(tryMs)
    expect(tab.notes.pull$.value).toMatchObject({ state: 'idle', received: 120 })
    expect(tab.titles).toHaveLength(120)
  })

  it('that gets no answer ends with `refresh()`, and holds no other tab up for longer', async () => {
    const { server, stage, open } = await listWorld()
    make(server, { title: 'Milk' })
    server.control.rules.add({ ...silence, times: 1 })
    const tab = await open(undefined)
    const other = await open(undefined)
    const [mine, others] = [tab, other].map((one) =>
      one.notes.refresh().then(
        () => 'pulled',
        ({ failure }: { failure: { kind: string } }) => failure.kind,
      ),
    )
    await stage.advance(tryMs)
    expect([await mine, await others]).toEqual(['timeout', 'pulled'])
  })
})

describe('a creation that is looked for in a list', () => {
  const never: RestCollection = { ids: 'server' }

  async function lost() {
    const { server, stage, lists } = await listWorld()
    const collections = { notes: { ids: 'device', create: 'PUT' }, authors: never } as const
    const page = stage.openPage(
      (platform) => openRest<Records>({ url: server.root, account: 'ann', collections, platform }),
      () => undefined,
    )
    await stage.quiet()
    const { app } = page
    server.control.create('authors', { name: 'Bea' })
    await stage.after(app.collection('authors').record(1).refresh())
    server.control.rules.add({ match: { method: 'POST' }, action: { do: 'lose-answer' } })
    const edit = await app.collection('authors').create({ name: 'Ann' })
    server.control.rules.add({ match: { method: 'GET', path: '/authors' }, action: { do: 'hold' }, times: 'always' })
    await stage.quiet()
    return { server, stage, lists, app, edit }
  }

  it('which gets no answer is looked for again, and neither sent twice nor given up', async () => {
    const { server, stage, app, edit } = await lost()
    await stage.advance(300_000)
    expect(app.status$.value).toMatchObject({ pending: 1, faults: 0, failure: { kind: 'timeout' } })
    expect(server.control.held()).toBeGreaterThan(0)
    server.control.rules.clear()
    await stage.advance(330_000)
    expect(await edit.settled).toMatchObject({ outcome: 'accepted', remoteId: 2 })
    expect(server.control.all('authors')).toHaveLength(2)
    expect(app.status$.value).toMatchObject({ pending: 0, faults: 0 })
  })

  it('which gets no answer holds up no other record', async () => {
    const { server, stage, app, edit } = await lost()
    await stage.advance(tryMs)
    // The list is asked for now.
    expect(server.control.held()).toBe(1)
    const note: Note = { id: '', title: 'Milk' }
    const other = await app.collection('notes').create({ title: note.title })
    const update = await app.collection('authors').update('1', { name: 'Beatrice' })
    await stage.advance(120_000)
    expect(app.status$.value).toMatchObject({ pending: 1, faults: 0 })
    expect(await other.settled).toMatchObject({ outcome: 'accepted' })
    expect(await update.settled).toMatchObject({ outcome: 'accepted' })
    expect(app.status$.value).toMatchObject({ pending: 1, faults: 0 })
    server.control.rules.clear()
    await stage.advance(330_000)
    expect(await edit.settled).toMatchObject({ outcome: 'accepted', remoteId: 2 })
  })
})
