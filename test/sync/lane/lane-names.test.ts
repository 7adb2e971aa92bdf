/* Records that the backend names: the creation that cannot be read by its id, the name of its answer, ids of both sides (R19, R21). */
import { describe, expect, it } from 'vitest'
import type { Reply } from '../../../src/endpoint/endpoint.js'
import type { Failure, FailureKind } from '../../../src/model/failure.js'
import type { Properties, RepeatsCreates } from '../../../src/model/record.js'
import { withRefs } from '../../../src/model/refs.js'
import type { Attempt, RecordRow, StoredLane } from '../../../src/store/rows.js'
import type { LaneContext } from '../../../src/sync/lane/context.js'
import { decide } from '../../../src/sync/lane/decide.js'
import type { Plan } from '../../../src/sync/lane/decision.js'
import { makeEdit } from '../../model/make-edit.js'
import { context, lane, nowMs } from './given.js'

const refs = { authorId: 'authors' }
const at = (repeatsCreates: RepeatsCreates, more: Partial<LaneContext> = {}): LaneContext => ({
  ...context,
  repeatsCreates,
  isNamedByServer: true,
  toBackend: (values) => withRefs(values, refs, (_, id) => (id === 'a-1' ? 17 : undefined)),
  toDevice: (values) => withRefs(values, refs, (_, id) => (id === '17' ? 'a-1' : undefined)),
  idOf: (remoteId) => (remoteId === 3 ? 'another' : undefined),
  ...more,
})
const creation = makeEdit('e-1', { title: 'x', authorId: 'a-1' }, { op: 'create' })
const update = makeEdit('e-2', { title: 'y' })
const deletion = makeEdit('e-3', {}, { op: 'delete' })
const fresh = (row: Partial<RecordRow> = {}, edits = [creation]): StoredLane =>
  lane({ base: undefined, baseAtMs: undefined, ...row }, edits)
const creating = (mode: RepeatsCreates, more: Partial<Attempt> = {}): Attempt => ({
  op: 'create',
  mode,
  firstAtMs: nowMs - 5,
  editIds: ['e-1'],
  patch: { title: 'x', authorId: 17 },
  key: 'e-1.1',
  sessionId: 's1',
  epoch: 2,
  atMs: nowMs - 5,
  tries: 1,
  unknown: false,
  open: true,
  ...more,
})
const unknown = { open: false, unknown: true }
const over = { atMs: nowMs - 31_000 }
const refusal: Failure = { kind: 'validation', message: 'No' }
const looked = (given: StoredLane, known: LaneContext): Plan => decide(given, { event: 'looked' }, known)
const answered = (given: StoredLane, reply: Reply, known: LaneContext): Plan =>
  decide(given, { event: 'write-answered', attempt: given.row.attempt!, reply }, known)
const found = (given: StoredLane, reply: Reply, known: LaneContext): Plan =>
  decide(given, { event: 'read-answered', reply, rev: given.row.rev, atMs: nowMs - 10, sessionId: 's1' }, known)
const refused = (kind: FailureKind): Reply => ({ ok: false, failure: { kind, message: kind } })
const fates = ({ change }: Plan): Record<string, string> =>
  Object.fromEntries(change?.settled?.flatMap(({ editIds, outcome }) => editIds.map((id) => [id, outcome])) ?? [])
const record: Properties = { id: 5, title: 'x', authorId: 17 }

