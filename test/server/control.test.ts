import { describe, expect, it } from 'vitest'
import type { Json } from '../../demo/server/json.js'
import type { Rule } from '../../demo/server/control/rules.js'
import type { RunningServer } from '../../demo/server/start-server.js'
import { call, callControl, serve, signUp, type Account, type Answer } from './api.js'
import { until } from './until.js'

interface World {
  readonly server: RunningServer
  readonly james: Account
  update(body: unknown): Promise<Answer>
  /** A request to the control path. */
  control(method: string, path: string, body?: unknown): Promise<Answer>
  /** The name as it is stored. */
  name(): Json | undefined
}

async function world(): Promise<World> {
  const server = await serve({ control: true })
  const james = await signUp(server.apiRoot, 'james@example.com', { name: 'James' })
  server.control.requests.clear()
  return {
    server,
    james,
    update: (body) => call(server.apiRoot, 'PUT', `/users/${james.id}`, { body, token: james.token }),
    control: (method, path, body) => callControl(server, method, path, body),
    name: () => server.control.readUser({ id: james.id })?.name,
  }
}

describe('the control path', () => {
  it('is not there unless it was asked for', async () => {
    const server = await serve()
    const answer = await call(`${server.url}/control`, 'PUT', '/refuse', { body: { on: true } })
    expect(answer.body.code).toBe(2002)
    expect(server.control.settings.refusing).toBe(false)
  })

  it('can be reached by a page of any origin that has the token', async () => {
    const { server } = await world()
    const headers = {
      origin: 'http://localhost:1',
      'access-control-request-method': 'PUT',
      'access-control-request-headers': 'content-type,control-token',
    }
    const { status, headers: allowed } = await call(`${server.url}/control`, 'OPTIONS', '/latency', { headers })
    expect(status).toBe(204)
    expect(allowed.get('access-control-allow-origin')).toBe('*')
    expect(allowed.get('access-control-allow-methods')).toContain('PUT')
    expect(allowed.get('access-control-allow-headers')).toBe('content-type,control-token')
  })

  it('says what is wrong with a request to it', async () => {
    const { control } = await world()
    expect((await control('POST', '/rules', { action: { do: 'explode' } })).body.error).toMatch(/"explode".*refuse/)
    expect((await control('PUT', '/switches', { dynamicSchema: 'maybe' })).body.error).toMatch(
      /dynamicSchema.*"maybe".*drop/,
    )
    expect((await control('PUT', '/switches', { nonsense: 1 })).body.error).toContain('nonsense')
    expect((await control('PUT', '/latency', { delayMs: 'x' })).body.error).toContain('delayMs')
    expect((await control('GET', '/nothing')).status).toBe(404)
  })

  it.each([
    ['POST', '/rules', { rules: 5 }, '"rules" has to be a list'],
    ['POST', '/rules', { rules: [null] }, 'A rule has to be an object'],
    ['POST', '/rules', { match: [], action: { do: 'refuse' } }, '"match" has to be an object'],
    ['POST', '/rules', { match: { path: 5 }, action: { do: 'refuse' } }, '"path" has to be text'],
    ['POST', '/rules', { times: 'ever', action: { do: 'refuse' } }, '"times" has to be'],
    ['POST', '/rules', { action: { do: 'refuse', delayMs: 'x' } }, '"delayMs" has to be'],
    ['POST', '/rules', { action: { do: 'gateway' } }, '"status" has to be'],
    ['POST', '/rules', { action: { do: 'answer', status: 99 } }, '"status" has to be'],
    ['POST', '/rules', { action: { do: 'answer', status: 204, text: 'x' } }, '"status" cannot be 204'],
    ['POST', '/rules', { action: { do: 'answer', headers: { 'a b': 'c' } } }, '"headers" has to be'],
    ['POST', '/rules', { action: { do: 'answer', headers: { a: 'c\r\nd: e' } } }, '"headers" has to be'],
    ['POST', '/fault', { code: 3018, status: 99 }, '"status" has to be'],
    ['POST', '/fault', { code: 3018, message: 5 }, '"message" has to be text'],
    ['PUT', '/refuse', { on: 'yes' }, '"on" has to be true or false, not "yes"'],
    ['PUT', '/latency', { delayMs: -1 }, '"delayMs" has to be'],
    ['PUT', '/saving', { normalise: { name: 'trim' } }, '"name" has to be a list of trim'],
    ['PUT', '/saving', { normalise: { name: ['shout'] } }, '"name" has to be a list of trim'],
    ['PUT', '/saving', { drop: 'name' }, '"drop" has to be a list'],
  ])('refuses what would break the requests after it: %s %s %j', async (method, path, body, error) => {
    const { control, update } = await world()
    const refused = await control(method, path, body)
    expect(refused.status).toBe(400)
    expect(refused.body.error).toContain(error)
    expect((await update({ name: 'Jim' })).body.name).toBe('Jim')
  })

  it('sets switches and puts all back', async () => {
    const { control, update, server } = await world()
    await control('PUT', '/switches', { dynamicSchema: 'reject' })
    await control('POST', '/rules', { action: { do: 'gateway', status: 404 }, times: 'always' })
    await control('PUT', '/saving', { drop: ['name'] })
    await control('POST', '/reset')
    expect((await update({ name: 'Jim', team: 'red' })).body).toMatchObject({ name: 'Jim', team: 'red' })
    expect((await control('GET', '')).body).toMatchObject({
      refusing: false,
      latencyMs: 0,
      rules: [],
      counts: { 'PUT /users/:id': 1 },
    })
    expect(server.control.settings.switches.dynamicSchema).toBe('on')
  })
})

