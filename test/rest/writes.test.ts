import { describe, expect, it } from 'vitest'
import type { Endpoint, Reply, RequestContext, WriteRequest } from '../../src/endpoint/endpoint.js'
import type { Properties } from '../../src/model/record.js'
import { restEndpoints, type RestCollection, type RestOptions } from '../../src/rest/endpoint.js'
import { jsonAnswer, requestContext } from '../support/answering-fetch.js'
import { apiUrl, restApi, type RestApi, type RestApiOptions } from '../support/rest-api.js'

const id = '0192f0a0-0000-7000-8000-000000000001'
const title = 'Milk'

function notesOn(
  api: RestApi,
  notes: Partial<RestCollection> = {},
  more: Partial<RestOptions> = {},
): { notes: Endpoint; context: RequestContext; write(request: object): Promise<Reply> } {
  const options = { url: apiUrl, collections: { notes: { ids: 'server', ...notes } }, ...more } as RestOptions
  const { notes: endpoint } = restEndpoints(options)
  const context = requestContext(api.fetch)
  const write = (request: object): Promise<Reply> =>
    endpoint!.write({ idempotencyKey: 'e-1', ...request } as WriteRequest, context)
  return { notes: endpoint!, context, write }
}

const create = (properties: Properties = { title }, key = id) =>
  ({ op: 'create', key: { collection: 'notes', id: key }, properties, editId: 'e-1' }) as const
const update = (patch: Properties = { title }, key = '5') =>
  ({ op: 'update', key: { collection: 'notes', id: key }, patch }) as const
const remove = (key = '5') => ({ op: 'delete', key: { collection: 'notes', id: key } }) as const

/** An API with the record 5. */
function apiWithNote(options: RestApiOptions = {}): RestApi {
  const api = restApi(options)
  api.put('notes', { id: '5', title: 'Old', done: false })
  return api
}

const empty =
  (status: number, headers: { [name: string]: string } = {}) =>
  () =>
    new Response(null, { status, headers })

describe('a creation whose record the server names', () => {
  it('is a POST of the properties, and its answer has id and record', async () => {
    const api = restApi()
    const { write } = notesOn(api)
    expect(await write(create())).toEqual({ ok: true, id: 1, record: { id: 1, title } })
    expect(api.calls).toEqual(['POST /v1/notes'])
    expect(await api.requests[0]!.json()).toEqual({ title })
    expect([...api.requests[0]!.headers.keys()].filter((name) => name !== 'accept')).toEqual(['content-type'])
  })

  it('carries its key in a header, where it is told to', async () => {
    for (const [idempotencyKey, name, sent] of [
      [true, 'idempotency-key', '"e-1"'],
      ['X-Request-Key', 'x-request-key', 'e-1'],
    ] as const) {
      const api = restApi()
      await notesOn(api, { idempotencyKey }).write(create())
      expect(api.requests[0]!.headers.get(name)).toBe(sent)
    }
  })

  it('carries its key in a property, where it is told to', async () => {
    const api = restApi()
    expect(await notesOn(api, { clientKey: 'clientId' }).write(create())).toEqual({
      ok: true,
      id: 1,
      record: { id: 1, title, clientId: 'e-1' },
    })
  })

  it('is read where the answer lacks a part of it', async () => {
    const api = restApi({ echo: ({ id }) => jsonAnswer({ id }, { status: 201 }) })
    expect(await notesOn(api).write(create())).toEqual({ ok: true, id: 1, record: { id: 1, title } })
    expect(api.calls).toEqual(['POST /v1/notes', 'GET /v1/notes/1'])
  })

  it.each(['/v1/notes/1', 'https://api.example.com/v1/notes/1', 'notes/1'])(
    'is read where a 201 without a body names it by Location: %s',
    async (location) => {
      const api = restApi({ echo: empty(201, { location }) })
      expect(await notesOn(api).write(create())).toEqual({ ok: true, id: 1, record: { id: 1, title } })
      expect(api.calls).toEqual(['POST /v1/notes', 'GET /v1/notes/1'])
    },
  )

  it.each([
    ['no body and no Location', empty(201)],
    ['a Location elsewhere', empty(201, { location: 'https://evil.example/v1/notes/1' })],
    ['a Location that leads elsewhere', empty(201, { location: '/v1/notes/..' })],
    ['204', empty(204)],
    ['a body without an id', () => jsonAnswer({ success: true })],
    ['a list', () => jsonAnswer([{ id: 1, title }], { status: 201 })],
    ['an id that JavaScript rounds', () => jsonAnswer({ id: 2 ** 53, title }, { status: 201 })],
    ['202', () => jsonAnswer({ id: 1, title }, { status: 202 })],
  ])('proves nothing with %s', async (_what, echo) => {
    const api = restApi({ echo })
    expect(await notesOn(api).write(create())).toMatchObject({ ok: false, failure: { kind: 'server' } })
  })

  it('proves nothing while the record cannot be read', async () => {
    const api = restApi({
      echo: empty(201, { location: '/v1/notes/1' }),
      before: ({ req, json }) => (req.method === 'GET' ? json({ error: 'Not Found' }, 404) : undefined),
    })
    expect(await notesOn(api).write(create())).toMatchObject({
      ok: false,
      failure: {
        kind: 'server',
        status: 404,
        message: 'The server accepted "1" in "notes", but shows no record of that id',
      },
    })
  })

  it('is refused with the properties at fault', async () => {
    const api = restApi({ before: ({ json }) => json({ errors: { title: ['too short'] } }, 422) })
    expect(await notesOn(api).write(create())).toMatchObject({
      ok: false,
      failure: { kind: 'validation', status: 422, message: 'title: too short', offending: ['title'] },
    })
  })

  it('is not refused by a body that is the record', async () => {
    const api = restApi({ before: ({ json }) => json({ id: 1, title }, 422) })
    expect(await notesOn(api).write(create())).toMatchObject({ failure: { kind: 'server', status: 422 } })
  })
})

