/* The transaction that takes a page, over rows that were erased or migrated meanwhile (R23, R26). */
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Properties } from '../../src/model/record.js'
import { type Cursor, readCursor } from '../../src/store/cursors.js'
import type { Database } from '../../src/store/database.js'
import { dropUnseen } from '../../src/store/drop-unseen.js'
import { saveEdits } from '../../src/store/edits.js'
import { readVersion } from '../../src/store/read-snapshot.js'
import { blankFault, emptyRecord, type RecordRow } from '../../src/store/rows.js'
import { beginSession, confirmRecord } from '../../src/store/sessions.js'
import { type PullEnd, takePart, type TakenPart } from '../../src/store/take-page.js'
import { makeEdit } from '../model/make-edit.js'
import { fakePlatform } from '../support/fake-platform.js'
import { openDatabase, plainOptions } from '../support/open-database.js'

const nowMs = 10_000
const end: PullEnd = {
  listing: '',
  since: 'then',
  tellsGone: true,
  isAll: true,
  isIncomplete: false,
  maxRecords: Infinity,
}

async function start(): Promise<Database> {
  const db = await openDatabase({ ...plainOptions, name: 'pages', platform: fakePlatform() })
  onTestFinished(() => db.close())
  await beginSession(db, { account: 'me', sessionId: 's1', hasToken: false, stayLoggedIn: true, guest: false })
  return db
}

async function take(
  db: Database,
  records: { [id: string]: Properties },
  { from, end, partial = false }: { from?: Cursor | undefined; end?: PullEnd; partial?: boolean },
): Promise<TakenPart | undefined> {
  const asked = { atMs: nowMs, version: (await readVersion(db)) + 1 }
  const pull = { account: 'me', sessionId: 's1', collection: 'notes', from, ids: 'device', partial } as const
  const page = Object.entries(records).map(([id, record]) => ({ id, record }))
  return takePart(db, pull, { asked, records: page, gone: [] }, nowMs, end)
}

const rows = (db: Database): Promise<RecordRow[]> => db.read((tables) => tables.records.getAll())
const cursor = (db: Database): Promise<Cursor | undefined> => readCursor(db, 'me', 'notes')

it('the first pull of a collection does not end over rows that were erased since its first page', async () => {
  const db = await start()
  await take(db, { a: { n: 1 } }, {})
  expect(await dropUnseen(db, 'me', () => false, nowMs)).toBe(true)
  expect(await take(db, { b: { n: 2 } }, { end })).toBeUndefined()
  expect(await rows(db)).toEqual([])
  const from = await cursor(db)
  expect(from).toMatchObject({ isIncomplete: true })
  expect(from!.since).toBeUndefined()
  // The next one has all of it.
  await take(db, { a: { n: 1 } }, { from })
  await take(db, { b: { n: 2 } }, { from, end })
  expect((await rows(db)).map(({ id }) => id)).toEqual(['a', 'b'])
  expect(await cursor(db)).toMatchObject({ since: 'then', isIncomplete: false })
})

it.each<[string, (db: Database) => Promise<unknown>]>([
  ['a save that needs room', (db) => dropUnseen(db, 'me', () => false, nowMs)],
  ['`maxRecords`', async (db) => take(db, { b: { n: 2 } }, { from: await cursor(db), end: { ...end, maxRecords: 1 } })],
])(
  'an answer that was asked for before %s dropped the row is not taken: it may be older than that (R7)',
  async (_what, drop) => {
    const db = await start()
    const read = (version: number): Promise<boolean | 'doubtful'> =>
      confirmRecord(
        db,
        { account: 'me', sessionId: 's1' },
        { key: { collection: 'notes', id: 'a' }, record: null, atMs: nowMs, version },
      )
    const before = await readVersion(db)
    await take(db, { a: { n: 1 } }, { end })
    await drop(db)
    expect((await rows(db)).map(({ id }) => id)).not.toContain('a')
    expect(await read(before)).toBe(false)
    expect((await rows(db)).map(({ id }) => id)).not.toContain('a')
    expect(await read(await readVersion(db))).toBe(true)
  },
)

