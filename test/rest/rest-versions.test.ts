/* Versions of an HTTP API: a strong ETag and `If-Match`, or a property (R24). */
import { describe, expect, it } from 'vitest'
import type { Reply, WriteRequest } from '../../src/endpoint/endpoint.js'
import { restEndpoints, type RestCollection, type RestOptions } from '../../src/rest/endpoint.js'
import { serveRest } from '../server/rest-api.js'
import { jsonAnswer, requestContext } from '../support/answering-fetch.js'
import { apiUrl, restApi, type RestApi, type RestApiOptions } from '../support/rest-api.js'

const key = { collection: 'notes', id: '5' }
const update = { op: 'update', key, patch: { title: 'Milk' } } as const
const remove = { op: 'delete', key } as const
const rev = { property: 'rev' } as const

function notesOn(api: Pick<RestApi, 'fetch'>, notes: Partial<RestCollection>, more: Partial<RestOptions> = {}) {
  const options = { url: apiUrl, collections: { notes: { ids: 'device', ...notes } }, ...more } as RestOptions
  const { notes: endpoint } = restEndpoints(options)
  const context = requestContext(api.fetch)
  return {
    endpoint: endpoint!,
    context,
    read: () => endpoint!.read!(key, context),
    write: (request: object): Promise<Reply> =>
      endpoint!.write({ idempotencyKey: 'e-1', ...request } as WriteRequest, context),
  }
}

/** With the record 5, and with headers on each answer that shows a record. */
function apiWithNote(headers: { [name: string]: string } = {}, options: RestApiOptions = {}): RestApi {
  const api = restApi({ ids: 'device', ...options })
  api.put('notes', { id: '5', title: 'Old', done: false, rev: 3 })
  // Not spread: `calls` is read when it is asked for.
  return Object.assign(Object.create(api) as RestApi, {
    fetch: (async (input, init) => {
      const answer = await api.fetch(input, init)
      for (const [name, value] of Object.entries(headers)) answer.headers.set(name, value)
      return answer
    }) satisfies RestApi['fetch'],
  })
}

const sentHeader = (api: RestApi, name: string): string | null => api.requests[0]!.headers.get(name)
const bodyOf = (api: RestApi): Promise<unknown> => api.requests[0]!.json()

describe('an ETag', () => {
  const versions = 'etag'

  it('is the version of the record in the same answer', async () => {
    const { read, write } = notesOn(apiWithNote({ etag: '"v1"' }), { versions })
    expect(await read()).toMatchObject({ ok: true, version: '"v1"' })
    expect(await write(update)).toMatchObject({ ok: true, record: { title: 'Milk' }, version: '"v1"' })
    const create = { op: 'create', key: { ...key, id: '6' }, properties: { title: 'Oats' }, editId: 'e-1' }
    expect(await write(create)).toMatchObject({ ok: true, version: '"v1"' })
  })

  it.each(['W/"v1"', 'v1', '"', '"v"1"', ''])('is none in the form %s', async (etag) => {
    expect(await notesOn(apiWithNote({ etag }), { versions }).read()).toMatchObject({ version: undefined })
  })

  it('is none of a list, and none where nobody asked for versions', async () => {
    const api = apiWithNote({ etag: '"v1"' })
    const { endpoint, context } = notesOn(api, { versions })
    const list = await endpoint.list!({ collection: 'notes', limit: 10 }, context)
    expect(list).toMatchObject({ records: [{ id: '5', version: undefined }] })
    const bare = notesOn(api, {})
    expect(bare.endpoint.versions).toBeUndefined()
    expect(await bare.read()).toMatchObject({ version: undefined })
  })

  it('goes out as If-Match, with an update and a deletion', async () => {
    for (const request of [update, remove]) {
      const api = apiWithNote()
      await notesOn(api, { versions }).write({ ...request, version: '"v1"' })
      expect(sentHeader(api, 'if-match')).toBe('"v1"')
    }
    const api = apiWithNote()
    await notesOn(api, { versions }).write(update)
    expect(sentHeader(api, 'if-match')).toBeNull()
  })

  it('of an answer without the record counts only if the request carried one', async () => {
    const echo = (): Response => new Response(null, { status: 204, headers: { etag: '"v2"' } })
    const trusting = () => notesOn(apiWithNote({}, { echo }), { versions, proof: 'status' })
    expect(await trusting().write({ ...update, version: '"v1"' })).toMatchObject({ ok: true, version: '"v2"' })
    expect(await trusting().write(update)).toEqual({ ok: true, record: { title: 'Milk' } })
    expect(await notesOn(apiWithNote({}, { echo }), { versions }).write(update)).toEqual({ ok: true })
  })

  it.each([
    ['an update', update],
    ['a deletion', remove],
  ])('that is refused makes %s stale', async (_what, request) => {
    for (const status of [412, 428] as const) {
      const before: RestApiOptions['before'] = ({ req, json }) =>
        req.method === 'GET' ? undefined : json({ title: 'No' }, status)
      const { write } = notesOn(apiWithNote({}, { before }), { versions })
      expect(await write(request)).toMatchObject({ failure: { kind: 'conflict', reason: 'stale', status } })
    }
  })

  it('is not asked for: 412 and 428 are as in the table', async () => {
    const api = (status: 412 | 428) => apiWithNote({}, { before: ({ json }) => json({ title: 'No' }, status) })
    expect(await notesOn(api(412), {}).write(update)).toMatchObject({ failure: { kind: 'conflict', reason: 'taken' } })
    expect(await notesOn(api(428), {}).write(update)).toMatchObject({ failure: { kind: 'configuration' } })
    const create = { op: 'create', key, properties: {}, editId: 'e-1' }
    expect(await notesOn(api(412), { versions }).write(create)).toMatchObject({ failure: { reason: 'taken' } })
  })

  it('is refused by another status where the app says so, and its word on 412 stands', async () => {
    const api = apiWithNote({}, { before: ({ json }) => json({ code: 'old' }, 409) })
    const failure: RestCollection['failure'] = (status) =>
      status === 409 ? { kind: 'conflict', reason: 'stale' } : status === 412 ? { kind: 'other' } : undefined
    expect(await notesOn(api, { versions, failure }).write(update)).toMatchObject({ failure: { reason: 'stale' } })
    const other = apiWithNote({}, { before: ({ json }) => json({ code: 'old' }, 412) })
    expect(await notesOn(other, { versions, failure }).write(update)).toMatchObject({ failure: { kind: 'other' } })
  })

  it('is kept and heeded by the local server', async () => {
    const running = await serveRest({})
    running.control.create('notes', { id: '5', title: 'Old' })
    const { read, write } = notesOn({ fetch }, { versions }, { url: running.root })
    const first = await read()
    if (!first.ok) throw new Error(first.failure.message)
    const { version } = first
    expect(version).toMatch(/^"\d+"$/)
    expect(await write({ ...update, version })).toMatchObject({ ok: true, record: { title: 'Milk' } })
    for (const request of [update, remove])
      expect(await write({ ...request, version })).toMatchObject({ failure: { kind: 'conflict', reason: 'stale' } })
    expect(running.control.read('notes', '5')).toMatchObject({ title: 'Milk' })
  })
})

