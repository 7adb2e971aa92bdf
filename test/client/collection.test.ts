/* Records of a collection: made, changed and deleted on the device, as it shows them before anything is sent (R17, R19). */
import { IDBKeyRange } from 'fake-indexeddb'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Endpoint } from '../../src/endpoint/endpoint.js'
import {
  type Client,
  type ClientOptions,
  type Collection,
  type InvalidEditError,
  openClient,
  type PendingEdit,
} from '../../src/index.js'
import type { Platform } from '../../src/platform/platform.js'
import { turns } from '../support/fake-clock.js'
import { fakeDevice, fakePlatform, type FakeDevice, type FakePlatform } from '../support/fake-platform.js'
import { newest } from '../support/newest.js'
import { watchStorage } from '../support/watched-storage.js'

interface Note {
  id: string
  title: string
  done: boolean
  authorId?: string | null
}

type Notes = { notes: Note; authors: { id: string; name: string } }

const backend = { id: 'ours', database: 'ours' }

/** Answers nothing: what is shown is not confirmed. */
const silent: Endpoint = { backend, ids: 'device', write: () => new Promise(() => {}) }

interface Scene {
  client: Client<Notes>
  notes: Collection<Note>
  platform: FakePlatform
  device: FakeDevice
}

async function offline(
  options: Partial<ClientOptions> = {},
  device = fakeDevice(),
  more: Partial<Endpoint> = {},
  databases?: Platform['databases'],
  authors: Endpoint = silent,
): Promise<Scene> {
  const platform = fakePlatform({ device, ...(databases && { databases }) })
  platform.connectivity.set(false)
  const endpoints = { notes: { ...silent, refs: { authorId: 'authors' }, ...more }, authors }
  const client = openClient<Notes>({ endpoints, platform, ...options })
  onTestFinished(() => client.close())
  await client.session.use('ann')
  return { client, notes: client.collection('notes'), platform, device }
}

/** The code of the error with which a call rejects. */
const codeOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'saved',
    (error: InvalidEditError) => error.code,
  )

describe('a record that is made here', () => {
  it('is shown before the call returns, and is there after a restart', async () => {
    const { client, notes, device } = await offline()
    const seen: unknown[] = []
    const id = notes.newId()
    notes.record(id).value$.subscribe((value) => seen.push(value))
    await turns(20)
    const saving = notes.create({ title: 'Milk' }, { id })
    expect(seen).toEqual([undefined, { title: 'Milk' }])
    const edit = await saving
    expect(edit).toMatchObject({ recordId: id, op: 'create', patch: { title: 'Milk' }, view: { title: 'Milk' } })
    expect(edit.key).toEqual({ collection: 'notes', id })
    expect(notes.record(id).state$.value).toEqual({ state: 'pending', op: 'create' })
    expect(notes.record(id).fields$.value).toEqual({ title: { state: 'pending' } })
    expect(client.status$.value.pending).toBe(1)
    await client.close()

    const again = await offline({}, device)
    expect(await again.notes.get(id)).toEqual({ title: 'Milk' })
    const pending: unknown[] = []
    again.client.pending$.subscribe((list) => pending.push(list))
    await turns(20)
    expect(pending.at(-1)).toMatchObject([{ id: edit.id, key: edit.key, op: 'create', patch: { title: 'Milk' } }])
  })

  it('has an id of its own, in the order of making', async () => {
    const { notes } = await offline()
    const ids = await Promise.all([1, 2, 3].map(async () => (await notes.create({ title: 'x' })).recordId))
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(ids.toSorted()).toEqual(ids)
    expect(new Set(ids).size).toBe(3)
  })

  it('may have nothing in it', async () => {
    const { notes } = await offline()
    const { recordId } = await notes.create({})
    expect(await notes.get(recordId)).toEqual({})
  })

  it('can be changed, with a draft too, and deleted', async () => {
    const { notes } = await offline()
    const { recordId } = await notes.create({ title: 'Milk' })
    const record = notes.record(recordId)
    record.value$.subscribe()
    const edit = await record.update((draft) => void (draft.done = true))
    expect(edit).toMatchObject({ op: 'update', patch: { done: true }, view: { title: 'Milk', done: true } })
    expect(record.state$.value).toEqual({ state: 'pending', op: 'create' })
    const deleting = record.delete()
    expect(record.value$.value).toBeNull()
    expect(record.state$.value).toBeUndefined()
    expect(record.fields$.value).toEqual({})
    expect(await deleting).toMatchObject({ op: 'delete', patch: {}, view: null, recordId })
  })
})

