/* Versions of records: sent with what was compared, refused as stale, proved and turned off (R24). */
import { describe, expect, it } from 'vitest'
import type { Reply } from '../../../src/endpoint/endpoint.js'
import type { Failure } from '../../../src/model/failure.js'
import type { Properties } from '../../../src/model/record.js'
import type { RecordRow, StoredLane } from '../../../src/store/rows.js'
import type { LaneContext } from '../../../src/sync/lane/context.js'
import { decide } from '../../../src/sync/lane/decide.js'
import type { Plan } from '../../../src/sync/lane/decision.js'
import { makeEdit } from '../../model/make-edit.js'
import { attempt, context as plain, lane, nowMs } from './given.js'

const versions = { by: 'etag', isProved: false, isOwn: (version: string) => version.startsWith('etag ') }
const context: LaneContext = { ...plain, versions }
const proved: LaneContext = { ...plain, versions: { ...versions, isProved: true } }
const old = { baseAtMs: nowMs - 3_600_000 }
const known = { version: 'etag "1"' }
const deleted = makeEdit('e-1', {}, { op: 'delete' })

const stale: Failure = { kind: 'conflict', reason: 'stale', message: 'stale', status: 412 }
const looked = (given: StoredLane, by = context): Plan => decide(given, { event: 'looked' }, by)
const answered = (given: StoredLane, reply: Reply, by = context): Plan =>
  decide(given, { event: 'write-answered', attempt: given.row.attempt!, reply }, by)
const refused = (given: StoredLane, by = context): Plan => answered(given, { ok: false, failure: stale }, by)
const seen = (given: StoredLane, reply: Reply, by = context): Plan =>
  decide(given, { event: 'read-answered', reply, rev: given.row.rev, atMs: nowMs - 10, sessionId: 's1' }, by)
const shown = (record: Properties, version?: string): Reply => ({
  ok: true,
  record,
  ...(version !== undefined && { version }),
})
/** The lane as a plan leaves it. */
const left = (given: StoredLane, { change }: Plan): StoredLane => ({ ...given, row: change!.row! })
const sent = ({ next }: Plan): unknown =>
  next.step === 'send' ? [next.attempt.op ?? 'update', next.attempt.patch, next.attempt.version] : next.step
const fates = ({ change }: Plan): string[] => change?.settled?.map(({ outcome }) => outcome) ?? []

describe('the version of a request', () => {
  it.each<[string, StoredLane, LaneContext, unknown]>([
    ['is that of a fresh base', lane(known), context, ['update', { a: 1 }, 'etag "1"']],
    ['is none where none is known', lane(), context, ['update', { a: 1 }, undefined]],
    [
      'is none where the last writer wins',
      lane(known),
      { ...context, conflicts: 'overwrite' },
      ['update', { a: 1 }, undefined],
    ],
    ['is none where nothing can be read', lane(known), { ...context, canRead: false }, ['update', { a: 1 }, undefined]],
    ['is none where they are turned off', lane(known), plain, ['update', { a: 1 }, undefined]],
    ['is none of other means', lane({ version: 'property:rev 1' }), context, ['update', { a: 1 }, undefined]],
    ['goes with a deletion', lane({ ...known, ...old }, [deleted]), context, ['delete', {}, 'etag "1"']],
    [
      'spares a read of an old base once they are proved',
      lane({ ...known, ...old }),
      proved,
      ['update', { a: 1 }, 'etag "1"'],
    ],
    ['spares none before', lane({ ...known, ...old }), context, 'read'],
    ['is read where it is not known, once they are proved', lane(), proved, 'read'],
  ])('%s', (_what, given, by, expected) => {
    expect(sent(looked(given, by))).toEqual(expected)
  })

  it('is that of the record as it was read, also where the base keeps more than that', () => {
    const given = lane({ ...known, ...old })
    const plan = seen(given, shown({ a: 0 }, 'etag "2"'))
    expect(sent(plan)).toEqual(['update', { a: 1 }, 'etag "2"'])
    // The base has a value that the answer does not show.
    expect(plan.change!.row).toMatchObject({ base: { a: 0, b: 0 }, version: undefined })
    expect(seen(given, shown({ a: 0, b: 0 }, 'etag "2"')).change!.row!.version).toBe('etag "2"')
  })

  it('is the same in every repeat', () => {
    const given = lane({ ...known, attempt: { ...attempt, ...known, open: false, unknown: true } })
    expect(sent(seen(given, shown({ a: 0, b: 5 }, 'etag "2"')))).toEqual(['update', { a: 1 }, 'etag "1"'])
  })

  it('is none of a value that is sent once more after a late copy', () => {
    const lookBacks = [{ older: { a: 0 }, newer: { a: 1 }, dueAtMs: nowMs - 20, resent: 0 }]
    const plan = seen(lane({ ...known, lookBacks }, []), shown({ a: 0, b: 0 }, 'etag "2"'))
    expect(sent(plan)).toEqual(['update', { a: 1 }, undefined])
    expect(plan.change!.row!.version).toBeUndefined()
  })
})

