/* The transaction that takes a page, over rows that were erased or migrated meanwhile (R23, R26). */
import { expect, it, onTestFinished } from 'vitest'
import type { Properties } from '../../src/model/record.js'
import { type Cursor, readCursor } from '../../src/store/cursors.js'
import type { Database } from '../../src/store/database.js'
import { dropUnseen } from '../../src/store/drop-unseen.js'
import { saveEdits } from '../../src/store/edits.js'
import { readVersion } from '../../src/store/read-snapshot.js'
import { emptyRecord, type RecordRow } from '../../src/store/rows.js'
import { beginSession } from '../../src/store/sessions.js'
import { type PullEnd, takePart, type TakenPart } from '../../src/store/take-page.js'
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
  ['a day', 86_400_000, 0, ['a', 'b']],
  ['more than a day', 86_400_001, 0, ['a']],
  ['more than a day, while something is pending', 86_400_001, 1, ['a', 'b']],
])(
  'a row of a record that does not exist, beside a list of everything, after %s',
  async (_when, ageMs, pending, left) => {
    const db = await start()
    await take(db, { a: { n: 1 }, b: { n: 2 } }, {})
    const [, row] = await rows(db)
    await db.write(async (tables, state) => {
      await tables.records.put([{ ...row!, base: null, baseAtMs: nowMs - ageMs, revisedAtMs: undefined }])
      state.counts['me'] = { pending, sent: 0, total: pending, faults: 0 }
      return true
    }, 'edit')
    const whole = { named: new Set<string>(), version: (await readVersion(db)) + 1, isSecond: false }
    await take(db, { a: { n: 1 } }, { end: { ...end, whole } })
    expect((await rows(db)).map(({ id }) => id)).toEqual(left)
  },
)
