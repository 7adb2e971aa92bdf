import { describe, expect, it } from 'vitest'
import { ask, problem, serveRest } from './rest-api.js'

const ifNone = { 'if-none-match': '*' }

describe('the answer to a write', () => {
  it('can lack what was sent', async () => {
    const server = await serveRest({ switches: { writeAnswer: 'partial' } })
    const made = await ask(server, 'POST', 'authors', { body: { name: 'Ann', email: 'a@b.co' } })
    expect(made).toMatchObject({ status: 201, body: { id: 1, clientKey: null } })
    expect(Object.keys(made.body)).toEqual(['id', 'clientKey', 'createdAt', 'updatedAt'])
    const changed = await ask(server, 'PATCH', 'authors/1', { body: { name: 'Bob' } })
    expect(Object.keys(changed.body)).toEqual(['id', 'email', 'clientKey', 'createdAt', 'updatedAt'])
  })

  it('can have no body', async () => {
    const server = await serveRest({ switches: { writeAnswer: 'nothing' } })
    const made = await ask(server, 'POST', 'authors', { body: { name: 'Ann' } })
    expect(made).toMatchObject({ status: 201, text: '' })
    expect(made.headers.get('location')).toBe('/v1/authors/1')
    const put = await ask(server, 'PUT', 'notes/n1', { body: { title: 'Milk' }, headers: ifNone })
    expect(put).toMatchObject({ status: 201, text: '' })
    const changed = await ask(server, 'PATCH', 'authors/1', { body: { name: 'Bob' } })
    expect(changed).toMatchObject({ status: 204, text: '' })
    expect(changed.headers.get('etag')).toBe('"3"')
    expect(await ask(server, 'DELETE', 'authors/1')).toMatchObject({ status: 204, text: '' })
  })

  it('can be no more than that it went well', async () => {
    const server = await serveRest({ switches: { writeAnswer: 'success' } })
    for (const [method, path, body, status] of [
      ['POST', 'authors', { name: 'Ann' }, 201],
      ['PATCH', 'authors/1', { name: 'Bob' }, 200],
      ['DELETE', 'authors/1', undefined, 200],
    ] as const) {
      expect(await ask(server, method, path, { body })).toMatchObject({ status, text: '{"success":true}' })
    }
    expect(server.control.log()).toHaveLength(3)
  })

  it('can come in an envelope, as the request does then', async () => {
    const server = await serveRest({ switches: { envelope: 'data' } })
    const made = await ask(server, 'POST', 'authors', { body: { data: { name: 'Ann' } } })
    expect(made).toMatchObject({ status: 201, body: { data: { id: 1, name: 'Ann' } } })
    expect((await ask(server, 'GET', 'authors')).body).toMatchObject({ data: [{ id: 1 }] })
    expect((await ask(server, 'GET', 'authors/1')).body).toMatchObject({ data: { id: 1 } })
    for (const body of [{ name: 'Ann' }, { data: [] }, {}]) {
      expect(await ask(server, 'POST', 'authors', { body })).toMatchObject(problem(400, 'unreadable'))
    }
  })

  it('is kept under its key as it was', async () => {
    const server = await serveRest({ switches: { writeAnswer: 'nothing' } })
    const patch = () => ask(server, 'PATCH', 'authors/1', { body: { name: 'Bob' }, key: 'k1' })
    server.control.create('authors', { name: 'Ann' })
    await patch()
    server.control.setSwitches({ writeAnswer: 'record' })
    expect(await patch()).toMatchObject({ status: 204, text: '' })
  })
})

