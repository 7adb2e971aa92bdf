/* The next step of a lane: its state by the event. */
import { describe, expect, it } from 'vitest'
import type { Reply } from '../../../src/endpoint/endpoint.js'
import type { QueuedEdit } from '../../../src/model/edit.js'
import type { Failure, FailureKind } from '../../../src/model/failure.js'
import type { Properties } from '../../../src/model/record.js'
import { type Attempt, emptyRecord, type StateRow, type StoredLane } from '../../../src/store/rows.js'
import type { LaneChange } from '../../../src/store/settlements.js'
import type { LaneContext } from '../../../src/sync/lane/context.js'
import { decide } from '../../../src/sync/lane/decide.js'
import type { Plan } from '../../../src/sync/lane/decision.js'
import { nextWait } from '../../../src/sync/wait.js'
import { makeEdit } from '../../model/make-edit.js'
import { attempt, context, key, lane, nowMs } from './given.js'

const day = 86_400_000
const state: StateRow = { key: 'state', version: 1, counts: {} }

const edit = (id: string, patch: Properties, ancestors: Properties = { a: 0, b: 0 }): QueuedEdit =>
  makeEdit(id, patch, { ancestors })

const failure = (kind: FailureKind, extras: Partial<Failure> = {}): Failure => ({ kind, message: kind, ...extras })
const refusal = (kind: FailureKind, extras: Partial<Failure> = {}): Reply => ({
  ok: false,
  failure: failure(kind, extras),
})
const stored = (record: Properties): Reply => ({ ok: true, record })
const reading = (record: Properties, rev = 7) => ({ record, rev, atMs: nowMs - 10 })

const planLane = (given: StoredLane, known: LaneContext, read?: ReturnType<typeof reading>): Plan =>
  read
    ? decide(
        given,
        { event: 'read-answered', reply: stored(read.record), rev: read.rev, atMs: read.atMs, sessionId: 's1' },
        known,
      )
    : decide(given, { event: 'looked' }, known)
const concludeUpdate = (given: StoredLane, { wait }: StateRow, sent: Attempt, reply: Reply, known: LaneContext): Plan =>
  decide(given, { event: 'write-answered', attempt: sent, reply }, { ...known, wait })
const concludeRead = (
  given: StoredLane,
  { wait }: StateRow,
  read: { reply: Reply; rev: number; atMs: number; sessionId: string },
  known: LaneContext,
): Plan => decide(given, { event: 'read-answered', ...read }, { ...known, wait })

/** Who ended how. */
const fates = ({ change }: Plan): Record<string, string> =>
  Object.fromEntries(change?.settled?.flatMap(({ editIds, outcome }) => editIds.map((id) => [id, outcome])) ?? [])

