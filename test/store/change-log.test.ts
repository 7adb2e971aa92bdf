/* The records that commits name, and the lists that are read by them (R23). */
import { describe, expect, it, onTestFinished } from 'vitest'
import { type ChangeLog, changedAfter, logged } from '../../src/store/change-log.js'
import type { Database } from '../../src/store/database.js'
import { saveEdits } from '../../src/store/edits.js'
import { keepChangeLog } from '../../src/store/read-list.js'
import { readSnapshot } from '../../src/store/read-snapshot.js'
import type { Session } from '../../src/store/rows.js'
import type { ListLanes, Snapshot } from '../../src/store/snapshot-data.js'
import { beginSession, confirmRecord, endSession, takeTurn } from '../../src/store/sessions.js'
import { takePart } from '../../src/store/take-page.js'
import { discardEdit } from '../../src/store/withdraw.js'
import { makeEdit } from '../model/make-edit.js'
import { turns } from '../support/fake-clock.js'
import { fakePlatform } from '../support/fake-platform.js'
import { openDatabase, plainOptions } from '../support/open-database.js'

const key = (id: string, account = 'me') => ({ account, collection: 'notes', id })
const ofNotes = { account: 'me', collection: 'notes' }
const idsAfter = (log: ChangeLog | undefined, at: number | undefined) =>
  changedAfter(log, at, ofNotes)?.map(({ id }) => id)

describe('the log', () => {
  const empty: ChangeLog = { since: 5, lanes: {} }

  it('names the records of each commit since a version', () => {
    let log = logged(empty, { to: 6, changed: [key('a'), key('b')] })
    log = logged(log, { to: 7, changed: [key('a'), { account: 'me', collection: 'books', id: 'x' }, key('c', 'you')] })
    log = logged(log, { to: 8, left: [{ key: key('d') }] })
    expect(idsAfter(log, 5)).toEqual(['b', 'a', 'd'])
    expect(idsAfter(log, 6)).toEqual(['a', 'd'])
    expect(idsAfter(log, 8)).toEqual([])
  })

  it('knows nothing before its first version, without a version, and where there is none', () => {
    expect(idsAfter(empty, 4)).toBeUndefined()
    expect(idsAfter(empty, undefined)).toBeUndefined()
    expect(idsAfter(undefined, 9)).toBeUndefined()
  })

  const many = (count: number, label = 'n') => Array.from({ length: count }, (_, at) => key(`${label}${at}`))

  it('begins anew at a commit that names no records, or more than 600, or more than 200 of several collections', () => {
    const log = logged(empty, { to: 6, changed: [key('a')] })
    const anew = { since: 7, lanes: {} }
    expect(logged(log, { to: 7 })).toEqual(anew)
    expect(logged(log, { to: 7, changed: many(601) })).toEqual(anew)
    expect(logged(log, { to: 7, changed: [...many(200), { ...key('x'), collection: 'books' }] })).toEqual(anew)
    expect(logged(log, { to: 7, changed: [...many(200), key('x', 'you')] })).toEqual(anew)
    expect(idsAfter(logged(log, { to: 7, changed: many(200) }), 6)).toHaveLength(200)
  })

  it('names the records of a commit of up to 600 beside those of small ones, and forgets them four versions later', () => {
    let log = logged(logged(empty, { to: 6, changed: [key('a'), key('n1')] }), { to: 7, changed: many(600) })
    expect(idsAfter(log, 5)).toHaveLength(601)
    expect(idsAfter(log, 7)).toEqual([])
    expect(changedAfter(log, 6, { account: 'you', collection: 'notes' })).toEqual([])
    log = logged(logged(log, { to: 8, changed: many(300, 'm') }), { to: 9, changed: [key('b')] })
    expect(idsAfter(log, 6)).toHaveLength(901)
    log = logged(log, { to: 11, changed: [key('c')] })
    expect(log).toMatchObject({ since: 7, large: [{ at: 8 }] })
    expect(idsAfter(log, 6)).toBeUndefined()
    expect(idsAfter(log, 7)).toEqual(expect.arrayContaining(['b', 'c', 'm299']))
    log = logged(log, { to: 12, changed: [key('d')] })
    expect(log).toEqual({ since: 8, lanes: expect.objectContaining({ [JSON.stringify(['me', 'notes', 'b'])]: 9 }) })
    expect(idsAfter(log, 8)).toEqual(['b', 'c', 'd'])
  })

  it('whose text something has damaged names any record', () => {
    const { large, ...rest } = logged(empty, { to: 6, changed: many(201) })
    for (const ids of ['', '[1]', '{}'])
      expect(idsAfter({ ...rest, large: [{ ...large![0]!, ids }] }, 5)).toBeUndefined()
  })

  it('forgets whole commits, the oldest first, beyond 200 records', () => {
    let log = empty
    for (let to = 6; to < 12; to++)
      log = logged(log, { to, changed: Array.from({ length: 50 }, (_, at) => key(`${to}-${at}`)) })
    expect(log.since).toBe(7)
    expect(Object.keys(log.lanes)).toHaveLength(200)
    expect(idsAfter(log, 6)).toBeUndefined()
    expect(idsAfter(log, 10)).toHaveLength(50)
  })
})