describe('versions', () => {
  it('can be weak, and match nothing then', async () => {
    const server = await serveRest({ switches: { versions: 'weak' } })
    server.control.create('authors', { name: 'Ann' })
    const tag = (await ask(server, 'GET', 'authors/1')).headers.get('etag')!
    expect(tag).toBe('W/"1"')
    const patch = (etag: string) =>
      ask(server, 'PATCH', 'authors/1', { body: { name: 'Bob' }, headers: { 'if-match': etag } })
    expect(await patch(tag)).toMatchObject(problem(412, 'stale'))
    expect((await patch('"1"')).status).toBe(200)
  })

  it('can be shown and not looked at, and not be there', async () => {
    const server = await serveRest({ switches: { versions: 'ignored' } })
    server.control.create('authors', { name: 'Ann' })
    const patch = () => ask(server, 'PATCH', 'authors/1', { body: { name: 'Bob' }, headers: { 'if-match': '"77"' } })
    expect((await patch()).headers.get('etag')).toBe('"2"')
    server.control.setSwitches({ versions: 'off' })
    expect((await patch()).headers.get('etag')).toBeNull()
    expect((await ask(server, 'GET', 'authors/1')).headers.get('etag')).toBeNull()
  })

  it('can be needed for each update and delete', async () => {
    const server = await serveRest({ switches: { ifMatch: 'required' } })
    server.control.create('authors', { name: 'Ann' })
    expect(await ask(server, 'PATCH', 'authors/1', { body: { name: 'Bob' } })).toMatchObject(
      problem(428, 'condition-missing'),
    )
    expect(await ask(server, 'DELETE', 'authors/1')).toMatchObject(problem(428, 'condition-missing'))
    expect((await ask(server, 'DELETE', 'authors/1', { headers: { 'if-match': '*' } })).status).toBe(204)
  })

  it('of a record that is not there are no matter: there is no such record', async () => {
    const server = await serveRest()
    const headers = { 'if-match': '"1"' }
    expect(await ask(server, 'DELETE', 'authors/1', { headers })).toMatchObject(problem(404, 'no-such-record'))
  })

  it('spare the body of a read, where the reader has it', async () => {
    const server = await serveRest()
    server.control.create('authors', { name: 'Ann' })
    const get = (etag: string) => ask(server, 'GET', 'authors/1', { headers: { 'if-none-match': etag } })
    expect(await get('"1"')).toMatchObject({ status: 304, text: '' })
    expect(await get('W/"1"')).toMatchObject({ status: 304 })
    expect(await get('"2"')).toMatchObject({ status: 200 })
    expect((await ask(server, 'GET', 'authors/1')).headers.get('cache-control')).toBe('no-store')
  })

  it.each(['1', 'x"1"', '"1" "2"', '"1', ''])('are refused where they are none: %j', async (tag) => {
    const server = await serveRest()
    server.control.create('authors', { name: 'Ann' })
    const patch = await ask(server, 'PATCH', 'authors/1', { body: {}, headers: { 'if-match': tag } })
    expect(patch).toMatchObject(problem(400, 'unreadable'))
  })
})

describe('a record that is gone', () => {
  it('is told from one that never was, where the server is so', async () => {
    const server = await serveRest({ switches: { goneStatus: 410 } })
    server.control.create('authors', { name: 'Ann' })
    await ask(server, 'DELETE', 'authors/1')
    expect(await ask(server, 'GET', 'authors/1')).toMatchObject(problem(410, 'gone'))
    expect(await ask(server, 'GET', 'authors/2')).toMatchObject(problem(404, 'no-such-record'))
  })
})

describe('a path or a method that there is not', () => {
  it('is refused by name', async () => {
    const server = await serveRest()
    for (const path of ['nothing', 'nothing/1', 'constructor', '__proto__/1', 'toString']) {
      expect(await ask(server, 'GET', path), path).toMatchObject(problem(404, 'no-such-path'))
      expect(await ask(server, 'POST', path, { body: {} }), path).toMatchObject({ status: 404 })
    }
    for (const path of ['', 'notes/1/2', '../x']) expect((await ask(server, 'GET', path)).status, path).toBe(404)
    const put = await ask(server, 'PUT', 'notes', { body: {} })
    expect(put).toMatchObject(problem(405, 'method'))
    expect(put.headers.get('allow')).toBe('GET, POST')
    expect((await ask(server, 'POST', 'notes/1', { body: {} })).headers.get('allow')).toBe('GET, PUT, PATCH, DELETE')
  })
})