describe('a creation whose record the backend names', () => {
  it('is sent in the ids of the backend', () => {
    expect(looked(fresh(), at('by-key')).next).toMatchObject({
      attempt: { op: 'create', mode: 'by-key', patch: { title: 'x', authorId: 17 } },
    })
  })

  it('has the name of its answer from then on, in the same decision', () => {
    const given = fresh({ attempt: creating('by-key') }, [creation, update])
    const plan = answered(given, { ok: true, id: 5, record }, at('by-key'))
    expect([fates(plan), plan.change!.named]).toEqual([{ 'e-1': 'accepted' }, 5])
    // In the ids of the backend still: no world has shown a base that is translated when it is taken.
    expect(plan.change!.row!.base).toEqual(record)
    expect(plan.next).toMatchObject({ step: 'send', remoteId: 5, attempt: { patch: { title: 'y' } } })
    expect(
      looked(fresh({ base: record, baseAtMs: nowMs }, [update]), at('by-key', { remoteId: 5 })).next,
    ).toMatchObject({
      remoteId: 5,
    })
  })

  it('is as old as its first try where the backend repeats an answer by the key: lists are asked for everything', () => {
    const first = creating('by-key')
    const again = { ...first, firstAtMs: first.atMs - 60_000 }
    const told = (attempt: Attempt): unknown =>
      answered(fresh({ attempt }), { ok: true, id: 5, record }, at('by-key')).change!.isOld
    expect([told(first), told(again)]).toEqual([undefined, true])
  })

  it('is read by that name where the answer shows no record, and not sent again', () => {
    const plan = answered(fresh({ attempt: creating('by-key') }), { ok: true, id: 5 }, at('by-key'))
    expect(plan.change!.named).toBe(5)
    expect(plan.next).toMatchObject({ step: 'read', remoteId: 5 })
    const named = fresh({ attempt: plan.change!.row!.attempt })
    expect(fates(found(named, { ok: true, record }, at('by-key', { remoteId: 5 })))).toEqual({ 'e-1': 'accepted' })
  })

  it.each<[string, Reply]>([
    ['without a name', { ok: true, record }],
    ['with the name of another record of this device', { ok: true, id: 3, record }],
  ])('is not proved by an answer %s', (_what, reply) => {
    const plan = answered(fresh({ attempt: creating('by-key') }), reply, at('by-key'))
    expect([fates(plan), plan.change!.named]).toEqual([{}, undefined])
    expect(plan.change!.row!.attempt).toMatchObject(unknown)
    expect(plan.next).toMatchObject({ step: 'later' })
  })

  it('is not the record that this device knew before the first try, be it answered or found; one that it met since is (R19)', () => {
    const { firstAtMs } = creating('by-key')
    const reply: Reply = { ok: true, id: 5, record }
    for (const [namesakeSinceMs, isOurs] of [
      [0, false],
      [firstAtMs! - 1, false],
      [firstAtMs!, true],
    ] as const) {
      const known = answered({ ...fresh({ attempt: creating('by-key') }), namesakeSinceMs }, reply, at('by-key'))
      expect([known.change!.named, fates(known)]).toEqual(isOurs ? [5, { 'e-1': 'accepted' }] : [undefined, {}])
      expect(known.change!.row!.attempt?.unknown).toBe(isOurs ? undefined : true)
      const lost = { ...fresh({ attempt: creating('by-find', unknown) }), namesakeSinceMs }
      const shown = found(lost, reply, at('by-find'))
      if (!isOurs) {
        expect(shown.change!.faults![0]!.message).toContain('names a record that was here before')
        // So it does where only the answer to the request has named it, and no search finds another one.
        const { change } = looked(fresh({ attempt: { ...known.change!.row!.attempt!, mode: 'never' } }), at('never'))
        expect(change!.faults![0]!.message).toContain('names a record that was here before')
      }
      expect([shown.change!.named, shown.change!.faults?.map(({ kind }) => kind)]).toEqual(
        isOurs ? [5, []] : [undefined, ['unknown']],
      )
    }
  })

  it('shows the ids of the device in its fault', () => {
    const plan = answered(fresh({ attempt: creating('by-key') }), refused('validation'), at('by-key'))
    expect(plan.change!.faults).toMatchObject([
      { op: 'create', mine: { title: 'x', authorId: 'a-1' }, view: { title: 'x', authorId: 'a-1' } },
    ])
    const changed = lane({ base: { authorId: 17 }, baseAtMs: 0 }, [
      makeEdit('e-2', { authorId: 'b' }, { ancestors: { authorId: 4 } }),
    ])
    const conflict = found(changed, { ok: true, record: { authorId: 17 } }, at('by-key'))
    expect(conflict.change!.faults).toMatchObject([{ mine: { authorId: 'b' }, theirs: { authorId: 'a-1' } }])
  })
})