describe('a lane with no attempt', () => {
  it.each<[string, StoredLane, Partial<LaneContext>, object]>([
    ['has nothing to do without edits', lane({}, []), {}, { step: 'none' }],
    ['waits for a session', lane(), { sessionId: undefined }, { step: 'none' }],
    [
      'leaves what a newer version wrote alone',
      Object.assign(lane({ v: 2 }), { held: 'reload' }),
      {},
      { step: 'held', reason: 'reload' },
    ],
    ['waits for its time', lane({ dueAtMs: nowMs + 5 }), {}, { step: 'later', dueAtMs: nowMs + 5 }],
    ['goes on when its time has come', lane({ dueAtMs: nowMs }), {}, { step: 'send' }],
    ['goes on when its time was set by a clock that jumped', lane({ dueAtMs: nowMs + day }), {}, { step: 'send' }],
    ['is not held up when told to flush', lane({ dueAtMs: nowMs + 5 }), { ignoreDue: true }, { step: 'send' }],
    ['sends on a fresh base', lane(), {}, { step: 'send' }],
    ['reads when its base is old', lane({ baseAtMs: nowMs - 60_001 }), {}, { step: 'read', rev: 7, verifies: false }],
    ['reads when its base is of the future', lane({ baseAtMs: nowMs + 1 }), {}, { step: 'read' }],
    ['reads what it never read', { ...lane(), row: emptyRecord(key) }, {}, { step: 'read', rev: 0 }],
    ['reads nothing when it overwrites', lane({ baseAtMs: 0 }), { conflicts: 'overwrite' }, { step: 'send' }],
    ['reads nothing when it may not', lane({ baseAtMs: 0 }), { canRead: false }, { step: 'send' }],
    ['reads first when it has to', lane({ readFirst: true }), { conflicts: 'overwrite' }, { step: 'read' }],
  ])('%s', (_what, given, changes, next) => {
    expect(planLane(given, { ...context, ...changes }).next).toMatchObject(next)
  })

  it('writes the attempt before it is sent (R2)', () => {
    const { change, next } = planLane(lane(), context)
    expect(next).toMatchObject({ step: 'send', attempt: change!.row!.attempt })
    expect(change!.row).toMatchObject({
      rev: 8,
      tries: 1,
      attempt: { editIds: ['e-1'], patch: { a: 1 }, sessionId: 's1', epoch: 2, tries: 1, unknown: false, open: true },
    })
  })

  it('asks for a read again when it was overtaken (R7)', () => {
    const old = lane({ baseAtMs: 0 })
    expect(planLane(old, context, reading({ a: 0 }, 6)).next).toMatchObject({ step: 'read', rev: 7 })
  })

  it.each<[string, Properties, object, object]>([
    ['sends what nobody has changed', { a: 0 }, { attempt: { patch: { a: 1 } } }, {}],
    ['accepts unsent what is there exactly', { a: 1 }, { step: 'none' }, { 'e-1': 'accepted' }],
    [
      'takes its own value in another form, never sent, for a change',
      { a: '1' },
      { step: 'none' },
      { 'e-1': 'rejected' },
    ],
    ['refuses what both sides changed', { a: 5 }, { step: 'none' }, { 'e-1': 'rejected' }],
    ['takes absent for null', {}, { step: 'none' }, { 'e-1': 'rejected' }],
  ])('%s', (_what, record, next, expected) => {
    const plan = planLane(lane({ baseAtMs: 0 }), context, reading(record))
    expect(plan.next).toMatchObject(next)
    expect(fates(plan)).toEqual(expected)
  })

  it('says in one fault what both sides have', () => {
    const edits = [edit('e-1', { a: 1 }), edit('e-2', { b: 1 }), edit('e-3', { a: 2, c: 1 })]
    const plan = planLane(lane({ baseAtMs: 0 }, edits), context, reading({ a: 5, b: 0 }))
    expect(fates(plan)).toEqual({ 'e-1': 'rejected', 'e-3': 'rejected' })
    expect(plan.change!.faults).toMatchObject([
      { kind: 'conflict', reason: 'changed', offending: ['a'], base: { a: 0 }, mine: { a: 2 }, theirs: { a: 5 } },
    ])
    expect(plan.next).toMatchObject({ attempt: { editIds: ['e-2'], patch: { b: 1 } } })
  })

  it("sends the app's answer to a conflict, and leaves the others refused", () => {
    const resolve = ({ property }: { property: string }) => (property === 'a' ? 7 : undefined)
    const edits = [edit('e-1', { a: 1 }), edit('e-2', { b: 1 })]
    const plan = planLane(lane({ baseAtMs: 0 }, edits), { ...context, resolve }, reading({ a: 5, b: 5 }))
    expect(fates(plan)).toEqual({ 'e-2': 'rejected' })
    expect(planLane(lane({ baseAtMs: 0 }), { ...context, resolve }, reading({ a: 5 })).next).toMatchObject({
      attempt: { patch: { a: 7 } },
    })
  })

  it('overwrites all of its patch, also when the record was read first', () => {
    const edits = [edit('e-1', { a: 1, b: 1 })]
    const given = lane({ readFirst: true, baseAtMs: 0 }, edits)
    const plan = planLane(given, { ...context, conflicts: 'overwrite' }, reading({ a: 5, b: 0 }))
    expect(plan.next).toMatchObject({ attempt: { patch: { a: 1, b: 1 } } })
    expect(plan.change!.row!.readFirst).toBeUndefined()
  })

  it('says which properties had nothing to compare with', () => {
    const plan = planLane(lane({}, [edit('e-1', { a: 1, b: 1 }, { a: 0 })]), context)
    expect(plan.unknownAncestors).toEqual(['b'])
  })
})

