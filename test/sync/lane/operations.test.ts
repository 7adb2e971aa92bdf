/* Creations and deletions of a lane: composition, lost answers, refusals, late copies (R17, R18, R21, R22). */
import { describe, expect, it } from 'vitest'
import type { Reply } from '../../../src/endpoint/endpoint.js'
import type { QueuedEdit } from '../../../src/model/edit.js'
import type { Failure, FailureKind } from '../../../src/model/failure.js'
import type { Operation, Properties } from '../../../src/model/record.js'
import type { Attempt, RecordRow, StoredLane } from '../../../src/store/rows.js'
import { decide } from '../../../src/sync/lane/decide.js'
import type { Plan } from '../../../src/sync/lane/decision.js'
import { makeEdit } from '../../model/make-edit.js'
import { context, lane, nowMs } from './given.js'

const make = (id: string, op: Operation, patch: Properties = {}, more: Partial<QueuedEdit> = {}): QueuedEdit =>
  makeEdit(id, patch, { ...(op !== 'update' && { op }), ...more })
const created = make('e-1', 'create', { a: 1, b: 1 })
const updated = make('e-2', 'update', { b: 2 })
const deleted = make('e-3', 'delete')

/** Of a record that nothing is known of yet. */
const fresh = (edits: QueuedEdit[], row: Partial<RecordRow> = {}): StoredLane =>
  lane({ base: undefined, baseAtMs: undefined, ...row }, edits)
const attempt = (op: Operation, editIds: string[], patch: Properties, more: Partial<Attempt> = {}): Attempt => ({
  op,
  ...(op === 'create' && { mode: 'safe', firstAtMs: nowMs - 5 }),
  editIds,
  patch,
  key: `${editIds.at(-1)}.1`,
  sessionId: 's1',
  epoch: 2,
  atMs: nowMs - 5,
  tries: 1,
  unknown: false,
  open: true,
  ...more,
})
const creating = attempt('create', ['e-1'], { a: 1, b: 1 })
const unknown = { open: false, unknown: true }
const over = { ...unknown, atMs: nowMs - 31_000 }

const looked = (given: StoredLane, known = context): Plan => decide(given, { event: 'looked' }, known)
const answered = (given: StoredLane, reply: Reply): Plan =>
  decide(given, { event: 'write-answered', attempt: given.row.attempt!, reply }, context)
const seen = (given: StoredLane, reply: Reply): Plan =>
  decide(given, { event: 'read-answered', reply, rev: given.row.rev, atMs: nowMs - 10, sessionId: 's1' }, context)
const shown = (record: Properties | null): Reply => ({ ok: true, record })
const refused = (kind: FailureKind, more: Partial<Failure> = {}): Reply => ({
  ok: false,
  failure: { kind, message: kind, ...more },
})
const fates = ({ change }: Plan): Record<string, string> =>
  Object.fromEntries(change?.settled?.flatMap(({ editIds, outcome }) => editIds.map((id) => [id, outcome])) ?? [])
const sent = ({ next }: Plan): unknown => (next.step === 'send' ? [next.attempt.op, next.attempt.patch] : next.step)