describe('preflights', () => {
  it('allow the methods and headers that a client needs, and pass by every rule', async () => {
    const { server, james } = await world()
    server.control.rules.add({ action: { do: 'refuse' }, times: 'always' })
    const asked = 'content-type,user-token,idempotency-key,x-anything'
    const { status, headers } = await call(server.apiRoot, 'OPTIONS', `/users/${james.id}`, {
      headers: { origin: 'http://x', 'access-control-request-method': 'PUT', 'access-control-request-headers': asked },
    })
    expect(status).toBe(204)
    expect(headers.get('access-control-allow-origin')).toBe('*')
    expect(
      headers
        .get('access-control-allow-headers')
        ?.split(',')
        .map((name) => name.trim()),
    ).toEqual(asked.split(','))
    for (const method of ['GET', 'PUT', 'POST', 'DELETE']) {
      expect(headers.get('access-control-allow-methods')).toContain(method)
    }
  })
})

describe('a fault', () => {
  it('can be read by a page of any origin', async () => {
    const { server, update } = await world()
    server.control.failNextUpdate({ code: 3018 })
    for (const body of [{ name: 'x' }, { email: '' }]) {
      const { status, headers } = await update(body)
      expect(status).toBe(400)
      expect(headers.get('access-control-allow-origin')).toBe('*')
    }
  })
})

