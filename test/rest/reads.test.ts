import { describe, expect, it } from 'vitest'
import type { Endpoint, RequestContext } from '../../src/endpoint/endpoint.js'
import type { Properties } from '../../src/model/record.js'
import { restEndpoints, type RestCollection } from '../../src/rest/endpoint.js'
import { jsonAnswer, requestContext } from '../support/answering-fetch.js'
import { apiUrl, restApi, type RestApi, type RestApiOptions } from '../support/rest-api.js'

const key = { collection: 'notes', id: '5' }

function notesOn(api: RestApi, notes: Partial<RestCollection> = {}): { notes: Endpoint; context: RequestContext } {
  const { notes: endpoint } = restEndpoints({ url: apiUrl, collections: { notes: { ids: 'server', ...notes } } })
  return { notes: endpoint!, context: requestContext(api.fetch) }
}

function apiWithNotes(options: RestApiOptions = {}): RestApi {
  const api = restApi(options)
  api.put('notes', { id: 5, title: 'Milk', clientId: 'e-1' })
  api.put('notes', { id: 6, title: 'Oats', clientId: 'e-2' })
  return api
}

const read = (api: RestApi, notes?: Partial<RestCollection>) => {
  const { notes: endpoint, context } = notesOn(api, notes)
  return endpoint.read!(key, context)
}
const list = (api: RestApi, notes?: Partial<RestCollection>, request: object = {}) => {
  const { notes: endpoint, context } = notesOn(api, notes)
  return endpoint.list!({ collection: 'notes', limit: 100, ...request }, context)
}
const find = (
  api: RestApi,
  editId = 'e-1',
  notes: Partial<RestCollection> = { clientKey: 'clientId' },
  sent?: Properties,
) => {
  const { notes: endpoint, context } = notesOn(api, notes)
  return endpoint.find!({ collection: 'notes', editId, sent }, context)
}

describe('a read', () => {
  it('has the record', async () => {
    const api = apiWithNotes()
    expect(await read(api)).toEqual({ ok: true, record: { id: 5, title: 'Milk', clientId: 'e-1' } })
    expect(api.calls).toEqual(['GET /v1/notes/5'])
    expect(api.requests[0]!.cache).toBe('no-store')
  })

  it.each<[string | undefined, boolean]>([
    ['12', false],
    ['1', false],
    ['0', true],
    ['soon', true],
    [undefined, true],
  ])('proves something with an Age of %j: %s', async (age, ok) => {
    const api = restApi({
      before: ({ json }) => json({ id: 5 }, 200, age === undefined ? {} : { age }),
    })
    expect(await read(api)).toMatchObject(ok ? { ok } : { ok, failure: { kind: 'server' } })
  })

  it('finds that there is none, where the list can be read', async () => {
    const api = restApi()
    expect(await read(api)).toEqual({ ok: true, record: null })
    expect(api.calls).toEqual(['GET /v1/notes/5', 'GET /v1/notes'])
  })

  it('finds so by an empty 404 as well', async () => {
    const api = restApi({ before: ({ req, body }) => (req.path.endsWith('5') ? body(null, 404) : undefined) })
    expect(await read(api)).toEqual({ ok: true, record: null })
  })

  it.each<[number, string]>([
    [404, 'configuration'],
    [410, 'configuration'],
    [403, 'auth'],
    [401, 'auth'],
    [500, 'server'],
  ])('finds nothing where %d answers everything: %s', async (status, kind) => {
    const api = restApi({ before: ({ json }) => json({ error: 'No' }, status as 404) })
    expect(await read(api)).toMatchObject({ ok: false, failure: { kind } })
  })

  it('finds nothing by a 404 where there is no list', async () => {
    expect(await read(restApi(), { list: false })).toMatchObject({ ok: false, failure: { kind: 'server' } })
  })

  it('is forbidden where the list is not', async () => {
    const api = restApi({ before: ({ req, json }) => (req.path.endsWith('5') ? json({}, 403) : undefined) })
    expect(await read(api)).toMatchObject({ ok: false, failure: { kind: 'forbidden' } })
  })

  it.each([
    ['another record', { id: 6, title: 'Oats' }],
    ['no id', { title: 'Milk' }],
    ['a list', [{ id: 5 }]],
    ['an id in another form', { id: '05' }],
    ['a text', '5'],
    ['null', null],
  ])('proves nothing with %s', async (_what, body) => {
    const api = restApi({ before: () => jsonAnswer(body) })
    expect(await read(api)).toMatchObject({ ok: false, failure: { kind: 'server' } })
  })

  it.each(['.', '..', ''])('of the id %j leaves for nowhere', async (id) => {
    const api = restApi()
    const { notes, context } = notesOn(api)
    expect(await notes.read!({ collection: 'notes', id }, context)).toEqual({ ok: true, record: null })
    expect(api.calls).toEqual([])
  })
})