describe('the next request (R18)', () => {
  it.each<[string, StoredLane, unknown, string[]]>([
    ['a creation alone', fresh([created]), ['create', { a: 1, b: 1 }], ['e-1']],
    ['a creation with its updates', fresh([created, updated]), ['create', { a: 1, b: 2 }], ['e-1', 'e-2']],
    ['a creation of nothing but the record', fresh([make('e-1', 'create')]), ['create', {}], ['e-1']],
    ['a deletion without a look at the record', lane({ baseAtMs: 0 }, [deleted]), ['delete', {}], ['e-3']],
    ['a deletion with the updates before it', lane({}, [updated, deleted]), ['delete', {}], ['e-2', 'e-3']],
  ])('is %s', (_what, given, expected, editIds) => {
    const plan = looked(given)
    expect(sent(plan)).toEqual(expected)
    expect(plan.next).toMatchObject({ attempt: { editIds } })
  })

  it('is the creation as it was, while updates and a deletion that came later wait', () => {
    const given = fresh([created, updated], { attempt: { ...creating, unknown: false, open: false } })
    expect(sent(looked(given))).toEqual(['create', { a: 1, b: 1 }])
    expect(looked(given).next).toMatchObject({ attempt: { key: creating.key, tries: 2 } })
  })

  it('is nothing for a deletion of what is proved absent', () => {
    const plan = looked(lane({ base: null }, [updated, deleted]))
    expect(fates(plan)).toEqual({ 'e-2': 'accepted', 'e-3': 'accepted' })
    expect(sent(plan)).toBe('none')
  })

  it('is nothing of an update of what is proved absent: it is gone', () => {
    const plan = looked(lane({ base: null }, [updated]))
    expect(fates(plan)).toEqual({ 'e-2': 'rejected' })
    expect(plan.change!.faults).toMatchObject([{ kind: 'gone', op: 'update', mine: { b: 2 }, theirs: null }])
  })

  it('is such an update once more, after a read, when the person repeats it (R22)', () => {
    const again = lane({ base: null }, [make('e-2', 'update', { b: 2 }, { retryOf: 'e-0' })])
    expect(looked(again).next).toMatchObject({ step: 'read' })
    expect(sent(seen(again, shown({ b: 0 })))).toEqual([undefined, { b: 2 }])
    expect(fates(seen(again, shown(null)))).toEqual({ 'e-2': 'rejected' })
    expect(sent(looked(again, { ...context, canRead: false }))).toEqual([undefined, { b: 2 }])
  })
})

describe('the answer to a creation', () => {
  const given = fresh([created, updated], { attempt: creating })

  it('that shows the record accepts it, and the update behind it is made on what is shown', () => {
    const plan = answered(given, shown({ a: 1, b: 1, c: 'added' }))
    expect(fates(plan)).toEqual({ 'e-1': 'accepted' })
    expect(plan.change!.rewritten).toMatchObject([{ id: 'e-2', ancestors: { b: 1 } }])
    expect(sent(plan)).toEqual([undefined, { b: 2 }])
    expect(plan.change!.row!.base).toEqual({ a: 1, b: 1, c: 'added' })
  })

  it('with an addition of the backend where the update wrote is no conflict', () => {
    const behind = fresh([created, make('e-2', 'update', { c: 2 })], { attempt: creating })
    const plan = answered(behind, shown({ a: 1, b: 1, c: 'added' }))
    expect(sent(plan)).toEqual([undefined, { c: 2 }])
  })

  it('that lacks a part accepts the record, and faults an update of the rest', () => {
    const plan = answered(fresh([created], { attempt: creating }), shown({ a: 1 }))
    expect(fates(plan)).toEqual({ 'e-1': 'accepted' })
    expect(plan.change!.faults).toMatchObject([{ op: 'update', properties: ['b'], stored: ['a'], mine: { b: 1 } }])
  })

  it('without a record proves nothing: it is read', () => {
    expect(answered(given, { ok: true }).next).toMatchObject({ step: 'read', verifies: true })
  })

  it.each<FailureKind>(['conflict', 'validation', 'forbidden', 'other', 'gone'])(
    'that refuses it as %s is checked by a read, and ends the lane in one fault',
    (kind) => {
      const plan = answered(given, refused(kind))
      expect(plan.next).toMatchObject({ step: 'read', verifies: true })
      const doubted = { ...given, row: plan.change!.row! }
      const ends = seen(doubted, shown(null))
      expect(fates(ends)).toEqual({ 'e-1': 'rejected', 'e-2': 'rejected' })
      expect(ends.change!.faults).toMatchObject([
        { kind, op: 'create', editIds: ['e-1', 'e-2'], mine: { a: 1, b: 2 }, view: { a: 1, b: 2 }, theirs: null },
      ])
      expect(ends.change!.row!.base).toBeNull()
      expect(fates(seen(doubted, shown({ a: 1, b: 1 })))).toEqual({ 'e-1': 'accepted' })
    },
  )

  it('that refuses it, while a copy may still come, is believed only when that time is over', () => {
    const doubted = fresh([created], {
      attempt: { ...creating, ...unknown, refusal: { kind: 'validation', message: '' } },
    })
    expect(seen(doubted, shown(null)).next).toEqual({ step: 'later', dueAtMs: creating.atMs + 30_000 })
  })

  it('that the session has ended does not take its attempt back', () => {
    const plan = answered(given, refused('auth'))
    expect(plan.change!.row!.attempt).toMatchObject({ key: creating.key, open: false, unknown: false })
    const held = { ...given, row: plan.change!.row! }
    expect(looked(held).next).toMatchObject({ step: 'send', attempt: { key: creating.key, patch: creating.patch } })
  })

  it('is left alone by a context whose endpoint repeats creations in another way', () => {
    const lost = fresh([created], { attempt: { ...creating, ...unknown } })
    expect(looked(lost, { ...context, repeatsCreates: 'never' })).toEqual({ next: { step: 'none' } })
  })
})