it('nor does a later one, where another pull has ended as often since', async () => {
  const db = await start()
  await take(db, { a: { n: 1 } }, { end })
  const from = await cursor(db)
  await dropUnseen(db, 'me', () => false, nowMs)
  await take(db, { a: { n: 1 } }, { from: await cursor(db), end: { ...end, since: undefined } })
  expect(await take(db, {}, { from, end })).toBeUndefined()
  expect((await cursor(db))!.since).toBeUndefined()
})

it('a migrated base stays without a time under a list whose records lack properties', async () => {
  const db = await start()
  await take(db, { a: { n: 1, text: 'x' } }, { end })
  await db.write(async (tables) => {
    await tables.records.put((await tables.records.getAll()).map((row) => ({ ...row, baseAtMs: undefined })))
    return undefined
  }, 'edit')
  await take(db, { a: { n: 2 }, b: { n: 3 } }, { from: await cursor(db), end, partial: true })
  expect(await rows(db)).toMatchObject([
    { id: 'a', base: { n: 2, text: 'x' }, baseAtMs: undefined },
    { id: 'b', base: { n: 3 }, baseAtMs: 0 },
  ])
})

it.each([
  ['just before the list was asked for, and replicas lag', nowMs - 1, 1],
  ['by a clock that has been set back by a second since', nowMs + 1_000, 1],
  ['at an hour that the clock has been set back from', nowMs + 3_600_000, 2],
])('a record that was revised %s', async (_, revisedAtMs, n) => {
  const db = await start()
  await take(db, { a: { n: 1 } }, {})
  const [row] = await rows(db)
  await db.write((tables) => tables.records.put([{ ...row!, revisedAtMs }]).then(() => true), 'edit')
  expect(await take(db, { a: { n: 2 } }, {})).toMatchObject({ leftOut: n === 1 })
  expect((await rows(db))[0]!.base).toEqual({ n })
})

const minute = 60_000
it.each<[string, Partial<RecordRow>, number, boolean]>([
  ['under way', {}, 5 * minute - 1, true],
  ['without an answer for five minutes since its last try', {}, 5 * minute, false],
  ['that waits for the person', { unknownFault: 'f1' }, minute, false],
])('a record that no row knows, beside a creation %s', async (_what, row, ageMs, leftOut) => {
  const db = await start()
  const edit = { id: 'l1-1', op: 'create' as const, patch: { n: 1 }, ancestors: {}, atMs: 0 }
  const key = { collection: 'notes', id: 'mine' }
  await saveEdits(db, { account: 'me', label: 'l1', edits: [{ key, edit }], nowMs: 0 })
  const tried = {
    editIds: ['l1-1'],
    op: 'create' as const,
    patch: { n: 1 },
    key: 'k',
    sessionId: 's1',
    epoch: 1,
    tries: 1,
  }
  const attempt = { ...tried, atMs: nowMs - ageMs, unknown: true, open: false }
  await db.write(
    (tables) => tables.records.put([{ ...emptyRecord({ account: 'me', ...key }), ...row, attempt }]).then(() => true),
    'edit',
  )
  const asked = { atMs: nowMs, version: (await readVersion(db)) + 1 }
  const pull = {
    account: 'me',
    sessionId: 's1',
    collection: 'notes',
    from: undefined,
    ids: 'server',
    partial: false,
  } as const
  const taken = await takePart(db, pull, { asked, records: [{ id: 7, record: { n: 1 } }], gone: [] }, nowMs, undefined)
  expect(taken).toMatchObject({ leftOut })
  expect((await rows(db)).map(({ id }) => id)).toEqual(leftOut ? ['mine'] : ['7', 'mine'])
})