describe('an edit of what cannot be (R17)', () => {
  it('is refused by the view: a second creation, an update or a creation of what is deleted', async () => {
    const { notes } = await offline()
    notes.record('n1').value$.subscribe()
    await notes.create({ title: 'Milk' }, { id: 'n1' })
    expect(await codeOf(notes.create({ title: 'Oat' }, { id: 'n1' }))).toBe('exists')
    expect(await notes.get('n1')).toEqual({ title: 'Milk' })
    const first = notes.delete('n1')
    expect(await codeOf(notes.update('n1', { title: 'Oat' }))).toBe('deleted')
    expect(await codeOf(notes.create({ title: 'Oat' }, { id: 'n1' }))).toBe('deleted')
    await first
  })

  it('a second deletion resolves with the first, before it is saved and after', async () => {
    const { client, notes } = await offline()
    notes.record('n1').value$.subscribe()
    await notes.update('n1', { title: 'Oat' })
    const [first, second] = await Promise.all([notes.delete('n1'), notes.delete('n1')])
    expect(second.id).toBe(first.id)
    const third = await notes.record('n1').delete()
    expect(third).toMatchObject({ id: first.id, op: 'delete', recordId: 'n1', view: null })
    expect(client.status$.value.pending).toBe(2)
  })

  it('is refused where it names what is deleted', async () => {
    const { client, notes } = await offline()
    client.record('authors', 'a1').value$.subscribe()
    await client.collection('authors').delete('a1')
    await expect(notes.create({ title: 'Milk', authorId: 'a1' })).rejects.toMatchObject({
      name: 'InvalidEditError',
      property: 'authorId',
      code: 'deleted',
    })
    expect(client.status$.value.pending).toBe(1)
  })
})

describe('a creation that storage refuses', () => {
  it('takes the later edits of its record with it, and no others: nobody has such a record', async () => {
    const device = fakeDevice()
    const storage = watchStorage(
      { factory: { indexedDB: device.indexedDB, IDBKeyRange } },
      new AbortController().signal,
    )
    const { client, notes } = await offline({}, device, {}, storage.databases)
    const pending = newest(client.pending$)
    storage.refuses = (table, row) =>
      table === 'edits' && JSON.stringify(row).includes('too much') ? 'QuotaExceededError' : undefined
    const id = notes.newId()
    const shown = newest(notes.record(id).value$)
    await turns(20)
    // The first two share a transaction; the others wait for it.
    const saving: Promise<unknown>[] = [notes.create({ title: 'too much' }, { id }), notes.update(id, { done: true })]
    await turns(2)
    saving.push(notes.create({ title: 'Milk' }), notes.update(id, { title: 'Oat' }), notes.delete(id))
    const ends = await Promise.allSettled(saving)
    expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled', 'rejected', 'rejected'])
    for (const at of [0, 1, 3, 4]) expect(ends[at]).toMatchObject({ reason: { name: 'StorageError', reason: 'full' } })
    await turns(50)
    expect([pending()!.map(({ patch }) => patch), shown()]).toEqual([[{ title: 'Milk' }], undefined])

    storage.refuses = undefined
    await notes.create({ title: 'Milk' }, { id })
    await notes.update(id, { done: true })
    expect(shown()).toEqual({ title: 'Milk', done: true })
  })

  it('also edits that are inseparable from others', async () => {
    const device = fakeDevice()
    const storage = watchStorage(
      { factory: { indexedDB: device.indexedDB, IDBKeyRange } },
      new AbortController().signal,
    )
    const { client, notes } = await offline({}, device, {}, storage.databases)
    storage.refuses = (table) => (table === 'edits' ? 'QuotaExceededError' : undefined)
    const id = notes.newId()
    const creating = notes.create({ title: 'Milk' }, { id })
    const other = notes.newId()
    const both = client.together(() => {
      void notes.create({ title: 'Oat' }, { id: other })
      void notes.update(id, { done: true })
    })
    const last = notes.delete(other)
    creating.catch(() => (storage.refuses = undefined))
    for (const saving of [creating, both, last]) await expect(saving).rejects.toMatchObject({ reason: 'full' })
    expect(client.status$.value.pending).toBe(0)
  })

  it('and the edits that name its record', async () => {
    const device = fakeDevice()
    const storage = watchStorage(
      { factory: { indexedDB: device.indexedDB, IDBKeyRange } },
      new AbortController().signal,
    )
    const { client, notes } = await offline({}, device, {}, storage.databases)
    storage.refuses = (table, row) =>
      table === 'edits' && JSON.stringify(row).includes('too much') ? 'QuotaExceededError' : undefined
    const authors = client.collection('authors')
    const author = authors.newId()
    const note = notes.newId()
    const saving: Promise<unknown>[] = [authors.create({ name: 'too much' }, { id: author })]
    await turns(2)
    saving.push(
      notes.create({ title: 'Milk', authorId: author }, { id: note }),
      notes.update(note, { done: true }),
      notes.update('n1', { authorId: author }),
      notes.update('n1', { done: true }),
    )
    const ends = await Promise.allSettled(saving)
    expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected', 'rejected', 'fulfilled'])
    expect(client.status$.value.pending).toBe(1)
  })
})