describe('a creation whose record the device names', () => {
  it('is a POST with the id', async () => {
    const api = restApi({ ids: 'device' })
    expect(await notesOn(api, { ids: 'device' }).write(create())).toEqual({ ok: true, id, record: { id, title } })
    expect(api.calls).toEqual(['POST /v1/notes'])
    expect(await api.requests[0]!.json()).toEqual({ id, title })
  })

  it('is taken where there is one already', async () => {
    const api = restApi({ ids: 'device' })
    const { write } = notesOn(api, { ids: 'device' })
    await write(create())
    expect(await write(create())).toMatchObject({ failure: { kind: 'conflict', reason: 'taken', status: 409 } })
  })

  it('is a PUT to the id, for nothing that is there', async () => {
    const api = restApi()
    const { write } = notesOn(api, { ids: 'device', create: 'PUT' })
    expect(await write(create())).toEqual({ ok: true, id, record: { id, title } })
    expect(api.calls).toEqual([`PUT /v1/notes/${id}`])
    expect(api.requests[0]!.headers.get('if-none-match')).toBe('*')
    expect(await write(create({ title: 'Other' }))).toMatchObject({
      failure: { kind: 'conflict', reason: 'taken', status: 412 },
    })
    expect(api.records('notes')).toEqual([{ id, title }])
  })

  it.each([
    ['in its record', undefined],
    ['in its Location', empty(201, { location: '/v1/notes/1' })],
  ])('holds all where the server names it all the same, %s', async (_where, echo) => {
    const api = restApi({ ids: 'server', ...(echo && { echo }) })
    const reply = await notesOn(api, { ids: 'device' }).write(create())
    expect(reply).toMatchObject({ failure: { kind: 'configuration', reason: 'ids' } })
    expect((reply as { failure: { message: string } }).failure.message).toContain(`set ids: 'server' for "notes"`)
  })

  it.each([empty(201), empty(204), () => jsonAnswer({ success: true })])(
    'is read where it is not shown: %#',
    async (echo) => {
      const api = restApi({ ids: 'device', echo })
      expect(await notesOn(api, { ids: 'device' }).write(create())).toEqual({ ok: true, id, record: { id, title } })
      expect(api.calls).toEqual(['POST /v1/notes', `GET /v1/notes/${id}`])
    },
  )
})

