import { describe, expectTypeOf, it } from 'vitest'
import { openBackendless, type BackendlessApp } from '../../src/backendless/index.js'
import { openRest, type Client } from '../../src/rest/index.js'
import { fakeBackend, fakeDevice, nothingLost } from '../../src/testing/index.js'

interface Note {
  id: string
  title: string
}

describe('the test kit', () => {
  const backend = fakeBackend<{ notes: Note }>({ notes: [] })

  it('knows the records of the app', () => {
    expectTypeOf(backend.get('notes', 'n1')).toEqualTypeOf<Note | undefined>()
    expectTypeOf(backend.all('notes')).toEqualTypeOf<Note[]>()
    expectTypeOf(fakeBackend({ notes: [{ id: 1, done: true }] }).all('notes')).toEqualTypeOf<
      { id: number; done: boolean }[]
    >()
    // @ts-expect-error: no such collection
    backend.all('authors')
    // @ts-expect-error: no such property
    backend.put('notes', { titel: 'x' })
    // @ts-expect-error: a property of another type
    fakeBackend<{ notes: Note }>({ notes: [{ id: 'n1', title: 1 }] })
  })

  it('has the app in its tabs', () => {
    const rest = fakeDevice({
      backend,
      open: (platform) => openRest<{ notes: Note }>({ url: 'x', collections: { notes: { ids: 'device' } }, platform }),
    })
    const users = fakeDevice({
      backend,
      open: (platform) => openBackendless<{ name: string }>({ baseUrl: 'x', platform }),
    })
    expectTypeOf(rest.tabs[0]!.app).toEqualTypeOf<Client<{ notes: Note }>>()
    expectTypeOf(users.tabs[0]!.app).toEqualTypeOf<BackendlessApp<{ name: string }>>()
    expectTypeOf(nothingLost(rest, users)).toEqualTypeOf<Promise<void>>()
    // @ts-expect-error: no step of that name
    void rest.tabs[0]!.killAt('anywhere')
  })
})