describe('a creation that is refused when it is saved', () => {
  const lost = { name: 'InvalidEditError', code: 'deleted' }

  it('takes the later edits of its record with it, and those that name it, in one go or after it', async () => {
    const one = await offline()
    const two = await offline({}, one.device)
    const authors = one.client.collection('authors')
    await authors.create({ name: 'Ann' }, { id: 'a1' })
    await turns(40)
    const deleting = two.client.collection('authors').delete('a1')
    // This tab has not heard of it.
    const [first, later] = [one.notes.newId(), one.notes.newId()]
    const saving: Promise<unknown>[] = [
      one.notes.create({ title: 'Milk', authorId: 'a1' }, { id: first }),
      one.notes.update(first, { done: true }),
      one.notes.create({ title: 'Oat', authorId: 'a1' }, { id: later }),
      one.notes.create({ title: 'Soy' }),
    ]
    await turns(2)
    saving.push(one.notes.update(later, { done: true }), one.notes.delete(first))
    await deleting
    const ends = await Promise.allSettled(saving)
    expect(ends.map(({ status }) => status)).toEqual([
      'rejected',
      'rejected',
      'rejected',
      'fulfilled',
      'rejected',
      'rejected',
    ])
    for (const at of [0, 1, 2, 4, 5]) expect(ends[at]).toMatchObject({ reason: lost })
    // Besides the author, who was made and deleted.
    expect(one.client.status$.value.pending).toBe(1)
  })
})

describe('the transaction that saves an edit checks it again', () => {
  it('where nobody looks at the record', async () => {
    const { client, notes } = await offline()
    await notes.create({ title: 'Milk' }, { id: 'n1' })
    expect(await codeOf(notes.create({ title: 'Oat' }, { id: 'n1' }))).toBe('exists')
    expect(await notes.get('n1')).toEqual({ title: 'Milk' })
    await notes.update('n2', { title: 'Tea' })
    const first = await notes.delete('n2')
    expect(await codeOf(notes.update('n2', { title: 'Oat' }))).toBe('deleted')
    expect((await notes.delete('n2')).id).toBe(first.id)
    await client.collection('authors').delete('a1')
    expect(await codeOf(notes.create({ title: 'Milk', authorId: 'a1' }))).toBe('deleted')
    expect(client.status$.value.pending).toBe(4)
  })

  it('where another tab has deleted the record a moment ago: the edit leaves the view', async () => {
    const one = await offline()
    const two = await offline({}, one.device)
    await one.notes.update('n1', { title: 'Tea' })
    await turns(40)
    const views: unknown[] = []
    two.notes.record('n1').value$.subscribe((value) => views.push(value))
    await turns(40)
    const deleting = one.notes.delete('n1')
    const edits = ['Oat', 'Soy'].map((title) => two.notes.update('n1', { title }))
    const second = two.notes.delete('n1')
    expect(await Promise.all(edits.map(codeOf))).toEqual(['deleted', 'deleted'])
    expect((await second).id).toBe((await deleting).id)
    await turns(40)
    expect([one, two].map(({ client }) => client.status$.value.pending)).toEqual([2, 2])
  })

  it('where another tab has deleted it, unheard: it is not in sight again (G2)', async () => {
    const one = await offline()
    await one.notes.update('n1', { title: 'Tea' })
    const deaf = { open: () => ({ post() {}, onMessage: () => () => {}, close() {} }) }
    const platform = { ...fakePlatform({ device: one.device }), channels: deaf }
    const two = await offline({ platform }, one.device)
    const views: unknown[] = []
    two.notes.record('n1').value$.subscribe((value) => views.push(value))
    await turns(40)
    expect(views.at(-1)).toEqual({ title: 'Tea' })
    const first = await one.notes.delete('n1')
    expect((await two.notes.delete('n1')).id).toBe(first.id)
    await turns(40)
    expect(views.slice(views.indexOf(null))).toEqual([null])
  })

  it('a creation that was never sent ends with its deletion, offline too', async () => {
    const { client, notes } = await offline()
    const record = notes.record('n1')
    record.value$.subscribe()
    const created = await notes.create({ title: 'Milk' }, { id: 'n1' })
    const updated = await record.update({ done: true })
    const deleted = await record.delete()
    expect(await created.settled).toEqual({ outcome: 'discarded', key: created.key, op: 'create' })
    expect(await updated.settled).toEqual({ outcome: 'discarded', key: created.key, op: 'update' })
    expect(await deleted.settled).toEqual({ outcome: 'accepted', key: created.key, op: 'delete', value: null })
    await turns(20)
    expect(client.status$.value).toMatchObject({ pending: 0, sent: 3, total: 3 })
    expect(record.value$.value).toBeNull()
  })

  it('nothing is saved together with an edit that cannot be', async () => {
    const { client, notes } = await offline()
    await notes.create({ title: 'Milk' }, { id: 'n1' })
    const saving = client.together(() => {
      void notes.create({ title: 'Oat' }, { id: 'n2' })
      void notes.create({ title: 'Tea' }, { id: 'n1' })
    })
    expect(await codeOf(saving)).toBe('exists')
    expect(client.status$.value.pending).toBe(1)
    expect(await notes.get('n2')).toBeUndefined()
  })
})