describe('an update', () => {
  it('is a PATCH of what changes, and its answer has the record', async () => {
    const api = apiWithNote()
    expect(await notesOn(api).write(update())).toEqual({ ok: true, record: { id: '5', title, done: false } })
    expect(api.calls).toEqual(['PATCH /v1/notes/5'])
    expect(await api.requests[0]!.json()).toEqual({ title })
  })

  it.each([
    ['204', empty(204)],
    ['an empty 200', empty(200)],
    ['null', () => jsonAnswer(null)],
    ['a list', () => jsonAnswer([])],
    ['a success without the record', () => jsonAnswer({ success: true })],
    ['a record without a property that was sent', () => jsonAnswer({ id: '5', done: false })],
  ])('with %s in its answer proves nothing of the values', async (_what, echo) => {
    expect(await notesOn(apiWithNote({ echo })).write(update())).toEqual({ ok: true })
  })

  it('may clear what the answer then lacks', async () => {
    const api = apiWithNote({ echo: () => jsonAnswer({ id: '5' }) })
    expect(await notesOn(api).write(update({ title: null }))).toEqual({ ok: true, record: { id: '5' } })
  })

  it.each([
    ['another record', () => jsonAnswer({ id: '6', title })],
    ['202', () => jsonAnswer({ id: '5', title }, { status: 202 })],
    ['a page', () => new Response('<html>', { headers: { 'content-type': 'text/html' } })],
    ['a redirect', empty(302, { location: '/v1/notes/6' })],
  ])('is not accepted with %s', async (_what, echo) => {
    expect(await notesOn(apiWithNote({ echo })).write(update())).toMatchObject({ failure: { kind: 'server' } })
  })

  it('is not refused by the record of another, but by a fault that has an id', async () => {
    const reply = (body: object) => notesOn(apiWithNote({ before: ({ json }) => json(body, 409) })).write(update())
    expect(await reply({ id: '6', title: 'Other', done: true })).toMatchObject({ failure: { kind: 'server' } })
    expect(await reply({ id: 'not_allowed', message: 'No.' })).toMatchObject({
      failure: { kind: 'conflict', message: 'No.' },
    })
  })

  it('has the id in its part of the path, and takes one that is a number', async () => {
    const api = restApi()
    const odd = 'a/../b?c#d'
    await notesOn(api, {}).write(update({ title }, odd))
    expect(api.calls[0]).toBe(`PATCH /v1/notes/${encodeURIComponent(odd)}`)
    api.put('notes', { id: 7, title })
    expect(await notesOn(api).write(update({ title }, '7'))).toEqual({ ok: true, record: { id: 7, title } })
  })

  it.each(['.', '..', '...', ''])('of the id %j leaves for nowhere', async (bad) => {
    const api = restApi()
    expect(await notesOn(api).write(update({ title }, bad))).toMatchObject({ failure: { kind: 'gone' } })
    expect(api.calls).toEqual([])
  })
})

describe('a deletion', () => {
  it('is believed once the record is not there any more', async () => {
    const api = apiWithNote()
    expect(await notesOn(api).write(remove())).toEqual({ ok: true, record: null })
    expect(api.calls).toEqual(['DELETE /v1/notes/5', 'GET /v1/notes/5'])
  })

  it.each([empty(200), empty(204), () => jsonAnswer({ id: '5' })])(
    'proves nothing while it is there: %#',
    async (answer) => {
      const api = apiWithNote({ before: ({ req }) => (req.method === 'DELETE' ? answer() : undefined) })
      expect(await notesOn(api).write(remove())).toMatchObject({
        failure: { kind: 'server', message: 'The server deleted "5" in "notes", but shows it still' },
      })
    },
  )

  it('of what is gone is gone, where the list shows that the collection is there', async () => {
    const api = restApi()
    expect(await notesOn(api).write(remove())).toMatchObject({ failure: { kind: 'gone', status: 404 } })
    expect(api.calls).toEqual(['DELETE /v1/notes/5', 'GET /v1/notes/5', 'GET /v1/notes'])
  })
})

