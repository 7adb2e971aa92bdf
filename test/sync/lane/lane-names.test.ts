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
    expect(plan.next).toMatchObject({ step: 'send', remoteId: 5, attempt: { patch: { title: 'y' } } })
    expect(
      looked(fresh({ base: record, baseAtMs: nowMs }, [update]), at('by-key', { remoteId: 5 })).next,
    ).toMatchObject({
      remoteId: 5,
    })
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

  it('by key, a conflict with a repeat means that the backend is at work on it', () => {
    const repeated = fresh({ attempt: creating('by-key', { unknown: true }) })
    const plan = answered(repeated, refused('conflict'), at('by-key'))
    expect(plan.next).toMatchObject({ step: 'later' })
    expect(plan.change!.row!.attempt).toMatchObject({ key: 'e-1.1', open: false })
  })

  it('by find it is looked for, accepted by the name that is found, and sent again where there is none', () => {
    const lost = fresh({ attempt: creating('by-find', unknown) })
    expect(looked(lost, at('by-find')).next).toMatchObject({ step: 'read', finds: 'e-1' })
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
    expect(plan.next).toMatchObject({ step: 'read', finds: 'e-1' })
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

  it('and deleted meanwhile, it is not sent again by find', () => {
    const edits = [creation, deletion]
    const over = creating('by-find', { ...unknown, atMs: nowMs - 31_000 })
    const plan = found(fresh({ attempt: over }, edits), { ok: true, record: null }, at('by-find'))
    expect(fates(plan)).toEqual({ 'e-1': 'discarded', 'e-3': 'accepted' })
    const there = found(fresh({ attempt: over }, edits), { ok: true, id: 5, record }, at('by-find'))
    expect(there.next).toMatchObject({ step: 'send', remoteId: 5, attempt: { op: 'delete' } })
  })
})