it('a logout that discards edits of several records names each by its own', async () => {
  const { client, notes } = await offline()
  const edits = [await notes.create({ title: 'Milk' }), await notes.update('n2', { title: 'Tea' })]
  const settled = edits.map((edit) => edit.settled)
  await client.session.leave({ pending: 'discard' })
  expect(await Promise.all(settled)).toEqual(edits.map(({ key, op }) => ({ outcome: 'discarded', key, op })))
  expect(edits.map(({ op }) => op)).toEqual(['create', 'update'])
})

describe('a value that no edit can have', () => {
  it.each([
    ['a file', new File(['x'], 'x.txt'), 'files are not stored'],
    ['a blob', new Blob(['x']), 'files are not stored'],
    ['an increment', (count: number) => count + 1, 'values are absolute'],
  ])('is refused by name: %s', async (_what, value, rule) => {
    const { client, notes } = await offline()
    for (const properties of [{ title: value }, { title: { in: [value] } }]) {
      const error = { name: 'InvalidEditError', property: 'title', rule: expect.stringContaining(rule) }
      await expect(notes.create(properties as object)).rejects.toMatchObject(error)
      await expect(notes.update('n', properties as object)).rejects.toMatchObject(error)
    }
    expect(client.status$.value.pending).toBe(0)
  })
})

describe('the property that holds the id', () => {
  it('is never saved, and another id is refused', async () => {
    const { notes } = await offline({}, fakeDevice(), { idProperty: 'id' })
    expect(await notes.create({ id: '7', title: 'Milk' } as object, { id: 7 })).toMatchObject({
      patch: { title: 'Milk' },
    })
    expect(await notes.update('7', { id: 7, title: 'Oat' } as object)).toMatchObject({ patch: { title: 'Oat' } })
    await expect(notes.update('7', { id: 8, title: 'Oat' } as object)).rejects.toMatchObject({
      property: 'id',
      value: 8,
    })
    await expect(notes.create({ id: '9', title: 'Oat' } as object)).rejects.toMatchObject({ property: 'id' })
    await expect(notes.update('7', { id: '7' } as object)).rejects.toThrow(/changes nothing/)
  })
})

describe('an id of a record (R19)', () => {
  it('may be a number, which becomes text', async () => {
    const { notes } = await offline()
    expect(await notes.create({ title: 'Milk' }, { id: 17 })).toMatchObject({ recordId: '17' })
    expect(await notes.get('17')).toEqual({ title: 'Milk' })
    expect(notes.record(17).id).toBe('17')
    expect(await notes.idOf(17)).toBe('17')
  })

  it.each([
    ['nothing', ''],
    ['dots only', '..'],
    ['half a character', '\ud800'],
    ['a number beyond 2^53', 2 ** 53],
    ['a fraction', 1.5],
    ['an object', {}],
    ['null', null],
  ])('is refused that is %s', async (_what, id) => {
    const { notes } = await offline()
    for (const call of [
      notes.create({ title: 'x' }, { id: id as string }),
      notes.update(id as string, { title: 'x' }),
      notes.delete(id as string),
    ])
      await expect(call).rejects.toMatchObject({ name: 'InvalidEditError', property: 'id' })
    expect(() => notes.record(id as string)).toThrow(/^Cannot save property "id"/)
  })

  it('is refused that is the id of an edit', async () => {
    const { notes } = await offline()
    const edit = await notes.create({ title: 'Milk' })
    await expect(notes.update(edit.id, { title: 'Oat' })).rejects.toMatchObject({ property: 'id', value: edit.id })
    await notes.update(edit.recordId, { title: 'Oat' })
  })
})