describe('a list', () => {
  it('has every record', async () => {
    expect(await list(apiWithNotes())).toEqual({
      ok: true,
      records: [
        { id: 5, record: { id: 5, title: 'Milk', clientId: 'e-1' } },
        { id: 6, record: { id: 6, title: 'Oats', clientId: 'e-2' } },
      ],
      whole: true,
    })
  })

  it('goes on below the URL, by path and query', async () => {
    const api = apiWithNotes({
      list: (records, { req }) =>
        jsonAnswer(records.slice(0, 1), {
          headers: req.query('page') ? {} : { link: `<${apiUrl}notes?page=2>; rel="next"` },
        }),
    })
    const first = await list(api)
    expect(first).toMatchObject({ ok: true, next: '/v1/notes?page=2' })
    expect(await list(api, {}, { next: '/v1/notes?page=2' })).not.toHaveProperty('next', expect.anything())
    expect(api.calls).toEqual(['GET /v1/notes', 'GET /v1/notes?page=2'])
  })

  it.each(['https://evil.example/v1/notes', '/admin', '/v1/notes'])(
    'is no list where it goes on at %s',
    async (next) => {
      const api = apiWithNotes({ list: () => jsonAnswer([], { headers: { link: `<${next}>; rel=next` } }) })
      expect(await list(api)).toMatchObject({ ok: false, failure: { kind: 'server' } })
    },
  )

  it.each([5, '/admin', 'https://evil.example/v1/notes'])('does not go on at %j, where it is told to', async (next) => {
    const api = restApi()
    await expect(list(api, {}, { next })).rejects.toThrow('not below "url"')
    expect(api.calls).toEqual([])
  })

  it.each([
    ['an object', {}],
    ['a record without an id', [{ id: 1 }, { title: 'x' }]],
    ['an id that is none', [{ id: '..' }]],
    ['null', null],
    ['texts', ['a']],
  ])('is none with %s', async (_what, body) => {
    expect(await list(restApi({ list: () => jsonAnswer(body) }))).toMatchObject({
      ok: false,
      failure: { kind: 'server' },
    })
  })

  it("is asked and read by the app's own functions", async () => {
    const api = apiWithNotes({
      list: (data) => jsonAnswer({ data, deleted: [7], cursor: 9 }, { headers: { 'x-next': 'notes?after=9' } }),
    })
    const own: RestCollection['list'] = {
      query: (since, limit) => ({ updated_since: `${(since ?? '') as string}`, limit }),
      page: (json, headers) => {
        const { data, deleted, cursor } = json as { data: []; deleted: number[]; cursor: number }
        return { records: data, gone: deleted, since: cursor, next: headers.get('x-next') ?? undefined }
      },
    }
    expect(await list(api, { list: own }, { since: 3 })).toMatchObject({
      ok: true,
      records: [{ id: 5 }, { id: 6 }],
      gone: [7],
      since: 9,
      next: '/v1/notes?after=9',
      whole: false,
    })
    expect(api.calls).toEqual(['GET /v1/notes?updated_since=3&limit=100'])
  })

  it.each([{ records: [], gone: ['..'] }, { records: [], gone: 5 }, { records: 5 }, undefined])(
    'is none where such a function gives %j',
    async (page) => {
      expect(await list(restApi(), { list: { page: () => page as never } })).toMatchObject({
        ok: false,
        failure: { kind: 'server' },
      })
    },
  )

  it.each<[403 | 404, string]>([
    [403, 'auth'],
    [404, 'configuration'],
  ])('that is refused with %d says nothing of a record: %s', async (status, kind) => {
    expect(await list(restApi({ before: ({ json }) => json({}, status) }))).toMatchObject({ failure: { kind } })
  })

  it('may be longer than an answer of a record', async () => {
    const records = Array.from({ length: 100 }, (_, id) => ({ id, text: 'x'.repeat(100_000) }))
    const found = await list(restApi({ list: () => jsonAnswer(records) }))
    expect(found.ok && found.records.length).toBe(100)
  })

  it('is not there where the API has none', () => {
    expect(notesOn(restApi(), { list: false }).notes.list).toBeUndefined()
  })
})

