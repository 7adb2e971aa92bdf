import { describe, expect, it } from 'vitest'
import type { Schema } from '../../demo/server/rest/schema.js'
import { ask, problem, serveRest } from './rest-api.js'

describe('the values of a record', () => {
  it.each<[string, unknown, string]>([
    ['title', null, 'has to have a value'],
    ['title', '', 'has to have a value'],
    ['title', 7, 'has to be text'],
    ['title', ['x'], 'has to be text'],
    ['title', 'x'.repeat(201), 'has to have at most 200 characters'],
    ['done', 'true', 'has to be true or false'],
    ['rank', '1', 'has to be a number'],
    ['due', 'tomorrow', 'has to be a time as in ISO 8601, with its zone: 2026-03-01T12:00:00Z'],
    ['due', '2026-13-01T12:00:00Z', 'has to be a time as in ISO 8601, with its zone: 2026-03-01T12:00:00Z'],
    ['due', '2026-03-01T12:00:00', 'has to be a time as in ISO 8601, with its zone: 2026-03-01T12:00:00Z'],
    ['due', 1_767_225_600_000, 'has to be a time as in ISO 8601, with its zone: 2026-03-01T12:00:00Z'],
    ['authorId', '1', 'has to be an id of authors'],
    ['authorId', 1.5, 'has to be an id of authors'],
    ['notebookId', 1, 'has to be an id of notebooks'],
    ['colour', 'red', 'is no field of notes'],
    ['createdAt', '2026-01-01T00:00:00Z', 'is written by the server alone'],
  ])('cannot be so: %s %j', async (field, value, message) => {
    const server = await serveRest()
    const errors = { [field]: [message] }
    const body = { id: 'n1', title: 'Milk', [field]: value }
    expect(await ask(server, 'POST', 'notes', { body })).toMatchObject(problem(422, 'invalid', errors))
    server.control.create('notes', { id: 'n2', title: 'Tea' })
    expect(await ask(server, 'PATCH', 'notes/n2', { body: { [field]: value } })).toMatchObject(
      problem(422, 'invalid', errors),
    )
    expect(server.control.all('notes')).toMatchObject([{ id: 'n2', title: 'Tea' }])
  })

  it('are refused together, and named each', async () => {
    const server = await serveRest()
    const refused = await ask(server, 'POST', 'notes', { body: { id: 'n1', done: 1, rank: 'x' } })
    expect(refused).toMatchObject(
      problem(422, 'invalid', {
        done: ['has to be true or false'],
        rank: ['has to be a number'],
        title: ['has to have a value'],
      }),
    )
    expect(refused.headers.get('content-type')).toBe('application/problem+json')
  })

  it('of a field that is not known are left out where the server is so', async () => {
    const server = await serveRest({ switches: { unknownFields: 'drop' } })
    const { status, body } = await ask(server, 'POST', 'notes', { body: { id: 'n1', title: 'Milk', colour: 'red' } })
    expect([status, Object.hasOwn(body, 'colour')]).toEqual([201, false])
  })

  it('are stored in one form: times with milliseconds, in UTC', async () => {
    const server = await serveRest()
    const body = { id: 'n1', title: 'Milk', due: '2026-03-01T12:00:00+01:00' }
    expect((await ask(server, 'POST', 'notes', { body })).body.due).toBe('2026-03-01T11:00:00.000Z')
  })

  it('of JSON take the place of what was there, but in a merge patch (RFC 7396)', async () => {
    const server = await serveRest()
    server.control.create('notes', { id: 'n1', title: 'Milk', labels: { a: 1, b: { c: 2 } } })
    const merged = await ask(server, 'PATCH', 'notes/n1', {
      body: { labels: { a: null, b: { d: 3 } }, text: 'x' },
      headers: { 'content-type': 'application/merge-patch+json' },
    })
    expect(merged.body).toMatchObject({ labels: { b: { c: 2, d: 3 } }, text: 'x', title: 'Milk' })
    expect(merged.body.labels).not.toHaveProperty('a')
    const replaced = await ask(server, 'PATCH', 'notes/n1', { body: { labels: { e: [null] } } })
    expect(replaced.body.labels).toEqual({ e: [null] })
  })

  it('that one note has cannot be those of another, where they are unique', async () => {
    const server = await serveRest()
    server.control.create('notes', { id: 'n1', title: 'Milk', slug: 'milk' })
    server.control.create('notes', { id: 'n2', title: 'Tea' })
    const post = () => ask(server, 'POST', 'notes', { body: { id: 'n3', title: 'x', slug: 'milk' } })
    expect(await post()).toMatchObject(problem(409, 'taken', { slug: ['is taken'] }))
    expect(await ask(server, 'PATCH', 'notes/n2', { body: { slug: 'milk' } })).toMatchObject(
      problem(409, 'taken', { slug: ['is taken'] }),
    )
    expect((await ask(server, 'PATCH', 'notes/n1', { body: { slug: 'milk' } })).status).toBe(200)
    for (const takenStatus of [422, 400, 500] as const) {
      server.control.setSwitches({ takenStatus })
      expect(await post()).toMatchObject(problem(takenStatus, 'taken', { slug: ['is taken'] }))
    }
    await ask(server, 'DELETE', 'notes/n1')
    expect((await post()).status).toBe(201)
  })
})

