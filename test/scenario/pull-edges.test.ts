/* Pages of pulls at their edges: their size and form, lists that change while they are read, and rows that are dropped (R19, R23, R26). */
import { describe, expect, it } from 'vitest'
import type { Action } from '../../demo/server/control/rules.js'
import type { Json } from '../../src/index.js'
import type { Migrate, RestList } from '../../src/rest/index.js'
import { byCursor, listWorld, make } from '../support/list-world.js'

type World = Awaited<ReturnType<typeof listWorld>>
type Meta = { key: string; since?: unknown }
type Stored = { id: string; base?: { [name: string]: unknown } | null; shape?: number; lookBacks?: object[] }

const day = 86_400_000
const answerList = ({ server }: World, action: Action, times: number | 'always' = 1): void =>
  server.control.rules.add({ match: { method: 'GET', path: '/notes' }, times, action })
const cursors = async ({ stage }: World): Promise<Meta[]> =>
  ((await stage.rows())['meta'] as Meta[]).filter(({ key }) => key.startsWith('cursor:'))
const records = async ({ stage }: World): Promise<Stored[]> => (await stage.rows())['records'] as Stored[]
const notes = (list?: RestList, more?: object) =>
  ({
    notes: { ids: 'device', create: 'PUT', ...(list && { list }), ...more },
    authors: { ids: 'server' },
  }) as const

const many = (count: number) => Array.from({ length: count }, (_, at) => ({ id: `m${at}`, title: `Note ${at}` }))

describe('a page of 1,200 records', () => {
  it('is written in parts of 500, its cursor with the last of them', async () => {
    const world = await listWorld()
    answerList(world, { do: 'answer', body: many(1_200) }, 'always')
    const tab = await world.open(undefined)
    let written = 0
    tab.storage.refuses = (table) => (table === 'records' && ++written === 501 ? 'QuotaExceededError' : undefined)
    await tab.watch()
    expect(await records(world)).toHaveLength(500)
    expect(await cursors(world)).toEqual([])
    expect(tab.titles).toHaveLength(500)
    await world.stage.after(tab.notes.refresh())
    expect(await records(world)).toHaveLength(1_200)
    expect(await cursors(world)).toHaveLength(1)
    expect(tab.titles).toEqual(many(1_200).map(({ title }) => title))
  })

  it('or with a value of a million characters, or an id that every object has as a name, is shown as it came', async () => {
    const world = await listWorld()
    const huge = 'x'.repeat(1_000_000)
    const text = `[{"id":"a","title":"${huge}","rank":1},{"id":"__proto__","title":"b"}]`
    answerList(world, { do: 'answer', text, headers: { 'content-type': 'application/json' } })
    const tab = await world.open(undefined)
    await tab.watch()
    expect(tab.frames.at(-1)!.map(({ id, value }) => [id, value.title.length])).toEqual([
      ['a', huge.length],
      ['__proto__', 1],
    ])
    expect(tab.frames.at(-1)![0]!.value.title === huge).toBe(true)
    expect(await tab.notes.get('__proto__')).toMatchObject({ title: 'b' })
  })
})

describe('a page is not taken', () => {
  const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels)

  it.each<[string, string]>([
    ['with an id beyond the whole numbers of JavaScript', '[{"id":9007199254740993,"title":"x"}]'],
    ['with an id that is a part of a number', '[{"id":1.5,"title":"x"}]'],
    ['with an id of dots', '[{"id":"..","title":"x"}]'],
    ['with a record that has no id', '[{"id":"a","title":"x"},{"title":"y"}]'],
    ['whose values are nested too deep', `[{"id":"a","title":${deep(70)}}]`],
    ['with a key that could change a prototype', '[{"id":"a","title":"x","__proto__":{"title":"y"}}]'],
    ['that is a record', '{"id":"a","title":"x"}'],
    ['that is cut off', '[{"id":"a","title":"x"}'],
  ])('%s', async (_what, text) => {
    const world = await listWorld()
    make(world.server, { title: 'Milk' })
    const tab = await world.open(undefined)
    await tab.watch()
    answerList(world, { do: 'answer', text, headers: { 'content-type': 'application/json' } })
    await expect(world.stage.after(tab.notes.refresh())).rejects.toMatchObject({ name: 'FaultError' })
    expect(tab.titles).toEqual(['Milk'])
    expect(tab.notes.pull$.value).toMatchObject({ state: 'failed', failure: { kind: 'server' } })
  })

  it.each(['https://elsewhere.example/v1/notes?page=2', '/other/notes?page=2', '//elsewhere.example/v1/notes'])(
    'that names %s as the next one: no request goes there, and no row is given up',
    async (address) => {
      const world = await listWorld()
      make(world.server, { title: 'Milk' })
      const tab = await world.open(undefined)
      await tab.watch()
      world.lists()
      const headers = { link: `<${address}>; rel="next"`, 'access-control-expose-headers': 'link' }
      answerList(world, { do: 'answer', body: [], headers })
      await expect(world.stage.after(tab.notes.refresh())).rejects.toMatchObject({ failure: { kind: 'server' } })
      expect(world.lists()).toEqual(['GET notes'])
      expect(tab.titles).toEqual(['Milk'])
    },
  )
})

