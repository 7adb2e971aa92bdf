/* A lane of an older release of the app, in the shape of this one (R26). */
import { describe, expect, it } from 'vitest'
import type { QueuedEdit } from '../../src/model/edit.js'
import type { Fault } from '../../src/model/fault.js'
import type { Properties } from '../../src/model/record.js'
import { type LaneRows, type RecordRow, emptyRecord, type Run } from '../../src/store/rows.js'
import { faultInShape, migrated, type Shapes } from '../../src/store/shapes.js'
import { planOlder } from '../../src/sync/lane/plan-older.js'
import { makeEdit } from '../model/make-edit.js'

const key = { account: 'me', collection: 'notes', id: 'n1' }
const now = (): number => 1_000
/** `a` was renamed to `b`. */
const shapes: Shapes = {
  version: 2,
  now,
  patch: (_, { a, ...rest }) => (a === undefined ? rest : { ...rest, b: a as Properties }),
}

const run = (edits: QueuedEdit[], more: Partial<Run> = {}): Run => ({
  ...key,
  v: 1,
  seq: 1,
  label: 'l',
  edits,
  ...more,
})
const laneOf = (row: Partial<RecordRow>, ...runs: Run[]): LaneRows => ({
  key,
  row: { ...emptyRecord(key), base: { a: 0, c: 0 }, baseAtMs: 900, ...row },
  runs,
  edits: runs.flatMap(({ edits }) => edits),
})
const old = run([makeEdit('l-0', { a: 1 }, { ancestors: { a: 0 } })])
const attempt = {
  editIds: ['l-0'],
  patch: { a: 1 },
  key: 'k',
  sessionId: 's',
  epoch: 1,
  atMs: 0,
  tries: 1,
  unknown: true,
  open: false,
}