describe('interference between a request and its answer', () => {
  it('refuses connections until it is told otherwise, the control path excepted', async () => {
    const { control, update, name, server } = await world()
    await control('PUT', '/refuse', { on: true })
    await expect(update({ name: 'Jim' })).rejects.toThrow('fetch failed')
    await control('PUT', '/refuse', { on: false })
    expect(name()).toBe('James')
    expect((await update({ name: 'Jim' })).status).toBe(200)
    expect(server.control.requests.list().map(({ status, action }) => ({ status, action }))).toEqual([
      { status: null, action: 'refuse' },
      { status: 200, action: null },
    ])
  })

  it('loses the answer after the update was applied', async () => {
    const { control, update, name } = await world()
    await control('POST', '/rules', { match: { method: 'PUT' }, action: { do: 'lose-answer' } })
    await expect(update({ name: 'Jim' })).rejects.toThrow('fetch failed')
    expect(name()).toBe('Jim')
    expect((await control('GET', '/log')).body).toMatchObject([{ applied: { name: 'Jim' } }])
  })

  it('cuts the body of an answer in the middle, and sends none at all', async () => {
    const { control, update, name } = await world()
    await control('POST', '/rules', { rules: [{ action: { do: 'cut-body' } }, { action: { do: 'empty-body' } }] })
    await expect(update({ name: 'cut' })).rejects.toThrow('terminated')
    expect(name()).toBe('cut')
    expect(await update({ name: 'empty' })).toMatchObject({ status: 200, text: '' })
    expect(name()).toBe('empty')
  })

  it.each<[string, Rule['action'], object]>([
    ['a server error in HTML', { do: 'server-error' }, { status: 500, type: 'text/html; charset=utf-8' }],
    [
      'a server error in JSON',
      { do: 'server-error', status: 503, as: 'json' },
      { status: 503, type: 'application/json' },
    ],
    ['a server error with no body', { do: 'server-error', status: 504, as: 'empty' }, { status: 504, text: '' }],
    ['a bad gateway', { do: 'gateway', status: 502 }, { status: 502, type: 'text/html; charset=utf-8' }],
    ["a gateway's 404", { do: 'gateway', status: 404 }, { status: 404, type: 'text/html; charset=utf-8' }],
    ["a gateway's 403", { do: 'gateway', status: 403 }, { status: 403, type: 'text/html; charset=utf-8' }],
    ['a captive portal', { do: 'captive-portal' }, { status: 200, type: 'text/html; charset=utf-8' }],
    ['a stranger without CORS', { do: 'captive-portal', cors: false }, { status: 200, origin: null }],
    [
      '429 with a readable Retry-After',
      { do: 'too-many-requests', retryAfter: 7 },
      { status: 429, retryAfter: '7', exposed: 'Retry-After' },
    ],
    [
      '429 with a Retry-After that script cannot read',
      { do: 'too-many-requests', retryAfter: 7, readable: false },
      { status: 429, retryAfter: '7', exposed: null },
    ],
    ['429 without Retry-After', { do: 'too-many-requests' }, { status: 429, retryAfter: null }],
  ])('answers with %s, and applies nothing', async (_what, action, expected) => {
    const { control, update, name } = await world()
    await control('POST', '/rules', { action })
    const { status, headers, text } = await update({ name: 'Jim' })
    expect({
      status,
      text,
      type: headers.get('content-type'),
      origin: headers.get('access-control-allow-origin'),
      retryAfter: headers.get('retry-after'),
      exposed: headers.get('access-control-expose-headers'),
    }).toMatchObject({ origin: '*', ...expected })
    expect(name()).toBe('James')
    expect((await update({ name: 'Jim' })).status).toBe(200)
  })

  it('answers as a gateway that gave up waiting for a request that was applied all the same', async () => {
    const { server, update, name } = await world()
    server.control.rules.add({ action: { do: 'gateway', status: 504, applied: true } })
    expect((await update({ name: 'Jim' })).status).toBe(504)
    expect(name()).toBe('Jim')
  })

  it('gives an answer of the test: another row, a redirect', async () => {
    const { server, update, name } = await world()
    const other = { objectId: 'OTHER', name: 'Jim' }
    server.control.rules.add({ action: { do: 'answer', body: other } })
    server.control.rules.add({
      match: { method: 'PUT' },
      action: { do: 'answer', status: 303, headers: { location: '/api/info' } },
    })
    expect((await update({ name: 'Jim' })).body).toEqual(other)
    expect((await update({ name: 'Jim' })).body).toHaveProperty('rtURL')
    expect(name()).toBe('James')
  })

  it('scripts a fault for the next update, with any status', async () => {
    const { control, update, name, server, james } = await world()
    await control('POST', '/fault', { code: 0, message: 'Not on a Sunday' })
    expect((await call(server.apiRoot, 'GET', `/users/${james.id}`)).status).toBe(200)
    expect(await update({ name: 'Jim' })).toMatchObject({
      status: 400,
      body: { code: 0, message: 'Not on a Sunday', errorData: {} },
    })
    await control('POST', '/fault', { code: 3018, status: 200, errorData: { a: 1 } })
    expect(await update({ name: 'Jim' })).toMatchObject({ status: 200, body: { code: 3018, errorData: { a: 1 } } })
    server.control.failNextUpdate({ code: 3024, message: 'x' })
    expect((await update({ name: 'Jim' })).body.code).toBe(3024)
    expect(name()).toBe('James')
  })

  it('meets the nth request that a rule means, as often as it says, in the order of the rules', async () => {
    const { server, james, update } = await world()
    server.control.rules.add({ match: { method: 'GET' }, action: { do: 'gateway', status: 403 }, times: 'always' })
    server.control.rules.add({
      match: { path: `/users/${james.id}` },
      after: 1,
      times: 2,
      action: { do: 'server-error' },
    })
    server.control.rules.add({ match: { path: '/users/*' }, action: { do: 'gateway', status: 404 } })
    const statuses: number[] = []
    for (let n = 0; n < 5; n += 1) statuses.push((await update({ name: `n${n}` })).status)
    expect(statuses).toEqual([404, 500, 500, 200, 200])
    expect((await call(server.apiRoot, 'GET', `/users/${james.id}`)).status).toBe(403)
    expect(server.control.rules.list()).toHaveLength(1)
  })

  it('holds a request, or its answer, until it is released', async () => {
    const { server, update, name } = await world()
    const { control } = server
    control.rules.add({ match: { method: 'PUT' }, action: { do: 'hold' } })
    const before = update({ name: 'held' })
    await until(() => control.held() === 1)
    expect(name()).toBe('James')
    control.release()
    expect((await before).body.name).toBe('held')

    control.rules.add({ match: { method: 'PUT' }, action: { do: 'hold-answer' } })
    const after = update({ name: 'applied' })
    await until(() => control.held() === 1)
    expect(name()).toBe('applied')
    control.release()
    expect((await after).status).toBe(200)
  })

  it('delays each answer by the latency', async () => {
    const { control, update, server } = await world()
    await control('PUT', '/latency', { delayMs: 30 })
    await update({ name: 'Jim' })
    const [entry] = server.control.requests.list()
    expect(Number(entry?.endedAtMs) - Number(entry?.atMs)).toBeGreaterThanOrEqual(29)
  })
})

