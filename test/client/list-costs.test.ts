/* The work that lists cost, counted: copies of the list, folds of records, and reads of rows (R8, R23). */
import { IDBIndex, IDBObjectStore } from 'fake-indexeddb'
import { expect, it, onTestFinished, vi } from 'vitest'
import type { Endpoint, Reply } from '../../src/endpoint/endpoint.js'
import { type Collection, openClient, type Row } from '../../src/index.js'
import { fold, foldOne } from '../../src/model/fold.js'
import { type FakeClock, turns } from '../support/fake-clock.js'
import { fakeDevice, fakePlatform, type FakeDevice } from '../support/fake-platform.js'

vi.mock(import('../../src/model/fold.js'), async (original) => {
  const folds = await original()
  return { fold: vi.fn(folds.fold), foldOne: vi.fn(folds.foldOne) }
})

interface Note {
  id: string
  title: string
  rank: number
}

const count = 1_200
const ids = Array.from({ length: count }, (_, at) => `n${at}`)

interface Tab {
  notes: Collection<Note>
  /** Answers the request that is under way. */
  answer(reply: Reply): void
  clock: FakeClock
  close(): Promise<void>
}

/** A device that has pulled its notes. */
async function opened(device: FakeDevice = fakeDevice()): Promise<Tab> {
  let answer = (_reply: Reply): void => {}
  const endpoint: Endpoint = {
    backend: { id: 'ours', database: 'ours' },
    ids: 'server',
    write: () => new Promise((resolve) => (answer = resolve)),
    read: async ({ id }) => ({ ok: true, record: { id, title: `Note ${id}`, rank: 0 } }),
    list: async () => ({
      ok: true,
      records: ids.map((id, rank) => ({ id, record: { id, title: `Note ${id}`, rank } })),
      whole: true,
    }),
  }
  const client = openClient<{ notes: Note }>({ endpoints: { notes: endpoint }, platform: fakePlatform({ device }) })
  onTestFinished(() => client.close())
  await client.session.use('ann', { token: 'token' })
  return {
    notes: client.collection('notes'),
    answer: (reply) => answer(reply),
    clock: device.clock,
    close: () => client.close(),
  }
}

type Rows = readonly Row<Note>[]

async function shown({ notes }: Tab): Promise<Rows[]> {
  const lists: Rows[] = []
  notes.all$.subscribe((rows) => rows && lists.push(rows))
  await notes.refresh()
  await turns(20)
  expect(lists.at(-1)).toHaveLength(count)
  return lists
}

const folds = (): number => vi.mocked(fold).mock.calls.length + vi.mocked(foldOne).mock.calls.length

type Request = (this: { name: string; objectStore?: { name: string } }, ...parameters: unknown[]) => unknown

/** The requests to every store from now on, in order. */
function requests(): string[] {
  const found: string[] = []
  for (const prototype of [IDBObjectStore.prototype, IDBIndex.prototype] as unknown as { [method: string]: Request }[])
    for (const method of [
      'get',
      'getAll',
      'getKey',
      'getAllKeys',
      'count',
      'openCursor',
      'openKeyCursor',
      'put',
      'add',
      'delete',
      'clear',
    ]) {
      const run = prototype[method]
      if (!run) continue
      prototype[method] = function (...parameters) {
        found.push(`${this.objectStore?.name ?? this.name} ${method}`)
        return run.apply(this, parameters)
      }
      onTestFinished(() => void (prototype[method] = run))
    }
  return found
}

/** Of these, the ones for rows of records. */
const readsIn = (found: readonly string[]): string[] => found.filter((one) => /^records (get|open)/.test(one))

it('one edit, and its answer: one copy of the list each, one fold, and no read of another record', async () => {
  const tab = await opened()
  const lists = await shown(tab)
  const before = lists.length
  const found = requests()
  vi.clearAllMocks()
  const saved = tab.notes.update('n700', { title: 'Changed' })
  expect(lists).toHaveLength(before + 1)
  expect(folds()).toBe(1)
  await saved
  await turns(40)
  expect(lists).toHaveLength(before + 1)
  expect(found).not.toContain('records getAll')
  tab.answer({ ok: true, record: { id: 'n700', title: 'Changed', rank: 700 } })
  await turns(40)
  expect(lists.at(-1)![700]).toMatchObject({ state: 'confirmed', value: { title: 'Changed' } })
  expect(lists).toHaveLength(before + 2)
  expect(folds()).toBeLessThanOrEqual(2)
  expect(found).not.toContain('records getAll')
  expect(lists.at(-1)!.filter((row, at) => row !== lists[before - 1]![at])).toEqual([lists.at(-1)![700]])
})