describe('a lane with an attempt of unknown outcome (R2, R3)', () => {
  const open = lane({ attempt: { ...attempt, atMs: nowMs - 30_020 }, baseAtMs: nowMs })
  const overAtMs = attempt.atMs + 30_000

  it.each<[string, Partial<Attempt>, object]>([
    ['of its own is read and repeated', {}, { step: 'read', verifies: true }],
    ['of another holder is waited out', { epoch: 1 }, { step: 'later', dueAtMs: overAtMs }],
    ['of another holder that was heard of is not', { epoch: 1, open: false }, { step: 'read' }],
    ['of another holder is not when a clock was set back', { epoch: 1, atMs: nowMs + day }, { step: 'read' }],
  ])('%s', (_what, changes, next) => {
    expect(planLane(lane({ attempt: { ...attempt, ...changes } }), context).next).toMatchObject(next)
  })

  it.each<[string, Properties, Partial<LaneContext>, object, object]>([
    ['is accepted when all is there', { a: 1 }, {}, { step: 'none' }, { 'e-1': 'accepted' }],
    ["is accepted in the backend's own form", { a: '1' }, {}, { step: 'none' }, { 'e-1': 'accepted' }],
    ['is repeated exactly when nothing is', { a: 0 }, {}, { step: 'send', attempt: { key: 'e-1.1', tries: 2 } }, {}],
    ['is a conflict when something else is', { a: 5 }, {}, { step: 'none' }, { 'e-1': 'rejected' }],
    [
      "gives way to the app's answer to that",
      { a: 5 },
      { resolve: () => 7 },
      { step: 'send', attempt: { patch: { a: 7 }, tries: 1 } },
      {},
    ],
    [
      'is repeated exactly when it is the answer',
      { a: 5 },
      { resolve: () => 1 },
      { step: 'send', attempt: { patch: { a: 1 }, tries: 2 } },
      {},
    ],
  ])('%s', (_what, record, changes, next, expected) => {
    const plan = planLane(open, { ...context, ...changes }, reading(record))
    expect(plan.next).toMatchObject(next)
    expect(fates(plan)).toEqual(expected)
  })

  it('is read once more when the read began while it may have been under way (R3)', () => {
    for (const changes of [{}, { resolve: () => 7 }]) {
      const late = lane({ attempt: { ...attempt, atMs: nowMs - 30_005 }, baseAtMs: nowMs })
      const plan = planLane(late, { ...context, ...changes }, reading({ a: 5 }))
      expect(plan.next).toMatchObject({ step: 'read', verifies: true })
      expect(fates(plan)).toEqual({})
    }
  })

  it("is neither rolled back nor replaced by the app's answer while it may still be under way (R3)", () => {
    for (const changes of [{}, { resolve: () => 7 }]) {
      const plan = planLane(lane({ attempt }), { ...context, ...changes }, reading({ a: 5 }))
      expect(plan.next).toEqual({ step: 'later', dueAtMs: overAtMs })
      expect(plan.change).toMatchObject({ row: { attempt: { key: attempt.key, patch: { a: 1 } }, dueAtMs: overAtMs } })
      expect(fates(plan)).toEqual({})
    }
  })

  it('may come late, also when nothing was heard of its only try, and when it was refused (R3)', () => {
    const stray = { patch: { a: 1, b: 1 }, untilMs: overAtMs }
    const both = { ...attempt, editIds: ['e-1', 'e-2'], patch: stray.patch }
    const edits = [edit('e-1', { a: 1 }), edit('e-2', { b: 1 })]
    const found = planLane(lane({ attempt: both }, edits), context, reading({ a: 1, b: 1 }))
    expect(fates(found)).toEqual({ 'e-1': 'accepted', 'e-2': 'accepted' })
    expect(found.change!.row!.strays).toEqual([stray])

    const refused = { ...both, unknown: true, open: false, refusal: failure('validation') }
    const halved = planLane(lane({ attempt: refused }, edits), context, reading({ a: 0, b: 0 }))
    expect(halved.next).toMatchObject({ step: 'send', attempt: { patch: { a: 1 } } })
    expect(halved.change!.row!.strays).toEqual([stray])
  })

  it('is read again when what was read was overtaken (R7)', () => {
    expect(planLane(open, context, reading({ a: 1 }, 6)).next).toMatchObject({ step: 'read', rev: 7, verifies: true })
  })

  it('is repeated unread where nothing can be compared', () => {
    for (const changes of [{ canRead: false }, { conflicts: 'overwrite' as const }])
      expect(planLane(open, { ...context, ...changes }).next).toMatchObject({
        step: 'send',
        attempt: { unknown: true },
      })
  })
})

