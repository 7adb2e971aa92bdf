/* The fault of a lane whose edits are of two releases, where the backend has stored a part of one (R5, R26). */
import { expect, it } from 'vitest'
import type { Failure } from '../../../src/model/failure.js'
import type { Properties } from '../../../src/model/record.js'
import { emptyRecord, type LaneRows, type Run } from '../../../src/store/rows.js'
import { migrated, type Shapes } from '../../../src/store/shapes.js'
import { makeFault } from '../../../src/sync/lane/settle.js'
import { makeEdit } from '../../model/make-edit.js'

/** The newer release calls `slug` `text`, and `when` `dueAt`. */
const shapes: Shapes = {
  version: 1,
  now: () => 1_000,
  patch: (_, { slug, when, ...rest }) => ({
    ...rest,
    ...(slug !== undefined && { text: slug as Properties }),
    ...(when !== undefined && { dueAt: when as Properties }),
  }),
}

it('names what was stored and what was refused in the shape of this context, and offers only the latter to be sent again', () => {
  const key = { account: 'me', collection: 'notes', id: 'n1' }
  const first = makeEdit('a-0', { slug: 'mine', when: 5 }, { ancestors: { slug: 'one', when: 0 } })
  const second = makeEdit('b-0', { done: true }, { ancestors: { done: false } })
  const run = (edit: typeof first, more: Partial<Run>): Run => ({
    ...key,
    v: 1,
    seq: 1,
    label: 'a',
    edits: [edit],
    ...more,
  })
  const attempt = {
    editIds: ['a-0'],
    patch: { slug: 'mine', when: 5 },
    key: 'k',
    sessionId: 's',
    epoch: 1,
    atMs: 0,
    tries: 1,
    unknown: true,
    open: false,
  }
  const given: LaneRows = {
    key,
    row: { ...emptyRecord(key), base: { slug: 'one', when: 5, done: false }, baseAtMs: 900, attempt },
    runs: [run(first, {}), run(second, { seq: 2, label: 'b', shape: 1 })],
    edits: [first, second],
  }
  const refused = [
    { edit: first, missing: ['slug'], stored: ['when'] },
    { edit: second, missing: ['done'], stored: [] },
  ]
  const failure: Failure = {
    kind: 'validation',
    status: 400,
    code: 1,
    message: 'no',
    headers: {},
    details: {},
  } as never
  const fault = makeFault(migrated(given, shapes), given.row, { refused, failure }, {
    nowMs: 1_000,
    newId: () => 'f',
    toDevice: (values: Properties) => values,
  } as never)
  expect(fault).toMatchObject({
    shape: 1,
    stored: ['dueAt'],
    mine: { text: 'mine', done: true },
    base: { text: 'one', done: false },
  })
  expect([...fault.properties].sort()).toEqual(['done', 'text'])
  expect(fault.mine).not.toHaveProperty('dueAt')
  expect(fault.view).toMatchObject({ text: 'mine', dueAt: 5, done: true })
})
