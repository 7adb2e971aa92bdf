/* Records of a collection in a page: real IndexedDB, real CORS, the local server in its REST mode; and two tabs of it. */
import { describe, expect, it } from 'vitest'
import { until } from '../support/page/backend.js'
import { openNotes, restControl, stored, writesTo, type NotesApp } from '../support/page/rest-backend.js'

/** A device that is offline: nothing is tried. */
const offline = { online: false, onChange: () => () => {} }

async function twoTabs(): Promise<[NotesApp, NotesApp]> {
  const database = `test-${crypto.randomUUID()}`
  return [await openNotes({ database }), await openNotes({ database })]
}

describe('a note', () => {
  it('is shown before create() returns, saved when it resolves, and settles as accepted', async () => {
    const notes = (await openNotes()).collection('notes')
    const id = notes.newId()
    const record = notes.record(id)
    const subscription = record.state$.subscribe()
    const saving = notes.create({ title: 'Milk' }, { id })
    expect(record.value$.value).toMatchObject({ title: 'Milk' })
    expect(record.state$.value).toEqual({ state: 'pending', op: 'create' })

    const edit = await saving
    expect(edit).toMatchObject({ recordId: id, op: 'create', view: { title: 'Milk' } })
    expect(await edit.settled).toMatchObject({ outcome: 'accepted', value: { title: 'Milk' } })
    await until(record.state$, (row) => row?.state === 'confirmed')
    subscription.unsubscribe()
    expect(await stored(id)).toMatchObject({ title: 'Milk', text: null })
    expect(await writesTo(id)).toEqual(['create'])
  })

  it('is changed by a draft, and deleted', async () => {
    const app = await openNotes()
    const notes = app.collection('notes')
    const { recordId, settled } = await notes.create({ title: 'Milk', text: '1 litre' })
    expect(await settled).toMatchObject({ outcome: 'accepted' })

    const change = await notes.update(recordId, (draft) => void (draft.text = '2 litres'))
    expect(change.patch).toEqual({ text: '2 litres' })
    expect(await change.settled).toMatchObject({ outcome: 'accepted', value: { text: '2 litres' } })
    expect(await stored(recordId)).toMatchObject({ title: 'Milk', text: '2 litres' })

    const removal = await notes.delete(recordId)
    expect(await notes.get(recordId)).toBeNull()
    expect(await removal.settled).toMatchObject({ outcome: 'accepted', value: null })
    expect(await stored(recordId)).toBeUndefined()
    expect(await writesTo(recordId)).toEqual(['create', 'update', 'delete'])
    expect(app.status$.value).toMatchObject({ pending: 0, faults: 0 })
  })

  it('is still there after the client was closed and opened, and is made in one request with its changes', async () => {
    const database = `test-${crypto.randomUUID()}`
    const app = await openNotes({ database, platform: { connectivity: offline } })
    const { id, recordId } = await app.collection('notes').create({ title: 'Milk' })
    await app.collection('notes').update(recordId, { text: '2 litres' })
    await app.close()

    const again = await openNotes({ database })
    expect(await again.settlement(id)).toMatchObject({ outcome: 'accepted', op: 'create' })
    expect(await again.collection('notes').get(recordId)).toMatchObject({ title: 'Milk', text: '2 litres' })
    expect(await stored(recordId)).toMatchObject({ title: 'Milk', text: '2 litres' })
    expect(await writesTo(recordId)).toEqual(['create'])
  })

  it('is made once when the answer to its creation gets lost', async () => {
    const app = await openNotes()
    await restControl('POST', '/rules', {
      match: { method: 'POST', path: '/notes' },
      action: { do: 'lose-answer' },
      times: 2,
    })
    const { recordId, settled } = await app.collection('notes').create({ title: 'Milk' })
    expect(await settled).toMatchObject({ outcome: 'accepted' })
    await restControl('DELETE', '/rules')
    expect(await writesTo(recordId)).toEqual(['create'])
    expect(app.faults.open$.value).toEqual([])
  })

  it('that the server refuses stays in view with all that was typed, until its fault is resolved', async () => {
    const app = await openNotes()
    const notes = app.collection('notes')
    const slug = crypto.randomUUID()
    await (
      await notes.create({ title: 'First', slug })
    ).settled
    const { recordId, settled } = await notes.create({ title: 'Second', slug })
    const record = notes.record(recordId)
    record.state$.subscribe()
    expect(await settled).toMatchObject({ outcome: 'rejected', fault: { op: 'create', kind: 'conflict' } })
    await until(record.state$, (row) => row?.state === 'refused')
    expect(record.value$.value).toMatchObject({ title: 'Second', slug })
    await expect(notes.update(recordId, { title: 'Third' })).rejects.toMatchObject({ code: 'refused' })

    const [fault] = app.faults.open$.value
    await app.faults.discard(fault!.id)
    await until(record.value$, (value) => !value)
    expect(await stored(recordId)).toBeUndefined()
  })
})