describe('the answer to an update', () => {
  const sent = lane({ attempt, tries: 1, failures: 3 })
  const conclude = (reply: Reply, given: StoredLane = sent, changes: Partial<LaneContext> = {}): Plan =>
    concludeUpdate(given, state, attempt, reply, { ...context, ...changes })

  it('is of no effect once the lane has gone on', () => {
    const gone = lane({ attempt: { ...attempt, key: 'e-1.9' } })
    expect(conclude(stored({ a: 1 }), gone)).toMatchObject({ next: { step: 'read', rev: 7, verifies: true } })
    expect(conclude(stored({ a: 1 }), lane({}, []))).toEqual({ next: { step: 'none' } })
  })

  it.each<[string, Reply, object]>([
    ['stores', stored({ a: 1 }), { 'e-1': 'accepted' }],
    ["stores in the backend's own form", stored({ a: 'one' }), { 'e-1': 'accepted' }],
    ['shows the value of before', stored({ a: 0 }), { 'e-1': 'rejected' }],
    ['lacks the property', stored({ b: 0 }), { 'e-1': 'rejected' }],
    ['refuses by a rule', refusal('validation'), { 'e-1': 'rejected' }],
    ['forbids', refusal('forbidden'), { 'e-1': 'rejected' }],
    ['says that the record is gone', refusal('gone'), { 'e-1': 'rejected' }],
    ['holds the account', refusal('auth'), {}],
    ['holds all', refusal('configuration'), {}],
    ['is busy', refusal('busy'), {}],
    ['fails', refusal('server'), {}],
    ['does not come', refusal('unreachable'), {}],
    ['is late', refusal('timeout'), {}],
  ])('when the backend %s', (_what, reply, expected) => {
    const plan = conclude(reply)
    expect(fates(plan)).toEqual(expected)
    expect(plan.change?.faults ?? []).toHaveLength(Object.values(expected).includes('rejected') ? 1 : 0)
  })

  it.each(['conflict', 'other'] as const)('that is a refusal of kind %s is read before it is believed (R3)', (kind) => {
    const plan = conclude(refusal(kind))
    expect(plan.next).toMatchObject({ step: 'read', rev: 7, verifies: true })
    expect(plan.change!.row!.attempt).toMatchObject({ refusal: { kind }, open: false })
    expect(fates(conclude(refusal(kind), sent, { canRead: false }))).toEqual({ 'e-1': 'rejected' })
    expect(conclude(refusal(kind), sent, { canRead: false }).change!.faults).toMatchObject([{ unverified: true }])
  })

  it('is asked for again until it was said often enough', () => {
    const thrice = refusal('other', { refusals: 3 })
    let given = sent
    for (const times of [1, 2]) {
      const plan = conclude(thrice, given)
      expect(plan.next.step).toBe('later')
      expect(plan.change!.row).toMatchObject({ refusals: times })
      expect(plan.change!.row!.attempt).toBeUndefined()
      given = lane({ ...plan.change!.row!, attempt })
    }
    expect(conclude(thrice, given).next).toMatchObject({ step: 'read', verifies: true })
  })

  it('of a whole lane that is gone is one fault', () => {
    const edits = [edit('e-1', { a: 1 }), edit('e-2', { b: 1 })]
    const plan = conclude(refusal('gone', { code: 1000 }), lane({ attempt }, edits))
    expect(plan.change!.faults).toMatchObject([{ kind: 'gone', code: 1000, editIds: ['e-1', 'e-2'] }])
  })

  it('keeps an attempt whose fate it does not tell, and charges no hold (G9)', () => {
    expect(conclude(refusal('server')).change!.row!.attempt).toMatchObject({ unknown: true, open: false })
    expect(conclude(refusal('configuration')).change!.row!.attempt).toBeUndefined()
    expect(conclude(refusal('configuration')).change!.row!.tries).toBe(0)
    const unknown = lane({ attempt: { ...attempt, unknown: true }, tries: 2 })
    expect(conclude(refusal('auth'), unknown).change).toMatchObject({
      row: { attempt: { key: 'e-1.1', tries: 0 }, tries: 1 },
      expires: { sessionId: 's1' },
    })
  })

  it('in part stores a part, and names the rest (R5)', () => {
    const both = { ...attempt, patch: { a: 1, b: 1 } }
    const given = lane({ attempt: both }, [edit('e-1', { a: 1, b: 1 })])
    const plan = concludeUpdate(given, state, both, stored({ a: 1, b: 0 }), context)
    expect(plan.change!.row!.base).toEqual({ a: 1, b: 0 })
    expect(plan.change!.faults).toMatchObject([{ code: 3031, properties: ['b'], offending: ['b'], stored: ['a'] }])
  })

  it('makes the others wait by itself, and ends with a proper one', () => {
    const waiting: StateRow = { ...state, wait: nextWait(undefined, failure('unreachable'), context) }
    expect(concludeUpdate(sent, waiting, attempt, stored({ a: 1 }), context).change).toMatchObject({ wait: null })
    expect(concludeUpdate(sent, waiting, attempt, refusal('forbidden'), context).change).toMatchObject({ wait: null })
    expect(concludeUpdate(sent, waiting, attempt, refusal('server'), context).change).not.toHaveProperty('wait')
    const busy: StateRow = { ...state, wait: nextWait(undefined, failure('busy'), context) }
    expect(concludeUpdate(sent, busy, attempt, stored({ a: 1 }), context).change).not.toHaveProperty('wait')
  })
})

