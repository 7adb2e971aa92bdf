import { describe, expect, it } from 'vitest'
import { ann, ask, james, logInTo, problem, serveRest } from './rest-api.js'
import { until } from './until.js'

describe('a request with an Idempotency-Key', () => {
  it('has one effect, and the answer of it each time', async () => {
    const server = await serveRest()
    const post = () => ask(server, 'POST', 'authors', { body: { name: 'Ann' }, key: 'k1' })
    const [first, second] = [await post(), await post()]
    expect(first).toMatchObject({ status: 201, body: { id: 1, name: 'Ann' } })
    expect(second).toMatchObject({ status: 201, text: first.text })
    for (const name of ['etag', 'location', 'content-type']) {
      expect(second.headers.get(name), name).toBe(first.headers.get(name))
    }
    expect(server.control.log()).toMatchObject([{ op: 'create', idempotencyKey: 'k1' }])
  })

  it('is answered so for an update and a delete too, though the version has moved on', async () => {
    const server = await serveRest()
    server.control.create('notes', { id: 'n1', title: 'Milk' })
    const headers = { 'if-match': '"1"' }
    const patch = () => ask(server, 'PATCH', 'notes/n1', { body: { title: 'Tea' }, key: 'k1', headers })
    const first = await patch()
    expect(first.status).toBe(200)
    server.control.update('notes', 'n1', { title: 'Cocoa' })
    expect(await patch()).toMatchObject({ status: 200, text: first.text })
    expect(server.control.read('notes', 'n1')?.title).toBe('Cocoa')
    const remove = () => ask(server, 'DELETE', 'notes/n1', { key: 'k2' })
    expect([(await remove()).status, (await remove()).status]).toEqual([204, 204])
    expect(server.control.log().map(({ op }) => op)).toEqual(['create', 'update', 'update', 'delete'])
  })

  it('is refused with the key of another request', async () => {
    const server = await serveRest()
    await ask(server, 'POST', 'authors', { body: { name: 'Ann' }, key: 'k1' })
    for (const [method, path, body] of [
      ['POST', 'authors', { name: 'Bob' }],
      ['POST', 'jobs', { name: 'Ann' }],
      ['PATCH', 'authors/1', { name: 'Ann' }],
      ['DELETE', 'authors/1', undefined],
    ] as const) {
      expect(await ask(server, method, path, { body, key: 'k1' })).toMatchObject(problem(422, 'key-reused'))
    }
    expect(server.control.log()).toHaveLength(1)
  })

  it('is refused while the first one is in work, and answered after', async () => {
    const server = await serveRest()
    server.control.rules.add({ match: { method: 'POST' }, action: { do: 'hold-work' } })
    const post = () => ask(server, 'POST', 'authors', { body: { name: 'Ann' }, key: 'k1' })
    const first = post()
    await until(() => server.control.held() === 1)
    expect(await post()).toMatchObject(problem(409, 'key-in-use'))
    const other = await ask(server, 'POST', 'authors', { body: { name: 'Ann' }, key: 'k2' })
    expect(other.status).toBe(201)
    server.control.release()
    const { status, text } = await first
    expect(status).toBe(201)
    expect(await post()).toMatchObject({ status: 201, text })
    expect(server.control.all('authors')).toHaveLength(2)
  })

  it('has one effect, however many come at once', async () => {
    const server = await serveRest()
    const post = () => ask(server, 'POST', 'authors', { body: { name: 'Ann' }, key: 'k1' })
    const answers = await Promise.all(Array.from({ length: 20 }, post))
    expect(answers.every(({ status }) => status === 201 || status === 409)).toBe(true)
    expect(new Set(answers.filter(({ status }) => status === 201).map(({ text }) => text)).size).toBe(1)
    expect(server.control.all('authors')).toHaveLength(1)
  })

  it('that had no effect is tried again: what refused it may be over', async () => {
    const server = await serveRest()
    const post = () => ask(server, 'POST', 'notes', { body: { id: 'n1', title: 'Milk', authorId: 1 }, key: 'k1' })
    expect(await post()).toMatchObject(problem(422, 'missing-record'))
    server.control.create('authors', { name: 'Ann' })
    expect((await post()).status).toBe(201)
  })

  it('that the connection lost the answer of is answered when it is repeated', async () => {
    const server = await serveRest()
    server.control.rules.add({ match: { method: 'POST' }, action: { do: 'lose-answer' } })
    const post = () => ask(server, 'POST', 'jobs', { body: { title: 'Roof' }, key: 'k1' })
    await expect(post()).rejects.toThrow('fetch failed')
    const [{ id }] = server.control.all('jobs') as [{ id: string }]
    expect(await post()).toMatchObject({ status: 201, body: { id } })
    expect(server.control.all('jobs')).toHaveLength(1)
  })
})

describe('a key', () => {
  it('is kept for a day', async () => {
    let now = Date.UTC(2026, 0, 1)
    const server = await serveRest({ now: () => now })
    const post = () => ask(server, 'POST', 'authors', { body: { name: 'Ann' }, key: 'k1' })
    await post()
    now += 24 * 3600 * 1000 - 1
    expect((await post()).body.id).toBe(1)
    now += 1
    expect((await post()).body.id).toBe(2)
    expect((await post()).body.id).toBe(2)
  })

  it('is one with and without the quotes of the draft, and refused where it is none', async () => {
    const server = await serveRest()
    const post = (key: string) =>
      ask(server, 'POST', 'authors', { body: { name: 'Ann' }, headers: { 'idempotency-key': key } })
    expect((await post('"k1"')).body.id).toBe(1)
    expect((await post('k1')).body.id).toBe(1)
    for (const key of ['""', '"a"b"', 'a b', 'x'.repeat(201), '"a\\"']) {
      expect(await post(key), key).toMatchObject(problem(400, 'bad-key'))
    }
    expect(server.control.all('authors')).toHaveLength(1)
  })

  it('is of one account', async () => {
    const server = await serveRest({ switches: { access: 'session' } })
    const tokens = [await logInTo(server, ann), await logInTo(server, james)]
    for (const token of tokens) {
      expect((await ask(server, 'POST', 'authors', { body: { name: 'A' }, key: 'k1', token })).status).toBe(201)
    }
    expect(server.control.log()).toMatchObject([{ callerId: 'ann' }, { callerId: 'james' }])
  })

  it('can be needed, or not looked at', async () => {
    const server = await serveRest({ switches: { idempotency: 'required' } })
    const body = { name: 'Ann' }
    expect(await ask(server, 'POST', 'authors', { body })).toMatchObject(problem(400, 'key-missing'))
    expect((await ask(server, 'POST', 'authors', { body, key: 'k1' })).status).toBe(201)
    server.control.setSwitches({ idempotency: 'ignored' })
    expect((await ask(server, 'POST', 'authors', { body, key: 'k1' })).body.id).toBe(2)
  })
})
