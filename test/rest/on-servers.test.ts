import { describe, expect, it } from 'vitest'
import type { RestSwitches } from '../../demo/server/rest/switches.js'
import type { RestServerOptions } from '../../demo/server/rest/start-rest-server.js'
import type { Json } from '../../src/model/record.js'
import type { RestCollection, RestOptions } from '../../src/rest/endpoint.js'
import { endpointDuties, openEndpoints, type Opened, type ServerForEndpoints } from '../contract/rest-endpoint.js'
import { ann, ask, logInTo, serveRest } from '../server/rest-api.js'
import { apiUrl, restApi } from '../support/rest-api.js'

const onLocal = async (options: RestServerOptions = {}) => {
  const running = await serveRest(options)
  const server: ServerForEndpoints = { url: running.root, fetch, all: (name) => running.control.all(name) }
  return { running, server }
}

const id = '0192f0a0-0000-7000-8000-000000000001'

describe('on a small API of Hono', () => {
  endpointDuties(() => {
    const [byDevice, byServer] = [restApi({ ids: 'device' }), restApi({ ids: 'server' })]
    const of = (name: string) => (name === 'notes' ? byDevice : byServer)
    return Promise.resolve({
      url: apiUrl,
      fetch: (input, init) => of(new URL((input as Request).url).pathname.split('/')[2]!).fetch(input, init),
      all: (name) => of(name).records(name),
    })
  })
})

/** The options of an app for the forms in which the local server can be told to answer. */
const data: Partial<RestCollection> = {
  encode: (properties) => ({ data: properties }),
  decode: (json) => (json as { data?: Json })?.data ?? json,
  list: { page: (json) => ({ records: (json as { data: Json[] }).data, whole: true }) },
}
const forms: readonly [string, Partial<RestSwitches>, Partial<RestCollection>][] = [
  ['records', {}, {}],
  ['a part of the record', { writeAnswer: 'partial' }, {}],
  ['nothing', { writeAnswer: 'nothing' }, {}],
  ['success', { writeAnswer: 'success' }, {}],
  ['410 for what is gone', { goneStatus: 410 }, {}],
  ['envelopes', { envelope: 'data' }, data],
]
describe.each(forms)('on the local server, which answers with %s', (_what, switches, form) => {
  endpointDuties(async () => (await onLocal({ switches })).server, form)
})

describe('the local server', () => {
  const opened = async (
    options: RestServerOptions,
    collections = {},
    more: Partial<RestOptions> = {},
  ): Promise<Opened> => openEndpoints((await onLocal(options)).server, collections, more)

  it.each([409, 422, 400] as const)('refuses an id that is taken with %d', async (takenStatus) => {
    const { make } = await opened({ switches: { takenStatus } })
    await make('notes', id, { title: 'Milk' })
    const kind = takenStatus === 409 ? 'conflict' : 'validation'
    expect(await make('notes', id, { title: 'Milk' })).toMatchObject({ failure: { kind } })
  })

  it('names the property at fault', async () => {
    const { make } = await opened({})
    expect(await make('notes', id, { title: null })).toMatchObject({
      failure: { kind: 'validation', offending: ['title'] },
    })
  })

  it('that ignores filters finds no creation', async () => {
    const { make, authors, context } = await opened(
      { switches: { filters: 'ignored' } },
      { authors: { clientKey: 'clientKey' } },
    )
    await make('authors', 'a', { name: 'Ann' }, 'edit-1')
    await make('authors', 'b', { name: 'Bob' }, 'edit-2')
    for (const editId of ['edit-1', 'edit-3'])
      expect(await authors.find!({ collection: 'authors', editId }, context)).toMatchObject({
        failure: { kind: 'other', reason: 'filter' },
      })
  })

  it.each(['cursor', 'offset'] as const)('pages a list by Link: %s', async (paging) => {
    const { make, notes, context } = await opened(
      { switches: { paging } },
      { notes: { list: { query: (_since: unknown, limit: number) => ({ limit }) } } },
    )
    for (let n = 0; n < 5; n++) await make('notes', `n${n}`, { title: 'x' })
    const ids: unknown[] = []
    let next: Json | undefined
    do {
      const page = await notes.list!({ collection: 'notes', limit: 2, ...(next !== undefined && { next }) }, context)
      if (!page.ok) throw new Error(page.failure.message)
      ids.push(...page.records.map((one) => one.id))
      next = page.next
    } while (next !== undefined)
    expect(ids).toEqual(['n0', 'n1', 'n2', 'n3', 'n4'])
  })

  it.each([401, 403, 419] as const)(
    'that ends a session with %d holds the account, and ends no edit',
    async (deadSessionStatus) => {
      const { running, server } = await onLocal({ switches: { access: 'session', deadSessionStatus } })
      let token = await logInTo(running, ann)
      const { make, change } = openEndpoints(server, {}, { token: () => token })
      expect(await make('notes', id, { title: 'Milk' })).toMatchObject({ ok: true })
      running.control.endSessions({ account: 'ann' })
      expect(await change(id, { title: 'Oats' })).toMatchObject({ failure: { kind: 'auth' } })
      token = await logInTo(running, ann)
      expect(await change(id, { title: 'Oats' })).toMatchObject({ ok: true })
    },
  )

  it('has a session renewed within a request', async () => {
    const { running, server } = await onLocal({ switches: { access: 'session' } })
    const token = (_account: string, refused?: string) => (refused === undefined ? 'old' : logInTo(running, ann))
    expect(await openEndpoints(server, {}, { token }).make('notes', id, { title: 'Milk' })).toMatchObject({ ok: true })
  })

  it('is told by its session whose cookies they are', async () => {
    const { running, server } = await onLocal({ switches: { access: 'session', sessionBy: 'cookie' } })
    const { headers } = await ask(running, 'POST', 'session', { body: ann })
    const cookie = headers.get('set-cookie')!.split(';')[0]!
    const session = { path: 'me', account: (json: Json) => (json as { id: Json }).id }
    const { make, authors, context } = openEndpoints(server, {}, { headers: () => ({ cookie }), session })
    expect(await make('notes', id, { title: 'Milk' })).toMatchObject({ ok: true })
    const request = {
      op: 'create',
      key: { collection: 'authors', id: 'l' },
      properties: { name: 'x' },
      editId: 'k',
      idempotencyKey: 'k',
    } as const
    expect(await authors.write(request, { ...context, account: 'james' })).toMatchObject({
      failure: { kind: 'auth', reason: 'account' },
    })
    expect(server.all('authors')).toEqual([])
  })
})
