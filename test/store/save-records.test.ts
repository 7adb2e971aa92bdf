/* Creations and deletions in the transaction that saves them: checked against the rows, and composed (R17, R18, R20). */
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Fault } from '../../src/model/fault.js'
import type { Operation, Properties, RecordKey } from '../../src/model/record.js'
import { laneName } from '../../src/model/record.js'
import { refsIn, undeclaredIn, withRefs } from '../../src/model/refs.js'
import type { Platform } from '../../src/platform/platform.js'
import type { Commit } from '../../src/store/commit.js'
import type { Database, DatabaseOptions } from '../../src/store/database.js'
import { type NewEdit, readPending, type SaveBatch, saveEdits, type SaveResult } from '../../src/store/edits.js'
import { readFate } from '../../src/store/fates.js'
import { closeFault } from '../../src/store/faults.js'
import { readSnapshot } from '../../src/store/read-snapshot.js'
import { blankFault, emptyRecord, type RecordRow, type Session, type StoredLane } from '../../src/store/rows.js'
import type { Snapshot } from '../../src/store/snapshot-data.js'
import { beginSession, endSession } from '../../src/store/sessions.js'
import { type LaneChange, workLanes } from '../../src/store/settlements.js'
import { discardEdit, sendAgain } from '../../src/store/withdraw.js'
import { makeEdit } from '../model/make-edit.js'
import { fakePlatform } from '../support/fake-platform.js'
import { openDatabase, plainOptions } from '../support/open-database.js'
import { resultOf } from '../support/raw-storage.js'

const me: Session = { account: 'me', sessionId: 's1', hasToken: false, stayLoggedIn: true, guest: false }
const claim = {
  holder: 'one',
  nowMs: 0,
  hidden: false,
  locked: true,
  lastSeenAtMs: 0,
  isMute: false,
  releasedEpoch: undefined,
}
const note = (id: string): RecordKey => ({ collection: 'notes', id })
const book = (id: string): RecordKey => ({ collection: 'notebooks', id })
const declared: { [collection: string]: { [path: string]: string } } = {
  notes: { bookId: 'notebooks' },
  notebooks: { coverId: 'notes' },
}

async function start(options: Partial<DatabaseOptions> = {}): Promise<Database> {
  const db = await openDatabase({ ...plainOptions, name: 'records', platform: fakePlatform(), ...options })
  onTestFinished(() => db.close())
  await beginSession(db, me)
  return db
}

const related = (options: Partial<DatabaseOptions> = {}): Promise<Database> =>
  start({
    ...options,
    relations: {
      refsOf: (collection, properties) => refsIn(properties, declared[collection]),
      rename: (collection, properties, rename) => withRefs(properties, declared[collection], rename),
      undeclared: (collection, properties) =>
        undeclaredIn(properties, declared[collection]).map(({ path, id }) => ({
          collection: 'notebooks',
          id,
          property: path,
        })),
    },
  })

type Change = [op: Operation, key: RecordKey, patch?: Properties, after?: RecordKey[]]

/** Ids are `<label>-0`, `<label>-1`, ... */
function batchOf(label: string, changes: Change[], extras: Partial<SaveBatch> = {}): SaveBatch {
  const edits = changes.map(([op, key, patch = {}, after], at): NewEdit => {
    return { key, edit: { ...makeEdit(`${label}-${at}`, patch), op, atMs: 1 }, after }
  })
  return { account: 'me', label, edits, nowMs: 1, ...extras }
}

const save = (
  db: Database,
  label: string,
  changes: Change[],
  extras: Partial<SaveBatch> = {},
): Promise<SaveResult | undefined> => saveEdits(db, batchOf(label, changes, extras))

/** All of the account; each database has been read by another context's eyes too. */
const look = (db: Database, keys: RecordKey[] = []): Promise<Snapshot> =>
  readSnapshot(db, { records: keys.map((key) => () => key), fatesAfter: 0 })

const pending = async (db: Database): Promise<string[]> =>
  (await readPending(db, 'me')).flatMap(({ edits }) => edits.map(({ id }) => id))

const laneOf = async (db: Database, key: RecordKey): Promise<StoredLane> => (await look(db, [key])).lanes[0]!

const settle = (
  db: Database,
  key: RecordKey,
  change: (row: RecordRow, lane: StoredLane) => LaneChange,
): Promise<unknown> =>
  workLanes(db, {
    jobs: [{ key: { account: 'me', ...key }, decide: (lane) => change(lane.row, lane) }],
    right: claim,
    nowMs: 5,
  })

/** Of the record there is a base. */
const confirm = (db: Database, key: RecordKey, base: Properties | null): Promise<unknown> =>
  settle(db, key, (row) => ({ row: { ...row, base, baseAtMs: 1, rev: row.rev + 1 } }))

const attempt = (editIds: string[]) =>
  ({
    editIds,
    op: 'create',
    patch: {},
    key: 'k',
    sessionId: 's1',
    epoch: 1,
    atMs: 1,
    tries: 1,
    unknown: true,
    open: false,
  }) as const

