/* The part of a lane that goes out while other records are not made yet, or never will be (R20). */
import { describe, expect, it } from 'vitest'
import { laneName, type Properties } from '../../../src/model/record.js'
import { refsIn } from '../../../src/model/refs.js'
import type { OtherRecord } from '../../../src/store/other-record.js'
import type { StoredLane } from '../../../src/store/rows.js'
import { decide } from '../../../src/sync/lane/decide.js'
import type { Plan } from '../../../src/sync/lane/decision.js'
import { makeEdit } from '../../model/make-edit.js'
import { context, lane } from './given.js'

const refs = { authorId: 'authors', tagIds: 'tags' }
const known = { ...context, refsOf: (values: Properties) => refsIn(values, refs) }
const none: OtherRecord = { name: '', isCreating: false, base: undefined, seqs: [] }
const records: { [id: string]: OtherRecord } = {
  there: { ...none, base: {} },
  named: { ...none, isCreating: true, remoteId: 4 },
  coming: { ...none, isCreating: true, seqs: [7] },
  refused: { ...none, faultId: 'f0' },
  discarded: { ...none, remoteId: null },
}
const nameOf = (collection: string, id: string): string => laneName({ account: 'me', collection, id })
const others = new Map(
  Object.entries(records).flatMap(([id, one]) =>
    ['authors', 'tags'].map((of) => [nameOf(of, id), { ...one, name: nameOf(of, id) }] as const),
  ),
)
const of = (...edits: StoredLane['edits']): StoredLane => ({ ...lane({}, edits), others })
const fresh = (...edits: StoredLane['edits']): StoredLane => ({
  ...lane({ base: undefined, baseAtMs: undefined }, edits),
  others,
})
const edit = (id: string, patch: Properties, more = {}): StoredLane['edits'][number] =>
  makeEdit(id, patch, { ancestors: { authorId: null, a: 0, tagIds: null }, ...more })
const create = { op: 'create' as const, ancestors: {} }
const remove = { op: 'delete' as const, ancestors: {} }

const planned = (given: StoredLane): Plan => decide(given, { event: 'looked' }, known)
const goes = ({ next }: Plan): unknown => (next.step === 'send' ? next.attempt.editIds : next.step)
const fates = ({ change }: Plan): Record<string, string> =>
  Object.fromEntries(change?.settled?.flatMap(({ editIds, outcome }) => editIds.map((id) => [id, outcome])) ?? [])