describe('403 and 404 (R27)', () => {
  const refusing =
    (status: 403 | 404 | 410, ...methods: string[]): RestApiOptions['before'] =>
    ({ req, json, body }) =>
      methods.includes(req.method)
        ? json({ detail: 'No.' }, status)
        : methods.includes('empty')
          ? body(null, status)
          : undefined

  it('403 to an update is a verdict where the record can be read', async () => {
    const api = apiWithNote({ before: refusing(403, 'PATCH') })
    expect(await notesOn(api).write(update())).toMatchObject({
      failure: { kind: 'forbidden', status: 403, message: 'No.' },
    })
    expect(api.calls).toEqual(['PATCH /v1/notes/5', 'GET /v1/notes/5'])
  })

  it('403 to a creation is a verdict where the list can be read', async () => {
    const api = restApi({ before: refusing(403, 'POST') })
    expect(await notesOn(api).write(create())).toMatchObject({ failure: { kind: 'forbidden' } })
    expect(api.calls).toEqual(['POST /v1/notes', 'GET /v1/notes'])
  })

  it.each([update(), remove(), create()])('403 to all is a matter of the session: %j', async (request) => {
    const api = apiWithNote({ before: refusing(403, 'POST', 'PATCH', 'DELETE', 'GET') })
    expect(await notesOn(api).write(request)).toMatchObject({ failure: { kind: 'auth', status: 403 } })
  })

  it.each([404, 410] as const)(
    '%d to an update is a verdict where the list can be read, and the record is not there',
    async (status) => {
      const api = restApi({ before: refusing(status, 'PATCH') })
      expect(await notesOn(api).write(update())).toMatchObject({ failure: { kind: 'gone', status }, record: null })
      expect(api.calls).toEqual(['PATCH /v1/notes/5', 'GET /v1/notes/5', 'GET /v1/notes'])
    },
  )

  it('404 to an update is a matter of the address where the record can be read', async () => {
    const api = apiWithNote({ before: refusing(404, 'PATCH') })
    expect(await notesOn(api).write(update())).toMatchObject({ failure: { kind: 'configuration', reason: 'address' } })
  })

  describe.each([402, 405, 406, 415, 428, 501])('a page with %d', (status) => {
    it.each([update(), remove(), create()])('is a matter of set-up, and ends nothing: %j', async (request) => {
      const page = () => new Response('<h1>No</h1>', { status, headers: { 'content-type': 'text/html' } })
      const api = apiWithNote({ before: page })
      const reply = await notesOn(api).write(request)
      expect(reply).toMatchObject({ ok: false, failure: { kind: 'configuration', status } })
      // It may be that of a gateway: whether the record was made is looked up.
      if (request.op === 'create') expect(reply).toMatchObject({ failure: { unanswered: true } })
    })
  })

  it.each([update(), remove(), create()])('404 to all is a matter of the address: %j', async (request) => {
    const api = apiWithNote({ before: refusing(404, 'POST', 'PATCH', 'DELETE', 'GET') })
    expect(await notesOn(api).write(request)).toMatchObject({ failure: { kind: 'configuration', reason: 'address' } })
  })

  describe.each([
    ['a page', 404, '<h1>Not Found</h1>', 'text/html'],
    ['a text', 410, 'Gone', 'text/plain'],
    ['a list', 404, '[]', 'application/json'],
    ['JSON that breaks off', 404, '{"detail"', 'application/json'],
  ] as const)('with %s: %d', (_what, status, body, type) => {
    const foreign = () => new Response(body, { status, headers: { 'content-type': type } })

    it.each([update(), remove(), create()])('to all is a matter of the address: %j', async (request) => {
      const api = apiWithNote({ before: foreign })
      expect(await notesOn(api).write(request)).toMatchObject({
        failure: { kind: 'configuration', reason: 'address', status },
      })
    })

    it.each([update(), remove(), create()])('ends nothing where the list can be read: %j', async (request) => {
      const api = restApi({
        before: ({ req }) => (req.path === '/v1/notes' && req.method === 'GET' ? undefined : foreign()),
      })
      const reply = await notesOn(api).write(request)
      expect(reply).toMatchObject({ failure: { kind: 'server', status } })
      expect(reply).not.toHaveProperty('record')
    })

    it('to an update is a matter of the address where the record can be read', async () => {
      const api = apiWithNote({ before: ({ req }) => (req.method === 'PATCH' ? foreign() : undefined) })
      expect(await notesOn(api).write(update())).toMatchObject({
        failure: { kind: 'configuration', reason: 'address' },
      })
    })

    it('holds nothing up where there is no list to prove it', async () => {
      const api = apiWithNote({ before: foreign })
      expect(await notesOn(api, { list: false }).write(update())).toMatchObject({ failure: { kind: 'server', status } })
    })

    it('to a read, a list and a search is a matter of the address', async () => {
      const { notes, context } = notesOn(apiWithNote({ before: foreign }), { clientKey: 'clientId' })
      const key = update().key
      for (const reply of [
        await notes.read!(key, context),
        await notes.list!({ collection: 'notes', limit: 1 }, context),
        await notes.find!({ collection: 'notes', editId: 'e-1' }, context),
      ])
        expect(reply).toMatchObject({ failure: { kind: 'configuration', reason: 'address', status } })
    })
  })

  it('403 is no verdict by a proof that other credentials give', async () => {
    const tokens = ['old', 'old']
    const bearers: unknown[] = []
    const api = apiWithNote({
      before({ req, json }) {
        bearers.push(req.header('authorization'))
        return req.header('authorization') === 'Bearer new' ? undefined : json({ detail: 'No.' }, 403)
      },
    })
    const { write } = notesOn(api, {}, { token: () => tokens.shift() ?? 'new' })
    expect(await write(update())).toMatchObject({ failure: { kind: 'auth', status: 403 } })
    expect(new Set(bearers)).toEqual(new Set(['Bearer old']))
    expect(await write(update())).toMatchObject({ ok: true })
  })

  it('403 is no verdict where the list is everybody\u2019s, and the server knows nobody any more', async () => {
    let who: unknown = 'ann'
    const api = apiWithNote({
      before({ req, json }) {
        if (req.path === '/v1/me') return json({ id: who } as never)
        return req.method === 'GET' ? undefined : json({ detail: 'Authentication credentials were not provided.' }, 403)
      },
    })
    const session = { path: 'me', account: (json: unknown) => (json as { id: unknown }).id }
    const { write } = notesOn(api, {}, { session })
    const account = requestContext(api.fetch).account
    who = account
    expect(await write(update())).toMatchObject({ failure: { kind: 'forbidden' } })
    const other = notesOn(api, {}, { session })
    who = account
    expect(await other.notes.read!(update().key, other.context)).toMatchObject({ ok: true })
    who = null
    for (const request of [update(), create(), remove()])
      expect(await other.write(request)).toMatchObject({ failure: { kind: 'auth' } })
  })

  it('is no verdict while the proof gets no answer', async () => {
    const api = apiWithNote({
      before: ({ req, json }) => {
        if (req.method === 'GET') throw new TypeError('Failed to fetch')
        return json({ detail: 'No.' }, 403)
      },
    })
    const { notes, context } = notesOn(api)
    const fetch: typeof globalThis.fetch = (input, init) =>
      new Request(input, init).method === 'GET'
        ? Promise.reject(new TypeError('Failed to fetch'))
        : api.fetch(input, init)
    const reply = await notes.write({ idempotencyKey: 'e', ...update() }, { ...context, fetch })
    expect(reply).toMatchObject({ failure: { kind: 'unreachable' } })
  })

  it('404 holds nothing up where there is no list to prove it, and is no verdict', async () => {
    const api = restApi()
    expect(await notesOn(api, { list: false }).write(update())).toMatchObject({
      failure: { kind: 'server', status: 404 },
    })
  })

  it("is a verdict by the app's own word", async () => {
    const api = restApi()
    const failure = (status: number) => (status === 404 ? ({ kind: 'gone' } as const) : undefined)
    expect(await notesOn(api, { list: false, failure }).write(update())).toMatchObject({ failure: { kind: 'gone' } })
    expect(api.calls).toEqual(['PATCH /v1/notes/5'])
  })
})