const send = (db: Database, key: RecordKey, editIds: string[]): Promise<unknown> =>
  settle(db, key, (row) => ({ row: { ...row, rev: row.rev + 1, attempt: { ...attempt(editIds), editIds } } }))

const rowsIn = (db: Database): Promise<{ records: number; edits: number; ids: unknown[] }> =>
  db.read(async (tables) => ({
    records: (await tables.records.getAllKeys()).length,
    edits: (await tables.edits.getAllKeys()).length,
    ids: (await tables.ids.getAll()).map(({ id, remoteId }) => [id, remoteId]),
  }))

const outcome = async (db: Database, id: string): Promise<unknown> => {
  const fate = await readFate(db, 'me', id)
  return typeof fate === 'object' ? [fate.outcome, fate.op ?? 'update'] : fate
}

const failed = (code: string) => expect.objectContaining({ name: 'InvalidEditError', code })

describe('the check against the rows (R17)', () => {
  it('refuses with a code what another context has made impossible a moment ago', async () => {
    const platform = fakePlatform()
    const [one, two] = [await start({ platform }), await openDatabase({ ...plainOptions, name: 'records', platform })]
    onTestFinished(() => two.close())
    await confirm(one, note('a'), { title: 'x' })
    await look(two, [note('a')])
    await save(one, 'l1', [['delete', note('a')]])
    await expect(save(two, 'l2', [['update', note('a'), { title: 'y' }]])).rejects.toEqual(failed('deleted'))
    await expect(save(two, 'l3', [['create', note('a'), { title: 'y' }]])).rejects.toEqual(failed('deleted'))
    await save(two, 'l4', [['create', note('b'), { title: 'y' }]])
    await expect(save(one, 'l5', [['create', note('b'), {}]])).rejects.toEqual(failed('exists'))
    expect(await pending(one)).toEqual(['l1-0', 'l4-0'])
    expect(await look(two)).toMatchObject({ counts: { pending: 2, total: 2, sent: 0 } })
  })

  it('an edit that shares its transaction is refused alone, and an inseparable one takes all along', async () => {
    const db = await start()
    await confirm(db, note('gone'), null)
    const changes: Change[] = [
      ['update', note('a'), { n: 1 }],
      ['update', note('gone'), { n: 1 }],
      ['delete', note('b')],
    ]
    const result = await save(db, 'l1', changes)
    expect([...result!.refused]).toEqual([['l1-1', failed('deleted')]])
    expect(await pending(db)).toEqual(['l1-0', 'l1-2'])
    await expect(save(db, 'l2', changes, { separately: true })).rejects.toEqual(failed('deleted'))
    expect(await pending(db)).toEqual(['l1-0', 'l1-2'])
  })

  it('of edits in one save, each meets those before it', async () => {
    const db = await start()
    const result = await save(db, 'l1', [
      ['create', note('a'), { n: 1 }],
      ['create', note('a'), { n: 2 }],
      ['update', note('a'), { n: 3 }],
      ['update', note('b'), { n: 1 }],
      ['delete', note('b')],
      ['update', note('b'), { n: 2 }],
    ])
    expect([...result!.refused]).toEqual([
      ['l1-1', failed('exists')],
      ['l1-5', failed('deleted')],
    ])
    expect(await pending(db)).toEqual(['l1-0', 'l1-2', 'l1-3', 'l1-4'])
  })

  it('a second deletion resolves with the first, of this save or of an earlier one, and nothing is saved', async () => {
    const db = await start()
    const first = await save(db, 'l1', [
      ['delete', note('a')],
      ['delete', note('a')],
    ])
    expect([...first!.joined]).toEqual([['l1-1', 'l1-0']])
    const { version } = await look(db)
    const second = await save(db, 'l2', [['delete', note('a')]])
    expect([...second!.joined]).toEqual([['l2-0', 'l1-0']])
    expect(await look(db)).toMatchObject({ version, counts: { pending: 1, total: 1 } })
  })

  it('a record whose creation was refused takes no edit but the answer to its fault', async () => {
    const db = await start()
    await save(db, 'l1', [['create', note('a'), { n: 1 }]])
    const fault = { ...blankFault, id: 'f', op: 'create' as const, collection: 'notes', recordId: 'a', mine: { n: 1 } }
    await settle(db, note('a'), (row) => ({
      row: { ...row, rev: row.rev + 1 },
      settled: [{ op: 'create', editIds: ['l1-0'], outcome: 'rejected', faultId: 'f' }],
      faults: [fault],
    }))
    for (const op of ['create', 'update', 'delete'] as const)
      await expect(save(db, `no${op}`, [[op, note('a'), op === 'delete' ? {} : { n: 2 }]])).rejects.toEqual(
        failed('refused'),
      )
    await save(db, 'l2', [['create', note('a'), { n: 2 }]], { closes: 'f' })
    expect(await look(db)).toMatchObject({ faults: [], counts: { pending: 1, faults: 0 } })
    await save(db, 'l3', [['update', note('a'), { n: 3 }]])
    expect(await pending(db)).toEqual(['l2-0', 'l3-0'])
  })

  it('a refused answer to a fault leaves the fault open', async () => {
    const db = await start()
    const fault = { ...blankFault, id: 'f', collection: 'notes', recordId: 'a' }
    await settle(db, note('a'), () => ({ faults: [fault] }))
    await save(db, 'l1', [['delete', note('a')]])
    await expect(save(db, 'l2', [['update', note('a'), { n: 1 }]], { closes: 'f' })).rejects.toEqual(failed('deleted'))
    expect(await look(db)).toMatchObject({ faults: [{ id: 'f' }], counts: { faults: 1 } })
  })
})