describe('the refusal of an update as gone (R17)', () => {
  const given = lane({ attempt: attempt('update', ['e-2'], { b: 2 }) }, [updated])

  it('proves that there is no such record where the endpoint has read so, and nothing else', () => {
    for (const [kind, base] of [
      ['gone', null],
      ['forbidden', given.row.base],
    ] as const) {
      const plan = answered(given, { ...refused(kind), record: null })
      expect(fates(plan)).toEqual({ 'e-2': 'rejected' })
      expect(plan.change!.row!.base).toEqual(base)
    }
    expect(answered(given, refused('gone')).change!.row!.base).toEqual(given.row.base)
  })
})

describe('a creation without an answer (R21)', () => {
  const lost = fresh([created], { attempt: { ...creating, ...unknown } })
  const named = fresh([make('e-1', 'create', { a: 1, b: 1 }, { hasOwnId: true })], lost.row)

  it('is read first', () => expect(looked(lost).next).toMatchObject({ step: 'read', verifies: true }))

  it('goes out again exactly where it is absent', () => {
    for (const reply of [shown(null), refused('gone')])
      expect(seen(lost, reply).next).toMatchObject({
        step: 'send',
        attempt: { key: creating.key, tries: 2, op: 'create' },
      })
  })

  it('is accepted where it is there, with any values, under an id of the device', () => {
    expect(fates(seen(lost, shown({ a: 'changed' })))).toEqual({ 'e-1': 'accepted' })
  })

  it('is accepted with equal values under an id of the app, and else taken', () => {
    expect(fates(seen(named, shown({ a: 1, b: '1', c: 2 })))).toEqual({ 'e-1': 'accepted' })
    const plan = seen(named, shown({ a: 5, b: 1 }))
    expect(fates(plan)).toEqual({ 'e-1': 'rejected' })
    expect(plan.change!.faults).toMatchObject([{ kind: 'conflict', reason: 'taken', op: 'create', theirs: { a: 5 } }])
  })

  it('and deleted meanwhile is not sent again: absent, and its time is over, nothing is left to do', () => {
    const edits = [created, updated, deleted]
    const early = seen(fresh(edits, { attempt: { ...creating, ...unknown } }), shown(null))
    expect(early.next).toEqual({ step: 'later', dueAtMs: creating.atMs + 30_000 })
    const plan = seen(fresh(edits, { attempt: { ...creating, ...over } }), shown(null))
    expect(fates(plan)).toEqual({ 'e-1': 'discarded', 'e-2': 'discarded', 'e-3': 'accepted' })
    expect([sent(plan), plan.change!.faults, plan.change!.row!.base]).toEqual(['none', [], null])
    // No fault tells the edits that name it.
    expect(plan.change!.named).toBeNull()
  })

  it('and deleted or refused meanwhile is read once more when the read began before its time was over', () => {
    const ended = { ...unknown, atMs: nowMs - 30_005 }
    const refusal: Failure = { kind: 'validation', message: '' }
    for (const given of [
      fresh([created, updated, deleted], { attempt: { ...creating, ...ended } }),
      fresh([created], { attempt: { ...creating, ...ended, refusal } }),
    ]) {
      const plan = seen(given, shown(null))
      expect(plan.next).toMatchObject({ step: 'read', verifies: true })
      expect(fates(plan)).toEqual({})
      // That shows the record is proof at any time.
      expect(fates(seen(given, shown({ a: 1, b: 1 })))).toEqual({ 'e-1': 'accepted' })
    }
  })

  it('and deleted meanwhile is deleted where it is there', () => {
    const plan = seen(fresh([created, deleted], { attempt: { ...creating, ...unknown } }), shown({ a: 1, b: 1 }))
    expect(fates(plan)).toEqual({ 'e-1': 'accepted' })
    expect(sent(plan)).toEqual(['delete', {}])
  })
})