describe('without an answer (R21)', () => {
  it('by key it goes out again exactly while the key is valid, and later it is the person who decides', () => {
    const lost = fresh({ attempt: creating('by-key', unknown) })
    expect(looked(lost, at('by-key')).next).toMatchObject({ step: 'send', attempt: { key: 'e-1.1', tries: 2 } })
    const old = fresh({ attempt: creating('by-key', { ...unknown, firstAtMs: nowMs - 86_400_001 }) })
    expect(looked(old, at('by-key')).change!.faults).toMatchObject([{ kind: 'unknown' }])
  })

  it('by key, the answer is as old as the first try: somebody else may have changed the record since (R11)', () => {
    const repeated = creating('by-key', { tries: 2, unknown: true, firstAtMs: nowMs - 90_000 })
    const plan = answered(fresh({ attempt: repeated }, [creation, update]), { ok: true, id: 5, record }, at('by-key'))
    expect([fates(plan), plan.change!.row!.baseAtMs]).toEqual([{ 'e-1': 'accepted' }, nowMs - 90_000])
    expect(plan.next).toMatchObject({ step: 'read', remoteId: 5, verifies: false })
  })

  it('by key, a conflict with a repeat means that the backend is at work on it', () => {
    const repeated = fresh({ attempt: creating('by-key', { unknown: true }) })
    const plan = answered(repeated, refused('conflict'), at('by-key'))
    expect(plan.next).toMatchObject({ step: 'later' })
    expect(plan.change!.row!.attempt).toMatchObject({ key: 'e-1.1', open: false })
  })

  it('by find it is looked for, accepted by the name that is found, and sent again where there is none', () => {
    const lost = fresh({ attempt: creating('by-find', unknown) })
    expect(looked(lost, at('by-find')).next).toMatchObject({ step: 'read', finds: { by: 'edit', editId: 'e-1' } })
    const plan = found(lost, { ok: true, id: 5, record }, at('by-find'))
    expect([fates(plan), plan.change!.named]).toEqual([{ 'e-1': 'accepted' }, 5])
    expect(found(lost, { ok: true, record: null }, at('by-find')).next).toMatchObject({
      step: 'send',
      attempt: { key: 'e-1.1', tries: 2 },
    })
  })

  it.each<[string, Reply]>([
    ['does not filter', refused('other')],
    ['answers another record of this device', { ok: true, id: 3, record }],
  ])('by find, a backend that %s leaves it to the person', (_what, reply) => {
    const plan = found(fresh({ attempt: creating('by-find', unknown) }), reply, at('by-find'))
    expect([fates(plan), plan.next]).toEqual([{}, { step: 'none' }])
    expect(plan.change!.faults).toMatchObject([{ kind: 'unknown' }])
  })

  it('by find, a refusal is checked before it is believed', () => {
    const plan = answered(fresh({ attempt: creating('by-find') }), refused('validation'), at('by-find'))
    expect(plan.next).toMatchObject({ step: 'read', finds: { by: 'edit', editId: 'e-1' } })
    const doubted = fresh({ attempt: plan.change!.row!.attempt })
    expect(fates(found(doubted, { ok: true, record: null }, at('by-find')))).toEqual({ 'e-1': 'rejected' })
    expect(fates(found(doubted, { ok: true, id: 5, record }, at('by-find')))).toEqual({ 'e-1': 'accepted' })
  })

  it('never again by itself: its edits stay pending, with a fault, and nothing more goes out', () => {
    const given = fresh({ attempt: creating('never', unknown) }, [creation, update])
    const plan = looked(given, at('never'))
    expect(plan.change!.faults).toMatchObject([{ kind: 'unknown', op: 'create', editIds: ['e-1', 'e-2'] }])
    expect([fates(plan), plan.next]).toEqual([{}, { step: 'none' }])
    const waiting = { ...given, row: plan.change!.row! }
    expect(looked(waiting, at('never'))).toEqual({ next: { step: 'none' } })
  })

  it('sent anew by the person and refused, it may have been made all the same: each fault says so, until it is accepted', () => {
    const again = fresh({ attempt: creating('never'), mayBeMade: true }, [creation, update])
    const plan = answered(again, refused('validation'), at('never'))
    expect(plan.change!.faults).toMatchObject([{ kind: 'validation', unverified: true }])
    expect(plan.change!.row!.mayBeMade).toBe(true)
    expect(answered(again, { ok: true, id: 5, record }, at('never')).change!.row!.mayBeMade).toBeUndefined()
    const doubted = fresh({ attempt: { ...creating('by-find'), ...unknown, ...over, refusal }, mayBeMade: true })
    const proved = found(doubted, { ok: true, record: null }, at('by-find')).change!
    expect([proved.faults![0]!.unverified, proved.row!.mayBeMade]).toEqual([undefined, undefined])
  })

  it('never by itself after a session has ended either, unless that answer was the first', () => {
    const held = answered(fresh({ attempt: creating('never') }), refused('auth'), at('never'))
    expect(looked(fresh({ attempt: held.change!.row!.attempt }), at('never')).next).toMatchObject({ step: 'send' })
  })

  it('a creation that cannot be repeated goes out on a network that is proved', () => {
    const late = at('never', { lastReplyAtMs: nowMs - 5_001 })
    expect(looked(fresh(), late).next).toMatchObject({ step: 'read' })
    expect(found(fresh(), { ok: true, record: null }, late).next).toMatchObject({ step: 'send' })
    expect(looked(fresh(), at('never')).next).toMatchObject({ step: 'send' })
  })

  it('no answer from before the clock was set back proves the network', () => {
    const ahead = at('never', { lastReplyAtMs: nowMs + 3_600_000 })
    expect(looked(fresh(), ahead).next).toMatchObject({ step: 'read' })
  })

  it('and deleted meanwhile, it is not sent again by find', () => {
    const edits = [creation, deletion]
    const over = creating('by-find', { ...unknown, atMs: nowMs - 31_000 })
    const plan = found(fresh({ attempt: over }, edits), { ok: true, record: null }, at('by-find'))
    expect(fates(plan)).toEqual({ 'e-1': 'discarded', 'e-3': 'accepted' })
    const there = found(fresh({ attempt: over }, edits), { ok: true, id: 5, record }, at('by-find'))
    expect(there.next).toMatchObject({ step: 'send', remoteId: 5, attempt: { op: 'delete' } })
  })

  it('as the key of a request, it counts with the time that the request takes, and no clock that was set back makes it young', () => {
    const sentAgo = (ms: number): Plan =>
      looked(fresh({ attempt: creating('by-key', { ...unknown, firstAtMs: nowMs - ms }) }), at('by-key'))
    expect(sentAgo(86_400_000 - 30_001).next).toMatchObject({ step: 'send' })
    expect(sentAgo(86_400_000 - 30_000).change!.faults).toMatchObject([{ kind: 'unknown' }])
    expect(sentAgo(-3_600_000).change!.faults).toMatchObject([{ kind: 'unknown' }])
  })
})