describe('the version of an answer', () => {
  const open = { attempt: { ...attempt, ...known } }
  const baseAfter = (row: Partial<RecordRow>, reply: Reply): RecordRow => answered(lane(row), reply).change!.row!

  it('is kept with the record', () => {
    expect(baseAfter({ attempt }, shown({ a: 1, b: 0 }, 'etag "2"'))).toMatchObject({ version: 'etag "2"' })
    expect(baseAfter({ ...open, ...known }, shown({ a: 1, b: 0 }))).toMatchObject({ version: undefined })
  })

  it('that shows a part counts only if the request had carried the version of the base', () => {
    const part = shown({ a: 1 }, 'etag "2"')
    expect(baseAfter({ ...open, ...known }, part)).toMatchObject({ base: { a: 1, b: 0 }, version: 'etag "2"' })
    expect(baseAfter({ ...open, version: 'etag "0"' }, part)).toMatchObject({
      base: { a: 1, b: 0 },
      version: undefined,
    })
    expect(baseAfter({ attempt }, part)).toMatchObject({ version: undefined })
  })

  it('is dropped with the record', () => {
    const given = lane({ ...known, attempt: { ...attempt, op: 'delete', patch: {}, ...known } }, [deleted])
    expect(answered(given, { ok: true, record: null }).change!.row).toMatchObject({ base: null, version: undefined })
  })
})

