import { describe, expect, it } from 'vitest'
import { restEndpoints, type RestCollection, type RestOptions } from '../../src/rest/endpoint.js'

const url = 'https://api.example.com/v1/'
const open = (more: object, notes: object = {}) =>
  restEndpoints({
    url,
    collections: { notes: { ids: 'server', ...notes }, authors: { ids: 'server' } },
    ...more,
  } as RestOptions)
const refusal = (more: object, notes?: object): string => {
  try {
    open(more, notes)
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError)
    return (error as Error).message
  }
  return 'taken'
}

describe('the backend of a URL', () => {
  it('has an id without the scheme, and a database of its own', () => {
    const { notes, authors } = open({})
    expect(notes!.backend.id).toBe('api.example.com/v1')
    expect(notes!.backend.database).toMatch(/^holdfast-[a-z\d]+$/)
    expect(authors!.backend).toEqual(notes!.backend)
    expect(open({ url: 'https://api.example.com/v1' }).notes!.backend).toEqual(notes!.backend)
    expect(open({ url: 'https://api.example.com/v2' }).notes!.backend.database).not.toBe(notes!.backend.database)
  })

  it.each([undefined, '', 'api.example.com', 'https://api.example.com/?key=1'])('is not %j', (other) => {
    expect(refusal({ url: other })).toBe('"url" must be an http(s) URL without credentials, query and fragment')
  })
})

describe('an option', () => {
  it('that there is not is refused by name', () => {
    expect(refusal({ baseUrl: url })).toMatch(/^There is no option "baseUrl"; there are: url, collections, token/)
    expect(refusal({}, { id: 'server' })).toMatch(/^There is no option "id"; there are: ids, path/)
  })

  it.each<[object, RegExp]>([
    [{ collections: undefined }, /Name at least one collection/],
    [{ collections: {} }, /Name at least one collection/],
    [{ collections: 'notes' }, /"collections" is an object, not notes/],
    [{ token: 'abc' }, /"token" is a function/],
    [{ headers: { a: 'b' } }, /"headers" is a function/],
    [{ credentials: 'yes' }, /"credentials" is 'omit' or 'include' or 'same-origin', not yes/],
    [{ session: 'me' }, /"session" is an object with "path" and a function "account"/],
    [{ session: { path: '/me', account: () => 1 } }, /"session" is/],
    [{ failure: 1 }, /"failure" is a function/],
  ])('of the backend is checked: %j', (more, message) => {
    expect(refusal(more)).toMatch(message)
  })

  it.each<[object, RegExp]>([
    [{ ids: undefined }, /collections.notes: say who names a new record: ids: 'device'/],
    [{ ids: 'client' }, /"collections.notes.ids" is 'device' or 'server', not client/],
    [{ path: '/notes' }, /"collections.notes.path" is a function, or a path below "url"/],
    [{ path: '' }, /notes.path/],
    [{ path: 'a/../b' }, /notes.path/],
    [{ path: 'a/%2e%2e/b' }, /notes.path/],
    [{ path: 'notes?x=1' }, /notes.path/],
    [{ create: 'PATCH' }, /"collections.notes.create" is 'POST' or 'PUT', not PATCH/],
    [{ create: 'PUT' }, /create: 'PUT' needs an id of the device: ids: 'device'/],
    [{ idempotencyKey: 'no header' }, /notes.idempotencyKey" is true, false or a header's name/],
    [{ keyValidForMs: 0 }, /notes.keyValidForMs" is a number of milliseconds above 0, not 0/],
    [{ clientKey: '' }, /notes.clientKey" is a name/],
    [{ encode: 1 }, /notes.encode" is a function/],
    [{ decode: 1 }, /notes.decode" is a function/],
    [{ list: true }, /notes.list" is false, or an object/],
    [{ list: { page: 1 } }, /notes.list" is false, or an object/],
    [{ proof: 'none' }, /notes.proof" is 'echo' or 'status', not none/],
    [{ refs: 'authorId' }, /notes.refs" is an object/],
    [{ refs: { authorId: 'people' } }, /refs.authorId names "people", which is no collection/],
    [{ schema: {} }, /"schema" is a Standard Schema/],
    [{ same: 1 }, /notes.same" is a function/],
    [{ check: 1 }, /notes.check" is a function/],
  ])('of a collection is checked: %j', (notes, message) => {
    expect(refusal({}, notes)).toMatch(message)
  })

  it('that believes a status is refused where anything on the way can answer', () => {
    expect(refusal({ url: 'http://api.example.com' }, { proof: 'status' })).toMatch(
      /'status' needs an "url" with https/,
    )
    for (const own of [url, 'http://localhost:3000', 'http://127.0.0.1:3000', 'http://[::1]:3000'])
      expect(refusal({ url: own }, { proof: 'status' })).toBe('taken')
  })

  it('is the name of a collection only where that is a path, or where there is one', () => {
    const collections = { 'my notes': { ids: 'server' } }
    expect(refusal({ collections })).toMatch(/collections.my notes: its name is no path/)
    expect(refusal({ collections: { 'my notes': { ids: 'server', path: 'notes' } } })).toBe('taken')
  })
})

it.each<[Partial<RestCollection>, string]>([
  [{ ids: 'device' }, 'safe'],
  [{ ids: 'device', create: 'PUT' }, 'safe'],
  [{ ids: 'server' }, 'never'],
  [{ ids: 'server', idempotencyKey: true }, 'by-key'],
  [{ ids: 'server', clientKey: 'key' }, 'by-find'],
  [{ ids: 'server', clientKey: 'key', idempotencyKey: true }, 'by-find'],
])('%j: a creation whose answer was lost is repeated "%s"', (notes, how) => {
  expect(open({}, notes).notes).toMatchObject({ ids: notes.ids, repeatsCreates: how })
})
