import { describe, expect, it } from 'vitest'
import { ask, problem, serveRest } from './rest-api.js'

describe('a record that the client names', () => {
  it('is created by PUT, once', async () => {
    const server = await serveRest()
    const put = () =>
      ask(server, 'PUT', 'notes/n1', { body: { title: 'Milk', rank: 2.5 }, headers: { 'if-none-match': '*' } })
    const created = await put()
    expect(created.status).toBe(201)
    expect(created.headers.get('location')).toBe('/v1/notes/n1')
    expect(created.headers.get('etag')).toBe('"1"')
    expect(created.body).toEqual({
      id: 'n1',
      title: 'Milk',
      text: null,
      slug: null,
      done: false,
      rank: 2.5,
      due: null,
      labels: null,
      authorId: null,
      notebookId: null,
      jobId: null,
      createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
      updatedAt: created.body.createdAt,
    })
    expect(await put()).toMatchObject(problem(412, 'exists'))
    expect(server.control.log()).toMatchObject([
      { collection: 'notes', id: 'n1', op: 'create', applied: { title: 'Milk' }, source: 'api' },
    ])
  })

  it('is created once, however many ask at once, by PUT and by POST', async () => {
    const server = await serveRest()
    const body = { id: 'n1', title: 'Milk' }
    const put = () => ask(server, 'PUT', 'notes/n1', { body, headers: { 'if-none-match': '*' } })
    const post = () => ask(server, 'POST', 'notes', { body })
    const answers = await Promise.all(Array.from({ length: 10 }, () => [put(), post()]).flat())
    const count = (status: number) => answers.filter((answer) => answer.status === status).length
    expect(count(201)).toBe(1)
    expect(count(412) + count(409)).toBe(19)
    expect(server.control.log()).toHaveLength(1)
  })

  it('is not created by PUT without If-None-Match, nor under another id than that of its address', async () => {
    const server = await serveRest()
    const body = { title: 'Milk' }
    expect(await ask(server, 'PUT', 'notes/n1', { body })).toMatchObject(problem(428, 'condition-missing'))
    const headers = { 'if-none-match': '*' }
    expect(await ask(server, 'PUT', 'notes/n1', { body: { ...body, id: 'n2' }, headers })).toMatchObject(
      problem(422, 'invalid', { id: [expect.any(String)] }),
    )
    expect((await ask(server, 'PUT', 'notes/n1', { body: { ...body, id: 'n1' }, headers })).status).toBe(201)
  })

  it('is created by POST, once', async () => {
    const server = await serveRest()
    const post = (body: object) => ask(server, 'POST', 'notes', { body })
    expect(await post({ id: 'n1', title: 'Milk' })).toMatchObject({ status: 201, body: { id: 'n1' } })
    expect(await post({ id: 'n1', title: 'Tea' })).toMatchObject(problem(409, 'taken', { id: ['is taken'] }))
    expect(await post({ title: 'Tea' })).toMatchObject(problem(422, 'invalid', { id: [expect.any(String)] }))
    expect(server.control.all('notes')).toMatchObject([{ id: 'n1', title: 'Milk' }])
  })

  it.each(['', '.', '..', 'a b', 'ä', 'a/b', 'x'.repeat(101), 7, true, {}, ['n'], '__proto__\0'])(
    'is not created under the id %j',
    async (id) => {
      const server = await serveRest()
      expect(await ask(server, 'POST', 'notes', { body: { id, title: 'Milk' } })).toMatchObject(
        problem(422, 'invalid', { id: [expect.any(String)] }),
      )
    },
  )
})

describe('a record that the server names', () => {
  it('has a number or a text as its id, which is given once', async () => {
    const server = await serveRest()
    const author = () => ask(server, 'POST', 'authors', { body: { name: 'Ann' } })
    expect((await author()).body.id).toBe(1)
    expect((await author()).body.id).toBe(2)
    expect((await ask(server, 'DELETE', 'authors/2')).status).toBe(204)
    const third = await author()
    expect(third.body.id).toBe(3)
    expect(third.headers.get('location')).toBe('/v1/authors/3')
    const job = await ask(server, 'POST', 'jobs', { body: { title: 'Roof' } })
    expect(job.body.id).toMatch(/^[0-9a-f-]{36}$/)
    expect(job.body.state).toBe('open')
  })

  it('is not named by a client', async () => {
    const server = await serveRest()
    expect(await ask(server, 'POST', 'authors', { body: { id: 7, name: 'Ann' } })).toMatchObject(
      problem(422, 'invalid', { id: ['is given by the server'] }),
    )
    const put = await ask(server, 'PUT', 'authors/7', { body: { name: 'Ann' }, headers: { 'if-none-match': '*' } })
    expect(put).toMatchObject(problem(405, 'method'))
    expect(put.headers.get('allow')).toBe('GET, PATCH, DELETE')
  })
})

describe('a record', () => {
  it('is read, changed and deleted', async () => {
    const server = await serveRest()
    await ask(server, 'POST', 'notes', { body: { id: 'n1', title: 'Milk', text: 'Two' } })
    const read = await ask(server, 'GET', 'notes/n1')
    expect(read).toMatchObject({ status: 200, body: { id: 'n1', title: 'Milk' } })
    const etag = read.headers.get('etag')!
    const changed = await ask(server, 'PATCH', 'notes/n1', {
      body: { title: 'Oat milk', text: null },
      headers: { 'if-match': etag },
    })
    expect(changed).toMatchObject({ status: 200, body: { title: 'Oat milk', text: null } })
    expect(changed.headers.get('etag')).toBe('"2"')
    const stale = await ask(server, 'PATCH', 'notes/n1', { body: { title: 'x' }, headers: { 'if-match': etag } })
    expect(stale).toMatchObject(problem(412, 'stale'))
    expect(stale.headers.get('etag')).toBe('"2"')
    expect(await ask(server, 'DELETE', 'notes/n1', { headers: { 'if-match': etag } })).toMatchObject(
      problem(412, 'stale'),
    )
    const gone = await ask(server, 'DELETE', 'notes/n1', { headers: { 'if-match': '"1", "2"' } })
    expect(gone).toMatchObject({ status: 204, text: '' })
    for (const method of ['GET', 'PATCH', 'DELETE']) {
      const body = method === 'PATCH' ? { body: { title: 'x' } } : {}
      expect(await ask(server, method, 'notes/n1', body)).toMatchObject(problem(404, 'no-such-record'))
    }
  })

  it('that was deleted can be made again, with another version', async () => {
    const server = await serveRest()
    const post = () => ask(server, 'POST', 'notes', { body: { id: 'n1', title: 'Milk' } })
    const first = (await post()).headers.get('etag')
    await ask(server, 'DELETE', 'notes/n1')
    const second = (await post()).headers.get('etag')
    expect([first, second]).toEqual(['"1"', '"3"'])
  })
})
