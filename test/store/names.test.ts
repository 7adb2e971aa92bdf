/* The names that a backend gives to records made here: in memory in each context, written with the settlement (R19). */
import { describe, expect, it, onTestFinished } from 'vitest'
import { laneName, type LaneKey, type Properties } from '../../src/model/record.js'
import { refsIn, type Relations, withRefs } from '../../src/model/refs.js'
import type { Database } from '../../src/store/database.js'
import { dropUnseen } from '../../src/store/drop-unseen.js'
import type { LeaseClaim } from '../../src/store/lease.js'
import { readSnapshot, readVersion } from '../../src/store/read-snapshot.js'
import { blankFault, emptyRecord, fateOf, type Session, type StoredLane } from '../../src/store/rows.js'
import { readPending, saveEdits } from '../../src/store/edits.js'
import { beginSession, endSession } from '../../src/store/sessions.js'
import { type LaneChange, workLanes } from '../../src/store/settlements.js'
import { takePart } from '../../src/store/take-page.js'
import { makeEdit } from '../model/make-edit.js'
import { fakePlatform } from '../support/fake-platform.js'
import { openDatabase, plainOptions } from '../support/open-database.js'
import { resultOf } from '../support/raw-storage.js'
import { watchStorage } from '../support/watched-storage.js'

const me: Session = { account: 'me', sessionId: 's1', hasToken: false, stayLoggedIn: true, guest: false }
const claim: LeaseClaim = {
  holder: 'one',
  nowMs: 0,
  hidden: false,
  locked: true,
  lastSeenAtMs: 0,
  isMute: false,
  releasedEpoch: undefined,
}
const note = (id: string, account = 'me'): LaneKey => ({ account, collection: 'notes', id })

function opener(): () => Promise<Database> {
  const platform = fakePlatform()
  return async () => {
    const db = await openDatabase({ ...plainOptions, name: 'names', platform })
    onTestFinished(() => db.close())
    return db
  }
}

const name = (db: Database, key: LaneKey, named: string | number | null, change: LaneChange = {}): Promise<unknown> =>
  workLanes(db, {
    jobs: [{ key, decide: () => ({ row: { ...emptyRecord(key), rev: 1, base: {} }, ...change, named }) }],
    right: claim,
    nowMs: 5,
  })

const look = (db: Database): Promise<unknown> => readSnapshot(db, { records: [], fatesAfter: Infinity })

it('a settlement writes the name; every context that looks knows it, both ways and in its own type', async () => {
  const open = opener()
  const [one, two] = [await open(), await open()]
  await beginSession(one, me)
  await look(two)
  await name(one, note('n1'), 17)
  await name(one, note('n2'), 'x')
  for (const db of [one, two]) {
    await look(db)
    const { names } = db.memory
    expect([names.remoteIdOf(note('n1')), names.remoteIdOf(note('n2'))]).toEqual([17, 'x'])
    expect([names.idOf(note('17')), names.idOf(note('x')), names.idOf(note('n1'))]).toEqual(['n1', 'n2', undefined])
    expect(names.remoteIdOf(note('n1', 'other'))).toBe(undefined)
    expect(names.idOf({ ...note('17'), collection: 'users' })).toBe(undefined)
  }
  const third = await open()
  await look(third)
  expect(third.memory.names.remoteIdOf(note('n1'))).toBe(17)
})

it('the version that comes before a request to the backend brings the names of that version', async () => {
  const open = opener()
  const [one, two] = [await open(), await open()]
  await beginSession(one, me)
  await look(two)
  await name(one, note('n1'), 17)
  await readVersion(two)
  expect(two.memory.names.remoteIdOf(note('n1'))).toBe(17)
})

