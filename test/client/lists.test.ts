/* Lists of a collection's records, offline: their rows, their order, and what a change of one record costs (R8, R23). */
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Endpoint } from '../../src/endpoint/endpoint.js'
import { type Client, type Collection, openClient, type Row } from '../../src/index.js'
import { turns } from '../support/fake-clock.js'
import { fakeDevice, fakePlatform, type FakeDevice } from '../support/fake-platform.js'
import { watchStorage, type WatchedStorage } from '../support/watched-storage.js'

interface Note {
  id: string
  title: string
  rank?: number
  done?: boolean
}

const backend = { id: 'ours', database: 'ours' }

/** Answers no write: what is shown is not confirmed. */
const silent: Endpoint = {
  backend,
  ids: 'device',
  write: () => new Promise(() => {}),
  read: async ({ id }) => ({ ok: true, record: { id, title: `Read ${id}` } }),
}

interface Tab {
  client: Client<{ notes: Note }>
  notes: Collection<Note>
  device: FakeDevice
  storage: WatchedStorage
}

async function opened(device = fakeDevice()): Promise<Tab> {
  const platform = fakePlatform({ device })
  const storage = watchStorage(platform.databases, new AbortController().signal)
  platform.connectivity.set(false)
  const client = openClient<{ notes: Note }>({
    endpoints: { notes: silent },
    platform: { ...platform, databases: storage.databases },
  })
  onTestFinished(() => client.close())
  await client.session.use('ann')
  return { client, notes: client.collection('notes'), device, storage }
}

type Rows = readonly Row<Note>[] | undefined

/** Every list that the stream emits. */
function seen(stream: { subscribe(next: (rows: Rows) => void): unknown }): Rows[] {
  const lists: Rows[] = []
  stream.subscribe((rows) => lists.push(rows))
  return lists
}

const titles = (rows: Rows): unknown => rows?.map(({ value }) => value.title)

async function withNotes(count: number, tab?: Tab): Promise<Tab & { ids: string[] }> {
  const made = tab ?? (await opened())
  const ids: string[] = []
  for (let at = 0; at < count; at++)
    ids.push((await made.notes.create({ title: `Note ${at}`, rank: count - at })).recordId)
  return { ...made, ids }
}

describe('a list', () => {
  it('is undefined until it is read from the device, and nobody reads it before somebody observes it', async () => {
    const { notes } = await withNotes(2)
    expect(notes.all$.value).toBeUndefined()
    const lists = seen(notes.all$)
    expect(lists).toEqual([undefined])
    await turns(20)
    expect(titles(lists.at(-1))).toEqual(['Note 0', 'Note 1'])
    expect(notes.count$.value).toBe(2)
  })

  it('shows a creation, an update and a deletion before the calls return (G2)', async () => {
    const { notes, ids } = await withNotes(2)
    const lists = seen(notes.all$)
    await turns(20)
    const making = notes.create({ title: 'New' })
    expect(titles(lists.at(-1))).toEqual(['Note 0', 'Note 1', 'New'])
    const updating = notes.update(ids[0]!, { title: 'Changed' })
    expect(titles(lists.at(-1))).toEqual(['Changed', 'Note 1', 'New'])
    const deleting = notes.delete(ids[1]!)
    expect(titles(lists.at(-1))).toEqual(['Changed', 'New'])
    const shown = lists.length
    await Promise.all([making, updating, deleting])
    await turns(20)
    // Saved, it is the same list.
    expect(lists).toHaveLength(shown)
  })

  it('has the same object for each row that is the same, and a frozen list', async () => {
    const { notes, ids } = await withNotes(3)
    const lists = seen(notes.all$)
    await turns(20)
    const before = lists.at(-1)!
    await notes.update(ids[1]!, { title: 'Changed' })
    await turns(20)
    const after = lists.at(-1)!
    expect(after.map((row, at) => row === before[at])).toEqual([true, false, true])
    expect(after[1]).toEqual({
      id: ids[1],
      value: { title: 'Changed', rank: 2 },
      state: 'pending',
      op: 'create',
    })
    expect(Object.isFrozen(after) && Object.isFrozen(after[1]) && Object.isFrozen(after[1]!.value)).toBe(true)
  })

  it('has the order in which this device came to know the records, also after a reload', async () => {
    const device = fakeDevice()
    const { client, notes } = await withNotes(3, await opened(device))
    const shown = seen(notes.all$)
    // Their ids sort otherwise.
    for (const id of ['z', 'a', 'm']) await notes.create({ title: id }, { id })
    await client.together(() => ['q', 'b'].map((id) => notes.create({ title: id }, { id })))
    await turns(20)
    const order = ['Note 0', 'Note 1', 'Note 2', 'z', 'a', 'm', 'q', 'b']
    expect(titles(shown.at(-1))).toEqual(order)
    await client.close()

    const again = await opened(device)
    const lists = seen(again.notes.all$)
    await turns(20)
    expect(titles(lists.at(-1))).toEqual(order)
    await again.notes.create({ title: 'last' }, { id: '0' })
    expect(titles(lists.at(-1))).toEqual([...order, 'last'])
  })

  it('leaves out a record of which only a pending update is known', async () => {
    const { notes } = await withNotes(1)
    const lists = seen(notes.all$)
    await notes.update('unread', { title: 'Guess' })
    await turns(20)
    expect(titles(lists.at(-1))).toEqual(['Note 0'])
    expect(await notes.get('unread')).toEqual({ title: 'Guess' })
  })

  it('is as it was when an edit cannot be saved (G1)', async () => {
    const { notes, ids, storage } = await withNotes(2)
    const lists = seen(notes.all$)
    await turns(20)
    const before = lists.at(-1)!
    storage.refuses = (table) => (table === 'edits' ? 'QuotaExceededError' : undefined)
    await expect(notes.update(ids[0]!, { title: 'Lost' })).rejects.toMatchObject({ reason: 'full' })
    await expect(notes.create({ title: 'Lost too' })).rejects.toMatchObject({ reason: 'full' })
    await turns(20)
    expect(lists.at(-1)).toEqual(before)
    expect(lists.at(-1)![1]).toBe(before[1])
  })

  it('is the same in two tabs, when either of them writes', async () => {
    const device = fakeDevice()
    const one = await withNotes(2, await opened(device))
    const two = await opened(device)
    const [first, second] = [seen(one.notes.all$), seen(two.notes.all$)]
    await turns(40)
    expect(second.at(-1)).toEqual(first.at(-1))
    await two.notes.create({ title: 'From two' })
    await one.notes.update(one.ids[0]!, { title: 'From one' })
    await two.notes.delete(one.ids[1]!)
    await turns(40)
    expect(titles(first.at(-1))).toEqual(['From one', 'From two'])
    expect(second.at(-1)).toEqual(first.at(-1))
  })

  it('is undefined again after a logout, and another account sees its own', async () => {
    const { client, notes } = await withNotes(2)
    const lists = seen(notes.all$)
    await turns(20)
    await client.session.leave({ pending: 'keep' })
    await turns(20)
    expect(lists.at(-1)).toBeUndefined()
    await client.session.use('bob')
    await turns(20)
    expect(lists.at(-1)).toEqual([])
    await client.session.leave()
    await client.session.use('ann')
    await turns(20)
    expect(titles(lists.at(-1))).toEqual(['Note 0', 'Note 1'])
  })
})

