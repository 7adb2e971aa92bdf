/* Lists of records over a real server: rows in each state, named by the server, in two tabs and over restarts (R8, R19, R23). */
import { describe, expect, it } from 'vitest'
import { type Client, openRest, type OpenRestOptions, type Row } from '../../src/rest/index.js'
import { makeRestStage } from '../support/rest-stage.js'

interface Note {
  id: string
  title: string
  done?: boolean
  authorId?: string | number | null
}
interface Author {
  id: string | number
  name: string
}
type Records = { notes: Note; authors: Author }

async function makeWorld() {
  const { server, stage } = await makeRestStage()
  return {
    server,
    stage,
    async open(more?: Partial<OpenRestOptions<Records>>) {
      const page = stage.openPage(
        (platform) =>
          openRest<Records>({
            url: server.root,
            account: 'ann',
            collections: {
              notes: { ids: 'device', create: 'PUT', refs: { authorId: 'authors' } },
              authors: { ids: 'server', idempotencyKey: true },
            },
            platform,
            ...more,
          }) as Client<Records>,
        () => {},
      )
      await stage.quiet()
      const frames: (readonly Row<Note>[])[] = []
      page.app.collection('notes').all$.subscribe((rows) => rows && frames.push(rows))
      await stage.quiet()
      return {
        ...page,
        frames,
        notes: page.app.collection('notes'),
        get rows() {
          return frames.at(-1)!.map(({ value, ...row }) => [value.title, row.state, ...('op' in row ? [row.op] : [])])
        },
      }
    },
  }
}

describe('the rows of a list', () => {
  it('go from pending to confirmed in their place, and are never two', async () => {
    const { stage, open } = await makeWorld()
    const tab = await open()
    tab.platform.connectivity.set(false)
    const { recordId: first } = await tab.notes.create({ title: 'Milk' })
    await tab.notes.create({ title: 'Bread' }, { id: 'a' })
    expect(tab.rows).toEqual([
      ['Milk', 'pending', 'create'],
      ['Bread', 'pending', 'create'],
    ])
    await stage.reconnect(tab)
    expect(tab.rows).toEqual([
      ['Milk', 'confirmed'],
      ['Bread', 'confirmed'],
    ])
    await tab.notes.update(first, { title: 'Oat milk' })
    expect(tab.rows[0]).toEqual(['Oat milk', 'pending', 'update'])
    await stage.quiet()
    expect(tab.rows[0]).toEqual(['Oat milk', 'confirmed'])
    await tab.notes.delete(first)
    expect(tab.rows).toEqual([['Bread', 'confirmed']])
    await stage.quiet()
    for (const rows of tab.frames) expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length)
  })

  it('stay with their fault when they are refused, in every tab and after a restart', async () => {
    const { server, stage, open } = await makeWorld()
    const tab = await open()
    const other = await open()
    await tab.notes.create({ title: 'Milk' }, { id: 'z' })
    await tab.notes.create({ title: 'Bread' }, { id: 'y' })
    await stage.quiet()
    const problem = { status: 422, code: 'validation', errors: { title: ['is taken'] } } as never
    server.control.failNext(problem)
    await tab.notes.create({ title: 'Refused' }, { id: 'x' })
    await stage.quiet()
    server.control.failNext(problem)
    await tab.notes.update('z', { title: 'Refused too' })
    await stage.quiet()
    server.control.failNext(problem)
    await tab.notes.delete('y')
    expect(tab.rows.map(([title]) => title)).toEqual(['Milk', 'Refused'])
    await stage.quiet()
    await tab.notes.create({ title: 'Last' }, { id: 'a' })
    await stage.quiet()
    const expected = [
      ['Milk', 'refused', 'update'],
      ['Bread', 'refused', 'delete'],
      ['Refused', 'refused', 'create'],
      ['Last', 'confirmed'],
    ]
    expect(tab.rows).toEqual(expected)
    expect(other.rows).toEqual(expected)
    tab.kill()
    other.kill()
    const next = await open()
    expect(next.rows).toEqual(expected)
    const fault = next.app.faults.open$.value.find(({ op }) => op === 'create')!
    await next.app.faults.discard(fault.id)
    await stage.quiet()
    expect(next.rows).toEqual(expected.filter(([title]) => title !== 'Refused'))
  })

  it('keep their id, their object apart from what changes, and their place when the server names the record', async () => {
    const { stage, open } = await makeWorld()
    const tab = await open()
    const authors = tab.app.collection('authors')
    const frames: (readonly Row[])[] = []
    authors.all$.subscribe((rows) => rows && frames.push(rows))
    await stage.quiet()
    const edits = [await authors.create({ name: 'one' }), await authors.create({ name: 'two' })]
    await stage.quiet()
    const rows = frames.at(-1)!
    expect(rows.map(({ id }) => id)).toEqual(edits.map(({ recordId }) => recordId))
    expect(rows.map(({ value }) => value)).toMatchObject([{ id: edits[0]!.recordId }, { id: edits[1]!.recordId }])
    for (const row of rows) expect(row).toMatchObject({ remoteId: expect.anything(), state: 'confirmed' })
    for (const one of frames) expect(one.length).toBeLessThanOrEqual(2)
    const second = rows[1]
    await authors.update(edits[0]!.recordId, { name: 'uno' })
    await stage.quiet()
    expect(frames.at(-1)![1]).toBe(second)
    tab.kill()
    const next = await open()
    const again: (readonly Row[])[] = []
    next.app.collection('authors').all$.subscribe((list) => list && again.push(list))
    await stage.quiet()
    expect(again.at(-1)).toEqual(frames.at(-1))
  })

  it('name the record by its id here as soon as another row of the list names it', async () => {
    const { server, stage, open } = await makeWorld()
    const tab = await open()
    const author = await tab.app.collection('authors').create({ name: 'Ann' })
    tab.platform.connectivity.set(false)
    const note = await tab.notes.create({ title: 'Milk', authorId: author.recordId })
    expect(tab.frames.at(-1)![0]!.value.authorId).toBe(author.recordId)
    await stage.reconnect(tab)
    expect(server.control.all('notes')).toMatchObject([{ authorId: 1 }])
    expect(tab.frames.at(-1)!).toMatchObject([
      { id: note.recordId, state: 'confirmed', value: { authorId: author.recordId } },
    ])
  })
})

it('a list that is carried on by single records is the list that a new tab reads whole', async () => {
  const { stage, open, server } = await makeWorld()
  const tab = await open()
  const ids: string[] = []
  // A record whose creation was refused takes no other edit.
  for (let round = 0; round < 30; round++) {
    const { recordId } = await tab.notes.create({ title: `Note ${round}` })
    ids.push(recordId)
    if (round % 5 === 4) await tab.notes.delete(ids.splice(round >> 2, 1)[0]!).catch(() => {})
    if (round % 4 === 0) await stage.quiet()
    if (round % 6 === 0)
      server.control.failNext({ status: 422, code: 'validation', errors: { title: ['no'] } } as never)
    if (round % 3 === 0) await tab.notes.update(ids[round >> 1]!, { title: `Changed ${round}` }).catch(() => {})
  }
  await stage.quiet()
  const other = await open()
  expect(other.frames.at(-1)).toEqual(tab.frames.at(-1))
  expect(tab.frames.at(-1)!.length).toBeGreaterThan(15)
})
