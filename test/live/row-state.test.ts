/* How a record is shown in each state of its lane (R17): its value, its state, and its properties that are not confirmed. */
import { expect, it } from 'vitest'
import { createLive } from '../../src/live/live.js'
import type { IdSpace } from '../../src/live/record.js'
import type { QueuedEdit } from '../../src/model/edit.js'
import type { Fault } from '../../src/model/fault.js'
import type { State } from '../../src/model/record.js'
import { editOf, faultOf, MemorySource } from '../support/memory-source.js'

const note = { collection: 'notes', id: 'n1' }
const typed = { title: 'Milk' }
const base = { title: 'Tea', done: false }

const create = editOf(typed, { op: 'create' })
const update = editOf({ done: true })
const remove = editOf({}, { op: 'delete' })
const fault = (more: Partial<Fault>): Fault => ({ ...faultOf(note, typed), id: 'f1', ...more })
const refusedCreate = fault({ op: 'create' })
const refusedUpdate = fault({ mine: { title: 'Oat' } })
const refusedDelete = fault({ op: 'delete', mine: null, properties: [] })
const second = fault({ id: 'f2', mine: { done: true }, properties: ['done'] })
const unknown = fault({ op: 'create', kind: 'unknown' })

interface Row {
  base?: State
  edits?: readonly QueuedEdit[]
  faults?: readonly Fault[]
  value: State
  state: object | undefined
  fields?: object
}

const pending = { state: 'pending' }

const rows: { [lane: string]: Row } = {
  'nothing known': { value: undefined, state: undefined },
  'a creation pending': {
    edits: [create],
    value: typed,
    state: { state: 'pending', op: 'create' },
    fields: { title: pending },
  },
  'a creation and an update pending': {
    base: null,
    edits: [create, update],
    value: { title: 'Milk', done: true },
    state: { state: 'pending', op: 'create' },
    fields: { title: pending, done: pending },
  },
  'a creation of which nobody knows whether it was made': {
    edits: [create],
    faults: [unknown],
    value: typed,
    state: { state: 'pending', op: 'create', fault: unknown },
    fields: { title: pending },
  },
  'a creation refused': {
    faults: [refusedCreate],
    value: typed,
    state: { state: 'refused', op: 'create', fault: refusedCreate },
    fields: { title: { state: 'refused', fault: refusedCreate } },
  },
  'a creation refused, where another record has its id': {
    base,
    faults: [refusedCreate],
    value: typed,
    state: { state: 'refused', op: 'create', fault: refusedCreate },
    fields: { title: { state: 'refused', fault: refusedCreate } },
  },
  'a creation refused, and made again': {
    faults: [refusedCreate],
    edits: [editOf({ title: 'Oat' }, { op: 'create' })],
    value: { title: 'Oat' },
    state: { state: 'pending', op: 'create', fault: refusedCreate },
    fields: { title: pending },
  },
  'a creation refused, and an update over it that is refused next': {
    faults: [refusedCreate],
    edits: [update],
    value: { title: 'Milk', done: true },
    state: { state: 'refused', op: 'create', fault: refusedCreate },
    fields: { title: { state: 'refused', fault: refusedCreate }, done: pending },
  },
  'a base, and nothing open': { base, value: base, state: { state: 'confirmed' } },
  'an update pending': {
    base,
    edits: [update],
    value: { title: 'Tea', done: true },
    state: { state: 'pending', op: 'update' },
    fields: { done: pending },
  },
  'an update refused': {
    base,
    faults: [refusedUpdate],
    value: base,
    state: { state: 'refused', op: 'update', fault: refusedUpdate },
    fields: { title: { state: 'refused', fault: refusedUpdate } },
  },
  'an update refused, and another property edited since': {
    base,
    faults: [refusedUpdate],
    edits: [update],
    value: { title: 'Tea', done: true },
    state: { state: 'pending', op: 'update', fault: refusedUpdate },
    fields: { title: { state: 'refused', fault: refusedUpdate }, done: pending },
  },
  'two updates refused, and the property of the older one edited since': {
    base,
    faults: [{ ...refusedUpdate, overtaken: ['title'] }, second],
    edits: [editOf({ title: 'Soy' })],
    value: { title: 'Soy', done: false },
    state: { state: 'pending', op: 'update', fault: second },
    fields: { title: pending, done: { state: 'refused', fault: second } },
  },
  'an update refused, and its property confirmed since': {
    base,
    faults: [{ ...refusedUpdate, overtaken: ['title'] }],
    value: base,
    state: { state: 'confirmed' },
  },
  'a deletion pending': { base, edits: [update, remove], value: null, state: undefined },
  'a deletion refused': {
    base,
    faults: [refusedDelete],
    value: base,
    state: { state: 'refused', op: 'delete', fault: refusedDelete },
  },
  'a deletion refused, and an update over it': {
    base,
    faults: [refusedDelete],
    edits: [update],
    value: { title: 'Tea', done: true },
    state: { state: 'refused', op: 'delete', fault: refusedDelete },
    fields: { done: pending },
  },
  'an update of what is gone': { base: null, edits: [update], value: null, state: undefined },
  'an update refused, since the record is gone': {
    base: null,
    faults: [fault({ kind: 'gone' })],
    value: null,
    state: undefined,
  },
  'never read, and an update pending': {
    edits: [update],
    value: { done: true },
    state: { state: 'pending', op: 'update' },
    fields: { done: pending },
  },
}