describe("proof: 'status'", () => {
  const trusting = { proof: 'status' } as const

  it('believes a 2xx without the record, and reads nothing', async () => {
    const api = apiWithNote({ echo: empty(204) })
    const { write } = notesOn(api, trusting)
    expect(await write(update())).toEqual({ ok: true, record: { title } })
    expect(await write(remove())).toEqual({ ok: true })
    expect(api.calls).toEqual(['PATCH /v1/notes/5', 'DELETE /v1/notes/5'])
  })

  it('takes what the answer has for the rest', async () => {
    const api = apiWithNote({ echo: () => jsonAnswer({ id: '5', updatedAt: 9 }) })
    expect(await notesOn(api, trusting).write(update())).toEqual({
      ok: true,
      record: { id: '5', title, updatedAt: 9 },
    })
  })

  it('names a creation by its own id, or by that of the server', async () => {
    const device = restApi({ ids: 'device', echo: empty(204) })
    expect(await notesOn(device, { ids: 'device', ...trusting }).write(create())).toEqual({
      ok: true,
      id,
      record: { id, title },
    })
    const server = restApi({ echo: empty(201, { location: '/v1/notes/1' }) })
    expect(await notesOn(server, trusting).write(create())).toEqual({ ok: true, id: '1', record: { id: '1', title } })
    const silent = restApi({ echo: empty(201) })
    expect(await notesOn(silent, trusting).write(create())).toMatchObject({ failure: { kind: 'server' } })
  })

  it('does not believe a page, nor 202', async () => {
    for (const echo of [() => new Response('<html>', { headers: { 'content-type': 'text/html' } }), empty(202)])
      expect(await notesOn(apiWithNote({ echo }), trusting).write(update())).toMatchObject({
        failure: { kind: 'server' },
      })
  })
})