describe('how saving strays', () => {
  it('normalises values by property, and echoes what it stored', async () => {
    const { control, update, name } = await world()
    const normalise = { name: ['trim', 'lower-case'], born: ['seconds'] }
    await control('PUT', '/saving', { normalise })
    const { body } = await update({ name: '  Jim ', born: 1_719_589_705_912, town: ' Rome ' })
    expect(body).toMatchObject({ name: 'jim', born: 1_719_589_705_000, town: ' Rome ' })
    expect(name()).toBe('jim')
    expect((await control('GET', '/log')).body).toMatchObject([{ applied: { name: 'jim' } }])
  })

  it('drops a property in silence and stores the rest', async () => {
    const { server, update } = await world()
    server.control.setSaving({ drop: ['name', 'fresh'] })
    const { status, body } = await update({ name: 'Jim', fresh: 1, town: 'Rome' })
    expect(status).toBe(200)
    expect(body).toMatchObject({ name: 'James', town: 'Rome' })
    expect(body).not.toHaveProperty('fresh')
    expect(server.control.log()).toMatchObject([{ applied: { town: 'Rome' } }])
  })
})

describe('rows and sessions', () => {
  it('reads and writes a row as another device would', async () => {
    const { control, james, server } = await world()
    server.control.setSwitches({ otherUsers: 'forbid', anonymousUpdate: 'forbid' })
    expect((await control('PUT', `/users/${james.id}`, { name: 'Other', age: 3 })).body).toMatchObject({
      name: 'Other',
    })
    expect((await control('GET', `/users/${james.id}`)).body).toMatchObject({ name: 'Other', age: 3 })
    expect((await control('GET', '/users?identity=James%40example.com')).body).toMatchObject({ objectId: james.id })
    expect((await control('GET', '/users/nobody')).status).toBe(404)
    expect(server.control.log()).toMatchObject([
      { source: 'control', callerId: null, applied: { name: 'Other', age: 3 } },
    ])
  })

  it('ends sessions, disables a user and removes one', async () => {
    const { control, update, james, server } = await world()
    expect((await control('PUT', `/users/${james.id}/status`, { userStatus: 'DISABLED' })).status).toBe(200)
    expect((await update({ name: 'x' })).body.code).toBe(3090)
    expect((await control('PUT', `/users/${james.id}/status`, { userStatus: 'odd' })).status).toBe(400)
    await control('PUT', `/users/${james.id}/status`, { userStatus: 'ENABLED' })
    expect((await control('POST', '/sessions/end', { token: james.token })).body).toEqual({ ended: 1 })
    expect((await update({ name: 'x' })).body.code).toBe(3064)
    expect((await control('DELETE', `/users/${james.id}`)).body).toEqual({ removed: true })
    expect(server.control.readUser({ id: james.id })).toBeUndefined()
  })
})

