/* Each reason for which a lane waits, from the state that brings it about. */
import { describe, expect, it } from 'vitest'
import type { Failure } from '../../src/model/failure.js'
import type { LaneReason } from '../../src/model/lane-reason.js'
import { laneName, type LaneKey } from '../../src/model/record.js'
import type { OtherRecord } from '../../src/store/other-record.js'
import type { RecordRow, Session, StoredLane, Wait } from '../../src/store/rows.js'
import { type Surrounding, whyLane } from '../../src/sync/why.js'
import { makeEdit } from '../model/make-edit.js'
import { attempt, lane, nowMs } from './lane/given.js'

const session: Session = { account: 'me', sessionId: 's1', hasToken: true, stayLoggedIn: false, guest: false }
const failure = (kind: Failure['kind'], more: Partial<Failure> = {}): Failure => ({ kind, message: 'No', ...more })
const wait = (kind: Failure['kind'], ordered = false): { state: Surrounding['state'] } => {
  const one: Wait = { failure: failure(kind, { code: 7 }), failures: 2, dueAtMs: nowMs + 14_000, ordered }
  return { state: { session, wait: one } }
}
const usual: Surrounding = {
  nowMs,
  requestTimeoutMs: 30_000,
  state: { session },
  lease: { epoch: 2, holder: 'here' },
  isHolder: true,
  isBehind: false,
  isFrozen: false,
  probe: undefined,
  tryAtMs: undefined,
  isFetching: false,
  fetchAtMs: 0,
  isHeld: () => false,
  hasToken: true,
  online: true,
  endpoint: { prepares: false },
  refsOf: undefined,
}

const jobKey: LaneKey = { account: 'me', collection: 'jobs', id: 'j1' }
const job = (more: Partial<OtherRecord>): StoredLane['others'] =>
  new Map([[laneName(jobKey), { name: laneName(jobKey), isCreating: true, base: undefined, seqs: [3], ...more }]])
const naming = { refsOf: () => [{ property: 'a', collection: 'jobs', id: 'j1' }] }
const of = { collection: 'jobs', id: 'j1' }
const after = makeEdit('e-1', { a: 1 }, { awaits: [{ ...of, seq: 4 }] })

interface Given {
  row?: Partial<RecordRow>
  lane?: Partial<StoredLane>
  at?: Partial<Surrounding>
  why: LaneReason
}

const due = { dueAtMs: nowMs + 14_000 }
const tries = { tries: 2, ...due }

/** The client itself finds these two: nothing of them is in the database. */
type OfLanes = Exclude<LaneReason['is'], 'storage' | 'saving'>

const given: { readonly [I in OfLanes]: Given & { why: { is: I } } } = {
  'newer-version': { lane: { held: 'reload' }, why: { is: 'newer-version' } },
  damaged: { lane: { held: 'damaged' }, why: { is: 'damaged' } },
  'no-endpoint': { at: { endpoint: undefined }, why: { is: 'no-endpoint' } },
  broken: { at: { isHeld: () => true }, why: { is: 'broken' } },
  frozen: { at: { isFrozen: true }, why: { is: 'frozen' } },
  'older-data': { lane: { older: true }, why: { is: 'older-data' } },
  'session-ended': {
    at: { state: { session: { ...session, expired: failure('auth', { code: 3064 }) } } },
    why: { is: 'session-ended', kind: 'auth', code: 3064 },
  },
  'no-token': { at: { hasToken: false }, why: { is: 'no-token' } },
  credentials: {
    at: { endpoint: { prepares: true }, fetchAtMs: nowMs + 14_000 },
    why: { is: 'credentials', ...due },
  },
  creation: { lane: { others: job({}) }, at: naming, why: { is: 'creation', of, others: 0 } },
  edits: {
    lane: { edits: [after], others: job({ isCreating: false, base: {} }) },
    why: { is: 'edits', of, others: 0 },
  },
  'in-doubt': { row: { attempt, unknownFault: 'f1' }, why: { is: 'in-doubt', faultId: 'f1' } },
  offline: { at: { online: false, tryAtMs: nowMs + 14_000 }, why: { is: 'offline', ...due } },
  network: { at: wait('unreachable'), why: { is: 'network', ...tries } },
  busy: { at: wait('busy'), why: { is: 'busy', ...tries } },
  asked: { at: wait('busy', true), why: { is: 'asked', ...tries } },
  configuration: { at: wait('configuration'), why: { is: 'configuration', kind: 'configuration', code: 7, ...due } },
  failing: { at: { probe: { failures: 2, ...due } }, why: { is: 'failing', ...tries } },
  server: { row: { failures: 2, ...due }, why: { is: 'server', ...tries } },
  refused: { row: { attempt, refusals: 2, ...due }, at: { lease: undefined }, why: { is: 'refused', ...tries } },
  stale: { row: { stale: 2, ...due }, why: { is: 'stale', ...tries } },
  stalled: { row: { stalledFault: 'f1', failures: 9, ...due }, why: { is: 'stalled', faultId: 'f1', ...due } },
  sending: { row: { attempt }, why: { is: 'sending', sinceMs: attempt.atMs } },
  abandoned: {
    row: { attempt: { ...attempt, epoch: 1 } },
    why: { is: 'abandoned', dueAtMs: attempt.atMs + 30_000 },
  },
  checking: { row: { attempt: { ...attempt, open: false, refusal: failure('conflict') } }, why: { is: 'checking' } },
  repeating: { row: { attempt: { ...attempt, open: false, unknown: true } }, why: { is: 'repeating' } },
  'look-back': {
    row: { lookBacks: [{ older: { a: 1 }, newer: { a: 2 }, resent: 0, ...due }] },
    lane: { edits: [] },
    why: { is: 'look-back', ...due },
  },
  'other-tab': {
    at: { isBehind: true, isHolder: false, hasToken: false, lease: { epoch: 3, holder: 'there' } },
    why: { is: 'other-tab', tab: 'there' },
  },
  next: { why: { is: 'next' } },
}

describe('a lane', () => {
  it.each(Object.entries<Given>(given))('waits: %s', (_, { row, lane: more, at, why }) => {
    expect(whyLane({ ...lane(row), ...more }, { ...usual, ...at })).toEqual(why)
  })

  it('has the first reason of several: what only somebody can mend goes before what time mends', () => {
    const expired = { session: { ...session, expired: failure('auth') } }
    const all = { ...wait('unreachable'), online: false, isFrozen: true }
    expect(whyLane(lane({ failures: 2, ...due }), { ...usual, ...all })).toMatchObject({ is: 'frozen' })
    expect(whyLane(lane(), { ...usual, ...all, state: { ...all.state, ...expired } })).toMatchObject({
      is: 'session-ended',
    })
    expect(whyLane({ ...lane(), held: 'damaged' }, { ...usual, ...all })).toEqual({ is: 'damaged' })
  })

  it('whose wait is over, or beyond its longest possible length, does not wait for it any more', () => {
    expect(whyLane(lane(), { ...usual, ...wait('unreachable'), nowMs: nowMs + 14_000 })).toEqual({ is: 'next' })
    expect(whyLane(lane({ failures: 1, dueAtMs: nowMs + 86_400_000 }), usual)).toEqual({ is: 'next' })
  })

  it('of a tab that was killed in the middle of a request is not under way for ever', () => {
    expect(whyLane(lane({ attempt }), { ...usual, nowMs: nowMs + 31_000 })).toEqual({ is: 'repeating' })
  })
})