describe('the forms of an API', () => {
  it('are made and undone by encode and decode', async () => {
    const api = restApi({
      echo: (record, { json }) => json({ data: record } as never, 201),
    })
    const { write } = notesOn(api, {
      encode: ({ dueAt, ...more }, op) => ({ ...more, due_at: dueAt ?? null, op }),
      decode: (json) => {
        const { due_at: dueAt, ...more } = (json as { data: Properties }).data
        return { ...more, dueAt }
      },
    })
    expect(await write(create({ dueAt: '2026-11-30T08:00:00.000Z' }))).toEqual({
      ok: true,
      id: 1,
      record: { id: 1, dueAt: '2026-11-30T08:00:00.000Z', op: 'create' },
    })
  })

  it('name the property at fault by its name in the app', async () => {
    const api = restApi({ before: ({ json }) => json({ errors: [{ detail: 'past', pointer: '/data/due_at' }] }, 422) })
    const { write } = notesOn(api, { encode: ({ dueAt }) => ({ data: { due_at: dueAt ?? null } }) })
    expect(await write(create({ dueAt: 'x' }))).toMatchObject({ failure: { offending: ['dueAt'] } })
  })

  it('do not take a fault for a record where decode cannot make anything of it', async () => {
    const api = restApi({ before: ({ json }) => json({ error: 'No' }, 422) })
    const { write } = notesOn(api, { decode: (json) => (json as { data: { deep: Properties } }).data.deep.record })
    expect(await write(create())).toMatchObject({ failure: { kind: 'validation', message: 'No' } })
  })

  it('may have a slash at the end, and nested paths', async () => {
    const api = restApi()
    await notesOn(api, { path: 'notes/' }).write(update())
    await notesOn(api, { path: (properties, op) => `authors/${properties.authorId as number}/notes-${op}` }).write(
      create({ title, authorId: 7 }),
    )
    expect(api.calls.filter((call) => !call.startsWith('GET'))).toEqual([
      'PATCH /v1/notes/5/',
      'POST /v1/authors/7/notes-create',
    ])
  })

  it('are no way out of the API: a path that leads elsewhere is an error', async () => {
    const api = restApi()
    const { write } = notesOn(api, { path: ({ authorId }) => `authors/${authorId as string}/notes` })
    await expect(write(create({ authorId: '../..' }))).rejects.toThrow(
      'collections.notes: "path" gives "authors/../../notes", which is no path',
    )
    expect(api.calls).toEqual([])
  })

  it('keep passwords and names that reach a prototype out of a record', async () => {
    const api = apiWithNote({
      echo: () => jsonAnswer({ id: '5', title, password: 'x', passwordSet: true, constructor: 1 }),
    })
    expect(await notesOn(api).write(update())).toEqual({ ok: true, record: { id: '5', title, passwordSet: true } })
  })
})