describe('a creation that was never sent, and its deletion (R18)', () => {
  it('settle each other in the transaction that saves the deletion, and nothing of the record is left', async () => {
    const db = await start()
    await save(db, 'l1', [['create', note('a'), { n: 1 }]])
    await save(db, 'l2', [
      ['update', note('a'), { n: 2 }],
      ['update', note('b'), { n: 1 }],
    ])
    await settle(db, note('a'), (row) => ({ row: { ...row, dueAtMs: 9 } }))
    const commits: Commit[] = []
    db.onCommit((commit) => commits.push(commit))
    await save(db, 'l3', [['delete', note('a')]])
    expect(await outcome(db, 'l1-0')).toEqual(['discarded', 'create'])
    expect(await outcome(db, 'l2-0')).toEqual(['discarded', 'update'])
    expect(await outcome(db, 'l3-0')).toEqual(['accepted', 'delete'])
    expect(await rowsIn(db)).toEqual({ records: 0, edits: 1, ids: [['a', null]] })
    expect(await look(db)).toMatchObject({ counts: { pending: 1, total: 4, sent: 3, front: { label: 'l2' } } })
    expect(commits).toMatchObject([{ more: true, saved: [] }])
    await expect(save(db, 'l4', [['update', note('a'), { n: 1 }]])).rejects.toEqual(failed('deleted'))
  })

  it('do so too where one save holds both, and a creation behind them is a new one', async () => {
    const db = await start()
    await save(db, 'l1', [
      ['create', note('a'), { n: 1 }],
      ['update', note('a'), { n: 2 }],
      ['delete', note('a')],
      ['create', note('a'), { n: 3 }],
    ])
    expect(await pending(db)).toEqual(['l1-3'])
    expect([await outcome(db, 'l1-0'), await outcome(db, 'l1-1'), await outcome(db, 'l1-2')]).toMatchObject([
      ['discarded', 'create'],
      ['discarded', 'update'],
      ['accepted', 'delete'],
    ])
    expect(await look(db)).toMatchObject({ counts: { pending: 1, total: 4, sent: 3 } })
    expect((await rowsIn(db)).ids).toEqual([])
    expect((await laneOf(db, note('a'))).edits).toMatchObject([{ op: 'create', patch: { n: 3 } }])
  })

  it('are a boundary once the creation was attempted', async () => {
    const db = await start()
    await save(db, 'l1', [['create', note('a'), { n: 1 }]])
    await send(db, note('a'), ['l1-0'])
    await save(db, 'l2', [['delete', note('a')]])
    expect(await pending(db)).toEqual(['l1-0', 'l2-0'])
  })

  it('a deletion after updates leaves them in the lane, and they are in play again when it is taken back', async () => {
    const db = await start()
    await confirm(db, note('a'), { n: 0 })
    await save(db, 'l1', [['update', note('a'), { n: 1 }]])
    await save(db, 'l2', [['delete', note('a')]])
    expect(await pending(db)).toEqual(['l1-0', 'l2-0'])
    expect(await discardEdit(db, { account: 'me', editId: 'l2-0', nowMs: 2 })).toMatchObject({ id: 'a', op: 'delete' })
    expect((await laneOf(db, note('a'))).edits).toMatchObject([{ id: 'l1-0', ancestors: { n: 0 } }])
    expect(await outcome(db, 'l2-0')).toMatchObject(['discarded', 'delete'])
    await save(db, 'l3', [['update', note('a'), { n: 2 }]])
  })

  it('a creation that is taken back takes its lane along; one that was sent is not taken back', async () => {
    const db = await start()
    await save(db, 'l1', [
      ['create', note('a'), { n: 1 }],
      ['create', note('b'), { n: 1 }],
    ])
    await save(db, 'l2', [['update', note('a'), { n: 2 }]])
    await send(db, note('b'), ['l1-1'])
    expect(await discardEdit(db, { account: 'me', editId: 'l1-1', nowMs: 2 })).toBe(undefined)
    await discardEdit(db, { account: 'me', editId: 'l1-0', nowMs: 2 })
    expect([await outcome(db, 'l1-0'), await outcome(db, 'l2-0')]).toMatchObject([
      ['discarded', 'create'],
      ['discarded', 'update'],
    ])
    expect(await pending(db)).toEqual(['l1-1'])
    expect(await rowsIn(db)).toEqual({ records: 1, edits: 1, ids: [['a', null]] })
  })

  it('"replaces" takes the place of an edit of the same operation only', async () => {
    const db = await start()
    await save(db, 'l1', [['create', note('a'), { n: 1 }]])
    await save(db, 'l2', [['update', note('a'), { n: 2 }]], { replaces: 'l1-0' })
    expect(await pending(db)).toEqual(['l1-0', 'l2-0'])
    await save(db, 'l3', [['create', note('b'), { n: 3 }]], { replaces: 'l1-0' })
    expect(await pending(db)).toEqual(['l3-0'])
    await save(db, 'l4', [['create', note('b'), { n: 4 }]], { replaces: 'l3-0' })
    expect(await pending(db)).toEqual(['l4-0'])
    expect((await rowsIn(db)).ids).toEqual([['a', null]])
  })

  it('a fault of a creation that is discarded leaves nothing of the record but the note that it never came to be', async () => {
    const db = await start()
    await save(db, 'l1', [['create', note('a'), { n: 1 }]])
    const fault = { ...blankFault, id: 'f', op: 'create' as const, collection: 'notes', recordId: 'a' }
    await settle(db, note('a'), (row) => ({
      row: { ...row, rev: row.rev + 1 },
      settled: [{ op: 'create', editIds: ['l1-0'], outcome: 'rejected', faultId: 'f' }],
      faults: [fault],
    }))
    await closeFault(db, 'me', 'f', 3)
    expect(await rowsIn(db)).toEqual({ records: 0, edits: 0, ids: [['a', null]] })
    expect(await look(db)).toMatchObject({ faults: [], counts: { pending: 0 } })
  })

  it('a creation nobody knows the outcome of goes out anew, or ends with its lane', async () => {
    const db = await start()
    const unknown = {
      ...blankFault,
      id: 'f',
      kind: 'unknown' as const,
      op: 'create' as const,
      collection: 'notes',
      recordId: 'a',
      editIds: ['l1-0'],
    }
    const doubt = async (): Promise<unknown> =>
      settle(db, note('a'), (row) => ({
        row: { ...row, rev: row.rev + 1, attempt: { ...attempt(['l1-0']), editIds: ['l1-0'] }, unknownFault: 'f' },
        faults: [unknown],
      }))
    await save(db, 'l1', [['create', note('a'), { n: 1 }]])
    await save(db, 'l2', [['update', note('a'), { n: 2 }]])
    await doubt()
    await sendAgain(db, 'me', unknown, 3)
    const { row, edits } = await laneOf(db, note('a'))
    expect([row.attempt, row.unknownFault, row.mayBeMade, edits.length]).toEqual([undefined, undefined, true, 2])
    expect((await look(db)).faults).toEqual([])
    await expect(sendAgain(db, 'me', unknown, 3)).rejects.toMatchObject({ name: 'FaultClosedError' })
    await doubt()
    await closeFault(db, 'me', 'f', 4)
    expect([await outcome(db, 'l1-0'), await outcome(db, 'l2-0')]).toMatchObject([
      ['discarded', 'create'],
      ['discarded', 'update'],
    ])
    // The edits that name it hear of it by its name: no fault tells them any more.
    expect(await rowsIn(db)).toMatchObject({ edits: 0, ids: [['a', null]] })
    await save(db, 'l1', [['create', note('a'), { n: 1 }]])
    await doubt()
    await save(db, 'l3', [['create', note('a'), { n: 3 }]], { closes: 'f' })
    const amended = await laneOf(db, note('a'))
    expect([amended.row.mayBeMade, amended.edits.map(({ id }) => id)]).toEqual([true, ['l3-0']])
    expect(await rowsIn(db)).toMatchObject({ ids: [] })
  })
})