it('a lost connection takes no name out of sight; a lost database takes all', async () => {
  const platform = fakePlatform()
  const storage = watchStorage(platform.databases, new AbortController().signal)
  const db = await openDatabase({ ...plainOptions, name: 'names', platform: { ...platform, ...storage } })
  onTestFinished(() => db.close())
  await beginSession(db, me)
  await name(db, note('n1'), 17)
  await look(db)
  storage.breaksAfterWrite = true
  await expect(name(db, note('n2'), 18)).rejects.toMatchObject({ reason: 'lost' })
  expect(db.memory.names.remoteIdOf(note('n1'))).toBe(17)
  await look(db)
  expect(db.memory.names.remoteIdOf(note('n2'))).toBe(18)
  await resultOf(platform.databases.factory!.indexedDB.deleteDatabase('names'))
  await look(db)
  expect(db.memory.names.remoteIdOf(note('n1'))).toBe(undefined)
})

it('a settlement that is not written gives no name', async () => {
  const db = await opener()()
  await beginSession(db, me)
  const fate = fateOf({ account: 'me', editIds: ['l-0'], outcome: 'accepted', atMs: 0 })
  const failing = {
    key: note('n1'),
    decide: () => ({ named: 17, row: { ...emptyRecord(note('n1')), base: fate as never, rev: (() => 1) as never } }),
  }
  await expect(workLanes(db, { jobs: [failing], right: claim, nowMs: 5 })).rejects.toThrow()
  await look(db)
  expect(db.memory.names.remoteIdOf(note('n1'))).toBe(undefined)
})

it('a logout erases the names of the account, but for those that kept edits and open faults use; with its edits all of them', async () => {
  const open = opener()
  const [one, two] = [await open(), await open()]
  await beginSession(one, me)
  for (const [id, remote] of [
    ['gone', 1],
    ['kept', 2],
    ['named', 3],
    ['faulty', 4],
  ] as const)
    await name(one, note(id), remote)
  await name(one, note('theirs', 'other'), 5)
  await look(two)
  const edit = makeEdit('l-0', { parentId: 'named' })
  await saveEdits(one, { account: 'me', label: 'l', edits: [{ key: note('kept'), edit }], nowMs: 0 })
  const fault = { id: 'f', editIds: [], kind: 'other', message: '', collection: 'notes', recordId: 'faulty' } as const
  const rest = { properties: [], offending: [], stored: [], base: {}, mine: {}, theirs: {}, attempts: 1, atMs: 1 }
  await workLanes(one, {
    jobs: [{ key: note('faulty'), decide: () => ({ faults: [{ ...fault, ...rest }] }) }],
    right: claim,
    nowMs: 5,
  })
  await endSession(one, 'keep', 0)
  for (const db of [one, two]) {
    await look(db)
    const known = ['gone', 'kept', 'named', 'faulty'].map((id) => db.memory.names.remoteIdOf(note(id)))
    expect(known).toEqual([undefined, 2, 3, 4])
    expect(db.memory.names.idOf(note('1'))).toBe(undefined)
    expect(db.memory.names.remoteIdOf(note('theirs', 'other'))).toBe(5)
  }
  await beginSession(one, me)
  await endSession(one, 'discard', 0)
  await look(one)
  for (const id of ['kept', 'named', 'faulty']) expect(one.memory.names.remoteIdOf(note(id))).toBe(undefined)
})