describe('a property', () => {
  it('is the version of each record, in a list too', async () => {
    const { read, endpoint, context } = notesOn(apiWithNote({ etag: '"v1"' }), { versions: rev })
    expect(await read()).toMatchObject({ version: '3' })
    const list = await endpoint.list!({ collection: 'notes', limit: 10 }, context)
    expect(list).toMatchObject({ records: [{ id: '5', version: '3' }] })
  })

  it('goes out in the body of an update and in the query of a deletion, as it came', async () => {
    for (const [version, value] of [
      ['3', 3],
      ['"a b"', 'a b'],
    ] as const) {
      const changed = apiWithNote()
      await notesOn(changed, { versions: rev }).write({ ...update, version })
      expect(await bodyOf(changed)).toEqual({ title: 'Milk', rev: value })
      const gone = apiWithNote()
      await notesOn(gone, { versions: rev }).write({ ...remove, version })
      expect(gone.calls[0]).toBe(`DELETE /v1/notes/5?rev=${String(value).replace(' ', '+')}`)
    }
  })

  it('goes through the app’s `encode`', async () => {
    const api = apiWithNote({}, { echo: (record) => jsonAnswer(record) })
    await notesOn(api, { versions: rev, encode: (properties) => ({ data: properties }) }).write({
      ...update,
      version: '3',
    })
    expect(await bodyOf(api)).toEqual({ data: { title: 'Milk', rev: 3 } })
  })

  it.each([null, true, { a: 1 }])('that is %j is no version', async (value) => {
    const api = apiWithNote()
    api.put('notes', { id: '5', title: 'Old', rev: value })
    expect(await notesOn(api, { versions: rev }).read()).toMatchObject({ version: undefined })
  })

  it('is not the app’s to change', () => {
    const { endpoint } = notesOn(apiWithNote(), { versions: rev })
    const edit = { collection: 'notes', patch: { rev: 4 }, view: {} } as const
    expect(endpoint.check!({ ...edit, op: 'update' })).toMatchObject({ property: 'rev' })
    expect(endpoint.check!({ ...edit, op: 'create' })).toBeUndefined()
  })
})

it.each([true, {}, { property: '' }, 'ETag'])('the option versions: %j is refused', (versions) => {
  expect(() => notesOn(apiWithNote(), { versions } as never)).toThrow(/"collections.notes.versions" is 'etag', or/)
})