it.each<[string, Json[]]>([
  ['the same records', many(2)],
  ['no record', []],
])(
  'a list that names another page for ever, each with %s, ends as a failure of the endpoint',
  async (_what, records) => {
    const world = await listWorld()
    answerList(world, { do: 'answer', body: records }, 'always')
    let page = 0
    const tab = await world.open({ page: () => ({ records: records as never, next: `notes?page=${++page}` }) })
    const refused = expect(tab.notes.refresh()).rejects.toThrow('100 pages of its list in a row have nothing new')
    await world.stage.quiet()
    await refused
    expect(page).toBeLessThan(110)
    expect(tab.notes.pull$.value).toMatchObject({ state: 'failed' })
    // The rows of the pages before are there.
    expect(records.length).toBe((await world.stage.rows())['records']!.length)
  },
)

it('records with numbers for ids have rows with texts, and the numbers as names of the server', async () => {
  const { server, stage, open } = await listWorld()
  for (const name of ['Ann', 'Bob']) server.control.create('authors', { name })
  const tab = await open(undefined)
  const authors = tab.app.collection('authors')
  authors.all$.subscribe()
  await stage.quiet()
  expect(authors.all$.value).toMatchObject([
    { id: '1', remoteId: 1, value: { name: 'Ann' } },
    { id: '2', remoteId: 2, value: { name: 'Bob' } },
  ])
  expect(await authors.get(2)).toMatchObject({ name: 'Bob' })
  server.control.delete('authors', 1)
  await stage.after(authors.refresh())
  expect(authors.all$.value).toMatchObject([{ id: '2', remoteId: 2 }])
})

it('a list whose records lack properties is laid over the records that there are', async () => {
  const { server, stage, open } = await listWorld()
  const id = make(server, { title: 'Milk', text: '1 litre' })
  const short: RestList = {
    page: (json) => ({
      records: (json as { id: string; title: string }[]).map(({ id, title }) => ({ id, title })) as never,
    }),
    partial: true,
  }
  const tab = await open(short)
  await tab.watch()
  expect(tab.frames.at(-1)![0]!.value).toEqual({ id, title: 'Milk' })
  await stage.after(tab.notes.record(id).refresh())
  server.control.update('notes', id, { title: 'Oat milk', text: '2 litres' })
  await stage.after(tab.notes.refresh())
  expect(tab.frames.at(-1)![0]!.value).toMatchObject({ title: 'Oat milk', text: '1 litre' })
})

it('a list whose records lack properties makes no base fresh: an edit of one is compared with a read first', async () => {
  const { server, stage, open } = await listWorld()
  const id = make(server, { title: 'Milk', text: '1 litre' })
  const short: RestList = {
    page: (json) => ({
      records: (json as { id: string; title: string }[]).map(({ id, title }) => ({ id, title })) as never,
    }),
    partial: true,
  }
  const tab = await open(short)
  await tab.watch()
  await stage.after(tab.notes.record(id).refresh())
  await stage.advance(61_000)
  // Another device changes both, and the list tells of the title alone.
  server.control.update('notes', id, { title: 'Oat milk', text: '2 litres' })
  await stage.after(tab.notes.refresh())
  const edit = await tab.notes.update(id, { text: '3 litres' })
  await stage.quiet()
  expect(await edit.settled).toMatchObject({ outcome: 'rejected', fault: { kind: 'conflict' } })
  expect(server.control.read('notes', id)).toMatchObject({ text: '2 litres' })
})