describe('a request', () => {
  it('knows the record as the backend has it, and that of a creation as it was sent', () => {
    const known = at('never', { remoteId: 5, conflicts: 'overwrite' })
    expect(looked(lane({ base: record }, [update]), known).next).toMatchObject({ step: 'send', record })
    expect(looked(lane({ base: record }, [deletion]), known).next).toMatchObject({ step: 'send', record })
    const named = fresh({ attempt: creating('never', { ...unknown, isNamed: true }) })
    expect(looked(named, known).next).toMatchObject({ step: 'read', record: { title: 'x', authorId: 17 } })
    expect(looked(fresh(), at('never')).next).not.toHaveProperty('record')
  })
})

describe('looked for in the list (R21)', () => {
  const listed = (mode: RepeatsCreates, more: Partial<LaneContext> = {}): LaneContext =>
    at(mode, { canList: true, ...more })
  const inList = (given: StoredLane, reply: Reply, known: LaneContext): Plan =>
    decide(
      given,
      { event: 'read-answered', reply, rev: given.row.rev, atMs: nowMs - 10, sessionId: 's1', by: 'list' },
      known,
    )
  const by = { by: 'list', editId: 'e-1', sent: { title: 'x', authorId: 17 }, firstAtMs: nowMs - 5 }
  const lost = (mode: RepeatsCreates, more: Partial<Attempt> = {}): StoredLane =>
    fresh({ attempt: creating(mode, { ...unknown, ...over, ...more }) })

  it('is a creation that cannot be repeated, once no try of it can be under way', () => {
    const early = fresh({ attempt: creating('never', unknown) })
    expect(looked(early, listed('never')).next).toEqual({ step: 'later', dueAtMs: nowMs - 5 + 30_000 })
    expect(looked(lost('never'), listed('never')).next).toMatchObject({ step: 'read', verifies: true, finds: by })
  })

  it('is one whose key has expired, and one that the backend cannot find', () => {
    const expired = lost('by-key', { firstAtMs: nowMs - 86_400_001 })
    expect(looked(expired, listed('by-key')).next).toMatchObject({ finds: { by: 'list' } })
    const unfound = decide(
      lost('by-find'),
      { event: 'read-answered', reply: refused('other'), rev: 7, atMs: nowMs - 10, sessionId: 's1', by: 'edit' },
      listed('by-find'),
    )
    expect(unfound.next).toMatchObject({ finds: { by: 'list' } })
  })

  it('it is accepted by the name of what is found', () => {
    const plan = inList(lost('never'), { ok: true, id: 5, record }, listed('never'))
    expect([fates(plan), plan.change!.named]).toEqual([{ 'e-1': 'accepted' }, 5])
  })

  it('it is read before the next edit of it goes out: a list may leave out what somebody else has written (R11)', () => {
    const given = fresh({ attempt: creating('never', { ...unknown, ...over }) }, [creation, update])
    const plan = inList(given, { ok: true, id: 5, record: { id: 5, title: 'x' } }, listed('never'))
    expect([fates(plan), plan.change!.row!.baseAtMs]).toEqual([{ 'e-1': 'accepted' }, undefined])
    expect(plan.next).toMatchObject({ step: 'read', remoteId: 5 })
  })

  it.each<[string, Reply]>([
    ['that shows nothing', { ok: true, record: null }],
    ['that is refused', refused('other')],
    ['that shows a record of this device', { ok: true, id: 3, record }],
  ])('by a list %s it is left to the person, and never sent', (_what, reply) => {
    for (const mode of ['never', 'by-find', 'by-key'] as const) {
      const plan = inList(lost(mode, { firstAtMs: 0 }), reply, listed(mode, { canFind: mode === 'by-find' }))
      expect([fates(plan), plan.next]).toEqual([{}, { step: 'none' }])
      expect(plan.change!.faults).toMatchObject([{ kind: 'unknown' }])
    }
  })

  it('once more where a read has shown a record: the fault stays as it is, or closes', () => {
    const row = { unknownFault: 'f0', looksAgain: true as const }
    const again = fresh({ attempt: creating('never', { ...unknown, ...over }), ...row })
    expect(looked(fresh({ ...again.row, looksAgain: undefined }), listed('never'))).toEqual({ next: { step: 'none' } })
    expect(looked(again, listed('never')).next).toMatchObject({ finds: { by: 'list' } })
    const found = inList(again, { ok: true, id: 5, record }, listed('never'))
    expect([fates(found), found.change!.closedFaults]).toEqual([{ 'e-1': 'accepted' }, ['f0']])
    const none = inList(again, { ok: true, record: null }, listed('never'))
    expect([none.change!.faults, none.change!.row!.unknownFault, none.change!.row!.looksAgain]).toEqual([
      undefined,
      'f0',
      undefined,
    ])
  })

  it('is one whose repeat under its key was refused: an older try of it may have been made', () => {
    const doubted = (more: Partial<Attempt>): Plan =>
      answered(fresh({ attempt: creating('by-key', more) }), refused('validation'), listed('by-key'))
    expect(fates(doubted({ unknown: false }))).toEqual({ 'e-1': 'rejected' })
    const early = doubted({ unknown: true })
    expect([fates(early), early.next]).toEqual([{}, { step: 'later', dueAtMs: nowMs - 5 + 30_000 }])
    const plan = doubted({ unknown: true, ...over })
    expect(plan.next).toMatchObject({ step: 'read', finds: { by: 'list' } })
    const seen = fresh({ attempt: plan.change!.row!.attempt }, [creation, deletion])
    expect(inList(seen, { ok: true, id: 5, record }, listed('by-key')).change!.named).toBe(5)
    expect(fates(inList(seen, { ok: true, record: null }, listed('by-key')))).toEqual({
      'e-1': 'discarded',
      'e-3': 'accepted',
    })
  })

  it('is one that was refused, but not where the account may make none', () => {
    const given = fresh({ attempt: creating('never') })
    const plan = answered(given, refused('validation'), listed('never'))
    expect(plan.next).toMatchObject({ step: 'read', finds: { by: 'list' } })
    const doubted = fresh({ attempt: plan.change!.row!.attempt })
    expect(fates(inList(doubted, { ok: true, record: null }, listed('never')))).toEqual({ 'e-1': 'rejected' })
    expect(fates(inList(doubted, { ok: true, id: 5, record }, listed('never')))).toEqual({ 'e-1': 'accepted' })
    expect(fates(inList(doubted, refused('other'), listed('never')))).toEqual({ 'e-1': 'rejected' })
    expect(fates(answered(given, refused('forbidden'), listed('never')))).toEqual({ 'e-1': 'rejected' })
  })
})