describe('a change of one record', () => {
  it('in another tab changes that row here, and no other', async () => {
    const device = fakeDevice()
    const one = await withNotes(20, await opened(device))
    const two = await opened(device)
    const lists = seen(two.notes.all$)
    await turns(40)
    const before = lists.at(-1)!
    await one.notes.update(one.ids[5]!, { title: 'Changed' })
    await turns(40)
    const after = lists.at(-1)!
    expect(titles(after)).toContain('Changed')
    expect(after.filter((row, at) => row !== before[at])).toHaveLength(1)
  })

  it('in a list of 1,000 with 100 pending changes one row and keeps all others', async () => {
    const { notes, ids } = await withMany()
    const lists = seen(notes.all$)
    await turns(60)
    expect(lists.at(-1)).toHaveLength(1_000)
    for (const id of ids.slice(0, 100)) void notes.update(id, { title: 'Pending' })
    const before = lists.at(-1)!
    void notes.update(ids[500]!, { title: 'Changed' })
    const after = lists.at(-1)!
    expect(after.filter((row, at) => row !== before[at])).toEqual([after[500]])
    expect(after[500]!.value.title).toBe('Changed')
  })
})

async function withMany(): Promise<Tab & { ids: string[] }> {
  const tab = await opened()
  const ids = Array.from({ length: 1_000 }, () => tab.notes.newId())
  await tab.client.together(() => {
    for (const [at, id] of ids.entries()) void tab.notes.create({ title: `Note ${at}`, rank: at % 7 }, { id })
  })
  return { ...tab, ids }
}