it('an id of this device at a place that is not declared is refused before it is shown, while the backend has not named the record', async () => {
  const { client, notes } = await offline({}, fakeDevice(), {})
  const named = await offline({}, fakeDevice(), { refs: {} }, undefined, { ...silent, ids: 'server' })
  const seen: unknown[] = []
  named.notes.record('n1').value$.subscribe((value) => seen.push(value))
  const edits: Promise<unknown>[] = []
  const saving = named.client.together(() => {
    const authorId = named.client.collection('authors').newId()
    edits.push(named.client.collection('authors').create({ name: 'Ann' }, { id: authorId }))
    edits.push(named.notes.update('n1', { authorId }))
  })
  await expect(saving).rejects.toMatchObject({ code: 'undeclared', property: 'authorId', name: 'InvalidEditError' })
  await Promise.allSettled(edits)
  expect([named.client.status$.value.pending, seen]).toEqual([0, [undefined]])
  const author = await named.client.collection('authors').create({ name: 'Ann' })
  expect(await codeOf(named.notes.update('n1', { authorId: author.recordId }))).toBe('undeclared')
  // Where the device names the records, its id is the backend's.
  const { recordId } = await client.collection('authors').create({ name: 'Ann' })
  await notes.update('n1', { title: recordId })
})

it('an edit says for which records it waits from its call on, and once it is saved', async () => {
  const { client, notes } = await offline()
  const pending = newest(client.pending$)
  await notes.update('n1', { title: 'Wash' })
  await turns(20)
  const saving = [
    notes.update('n2', { title: 'Dry' }, { after: [{ collection: 'notes', id: 'n1' }] }),
    notes.update('n3', { title: 'Fold' }, { after: ['n2', 'n9'].map((id) => ({ collection: 'notes', id })) }),
    notes.update('n9', { title: 'Iron' }),
  ]
  const waits = (): unknown => pending()!.map(({ key, waitsFor }) => [key.id, waitsFor?.map(({ id }) => id)])
  const expected = [
    ['n1', undefined],
    ['n2', ['n1']],
    ['n3', ['n2']],
    ['n9', undefined],
  ]
  await turns(1)
  expect([waits(), client.status$.value.pending]).toEqual([expected, 4])
  await Promise.all(saving)
  await turns(20)
  expect(waits()).toEqual(expected)
})

it('an edit that names a record which is not made yet says that it waits for that', async () => {
  const { client, notes } = await offline()
  const author = await client.collection('authors').create({ name: 'Ann' })
  await notes.create({ title: 'Milk', authorId: author.recordId }, { id: 'n1' })
  await notes.create({ title: 'Oat', authorId: 'a2' }, { id: 'n2' })
  let list: readonly PendingEdit[] = []
  client.pending$.subscribe((next) => (list = next))
  await turns(20)
  expect(list.map(({ waitsFor }) => waitsFor)).toEqual([undefined, [author.key], undefined])
})