describe('the answer to a read', () => {
  it('that is heard too late to be sent by is asked for again (R11)', () => {
    const conclude = (ageMs: number): Plan => {
      const read = { reply: stored({ a: 0, b: 0 }), rev: 7, atMs: nowMs - ageMs, sessionId: 's1' }
      return concludeRead(lane({ baseAtMs: undefined }), state, read, context)
    }
    expect(conclude(90_000).next).toMatchObject({ step: 'send' })
    expect(conclude(90_001).next).toMatchObject({ step: 'read', rev: 7, verifies: false })
  })

  const conclude = (reply: Reply, given: StoredLane, changes: Partial<LaneContext> = {}): Plan =>
    concludeRead(given, state, { reply, rev: 7, atMs: nowMs - 10, sessionId: 's1' }, { ...context, ...changes })
  const refused = lane({ attempt: { ...attempt, refusal: failure('conflict', { code: 3018, reason: 'taken' }) } })

  it('shows whether a refusal was of a copy of our own (R3)', () => {
    expect(fates(conclude(stored({ a: 1 }), refused))).toEqual({ 'e-1': 'accepted' })
    const plan = conclude(stored({ a: 0 }), refused)
    expect(plan.change!.faults).toMatchObject([{ code: 3018, reason: 'taken', theirs: { a: 0 } }])
    expect(plan.change!.faults![0]!.unverified).toBeUndefined()
  })

  it('proves nothing once a late copy of an older request has come: what was refused is repeated, once for each (R3)', () => {
    const strays = [{ patch: { a: 5 }, untilMs: nowMs + 10_000 }]
    const doubted = { ...refused.row.attempt!, refusal: failure('other', { code: 20_002 }) }
    const overwritten = conclude(stored({ a: 5 }), lane({ strays, attempt: doubted }))
    expect(overwritten.next).toMatchObject({ step: 'send', attempt: { patch: { a: 1 }, tries: 2, unknown: true } })
    expect(overwritten.change?.faults ?? []).toEqual([])
    expect(overwritten.change!.row!.base).toEqual({ a: 5, b: 0 })
    // The next refusal is of the repeat, which met the copy's value.
    const again = lane({ ...overwritten.change!.row, attempt: { ...doubted, tries: 2, unknown: true }, rev: 7 })
    expect(fates(conclude(stored({ a: 5 }), again))).toEqual({ 'e-1': 'rejected' })
    // Of a copy whose time was over when the base was read, nothing can come any more.
    const over = lane({ strays: [{ patch: { a: 5 }, untilMs: nowMs - 2_000 }], attempt: doubted })
    expect(fates(conclude(stored({ a: 5 }), over))).toEqual({ 'e-1': 'rejected' })
  })

  it('in part settles no edit in between whose value was never sent (R6)', () => {
    // Halved: the older half sets `a` to 1, and the edit behind it is covered by the newer half alone.
    const edits = [edit('e-0', { a: 9 }), edit('e-1', { a: 1, b: 1 }), edit('e-2', { a: 2 }), edit('e-3', { c: 3 })]
    const sent = { ...attempt, editIds: ['e-0', 'e-1', 'e-3'], patch: { a: 1, b: 1, c: 3 } }
    const halved = lane({ attempt: { ...sent, refusal: failure('other', { code: 20_002 }) } }, [
      ...edits,
      edit('e-4', { a: 4 }),
    ])
    const plan = conclude(stored({ a: 1, b: 0, c: 3 }), halved)
    expect(fates(plan)).toEqual({ 'e-0': 'accepted', 'e-3': 'accepted' })
    expect(plan.change!.rewritten).toMatchObject([
      { id: 'e-1', covered: ['a'] },
      { id: 'e-2', ancestors: { a: 1 } },
    ])
  })

  it('that finds no such record leaves the refusal standing, and that is sure', () => {
    const plan = conclude(refusal('gone'), refused)
    expect(plan.change!.faults).toMatchObject([{ code: 3018, unverified: undefined }])
  })

  it('that is refused leaves the refusal standing, unverified', () => {
    const plan = conclude(refusal('forbidden'), refused)
    expect(plan.change!.faults).toMatchObject([{ code: 3018, unverified: true }])
  })

  it('that is refused lets the lane go on without comparing (R11)', () => {
    expect(conclude(refusal('forbidden'), lane({ baseAtMs: 0 })).next).toMatchObject({ step: 'send' })
  })

  it('that does not come makes it wait, with what it knows', () => {
    const plan = conclude(refusal('server'), refused)
    expect(plan.next.step).toBe('later')
    expect(plan.change!.row!.attempt).toEqual(refused.row.attempt)
  })

  it('that no session may have expires only its own', () => {
    expect(conclude(refusal('auth'), refused).change).toMatchObject({ expires: { sessionId: 's1' } })
    const changed = conclude(refusal('auth'), refused, { sessionId: 's2' })
    expect(changed.next.step).toBe('read')
    expect(changed.change?.expires).toBeUndefined()
  })
})