describe('order between lanes (R20)', () => {
  const awaits = async (db: Database, key: RecordKey): Promise<unknown> =>
    (await laneOf(db, key)).edits.map((edit) => edit.awaits?.map(({ id }) => id))

  it('"after" waits for what was pending then, and for nothing that is saved later', async () => {
    const db = await start()
    await save(db, 'l1', [['update', note('a'), { n: 1 }]])
    await save(db, 'l2', [['update', note('b'), { n: 1 }, [note('a'), note('none')]]])
    const { version } = await look(db)
    await save(db, 'l3', [['update', note('a'), { n: 2 }]])
    const [edit] = (await laneOf(db, note('b'))).edits
    expect(edit!.awaits).toEqual([{ ...note('a'), seq: version - 1 }])
    await save(db, 'l4', [
      ['update', note('c'), { n: 1 }, [note('b')]],
      ['update', note('d'), {}, [note('c')]],
    ])
    expect([await awaits(db, note('c')), await awaits(db, note('d'))]).toEqual([[['b']], [['c']]])
  })

  it('a deletion waits for the edits of others that name its record, in a patch or in what they lie over', async () => {
    const db = await related()
    for (const id of ['one', 'two', 'three']) await confirm(db, note(id), { bookId: id === 'two' ? 'b' : 'c' })
    await save(db, 'l1', [
      ['update', note('one'), { bookId: 'b' }],
      ['delete', note('two')],
      ['update', note('three'), { n: 1 }],
    ])
    await save(db, 'l2', [['delete', book('b')]])
    const [edit] = (await laneOf(db, book('b'))).edits
    expect(edit!.awaits!.map(({ id }) => id).sort()).toEqual(['one', 'two'])
    await save(db, 'l3', [
      ['delete', note('three')],
      ['delete', book('c')],
    ])
    expect((await laneOf(db, book('c'))).edits[0]!.awaits!.map(({ id }) => id).sort()).toEqual(['one', 'three'])
  })

  it('an edit that names a record which is deleted is refused; one that names a refused creation is saved', async () => {
    const db = await related()
    await confirm(db, book('gone'), null)
    await expect(save(db, 'l1', [['create', note('a'), { bookId: 'gone' }]])).rejects.toMatchObject({
      code: 'deleted',
      property: 'bookId',
    })
    const result = await save(db, 'l2', [
      ['update', book('b'), {}],
      ['delete', book('b')],
      ['update', note('a'), { bookId: 'b' }],
    ])
    expect([...result!.refused.keys()]).toEqual(['l2-2'])
    const fault = { ...blankFault, id: 'f', op: 'create' as const, collection: 'notebooks', recordId: 'r' }
    await settle(db, book('r'), () => ({ faults: [fault] }))
    await save(db, 'l3', [['create', note('x'), { bookId: 'r' }]])
    expect(await pending(db)).toContain('l3-0')
  })

  it.each<[string, (db: Database, databases: Platform['databases']) => Promise<unknown>]>([
    ['the database', (_, { factory }) => resultOf(factory!.indexedDB.deleteDatabase('records'))],
    ['the session', (db) => endSession(db, 'keep', 0)],
  ])('of a record whose name went with %s nothing is saved under its id of this device (R19)', async (_what, lose) => {
    const platform = fakePlatform()
    const db = await related({ platform })
    await settle(db, book('b'), (row) => ({ row: { ...row, base: {}, baseAtMs: 1, rev: row.rev + 1 }, named: 17 }))
    await look(db)
    await lose(db, platform.databases)
    await look(db)
    await beginSession(db, me)
    for (const op of ['update', 'delete'] as const)
      await expect(save(db, 'l1', [[op, book('b'), {}]])).rejects.toMatchObject({
        name: 'InvalidEditError',
        code: 'lost',
      })
    await expect(save(db, 'l2', [['create', note('a'), { bookId: 'b' }]])).rejects.toMatchObject({ property: 'bookId' })
    // Of any other record nothing is known: the id may be the backend's.
    await save(db, 'l3', [
      ['update', book('17'), {}],
      ['create', note('a'), { bookId: '17' }],
    ])
    // It can be made once more.
    await save(db, 'l4', [
      ['create', book('b'), {}],
      ['update', book('b'), { a: 1 }],
      ['create', note('c'), { bookId: 'b' }],
    ])
    expect((await pending(db)).sort()).toEqual(['l3-0', 'l3-1', 'l4-0', 'l4-1', 'l4-2'])
  })

  it('creations that name each other are refused, in one save or over several; a circle through an update is none', async () => {
    const db = await related()
    const circle: Change[] = [
      ['create', book('b1'), { coverId: 'n1' }],
      ['create', note('n1'), { bookId: 'b1' }],
    ]
    await expect(save(db, 'l1', circle, { separately: true })).rejects.toEqual(failed('circular'))
    await save(db, 'l2', [['create', book('b2'), { coverId: 'n2' }]])
    await expect(save(db, 'l3', [['create', note('n2'), { bookId: 'b2' }]])).rejects.toEqual(failed('circular'))
    await save(db, 'l4', [
      ['create', book('b3'), {}],
      ['create', note('n3'), { bookId: 'b3' }],
      ['update', book('b3'), { coverId: 'n3' }],
    ])
    await expect(
      save(db, 'l5', [
        ['update', note('p'), {}, [note('q')]],
        ['update', note('q'), {}, [note('p')]],
      ]),
    ).resolves.toBe(undefined)
    expect(await awaits(db, note('q'))).toEqual([['p']])
    const both: Change[] = [
      ['update', note('s'), {}],
      ['update', note('t'), {}, [note('s')]],
      ['update', note('s'), {}, [note('t')]],
    ]
    await expect(save(db, 'l6', both, { separately: true })).rejects.toEqual(failed('circular'))
    await save(db, 'l7', [
      ['create', book('b4'), {}],
      ['create', note('n4'), { bookId: 'b4' }],
    ])
    await send(db, book('b4'), ['l7-0'])
    await save(db, 'l8', [['delete', book('b4')]])
    expect(await awaits(db, book('b4'))).toEqual([undefined, ['n4']])
  })
})

