/*
 * The duties of `restEndpoints` on a server, run against each of ours. The server has `notes` (the device names them, `title` is
 * required) and `authors` (the server names them; `clientKey` is unique).
 */
import { beforeEach, describe, expect, it } from 'vitest'
import type { Endpoint, Reply, RequestContext } from '../../src/endpoint/endpoint.js'
import type { Properties } from '../../src/model/record.js'
import { restEndpoints, type RestCollection, type RestOptions } from '../../src/rest/endpoint.js'
import { requestContext } from '../support/answering-fetch.js'

export interface ServerForEndpoints {
  url: string
  fetch: typeof fetch
  /** The records of a collection, in the order in which they were made. */
  all(collection: string): readonly Properties[]
}

type Collections = { readonly [name in 'notes' | 'authors']?: Partial<RestCollection> }

export interface Opened {
  server: ServerForEndpoints
  context: RequestContext
  notes: Endpoint
  authors: Endpoint
  make(collection: 'notes' | 'authors', id: string, properties: Properties, key?: string): Promise<Reply>
  change(id: string, patch: Properties): Promise<Reply>
  remove(id: string): Promise<Reply>
  read(id: string): Promise<Reply>
}

export function openEndpoints(
  server: ServerForEndpoints,
  { notes, authors }: Collections = {},
  options: Partial<RestOptions> = {},
): Opened {
  const endpoints = restEndpoints({
    url: server.url,
    collections: { notes: { ids: 'device', ...notes }, authors: { ids: 'server', ...authors } },
    ...options,
  })
  const context = requestContext(server.fetch)
  const of = (name: 'notes' | 'authors'): Endpoint => endpoints[name]!
  const note = (id: string) => ({ collection: 'notes', id })
  return {
    server,
    context,
    notes: of('notes'),
    authors: of('authors'),
    make: (collection, id, properties, editId = `key-${id}`) =>
      of(collection).write(
        { op: 'create', key: { collection, id }, properties, editId, idempotencyKey: editId },
        context,
      ),
    change: (id, patch) =>
      of('notes').write({ op: 'update', key: note(id), patch, idempotencyKey: `up-${id}` }, context),
    remove: (id) => of('notes').write({ op: 'delete', key: note(id), idempotencyKey: `del-${id}` }, context),
    read: (id) => of('notes').read!(note(id), context),
  }
}

const id = '0192f0a0-0000-7000-8000-000000000001'

/** `form`: the options of each collection for the form of the server's bodies. */
export function endpointDuties(server: () => Promise<ServerForEndpoints>, form: Partial<RestCollection> = {}): void {
  let running: ServerForEndpoints
  beforeEach(async () => void (running = await server()))
  const open = ({ notes, authors }: Collections = {}): Opened =>
    openEndpoints(running, { notes: { ...form, ...notes }, authors: { ...form, ...authors } })

  describe.each(['POST', 'PUT'] as const)('a record that the device names, made by %s', (create) => {
    it('lives its life', async () => {
      const { make, read, change, remove } = open({ notes: { create } })
      expect(await read(id)).toEqual({ ok: true, record: null })
      expect(await make('notes', id, { title: 'Milk' })).toMatchObject({ ok: true, id, record: { id, title: 'Milk' } })
      expect(await read(id)).toMatchObject({ ok: true, record: { id, title: 'Milk' } })
      expect(await change(id, { title: 'Oats' })).toMatchObject({ ok: true })
      expect(await read(id)).toMatchObject({ ok: true, record: { id, title: 'Oats' } })
      expect(await remove(id)).toEqual({ ok: true, record: null })
      expect(await read(id)).toEqual({ ok: true, record: null })
      expect(await change(id, { title: 'x' })).toMatchObject({ ok: false, failure: { kind: 'gone' } })
      expect(await remove(id)).toMatchObject({ ok: false, failure: { kind: 'gone' } })
    })

    it('is made once', async () => {
      const { make } = open({ notes: { create } })
      await make('notes', id, { title: 'Milk' })
      expect(await make('notes', id, { title: 'Milk' })).toMatchObject({
        failure: { kind: 'conflict', reason: 'taken' },
      })
      expect(running.all('notes')).toHaveLength(1)
    })
  })

  describe('a record that the server names', () => {
    it('has its id', async () => {
      const made = await open().make('authors', 'local', { name: 'Ann' })
      const [author] = running.all('authors')
      expect(made).toMatchObject({ ok: true, id: author!.id, record: { id: author!.id, name: 'Ann' } })
      expect(author!.id).not.toBe('local')
    })

    it('is found by its key, and no other is', async () => {
      const { make, authors, context } = open({ authors: { clientKey: 'clientKey' } })
      const find = (editId: string) => authors.find!({ collection: 'authors', editId }, context)
      await make('authors', 'local', { name: 'Ann' }, 'edit-1')
      const [author] = running.all('authors')
      expect(await find('edit-1')).toMatchObject({ ok: true, id: author!.id, record: { name: 'Ann' } })
      expect(await find('edit-2')).toEqual({ ok: true, record: null })
    })
  })

  it('a list has every record', async () => {
    const { make, notes, context } = open()
    for (const one of ['a', 'b', 'c']) await make('notes', one, { title: one })
    const found = await notes.list!({ collection: 'notes', limit: 100 }, context)
    expect(found).toMatchObject({ ok: true, whole: true, records: [{ id: 'a' }, { id: 'b' }, { id: 'c' }] })
  })
}

/** A server on which requests need a session. */
export interface ServerWithSessions extends ServerForEndpoints {
  endSessions(): void
  /** Resolves with the token of a new session. */
  logIn(): Promise<string>
}

/** More duties, of a server that knows the keys of creations, versions and sessions. */
export function serverDuties(server: () => Promise<ServerWithSessions>): void {
  let running: ServerWithSessions
  let token: string
  beforeEach(async () => {
    running = await server()
    token = await running.logIn()
  })
  const open = (collections?: Collections): Opened => openEndpoints(running, collections, { token: () => token })

  it('makes one record for one key', async () => {
    const { make } = open({ authors: { idempotencyKey: true } })
    const first = await make('authors', 'local', { name: 'Ann' }, 'key-1')
    expect(await make('authors', 'local', { name: 'Ann' }, 'key-1')).toEqual(first)
    expect(running.all('authors')).toHaveLength(1)
  })

  it('refuses an old version', async () => {
    const { make, notes, context } = open({ notes: { versions: 'etag' } })
    const made = await make('notes', id, { title: 'Milk' })
    const version = made.ok ? made.version : undefined
    const key = { collection: 'notes', id }
    const change = { op: 'update', key, patch: { title: 'Oats' }, idempotencyKey: 'u', version } as const
    expect(version).toBeDefined()
    expect(await notes.write(change, context)).toMatchObject({ ok: true, record: { title: 'Oats' } })
    expect(await notes.write(change, context)).toMatchObject({ failure: { kind: 'conflict', reason: 'stale' } })
  })

  it('ends a session, and takes the next one', async () => {
    const { make, change } = open()
    await make('notes', id, { title: 'Milk' })
    running.endSessions()
    expect(await change(id, { title: 'Oats' })).toMatchObject({ failure: { kind: 'auth' } })
    token = await running.logIn()
    expect(await change(id, { title: 'Oats' })).toMatchObject({ ok: true })
  })
}