it('a pull is shown part by part, and each row that it brings is made once', async () => {
  const tab = await opened()
  vi.clearAllMocks()
  const lists = await shown(tab)
  const lengths = lists.map(({ length }) => length)
  expect(lengths).toEqual([...lengths].sort((one, other) => one - other))
  for (const [at, list] of lists.entries())
    for (const [place, row] of (lists[at - 1] ?? []).entries()) expect(list[place]).toBe(row)
  expect(folds()).toBe(0)
})

it('a pull hands the browser a hundred rows by one task, and not a page', async () => {
  const tab = await opened()
  const put = IDBObjectStore.prototype.put
  let total = 0
  let now = 0
  let most = 0
  const spy = vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (
    this: IDBObjectStore,
    row: unknown,
  ) {
    if (this.name === 'records') {
      if (!now++) setImmediate(() => (now = 0))
      most = Math.max(most, now)
      total++
    }
    return put.call(this, row) as never
  } as never)
  onTestFinished(() => spy.mockRestore())
  await shown(tab)
  expect([total, most]).toEqual([count, 100])
})

it('a window that moves asks neither the device nor the functions of its query', async () => {
  const tab = await opened()
  await shown(tab)
  const where = vi.fn(({ rank }: Note) => rank % 2 === 0)
  const orderBy = vi.fn((one: Row<Note>, other: Row<Note>) => other.value.rank - one.value.rank)
  const query = tab.notes.query$({ where, orderBy, limit: 3 })
  let rows: Rows | undefined
  query.subscribe((next) => (rows = next))
  await turns(20)
  expect(rows!.map(({ id }) => id)).toEqual(['n1198', 'n1196', 'n1194'])
  const found = requests()
  where.mockClear()
  orderBy.mockClear()
  query.setWindow({ offset: 300, limit: 2 })
  expect(rows!.map(({ id }) => id)).toEqual(['n598', 'n596'])
  await turns(20)
  expect([found, where.mock.calls, orderBy.mock.calls]).toEqual([[], [], []])
})

it('the first look at one record reads no other one', async () => {
  const device = fakeDevice()
  const first = await opened(device)
  await shown(first)
  await first.close()
  const found = requests()
  const { notes } = await opened(device)
  let title: string | undefined
  notes.record('n7').value$.subscribe((value) => (title = value?.title))
  await turns(40)
  expect(title).toBe('Note n7')
  expect(readsIn(found).length).toBeGreaterThan(0)
  expect(readsIn(found).filter((one) => one !== 'records get')).toEqual([])
})

it('one answer: the requests of its settlement, one read of the snapshot, and no others', async () => {
  const tab = await opened()
  const lists = await shown(tab)
  await Promise.all(['n1', 'n2'].map((id) => tab.notes.update(id, { title: 'Changed' })))
  await turns(40)
  const before = lists.length
  const found = requests()
  // The request of `n1` stays out.
  tab.answer({ ok: true, record: { id: 'n2', title: 'Changed', rank: 2 } })
  await turns(40)
  await tab.clock.advance(16)
  await turns(40)
  expect(lists.slice(before).map((rows) => rows[2]!.state)).toEqual(['confirmed'])
  expect(found.slice(0, 7).toSorted()).toEqual([
    'edits delete',
    // Of its place among the pending edits.
    'edits getAll',
    'fates put',
    // The lease, and the state.
    'meta get',
    'meta get',
    'meta put',
    'records put',
  ])
  // The snapshot: the state, the fates since, and the lane that has changed.
  expect(found.slice(7).toSorted()).toEqual(['edits getAll', 'fates getAll', 'meta get', 'records get'])
})