describe('a stale request', () => {
  const given = lane({ ...known, attempt: { ...attempt, ...known } })

  it('is no verdict: the record is read, and the edit goes out on its version', () => {
    const doubted = refused(given)
    expect(doubted.next).toMatchObject({ step: 'read', verifies: true })
    const plan = seen(left(given, doubted), shown({ a: 0, b: 5 }, 'etag "2"'))
    expect(sent(plan)).toEqual(['update', { a: 1 }, 'etag "2"'])
    expect(plan.next).toMatchObject({ attempt: { tries: 1, unknown: false } })
    expect(plan.change).toMatchObject({ versions: { by: 'etag', isProved: true } })
    expect(fates(plan)).toEqual([])
  })

  it('is a conflict where both sides changed a property', () => {
    const plan = seen(left(given, refused(given)), shown({ a: 7, b: 0 }, 'etag "2"'))
    expect(fates(plan)).toEqual(['rejected'])
    expect(plan.change).toMatchObject({
      faults: [{ kind: 'conflict', reason: 'changed', mine: { a: 1 }, theirs: { a: 7 } }],
      versions: { isProved: true },
      row: { base: { a: 7, b: 0 }, version: 'etag "2"' },
    })
  })

  it('is accepted where the record has its values', () => {
    const plan = seen(left(given, refused(given)), shown({ a: 1, b: 5 }, 'etag "2"'))
    expect(fates(plan)).toEqual(['accepted'])
  })

  it('of what is gone ends as gone', () => {
    const reply: Reply = { ok: false, failure: { kind: 'gone', message: 'gone' } }
    for (const answer of [reply, { ok: true, record: null } as Reply])
      expect(seen(left(given, refused(given)), answer).change!.faults).toMatchObject([{ kind: 'gone' }])
  })

  it('goes out without a version where the record cannot be read', () => {
    const forbidden: Reply = { ok: false, failure: { kind: 'forbidden', message: 'no' } }
    expect(sent(seen(left(given, refused(given)), forbidden))).toEqual(['update', { a: 1 }, undefined])
    expect(sent(refused(given, { ...context, canRead: false }))).toEqual(['update', { a: 1 }, undefined])
  })

  it('keeps in mind that an earlier try may arrive', () => {
    const unknown = lane({ ...known, attempt: { ...attempt, ...known, unknown: true } })
    const plan = seen(left(unknown, refused(unknown)), shown({ a: 0, b: 5 }, 'etag "2"'))
    expect(plan.change!.row!.strays).toMatchObject([{ patch: { a: 1 } }])
  })

  it('is refused as any other where the request had no version, and none is known', () => {
    const bare = lane({ attempt })
    expect(fates(refused(bare, { ...plain, canRead: false }))).toEqual(['rejected'])
    const plan = seen(left(bare, refused(bare, plain)), shown({ a: 0, b: 0 }), plain)
    expect(fates(plan)).toEqual(['rejected'])
  })

  it('that lacked its version gets it by the read (428)', () => {
    const bare = lane({ attempt })
    const plan = seen(left(bare, refused(bare)), shown({ a: 0, b: 0 }, 'etag "2"'))
    expect(sent(plan)).toEqual(['update', { a: 1 }, 'etag "2"'])
    expect(plan.change!.versions).toBeUndefined()
  })

  it('three times in a row on one version turns versions off', () => {
    let at = given
    for (const times of [1, 2, 3]) {
      const plan = seen(left(at, refused(at)), shown({ a: 0, b: 0 }, 'etag "1"'))
      expect(sent(plan)).toEqual(['update', { a: 1 }, times < 3 ? 'etag "1"' : undefined])
      expect(plan.change!.versions).toEqual(times < 3 ? undefined : { by: 'etag', isProved: false, offAtMs: nowMs })
      at = left(at, plan)
    }
    expect(fates(answered(at, shown({ a: 1, b: 0 }, 'etag "1"'), plain))).toEqual(['accepted'])
  })

  it('proves nothing while only the version changes, as where it differs at each read', () => {
    let at = given
    for (const times of [1, 2, 3]) {
      const plan = seen(left(at, refused(at)), shown({ a: 0, b: 0 }, `etag "${times + 1}"`))
      expect(plan.change!.versions?.isProved ?? false).toBe(false)
      at = left(at, plan)
      expect(at.row.attempt!.version).toBe(times < 3 ? `etag "${times + 1}"` : undefined)
    }
  })

  it('makes pauses where somebody else writes all the time', () => {
    let at = given
    for (let times = 1; times <= 3; times++)
      at = left(at, seen(left(at, refused(at)), shown({ a: 0, b: times }, `etag "${times + 1}"`)))
    const plan = refused(at)
    expect(plan.next).toEqual({ step: 'later', dueAtMs: nowMs + 1_000 })
    const later = { ...context, nowMs: nowMs + 1_000 }
    expect(looked(left(at, plan), later).next).toMatchObject({ step: 'read', verifies: true })
  })
})

describe('a stale deletion', () => {
  const given = lane({ ...known, attempt: { ...attempt, op: 'delete', patch: {}, ...known } }, [deleted])

  it('of a record that somebody else has changed is refused, and the record is back', () => {
    const plan = seen(left(given, refused(given)), shown({ a: 0, b: 5 }, 'etag "2"'))
    expect(fates(plan)).toEqual(['rejected'])
    expect(plan.change).toMatchObject({
      faults: [{ kind: 'conflict', reason: 'changed', op: 'delete', mine: null, theirs: { a: 0, b: 5 } }],
      versions: { isProved: true },
      row: { base: { a: 0, b: 5 }, version: 'etag "2"' },
    })
  })

  it('of a record that is as it was goes out once more', () => {
    const plan = seen(left(given, refused(given)), shown({ a: 0, b: 0 }, 'etag "2"'))
    expect(sent(plan)).toEqual(['delete', {}, 'etag "2"'])
  })

  it('of what is gone has what it wants', () => {
    expect(fates(seen(left(given, refused(given)), { ok: true, record: null }))).toEqual(['accepted'])
  })

  it('is left to a page by a worker without the app’s functions', () => {
    const worker = { ...context, leavesConflicts: true }
    const plan = seen(left(given, refused(given)), shown({ a: 0, b: 5 }, 'etag "2"'), worker)
    expect(plan).toEqual({ next: { step: 'none' } })
  })

  it('goes out without a version where the record cannot be read', () => {
    const forbidden: Reply = { ok: false, failure: { kind: 'forbidden', message: 'no' } }
    expect(sent(seen(left(given, refused(given)), forbidden))).toEqual(['delete', {}, undefined])
  })
})