it('a decision on a lane sees the records that its edits name or wait for, as the decisions before it have left them (R20)', async () => {
  const db = await related()
  await save(db, 'l1', [['create', book('b'), {}]])
  await save(db, 'l2', [['create', note('a'), { bookId: 'b' }]])
  await save(db, 'l3', [
    ['update', note('z'), { n: 1 }, [book('b')]],
    ['update', note('plain'), { n: 1 }],
  ])
  const seen: unknown[] = []
  const see = (key: RecordKey) => ({
    key: { account: 'me', ...key },
    decide: ({ others, remoteId }: StoredLane) =>
      void seen.push([key.id, remoteId, ...[...(others ?? [])].map(([name, one]) => [name, one])]),
  })
  const name = laneName({ account: 'me', ...book('b') })
  const { version } = await look(db)
  const other = {
    name,
    base: undefined,
    faultId: undefined,
    remoteId: undefined,
    isCreating: true,
    seqs: [version - 2],
  }
  await workLanes(db, { jobs: [see(note('a')), see(note('z')), see(note('plain'))], right: claim, nowMs: 5 })
  expect(seen.splice(0)).toEqual([
    ['a', undefined, [name, other]],
    ['z', undefined, [name, other]],
    ['plain', undefined],
  ])
  const accepted = {
    key: { account: 'me', ...book('b') },
    decide: ({ row }: StoredLane): LaneChange => ({
      row: { ...row, base: { title: 'B' }, rev: row.rev + 1 },
      settled: [{ op: 'create', editIds: ['l1-0'], outcome: 'accepted' }],
      named: 17,
    }),
  }
  await workLanes(db, { jobs: [accepted, see(note('a'))], right: claim, nowMs: 5 })
  const settled = { name, base: { title: 'B' }, faultId: undefined, remoteId: 17, isCreating: false, seqs: [] }
  expect(seen.splice(0)).toEqual([['a', undefined, [name, settled]]])
  await workLanes(db, { jobs: [see(book('b')), see(note('z'))], right: claim, nowMs: 5 })
  expect(seen).toEqual([
    ['b', 17],
    ['z', undefined, [name, settled]],
  ])
})

