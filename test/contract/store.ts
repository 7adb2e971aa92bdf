/*
 * The duties of every store, on every IndexedDB: in Node on fake-indexeddb, and in each engine on its own.
 */
import { afterEach, describe, expect, it } from 'vitest'
import { labelOf, type QueuedEdit } from '../../src/model/edit.js'
import type { Failure } from '../../src/model/failure.js'
import { NotLoggedInError } from '../../src/model/errors.js'
import type { Fault } from '../../src/model/fault.js'
import { laneName, type Properties, type RecordKey } from '../../src/model/record.js'
import { browserClock } from '../../src/platform/clock.js'
import type { Databases } from '../../src/platform/platform.js'
import { browserRandom } from '../../src/platform/random.js'
import { browserVisibility } from '../../src/platform/visibility.js'
import { type Database, type DatabaseOptions, unchanged } from '../../src/store/database.js'
import { readDescriptions, writeDescription } from '../../src/store/descriptions.js'
import { type NewEdit, readPending, type SaveBatch, saveEdits } from '../../src/store/edits.js'
import { pruneFates, readFate } from '../../src/store/fates.js'
import { closeFault, readFault } from '../../src/store/faults.js'
import { readSnapshot, readVersion } from '../../src/store/read-snapshot.js'
import type { Commit } from '../../src/store/commit.js'
import {
  type Attempt,
  emptyRecord,
  formatVersion,
  type LaneRows,
  type Session,
  type StateRow,
  type StoredLane,
} from '../../src/store/rows.js'
import { beginSession, confirmRecord, endSession, expireSession, readSession } from '../../src/store/sessions.js'
import type { Granted, LeaseClaim } from '../../src/store/lease.js'
import { type LaneChange, type LaneJob, workLanes } from '../../src/store/settlements.js'
import { endWait, readQueue } from '../../src/store/state.js'
import { discardEdit } from '../../src/store/withdraw.js'
import { makeEdit } from '../model/make-edit.js'
import { openDatabase, plainOptions } from '../support/open-database.js'
import { walkedStorage } from '../support/walked-storage.js'

/** Where the suite runs. */
export interface StoreHost {
  databases(): Databases
  /** Forgets a database that a test has made and closed. */
  forget(name: string): Promise<void>
}

const me: Session = { account: 'me', sessionId: 's1', hasToken: true, token: 't', stayLoggedIn: true, guest: false }
const other: Session = { ...me, account: 'other', sessionId: 's2' }
const user: RecordKey = { collection: 'users', id: 'u1' }
const lane = { account: 'me', ...user }

/** Ids that a store which builds names or keys from strings would trip over. */
const hostileIds: readonly string[] = [
  '',
  `"'\`;--`,
  'a\u0000b',
  '__proto__',
  'constructor',
  '\ud800',
  'Ærøskøbing \u{1f6a2}',
  '\uffff',
  '["a","b"]',
  'x'.repeat(10_000),
]

function fault(id: string, extras: Partial<Fault> = {}): Fault {
  return {
    id,
    editIds: [],
    kind: 'validation',
    op: 'update',
    message: 'Refused',
    collection: 'users',
    recordId: 'u1',
    atMs: 1,
    properties: ['a'],
    offending: [],
    stored: [],
    base: {},
    mine: {},
    theirs: {},
    attempts: 1,
    ...extras,
  }
}

/** Edits of one save, of one record. */
function batch(label: string, patches: readonly Properties[], extras: Partial<SaveBatch> = {}, key = user): SaveBatch {
  const edits = patches.map((patch, index) => ({ key, edit: makeEdit(`${label}-${index}`, patch) }))
  return { account: 'me', label, edits, nowMs: 1, ...extras }
}