describe('a lane', () => {
  it('is migrated with patches, ancestors and base, whose age is forgotten', () => {
    const lane = migrated(laneOf({ version: 'etag "1"', forms: { a: [1, 2] } }, old), shapes)
    expect(lane.edits).toMatchObject([{ id: 'l-0', patch: { b: 1 }, ancestors: { b: 0 } }])
    expect(lane.runs).toMatchObject([{ shape: 2, seq: 1, label: 'l' }])
    expect(lane.row).toMatchObject({ shape: 2, base: { b: 0, c: 0 }, rev: 0 })
    expect(lane.row.baseAtMs).toBeUndefined()
    expect(lane.row.version).toBeUndefined()
    expect(lane.row.forms).toBeUndefined()
    expect(lane.older).toBeUndefined()
  })

  it('is the same object where nothing is older, and where the app has one shape', () => {
    const given = laneOf({}, old)
    expect(migrated(given, { now })).toBe(given)
    const current = laneOf({ shape: 2 }, run([], { shape: 2 }))
    expect(migrated(current, shapes)).toBe(current)
    expect(migrated({ ...given, held: 'reload' }, shapes)).toMatchObject({ held: 'reload', edits: old.edits })
  })

  it('keeps a record that is proved absent, and loses a base on which the function fails', () => {
    expect(migrated(laneOf({ base: null }, old), shapes).row).toMatchObject({ base: null, baseAtMs: 900 })
    const failing = { ...shapes, patch: () => expect.fail('boom') }
    expect(migrated(laneOf({}), failing).row).toMatchObject({ base: undefined, shape: 2 })
  })

  it('leaves out the properties that later edits have set', () => {
    const covered = run([makeEdit('l-0', { a: 1, c: 1 }, { ancestors: { a: 0, c: 0 }, covered: ['a'] })])
    const [edit] = migrated(laneOf({}, covered), shapes).edits
    expect(edit!.patch).toEqual({ c: 1 })
    expect(edit!.covered).toBeUndefined()
  })

  it.each<[string, Partial<RecordRow>]>([
    ['an attempt', { attempt }],
    ['a late copy', { strays: [{ patch: { a: 1 }, untilMs: 1_001 }] }],
    ['a look-back', { lookBacks: [{ older: { a: 1 }, newer: { a: 2 }, dueAtMs: 0, resent: 0 }] }],
  ])('stays as it is while there is %s, but for a view', (_what, row) => {
    const given = laneOf(row, old)
    const lane = migrated(given, shapes)
    expect(lane).toEqual({ ...given, older: true })
    expect(migrated(given, shapes, true).edits).toMatchObject([{ patch: { b: 1 } }])
    // Once that is concluded.
    const after = { ...lane, row: { ...lane.row, attempt: undefined, strays: undefined, lookBacks: undefined } }
    expect(migrated(after, shapes)).toMatchObject({ older: undefined, row: { shape: 2 }, edits: [{ patch: { b: 1 } }] })
  })

  it('can be had in one shape for a fault, where edits of this one wait behind a request of an older one', () => {
    const newer = run([makeEdit('m-0', { b: 2 }, { ancestors: { b: 1 } })], { seq: 2, label: 'm', shape: 2 })
    const lane = migrated(laneOf({ attempt }, old, newer), shapes)
    expect(lane.older).toBe(true)
    const whole = lane.inOneShape!({ ...lane.row, base: { a: 5 } }, (edit) => edit)
    expect(whole).toMatchObject({
      row: { shape: 2, base: { b: 5 } },
      edits: [{ patch: { b: 1 } }, { patch: { b: 2 } }],
    })
    expect(migrated(laneOf({ attempt }, old), shapes).inOneShape).toBeUndefined()
  })

  it('takes the values of late copies along, once their time is over', () => {
    const strays = [{ patch: { a: 1 }, untilMs: 1_000 }]
    expect(migrated(laneOf({ strays }, old), shapes).row.strays).toEqual([{ patch: { b: 1 }, untilMs: 1_000 }])
    const held = [{ patch: { a: 1 }, untilMs: 5_000, held: true as const }]
    expect(migrated(laneOf({ strays: held }, old), shapes).row.strays).toEqual([{ ...held[0], patch: { b: 1 } }])
  })

  it('is not held up by a late copy from before the clock was set back, and its plan agrees', () => {
    const lane = laneOf({ strays: [{ patch: { a: 1 }, untilMs: now() + 86_400_000 }] }, old)
    expect(migrated(lane, shapes)).toMatchObject({ older: undefined, row: { shape: 2 }, edits: [{ patch: { b: 1 } }] })
    expect(planOlder({ ...lane, older: true }, { nowMs: now() } as never)).toMatchObject({ rereads: true })
    const late = laneOf({ strays: [{ patch: { a: 1 }, untilMs: now() + 30_000 }] }, old)
    expect(planOlder({ ...late, older: true }, { nowMs: now() } as never)).toMatchObject({
      next: { step: 'later', dueAtMs: now() + 30_000 },
    })
  })

  it('is not held up by an attempt of its own shape: an older tab has saved behind it', () => {
    const lane = migrated(laneOf({ shape: 2, attempt }, old), shapes)
    expect(lane).toMatchObject({ older: undefined, row: { attempt }, edits: [{ patch: { b: 1 } }] })
  })

  it('names the edits on which the function fails, and keeps all of their run', () => {
    const failing: Shapes = {
      ...shapes,
      patch: (name, patch, from) => ('x' in patch ? expect.fail('boom') : shapes.patch!(name, patch, from)),
    }
    const mixed = run([makeEdit('l-0', { a: 1 }), makeEdit('l-1', { x: 1 })])
    const other = run([makeEdit('m-0', { a: 2 })], { seq: 2, label: 'm', shape: 1 })
    const lane = migrated(laneOf({}, mixed, other), failing)
    expect(lane.older).toBe(true)
    expect([...lane.failed!]).toEqual([['l-1', { from: undefined, message: 'boom' }]])
    expect(lane.edits.map(({ patch }) => patch)).toEqual([{ a: 1 }, { x: 1 }, { b: 2 }])
    const left = { ...lane, runs: [{ ...mixed, edits: [mixed.edits[0]!] }, lane.runs[1]!] }
    expect(migrated(left, failing)).toMatchObject({ older: undefined, failed: undefined })
  })

  it('hands over from where each run was written', () => {
    const froms: number[] = []
    const noting: Shapes = { ...shapes, patch: (_, patch, from) => (froms.push(from), patch) }
    migrated(laneOf({ shape: 2 }, run([makeEdit('l-0', { a: 1 })], { shape: 1 })), noting)
    migrated(laneOf({ shape: 2 }, run([makeEdit('l-0', { a: 1 })])), noting)
    expect(new Set(froms)).toEqual(new Set([0, 1]))
  })
})

describe('a fault', () => {
  const fault: Fault = {
    id: 'f',
    editIds: ['l-0'],
    kind: 'validation',
    message: '',
    collection: 'notes',
    recordId: 'n1',
    properties: ['a', 'c'],
    offending: ['a'],
    stored: [],
    overtaken: ['a'],
    base: { a: 0, c: 0 },
    mine: { a: 1, c: 1 },
    theirs: null,
    view: { a: 1, c: 1 },
    attempts: 1,
    atMs: 0,
  }

  it('comes along with its names and values', () => {
    expect(faultInShape(fault, shapes)).toEqual({
      ...fault,
      properties: ['c', 'b'],
      offending: ['b'],
      overtaken: ['b'],
      base: { b: 0, c: 0 },
      mine: { b: 1, c: 1 },
      view: { b: 1, c: 1 },
      shape: 2,
    })
  })

  it('of a deletion has no values of its own', () => {
    const deletion = { ...fault, op: 'delete' as const, mine: null, theirs: { a: 2 }, properties: [], offending: [] }
    expect(faultInShape(deletion, shapes)).toMatchObject({ mine: null, theirs: { b: 2 }, properties: [] })
  })

  it('is the same where it is of this shape, and refused where a newer release wrote it', () => {
    const current = { ...fault, shape: 2 }
    expect(faultInShape(current, shapes)).toBe(current)
    expect(faultInShape(fault, { now })).toBe(fault)
    expect(() => faultInShape({ ...fault, shape: 3 }, shapes)).toThrow(/reload the page/)
  })
})