it('a decision sees why a record that it names never came to be (R20)', async () => {
  const db = await related()
  await save(db, 'l1', [
    ['create', book('refused'), {}],
    ['create', book('given-up'), {}],
  ])
  await save(db, 'l2', [
    ['create', note('a'), { bookId: 'refused' }],
    ['create', note('b'), { bookId: 'given-up' }],
  ])
  await save(db, 'l3', [['delete', book('given-up')]])
  const fault = { ...blankFault, id: 'f', op: 'create' as const, collection: 'notebooks', recordId: 'refused' }
  const seen: unknown[] = []
  const see = (key: RecordKey) => ({
    key: { account: 'me', ...key },
    decide: ({ others }: StoredLane) =>
      void seen.push([...others!.values()].map(({ isCreating, faultId, remoteId }) => [isCreating, faultId, remoteId])),
  })
  const refuse = {
    key: { account: 'me', ...book('refused') },
    decide: ({ row }: StoredLane): LaneChange => ({
      row: { ...row, rev: row.rev + 1 },
      settled: [{ op: 'create', editIds: ['l1-0'], outcome: 'rejected', faultId: 'f' }],
      faults: [fault],
    }),
  }
  await workLanes(db, { jobs: [refuse, see(note('a')), see(note('b'))], right: claim, nowMs: 5 })
  expect(seen).toEqual([[[false, 'f', undefined]], [[false, undefined, null]]])
})

it('an edit that names a record by the id of the backend is put into the lane of that record (R19)', async () => {
  const db = await related()
  await settle(db, note('here'), (row) => ({ row: { ...row, base: { n: 0 }, rev: 1 }, named: 17 }))
  const result = await save(db, 'l1', [
    ['update', note('17'), { n: 1 }],
    ['update', note('here'), { n: 2 }],
    ['update', note('5'), {}],
  ])
  expect([...result!.moved]).toEqual([['l1-0', note('here')]])
  expect((await laneOf(db, note('here'))).edits.map(({ id }) => id)).toEqual(['l1-0', 'l1-1'])
  await expect(save(db, 'l2', [['create', note('17'), {}]])).rejects.toEqual(failed('exists'))
  expect(laneName({ account: 'me', ...note('17') })).not.toBe(laneName({ account: 'me', ...note('here') }))
  expect(emptyRecord({ account: 'me', ...note('17') }).base).toBe(undefined)
})