describe('a record that the backend knows by a number, and that a pending edit or an open fault names as text', () => {
  const refs = { bookId: 'notebooks', shelfId: 'shelves' }
  const relations: Relations = {
    refsOf: (_, properties) => refsIn(properties, refs),
    rename: (_, properties, rename) => withRefs(properties, refs, rename),
    undeclared: undefined,
    numberIn: (_, { id }) => (typeof id === 'number' ? id : undefined),
  }
  const book = (id: string): LaneKey => ({ account: 'me', collection: 'notebooks', id })

  async function named(): Promise<Database> {
    const db = await openDatabase({ ...plainOptions, name: 'names', platform: fakePlatform(), relations })
    onTestFinished(() => db.close())
    await beginSession(db, me)
    const fault = { ...blankFault, id: 'f', collection: 'notes', recordId: 'n2', mine: { bookId: '18' } }
    const known = (id: string, base: Properties, more: LaneChange = {}) => ({
      key: book(id),
      decide: () => ({ ...more, row: { ...emptyRecord(book(id)), rev: 1, base } }),
    })
    await workLanes(db, {
      jobs: [
        known('17', { id: 17 }),
        known('18', { id: 18 }),
        known('19', { id: 19 }),
        known('x', { id: 'x' }),
        { key: note('n2'), decide: () => ({ faults: [fault] }) },
      ],
      right: claim,
      nowMs: 5,
    })
    const edits = ['17', 'x', 'unread'].map((bookId, at) => ({
      key: note('n1'),
      edit: makeEdit(`l-${at}`, { bookId }),
    }))
    await saveEdits(db, { account: 'me', label: 'l', edits, nowMs: 0 })
    return db
  }

  const pull = async (db: Database, { whole = false, maxRecords = Infinity }): Promise<unknown> => {
    const version = await readVersion(db)
    return takePart(
      db,
      { account: 'me', sessionId: 's1', collection: 'notebooks', from: undefined, ids: 'server', partial: false },
      { asked: { atMs: 10_000, version }, records: [], gone: [] },
      10_000,
      {
        listing: '',
        since: undefined,
        tellsGone: false,
        isAll: true,
        isIncomplete: false,
        whole: whole ? { named: new Set(), asked: { atMs: 10_000, version: version + 1 }, isSecond: false } : undefined,
        maxRecords,
      },
    )
  }

  const numbers = (db: Database): unknown[] =>
    ['17', '18', '19', 'x', 'unread'].map((id) => db.memory.names.remoteIdOf(book(id)))

  it.each<[string, (db: Database) => Promise<unknown>]>([
    ['a logout', (db) => endSession(db, 'keep', 0)],
    ['a login of another account', (db) => beginSession(db, { ...me, account: 'other', sessionId: 's2' })],
    ['a save that needs room', (db) => dropUnseen(db, 'me', () => false, 0)],
    ['a list of every record that does not name it', (db) => pull(db, { whole: true })],
    ['a list of fewer records', (db) => pull(db, { maxRecords: 0 })],
  ])('keeps its number when %s erases its row', async (_what, erase) => {
    const db = await named()
    await erase(db)
    await look(db)
    expect(await db.read(async ({ records }) => (await records.getAll()).filter(({ base }) => base).length)).toBe(0)
    expect(numbers(db)).toEqual([17, 18, undefined, undefined, undefined])
    expect(db.memory.names.idOf(book('17'))).toBe('17')
  })

  it('is no other row of itself: its edits stay as they are, once each', async () => {
    const db = await named()
    await dropUnseen(db, 'me', () => false, 0)
    const key = book('17')
    const edit = makeEdit('u-0', { title: 'A' })
    await saveEdits(db, { account: 'me', label: 'u', edits: [{ key, edit }], nowMs: 0 })
    const read = { key, decide: ({ row }: StoredLane) => ({ row: { ...row, rev: row.rev + 1, base: { id: 17 } } }) }
    for (const rev of [1, 2]) {
      expect(await workLanes(db, { jobs: [read], right: claim, nowMs: 5 })).not.toHaveProperty('movesEdits')
      const lanes = (await readPending(db, 'me')).filter((lane) => lane.key.collection === 'notebooks')
      expect(lanes.map(({ row, edits }) => [row.rev, edits.map(({ id }) => id)])).toEqual([[rev, ['u-0']]])
    }
  })

  it('is known, once it was read again, to a creation whose answer names it', async () => {
    const db = await named()
    await dropUnseen(db, 'me', () => false, 0)
    const read = { key: book('17'), decide: ({ row }: StoredLane) => ({ row: { ...row, rev: 1, base: { id: 17 } } }) }
    await workLanes(db, { jobs: [read], right: claim, nowMs: 7 })
    const seen: unknown[] = []
    const created = {
      key: book('new'),
      answered: 17,
      decide: ({ namesakeSinceMs }: StoredLane) => void seen.push(namesakeSinceMs),
    }
    await workLanes(db, { jobs: [created], right: claim, nowMs: 8 })
    expect(seen).toEqual([7])
  })

  it('is forgotten with the edits that are discarded', async () => {
    const db = await named()
    await endSession(db, 'discard', 0)
    await look(db)
    expect(numbers(db)).toEqual(Array.from({ length: 5 }))
  })

  it('is not lost with its name: the text is the id by which the backend knows it', async () => {
    const db = await named()
    await endSession(db, 'keep', 0)
    await look(db)
    expect(numbers(db)).toContain(17)
    await beginSession(db, me)
    await endSession(db, 'discard', 0)
    await look(db)
    expect(numbers(db)).toEqual(Array.from({ length: 5 }))
    expect(db.memory.names.isLost(book('17'))).toBe(false)
  })
})