describe('a path that is a function', () => {
  const path = ({ jobId }: Properties, op: string) =>
    op === 'list' && jobId === undefined ? 'notes' : `jobs/${jobId as number}/notes`
  const nested = (more: Partial<RestCollection> = {}, isGone = false) => {
    const calls: string[] = []
    const api = restApi({
      before({ req, json }) {
        calls.push(`${req.method} ${req.path.replace('/v1/', '')}`)
        if (req.method === 'GET' && req.path.endsWith('notes')) return json([])
        return isGone ? json({ error: 'Not Found' }, 404) : json({ id: '5', jobId: 7, title })
      },
    })
    return { calls, ...notesOn(api, { path, ...more }) }
  }
  const record = { id: '5', jobId: 7, title: 'Old' }

  it('gets the record as the server has it, for an update, a deletion and a read', async () => {
    const { calls, notes, context } = nested()
    const known = { ...context, record }
    await notes.write({ idempotencyKey: 'e', ...update({ title, jobId: 8 }) }, known)
    await notes.read!({ collection: 'notes', id: '5' }, known)
    await notes.write({ idempotencyKey: 'e', ...remove() }, known)
    const below = 'jobs/7/notes/5'
    expect(calls).toEqual([`PATCH ${below}`, `GET ${below}`, `DELETE ${below}`, `GET ${below}`])
  })

  it('gets it for the list that bears out a 404 as well', async () => {
    const { calls, notes, context } = nested({}, true)
    expect(await notes.write({ idempotencyKey: 'e', ...remove() }, { ...context, record })).toMatchObject({
      failure: { kind: 'gone' },
    })
    expect(calls.at(-1)).toBe('GET jobs/7/notes')
  })

  it('gets what is sent where nothing is known, and the properties of a creation for its proof', async () => {
    const { calls, write } = nested()
    await write(update({ jobId: 9 }))
    expect(calls).toEqual(['PATCH jobs/9/notes/5'])
    calls.length = 0
    await write(create({ title: 'Other', jobId: 7, text: 'x' }))
    expect(calls).toEqual(['POST jobs/7/notes', 'GET jobs/7/notes/5'])
  })

  it('gets the properties of the creation that is looked for', async () => {
    const { calls, notes, context } = nested({ clientKey: 'key' })
    await notes.find!({ collection: 'notes', editId: 'e-1', sent: { jobId: 7 } }, context)
    expect(calls).toEqual(['GET jobs/7/notes'])
  })
})

describe('a GET', () => {
  it.each<[boolean | string | undefined, RegExp]>([
    [undefined, /^GET \/v1\/notes\/5$/],
    [true, /^GET \/v1\/notes\/5\?_=\w+$/],
    ['nocache', /^GET \/v1\/notes\/5\?nocache=\w+$/],
  ])('has a parameter of its own where the app says so: %j', async (cacheBusting, address) => {
    const api = apiWithNote()
    const { notes, context, write } = notesOn(api, {}, { cacheBusting: cacheBusting! })
    await notes.read!(update().key, { ...context, requestId: 'r1' })
    expect(api.calls[0]).toMatch(address)
    await write(update())
    expect(api.calls[1]).toBe('PATCH /v1/notes/5')
  })
})