describe('a creation is looked for by its key', () => {
  it('and found', async () => {
    const api = apiWithNotes()
    expect(await find(api)).toEqual({ ok: true, id: 5, record: { id: 5, title: 'Milk', clientId: 'e-1' } })
    expect(api.calls).toEqual(['GET /v1/notes?clientId=e-1'])
  })

  it('and not found', async () => {
    expect(await find(apiWithNotes(), 'e-3')).toEqual({ ok: true, record: null })
  })

  it.each([
    ['all records, one of them it', [{ id: 5, clientId: 'e-1' }, { id: 6 }]],
    ['all records, none of them it', [{ id: 6, title: 'Oats' }]],
    ['the key in another case', [{ id: 5, clientId: 'E-1' }]],
    ['a key that only begins so', [{ id: 5, clientId: 'e-11' }]],
  ])('and not believed where the answer has %s', async (_what, records) => {
    const api = restApi({ list: () => jsonAnswer(records) })
    expect(await find(api)).toMatchObject({ ok: false, failure: { kind: 'other', reason: 'filter' } })
  })

  it('and of several the oldest stays; of the others only those are deleted that nobody has changed', async () => {
    const api = restApi()
    const sent = { title: 'Milk', at: '2026-11-30T08:00:00.000Z' }
    api.put('notes', { id: 9, ...sent, clientId: 'e-1' })
    api.put('notes', { id: 7, title: 'Milk', at: '2026-11-30T08:00:00Z', clientId: 'e-1' })
    api.put('notes', { id: 8, ...sent, title: 'Oats', clientId: 'e-1' })
    expect(await find(api, 'e-1', { clientKey: 'clientId' }, sent)).toMatchObject({ ok: true, id: 7 })
    expect(api.calls).toEqual(['GET /v1/notes?clientId=e-1', 'DELETE /v1/notes/9'])
    expect(await find(api)).toMatchObject({ ok: true, id: 7 })
    expect(api.records('notes').map(({ id }) => id)).toEqual([7, 8])
  })

  it.each<[number | null, number[], unknown]>([
    [8, [8], { ok: true, id: 8 }],
    [null, [], { ok: true, record: null }],
    [9, [7, 8], { ok: true, record: null }],
  ])('and of several that of the id %j stays', async (keeps, left, reply) => {
    const api = restApi()
    for (const id of [7, 8]) api.put('notes', { id, title: 'Milk', clientId: 'e-1' })
    const { notes, context } = notesOn(api, { clientKey: 'clientId' })
    expect(
      await notes.find!({ collection: 'notes', editId: 'e-1', sent: { title: 'Milk' }, keeps }, context),
    ).toMatchObject(reply as object)
    expect(api.records('notes').map(({ id }) => id)).toEqual(left)
  })

  it('and concluded where the account may not delete a second one', async () => {
    const api = restApi({ before: ({ req, json }) => (req.method === 'DELETE' ? json({}, 403) : undefined) })
    for (const id of [7, 8]) api.put('notes', { id, clientId: 'e-1' })
    expect(await find(api, 'e-1', { clientKey: 'clientId' }, {})).toMatchObject({ ok: true, id: 7 })
  })

  it('and not concluded while a second one cannot be deleted', async () => {
    const api = restApi({ before: ({ req, json }) => (req.method === 'DELETE' ? json({}, 503) : undefined) })
    api.put('notes', { id: 7, clientId: 'e-1' })
    api.put('notes', { id: 8, clientId: 'e-1' })
    expect(await find(api, 'e-1', { clientKey: 'clientId' }, {})).toMatchObject({
      ok: false,
      failure: { kind: 'busy' },
    })
  })

  it('without a list as well', async () => {
    expect(await find(apiWithNotes(), 'e-1', { clientKey: 'clientId', list: false })).toMatchObject({ ok: true, id: 5 })
  })

  it.each<[number, string]>([
    [400, 'configuration'],
    [403, 'auth'],
    [404, 'configuration'],
    [503, 'busy'],
  ])('and a %d says nothing of it: %s', async (status, kind) => {
    expect(await find(restApi({ before: ({ json }) => json({}, status as 400) }))).toMatchObject({
      ok: false,
      failure: { kind },
    })
  })

  it('only where it carries one', () => {
    expect(notesOn(restApi()).notes.find).toBeUndefined()
  })
})
