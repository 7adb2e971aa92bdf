import { describe, expect, it } from 'vitest'
import type { Rule } from '../../demo/server/control/rules.js'
import type { RunningRestServer } from '../../demo/server/rest/start-rest-server.js'
import { callControl } from './api.js'
import { ask, problem, serveRest } from './rest-api.js'
import { until } from './until.js'

async function world(): Promise<{ server: RunningRestServer; patch: (title: string) => ReturnType<typeof ask> }> {
  const server = await serveRest({ control: true })
  server.control.create('notes', { id: 'n1', title: 'Milk' })
  return { server, patch: (title) => ask(server, 'PATCH', 'notes/n1', { body: { title } }) }
}
const title = ({ control }: RunningRestServer) => control.read('notes', 'n1')?.title

describe('between a request and its answer', () => {
  it('the network can be off', async () => {
    const { server, patch } = await world()
    server.control.refuse(true)
    await expect(patch('Tea')).rejects.toThrow('fetch failed')
    await expect(ask(server, 'GET', 'notes')).rejects.toThrow('fetch failed')
    server.control.refuse(false)
    expect(title(server)).toBe('Milk')
    expect((await patch('Tea')).status).toBe(200)
  })

  it('the answer can be lost after the effect, and the request before it', async () => {
    const { server, patch } = await world()
    server.control.rules.add({ match: { method: 'PATCH' }, action: { do: 'refuse' } })
    server.control.rules.add({ match: { method: 'PATCH' }, action: { do: 'lose-answer' } })
    await expect(patch('Tea')).rejects.toThrow('fetch failed')
    expect(title(server)).toBe('Milk')
    await expect(patch('Tea')).rejects.toThrow('fetch failed')
    expect(title(server)).toBe('Tea')
  })

  it.each<[string, Rule['action'], object]>([
    ['a 500', { do: 'server-error' }, { status: 500 }],
    ['a 503 of a gateway', { do: 'gateway', status: 503 }, { status: 503 }],
    ['a 429', { do: 'too-many-requests', retryAfter: 7 }, { status: 429 }],
    ['a captive portal', { do: 'captive-portal' }, { status: 200, body: null }],
    [
      'a refusal',
      { do: 'problem', status: 409, code: 'taken', errors: { title: ['is taken'] } },
      problem(409, 'taken'),
    ],
    ['any other answer', { do: 'answer', status: 418, body: { odd: true } }, { status: 418, body: { odd: true } }],
  ])('%s can stand for the answer, and nothing is applied', async (_what, action, expected) => {
    const { server, patch } = await world()
    server.control.rules.add({ match: { method: ['PATCH', 'PUT'] }, action })
    const answer = await patch('Tea')
    expect(answer).toMatchObject(expected)
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    expect(title(server)).toBe('Milk')
    expect((await patch('Tea')).status).toBe(200)
  })

  it('a request can be held before it is carried out, and its answer after', async () => {
    const { server, patch } = await world()
    const { control } = server
    control.rules.add({ match: { method: 'PATCH' }, action: { do: 'hold' } })
    const held = patch('Tea')
    await until(() => control.held() === 1)
    control.update('notes', 'n1', { title: 'Cocoa' })
    control.release()
    expect((await held).body.title).toBe('Tea')
    control.rules.add({ match: { method: 'PATCH' }, action: { do: 'hold-answer' } })
    const late = patch('Water')
    await until(() => control.held() === 1)
    expect(title(server)).toBe('Water')
    control.release()
    expect((await late).status).toBe(200)
  })

  it('each request can be slow', async () => {
    const { server, patch } = await world()
    server.control.setLatency(20)
    await patch('Tea')
    const [entry] = server.control.requests.list()
    expect(Number(entry?.endedAtMs) - Number(entry?.atMs)).toBeGreaterThanOrEqual(19)
  })

  it('the next write can be refused', async () => {
    const { server, patch } = await world()
    server.control.failNext({ status: 422, code: 'invalid', errors: { title: ['is rude'] } })
    expect((await ask(server, 'GET', 'notes')).status).toBe(200)
    expect(await patch('Tea')).toMatchObject(problem(422, 'invalid', { title: ['is rude'] }))
    expect((await patch('Tea')).status).toBe(200)
  })
})

describe('another device', () => {
  it('makes, changes and deletes records, and its writes are logged as such', async () => {
    const { server } = await world()
    server.control.setSwitches({ access: 'session' })
    const { id } = server.control.create('authors', { name: 'Ann' })
    server.control.update('notes', 'n1', { authorId: id! })
    expect(() => server.control.delete('authors', 1)).toThrow('refers to it')
    expect(() => server.control.create('notes', { id: 'n2' })).toThrow('"title" has to have a value')
    expect(() => server.control.create('nothing', {})).toThrow('no collection "nothing"')
    server.control.delete('notes', 'n1')
    server.control.delete('authors', 1)
    expect(server.control.read('authors', 1)).toBeUndefined()
    expect(server.control.log().map(({ op, collection, source }) => [op, collection, source])).toEqual([
      ['create', 'notes', 'control'],
      ['create', 'authors', 'control'],
      ['update', 'notes', 'control'],
      ['delete', 'notes', 'control'],
      ['delete', 'authors', 'control'],
    ])
    expect(server.control.log({ after: 1, collection: 'notes', id: 'n1' })).toHaveLength(2)
  })
})