export function storeContract(host: StoreHost): void {
  const opened: { close(): void }[] = []
  const names = new Set<string>()
  let count = 0

  const open = async (options: Partial<DatabaseOptions> = {}): Promise<Database> => {
    const name = options.name ?? `contract-${Date.now()}-${count++}`
    names.add(name)
    const database = await openDatabase({
      ...plainOptions,
      name,
      platform: {
        databases: host.databases(),
        clock: browserClock,
        random: browserRandom,
        visibility: browserVisibility,
        caches: undefined,
      },
      ...options,
    })
    opened.push(database)
    return database
  }

  /** Notes all that the database tells by itself. */
  const noting = (notes: string[]): Partial<DatabaseOptions> => ({
    onState: (state) => notes.push(state),
    onUpgrade: () => notes.push('upgrade'),
    onLost: () => notes.push('lost'),
  })

  /** A database with a session. */
  const start = async (session: Session = me): Promise<Database> => {
    const db = await open()
    await beginSession(db, session)
    return db
  }

  /** Opens the database as a later version of the library would. */
  const upgrade = (name: string): Promise<IDBDatabase> =>
    new Promise((resolve, reject) => {
      const request = host.databases().factory!.indexedDB.open(name, 1_000)
      request.addEventListener('error', () => reject(request.error as Error))
      request.addEventListener('success', () => {
        opened.push(request.result)
        resolve(request.result)
      })
    })

  const snapshot = (db: Database, records: RecordKey[] = [user]) =>
    readSnapshot(db, { records: records.map((key) => () => key), fatesAfter: 0 })

  const laneOf = async (db: Database, key: RecordKey = user): Promise<StoredLane> =>
    (await snapshot(db, [key])).lanes[0]!

  /** Of the one sender there is. */
  const claim: LeaseClaim = {
    holder: 'one',
    nowMs: 0,
    hidden: false,
    locked: true,
    lastSeenAtMs: 0,
    isMute: false,
    releasedEpoch: undefined,
  }

  const work = (db: Database, change: LaneChange, nowMs = 5): Promise<Granted> =>
    workLanes(db, { jobs: [{ key: lane, decide: () => change }], right: claim, nowMs })

  const stateOf = (db: Database): Promise<StateRow> =>
    db.read(async (tables) => (await tables.meta.get('state')) as unknown as StateRow)

  const wait = (changes: Partial<NonNullable<StateRow['wait']>> = {}) => {
    const failure: Failure = { kind: 'unreachable', message: 'No network' }
    return { failure, failures: 1, dueAtMs: 10, ordered: false, ...changes }
  }

  afterEach(async () => {
    for (const database of opened.splice(0)) database.close()
    for (const name of names) await host.forget(name)
    names.clear()
  })

  describe('saving edits', () => {
    it('keeps them in order, lane by lane, and counts them', async () => {
      const db = await start()
      const first = batch('l1', [{ a: 1 }, { a: 2 }])
      const elsewhere = { key: { collection: 'users', id: 'u2' }, edit: makeEdit('l1-2', { b: 1 }) }
      await saveEdits(db, { ...first, edits: [...first.edits, elsewhere] })
      await saveEdits(db, batch('l2', [{ a: 3 }]))

      const { counts, lanes } = await snapshot(db, [user, elsewhere.key])
      expect(lanes.map(({ edits }) => edits.map(({ id }) => id))).toEqual([['l1-0', 'l1-1', 'l2-0'], ['l1-2']])
      expect(counts).toMatchObject({ pending: 4, sent: 0, total: 4, faults: 0 })
      expect((await readPending(db, 'me')).map(({ key, edits }) => [key.id, edits.length])).toEqual([
        ['u1', 3],
        ['u2', 1],
      ])
    })

    it('says which version holds them, and what it saved, once they are on disk', async () => {
      const db = await start()
      const { version } = await snapshot(db)
      const commits: Commit[] = []
      db.onCommit((commit) => commits.push(commit))
      const saving = batch('l1', [{ a: 1 }])

      await saveEdits(db, saving)
      expect(commits).toMatchObject([
        { from: version, to: version + 1, saved: [{ key: user, edits: [saving.edits[0]!.edit] }] },
      ])
      expect((await snapshot(db)).version).toBe(version + 1)
    })

    it('takes the ancestors of a lane that was not looked at from its rows (R1)', async () => {
      const db = await start()
      await work(db, { row: { ...emptyRecord(lane), base: { a: 0, b: 0 }, baseAtMs: 1 } })
      await saveEdits(db, batch('l1', [{ a: 1 }, { a: 2, b: 1, c: 1 }]))
      await saveEdits(db, batch('l2', [{ a: 3 }]))

      const ancestors = (await laneOf(db)).edits.map((edit) => edit.ancestors)
      expect(ancestors).toEqual([{ a: 0 }, { a: 0, b: 0, c: null }, { a: 0 }])
    })

    it('takes those of many records from their bases, with other records between them, and of any collection (R1)', async () => {
      const db = await start()
      const keys = ['b', 'a', 'none', 'd'].map((id): RecordKey => ({ ...user, id }))
      keys.push({ collection: 'notes', id: 'z' }, { collection: 'users2', id: 'a' })
      keys.push(...['e', 'f', 'g'].map((id): RecordKey => ({ ...user, id })))
      const others = ['a1', 'a2', 'b1', 'c', 'c1', 'c2', 'e1', 'f1', 'g1'].map((id): RecordKey => ({ ...user, id }))
      const jobs = [...keys, ...others]
        .filter(({ id }) => id !== 'none')
        .map((key) => {
          const one = { account: 'me', ...key }
          const base = { a: `${key.collection}/${key.id}` }
          return { key: one, decide: (): LaneChange => ({ row: { ...emptyRecord(one), base, baseAtMs: 1 } }) }
        })
      await workLanes(db, { jobs, right: claim, nowMs: 5 })
      const edits = keys.map((key, index) => ({ key, edit: makeEdit(`l1-${index}`, { a: 1 }) }))
      await saveEdits(db, { ...batch('l1', []), edits })

      const { lanes } = await snapshot(db, keys)
      expect(lanes.map((one) => one.edits.map(({ ancestors }) => ancestors))).toEqual([
        [{ a: 'users/b' }],
        [{ a: 'users/a' }],
        [{}],
        [{ a: 'users/d' }],
        [{ a: 'notes/z' }],
        [{ a: 'users2/a' }],
        [{ a: 'users/e' }],
        [{ a: 'users/f' }],
        [{ a: 'users/g' }],
      ])
    })

    it.each([1, 3, 9])('takes those of many records from their pending edits, %d of each (R1)', async (times) => {
      const db = await start()
      const keys = Array.from({ length: 20 }, (_, at): RecordKey => ({
        ...user,
        id: `u${at.toString().padStart(2, '0')}`,
      }))
      // Every third one has none, and what lies between those that are asked for is not asked for.
      const asked = keys.filter((_, at) => at % 2 === 0)
      for (let time = 0; time < times; time++) {
        const label = `l${time}`
        const edits = keys
          .filter((_, at) => at % 3 !== 0)
          .map((key, at) => ({
            key,
            edit: makeEdit(`${label}-${at}`, { [`p${time}`]: 1 }),
            seen: { [`p${time}`]: key.id },
          }))
        await saveEdits(db, { ...batch(label, []), edits })
      }
      const patch = Object.fromEntries(Array.from({ length: times }, (_, time) => [`p${time}`, 2]))
      const edits = asked.map((key, at) => ({ key, edit: makeEdit(`last-${at}`, patch) }))
      await saveEdits(db, { ...batch('last', []), edits })

      const { lanes } = await snapshot(db, asked)
      for (const { key, edits: found } of lanes) {
        const hasPending = Number(key.id.slice(1)) % 3 !== 0
        const names = hasPending ? Object.keys(patch) : []
        expect(found.at(-1)!.ancestors, key.id).toEqual(Object.fromEntries(names.map((name) => [name, key.id])))
      }
    })

    const seeing = (label: string, patch: Properties, seen: Properties): SaveBatch => ({
      ...batch(label, []),
      edits: [{ key: user, edit: makeEdit(`${label}-0`, patch), seen } satisfies NewEdit],
    })

    it('takes what is confirmed, where an edit that was shown as pending has settled meanwhile (R1)', async () => {
      const db = await start()
      await saveEdits(db, seeing('l1', { a: 1 }, { a: 0 }))
      await work(db, {
        row: { ...emptyRecord(lane), base: { a: 1, b: 5 } },
        settled: [{ editIds: ['l1-0'], outcome: 'accepted' }],
      })
      await saveEdits(db, seeing('l2', { a: 2, b: 2 }, { b: 4 }))

      // b was shown as confirmed: what the person saw stays the ancestor.
      expect((await laneOf(db)).edits[0]!.ancestors).toEqual({ a: 1, b: 4 })
    })

    it("takes this device's own last word, where another tab wrote it and this one has not heard of it yet (R1)", async () => {
      const db = await start()
      const base = { a: 1, b: 7, c: null }
      await work(db, { row: { ...emptyRecord(lane), base, wrote: { a: 1, b: 5, c: null } } })
      await saveEdits(db, seeing('l1', { a: 2, b: 2, c: 2 }, { a: 0, b: 4, c: 4 }))

      // Somebody else has written b since.
      expect((await laneOf(db)).edits[0]!.ancestors).toEqual({ a: 1, b: 4, c: null })
    })

    it('takes what is confirmed, where a later edit has stored the value of a pending one meanwhile (R1, R6)', async () => {
      const db = await start()
      const seen = { a: 0, b: 0 }
      await saveEdits(db, seeing('l1', { a: 1, b: 1 }, seen))
      const e1 = makeEdit('l1-0', { a: 1, b: 1 }, { ancestors: seen, covered: ['a'] })
      await work(db, { row: { ...emptyRecord(lane), base: { a: 2, b: 0 } }, rewritten: [e1] })
      await saveEdits(db, seeing('l2', { a: 3 }, {}))

      expect((await laneOf(db)).edits[1]!.ancestors).toEqual({ a: 2 })
    })

    it('takes that of a pending edit, also where another tab saved it while its property was shown as confirmed (R1)', async () => {
      const db = await start()
      await work(db, { row: { ...emptyRecord(lane), base: { a: 1 } } })
      await saveEdits(db, seeing('l1', { a: 2 }, { a: 0 }))
      await saveEdits(db, seeing('l2', { a: 3, b: 3 }, { a: 1, b: null }))

      expect((await laneOf(db)).edits.map(({ ancestors }) => ancestors)).toEqual([{ a: 0 }, { a: 0, b: null }])
    })

    it('saves nothing for an account that is not the one logged in (G10)', async () => {
      const db = await start(other)
      const { version } = await snapshot(db)

      await expect(saveEdits(db, batch('l1', [{ a: 1 }]))).rejects.toThrow('session ended')
      expect(await readPending(db, 'me')).toEqual([])
      expect((await snapshot(db)).version).toBe(version)
    })

    it('saves all of a batch or nothing', async () => {
      const db = await start()
      const saving = batch('l1', [{ a: 1 }, { a: 2 }])
      saving.edits[1]!.edit.meta = 1n as never

      await expect(saveEdits(db, saving)).rejects.toMatchObject({ name: 'StorageError' })
      expect((await snapshot(db)).counts.pending).toBe(0)
      expect((await laneOf(db)).edits).toEqual([])
    })

    it('notes in open faults what is written over them', async () => {
      const db = await start()
      await work(db, { faults: [fault('f1', { properties: ['a', 'b'] }), fault('f2', { recordId: 'u2' })] })
      await saveEdits(db, batch('l1', [{ b: 1, c: 1 }]))

      expect((await snapshot(db)).faults.map(({ id, overtaken }) => [id, overtaken])).toEqual([
        ['f1', ['b']],
        ['f2', undefined],
      ])
    })

    it('closes the fault that they answer, once (G7)', async () => {
      const db = await start()
      await work(db, { faults: [fault('f1')] })
      await saveEdits(db, batch('l1', [{ a: 1 }], { closes: 'f1' }))

      expect(await snapshot(db)).toMatchObject({ faults: [], counts: { faults: 0, pending: 1 } })
      await expect(saveEdits(db, batch('l2', [{ a: 1 }], { closes: 'f1' }))).rejects.toMatchObject({
        name: 'FaultClosedError',
        faultId: 'f1',
      })
      expect((await snapshot(db)).counts.pending).toBe(1)
    })

    it('counts a new burst from zero once the queue was empty', async () => {
      const db = await start()
      await saveEdits(db, batch('l1', [{ a: 1 }, { b: 1 }]))
      await work(db, { settled: [{ editIds: ['l1-0'], outcome: 'accepted' }] })
      expect((await snapshot(db)).counts).toMatchObject({ pending: 1, sent: 1, total: 2 })

      await work(db, { settled: [{ editIds: ['l1-1'], outcome: 'accepted' }] })
      expect((await snapshot(db)).counts).toMatchObject({ pending: 0, sent: 2, total: 2 })
      await saveEdits(db, batch('l2', [{ a: 1 }]))
      expect((await snapshot(db)).counts).toMatchObject({ pending: 1, sent: 0, total: 1 })
    })
  })

  describe('working lanes', () => {
    it('writes settlements, fates, faults and what is left of the lane at once', async () => {
      const db = await start()
      await saveEdits(db, batch('l1', [{ a: 1 }, { a: 2 }]))
      await saveEdits(db, batch('l2', [{ a: 3 }]))
      const left = { ...(await laneOf(db)).edits[2]!, ancestors: { a: 9 } }
      const row = { ...emptyRecord(lane), base: { a: 9 }, rev: 4 }
      await work(db, {
        row,
        settled: [
          { editIds: ['l1-0'], outcome: 'rejected', faultId: 'f1' },
          { editIds: ['l1-1'], outcome: 'accepted' },
        ],
        rewritten: [left],
        faults: [fault('f1', { editIds: ['l1-0'] })],
      })

      const after = await snapshot(db)
      // It keeps the place of its first edit.
      const stored = {
        ...row,
        place: [after.version - 2, 0],
        revisedAt: after.version - 1,
        revisedAtMs: 5,
        knownSinceMs: 5,
      }
      expect(after.lanes[0]).toEqual({ key: lane, row: stored, edits: [left] })
      expect(after.faults).toEqual([fault('f1', { editIds: ['l1-0'] })])
      expect(after.counts).toMatchObject({ pending: 1, sent: 2, total: 3, faults: 1 })
      expect(after.fates.map(({ editIds, outcome, atMs }) => [editIds, outcome, atMs])).toEqual([
        [['l1-0'], 'rejected', 5],
        [['l1-1'], 'accepted', 5],
      ])
      expect((await laneOf(db)).row.rev).toBe(4)
    })

    it('writes nothing of any lane when one of them cannot be written', async () => {
      const db = await start()
      await saveEdits(db, batch('l1', [{ a: 1 }]))
      const before = await snapshot(db)
      const told: Commit[] = []
      db.onCommit((commit) => told.push(commit))
      const jobs: LaneJob[] = [
        {
          key: lane,
          decide: () => ({
            row: { ...emptyRecord(lane), rev: 1 },
            settled: [{ editIds: ['l1-0'], outcome: 'rejected', faultId: 'f1' }],
            faults: [fault('f1')],
            wait: wait(),
          }),
        },
        {
          key: { ...lane, id: 'u2' },
          decide: ({ row }) => ({ row: { ...row, base: { unclonable: (() => {}) as never } } }),
        },
      ]

      await expect(workLanes(db, { jobs, right: claim, nowMs: 1 })).rejects.toMatchObject({ name: 'StorageError' })
      expect(await snapshot(db)).toEqual(before)
      expect(told).toEqual([])
    })

    it('writes nothing when a decision throws', async () => {
      const db = await start()
      const before = await snapshot(db)
      const jobs: LaneJob[] = [
        { key: lane, decide: ({ row }) => ({ row: { ...row, rev: 1 } }) },
        {
          key: { ...lane, id: 'u2' },
          decide() {
            throw new TypeError('no')
          },
        },
      ]

      await expect(workLanes(db, { jobs, right: claim, nowMs: 1 })).rejects.toMatchObject({ name: 'StorageError' })
      expect(await snapshot(db)).toEqual(before)
    })

    it('raises no version and tells nobody when nothing was decided', async () => {
      const db = await start()
      const before = await snapshot(db)
      const told: Commit[] = []
      db.onCommit((commit) => told.push(commit))
      await workLanes(db, { jobs: [{ key: lane, decide: () => undefined }], right: claim, nowMs: 1 })

      expect(await snapshot(db)).toEqual(before)
      expect(told).toEqual([])
    })

    it('asks nothing and writes nothing for a sender that was deposed (G5)', async () => {
      const db = await start()
      let asked = 0
      const jobs: LaneJob[] = [
        {
          key: lane,
          decide({ row }) {
            asked++
            return { row: { ...row, rev: 1 } }
          },
        },
      ]

      expect(await workLanes(db, { jobs, right: 1, nowMs: 1 })).toEqual({ againAtMs: 1 })
      expect([asked, (await laneOf(db)).row.rev]).toEqual([0, 0])
    })

    it('says whether what was decided has to be shown at once: a fault and the end of a session have', async () => {
      const db = await start()
      const told: Commit[] = []
      db.onCommit((commit) => told.push(commit))
      const row = { ...emptyRecord(lane), rev: 1 }
      const failure: Failure = { kind: 'auth', message: 'Expired' }
      const changes: LaneChange[] = [
        { row },
        { row, faults: [fault('f')] },
        { row, closedFaults: ['f'] },
        { expires: { sessionId: 's1', failure } },
        { wait: wait() },
      ]
      for (const change of changes) await work(db, change)
      expect(told.map(({ unhurried = false }) => unhurried)).toEqual([true, false, false, false, true])
    })

    describe('of a lane in flight', () => {
      const sent = (editIds: string[]): Attempt => ({
        editIds,
        patch: {},
        key: 'k',
        sessionId: 's',
        epoch: 1,
        atMs: 1,
        tries: 1,
        unknown: false,
        open: true,
      })

      const known = async (db: Database): Promise<StoredLane | undefined> =>
        db.memory.lanes.at(await readVersion(db)).get(laneName(lane))

      /** Two edits, of which the first is in flight, as the sender remembers it. */
      const startInFlight = async (): Promise<{ db: Database; ids: string[] }> => {
        const db = await start()
        const ids = ['l-0', 'm-0']
        for (const id of ids) await saveEdits(db, batch(labelOf(id), [{ name: id }]))
        const decide: LaneJob['decide'] = ({ row }) => ({ row: { ...row, attempt: sent([ids[0]!]), rev: 1 } })
        await workLanes(db, { jobs: [{ key: lane, decide }], right: claim, nowMs: 1 })
        return { db, ids }
      }

      /** The store shows this to the next decision, which settles the first edit and sends the second one. */
      const next = async (db: Database, [first, second]: string[]): Promise<StoredLane> => {
        let shown!: StoredLane
        const decide = (found: StoredLane): LaneChange => {
          shown = found
          const row = { ...found.row, attempt: sent([second!]), rev: 2 }
          return { row, settled: [{ editIds: [first!], outcome: 'accepted' }] }
        }
        await workLanes(db, { jobs: [{ key: lane, decide }], right: claim, nowMs: 2 })
        return shown
      }

      it('is shown what lies in the database, which need not be read again', async () => {
        const { db, ids } = await startInFlight()
        const { runs: _, earliest: __, ...remembered } = (await known(db)) as LaneRows
        expect(await laneOf(db)).toEqual(remembered)
        expect(await next(db, ids)).toMatchObject(remembered)

        const { runs: ___, earliest: ____, ...after } = (await known(db)) as LaneRows
        expect(after.edits.map(({ id }) => id)).toEqual(['m-0'])
        expect(await laneOf(db)).toEqual(after)
        expect((await next(db, ['m-0', 'none'])).edits).toEqual(after.edits)
        expect((await laneOf(db)).edits).toEqual([])
      })

      it.each(['this', 'another'])('is shown what %s context saved meanwhile', async (context) => {
        const { db, ids } = await startInFlight()
        const saver = context === 'this' ? db : await open({ name: db.name })
        await saveEdits(saver, batch('n', [{ name: 'newer' }]))
        expect((await known(db))?.edits.length).toBe(context === 'this' ? 3 : undefined)
        expect((await next(db, ids)).edits.map(({ patch }) => patch.name)).toEqual([...ids, 'newer'])
        expect((await laneOf(db)).edits.map(({ patch }) => patch.name)).toEqual(['m-0', 'newer'])
      })

      it('is forgotten when this context writes what does not say how it left the lanes', async () => {
        const { db, ids } = await startInFlight()
        expect((await known(db))?.edits).toHaveLength(2)
        await discardEdit(db, { account: 'me', editId: ids[1]!, nowMs: 2 })
        expect(await known(db)).toBeUndefined()
        expect((await laneOf(db)).edits.map(({ id }) => id)).toEqual([ids[0]])
        expect((await known(db))?.edits).toHaveLength(1)
      })
    })

    it('shows a later lane what an earlier one decided for all', async () => {
      const db = await start()
      const seen: unknown[] = []
      const decide = (_: StoredLane, state: StateRow): LaneChange => {
        seen.push(state.wait?.failures)
        return { wait: state.wait ? null : wait() }
      }
      const jobs = ['u1', 'u2', 'u3'].map((id): LaneJob => ({ key: { ...lane, id }, decide }))
      await workLanes(db, { jobs, right: claim, nowMs: 1 })

      expect(seen).toEqual([undefined, 1, undefined])
      expect((await stateOf(db)).wait).toEqual(wait())
    })

    it('counts a fault once, however often it is written or closed', async () => {
      const db = await start()
      await work(db, { faults: [fault('f1')] })
      await work(db, { faults: [fault('f1', { atMs: 2 })] })
      expect(await snapshot(db)).toMatchObject({ counts: { faults: 1 }, faults: [{ atMs: 2 }] })

      await work(db, { closedFaults: ['f1'] })
      await work(db, { closedFaults: ['f1'] })
      expect(await snapshot(db)).toMatchObject({ counts: { faults: 0 }, faults: [] })
    })

    it('expires the session that the failure is of, and no other (R14)', async () => {
      const db = await start()
      const failure: Failure = { kind: 'auth', message: 'Expired' }
      await work(db, { expires: { sessionId: 'earlier', failure } })
      expect((await readSession(db))?.expired).toBeUndefined()
      await work(db, { expires: { sessionId: 's1', failure } })
      expect((await readSession(db))?.expired).toEqual(failure)
    })
  })

  describe('gone rows', () => {
    const walking = async () => {
      const storage = walkedStorage(host.databases())
      const platform = { clock: browserClock, random: browserRandom, visibility: browserVisibility, caches: undefined }
      const db = await open({ platform: { ...platform, databases: storage.databases } })
      await beginSession(db, me)
      storage.walked()
      return { db, storage }
    }
    const labelled = (turn: number): string => `l${turn.toString().padStart(5, '0')}`

    /** An edit from the call to its settlement, with all that is read on the way. */
    const settleOne = async (db: Database, turn: number, key = user): Promise<void> => {
      const label = labelled(turn)
      const job = (decide: LaneJob['decide']): LaneJob => ({ key: { account: 'me', ...key }, decide })
      const editIds = [`${label}-0`]
      await saveEdits(db, batch(label, [{ a: turn }], {}, key))
      await readQueue(db, { after: undefined, limit: 48 })
      const attempt = { editIds, patch: { a: turn }, key: label, sessionId: 's1', epoch: 1, atMs: 4, tries: 1 }
      const sent = { ...attempt, unknown: false, open: true }
      const jobs = [
        job(({ row }) => ({ row: { ...row, rev: row.rev + 1, attempt: sent } })),
        job(({ row }) => ({
          row: { ...row, rev: row.rev + 1, attempt: undefined, base: { a: turn } },
          settled: [{ editIds, outcome: 'accepted' }],
        })),
      ]
      for (const one of jobs) {
        await workLanes(db, { jobs: [one], right: claim, nowMs: 5 })
        const { lastFate } = await readSnapshot(db, { records: [() => key], fatesAfter: Infinity })
        await readSnapshot(db, { records: [() => key], fatesAfter: lastFate - 1 })
      }
      await readQueue(db, { after: undefined, limit: 48 })
      await readPending(db, 'me')
      expect(await readFate(db, 'me', editIds[0]!)).toMatchObject({ outcome: 'accepted' })
    }

    it.each<[string, (turn: number) => string]>([
      ['one record', () => 'u1'],
      ['records one after the other', (turn) => `u${turn.toString().padStart(3, '0')}`],
      ['records, the last one first', (turn) => `u${999 - turn}`],
      ['records by turns', (turn) => `u${turn % 3}`],
    ])('is not walked over again, however many edits were settled: of %s', async (_of, idOf) => {
      const { db, storage } = await walking()
      for (let turn = 0; turn < 40; turn++) {
        await settleOne(db, turn, { ...user, id: idOf(turn) })
        // The entry of the edit itself, in the transaction that settles it.
        expect([turn, storage.walked()]).toMatchObject([turn, { keys: 0, indexes: 1 }])
      }
    })

    it('is not walked over again in an index while older edits stay pending in other lanes', async () => {
      const { db, storage } = await walking()
      for (const [turn, id] of ['u0', 'u9'].entries())
        await saveEdits(db, batch(labelled(turn), [{ a: 1 }], {}, { ...user, id }))
      for (let turn = 2; turn < 40; turn++) {
        await settleOne(db, turn)
        expect([turn, storage.walked().indexes]).toEqual([turn, 1])
      }
      const oldest = async () => (await snapshot(db)).counts.front?.label
      expect(await oldest()).toBe(labelled(0))
      const end = (turn: number, id: string) => {
        const editIds = [`${labelled(turn)}-0`]
        const decide = (): LaneChange => ({ settled: [{ editIds, outcome: 'accepted' }] })
        return workLanes(db, { jobs: [{ key: { ...lane, id }, decide }], right: claim, nowMs: 5 })
      }
      await end(0, 'u0')
      expect(await oldest()).toBe(labelled(1))
      await end(1, 'u9')
      expect(await oldest()).toBeUndefined()
      expect(storage.walked().indexes).toBe(2)
    })

    it('is not walked over in a long queue that is sent from its front', async () => {
      const { db, storage } = await walking()
      const ids = Array.from({ length: 60 }, (_, index) => `u${index.toString().padStart(3, '0')}`)
      for (const [turn, id] of ids.entries())
        await saveEdits(db, batch(labelled(turn), [{ a: 1 }], {}, { ...user, id }))
      for (const [turn, id] of ids.entries()) {
        const editIds = [`${labelled(turn)}-0`]
        const decide = (): LaneChange => ({ settled: [{ editIds, outcome: 'accepted' }] })
        await workLanes(db, { jobs: [{ key: { ...lane, id }, decide }], right: claim, nowMs: 5 })
        const { counts } = await snapshot(db)
        expect([turn, counts.front?.label, storage.walked().indexes]).toEqual([
          turn,
          ids[turn + 1] && labelled(turn + 1),
          1,
        ])
      }
    })

    it('leaves nothing to read in the faults until one has changed, in any context', async () => {
      const { db, storage } = await walking()
      const elsewhere = await open({ name: db.name })
      await work(db, { faults: ['f1', 'f2', 'f3'].map((id) => fault(id, { properties: [id] })) })
      const open$ = async (one: Database) => (await snapshot(one)).faults.map(({ id, overtaken }) => [id, overtaken])
      expect(await open$(db)).toHaveLength(3)
      storage.walked()
      const { faults } = await snapshot(db)
      for (let turn = 0; turn < 3; turn++) await settleOne(db, turn)
      expect((await snapshot(db)).faults).toBe(faults)
      expect(storage.walked().reads['faults']).toBeUndefined()

      await saveEdits(elsewhere, batch('other', [{ f2: 1 }]))
      for (const one of [db, elsewhere])
        expect(await open$(one)).toEqual([
          ['f1', undefined],
          ['f2', ['f2']],
          ['f3', undefined],
        ])
      await closeFault(elsewhere, 'me', 'f1', 5)
      await saveEdits(db, batch('mine', [{ f1: 1, f2: 1, f3: 1 }]))
      for (const one of [db, elsewhere])
        expect(await open$(one)).toEqual([
          ['f2', ['f2']],
          ['f3', ['f3']],
        ])
      await work(elsewhere, { closedFaults: ['f2', 'f3'] })
      await work(elsewhere, { faults: [fault('f4')] })
      expect(await open$(db)).toEqual([['f4', undefined]])
    })

    it('is no change of a fault that was undone', async () => {
      const db = await start()
      await work(db, { faults: [fault('f1')] })
      await snapshot(db)
      const undone = new NotLoggedInError()
      const changing = db.write(async (tables, state) => {
        state.counts['me']!.faultsAt = state.version
        await tables.faults.put([{ ...fault('f2'), v: 1, account: 'me' }])
        throw undone
      }, 'edit')
      await expect(changing).rejects.toBe(undone)
      await work(db, { faults: [fault('f3')] })
      expect((await snapshot(db)).faults.map(({ id }) => id)).toEqual(['f1', 'f3'])
    })
  })

  describe('the queue', () => {
    it('names each lane once, in key order, from behind the last one named', async () => {
      const db = await start()
      for (let round = 0; round < 3; round++)
        for (const id of ['u3', 'u1', 'u2'])
          await saveEdits(db, batch(`${id}${round}`, [{ a: 1 }], {}, { ...user, id }))

      expect((await readQueue(db, { after: undefined, limit: 2 })).lanes.map(({ id }) => id)).toEqual(['u1', 'u2'])
      expect((await readQueue(db, { after: { ...user, id: 'u2' }, limit: 2 })).lanes.map(({ id }) => id)).toEqual([
        'u3',
      ])
    })

    it('is empty while nobody is logged in', async () => {
      const db = await start()
      await saveEdits(db, batch('l1', [{ a: 1 }]))
      await beginSession(db, other)
      expect((await readQueue(db, { after: undefined, limit: 5 })).lanes).toEqual([])
      await beginSession(db, me)
      expect((await readQueue(db, { after: undefined, limit: 5 })).lanes).toHaveLength(1)
    })

    it.each([
      [{}, ['network'], false],
      [{}, ['start', 'network'], false],
      [{}, undefined, false],
      [{}, ['start'], true],
      [{ ordered: true }, ['network'], true],
      [{ ordered: true }, undefined, true],
    ] as const)(
      'ends a wait only for news that may end it, never an ordered one: %o, %o',
      async (changes, news, stays) => {
        const db = await start()
        await work(db, { wait: wait(changes) })
        await endWait(db, news)
        expect((await stateOf(db)).wait !== undefined).toBe(stays)
      },
    )
  })

  describe('fates', () => {
    it('tells what became of an edit, to its own account only', async () => {
      const db = await start()
      await saveEdits(db, batch('l1', [{ a: 1 }, { a: 2 }]))
      await work(db, { settled: [{ editIds: ['l1-1'], outcome: 'accepted' }] })

      expect(await readFate(db, 'me', 'l1-0')).toBe('pending')
      expect(await readFate(db, 'me', 'l1-1')).toMatchObject({ outcome: 'accepted', editIds: ['l1-1'] })
      expect(await readFate(db, 'me', 'l1-2')).toBeUndefined()
      expect(await readFate(db, 'me', 'no edit id at all')).toBeUndefined()
      expect(await readFate(db, 'other', 'l1-0')).toBeUndefined()
      expect(await readFate(db, 'other', 'l1-1')).toBeUndefined()
    })

    it('are forgotten after 30 days, unless their fault is open (R10)', async () => {
      const db = await start()
      const day = 24 * 3_600_000
      await saveEdits(db, batch('l1', [{ a: 1 }, { b: 1 }, { c: 1 }]))
      await work(db, { settled: [{ editIds: ['l1-0'], outcome: 'accepted' }] }, 0)
      const faultId = 'f1'
      const faults = [fault(faultId, { editIds: ['l1-1'] })]
      await work(db, { settled: [{ editIds: ['l1-1'], outcome: 'rejected', faultId }], faults }, 0)
      await work(db, { settled: [{ editIds: ['l1-2'], outcome: 'accepted' }] }, 2 * day)
      const outcomes = async () =>
        Promise.all(['l1-0', 'l1-1', 'l1-2'].map(async (id) => (await readFate(db, 'me', id)) !== undefined))

      await pruneFates(db, 30 * day)
      expect(await outcomes()).toEqual([true, true, true])
      await pruneFates(db, 31 * day)
      expect(await outcomes()).toEqual([false, true, true])
      expect(await readFate(db, 'me', 'l1-1')).toMatchObject({ outcome: 'rejected', faultId, account: 'me' })
      await closeFault(db, 'me', faultId, 1)
      await pruneFates(db, 31 * day)
      expect(await outcomes()).toEqual([false, false, true])
    })
  })

  describe('look-backs', () => {
    it('that are due at no time are left out of the state, which could not be read with them', async () => {
      const db = await start()
      const owed = { older: { a: 1 }, newer: { a: 2 }, dueAtMs: 7, resent: 0 }
      const row = emptyRecord(lane)
      await work(db, { row: { ...row, lookBacks: [{} as never, owed] } })
      expect(Object.values((await stateOf(db)).lookBacks!)).toMatchObject([{ ...lane, dueAtMs: 7 }])
      await work(db, { row: { ...row, lookBacks: [{} as never] } })
      expect(Object.values((await stateOf(db)).lookBacks!)).toEqual([])
      expect((await snapshot(db)).session).toMatchObject({ account: 'me' })
    })
  })

  describe('faults', () => {
    it('of a lane that a newer version has written close, and nothing else changes (R15)', async () => {
      const db = await start()
      await saveEdits(db, batch('l1', [{ a: 1 }]))
      const row = { ...emptyRecord(lane), v: formatVersion + 1, novel: true }
      await work(db, { row, faults: [fault('f1', { kind: 'stalled', editIds: ['l1-0'] })] })
      const rows = () => db.read((tables) => Promise.all([tables.records.getAll(), tables.edits.getAll()]))
      const before = await rows()
      await closeFault(db, 'me', 'f1', 1)
      expect(await rows()).toEqual(before)
      expect((await snapshot(db)).counts).toMatchObject({ pending: 1, faults: 0 })
    })

    it('are shown to their account only, and close once', async () => {
      const db = await start()
      await work(db, { faults: [fault('f1')] })

      expect(await readFault(db, 'me', 'f1')).toEqual(fault('f1'))
      await expect(readFault(db, 'other', 'f1')).rejects.toMatchObject({ name: 'NotLoggedInError' })
      await expect(closeFault(db, 'other', 'f1', 1)).rejects.toMatchObject({ name: 'FaultClosedError' })
      const both = await Promise.allSettled([closeFault(db, 'me', 'f1', 1), closeFault(db, 'me', 'f1', 1)])
      expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
      expect((await snapshot(db)).counts.faults).toBe(0)
    })
  })

  describe('sessions', () => {
    const filled = async (session: Session = me): Promise<Database> => {
      const db = await start(session)
      const account = session.account
      await saveEdits(db, batch('l1', [{ a: 1 }], { account }))
      const key = { account, ...user }
      const jobs: LaneJob[] = [
        { key, decide: ({ row }) => ({ row: { ...row, base: { a: 0 } }, faults: [fault('f1')] }) },
        { key: { ...key, id: 'u2' }, decide: ({ row }) => ({ row: { ...row, base: { secret: 1 } } }) },
      ]
      await workLanes(db, { jobs, right: claim, nowMs: 1 })
      return db
    }
    const records = (db: Database) => db.read((tables) => tables.records.getAll())
    const guest: Session = { ...me, guest: true }

    it('do not end while edits are pending and nobody says what becomes of them (R14)', async () => {
      const db = await filled()
      await expect(endSession(db, undefined, 1)).rejects.toMatchObject({ name: 'PendingEditsError', count: 1 })
      expect(await readSession(db)).toEqual(me)
    })

    it('keep pending edits and open faults for the next login of their account, and nothing else', async () => {
      const db = await filled()
      await endSession(db, 'keep', 1)
      expect(await snapshot(db)).toMatchObject({ counts: { pending: 0, faults: 0 }, faults: [], lanes: [] })
      expect((await records(db)).map(({ id }) => id)).toEqual(['u1'])

      await beginSession(db, other)
      expect(await snapshot(db)).toMatchObject({ counts: { pending: 0, faults: 0 }, faults: [] })
      expect((await laneOf(db)).edits).toEqual([])

      await beginSession(db, { ...me, sessionId: 's3' })
      expect(await snapshot(db)).toMatchObject({ counts: { pending: 1, faults: 1 }, faults: [{ id: 'f1' }] })
      expect((await laneOf(db)).edits).toHaveLength(1)
    })

    it('give pending edits and faults up when told so, with a fate each (G3)', async () => {
      const db = await filled()
      await endSession(db, 'discard', 7)
      expect(await records(db)).toEqual([])

      await beginSession(db, { ...me, sessionId: 's3' })
      expect(await snapshot(db)).toMatchObject({
        counts: { pending: 0, sent: 0, total: 0, faults: 0 },
        faults: [],
        lanes: [{ edits: [] }],
      })
      expect(await readFate(db, 'me', 'l1-0')).toMatchObject({ outcome: 'discarded', atMs: 7 })
    })

    it('of a guest cannot keep edits, and take their faults along', async () => {
      const db = await filled(guest)
      await expect(endSession(db, 'keep', 1)).rejects.toMatchObject({ name: 'PendingEditsError' })
      await expect(beginSession(db, other)).rejects.toMatchObject({ name: 'PendingEditsError' })
      expect(await readSession(db)).toEqual(guest)

      await work(db, { settled: [{ editIds: ['l1-0'], outcome: 'accepted' }] })
      await beginSession(db, other)
      await beginSession(db, { ...me, sessionId: 's3' })
      expect(await snapshot(db)).toMatchObject({ counts: { faults: 0 }, faults: [] })
    })

    it('of a guest who registers keep account and lane', async () => {
      const db = await filled(guest)
      await beginSession(db, { ...me, sessionId: 's3' })
      expect(await snapshot(db)).toMatchObject({ counts: { pending: 1 }, faults: [{ id: 'f1' }] })
    })

    it.each([
      ['is over for the next person', false, undefined],
      ['stays when the server ordered it', true, true],
    ])('whose wait %s', async (_what, ordered, stays) => {
      const db = await start()
      await work(db, { wait: wait({ ordered }) })
      await beginSession(db, other)
      expect((await stateOf(db)).wait && true).toBe(stays)
    })

    it('end once, by the first caller', async () => {
      const db = await start()
      await endSession(db, undefined, 1)
      const { version } = await snapshot(db)
      await endSession(db, undefined, 1)
      expect(await snapshot(db)).toMatchObject({ version, counts: { pending: 0 } })
      expect(await readSession(db)).toBeUndefined()
    })

    it('expire by their own failure only, the first of which is kept', async () => {
      const db = await start()
      const failure: Failure = { kind: 'auth', message: 'first' }
      await expireSession(db, 'earlier', failure)
      expect(await readSession(db)).toEqual(me)
      await expireSession(db, 's1', failure)
      await expireSession(db, 's1', { ...failure, message: 'second' })
      expect(await readSession(db)).toEqual({ ...me, expired: failure })
    })

    it('take the record of a login as its base, unless an attempt is open (R7)', async () => {
      const db = await start()
      const confirmed = { key: user, record: { a: 1 }, atMs: 3 }
      await beginSession(db, me, confirmed)
      expect((await laneOf(db)).row).toMatchObject({ base: { a: 1 }, baseAtMs: 3 })

      const attempt = { editIds: [], patch: { a: 2 }, key: 'k', sessionId: 's1', epoch: 1, atMs: 4, tries: 1 }
      await work(db, { row: { ...(await laneOf(db)).row, attempt: { ...attempt, unknown: false, open: true } } })
      await beginSession(db, me, { ...confirmed, record: { a: 9 } })
      expect((await laneOf(db)).row.base).toEqual({ a: 1 })
    })
  })

  /** Another state of the record is confirmed, by a settlement. */
  const settled = async (db: Database, base: Properties): Promise<void> => {
    const { row } = await laneOf(db)
    await work(db, { row: { ...row, base, baseAtMs: 2, rev: row.rev + 1 } })
  }
  const versionOf = async (db: Database): Promise<number> => (await stateOf(db)).version

  describe('the answer to a login', () => {
    const late = { key: user, record: { a: 1 }, atMs: 3 }
    const again: Session = { ...me, sessionId: 's3' }

    it.each([
      ['when nobody was logged in', endSession],
      ['in the session of another account', (db: Database) => beginSession(db, other)],
      ['in a session of the account itself', async () => {}],
    ])('that was asked for %s takes nothing back that has come since (R7)', async (_when, before) => {
      const db = await start()
      await before(db, undefined, 1)
      const version = await versionOf(db)
      await beginSession(db, again)
      await settled(db, { a: 0, b: 2 })
      await beginSession(db, me, { ...late, version })
      expect((await laneOf(db)).row).toMatchObject({ base: { a: 0, b: 2 }, baseAtMs: 2, rev: 1 })
      expect(await readSession(db)).toEqual(me)
    })

    it('takes nothing back of an account whose request was answered after another one had logged in', async () => {
      const db = await start()
      await saveEdits(db, batch('l1', [{ c: 1 }]))
      const version = await versionOf(db)
      await beginSession(db, other)
      await work(db, { row: { ...emptyRecord(lane), base: { a: 0 }, rev: 1 } })
      await beginSession(db, again, { ...late, version })
      expect((await laneOf(db)).row.base).toEqual({ a: 0 })
    })

    it('is newer than what was kept of an earlier session', async () => {
      const db = await start()
      await saveEdits(db, batch('l1', [{ c: 1 }]))
      await settled(db, { a: 0, b: 2 })
      await endSession(db, 'keep', 1)
      await beginSession(db, again, { ...late, version: await versionOf(db) })
      expect((await laneOf(db)).row.base).toEqual({ a: 1, b: 2 })
    })
  })

  describe('a read of a record', () => {
    const confirmed = { key: user, record: { a: 1 }, atMs: 3 }

    it('becomes the base, and clears nothing that it lacks (R7)', async () => {
      const db = await start()
      await settled(db, { a: 0, b: 2 })
      const version = await readVersion(db)
      // An edit that is saved meanwhile lies over it, and says nothing of its age.
      await saveEdits(db, batch('l1', [{ c: 1 }]))
      expect(await confirmRecord(db, me, { ...confirmed, version })).toBe(true)
      // A property that it lacks is as old as it was, and is compared before an edit of it goes out (R11).
      expect((await laneOf(db)).row).toMatchObject({ base: { a: 1, b: 2 }, baseAtMs: 2, rev: 2 })
    })

    it.each([
      ['has all that is known', { a: 1, b: 3 }],
      ['says that there is no such record', null],
    ])('makes the base fresh when it %s (R11)', async (_when, record) => {
      const db = await start()
      await settled(db, { a: 0, b: 2 })
      const version = await readVersion(db)
      expect(await confirmRecord(db, me, { ...confirmed, record, version })).toBe(true)
      expect((await laneOf(db)).row).toMatchObject({ base: record, baseAtMs: 3 })
    })

    it('is not believed when a settlement has come between', async () => {
      const db = await start()
      const version = await readVersion(db)
      await settled(db, { a: 0 })
      expect(await confirmRecord(db, me, { ...confirmed, version })).toBe(false)
      expect((await laneOf(db)).row.base).toEqual({ a: 0 })
    })

    it('is not believed when an attempt is open', async () => {
      const db = await start()
      const attempt = { editIds: [], patch: { a: 2 }, key: 'k', sessionId: 's1', epoch: 1, atMs: 4, tries: 1 }
      const row = { ...emptyRecord(lane), base: { a: 0 }, attempt: { ...attempt, unknown: false, open: true } }
      await work(db, { row })
      expect(await confirmRecord(db, me, { ...confirmed, version: await readVersion(db) })).toBe(false)
      expect((await laneOf(db)).row.base).toEqual({ a: 0 })
    })

    it('is not believed when its account has logged in anew, whose records count from the start again', async () => {
      const db = await start()
      await beginSession(db, me, confirmed)
      const version = await readVersion(db)
      await endSession(db, undefined, 1)
      await beginSession(db, { ...me, sessionId: 's3' }, { ...confirmed, record: { a: 2 } })
      expect(await confirmRecord(db, me, { ...confirmed, version })).toBe(false)
      expect((await laneOf(db)).row).toMatchObject({ base: { a: 2 }, rev: 1 })
    })

    it('brings nothing back in a later session of its account: the record was deleted before that', async () => {
      const db = await start()
      const version = await readVersion(db)
      await settled(db, { a: 0 })
      await endSession(db, undefined, 1)
      await beginSession(db, { ...me, sessionId: 's3' })
      expect(await confirmRecord(db, me, { ...confirmed, version })).toBe(false)
      expect(await db.read((tables) => tables.records.getAll())).toEqual([])
    })

    it("leaves no trace when its account isn't logged in any more (G10)", async () => {
      const db = await start(other)
      await confirmRecord(db, me, { ...confirmed, version: await readVersion(db) })
      expect(await db.read((tables) => tables.records.getAll())).toEqual([])
    })
  })

  describe('a snapshot', () => {
    it('shows lanes in the order asked, faults by age, fates from the one named, and the oldest edit', async () => {
      const db = await start()
      const key = { ...user, id: 'u2' }
      await saveEdits(db, batch('l2', [{ a: 1 }, { a: 2 }, { a: 3 }]))
      const older = { key, edit: makeEdit('l1-0', { b: 1 }, { atMs: -5 }) }
      await saveEdits(db, { ...batch('l1', []), edits: [older] })
      await work(db, { faults: [fault('f1', { atMs: 9 }), fault('f2', { atMs: 3 })] })
      await work(db, { settled: [{ editIds: ['l2-0'], outcome: 'accepted' }] })
      const [first] = (await snapshot(db)).fates
      await work(db, { settled: [{ editIds: ['l2-1'], outcome: 'accepted' }] })

      const seen = await readSnapshot(db, { records: [() => key, () => user], fatesAfter: first!.n! })
      expect(seen.lanes.map(({ key: { id } }) => id)).toEqual(['u2', 'u1'])
      expect(seen.faults.map(({ id }) => id)).toEqual(['f2', 'f1'])
      expect(seen.fates.map(({ editIds }) => editIds)).toEqual([['l2-1']])
      expect(seen.oldestPendingAtMs).toBe(-5)
    })

    it('is of one moment: never half of a settlement (R8)', async () => {
      const db = await start()
      const reads: ReturnType<typeof snapshot>[] = []
      const writes: Promise<unknown>[] = []
      for (let round = 0; round < 10; round++) {
        const id = `l${round}-0`
        writes.push(saveEdits(db, batch(labelOf(id), [{ a: round }])))
        reads.push(snapshot(db))
        writes.push(
          workLanes(db, {
            jobs: [
              {
                key: lane,
                decide: ({ row }) => ({
                  row: { ...row, rev: row.rev + 1 },
                  settled: [{ editIds: [id], outcome: 'rejected', faultId: `f${round}` }],
                  faults: [fault(`f${round}`)],
                }),
              },
            ],
            right: claim,
            nowMs: 1,
          }),
        )
        reads.push(snapshot(db))
      }
      await Promise.all(writes)
      let last = 0
      for (const { version, lanes, counts, faults, fates } of await Promise.all(reads)) {
        expect(version).toBeGreaterThanOrEqual(last)
        last = version
        expect(lanes[0]!.edits).toHaveLength(counts.pending)
        expect([faults.length, fates.length]).toEqual([counts.faults, lanes[0]!.row.rev])
      }
      expect((await snapshot(db)).counts).toMatchObject({ pending: 0, faults: 10 })
    })
  })

  describe('ids of any kind', () => {
    it('never meet each other as records, collections or properties', async () => {
      const db = await start()
      const keys = hostileIds.flatMap((id) => [
        { collection: 'users', id },
        { collection: id, id: 'users' },
      ])
      for (const [index, key] of keys.entries()) await saveEdits(db, batch(`l${index}`, [{ [key.id]: index }], {}, key))

      const { lanes, counts } = await snapshot(db, keys)
      expect(lanes.map(({ edits }) => edits.map(({ id }) => id))).toEqual(keys.map((_, index) => [`l${index}-0`]))
      expect(counts.pending).toBe(keys.length)
      for (const [index, { edits }] of lanes.entries())
        expect(Object.entries(edits[0]!.patch)).toEqual([[keys[index]!.id, index]])

      const walked: RecordKey[] = []
      for (let after: RecordKey | undefined; ;) {
        const { lanes: next } = await readQueue(db, { after, limit: 3 })
        if (!next.length) break
        walked.push(...next)
        after = next.at(-1)!
      }
      expect(new Set(walked.map((key) => JSON.stringify(key))).size).toBe(keys.length)
      expect(walked).toHaveLength(keys.length)
    })

    it('never meet each other as accounts, and reach no prototype', async () => {
      const db = await open()
      for (const [index, account] of hostileIds.entries()) {
        await beginSession(db, { ...me, account, sessionId: `s${index}` })
        for (let round = 0; round <= index; round++)
          await saveEdits(db, batch(`l${index}.${round}`, [{ a: 1 }], { account }))
      }
      for (const [index, account] of hostileIds.entries()) {
        await beginSession(db, { ...me, account, sessionId: `again${index}` })
        const { counts, lanes } = await snapshot(db)
        expect([account.slice(0, 20), counts.pending, lanes[0]!.edits.length]).toEqual([
          account.slice(0, 20),
          index + 1,
          index + 1,
        ])
        expect((await readQueue(db, { after: undefined, limit: 9 })).lanes).toHaveLength(1)
      }
      expect(Object.keys(Object.prototype)).toEqual([])
      expect(({} as { pending?: number }).pending).toBeUndefined()
    })

    it('name fates and descriptions too', async () => {
      const db = await start()
      for (const id of hostileIds) {
        await work(db, { settled: [{ editIds: [`${id}-0`], outcome: 'accepted' }] })
        await writeDescription(db, id, { value: { of: id }, atMs: 1 })
      }
      for (const id of hostileIds) {
        expect(await readFate(db, 'me', `${id}-0`)).toMatchObject({ editIds: [`${id}-0`] })
        expect(new Map(await readDescriptions(db)).get(id)?.value).toEqual({ of: id })
      }
    })
  })

  describe('the database', () => {
    it('sets the marks at which reads begin when its last writer kept none', async () => {
      const db = await start()
      const save = (label: string, id: string, atMs: number, account = 'me') =>
        saveEdits(db, {
          ...batch(label, [], { account }),
          edits: [{ key: { ...user, id }, edit: makeEdit(`${label}-0`, { a: 1 }, { atMs }) }],
        })
      await save('l2', 'u2', 12)
      await save('l3', 'u3', 13)
      await save('l1', 'u1', 11)
      await work(db, { settled: [{ editIds: ['none'], outcome: 'accepted' }] })
      await beginSession(db, other)
      await save('l4', 'u4', 14, 'other')
      await save('l5', 'u5', 15, 'other')
      await db.write(async (_, state) => {
        delete state.lastFate
        for (const counts of Object.values(state.counts)) delete counts.front
        // As what was settled above was never saved.
        state.counts['me']!.pending = 3
      }, 'edit')
      expect((await snapshot(db)).oldestPendingAtMs).toBeUndefined()
      db.close()

      const again = await open({ name: db.name })
      expect((await stateOf(again)).lastFate).toBe(1)
      expect((await snapshot(again)).oldestPendingAtMs).toBe(14)
      expect((await readPending(again, 'me')).map(({ key }) => key.id)).toEqual(['u1', 'u2', 'u3'])
      await beginSession(again, me)
      expect((await snapshot(again)).oldestPendingAtMs).toBe(11)
      const lanes = async () => (await readQueue(again, { after: undefined, limit: 9 })).lanes.map(({ id }) => id)
      expect(await lanes()).toEqual(['u1', 'u2', 'u3'])
      await saveEdits(again, batch('l0', [{ a: 1 }], {}, { ...user, id: 'u0' }))
      expect(await lanes()).toEqual(['u0', 'u1', 'u2', 'u3'])
      expect((await laneOf(again, { ...user, id: 'u2' })).edits).toHaveLength(1)
    })

    it('keeps everything across a close', async () => {
      const db = await start()
      await saveEdits(db, batch('l1', [{ a: 1 }]))
      const before = await snapshot(db)
      db.close()
      expect(await snapshot(await open({ name: db.name }))).toEqual(before)
    })

    it('opens for the backend that it belongs to, and no other (R15)', async () => {
      const { name } = await start()
      await expect(open({ name, backendId: 'elsewhere' })).rejects.toMatchObject({
        name: 'StorageError',
        reason: 'other-backend',
      })
      expect(await readSession(await open({ name }))).toEqual(me)
    })

    it('belongs to one backend when two open it at once', async () => {
      const name = `contract-${Date.now()}-both`
      const both = await Promise.allSettled([open({ name, backendId: 'one' }), open({ name, backendId: 'two' })])
      expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    })

    it('gives way to a newer version, says so once, and writes nothing more', async () => {
      const reasons: string[] = []
      const db = await open({ ...noting(reasons) })
      await beginSession(db, me)
      const newer = await upgrade(db.name)
      expect(reasons).toEqual(['upgrade'])
      await expect(saveEdits(db, batch('l1', [{ a: 1 }]))).rejects.toMatchObject({ name: 'ClosedError' })
      expect(newer.version).toBe(1_000)
    })

    it('leaves a database of a newer version alone', async () => {
      const db = await start()
      db.close()
      const newer = await upgrade(db.name)
      newer.close()
      const reasons: string[] = []
      await expect(open({ name: db.name, ...noting(reasons) })).rejects.toMatchObject({
        name: 'StorageError',
        reason: 'newer-version',
      })
      await upgrade(db.name)
      expect(reasons).toEqual([])
    })

    it('says nothing when it is closed on purpose, and refuses from then on', async () => {
      const reasons: string[] = []
      const db = await open({ ...noting(reasons) })
      db.close()
      await expect(snapshot(db)).rejects.toMatchObject({ name: 'ClosedError' })
      expect(reasons).toEqual([])
    })

    it('serves two contexts: each sees what the other wrote, and versions never repeat', async () => {
      const one = await start()
      const two = await open({ name: one.name })
      const versions: number[] = []
      for (const db of [one, two]) db.onCommit(({ to }) => versions.push(to))
      await Promise.all([one, two, one, two].map((db, index) => saveEdits(db, batch(`l${index}`, [{ a: index }]))))
      expect(new Set(versions).size).toBe(4)
      const edits: QueuedEdit[] = (await laneOf(two)).edits
      expect(edits).toHaveLength(4)
      expect(await snapshot(one)).toEqual(await snapshot(two))
    })

    it('announces a commit when a read that begins then waits for it, so that nobody has to be told afterwards', async () => {
      const one = await start()
      const two = await open({ name: one.name })
      const seen: Promise<number>[] = []
      let completed = false
      one.onCommit(() => (completed = true))
      one.onCommitting(({ to }) => {
        expect(completed).toBe(false)
        seen.push(snapshot(two).then(({ version }) => version - to))
      })
      await saveEdits(one, batch('l1', [{ a: 1 }]))
      await one.write(async () => unchanged, 'edit')
      expect(await Promise.all(seen)).toEqual([0])
    })

    it('writes nothing that was decided on what another context has changed, and decides again', async () => {
      const one = await start()
      const two = await open({ name: one.name })
      await Promise.all([one, two].map((db) => db.read(async () => undefined)))
      const seen: number[] = []
      const [, answer] = await Promise.all([
        one.write(
          async (_, state) => void (state.counts['other'] = { pending: 1, sent: 0, total: 1, faults: 0 }),
          'edit',
        ),
        two.write(async (tables, state, _, later) => {
          seen.push(state.counts['other']?.pending ?? 0)
          // Under a key of its own each time, so that what the first try wrote would stay.
          later([tables.meta.put([{ key: `try ${seen.length}` }])])
          await tables.meta.put([{ key: `awaited try ${seen.length}` }])
          return seen.length
        }, 'edit'),
      ])
      expect([seen, answer]).toEqual([[0, 1], 2])
      const keys = await one.read((tables) => tables.meta.getAllKeys())
      expect(keys.filter((key) => key.includes('try'))).toEqual(['awaited try 2', 'try 2'])
    })

    it('passes no refusal on that was decided on an old state', async () => {
      const one = await start()
      const two = await open({ name: one.name })
      await two.read(async () => undefined)
      let calls = 0
      const [, answer] = await Promise.all([
        one.write(async (_, state) => void delete state.session, 'edit'),
        two.write(async (_, { session }) => {
          calls++
          if (session) throw new NotLoggedInError()
          return 'fine'
        }, 'edit'),
      ])
      expect([calls, answer]).toEqual([2, 'fine'])
    })
  })
}