describe('the logs', () => {
  it('lists updates as they were applied, by number and by user, refused ones not among them', async () => {
    const { control, server, update, james } = await world()
    const ann = await signUp(server.apiRoot, 'ann@example.com')
    await update({ name: 'one' })
    await update({ email: '' })
    await call(server.apiRoot, 'PUT', `/users/${ann.id}`, {
      body: { name: 'Ann', password: 'secret-2' },
      token: james.token,
      headers: { 'idempotency-key': 'key-1' },
    })
    await update({ name: null })
    const log = (await control('GET', '/log')).body as unknown as { seq: number }[]
    expect(log).toEqual([
      {
        seq: 1,
        userId: james.id,
        applied: { name: 'one' },
        passwordChanged: false,
        atMs: expect.any(Number),
        source: 'update',
        callerId: james.id,
        idempotencyKey: null,
      },
      {
        seq: 2,
        userId: ann.id,
        applied: { name: 'Ann' },
        passwordChanged: true,
        atMs: expect.any(Number),
        source: 'update',
        callerId: james.id,
        idempotencyKey: 'key-1',
      },
      {
        seq: 3,
        userId: james.id,
        applied: { name: null },
        passwordChanged: false,
        atMs: expect.any(Number),
        source: 'update',
        callerId: james.id,
        idempotencyKey: null,
      },
    ])
    expect((await control('GET', '/log?after=1')).body).toEqual(log.slice(1))
    expect((await control('GET', `/log?userId=${ann.id}`)).body).toEqual([log[1]])
  })

  it('counts requests by route, and keeps neither token nor key', async () => {
    const { control, server, update, james } = await world()
    await update({ name: 'x' })
    await call(server.apiRoot, 'GET', `/users/isvalidusertoken/${james.token}`)
    await call(`${server.url}/api`, 'GET', `/data/Users/${james.id}`, { token: james.token })
    await call(server.apiRoot, 'GET', '/users/restorepassword/james@example.com')
    expect((await control('GET', '/counts')).body).toEqual({
      'PUT /users/:id': 1,
      'GET /users/isvalidusertoken/:token': 1,
      'GET /data/Users/:id': 1,
      'GET /users/restorepassword/:identity': 1,
    })
    const requests = await control('GET', '/requests')
    expect(requests.text).not.toContain(james.token)
    expect(requests.text).not.toContain(server.apiKey)
    expect(requests.body).toMatchObject([
      { method: 'PUT', path: `/users/${james.id}`, status: 200, overlapping: 0, action: null },
      { status: 200 },
      { path: `/data/Users/${james.id}` },
      { route: 'GET /users/restorepassword/:identity' },
    ])
    await control('DELETE', '/requests')
    expect((await control('GET', '/requests')).body).toEqual([])
  })

  it('shows requests to one row that overlapped', async () => {
    const { server, update } = await world()
    server.control.rules.add({ match: { method: 'PUT' }, action: { do: 'hold' }, times: 2 })
    const both = [update({ name: 'a' }), update({ name: 'b' })]
    await until(() => server.control.held() === 2)
    server.control.release()
    await Promise.all(both)
    expect(server.control.requests.list().map(({ overlapping }) => overlapping)).toEqual([0, 1])
  })
})