describe('the counts', () => {
  it('are by route and by method', async () => {
    const { server, patch } = await world()
    expect(server.control.requests.methods()).toEqual({})
    await patch('Tea')
    await patch('Tea')
    await ask(server, 'GET', 'notes?limit=1')
    await ask(server, 'GET', 'nothing/x')
    expect(server.control.requests.counts()).toEqual({ 'PATCH /notes/:id': 2, 'GET /notes': 1, 'GET :other': 1 })
    expect(server.control.requests.methods()).toEqual({ PATCH: 2, GET: 2 })
    server.control.requests.clear()
    expect(server.control.requests.methods()).toEqual({})
  })
})

describe('the control path', () => {
  it('does all of it over HTTP, for those who have the token', async () => {
    const { server, patch } = await world()
    const control = (method: string, path: string, body?: unknown) => callControl(server, method, path, body)
    expect((await callControl({ ...server, controlToken: 'x' }, 'GET', '')).status).toBe(401)
    expect((await control('POST', '/records/authors', { name: 'Ann' })).body).toMatchObject({ id: 1 })
    expect((await control('PATCH', '/records/notes/n1', { authorId: 1 })).body).toMatchObject({ authorId: 1 })
    expect((await control('GET', '/records/notes')).body).toMatchObject([{ id: 'n1' }])
    expect((await control('GET', '/records/notes/n1')).body).toMatchObject({ id: 'n1' })
    expect((await control('GET', '/records/notes/n2')).status).toBe(404)
    expect((await control('DELETE', '/records/authors/1')).body.error).toContain('refers to it')
    expect((await control('DELETE', '/records/notes/n1')).body).toEqual({ ok: true })
    expect((await control('GET', '/log?collection=notes&after=1')).body).toHaveLength(2)
    expect((await control('POST', '/fail', { status: 403, code: 'forbidden' })).body).toEqual({ ok: true })
    expect((await patch('x')).status).toBe(403)
    for (const [path, body] of [
      ['/switches', { writeAnswer: 'nothing' }],
      ['/cors', { allowHeaders: ['Content-Type'] }],
      ['/saving/notes', { normalise: { title: ['trim'] } }],
      ['/latency', { delayMs: 1 }],
    ] as const) {
      expect((await control('PUT', path, body)).body, path).toEqual({ ok: true })
    }
    await control('POST', '/rules', { action: { do: 'gateway', status: 502 } })
    expect((await control('GET', '')).body).toMatchObject({
      latencyMs: 1,
      switches: { writeAnswer: 'nothing' },
      cors: { allowHeaders: ['Content-Type'], maxAgeSeconds: 600 },
      saving: { notes: { normalise: { title: ['trim'] }, drop: [] } },
      rules: [{ action: { do: 'gateway' } }],
      counts: { 'PATCH /notes/:id': 1 },
      methods: { PATCH: 1 },
    })
    await control('POST', '/reset')
    expect((await control('GET', '')).body).toMatchObject({
      latencyMs: 0,
      switches: { writeAnswer: 'record' },
      saving: {},
      rules: [],
    })
  })

  it.each([
    ['PUT', '/switches', { nothing: 1 }, 'There is no switch "nothing"'],
    ['PUT', '/switches', { paging: 'x' }, 'The switch "paging" cannot be "x": use cursor or offset'],
    ['PUT', '/cors', { allowHeaders: ['a,b'] }, '"allowHeaders" has to be a list of texts'],
    ['PUT', '/cors', { origins: 'some' }, '"origins" has to be any, local or a list'],
    ['PUT', '/cors', { odd: 1 }, 'CORS has no setting "odd"'],
    ['PUT', '/saving/nothing', {}, 'There is no collection "nothing"'],
    ['PUT', '/saving/notes', { normalise: { title: ['shout'] } }, '"title" has to be a list of trim'],
    ['POST', '/rules', { action: { do: 'fault', code: 1 } }, 'There is no action "fault"'],
    ['POST', '/rules', { action: { do: 'problem', status: 99 } }, '"status" has to be'],
    ['POST', '/rules', { match: { method: [1] }, action: { do: 'refuse' } }, '"method" has to be text'],
    ['POST', '/sessions/end', {}, 'Say whose sessions end'],
  ])('says what is wrong: %s %s %j', async (method, path, body, error) => {
    const { server, patch } = await world()
    const refused = await callControl(server, method, path, body)
    expect(refused.status).toBe(400)
    expect(refused.body.error).toContain(error)
    expect((await patch('Tea')).status).toBe(200)
  })
})