it('a record is lost when the name goes that the backend gave it, and not when it is made again or never was', async () => {
  const db = await opener()()
  await beginSession(db, me)
  await name(db, note('n1'), 17)
  for (const id of ['again', 'never']) await name(db, note(id), null, { row: emptyRecord(note(id)) })
  await look(db)
  const edit = { ...makeEdit('l-0', { n: 0 }), op: 'create' as const }
  await saveEdits(db, { account: 'me', label: 'l', edits: [{ key: note('again'), edit }], nowMs: 0 })
  await look(db)
  expect([undefined, null]).toEqual(['again', 'never'].map((id) => db.memory.names.remoteIdOf(note(id))))
  await endSession(db, 'keep', 0)
  await look(db)
  expect(['n1', 'again', 'never'].map((id) => db.memory.names.isLost(note(id)))).toEqual([true, false, false])
})

it('a damaged row names nothing, and a state that had to be made anew loses no name', async () => {
  const platform = fakePlatform()
  const db = await openDatabase({ ...plainOptions, name: 'names', platform })
  onTestFinished(() => db.close())
  await beginSession(db, me)
  await name(db, note('n1'), 17)
  const raw = await resultOf(platform.databases.factory!.indexedDB.open('names'))
  const transaction = raw.transaction(['ids', 'meta'], 'readwrite')
  for (const remoteId of [{}, 1.5, true, ''])
    transaction.objectStore('ids').put({ ...note(`bad${JSON.stringify(remoteId)}`), v: 1, at: 99, remoteId })
  await resultOf(transaction.objectStore('meta').put({ key: 'state', version: 'broken' }))
  raw.close()
  await look(db)
  expect(db.memory.names.remoteIdOf(note('n1'))).toBe(17)
  for (const id of ['bad{}', 'bad1.5', 'badtrue', 'bad""']) expect(db.memory.names.remoteIdOf(note(id))).toBe(undefined)
})