describe('an id of this device at a place that is not declared (R19)', () => {
  const id = '0199a0b0-0000-7000-8000-000000000001'
  const fails = (path: string) =>
    expect.objectContaining({
      name: 'InvalidEditError',
      code: 'undeclared',
      property: path.split('.')[0],
      value: id,
      message: expect.stringContaining(`declare that path in the \`refs\` of "notes"`),
    })
  const naming = (key: RecordKey): Change[] => [['update', key, { lines: [{ at: { book: id } }] }]]

  it('is refused while its record has no name: pending, created by the same save, refused or given up', async () => {
    const db = await related()
    await expect(
      save(db, 'l1', [['create', book(id), {}], ...naming(note('a'))], { separately: true }),
    ).rejects.toEqual(fails('lines.*.at.book'))
    await save(db, 'l2', [['create', book(id), {}]])
    await expect(save(db, 'l3', naming(note('a')))).rejects.toEqual(fails('lines.*.at.book'))
    await expect(save(db, 'l4', [['create', note('b'), { side: id }]])).rejects.toEqual(fails('side'))
    const many = await save(db, 'l5', [...naming(note('a')), ['update', note('a'), { title: 'x' }]])
    expect([...many!.refused.keys()]).toEqual(['l5-0'])
    const fault = { ...blankFault, id: 'f', op: 'create' as const, collection: 'notebooks', recordId: id }
    await settle(db, book(id), (row) => ({
      row: { ...row, rev: row.rev + 1 },
      settled: [{ op: 'create', editIds: ['l2-0'], outcome: 'rejected', faultId: 'f' }],
      faults: [fault],
    }))
    await expect(save(db, 'l6', naming(note('a')))).rejects.toEqual(fails('lines.*.at.book'))
    await closeFault(db, 'me', 'f', 3)
    await expect(save(db, 'l7', naming(note('a')))).rejects.toEqual(fails('lines.*.at.book'))
  })

  it('is saved at a declared place, once the record has a name, and where it is no id of a record here', async () => {
    const db = await related()
    await save(db, 'l1', naming(note('a')))
    await save(db, 'l2', [['create', book(id), {}]])
    await save(db, 'l3', [['update', note('a'), { bookId: id }]])
    await settle(db, book(id), (row) => ({
      row: { ...row, base: {}, rev: row.rev + 1 },
      settled: [{ op: 'create', editIds: ['l2-0'], outcome: 'accepted' }],
      named: 17,
    }))
    await save(db, 'l4', naming(note('a')))
    expect(await pending(db)).toEqual(['l1-0', 'l3-0', 'l4-0'])
  })
})