it('nor does a read of the record that lacks properties', async () => {
  const { server, stage, open } = await listWorld()
  const id = make(server, { title: 'Milk', text: '1 litre' })
  const tab = await open(undefined)
  await tab.watch()
  await stage.advance(61_000)
  server.control.update('notes', id, { text: '2 litres' })
  const match = { method: 'GET', path: `/notes/${id}` }
  server.control.rules.add({ match, action: { do: 'answer', body: { id, title: 'Milk' } } })
  await stage.after(tab.notes.record(id).refresh())
  const edit = await tab.notes.update(id, { text: '3 litres' })
  await stage.quiet()
  expect(await edit.settled).toMatchObject({ outcome: 'rejected', fault: { kind: 'conflict' } })
  expect(server.control.read('notes', id)).toMatchObject({ text: '2 litres' })
})

it('a backend that tells of no deletions is asked for everything once a day', async () => {
  const { server, stage, lists, open } = await listWorld()
  const ids = ['Milk', 'Tea'].map((title) => make(server, { title }))
  const silent: RestList = {
    ...byCursor,
    page(json, headers, since) {
      const { gone: _, ...page } = byCursor.page!(json, headers, since) as { records: []; gone: [] }
      return { ...page, whole: since === undefined }
    },
  }
  const tab = await open(silent)
  await tab.watch()
  server.control.delete('notes', ids[0]!)
  await stage.after(tab.notes.refresh())
  expect(tab.titles).toEqual(['Milk', 'Tea'])
  await stage.advance(day - 60_000)
  await stage.after(tab.notes.refresh())
  expect(tab.titles).toEqual(['Milk', 'Tea'])
  lists()
  await stage.advance(120_000)
  await stage.after(tab.notes.refresh())
  expect(lists()).toEqual(['GET notes?since=&limit=500'])
  expect(tab.titles).toEqual(['Tea'])
  expect(await tab.notes.get(ids[0]!)).toBeUndefined()
  await stage.after(tab.notes.refresh())
  expect(lists()[0]).toMatch(/since=\w/)
})

it('the report has nothing of the address of a next page, nor of a cursor', async () => {
  const world = await listWorld()
  const link = { link: '</v1/notes?page=2&key=hush-hush>; rel="next"', 'access-control-expose-headers': 'link' }
  const body = { items: [{ id: 'a', title: 'a' }], gone: [], since: 'hush-since' }
  answerList(world, { do: 'answer', body, headers: link })
  answerList(world, { do: 'answer', body: { ...body, items: [] } })
  const tab = await world.open(byCursor)
  await tab.watch()
  expect(world.lists()[1]).toContain('key=hush-hush')
  expect(await cursors(world)).toMatchObject([{ since: 'hush-since' }])
  answerList(world, { do: 'answer', body, headers: link })
  answerList(world, { do: 'answer', status: 404, body: { message: 'hush' } })
  await world.stage.after(tab.notes.refresh().catch(() => {}))
  const report = JSON.stringify(await tab.app.report())
  expect(report).toContain('"steps"')
  expect(report).not.toContain('hush')
})

it('of a pull of several pages the `since` of the first counts: a change between two pages is asked for again', async () => {
  const world = await listWorld()
  const page = (title: string, since: string, next?: string): Action => ({
    do: 'answer',
    body: { items: [{ id: title, title }], gone: [], since },
    ...(next && { headers: { link: `<${next}>; rel="next"`, 'access-control-expose-headers': 'link' } }),
  })
  answerList(world, page('a', 's1', '/v1/notes?page=2'))
  answerList(world, page('b', 's2'))
  const tab = await world.open(byCursor)
  await tab.watch()
  expect(tab.titles).toEqual(['a', 'b'])
  expect(await cursors(world)).toMatchObject([{ since: 's1' }])
  answerList(world, page('c', 's3'))
  world.lists()
  await world.stage.after(tab.notes.refresh())
  expect(world.lists()).toEqual(['GET notes?since=s1&limit=500'])
})

it('a record that a deletion between two pages by number hides is not called absent, and comes back with the next pull', async () => {
  const world = await listWorld({ switches: { paging: 'offset' } })
  const { server, stage } = world
  const ids = Array.from({ length: 60 }, (_, at) => make(server, { title: `Note ${at}` }))
  const tab = await world.open(undefined)
  await tab.watch()
  expect(tab.titles).toHaveLength(60)
  await tab.notes.update(ids[51]!, { title: 'Mine' })
  await stage.quiet()
  await stage.advance(60_000)
  server.control.rules.add({ match: { method: 'GET', path: '/notes' }, after: 1, action: { do: 'hold' } })
  const pulling = tab.notes.refresh()
  await stage.quiet()
  expect(server.control.held()).toBe(1)
  // It was the last one of the first page's place.
  server.control.delete('notes', ids[0]!)
  server.control.release()
  await stage.after(pulling)
  const hidden = ids[50]!
  expect(tab.titles).not.toContain('Note 50')
  expect(await tab.notes.get(hidden)).toBeUndefined()
  await stage.after(tab.notes.refresh())
  expect(tab.titles!.filter((title) => title === 'Note 50')).toHaveLength(1)
  expect(tab.titles).toHaveLength(59)
  expect(tab.titles).toContain('Mine')
})