describe('a lane that gets no verdict (stalled)', () => {
  const since = nowMs - 7 * day - 1
  const stalling = lane({ attempt, stalledSinceMs: since })
  const conclude = (given: StoredLane, changes: Partial<LaneContext> = {}): Plan =>
    concludeUpdate(given, state, attempt, refusal('server'), { ...context, ...changes })

  it('says so after seven days, rolls nothing back, and is tried daily', () => {
    const { change } = conclude(stalling)
    expect(change!.faults).toMatchObject([{ kind: 'stalled', editIds: ['e-1'], properties: ['a'] }])
    expect(change!.settled ?? []).toEqual([])
    expect(change!.row).toMatchObject({ stalledFault: 'f1', dueAtMs: nowMs + day })
    const left = { ...stalling, row: change!.row! }
    for (const [changes, step] of [
      [{}, 'later'],
      [{ nowMs: nowMs + day - 1 }, 'later'],
      [{ nowMs: nowMs + day }, 'read'],
      [{ startedAtMs: nowMs }, 'read'],
      [{ ignoreDue: true }, 'read'],
      [{ nowMs: nowMs - day }, 'read'],
    ] as const)
      expect([changes, planLane(left, { ...context, ...changes }).next.step]).toEqual([changes, step])
  })

  it('says so once, and only while the backend answered something else', () => {
    expect(conclude(lane({ ...stalling.row, stalledFault: 'f0' })).change!.faults).toEqual([])
    expect(conclude(stalling, { lastReplyAtMs: since - 1 }).change!.faults).toEqual([])
    expect(conclude(lane({ attempt, stalledSinceMs: nowMs - 6 * day })).change!.faults).toEqual([])
  })

  it('closes its fault when it settles', () => {
    const stalled = lane({ attempt, stalledSinceMs: since, stalledFault: 'f0' })
    const plan = concludeUpdate(stalled, state, attempt, stored({ a: 1 }), context)
    expect(plan.change).toMatchObject({ closedFaults: ['f0'] } satisfies LaneChange)
    expect(plan.change!.row).not.toHaveProperty('stalledFault')
  })

  it('counts from the last verdict, also from one that only splits', () => {
    const both = { ...attempt, editIds: ['e-1', 'e-2'], patch: { a: 1, b: 1 } }
    const edits = [edit('e-1', { a: 1 }), edit('e-2', { b: 1 })]
    const given = lane({ attempt: both, stalledSinceMs: since }, edits)
    const plan = concludeUpdate(given, state, both, refusal('validation'), context)
    expect(plan.next).toMatchObject({ attempt: { editIds: ['e-1'] } })
    expect(plan.change!.row!.stalledSinceMs).toBeUndefined()
  })
})

