/* Each invariant of a lane's plan, kept and broken. */
import { describe, expect, it } from 'vitest'
import { type Attempt, emptyRecord, type RecordRow, type StoredLane } from '../../../src/store/rows.js'
import type { LaneChange } from '../../../src/store/settlements.js'
import type { Step } from '../../../src/sync/lane/decision.js'
import { checkAgain, checkPlan } from '../../../src/sync/lane/invariants.js'
import { makeEdit } from '../../model/make-edit.js'
import { attempt, key, lane, nowMs } from './given.js'

const edits = [makeEdit('e-1', { a: 1 }), makeEdit('e-2', { b: 1 })]
const pending = (row: Partial<RecordRow> = {}, left = edits): StoredLane => lane(row, left)
const lookBacks = [{ older: { a: 1 }, newer: { a: 2 }, dueAtMs: nowMs, resent: 0 }]

const breach = (check: () => void): string | undefined => {
  try {
    check()
  } catch (error) {
    return (error as { invariant?: string }).invariant
  }
  return undefined
}

describe('a lane that is planned again (L1)', () => {
  it.each<[string, StoredLane, StoredLane]>([
    ['an edit', pending(), pending({ attempt, lookBacks }, edits.slice(1))],
    ['an attempt', pending({ attempt }), pending({ lookBacks })],
    ['the openness of an attempt', pending({ attempt }), pending({ attempt: { ...attempt, open: false } })],
    ['a look-back', pending({ lookBacks }), pending()],
  ])('has lost %s', (_what, before, left) => {
    expect(breach(() => checkAgain(before, left))).toBeUndefined()
    expect(breach(() => checkAgain(left, before))).toBe('L1')
    expect(breach(() => checkAgain(left, left))).toBe('L1')
  })
})

describe('a plan', () => {
  const sending = (sent: Attempt, before?: Attempt, row: Partial<RecordRow> = { attempt: sent }) =>
    [{ row: { ...emptyRecord(key), ...row } }, { step: 'send', attempt: sent }, before] as const
  const resting: Step = { step: 'none' }
  const again = { ...attempt, tries: 2 }
  const creation = { ...attempt, op: 'create' as const }

  it.each<[string, LaneChange, Step, (Attempt | undefined)?]>([
    ['that changes nothing', {}, resting],
    ['that hands on ancestors', { rewritten: [{ ...edits[1]!, ancestors: { b: 2 } }] }, resting],
    [
      'that settles',
      {
        settled: [
          { editIds: ['e-1'], outcome: 'rejected', faultId: 'f1' },
          { editIds: ['e-2'], outcome: 'accepted' },
        ],
        faults: [{ id: 'f1' } as never],
      },
      resting,
    ],
    ['that sends', ...sending(attempt)],
    ['that repeats', ...sending(again, attempt)],
    ['that waits', {}, { step: 'later', dueAtMs: nowMs }],
  ])('%s keeps them', (_what, change, next, before) => {
    expect(breach(() => checkPlan(pending({ attempt: before }), { change, next }, nowMs))).toBeUndefined()
  })

  it.each<[string, string, LaneChange, Step, (Attempt | undefined)?]>([
    ['rewrites a patch', 'L2', { rewritten: [{ ...edits[0]!, patch: { a: 2 } }] }, resting],
    ['rewrites an edit that is not pending', 'L2', { rewritten: [makeEdit('e-9', { a: 2 })] }, resting],
    ['ends an edit twice', 'L3', { settled: [{ editIds: ['e-1', 'e-1'], outcome: 'accepted' }] }, resting],
    ['ends an edit that is not pending', 'L3', { settled: [{ editIds: ['e-9'], outcome: 'accepted' }] }, resting],
    ['rejects without a fault', 'L4', { settled: [{ editIds: ['e-1'], outcome: 'rejected', faultId: 'f1' }] }, resting],
    ['sends an attempt that is not written', 'L5', ...sending(attempt, undefined, {})],
    ['sends one that is not open', 'L5', ...sending({ ...attempt, open: false })],
    ['sends without a session', 'L5', ...sending({ ...attempt, sessionId: undefined as never })],
    ['repeats another patch', 'L6', ...sending({ ...again, patch: { a: 2 } }, attempt)],
    ['repeats by another key', 'L6', ...sending({ ...again, key: 'e-1.2' }, attempt)],
    ['creates what exists', 'L8', ...sending(creation, undefined, { attempt: creation, base: {} })],
    ['updates what is absent', 'L8', ...sending(attempt, undefined, { attempt, base: null })],
    ['waits for a time that is over', 'L7', {}, { step: 'later', dueAtMs: nowMs - 1 }],
    ['waits for no time', 'L7', {}, { step: 'later', dueAtMs: Number.NaN }],
  ])('that %s breaks %s', (_what, invariant, change, next, before) => {
    expect(breach(() => checkPlan(pending({ attempt: before }), { change, next }, nowMs))).toBe(invariant)
  })
})