describe('the answer to a deletion (R22)', () => {
  const deleting = attempt('delete', ['e-2', 'e-3'], {})
  const given = lane({ attempt: deleting }, [updated, deleted])

  it.each<[string, Reply]>([
    ['is taken', { ok: true }],
    ['shows no record', shown(null)],
    ['says that it is gone already', refused('gone')],
  ])('that %s settles the updates with it', (_what, reply) => {
    const plan = answered(given, reply)
    expect(fates(plan)).toEqual({ 'e-2': 'accepted', 'e-3': 'accepted' })
    expect(plan.change!.row!.base).toBeNull()
    expect(plan.change!.faults).toEqual([])
  })

  it('that refuses it brings the record back, with its fault; its updates go out after all', () => {
    const plan = answered(given, refused('forbidden'))
    expect(fates(plan)).toEqual({ 'e-3': 'rejected' })
    expect(plan.change!.faults).toMatchObject([
      { op: 'delete', mine: null, theirs: { a: 0, b: 0 }, view: { a: 0, b: 2 }, properties: [], editIds: ['e-3'] },
    ])
    expect(plan.change!.row!.base).toEqual({ a: 0, b: 0 })
    expect(sent(plan)).toEqual([undefined, { b: 2 }])
  })

  it('that may be of a copy is checked by a read', () => {
    const plan = answered(given, refused('conflict'))
    const doubted = { ...given, row: plan.change!.row! }
    expect(plan.next).toMatchObject({ step: 'read' })
    expect(fates(seen(doubted, shown(null)))).toEqual({ 'e-2': 'accepted', 'e-3': 'accepted' })
    expect(fates(seen(doubted, shown({ a: 0, b: 0 })))).toEqual({ 'e-3': 'rejected' })
  })

  it('that shows the record proves nothing', () => {
    expect(answered(given, shown({ a: 0 })).next).toMatchObject({ step: 'later' })
  })

  it('that never came is asked for again', () => {
    const lost = lane({ attempt: { ...deleting, ...unknown } }, [updated, deleted])
    expect(looked(lost).next).toMatchObject({ step: 'send', attempt: { op: 'delete', tries: 2, key: deleting.key } })
  })
})

describe('a late copy of a creation (R3, R21)', () => {
  const late = { op: 'create' as const, patch: { a: 1 }, untilMs: nowMs + 20_000 }
  const deleting = attempt('delete', ['e-3'], {})

  it('is looked for after a deletion, and deleted again, three times at most', () => {
    const plan = answered(lane({ attempt: deleting, strays: [late] }, [deleted]), { ok: true })
    expect(plan.change!.row!.lookBacks).toEqual([
      { op: 'delete', older: {}, newer: {}, dueAtMs: late.untilMs, resent: 0 },
    ])
    expect(plan.next).toEqual({ step: 'later', dueAtMs: late.untilMs })
    const due = (resent: number): StoredLane =>
      lane({ base: null, lookBacks: [{ op: 'delete', older: {}, newer: {}, dueAtMs: nowMs - 20, resent }] }, [])
    expect(looked(due(0)).next).toMatchObject({ step: 'read' })
    expect(seen(due(0), shown(null)).change!.row!.lookBacks).toBeUndefined()
    const found = seen(due(0), shown({ a: 1 }))
    expect(sent(found)).toEqual(['delete', {}])
    expect(found.change!.row).toMatchObject({ base: null, lookBacks: [{ op: 'delete', resent: 1 }] })
    // It may have come after that read began.
    const early = lane(
      { base: null, lookBacks: [{ op: 'delete', older: {}, newer: {}, dueAtMs: nowMs, resent: 0 }] },
      [],
    )
    expect(seen(early, shown(null)).next).toMatchObject({ step: 'read' })
    const last = seen(due(3), shown({ a: 1 }))
    expect([sent(last), last.change!.row!.base]).toEqual(['none', { a: 1 }])
  })

  it('does nothing to an update', () => {
    const update = attempt('update', ['e-2'], { b: 2 })
    const plan = answered(
      lane({ attempt: { ...update, op: undefined }, strays: [late] }, [updated]),
      shown({ a: 0, b: 2 }),
    )
    expect(plan.change!.row!.lookBacks).toBeUndefined()
  })
})
