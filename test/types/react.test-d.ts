import { describe, expectTypeOf, it } from 'vitest'
import type { BackendlessApp } from '../../src/backendless/index.js'
import type { Client, Fault } from '../../src/index.js'
import { hooksFor, useRecord as useAnyRecord } from '../../src/react/index.js'
import type { Note } from '../support/page/rest-backend.js'

interface Person {
  readonly objectId: string
  readonly email: string
  readonly name: string | null
}

const { useApp, useCollection, useFaults, useField, useLive, useRecord } = hooksFor<Client<{ notes: Note }>>()
const { useCurrentUser, useFaults: useUserFaults } = hooksFor<BackendlessApp<Person>>()

describe('the hooks of an app', () => {
  it('know its collections and their properties', () => {
    const note = useRecord('notes', 'id')
    expectTypeOf(note.value).toEqualTypeOf<Note | null | undefined>()
    expectTypeOf(note.update).parameter(0).not.toBeAny()
    const title = useField(note, 'title')
    expectTypeOf(title.value).toEqualTypeOf<string | null | undefined>()
    expectTypeOf(title.set).parameter(0).toEqualTypeOf<string | null>()
    expectTypeOf(title.fault).toEqualTypeOf<Fault | undefined>()
    // @ts-expect-error: there is no such collection
    useRecord('nots', 'id')
    // @ts-expect-error: there is no such property
    useField(note, 'titel')
    // @ts-expect-error: a title is a text
    void title.set(1)
    void note.update({ title: 'x' })
    // @ts-expect-error: there is no such property
    void note.update({ titel: 'x' })
  })

  it('know the rows of a list', () => {
    const { rows, create } = useCollection('notes', { where: ({ title }) => title !== '', orderBy: 'title' })
    expectTypeOf(rows![0]!.value).toEqualTypeOf<Note>()
    void create({ title: 'x' })
    // @ts-expect-error: there is no such property
    void create({ titel: 'x' })
    // @ts-expect-error: there is no such property
    useCollection('notes', { orderBy: 'titel' })
  })

  it('take the type of a record without an app', () => {
    expectTypeOf(useAnyRecord<Note>('notes', 1).value).toEqualTypeOf<Note | null | undefined>()
    expectTypeOf(useAnyRecord('notes', 1).value).toBeAny()
  })

  it('know its users', () => {
    const me = useCurrentUser()
    expectTypeOf(me.value).toEqualTypeOf<Person | undefined>()
    expectTypeOf(me.session.state).toEqualTypeOf<'opening' | 'signed-out' | 'signed-in' | 'expired'>()
    expectTypeOf(useField(me, 'name').value).toEqualTypeOf<string | null | undefined>()
    // @ts-expect-error: there is no such property
    useField(me, 'nam')
  })

  it('know its faults, streams and calls', () => {
    const { open, amend } = useUserFaults()
    expectTypeOf(open[0]!.mine.name).toEqualTypeOf<string | null | undefined>()
    // @ts-expect-error: there is no such property
    void amend('id', { emial: 'x' })
    expectTypeOf(useFaults().open).toExtend<readonly Fault[]>()
    expectTypeOf(useLive(useApp().status$)).toExtend<{ phase: string } | undefined>()
    expectTypeOf(useLive(useApp().status$, { phase: 'idle' } as never)).toExtend<{ phase: string }>()
  })
})

it('the tables of an app on Backendless have the types that the app gives', () => {
  const { useRecord: useRow, useCollection: useRows } = hooksFor<BackendlessApp<Person>, { Note: Note }>()
  expectTypeOf(useRow('Note', 'a').value).toEqualTypeOf<Note | null | undefined>()
  expectTypeOf(useRows('Note').rows![0]!.value).toEqualTypeOf<Note>()
  // @ts-expect-error: there is no such table
  useRows('Job')
})