describe('the ids in a record', () => {
  const schema: Schema = {
    collections: {
      products: { ids: 'integer', fields: { name: { type: 'text' } } },
      tags: { ids: 'client', fields: {} },
      orders: {
        ids: 'client',
        fields: { parentId: { type: 'id' }, tagIds: { type: 'json' }, lines: { type: 'json' } },
        refs: { parentId: 'orders', tagIds: 'tags', 'lines.*.productId': 'products' },
      },
    },
  }

  it('have to be those of records, at every place', async () => {
    const server = await serveRest({ schema })
    server.control.create('products', { name: 'Tile' })
    server.control.create('tags', { id: 't1' })
    const post = (body: object) => ask(server, 'POST', 'orders', { body: { id: 'o1', ...body } })
    const lines = [{ productId: 1 }, { productId: 2 }, {}]
    expect(await post({ parentId: 'o0', tagIds: ['t1', 't2'], lines })).toMatchObject(
      problem(422, 'missing-record', {
        parentId: ['is "o0", and orders has no record with that id'],
        'tagIds.1': ['is "t2", and tags has no record with that id'],
        'lines.1.productId': ['is 2, and products has no record with that id'],
      }),
    )
    expect(await post({ tagIds: [7], lines: [{ productId: '1' }] })).toMatchObject(
      problem(422, 'invalid', {
        'tagIds.0': ['has to be an id of tags'],
        'lines.0.productId': ['has to be an id of products'],
      }),
    )
    expect((await post({ parentId: 'o1', tagIds: ['t1', 't1'], lines: [{ productId: 1 }, null, 7] })).status).toBe(201)
    expect(await ask(server, 'PATCH', 'orders/o1', { body: { tagIds: ['t9'] } })).toMatchObject(
      problem(422, 'missing-record', { 'tagIds.0': ['is "t9", and tags has no record with that id'] }),
    )
  })

  it('keep the record that they are of from being deleted', async () => {
    const server = await serveRest({ schema })
    server.control.create('products', { name: 'Tile' })
    server.control.create('tags', { id: 't1' })
    server.control.create('orders', { id: 'o1', parentId: 'o1', tagIds: ['t1'], lines: [{ productId: 1 }] })
    for (const path of ['products/1', 'tags/t1']) {
      const refused = await ask(server, 'DELETE', path)
      expect(refused).toMatchObject(problem(409, 'referenced'))
      expect(refused.body.detail).toMatch(/^The record "o1" of orders refers to it by "/)
    }
    await ask(server, 'PATCH', 'orders/o1', { body: { lines: [] } })
    expect((await ask(server, 'DELETE', 'products/1')).status).toBe(204)
    // Itself it may refer to.
    expect((await ask(server, 'DELETE', 'orders/o1')).status).toBe(204)
    expect((await ask(server, 'DELETE', 'tags/t1')).status).toBe(204)
  })
})

describe('the server itself', () => {
  it('can write other values than it was sent', async () => {
    const server = await serveRest({
      hook: (collection, values, op) => ({ ...values, ...(collection === 'notes' && { text: `by ${op}` }) }),
    })
    server.control.setSaving('notes', { normalise: { title: ['trim', 'lower-case'] }, drop: ['rank'] })
    const made = await ask(server, 'POST', 'notes', { body: { id: 'n1', title: ' Milk ', text: 'mine', rank: 1 } })
    expect(made).toMatchObject({ status: 201, body: { title: 'milk', text: 'by create', rank: null } })
    server.control.setHook(undefined)
    expect((await ask(server, 'PATCH', 'notes/n1', { body: { text: 'mine' } })).body.text).toBe('mine')
    server.control.reset()
    expect((await ask(server, 'PATCH', 'notes/n1', { body: { title: ' Tea ', text: 'x' } })).body).toMatchObject({
      title: ' Tea ',
      text: 'by update',
    })
  })

  it('says when a record was made and last changed', async () => {
    let now = Date.UTC(2026, 0, 1)
    const server = await serveRest({ now: () => now })
    server.control.create('notes', { id: 'n1', title: 'Milk' })
    now += 1500
    expect((await ask(server, 'PATCH', 'notes/n1', { body: {} })).body).toMatchObject({
      createdAt: '2026-01-01T00:00:00.000Z',
      updatedAt: '2026-01-01T00:00:01.500Z',
    })
  })
})