const me: Session = { account: 'me', sessionId: 's1', hasToken: false, stayLoggedIn: true, guest: false }

async function start(): Promise<Database> {
  const db = await openDatabase({ ...plainOptions, name: 'lists', platform: fakePlatform() })
  onTestFinished(() => db.close())
  await beginSession(db, me)
  return db
}

const look = (db: Database, at?: number): Promise<Snapshot> =>
  readSnapshot(db, { records: [], lists: [{ collection: 'notes', at }], fatesAfter: Infinity })

const save = (db: Database, label: string, ids: string[], op: 'create' | 'update' = 'create') =>
  saveEdits(db, {
    account: 'me',
    label,
    nowMs: 1,
    edits: ids.map((id, at) => ({
      key: { collection: 'notes', id },
      edit: { ...makeEdit(`${label}-${at}`, { title: id }), op, atMs: 1 },
    })),
  })

const idsIn = (list: ListLanes | undefined) => list?.lanes.map((lane) => lane.key.id)

async function withLog(): Promise<{ db: Database; at: number }> {
  const db = await start()
  await save(db, 'l1', ['a', 'b', 'c'])
  await look(db)
  await keepChangeLog(db)
  return { db, at: (await look(db)).version }
}

describe('a list', () => {
  it('is read whole at first, with the records of this collection and account only', async () => {
    const { db } = await withLog()
    await confirmRecord(db, me, { key: { collection: 'notesx', id: 'n' }, record: {}, atMs: 0 })
    await confirmRecord(db, me, { key: { collection: 'note', id: 'n' }, record: {}, atMs: 0 })
    await confirmRecord(db, me, { key: { collection: 'notes', id: 'd' }, record: {}, atMs: 0 })
    const { lists, version } = await look(db)
    expect(lists).toHaveLength(1)
    expect(lists![0]).toMatchObject({ collection: 'notes', isWhole: true })
    expect(idsIn(lists![0])!.toSorted()).toEqual(['a', 'b', 'c', 'd'])
    const places = new Map(lists![0]!.lanes.map((lane) => [lane.key.id, lane.place]))
    expect([...places.values()].every(Boolean)).toBe(true)
    expect(places.get('d')![0]).toBe(version)
    expect(places.get('b')).toEqual([places.get('a')![0], 1])
  })

  it('is carried on by the records that commits have changed', async () => {
    const { db, at } = await withLog()
    await save(db, 'l2', ['b'], 'update')
    await takeTurn(db)
    await confirmRecord(db, me, { key: { collection: 'notes', id: 'e' }, record: {}, atMs: 0 })
    const { lists, version } = await look(db, at)
    expect(lists![0]).toMatchObject({ isWhole: false })
    expect(idsIn(lists![0])).toEqual(['b', 'e'])
    expect((await look(db, version)).lists![0]!.lanes).toEqual([])
    await discardEdit(db, { account: 'me', editId: 'l1-2', nowMs: 2 })
    const after = await look(db, version)
    expect(idsIn(after.lists![0])).toEqual(['c'])
    // Nothing is left of it.
    expect(after.lists![0]!.lanes[0]!.place).toBeUndefined()
  })

  it('is carried on by the records of each part of a pull, however many tabs read it', async () => {
    const db = await start()
    await look(db)
    await turns(10)
    const { version } = await look(db)
    const pull = { ...ofNotes, sessionId: 's1', from: undefined, ids: 'server', partial: false } as const
    const part = (first: number) =>
      takePart(
        db,
        pull,
        {
          asked: { atMs: 10_000, version: version + 1 },
          records: Array.from({ length: 500 }, (_, at) => ({ id: `n${first + at}`, record: { title: 'Read' } })),
          gone: [],
        },
        10_000,
      )
    await part(0)
    const first = await look(db, version)
    expect(first.lists).toMatchObject([{ isWhole: false, lanes: { length: 500 } }])
    await part(500)
    expect((await look(db, first.version)).lists).toMatchObject([{ isWhole: false, lanes: { length: 500 } }])
    expect((await look(db, version)).lists).toMatchObject([{ isWhole: false, lanes: { length: 1_000 } }])
  })

  it('is read whole again after a logout', async () => {
    const { db, at } = await withLog()
    await endSession(db, 'keep', 0)
    await beginSession(db, me)
    expect((await look(db, at)).lists![0]).toMatchObject({ isWhole: true })
  })

  it('begins the log by itself', async () => {
    const db = await start()
    await look(db)
    await look(db)
    const { version } = await look(db)
    await save(db, 'l2', ['a'])
    expect((await look(db, version)).lists![0]).toMatchObject({ isWhole: false })
  })
})