async function shown({ base, edits = [], faults = [] }: Row, ids?: IdSpace) {
  const source = new MemorySource('ann')
  Object.assign(source.lane(note).row, { base })
  source.save(note, edits)
  source.faults.push(...faults.map((one) => ({ ...one, account: 'ann' })))
  const live = createLive(Object.assign(source, { ids }))
  const record = live.record(() => note)
  record.value$.subscribe()
  await live.feed.refresh()
  return { live, record }
}

it.each(Object.entries(rows))('%s', async (_lane, row) => {
  const { record } = await shown(row)
  expect(record.value$.value).toEqual(row.value)
  expect(record.state$.value).toEqual(row.state)
  if (row.value) expect(record.fields$.value).toEqual(row.fields ?? {})
})

it('an edit that was just made changes them as one that was read does', async () => {
  for (const [lane, row] of Object.entries(rows)) {
    const { live, record } = await shown({ ...row, edits: [] })
    for (const edit of row.edits ?? []) live.overlay.add(note, edit)
    expect(record.value$.value, lane).toEqual(row.value)
    expect(record.state$.value, lane).toEqual(row.state)
    if (row.value) expect(record.fields$.value, lane).toEqual(row.fields ?? {})
  }
})

it('values that came from the backend are shown in the ids of this device (R19)', async () => {
  const ids: IdSpace = {
    toDevice: (_key, values) =>
      'authorId' in values ? { ...values, authorId: `here-${JSON.stringify(values['authorId'])}` } : values,
    remoteIdOf: ({ id }, known) => (known ? `there-${id}` : undefined),
    keyHere: (key) => key,
    namedAt: () => 0,
    refsIn: () => [],
  }
  const refused = fault({ mine: { authorId: 2 }, theirs: { authorId: 1 }, base: {}, properties: ['authorId'] })
  const { live, record } = await shown({ base: { authorId: 1 }, faults: [refused], value: {}, state: {} }, ids)
  expect(record.value$.value).toEqual({ authorId: 'here-1' })
  expect(record.remoteId$.value).toBe('there-n1')
  expect(live.faults.open$.value).toMatchObject([{ mine: { authorId: 'here-2' }, theirs: { authorId: 'here-1' } }])
  expect(record.state$.value).toMatchObject({ fault: { theirs: { authorId: 'here-1' } } })
  // A new edit is compared with what the backend has.
  expect(live.state(JSON.stringify(['notes', 'n1'])).base).toEqual({ authorId: 1 })
})
