/* The objections to an edit of a record that exists already, is deleted, or was refused (R17, R18). */
import { describe, expect, it } from 'vitest'
import { refObjectionError, objectionError, objectionTo, type Standing } from '../../src/model/may-save.js'
import type { Operation } from '../../src/model/record.js'

const create = { id: 'c', op: 'create' } as const
const update = { id: 'u' }
const remove = { id: 'd', op: 'delete' } as const
const fault = (op: Operation | undefined, id = 'f1'): { id: string; op?: Operation | undefined } => ({ id, op })

function standing(part: Partial<Standing>): Standing {
  return { base: undefined, edits: [], faults: [], owes: false, ...part }
}

describe('R17, R18: a record, and the code with which each change of it is refused', () => {
  it.each<[string, Partial<Standing>, Record<Operation, string | undefined>]>([
    ['nobody knows', {}, { create: undefined, update: undefined, delete: undefined }],
    ['was read', { base: {} }, { create: 'exists', update: undefined, delete: undefined }],
    ['was proved absent', { base: null }, { create: undefined, update: 'deleted', delete: 'deleted' }],
    [
      'owes a look-back after its end',
      { base: null, owes: true },
      { create: 'deleted', update: 'deleted', delete: 'deleted' },
    ],
    ['has a pending creation', { edits: [create, update] }, { create: 'exists', update: undefined, delete: undefined }],
    ['has a pending update', { edits: [update] }, { create: 'exists', update: undefined, delete: undefined }],
    [
      'is being deleted',
      { base: {}, edits: [update, remove] },
      { create: 'deleted', update: 'deleted', delete: 'deleted' },
    ],
    [
      'is created and being deleted',
      { edits: [create, remove] },
      { create: 'deleted', update: 'deleted', delete: 'deleted' },
    ],
    [
      'is gone, with an update on its way',
      { base: null, edits: [update] },
      { create: 'deleted', update: 'deleted', delete: 'deleted' },
    ],
    [
      'was refused when it was created',
      { faults: [fault('create')] },
      { create: 'refused', update: 'refused', delete: 'refused' },
    ],
    [
      'was refused, and is created once more',
      { faults: [fault('create')], edits: [create] },
      { create: 'exists', update: undefined, delete: undefined },
    ],
    [
      'was refused, and another one has its id',
      { faults: [fault('create')], base: {} },
      { create: 'refused', update: 'refused', delete: 'refused' },
    ],
    [
      'has a refused update',
      { faults: [fault(undefined)], base: {} },
      { create: 'exists', update: undefined, delete: undefined },
    ],
    [
      'has a refused deletion',
      { faults: [fault('delete')], base: {} },
      { create: 'exists', update: undefined, delete: undefined },
    ],
  ])('%s', (_, part, codes) => {
    for (const op of ['create', 'update', 'delete'] as const)
      expect([op, objectionTo(op, standing(part))?.code]).toEqual([op, codes[op]])
  })

  it('a second deletion is named the first', () => {
    expect(objectionTo('delete', standing({ base: {}, edits: [remove] }))).toEqual({ code: 'deleted', editId: 'd' })
    expect(objectionTo('delete', standing({ base: null }))).toEqual({ code: 'deleted' })
  })

  it('an edit that answers the fault of a creation is its creation anew; other open faults of creations refuse it', () => {
    const refused = standing({ faults: [fault('create')] })
    expect(objectionTo('create', refused, 'f1')).toBe(undefined)
    expect(objectionTo('create', refused, 'f2')?.code).toBe('refused')
    expect(objectionTo('create', { ...refused, base: {} }, 'f1')?.code).toBe('exists')
  })

  it('R22: an update of what is gone is sent again when it answers a fault, and never while the record is being deleted', () => {
    expect(objectionTo('update', standing({ base: null, faults: [fault('update')] }), 'f1')).toBe(undefined)
    expect(objectionTo('update', standing({ base: null, edits: [remove] }), 'f1')?.code).toBe('deleted')
  })
})

it('the errors name the record, the rule and the code', () => {
  const key = { collection: 'notes', id: 'n1' }
  expect(objectionError(key, { code: 'exists' })).toMatchObject({
    name: 'InvalidEditError',
    code: 'exists',
    value: 'n1',
    message:
      'Cannot save this edit: record "n1" of "notes" exists already: update it, or create another under a new id',
  })
  for (const code of ['deleted', 'refused'] as const) expect(objectionError(key, { code }).code).toBe(code)
  expect(refObjectionError('noteId', key)).toMatchObject({ property: 'noteId', value: 'n1', code: 'deleted' })
})