describe('a lane that refers to other records', () => {
  it.each<[string, StoredLane, string[]]>([
    ['one that exists', fresh(edit('e-1', { authorId: 'there' }, create)), ['e-1']],
    ['one that the backend has named', fresh(edit('e-1', { authorId: 'named' }, create)), ['e-1']],
    ['one that nothing is known of', fresh(edit('e-1', { authorId: '17' }, create)), ['e-1']],
    [
      'one that comes, in a later edit',
      fresh(edit('e-1', { a: 1 }, create), edit('e-2', { authorId: 'coming' })),
      ['e-1'],
    ],
    [
      'one that comes, and then to another in its place',
      of(edit('e-1', { authorId: 'coming' }), edit('e-2', { authorId: 'there' })),
      ['e-1', 'e-2'],
    ],
    [
      'one that never comes, and is deleted itself',
      of(edit('e-1', { authorId: 'refused' }), edit('e-2', {}, remove)),
      ['e-1', 'e-2'],
    ],
  ])('sends what it can: %s', (_what, given, expected) => expect(goes(planned(given))).toEqual(expected))

  it('waits, without a place, for one whose creation is pending', () => {
    const plan = planned(fresh(edit('e-1', { a: 1, tagIds: ['there', 'coming'] }, create)))
    expect(plan).toEqual({ next: { step: 'none' }, waitsFor: [nameOf('tags', 'coming')] })
  })

  it('ends as a creation in one fault, which names the cause', () => {
    const plan = planned(fresh(edit('e-1', { authorId: 'refused', a: 1 }, create), edit('e-2', { b: 2 })))
    expect(fates(plan)).toEqual({ 'e-1': 'rejected', 'e-2': 'rejected' })
    expect(plan.change!.faults).toMatchObject([
      { kind: 'dependency', op: 'create', causedBy: 'f0', offending: ['authorId'], mine: { a: 1, b: 2 } },
    ])
    expect(planned(fresh(edit('e-1', { authorId: 'discarded' }, create))).change!.faults).toMatchObject([
      { kind: 'dependency', causedBy: undefined },
    ])
  })

  it('loses as an update only the edits that write that property (G6)', () => {
    const plan = planned(of(edit('e-1', { authorId: 'refused' }), edit('e-2', { a: 1 })))
    expect(fates(plan)).toEqual({ 'e-1': 'rejected' })
    expect(goes(plan)).toEqual(['e-2'])
    expect(plan.change!.faults![0]).not.toHaveProperty('overtaken')
  })

  it('says which values a later edit that stays has written again', () => {
    const edits = [edit('e-0', { a: 0, b: 0 }), edit('e-1', { authorId: 'refused', a: 1, b: 1 }), edit('e-2', { a: 2 })]
    const plan = planned(of(...edits))
    expect(fates(plan)).toMatchObject({ 'e-1': 'rejected' })
    expect(plan.change!.faults).toMatchObject([{ mine: { a: 1, b: 1 }, overtaken: ['a'] }])
  })

  it.each<[string, Properties, unknown]>([
    ['waits without it', { authorId: 'coming', a: 1 }, { waitsFor: [nameOf('authors', 'coming')], next: 'none' }],
    ['ends without it', { authorId: 'refused', a: 1 }, { rejected: ['e-1'], next: ['e-2'] }],
    ['goes out as far as it can', { a: 1 }, { next: ['e-1'] }],
  ])(
    'was refused with an edit that puts another one in its place, is halved, and %s (R6)',
    (_what, patch, expected) => {
      const edits = [edit('e-1', patch), edit('e-2', { authorId: 'there', b: 2 })]
      const plan = planned({ ...of(...edits), row: { ...of().row, split: { suspects: 2, size: 1 } } })
      const rejected = Object.entries(fates(plan)).flatMap(([id, fate]) => (fate === 'rejected' ? [id] : []))
      expect({ waitsFor: plan.waitsFor, ...(rejected.length && { rejected }), next: goes(plan) }).toEqual(expected)
    },
  )

  it('settles an edit that has nothing left to send, and does not ask the backend for ever with no edit (R6)', () => {
    const row = { ...of().row, split: { suspects: 2, size: 1 } }
    const given = { ...of(edit('e-1', {}), edit('e-2', {})), row }
    expect(goes(decide(given, { event: 'looked' }, { ...known, canRead: false }))).toEqual(['e-1', 'e-2'])
  })

  it('waits while a later edit may yet put another in the place of one that never comes', () => {
    const plan = planned(of(edit('e-1', { authorId: 'refused' }), edit('e-2', { authorId: 'coming' })))
    expect([fates(plan), plan.waitsFor]).toEqual([{}, [nameOf('authors', 'coming')]])
  })
})

describe('an edit that goes after those of another record', () => {
  const awaits = (seq: number) => ({ ...remove, awaits: [{ collection: 'tags', id: 'coming', seq }] })

  it('waits while one of them is pending; the updates before it go out', () => {
    expect(planned(of(edit('e-1', {}, awaits(7)))).waitsFor).toEqual([nameOf('tags', 'coming')])
    expect(goes(planned(of(edit('e-0', { a: 1 }), edit('e-1', {}, awaits(7)))))).toEqual(['e-0'])
  })

  it('goes when only later ones are', () => {
    expect(goes(planned(of(edit('e-1', {}, awaits(6)))))).toEqual(['e-1'])
  })

  it("knows that record by the backend's id too, and waits for its lane; it never waits for its own", () => {
    const moved = { ...none, name: nameOf('tags', 'n1'), seqs: [7] }
    const byRemoteId = { ...remove, awaits: [{ collection: 'tags', id: '17', seq: 7 }] }
    const given = { ...of(edit('e-1', {}, byRemoteId)), others: new Map([[nameOf('tags', '17'), moved]]) }
    expect(planned(given).waitsFor).toEqual([nameOf('tags', 'n1')])
    expect(goes(planned({ ...given, others: new Map() }))).toEqual(['e-1'])
  })
})