describe('a creation that was named and not shown', () => {
  const named = (more: Partial<Attempt> = {}): StoredLane =>
    fresh({ attempt: creating('never', { ...unknown, isNamed: true, ...more }) }, [creation, update])
  const known = at('never', { remoteId: 5 })

  it('is never sent again: absent for as long as a try takes, it was made and is gone', () => {
    expect(looked(named(), known).next).toMatchObject({ step: 'read', remoteId: 5 })
    const early = found(named(), { ok: true, record: null }, known)
    expect(early.next).toMatchObject({ step: 'later' })
    const plan = found(named(over), { ok: true, record: null }, known)
    expect(fates(plan)).toEqual({ 'e-1': 'accepted', 'e-2': 'rejected' })
    expect(plan.change!.faults).toMatchObject([{ kind: 'gone', op: 'update', mine: { title: 'y' } }])
  })

  it('is none by the name of an earlier record under its id', () => {
    const lost = fresh({ attempt: creating('by-find', unknown), base: null, baseAtMs: nowMs })
    expect(looked(lost, at('by-find', { remoteId: 4 })).next).toMatchObject({ finds: { by: 'edit' } })
  })
})

describe('a late copy of a creation that is found by its edit (R21)', () => {
  const repeated = fresh({ attempt: creating('by-find', { unknown: true, tries: 2 }) })
  const owed = { finds: 'e-1', older: { title: 'x', authorId: 17 }, newer: {}, resent: 0 }

  it('is looked for once more when its time is over, and only the named record stays', () => {
    const plan = answered(repeated, { ok: true, id: 5, record }, at('by-find'))
    expect(plan.change!.row!.lookBacks).toEqual([{ op: 'create', ...owed, dueAtMs: nowMs - 5 + 30_000 }])
    const due = lane({ base: record, lookBacks: [{ op: 'create', ...owed, dueAtMs: nowMs - 20 }] }, [])
    const known = at('by-find', { remoteId: 5 })
    expect(looked(due, known).next).toMatchObject({
      step: 'read',
      finds: { by: 'edit', editId: 'e-1', sent: owed.older, keeps: 5 },
    })
    const after = decide(
      due,
      {
        event: 'read-answered',
        reply: { ok: true, id: 5, record },
        rev: 7,
        atMs: nowMs - 10,
        sessionId: 's1',
        by: 'edit',
      },
      known,
    )
    expect([after.next, after.change!.row!.lookBacks]).toEqual([{ step: 'none' }, undefined])
    expect(looked(due, { ...known, canFind: false }).next).toEqual({ step: 'none' })
  })

  it('is deleted with the record, also where it comes after that', () => {
    const deleting = creating('by-find', { op: 'delete', editIds: ['e-3'], patch: {}, mode: undefined })
    const strays = [{ op: 'create' as const, patch: owed.older, untilMs: nowMs + 20_000, finds: 'e-1' }]
    const lookBacks = [{ op: 'create' as const, ...owed, dueAtMs: nowMs + 20_000 }]
    for (const row of [{ strays }, { strays, lookBacks }, { lookBacks }]) {
      const plan = answered(
        lane({ attempt: deleting, ...row }, [deletion]),
        { ok: true },
        at('by-find', { remoteId: 5 }),
      )
      expect(plan.change!.row!.lookBacks).toEqual([{ op: 'delete', ...owed, dueAtMs: nowMs + 20_000 }])
    }
    const due = lane({ base: null, lookBacks: [{ op: 'delete', ...owed, dueAtMs: nowMs - 20 }] }, [])
    expect(looked(due, at('by-find', { remoteId: 5 })).next).toMatchObject({ finds: { keeps: null } })
  })

  it('is none where the backend knows the key', () => {
    const plan = answered(
      fresh({ attempt: creating('by-key', { unknown: true }) }),
      { ok: true, id: 5, record },
      at('by-key'),
    )
    expect([plan.change!.row!.strays, plan.change!.row!.lookBacks]).toEqual([undefined, undefined])
  })
})

