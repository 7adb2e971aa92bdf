import { describe, expect, it } from 'vitest'
import { ann, ask, james, logInTo, problem, serveRest } from './rest-api.js'

describe('a session', () => {
  it('begins with a login, tells who it is of, and ends with a logout', async () => {
    const server = await serveRest()
    const { status, body } = await ask(server, 'POST', 'session', { body: ann })
    expect(status).toBe(200)
    expect(body).toEqual({
      token: expect.stringMatching(/^[0-9A-F-]{36}$/),
      account: { id: 'ann', login: 'ann@example.com', name: 'Ann' },
    })
    const token = body.token as string
    expect((await ask(server, 'GET', 'me', { token })).body).toEqual(body.account)
    expect((await ask(server, 'DELETE', 'session', { token })).status).toBe(204)
    expect(await ask(server, 'GET', 'me', { token })).toMatchObject(problem(401, 'no-session'))
  })

  it.each([
    [{ login: 'ann@example.com', password: 'x' }],
    [{ login: 'nobody', password: 'iAmAnn' }],
    [{ login: { $ne: null }, password: { $ne: null } }],
    [{ login: ['ann@example.com'], password: ['iAmAnn'] }],
    [{}],
  ])('does not begin with %j', async (body) => {
    const server = await serveRest()
    const refused = await ask(server, 'POST', 'session', { body })
    expect(refused).toMatchObject(problem(401, 'wrong-login'))
    expect(refused.headers.get('www-authenticate')).toBe('Bearer')
  })

  it('is needed where the server is so, and its account is noted with each write', async () => {
    const server = await serveRest({ switches: { access: 'session' } })
    for (const [method, path] of [
      ['GET', 'notes'],
      ['GET', 'notes/n1'],
      ['POST', 'notes'],
      ['PUT', 'notes/n1'],
      ['PATCH', 'notes/n1'],
      ['DELETE', 'notes/n1'],
      ['DELETE', 'session'],
      ['GET', 'me'],
    ] as const) {
      expect(await ask(server, method, path), `${method} ${path}`).toMatchObject(problem(401, 'no-session'))
    }
    const token = await logInTo(server, james)
    expect((await ask(server, 'POST', 'notes', { body: { id: 'n1', title: 'Milk' }, token })).status).toBe(201)
    expect(server.control.log()).toMatchObject([{ callerId: 'james' }])
  })

  it('is gone when it was idle for long, and when the control ends it', async () => {
    let now = Date.UTC(2026, 0, 1)
    const server = await serveRest({ now: () => now, switches: { sessionTimeoutSeconds: 60 } })
    const token = await logInTo(server, ann)
    const me = async () => (await ask(server, 'GET', 'me', { token })).status
    now += 60_000
    expect(await me()).toBe(200)
    now += 60_001
    expect(await me()).toBe(401)
    const [second, third] = [await logInTo(server, ann), await logInTo(server, ann)]
    expect(server.control.endSessions({ token: second })).toBe(1)
    // Who sends a session that is gone is not taken for nobody, though the collection is open to everybody.
    const get = (token?: string) => ask(server, 'GET', 'notes', token === undefined ? {} : { token })
    expect(await get(second)).toMatchObject(problem(401, 'no-session'))
    expect([(await get(third)).status, (await get()).status]).toEqual([200, 200])
    expect(server.control.endSessions({ account: 'ann' })).toBe(1)
    for (const deadSessionStatus of [403, 419] as const) {
      server.control.setSwitches({ deadSessionStatus })
      expect(await get(third)).toMatchObject(problem(deadSessionStatus, 'no-session'))
    }
    // A login is no request of the session before.
    expect((await ask(server, 'POST', 'session', { body: ann, token: third })).status).toBe(200)
  })

  it('can be a cookie, which no script reads and no other site sends', async () => {
    const server = await serveRest({ switches: { sessionBy: 'cookie', access: 'session' } })
    const login = await ask(server, 'POST', 'session', { body: ann })
    expect(login.body).toEqual({ account: { id: 'ann', login: 'ann@example.com', name: 'Ann' } })
    const [, pair] = /^(session=[0-9A-F-]{36}); Path=\/; HttpOnly; SameSite=Lax$/.exec(
      login.headers.get('set-cookie')!,
    )!
    const headers = { cookie: pair! }
    expect((await ask(server, 'GET', 'me', { headers })).body).toMatchObject({ id: 'ann' })
    expect((await ask(server, 'GET', 'notes', { headers })).status).toBe(200)
    expect((await ask(server, 'GET', 'notes', { token: pair!.slice(8) })).status).toBe(401)
    const logout = await ask(server, 'DELETE', 'session', { headers })
    expect(logout.headers.get('set-cookie')).toBe('session=; Max-Age=0; Path=/')
    expect((await ask(server, 'GET', 'notes', { headers })).status).toBe(401)
  })
})