describe('two rows of one record', () => {
  const fault = { ...blankFault, id: 'f', collection: 'notes', recordId: '17' }
  const edit = (id: string, n: number, key: LaneKey) => ({ key, edit: makeEdit(id, { n }) })

  /** A creation, and edits of the same record under the backend's id, made before anybody knew. */
  async function twice(): Promise<Database> {
    const db = await opener()()
    await beginSession(db, me)
    const created = { ...makeEdit('l1-0', { n: 0 }), op: 'create' as const }
    await saveEdits(db, { account: 'me', label: 'l1', edits: [{ key: note('n1'), edit: created }], nowMs: 0 })
    const shared = [edit('l2-0', 1, note('17')), edit('l2-1', 2, note('n1')), edit('l2-2', 3, note('17'))]
    await saveEdits(db, { account: 'me', label: 'l2', edits: shared, nowMs: 0 })
    await saveEdits(db, { account: 'me', label: 'l3', edits: [edit('l3-0', 4, note('17'))], nowMs: 0 })
    await workLanes(db, { jobs: [{ key: note('17'), decide: () => ({ faults: [fault] }) }], right: claim, nowMs: 5 })
    return db
  }

  const settled = { op: 'create', editIds: ['l1-0'], outcome: 'accepted' } as const
  const ids = async (db: Database): Promise<unknown> =>
    (await readPending(db, 'me')).map(({ key, edits }) => [key.id, edits.map(({ id }) => id)])

  it('become one with the settlement that names it: edits by the order of saving, and faults', async () => {
    const db = await twice()
    expect(await name(db, note('n1'), 17, { settled: [settled] })).toMatchObject({ movesEdits: true })
    expect(await ids(db)).toEqual([['n1', ['l2-0', 'l2-1', 'l2-2', 'l3-0']]])
    const { faults, counts, lanes } = await readSnapshot(db, { records: [() => note('n1')], fatesAfter: Infinity })
    expect(faults).toMatchObject([{ id: 'f', recordId: 'n1' }])
    expect(counts).toMatchObject({ pending: 4, faults: 1, sent: 1, total: 5 })
    expect(lanes[0]!.edits.map(({ id }) => id)).toEqual(['l2-0', 'l2-1', 'l2-2', 'l3-0'])
    expect(await db.read(async (tables) => (await tables.records.getAll()).map(({ id }) => id))).toEqual(['n1'])
    // Also where a save goes by the lanes that the context remembers.
    await saveEdits(db, { account: 'me', label: 'l4', edits: [edit('l4-0', 5, note('17'))], nowMs: 0 })
    expect(await ids(db)).toEqual([['n1', ['l2-0', 'l2-1', 'l2-2', 'l3-0', 'l4-0']]])
  })

  it('are waited for as one, under either id; and the one never waits for itself (R20)', async () => {
    const db = await twice()
    const after = (id: string, key: LaneKey, of: LaneKey) => ({ ...edit(id, 9, key), after: [of] })
    await saveEdits(db, {
      account: 'me',
      label: 'l4',
      edits: [after('l4-0', note('w'), note('17')), after('l4-1', note('17'), note('n1'))],
      nowMs: 0,
    })
    await name(db, note('n1'), 17, { settled: [settled] })
    await look(db)
    const seen: unknown[] = []
    const see = (key: LaneKey) => ({
      key,
      decide: ({ others }: StoredLane) =>
        void seen.push([key.id, [...others!].map(([given, { name: lane, seqs }]) => [given, lane, seqs.length])]),
    })
    await workLanes(db, { jobs: [see(note('w')), see(note('n1'))], right: claim, nowMs: 5 })
    expect(seen).toEqual([
      ['w', [[laneName(note('17')), laneName(note('n1')), 3]]],
      ['n1', []],
    ])
    await expect(
      saveEdits(db, {
        account: 'me',
        label: 'l5',
        edits: [
          edit('l5-0', 1, note('17')),
          after('l5-1', note('x'), note('17')),
          after('l5-2', note('n1'), note('x')),
        ],
        separately: true,
        nowMs: 0,
      }),
    ).rejects.toMatchObject({ code: 'circular' })
  })

  it('stay two while the other one has an attempt, and become one when that is concluded', async () => {
    const db = await twice()
    const attempt = {
      editIds: ['l2-0'],
      patch: { n: 1 },
      key: 'k',
      sessionId: 's1',
      epoch: 1,
      atMs: 1,
      tries: 1,
      unknown: false,
      open: true,
    }
    const send = { key: note('17'), decide: ({ row }: StoredLane) => ({ row: { ...row, rev: row.rev + 1, attempt } }) }
    await workLanes(db, { jobs: [send], right: claim, nowMs: 5 })
    await name(db, note('n1'), 17, { settled: [settled] })
    expect(await ids(db)).toEqual([
      ['17', ['l2-0', 'l2-2', 'l3-0']],
      ['n1', ['l2-1']],
    ])
    await look(db)
    const end = {
      key: note('17'),
      decide: ({ row }: StoredLane): LaneChange => ({
        row: { ...row, rev: row.rev + 1, attempt: undefined },
        settled: [{ editIds: ['l2-0'], outcome: 'accepted' }],
      }),
    }
    expect(await workLanes(db, { jobs: [end], right: claim, nowMs: 5 })).toMatchObject({ movesEdits: true })
    expect(await ids(db)).toEqual([['n1', ['l2-1', 'l2-2', 'l3-0']]])
  })
})