it.each([
  ['just before the list was asked for, and replicas lag', nowMs - 1, ['a', 'b']],
  ['five seconds before the list was asked for', nowMs - 5_000, ['a']],
])('a record that a list of everything does not name, and that was revised %s', async (_, revisedAtMs, left) => {
  const db = await start()
  await take(db, { a: { n: 1 }, b: { n: 2 } }, {})
  const [, row] = await rows(db)
  await db.write((tables) => tables.records.put([{ ...row!, revisedAtMs }]).then(() => true), 'edit')
  const asked = { atMs: nowMs, version: (await readVersion(db)) + 1 }
  const whole = { named: new Set<string>(), asked, isSecond: false }
  const taken = await take(db, { a: { n: 1 } }, { end: { ...end, whole } })
  expect((await rows(db)).map(({ id }) => id)).toEqual(left)
  // Else nobody would ask again before the list is old.
  expect(taken).toMatchObject({ leftOut: left.length > 1 })
})

describe('a row of a record that does not exist, more than a day after it was seen', () => {
  const key = { account: 'me', collection: 'notes', id: 'b' }
  /** The rows that are left beside a list of everything that does not name it, and by a save that needs room. */
  const leftOver = async (more: Partial<RecordRow>, also?: (db: Database) => Promise<unknown>): Promise<string[][]> => {
    const left: string[][] = []
    const erase = [
      async (db: Database) => {
        const asked = { atMs: nowMs, version: (await readVersion(db)) + 1 }
        const whole = { named: new Set<string>(), asked, isSecond: false }
        await take(db, { a: { n: 1 } }, { end: { ...end, whole } })
      },
      (db: Database) => dropUnseen(db, 'me', (name) => !name.includes('"b"'), nowMs),
      async (db: Database) => void (await take(db, { a: { n: 2 } }, { end: { ...end, maxRecords: 1 } })),
    ]
    for (const each of erase) {
      const db = await start()
      await take(db, { a: { n: 1 } }, {})
      const row = { ...emptyRecord(key), base: null, baseAtMs: nowMs - 86_400_001, ...more }
      await db.write((tables) => tables.records.put([row]).then(() => true), 'edit')
      await also?.(db)
      await each(db)
      left.push((await rows(db)).map(({ id }) => id))
    }
    return left
  }

  it('goes', async () => {
    expect(await leftOver({})).toEqual([['a'], ['a'], ['a']])
  })

  it('is kept for the rest of the day', async () => {
    expect(await leftOver({ baseAtMs: nowMs - 86_400_000 })).toEqual([
      ['a', 'b'],
      ['a', 'b'],
      ['a', 'b'],
    ])
  })

  it.each<[string, Partial<RecordRow>]>([
    ['owes a look-back', { lookBacks: [{ older: { n: 1 }, newer: { n: 2 }, dueAtMs: 0, resent: 0 }] }],
    ['has a copy of a request that can still come', { strays: [{ patch: { n: 1 }, untilMs: nowMs + 1 }] }],
  ])('is kept while it %s', async (_what, more) => {
    expect(await leftOver(more)).toEqual([
      ['a', 'b'],
      ['a', 'b'],
      ['a', 'b'],
    ])
  })

  it('is kept while a fault of it is open', async () => {
    const fault = { ...blankFault, id: 'f1', v: 1, account: 'me', collection: 'notes', recordId: 'b' }
    const left = await leftOver({}, (db) =>
      db.write(async (tables, state) => {
        await tables.faults.put([fault])
        state.counts['me'] = { pending: 0, sent: 1, total: 1, faults: 1, faultsAt: state.version }
        return true
      }, 'edit'),
    )
    expect(left).toEqual([
      ['a', 'b'],
      ['a', 'b'],
      ['a', 'b'],
    ])
  })

  it('is kept while a pending edit of another record names it', async () => {
    const edit = makeEdit('l-0', { noteId: 'b' })
    const left = await leftOver({}, (db) =>
      saveEdits(db, { account: 'me', label: 'l', edits: [{ key: { collection: 'tasks', id: 't' }, edit }], nowMs }),
    )
    expect(left).toEqual([
      ['a', 'b'],
      ['a', 'b'],
      ['a', 'b'],
    ])
  })
})
