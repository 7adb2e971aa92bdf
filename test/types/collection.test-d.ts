import { describe, expectTypeOf, it } from 'vitest'
import {
  type Client,
  type Collection,
  type Edit,
  type Endpoint,
  type Fault,
  type FieldState,
  type Json,
  type Live,
  openClient,
  type Properties,
  type Query,
  type RecordHandle,
  type Row,
  type RowState,
  type Settlement,
} from '../../src/index.js'

interface Note {
  id: string
  title: string
  done?: boolean
  tags: string[]
}

interface Author {
  readonly id: string
  readonly name: string | null
}

declare const endpoint: Endpoint
const options = { endpoints: { notes: endpoint, authors: endpoint } }

describe('openClient', () => {
  it('without types has collections of any name, and records of any properties', () => {
    const client = openClient(options)
    expectTypeOf(client).toEqualTypeOf<Client>()
    expectTypeOf(client.collection('anything')).toEqualTypeOf<Collection<Properties>>()
    expectTypeOf(client.record('anything', 1)).toEqualTypeOf<RecordHandle<Properties>>()
    const { update } = client.collection('notes')
    void update('n', (draft) => {
      expectTypeOf(draft['title']).toEqualTypeOf<Json | undefined>()
      draft['title'] = 'Milk'
    })
  })

  it('takes the types of the records by collection', () => {
    const client = openClient<{ notes: Note; authors: Author }>(options)
    expectTypeOf(client.collection('notes')).toEqualTypeOf<Collection<Note>>()
    expectTypeOf(client.record('authors', 'a').value$).toEqualTypeOf<Live<Author | null | undefined>>()
    expectTypeOf(client.record('notes', 'n').state$).toEqualTypeOf<Live<RowState<Note> | undefined>>()
    expectTypeOf(client.record('notes', 'n').fields$.value.title).toEqualTypeOf<FieldState<Note> | undefined>()
    // @ts-expect-error: no such collection
    client.collection('notess')
  })
})

describe('lists', () => {
  const notes = openClient<{ notes: Note; authors: Author }>(options).collection('notes')

  it('have rows of the type of the records', () => {
    expectTypeOf(notes.all$).toEqualTypeOf<Live<readonly Row<Note>[] | undefined>>()
    expectTypeOf(notes.count$).toEqualTypeOf<Live<number | undefined>>()
    const row = notes.all$.value![0]!
    expectTypeOf(row.value).toEqualTypeOf<Note>()
    expectTypeOf(row.remoteId).toEqualTypeOf<string | number | undefined>()
    if (row.state === 'refused') expectTypeOf(row.fault.mine).toEqualTypeOf<Fault<Note>['mine']>()
    // @ts-expect-error: a confirmed row has no fault
    if (row.state === 'confirmed') void row.fault
  })

  it('take queries on the properties of the records', () => {
    const query = notes.query$({
      where: ({ title }, { state }) => title !== '' && state === 'confirmed',
      orderBy: 'title',
    })
    expectTypeOf(query).toEqualTypeOf<Query<Note>>()
    notes.query$({ orderBy: (one, other) => one.value.title.length - other.value.title.length, limit: 5, deps: [1] })
    // @ts-expect-error: no such property
    notes.query$({ orderBy: 'titel' })
    // @ts-expect-error: no such property
    notes.query$({ where: ({ titel }) => titel })
  })
})

describe('a collection', () => {
  const notes = openClient<{ notes: Note; authors: Author }>(options).collection('notes')

  it('makes, changes and deletes records of its type', () => {
    expectTypeOf(notes.create({ title: 'Milk', tags: [] })).resolves.toEqualTypeOf<Edit<Note>>()
    expectTypeOf(notes.update(7, { done: null })).resolves.toEqualTypeOf<Edit<Note>>()
    expectTypeOf(notes.update('n', { done: true }, { separately: true })).resolves.toEqualTypeOf<Edit<Note>[]>()
    expectTypeOf(notes.delete('n')).resolves.toEqualTypeOf<Edit<Note>>()
    expectTypeOf(notes.get('n')).resolves.toEqualTypeOf<Note | null | undefined>()
    expectTypeOf(notes.record('n').refresh()).resolves.toEqualTypeOf<Note | null>()
    expectTypeOf({} as Edit<Note>)
      .toHaveProperty('settled')
      .resolves.toEqualTypeOf<Settlement<Note>>()
    expectTypeOf({} as Edit<Note>)
      .toHaveProperty('view')
      .toEqualTypeOf<Note | null>()
  })

  it('refuses a property that is misspelt, of another type, or the id', () => {
    // @ts-expect-error: no property of a note
    void notes.create({ titel: 'Milk' })
    // @ts-expect-error: no property of a note
    void notes.update('n', { titel: 'Milk' })
    // @ts-expect-error: a text
    void notes.update('n', { title: 1 })
    // @ts-expect-error: an id never changes
    void notes.update('n', { id: 'm' })
    // @ts-expect-error: no property of a note
    void notes.record('n').update({ titel: 'Milk' })
    void notes.update('n', (draft) => {
      draft.title = 'Oat milk'
      draft.done = null
      // @ts-expect-error: no property of a note
      draft.titel = 'Milk'
      // @ts-expect-error: an id never changes
      draft.id = 'm'
    })
  })

  it('has faults whose patches are of some collection', () => {
    const { faults } = openClient<{ notes: Note; authors: Author }>(options)
    void faults.amend('f', { title: 'Milk' })
    void faults.amend('f', { name: 'Ann' })
    // @ts-expect-error: no property of a note, and none of an author
    void faults.amend('f', { titel: 'Milk' })
    expectTypeOf(faults.retry('f')).resolves.toEqualTypeOf<Edit<Note | Author>>()
    void openClient(options).faults.amend('f', { anything: 1 })
  })

  it('has options for each call', () => {
    const key = { collection: 'notes', id: 'n' }
    void notes.create({ title: 'Milk' }, { id: 7, meta: { form: 1 }, after: [key] })
    void notes.delete('n', { meta: 'x', after: [key] })
    // @ts-expect-error: an edit that replaces another one is an update
    void notes.delete('n', { replaces: 'e' })
    // @ts-expect-error: the id of an update is its argument
    void notes.update('n', { title: 'Milk' }, { id: 'n' })
  })
})