describe('edits that are made together', () => {
  it('are shown at once, and saved by one transaction', async () => {
    const { client, notes, device } = await offline()
    const authors = client.collection('authors')
    const [author, note] = [authors.newId(), notes.newId()]
    let inner: Promise<unknown> | undefined
    const saving = client.together(() => {
      inner = authors.create({ name: 'Ann' }, { id: author })
      void notes.create({ title: 'Milk', authorId: author }, { id: note })
      void notes.update(note, { done: true })
    })
    expect(client.status$.value.pending).toBe(3)
    const edits = await saving
    expect(edits.map(({ op, key }) => [op, key.collection])).toEqual([
      ['create', 'authors'],
      ['create', 'notes'],
      ['update', 'notes'],
    ])
    expect(await inner).toBe(edits[0])
    await client.close()
    const again = await offline({}, device)
    expect(await again.notes.get(note)).toEqual({ title: 'Milk', authorId: author, done: true })
  })

  it('are not saved where one of them cannot be, and leave the view', async () => {
    const { client, notes } = await offline()
    const outcomes: Promise<unknown>[] = []
    const saving = client.together(() => {
      outcomes.push(notes.create({ title: 'Milk' }, { id: 'n1' }))
      outcomes.push(notes.create({ title: 'Oat' }, { id: 'n1' }))
    })
    expect(await codeOf(saving)).toBe('exists')
    for (const outcome of outcomes) expect(await codeOf(outcome)).toBe('exists')
    expect(client.status$.value.pending).toBe(0)
    expect(await notes.get('n1')).toBeUndefined()
    await notes.create({ title: 'Milk' }, { id: 'n1' })
  })

  it('are not saved where the function throws', async () => {
    const { client, notes } = await offline()
    let saving: Promise<unknown> | undefined
    const call = client.together(() => {
      saving = notes.create({ title: 'Milk' })
      throw new RangeError('of the app')
    })
    await expect(call).rejects.toThrow(RangeError)
    await expect(saving).rejects.toThrow(RangeError)
    expect(client.status$.value.pending).toBe(0)
  })

  it('may be drafts of records that have to be read first', async () => {
    const { client, notes, device } = await offline()
    await notes.create({ title: 'Milk' }, { id: 'n1' })
    await client.close()
    const again = await offline({}, device)
    const edits = await again.client.together(() => {
      void again.notes.update('n1', (draft) => void (draft.title += '!'))
      void again.notes.create({ title: 'Oat' }, { id: 'n2' })
    })
    expect(edits).toMatchObject([{ patch: { title: 'Milk!' } }, { recordId: 'n2' }])
  })

  it('are made by a function that is not async, and has no other one in it', async () => {
    const { client, notes } = await offline()
    await expect(client.together(async () => void notes.create({ title: 'x' }))).rejects.toThrow(/not async/)
    await expect(client.together(() => Promise.resolve())).rejects.toThrow(TypeError)
    let inner: Promise<unknown> | undefined
    await client.together(() => void (inner = client.together(() => {})).catch(() => {}))
    await expect(inner).rejects.toThrow(/within/)
    await expect(client.together(() => void notes.update('n', { title: 'x' }, { replaces: 'e' }))).rejects.toThrow(
      /"replaces"/,
    )
    expect(await client.together(() => {})).toEqual([])
    expect(client.status$.value.pending).toBe(0)
  })
})

it('a collection is the same object for the same name, and one without an endpoint is refused', async () => {
  const { client, notes } = await offline()
  expect(client.collection('notes')).toBe(notes)
  expect(() => client.collection('orders' as 'notes')).toThrow('There is no endpoint for the collection "orders"')
})

it('an option that a call does not have is refused by name', async () => {
  const { notes } = await offline()
  const options = { mata: 1 } as object
  for (const call of [
    notes.create({}, options),
    notes.delete('n', options),
    notes.update('n', { title: 'x' }, options),
  ])
    await expect(call).rejects.toThrow(/"mata".*\bmeta\b.*\bafter\b/)
  await expect(notes.delete('n', { replaces: 'e' } as object)).rejects.toThrow(/"replaces"/)
  await expect(notes.create({ title: 'x' }, { after: 'n' } as object)).rejects.toMatchObject({ property: 'after' })
})

it('sends the number of a record that was met under one, and shows its text (R19)', async () => {
  const sent: unknown[] = []
  const author: Endpoint = {
    backend,
    ids: 'server',
    idProperty: 'id',
    write: () => new Promise(() => {}),
    read: () => Promise.resolve({ ok: true, record: { id: 17, name: 'Ann' } }),
  }
  const write: Endpoint['write'] = (request) => {
    sent.push(request.op === 'create' ? request.properties : undefined)
    return new Promise(() => {})
  }
  const endpoints = { notes: { ...silent, write, refs: { authorId: 'authors' } }, authors: author }
  const client = openClient<Notes>({ endpoints, platform: fakePlatform() })
  onTestFinished(() => client.close())
  await client.session.use('ann')
  await client.collection('authors').record('17').refresh()
  const note = await client.collection('notes').create({ title: 'Milk', authorId: '17' })
  await turns(60)
  expect(sent).toEqual([{ title: 'Milk', authorId: 17 }])
  expect(await client.collection('notes').get(note.recordId)).toEqual({ title: 'Milk', authorId: '17' })
})