describe('a list that turns empty by permission', () => {
  it('for one moment is asked a second time, and no list is ever shown empty', async () => {
    const world = await listWorld()
    for (let at = 0; at < 12; at++) make(world.server, { title: `${at}` })
    const tab = await world.open(undefined)
    await tab.watch()
    const shown = tab.frames.length
    world.lists()
    answerList(world, { do: 'answer', body: [] })
    await world.stage.after(tab.notes.refresh())
    expect(world.lists()).toEqual(['GET notes', 'GET notes'])
    expect(tab.titles).toHaveLength(12)
    for (const rows of tab.frames.slice(shown)) expect(rows).toHaveLength(12)
  })

  it('keeps what is pending, refused or owed, and calls nothing absent', async () => {
    const world = await listWorld()
    const { server, stage } = world
    const ids = Array.from({ length: 12 }, (_, at) => make(server, { title: `${at}` }))
    const tab = await world.open(undefined)
    await tab.watch()
    server.control.rules.add({ match: { method: 'PATCH' }, action: { do: 'problem', status: 422 } })
    await stage.after(tab.notes.update(ids[0]!, { title: 'Refused' }))
    server.control.rules.add({ match: { method: 'PATCH' }, action: { do: 'hold' } })
    await stage.after(tab.notes.update(ids[1]!, { title: 'Mine' }))
    answerList(world, { do: 'answer', body: [] }, 2)
    await stage.after(tab.notes.refresh())
    expect(tab.frames.at(-1)).toMatchObject([
      { id: ids[0], state: 'refused' },
      { id: ids[1], value: { title: 'Mine' }, state: 'pending' },
    ])
    expect(await tab.notes.get(ids[2]!)).toBeUndefined()
  })

  it('that is refused leaves the rows as they are', async () => {
    const world = await listWorld()
    make(world.server, { title: 'Milk' })
    const tab = await world.open(undefined)
    await tab.watch()
    answerList(world, { do: 'problem', status: 403 }, 'always')
    await expect(world.stage.after(tab.notes.refresh())).rejects.toMatchObject({ name: 'FaultError' })
    expect(tab.titles).toEqual(['Milk'])
  })
})

describe('a logout', () => {
  it.each(['keep', 'discard'] as const)('with `%s` erases the cursor with the rows', async (pending) => {
    const world = await listWorld()
    const { server, stage } = world
    const id = make(server, { title: 'Milk' })
    const tab = await world.open(byCursor)
    await tab.watch()
    server.control.rules.add({ match: { method: 'PATCH' }, action: { do: 'hold' } })
    await stage.after(tab.notes.update(id, { title: 'Mine' }))
    expect(await cursors(world)).toHaveLength(1)
    await stage.after(tab.app.session.leave({ pending }))
    expect(await cursors(world)).toEqual([])
    expect((await records(world)).map((row) => row.id)).toEqual(pending === 'keep' ? [id] : [])
  })

  it('and a login of the same account: a page that was asked for before is not taken', async () => {
    const world = await listWorld()
    const { server, stage } = world
    const old = make(server, { title: 'Old' })
    const tab = await world.open(byCursor)
    answerList(world, { do: 'hold-answer' })
    await tab.watch()
    await stage.after(tab.app.session.leave())
    server.control.delete('notes', old)
    await stage.after(tab.app.session.use('ann'))
    server.control.release()
    await stage.quiet()
    for (const rows of tab.frames) expect(rows).toEqual([])
    expect(await records(world)).toEqual([])
  })
})