describe('a page of another origin', () => {
  const preflight = (headers: string) => ({
    headers: {
      origin: 'https://app.example',
      'access-control-request-method': 'PATCH',
      'access-control-request-headers': headers,
    },
  })

  it('is told the methods and headers that it may use, and reads the headers that it needs', async () => {
    const server = await serveRest()
    const { status, headers } = await ask(server, 'OPTIONS', 'notes/n1', preflight('if-match'))
    expect(status).toBe(204)
    expect(Object.fromEntries(headers)).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET, POST, PUT, PATCH, DELETE',
      'access-control-allow-headers': 'Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match',
      'access-control-max-age': '600',
    })
    const refused = await ask(server, 'GET', 'notes/n1', { headers: { origin: 'https://app.example' } })
    expect(refused.status).toBe(404)
    expect(refused.headers.get('access-control-allow-origin')).toBe('*')
    expect(refused.headers.get('access-control-expose-headers')).toBe('ETag, Link, Location, Retry-After')
  })

  it('can be told that a header is not allowed', async () => {
    const server = await serveRest({ cors: { allowHeaders: ['Content-Type'], maxAgeSeconds: 0 } })
    const { headers } = await ask(server, 'OPTIONS', 'notes', preflight('content-type,idempotency-key'))
    expect(headers.get('access-control-allow-headers')).toBe('Content-Type')
    server.control.setCors({ allowHeaders: ['Content-Type', 'Idempotency-Key'], exposeHeaders: ['Link'] })
    const after = await ask(server, 'OPTIONS', 'notes', preflight('idempotency-key'))
    expect(after.headers.get('access-control-allow-headers')).toBe('Content-Type, Idempotency-Key')
    expect((await ask(server, 'GET', 'notes')).headers.get('access-control-expose-headers')).toBe('Link')
  })

  it('asks before the session counts: a preflight carries none', async () => {
    const server = await serveRest({ switches: { access: 'session' } })
    expect((await ask(server, 'OPTIONS', 'notes', preflight('authorization'))).status).toBe(204)
  })

  it('of a listed origin may use the API, and others may not read its answers', async () => {
    const server = await serveRest({ cors: { origins: ['https://app.example'] } })
    const get = async (origin: string) => (await ask(server, 'GET', 'notes', { headers: { origin } })).headers
    expect((await get('https://app.example')).get('access-control-allow-origin')).toBe('https://app.example')
    const other = await get('https://other.example')
    expect([other.get('access-control-allow-origin'), other.get('vary')]).toEqual([null, 'Origin'])
  })

  it('uses a cookie only if it is of this machine, or listed: others are refused', async () => {
    const server = await serveRest({ switches: { sessionBy: 'cookie' } })
    const post = (origin: string) =>
      ask(server, 'POST', 'notes', { body: { id: origin.slice(-4), title: 'Milk' }, headers: { origin } })
    const local = await post('http://localhost:4020')
    expect(local.status).toBe(201)
    expect(local.headers.get('access-control-allow-origin')).toBe('http://localhost:4020')
    expect(local.headers.get('access-control-allow-credentials')).toBe('true')
    for (const origin of ['https://evil.example', 'null', 'http://localhost.evil.example', 'x']) {
      const refused = await post(origin)
      expect(refused, origin).toMatchObject(problem(403, 'forbidden-origin'))
      expect(refused.headers.get('access-control-allow-origin')).toBeNull()
    }
    server.control.setCors({ origins: ['https://app.example'] })
    expect((await post('https://app.example')).status).toBe(201)
    expect((await post('http://localhost:4020')).status).toBe(403)
    expect((await post(server.url)).status).toBe(201)
    expect(server.control.all('notes')).toHaveLength(3)
  })

  it('reads an answer of a rule with its cookie too', async () => {
    const server = await serveRest({ switches: { sessionBy: 'cookie' } })
    server.control.rules.add({ action: { do: 'server-error' } })
    const { status, headers } = await ask(server, 'GET', 'notes', { headers: { origin: 'http://127.0.0.1:4020' } })
    expect(status).toBe(500)
    expect(headers.get('access-control-allow-origin')).toBe('http://127.0.0.1:4020')
    expect(headers.get('access-control-allow-credentials')).toBe('true')
  })
})
