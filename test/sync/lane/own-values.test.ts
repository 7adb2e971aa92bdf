/* The values in a record's base that this device wrote last: a tab that has not heard of them yet is in no conflict with them (R1). */
import { expect, it } from 'vitest'
import type { Properties } from '../../../src/model/record.js'
import { emptyRecord, type RecordRow } from '../../../src/store/rows.js'
import { settle, type Verdict } from '../../../src/sync/lane/settle.js'
import { makeEdit } from '../../model/make-edit.js'

const key = { account: 'me', collection: 'notes', id: 'n1' }
const context = {
  nowMs: 1_000,
  requestTimeoutMs: 30_000,
  newId: () => 'f',
  toDevice: (values: Properties) => values,
  toBackend: (values: Properties) => values,
} as never
const edit = makeEdit('e-1', { a: ' mine ', b: null })

/** The row says it after the verdict. */
function wroteAfter(
  row: Partial<RecordRow>,
  verdict: Omit<Verdict, 'editIds'>,
  edits = [edit],
): Properties | undefined {
  const before = { ...emptyRecord(key), ...row }
  const { row: after } = settle(
    { key, row: before, edits },
    before,
    { editIds: edits.map(({ id }) => id), ...verdict },
    context,
  )
  return after!.wrote
}

it('are those of the accepted edits, in the form in which the backend has them', () => {
  expect(wroteAfter({ base: { a: 'mine', c: 3 } }, { sent: edit.patch })).toEqual({ a: 'mine', b: null })
})

it('are kept by later settlements, until somebody else writes others', () => {
  const base = { a: 'mine', c: 3, d: 4, e: null }
  const wrote = { c: 3, d: 5 }
  expect(wroteAfter({ base, wrote }, { sent: edit.patch })).toEqual({ a: 'mine', b: null, c: 3 })
})

it('are not those that the backend has refused or left out', () => {
  const failure = { kind: 'validation', message: 'no' } as const
  expect(wroteAfter({ base: { a: 1 } }, { sent: edit.patch, missing: ['a', 'b'], failure })).toBeUndefined()
  expect(wroteAfter({ base: { a: 1 } }, { sent: edit.patch, missing: ['a'], failure })).toEqual({ b: null })
})

it('are none of a record that is made, or is gone: nobody has seen a confirmed value of it', () => {
  const creation = makeEdit('e-1', { a: 1 }, { op: 'create' })
  expect(wroteAfter({ base: { a: 1 } }, { sent: { a: 1 }, acceptedIds: ['e-1'] }, [creation])).toBeUndefined()
  expect(wroteAfter({ base: null, wrote: { a: 1 } }, { sent: {} })).toBeUndefined()
})