describe('room for a save', () => {
  it('is not made of rows that somebody observes: the save is refused, and they stay', async () => {
    const world = await listWorld()
    make(world.server, { title: 'Milk' })
    const tab = await world.open(undefined)
    await tab.watch()
    tab.storage.refuses = (table) => (table === 'edits' ? 'QuotaExceededError' : undefined)
    await expect(tab.notes.create({ title: 'Tea' })).rejects.toMatchObject({ reason: 'full' })
    await world.stage.quiet()
    expect(tab.titles).toEqual(['Milk'])
    expect(await cursors(world)).toHaveLength(1)
  })

  it('keeps rows with something pending or refused', async () => {
    const world = await listWorld()
    const { server, stage } = world
    const ids = ['a', 'b', 'c'].map((title) => make(server, { title }))
    const first = await world.open(undefined)
    await first.watch()
    server.control.rules.add({ match: { method: 'PATCH' }, action: { do: 'problem', status: 422 } })
    await stage.after(first.notes.update(ids[0]!, { title: 'Refused' }))
    server.control.rules.add({ match: { method: 'PATCH' }, action: { do: 'hold' } })
    await stage.after(first.notes.update(ids[1]!, { title: 'Mine' }))
    first.kill()
    const tab = await world.open(undefined)
    let refused = 0
    tab.storage.refuses = (table) => (table === 'edits' && refused++ === 0 ? 'QuotaExceededError' : undefined)
    await stage.after(tab.app.collection('authors').create({ name: 'Ann' }))
    const kept = (await records(world)).map(({ id }) => id)
    expect(kept).toEqual(expect.arrayContaining([ids[0], ids[1]]))
    expect(kept).not.toContain(ids[2])
  })
})

it('a pull is made again where another tab has erased rows since it began, and its caller waits for that', async () => {
  const world = await listWorld()
  const { server, stage } = world
  for (const title of ['Milk', 'Tea']) make(server, { title })
  // Observed in neither tab, so that rows can go.
  const tab = await world.open(undefined)
  await stage.after(tab.notes.refresh())
  const other = await world.open(undefined)
  server.control.rules.add({ match: { method: 'GET', path: '/notes' }, action: { do: 'hold-answer' } })
  const pulling = tab.notes.refresh()
  await stage.quiet()
  let refused = 0
  other.storage.refuses = (table) => (table === 'edits' && refused++ === 0 ? 'QuotaExceededError' : undefined)
  await stage.after(other.app.collection('authors').create({ name: 'Ann' }))
  expect((await records(world)).filter(({ base }) => base)).toEqual([
    expect.objectContaining({ collection: 'authors' }),
  ])
  server.control.release()
  await stage.after(pulling)
  expect((await records(world)).filter(({ base }) => base)).toHaveLength(3)
})

it('`maxRecords` drops no row with something pending or refused, though they are more and older than all others', async () => {
  const world = await listWorld()
  const { server, stage } = world
  const ids = ['a', 'b', 'c'].map((title) => make(server, { title }))
  const tab = await world.open(undefined, { collections: notes(undefined, { maxRecords: 2 }) as never })
  for (const id of ids) await stage.after(tab.notes.record(id).refresh())
  server.control.rules.add({ match: { method: 'PATCH' }, action: { do: 'problem', status: 422 } })
  await stage.after(tab.notes.update(ids[0]!, { title: 'Refused' }))
  server.control.rules.add({ match: { method: 'PATCH' }, times: 'always', action: { do: 'hold' } })
  for (const id of ids.slice(1)) await stage.after(tab.notes.update(id, { title: `Mine ${id}` }))
  await stage.advance(10_000)
  for (const title of ['d', 'e']) make(server, { title })
  await tab.watch()
  expect(tab.frames.at(-1)!.map((row) => row.id)).toEqual(ids)
})

it('a lane of an older release of the app that owes a look-back is not taken from a page before it is migrated (R26)', async () => {
  const world = await listWorld()
  const { server, stage } = world
  const id = make(server, { title: 'Milk', text: 'old' })
  const old = await world.open(undefined)
  await old.watch()
  server.control.rules.add({ match: { method: 'PATCH' }, action: { do: 'lose-answer' } })
  await stage.after(old.notes.update(id, { title: 'First' }))
  await stage.advance(10_000)
  await stage.after(old.notes.update(id, { title: 'Second' }))
  await stage.advance(6_000)
  expect(await records(world)).toMatchObject([{ lookBacks: [{}], base: { title: 'Second', text: 'old' } }])
  old.kill()
  const migrate: Migrate = { version: 1, patch: (_, patch) => ({ ...patch }) }
  const tab = await world.open(undefined, { migrate })
  server.control.update('notes', id, { text: 'new' })
  await tab.watch()
  const [row] = await records(world)
  expect(row).toMatchObject({ lookBacks: [{}], base: { text: 'old' } })
  expect(row!.shape).toBeUndefined()
  await stage.advance(120_000)
  await stage.after(tab.notes.refresh())
  expect(await records(world)).toMatchObject([{ base: { title: 'Second', text: 'new' } }])
  expect(tab.frames.at(-1)).toMatchObject([{ value: { title: 'Second', text: 'new' }, state: 'confirmed' }])
})
