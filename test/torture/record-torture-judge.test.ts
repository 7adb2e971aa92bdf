import { expect, test } from 'vitest'
import { valueOf } from './judge.js'
import { judgeRecords, type LoggedWrite, type SavedRecordEdit } from './record-judge.js'

const made = valueOf(1, 1)
const saved = (op: SavedRecordEdit['op'], n: number): SavedRecordEdit => ({
  id: `e${n}`,
  op,
  collection: 'notes',
  record: 'on-the-device',
  made,
  value: valueOf(1, n),
})
const created = (n = 1, id = '7'): LoggedWrite => ({
  collection: 'notes',
  id,
  op: 'create',
  applied: { made, text: valueOf(1, n) },
})
const updated = (n: number): LoggedWrite => ({
  collection: 'notes',
  id: '7',
  op: 'update',
  applied: { text: valueOf(1, n) },
})
const deleted: LoggedWrite = { collection: 'notes', id: '7', op: 'delete', applied: {} }
const none = new Set<string>()
const rest = { mayBeDeleted: none, excused: none }
const clean = { lost: 0, doubled: 0, outOfOrder: 0, raised: 0, examples: [] }

test('made once, changed in order, and there: nothing to say', () => {
  const run = { ...rest, saved: [saved('create', 1), saved('update', 2)], log: [created(), updated(2)], left: [made] }
  expect(judgeRecords(run)).toEqual({ saved: 2, created: 1, deleted: 0, ...clean })
  // The update went along with the creation.
  expect(judgeRecords({ ...run, log: [created(2)] })).toMatchObject(clean)
})

test('a creation that made nothing, and an update that never came, are lost', () => {
  const run = { ...rest, saved: [saved('create', 1)], log: [], left: [] }
  expect(judgeRecords(run)).toMatchObject({ lost: 1 })
  expect(judgeRecords({ ...run, excused: new Set(['e1']) })).toMatchObject({ lost: 0 })
  const stale = { ...run, saved: [saved('create', 1), saved('update', 2)], log: [created()], left: [made] }
  expect(judgeRecords(stale)).toMatchObject({
    lost: 1,
    examples: [`lost: update of notes, "${made}": "${valueOf(1, 2)}"`],
  })
})

test('a record that was deleted before it was sent is not lost', () => {
  const run = { ...rest, saved: [saved('create', 1), saved('delete', 2)], log: [], left: [] }
  expect(judgeRecords(run)).toMatchObject(clean)
  expect(judgeRecords({ ...run, saved: [saved('create', 1)], mayBeDeleted: new Set([made]) })).toMatchObject(clean)
})

test('two records of one creation are doubled, under one id or two', () => {
  const run = { ...rest, saved: [saved('create', 1)], log: [created(), created(1, '8')], left: [made, made] }
  expect(judgeRecords(run)).toMatchObject({ doubled: 1 })
})

test('a value again after another one is doubled, an older one out of order', () => {
  const run = { ...rest, saved: [saved('create', 1)], left: [made] }
  expect(judgeRecords({ ...run, log: [created(1), updated(3), updated(1)] })).toMatchObject({ doubled: 1 })
  expect(judgeRecords({ ...run, log: [created(1), updated(3), updated(2)] })).toMatchObject({ outOfOrder: 1 })
  expect(judgeRecords({ ...run, log: [created(1), updated(3), updated(3)] })).toMatchObject(clean)
})

test('a record that is written to, or there, after its deletion is raised from the dead', () => {
  const run = { ...rest, saved: [saved('create', 1), saved('delete', 2)], left: [] }
  expect(judgeRecords({ ...run, log: [created(), deleted] })).toEqual({ saved: 2, created: 1, deleted: 1, ...clean })
  expect(judgeRecords({ ...run, log: [created(), deleted, created(1, '8')] })).toMatchObject({ raised: 1, doubled: 1 })
  expect(judgeRecords({ ...run, log: [created()], left: [made] })).toMatchObject({ raised: 1 })
})