describe('notes that are saved together', () => {
  it('are all there, or none is', async () => {
    const app = await openNotes()
    const notes = app.collection('notes')
    const edits = await app.together(() => {
      void notes.create({ title: 'One' })
      void notes.create({ title: 'Two' })
    })
    for (const edit of edits) {
      expect(await edit.settled).toMatchObject({ outcome: 'accepted' })
      expect(await writesTo(edit.recordId)).toEqual(['create'])
    }

    const id = notes.newId()
    const refused = app.together(() => {
      void notes.create({ title: 'Three' }, { id })
      void notes.create({ title: 'One again' }, { id: edits[0]!.recordId })
    })
    await expect(refused).rejects.toMatchObject({ code: 'exists' })
    expect(await notes.get(id)).toBeUndefined()
    expect(app.status$.value.pending).toBe(0)
  })
})

describe('two tabs', () => {
  it('show what either of them makes, changes and deletes', async () => {
    const [one, two] = await twoTabs()
    const { recordId } = await one.collection('notes').create({ title: 'Milk' })
    const elsewhere = two.collection('notes').record(recordId)
    expect(await until(elsewhere.value$, (value) => !!value)).toMatchObject({ title: 'Milk' })

    await elsewhere.update({ text: '2 litres' })
    const here = one.collection('notes').record(recordId)
    expect(await until(here.value$, (value) => value?.text === '2 litres')).toMatchObject({ title: 'Milk' })

    await here.delete()
    expect(await until(elsewhere.value$, (value) => value === null)).toBeNull()
    await until(two.status$, ({ pending }) => pending === 0)
    expect(await stored(recordId)).toBeUndefined()
    expect(two.faults.open$.value).toEqual([])
  })

  it('that change and delete one note at once: the change goes with it, or is refused by name', async () => {
    const [one, two] = await twoTabs()
    const made = await one.collection('notes').create({ title: 'Milk' })
    expect(await made.settled).toMatchObject({ outcome: 'accepted' })
    await two.collection('notes').get(made.recordId)

    const [deleted, changed] = await Promise.allSettled([
      one.collection('notes').delete(made.recordId),
      two.collection('notes').update(made.recordId, { text: '2 litres' }),
    ])
    expect(deleted.status).toBe('fulfilled')
    // The saving transactions decide which was first.
    if (changed.status === 'rejected') expect(changed.reason).toMatchObject({ code: 'deleted' })
    for (const app of [one, two]) {
      await until(app.status$, ({ pending }) => pending === 0)
      expect(app.faults.open$.value).toEqual([])
      expect(await app.collection('notes').get(made.recordId)).toBeNull()
    }
    expect((await writesTo(made.recordId)).filter((op) => op !== 'update')).toEqual(['create', 'delete'])
  })

  it('that make notes at once make each of them once', async () => {
    const tabs = await twoTabs()
    const edits = await Promise.all(
      Array.from({ length: 20 }, (_, index) => tabs[index % 2]!.collection('notes').create({ title: `Note ${index}` })),
    )
    const outcomes = await Promise.all(edits.map(({ settled }) => settled))
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(edits.map(() => 'accepted'))
    for (const { recordId } of edits) expect(await writesTo(recordId)).toEqual(['create'])
  })
})