describe('the wait of all lanes (R12)', () => {
  const wait = (dueAtMs: number, changes: object = {}) => ({
    failure: failure('unreachable'),
    failures: 2,
    dueAtMs,
    ordered: false,
    ...changes,
  })
  const busy = { failure: failure('busy') }

  it.each<[string, ReturnType<typeof wait> | undefined, Failure, object]>([
    ['begins', undefined, failure('timeout'), { failures: 1, dueAtMs: nowMs + 1_000, ordered: false }],
    ['counts requests that were under way together once', wait(nowMs + 9), failure('timeout'), wait(nowMs + 9)],
    ['grows once it was over', wait(nowMs), failure('timeout'), { failures: 3 }],
    [
      'takes the order of a busy server',
      undefined,
      failure('busy', { retryAfterMs: 90 }),
      { dueAtMs: nowMs + 90, ordered: true },
    ],
    ['takes an hour at most', undefined, failure('busy', { retryAfterMs: day }), { dueAtMs: nowMs + 3_600_000 }],
    [
      'prefers an order to its own time',
      wait(nowMs + 900, busy),
      failure('busy', { retryAfterMs: 90 }),
      { dueAtMs: nowMs + 90, ordered: true },
    ],
    [
      'prefers the longer order',
      wait(nowMs + 900, { ...busy, ordered: true }),
      failure('busy', { retryAfterMs: 90 }),
      { dueAtMs: nowMs + 900 },
    ],
    [
      'is not shortened by what follows an order',
      wait(nowMs + 900, { ...busy, ordered: true }),
      failure('unreachable'),
      { dueAtMs: nowMs + 900, ordered: true },
    ],
    ['is 15 minutes for a configuration', undefined, failure('configuration'), { dueAtMs: nowMs + 900_000 }],
    [
      'is no order of a server whose time is none',
      undefined,
      { ...failure('busy'), retryAfterMs: Number.NaN },
      { ordered: false },
    ],
    [
      'is no order of a server that wants a time before',
      undefined,
      { ...failure('busy'), retryAfterMs: -1 },
      { ordered: false },
    ],
    [
      'is a configuration rather than a missing network',
      wait(nowMs + 90, { failure: { kind: 'unreachable', message: '' } }),
      failure('configuration'),
      { failure: { kind: 'configuration' }, dueAtMs: nowMs + 900_000 },
    ],
    [
      'is what a server ordered rather than a configuration',
      wait(nowMs + 900, { ...busy, ordered: true }),
      failure('configuration'),
      { dueAtMs: nowMs + 900, ordered: true },
    ],
  ])('%s', (_what, open, next, expected) => {
    expect(nextWait(open, next, context)).toMatchObject(expected)
  })
})