describe('a query', () => {
  it('filters and orders, and is carried on by each edit', async () => {
    const { notes, ids } = await withNotes(4)
    const lists = seen(notes.query$({ where: ({ done }) => !done, orderBy: 'rank' }))
    await turns(20)
    expect(titles(lists.at(-1))).toEqual(['Note 3', 'Note 2', 'Note 1', 'Note 0'])
    void notes.update(ids[2]!, { done: true })
    expect(titles(lists.at(-1))).toEqual(['Note 3', 'Note 1', 'Note 0'])
    void notes.update(ids[0]!, { rank: 0 })
    expect(titles(lists.at(-1))).toEqual(['Note 0', 'Note 3', 'Note 1'])
    void notes.update(ids[2]!, { done: null })
    expect(titles(lists.at(-1))).toEqual(['Note 0', 'Note 3', 'Note 2', 'Note 1'])
    void notes.create({ title: 'New' })
    expect(titles(lists.at(-1))).toEqual(['New', 'Note 0', 'Note 3', 'Note 2', 'Note 1'])
    const count = lists.length
    void notes.update(ids[3]!, { title: 'Renamed' })
    expect(titles(lists.at(-1))).toEqual(['New', 'Note 0', 'Renamed', 'Note 2', 'Note 1'])
    expect(lists).toHaveLength(count + 1)
  })

  it('orders by a comparison, equal rows by their place, and mixed values by their kind', async () => {
    const { notes } = await withNotes(3)
    const byLength = notes.query$({ orderBy: (one, other) => one.value.title.length - other.value.title.length })
    const lists = seen(byLength)
    await notes.create({ title: 'Milk' })
    await turns(20)
    expect(titles(lists.at(-1))).toEqual(['Milk', 'Note 0', 'Note 1', 'Note 2'])
    const mixed = seen(notes.query$({ orderBy: 'rank' }))
    await turns(20)
    for (const rank of ['b', true, 'a', 7, null, false])
      await notes.create({ title: String(rank), rank: rank as number })
    expect(titles(mixed.at(-1))).toEqual(['Milk', 'null', 'false', 'true', 'Note 2', 'Note 1', 'Note 0', '7', 'a', 'b'])
  })

  it('of the same value is the same stream', async () => {
    const { notes } = await withNotes(1)
    const isDone = ({ done }: Note): boolean => !!done
    expect(notes.query$({ where: isDone, limit: 2 })).toBe(notes.query$({ limit: 2, where: isDone }))
    expect(notes.query$({ where: isDone })).not.toBe(notes.query$({ where: (note) => isDone(note) }))
    const of = (rank: number) => notes.query$({ where: (note) => note.rank === rank, deps: [rank] })
    expect(of(1)).toBe(of(1))
    expect(of(1)).not.toBe(of(2))
    expect(notes.query$({ orderBy: 'rank' })).not.toBe(notes.query$({ orderBy: 'title' }))
    // The same values beside the arguments do not make another function the same.
    expect(notes.query$({ where: isDone, deps: [] })).not.toBe(notes.query$({ where: ({ rank }) => !rank, deps: [] }))
    expect(notes.all$).toBe(notes.all$)
  })

  it('has a window, which moves', async () => {
    const { notes, ids } = await withNotes(6)
    const query = notes.query$({ orderBy: 'title', offset: 1, limit: 2 })
    const lists = seen(query)
    await turns(20)
    expect(titles(lists.at(-1))).toEqual(['Note 1', 'Note 2'])
    query.setWindow({ offset: 3, limit: 2 })
    expect(titles(lists.at(-1))).toEqual(['Note 3', 'Note 4'])
    // Others get the window that they ask for.
    expect(notes.query$({ orderBy: 'title', offset: 1, limit: 2 })).not.toBe(query)
    expect(notes.query$({ orderBy: 'title', offset: 3, limit: 2 })).toBe(query)
    const count = lists.length
    void notes.update(ids[5]!, { title: 'Zzz' })
    expect(lists).toHaveLength(count)
    void notes.delete(ids[0]!)
    expect(titles(lists.at(-1))).toEqual(['Note 4', 'Zzz'])
    query.setWindow({ limit: 0 })
    expect(lists.at(-1)).toEqual([])
    query.setWindow({})
    expect(lists.at(-1)).toHaveLength(5)
    expect(() => query.setWindow({ limit: -1 })).toThrow('"limit" is a whole number from 0 on')
  })

  it('whose function throws leaves the row out, says so once, and costs no edit', async () => {
    const { notes } = await withNotes(2)
    const errors: unknown[] = []
    const note = (error: unknown): void => void errors.push(error)
    process.on('unhandledRejection', note)
    onTestFinished(() => void process.off('unhandledRejection', note))
    const lists = seen(
      notes.query$({
        where({ title }) {
          if (title === 'Note 0' || title === 'New') throw new Error(`no ${title}`)
          return true
        },
      }),
    )
    await turns(20)
    expect(titles(lists.at(-1))).toEqual(['Note 1'])
    await notes.create({ title: 'New' })
    expect(titles(lists.at(-1))).toEqual(['Note 1'])
    await new Promise((resolve) => setImmediate(resolve))
    expect(errors).toEqual([new Error('no Note 0')])
  })

  it('with options that do not exist is refused by name', async () => {
    const { notes } = await withNotes(0)
    expect(() => notes.query$({ order: 'rank' } as never)).toThrow(/order/)
    expect(() => notes.query$({ where: 'done' as never })).toThrow('"where" is a function')
    expect(() => notes.query$({ orderBy: 1 as never })).toThrow('"orderBy" is the name of a property, or a function')
    expect(() => notes.query$({ limit: 1.5 })).toThrow('"limit" is a whole number from 0 on')
  })
})

describe('a list that nobody observes', () => {
  it('is not read, and a list that is observed anew is read anew', async () => {
    const { notes, ids } = await withNotes(2)
    const first = notes.all$.subscribe()
    await turns(20)
    first.unsubscribe()
    await notes.update(ids[0]!, { title: 'Meanwhile' })
    await turns(20)
    expect(notes.all$.value).toBeUndefined()
    const lists = seen(notes.all$)
    await turns(20)
    expect(titles(lists.at(-1))).toEqual(['Meanwhile', 'Note 1'])
  })
})