describe('edits that ended since a record which they name came to nothing (R20)', () => {
  /** A refused notebook, a note in it, and the cover of another notebook that is that note; the last two ended for it. */
  async function threeLevels(): Promise<Database> {
    const db = await related()
    await confirm(db, book('c'), { coverId: 'old', n: 0 })
    await save(db, 'l1', [
      ['create', book('b'), { n: 1 }],
      ['create', note('a'), { bookId: 'b', n: 1 }],
      ['update', book('c'), { coverId: 'a', n: 1 }],
    ])
    const ended = (key: RecordKey, id: string, fault: Partial<Fault>): Promise<unknown> =>
      settle(db, key, (row, { edits: [edit] }) => ({
        row: { ...row, rev: row.rev + 1 },
        settled: [{ op: edit!.op, editIds: [edit!.id], outcome: 'rejected', faultId: id }],
        faults: [
          {
            ...blankFault,
            id,
            editIds: [edit!.id],
            op: edit!.op,
            collection: key.collection,
            recordId: key.id,
            mine: edit!.patch,
            properties: Object.keys(edit!.patch),
            ...fault,
          },
        ],
      }))
    await ended(book('b'), 'root', { kind: 'validation' })
    await ended(note('a'), 'child', { kind: 'dependency', causedBy: 'root' })
    await ended(book('c'), 'grandchild', { kind: 'dependency', causedBy: 'child', base: { coverId: 'old', n: 0 } })
    return db
  }
  const lanesOf = async (db: Database): Promise<unknown> =>
    (await readPending(db, 'me')).map(({ key, edits }) => [
      key.id,
      edits.map(({ op, patch, retryOf }) => [op, patch, retryOf]),
    ])
  const open = async (db: Database): Promise<unknown> =>
    Object.fromEntries((await look(db)).faults.map(({ id, causedBy }) => [id, causedBy]))

  it('are saved anew with the answer to the first fault, over any number of records, and their faults are closed', async () => {
    const db = await threeLevels()
    const result = await save(db, 'l2', [['create', book('b'), { n: 2 }]], { closes: 'root' })
    expect(result!.resaved.map(({ fault, edit }) => [fault.id, edit.id])).toEqual([
      ['child', 'l2-0.0'],
      ['grandchild', 'l2-0.1'],
    ])
    expect(await lanesOf(db)).toEqual([
      ['b', [['create', { n: 2 }, undefined]]],
      ['c', [[undefined, { coverId: 'a', n: 1 }, 'l1-2']]],
      ['a', [['create', { bookId: 'b', n: 1 }, 'l1-1']]],
    ])
    expect((await laneOf(db, book('c'))).edits[0]!.ancestors).toEqual({ coverId: 'old', n: 0 })
    expect(await look(db)).toMatchObject({ faults: [], counts: { pending: 3, faults: 0, total: 3, sent: 0 } })
    await expect(save(db, 'l3', [['create', book('b'), { n: 2 }]], { closes: 'root' })).rejects.toMatchObject({
      name: 'FaultClosedError',
    })
    expect(await outcome(db, 'l2-0.1')).toBe('pending')
  })

  it('by two tabs at once: one saves them, and the other one finds the fault closed', async () => {
    const db = await threeLevels()
    const answers = await Promise.allSettled(
      ['l2', 'l3'].map((label) => save(db, label, [['create', book('b'), { n: 2 }]], { closes: 'root' })),
    )
    expect(answers).toMatchObject([{ status: 'fulfilled' }, { reason: { name: 'FaultClosedError' } }])
    expect(await look(db)).toMatchObject({ faults: [], counts: { pending: 3, faults: 0 } })
  })

  it('are amended in their fault while the other record is refused, and saved so', async () => {
    const db = await threeLevels()
    const patch = { bookId: 'b', n: 7 }
    const result = await save(db, 'l2', [['create', note('a'), patch]], { closes: 'child' })
    expect([...result!.joined]).toEqual([['l2-0', 'l1-1']])
    expect(await open(db)).toEqual({ root: undefined, child: 'root', grandchild: 'child' })
    expect((await look(db)).faults.find(({ id }) => id === 'child')).toMatchObject({ mine: patch, editIds: ['l1-1'] })
    await save(db, 'l3', [['create', book('b'), {}]], { closes: 'root' })
    expect((await laneOf(db, note('a'))).edits).toMatchObject([{ patch, retryOf: 'l1-1' }])
  })

  it('go out at once when they are amended to name another record, and with them those that wait for them', async () => {
    const db = await threeLevels()
    await save(db, 'l2', [['create', note('a'), { bookId: 'c', n: 7 }]], { closes: 'child' })
    expect(await lanesOf(db)).toEqual([
      ['c', [[undefined, { coverId: 'a', n: 1 }, 'l1-2']]],
      ['a', [['create', { bookId: 'c', n: 7 }, undefined]]],
    ])
    expect(await open(db)).toEqual({ root: undefined })
  })

  it('leave out what the person has written again since', async () => {
    const db = await threeLevels()
    await save(db, 'l2', [['update', book('c'), { n: 9 }]])
    await save(db, 'l3', [['create', book('b'), {}]], { closes: 'root' })
    expect((await laneOf(db, book('c'))).edits.map(({ patch }) => patch)).toEqual([{ n: 9 }, { coverId: 'a' }])
  })

  it('stay in their faults where their record takes no such edit by now, or where they name another one that is refused', async () => {
    const db = await threeLevels()
    await save(db, 'l2', [['delete', book('c')]])
    const other = { ...blankFault, id: 'f', op: 'create' as const, collection: 'notebooks', recordId: 'other' }
    const child = (await look(db)).faults.find(({ id }) => id === 'child')!
    await settle(db, book('other'), () => ({ faults: [other] }))
    await settle(db, note('a'), () => ({ faults: [{ ...child, mine: { bookId: 'b', sideId: 'other' } }] }))
    declared.notes!.sideId = 'notebooks'
    onTestFinished(() => void delete declared.notes!.sideId)
    await save(db, 'l3', [['create', book('b'), {}]], { closes: 'root' })
    expect(await open(db)).toEqual({ child: 'f', grandchild: 'child', f: undefined })
    await save(db, 'l4', [['create', book('other'), {}]], { closes: 'f' })
    expect(await open(db)).toEqual({ grandchild: 'child' })
  })

  it('stay open when the first fault is discarded, without a cause; with its group all are closed', async () => {
    const db = await threeLevels()
    await closeFault(db, 'me', 'root', 3)
    expect(await open(db)).toEqual({ child: undefined, grandchild: 'child' })
    await expect(save(db, 'l2', [['create', note('a'), { bookId: 'b' }]], { closes: 'child' })).rejects.toEqual(
      failed('deleted'),
    )
    const all = await threeLevels()
    await closeFault(all, 'me', 'root', 3, true)
    expect(await look(all)).toMatchObject({ faults: [], counts: { faults: 0, pending: 0 } })
    expect((await rowsIn(all)).ids).toEqual([
      ['b', null],
      ['a', null],
    ])
  })

  it('are saved anew also when a discarded record is made again under its id', async () => {
    const db = await threeLevels()
    await closeFault(db, 'me', 'root', 3)
    await save(db, 'l2', [['create', book('b'), { n: 3 }]])
    expect(await look(db)).toMatchObject({ faults: [], counts: { pending: 3, faults: 0 } })
  })
})