describe('a conflict with a key (R21)', () => {
  it('makes only its own lane wait after a lost answer, and is believed the third time without one', () => {
    const busy = answered(fresh({ attempt: creating('by-key', { unknown: true }) }), refused('conflict'), at('by-key'))
    expect(busy.change!.wait).toBeUndefined()
    let given = fresh({ attempt: creating('by-key') })
    for (let tries = 1; tries < 3; tries++) {
      const plan = answered(given, refused('conflict'), at('by-key'))
      expect(plan.next).toMatchObject({ step: 'later' })
      const row = { ...plan.change!.row!, dueAtMs: nowMs }
      const again = looked(fresh(row), at('by-key'))
      expect(again.next).toMatchObject({ step: 'send', attempt: { key: 'e-1.1', unknown: false, tries: tries + 1 } })
      given = fresh(again.change!.row!)
    }
    expect(fates(answered(given, refused('conflict'), at('by-key')))).toEqual({ 'e-1': 'rejected' })
  })
})

describe('a hold that no answer has ordered', () => {
  it('leaves the outcome of the request open', () => {
    const failure: Failure = { kind: 'configuration', message: 'CORS', unanswered: true }
    const held = answered(fresh({ attempt: creating('never') }), { ok: false, failure }, at('never'))
    expect(held.change!.row!.attempt).toMatchObject(unknown)
    const updating = lane(
      { attempt: { ...creating('never'), op: undefined, mode: undefined, editIds: ['e-2'], patch: update.patch } },
      [update],
    )
    expect(answered(updating, { ok: false, failure }, at('never')).change!.row!.attempt).toMatchObject(unknown)
  })
})
