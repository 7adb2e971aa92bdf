import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import type { RunningServer } from '../../demo/server/start-server.js'
import { call, expectUnharmed, raw, serve, signUp, type Account, type Answer } from './api.js'

async function withUser(): Promise<{
  server: RunningServer
  james: Account
  update: (body: unknown) => Promise<Answer>
}> {
  const server = await serve()
  const james = await signUp(server.apiRoot, 'james@example.com', { name: 'James' })
  const update = (body: unknown): Promise<Answer> =>
    call(server.apiRoot, 'PUT', `/users/${james.id}`, { body, token: james.token })
  return { server, james, update }
}

/** A fault, with nothing in it of how the server is made. */
function expectFault(answer: Answer): void {
  expect(answer.body, answer.text).toEqual({ code: expect.any(Number), message: expect.any(String), errorData: {} })
  expect(answer.status).toBeGreaterThanOrEqual(400)
  expect(answer.status).toBeLessThan(500)
  expect(answer.text).not.toMatch(
    /sqlite|object_id|identity_key|password_hash|json_extract|node_modules|\.ts:|:\d+:\d+/i,
  )
}

describe('a hostile body', () => {
  it.each([
    ['broken JSON', '{"name": '],
    ['no JSON', 'name=x'],
    ['an array', '[{"name":"x"}]'],
    ['a string', '"x"'],
    ['a number', '1'],
    ['null', 'null'],
    ['deep nesting', `{"prefs":${'['.repeat(200)}${']'.repeat(200)}}`],
    ['nesting that exhausts a stack', `{"prefs":${'['.repeat(500_000)}${']'.repeat(500_000)}}`],
    ['nested objects', `{"prefs":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`],
    ['an infinite number', '{"age": 1e999, "name": {}}'],
  ])('is refused: %s', async (_what, body) => {
    const { server, james, update } = await withUser()
    expectFault(await update(body))
    expectFault(await call(server.apiRoot, 'POST', '/users/register', { body }))
    expectFault(await call(server.apiRoot, 'POST', '/users/login', { body }))
    await expectUnharmed(server, james)
  })

  it('is refused: 10 MB, and the answer can be read', async () => {
    const { server, james, update } = await withUser()
    const answer = await update({ name: 'x'.repeat(10 * 1024 * 1024) })
    expectFault(answer)
    expect(answer.status).toBe(413)
    await expectUnharmed(server, james)
  })

  it('is refused: bytes that are not UTF-8, and a body that says it is no JSON', async () => {
    const { server, james } = await withUser()
    const put = (body: BodyInit, type: string): Promise<Response> =>
      fetch(`${server.apiRoot}/users/${james.id}`, { method: 'PUT', body, headers: { 'content-type': type } })
    expect((await put(new Uint8Array([0x7b, 0xff, 0xfe, 0x7d]), 'application/json')).status).toBe(400)
    expect((await put('{"name":"x"}', 'text/plain')).status).toBe(415)
    await expectUnharmed(server, james)
  })

  it('cannot reach a prototype', async () => {
    const { server, james, update } = await withUser()
    for (const body of ['{"__proto__":{"polluted":1}}', '{"__proto__":null}', '{"__defineGetter__":"x"}']) {
      expectFault(await update(body))
    }
    expect(({} as { polluted?: number }).polluted).toBeUndefined()
    await expectUnharmed(server, james)
  })

  it('makes no more columns than a table can have', async () => {
    const { server, james, update } = await withUser()
    const body = Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`p${index}`, 1]))
    const refused = await update(body)
    expectFault(refused)
    expect(refused.body.code).toBe(3024)
    expectFault(
      await call(server.apiRoot, 'POST', '/users/register', { body: { ...body, email: 'a@b.cd', password: 'x' } }),
    )
    await expectUnharmed(server, james)
    const some = Object.fromEntries(Object.entries(body).slice(0, 1017 - 9 - 4))
    expect((await update(some)).status).toBe(200)
    expect((await update({ oneMore: 1 })).body.code).toBe(3024)
    expect((await update({ p0: 2 })).body.p0).toBe(2)
  })

  it('has names of an object taken for properties like any other', async () => {
    const { update } = await withUser()
    const odd = { toString: 'b', hasOwnProperty: 'c', valueOf: 'd' }
    expect((await update(JSON.stringify(odd))).body).toMatchObject(odd)
  })

  it.each([
    ['register', '/users/register', { email: ['a@example.com'], password: { x: 1 } }],
    ['register', '/users/register', { email: { $gt: '' }, password: 'x' }],
    ['login', '/users/login', { login: { $ne: null }, password: { $ne: null } }],
    ['login', '/users/login', { login: ['james@example.com'], password: 'secret-1' }],
    ['login', '/users/login', { login: true, password: 1 }],
    ['find', '/data/Users/find', { where: ['a'], pageSize: 'x', offset: {} }],
    ['find', '/data/Users/find', { where: 7 }],
    ['find', '/data/Users/find', { pageSize: 1e300 }],
    ['find', '/data/Users/find', { where: `name like '${'%a'.repeat(4000)}'`, pageSize: 1000 }],
  ])('has values of a wrong type: %s at %s', async (_what, path, body) => {
    const { server, james } = await withUser()
    expectFault(await call(server.apiRoot, 'POST', path, { body }))
    await expectUnharmed(server, james)
  })
})

describe('SQL in every field', () => {
  const injections = [
    "' OR '1'='1",
    "'; DROP TABLE users; --",
    '" OR ""="',
    "x' UNION SELECT * FROM sessions --",
    '\u0000',
    '%',
    '\\',
  ]

  it('is text where text may be', async () => {
    const { server, james, update } = await withUser()
    for (const text of injections) {
      const { body } = await update({ name: text, note: text })
      expect(body).toMatchObject({ name: text, note: text })
      expect(server.control.readUser({ id: james.id })).toMatchObject({ name: text, note: text })
    }
  })

  it('finds nobody, logs nobody in and names nobody', async () => {
    const { server, james } = await withUser()
    const { apiRoot } = server
    for (const text of injections) {
      const encoded = encodeURIComponent(text)
      expectFault(await call(apiRoot, 'POST', '/users/login', { body: { login: text, password: text } }))
      expectFault(await call(apiRoot, 'POST', '/users/login', { body: { login: 'james@example.com', password: text } }))
      expectFault(await call(apiRoot, 'PUT', `/users/${encoded}`, { body: { name: 'x' } }))
      expectFault(await call(apiRoot, 'GET', `/users/${encoded}`))
      expectFault(await call(apiRoot, 'GET', `/data/Users/${encoded}`))
      expectFault(await call(apiRoot, 'GET', `/data/${encoded}/${james.id}`))
      expectFault(await call(apiRoot, 'GET', `/users/${james.id}?props=${encoded}`))
      expectFault(await call(apiRoot, 'GET', `/users/restorepassword/${encoded}`))
      expectFault(await call(apiRoot, 'POST', '/data/Users/find', { body: { where: text } }))
      expectFault(await call(apiRoot, 'POST', '/data/Users/find', { body: { sortBy: text } }))
      expectFault(await call(apiRoot, 'POST', '/data/Users/find', { body: { props: text } }))
      expectFault(await call(apiRoot, 'PUT', `/users/${james.id}`, { body: { [text]: 'x' }, token: james.token }))
      expect((await call(apiRoot, 'GET', `/users/isvalidusertoken/${encoded}`)).body).toBe(false)
      const where = `name = '${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
      expect((await call(apiRoot, 'POST', '/data/Users/find', { body: { where } })).body).toEqual([])
    }
    await expectUnharmed(server, james)
  })
})

describe('a NUL', () => {
  it('does not cut an id, a token or an identity short', async () => {
    const { server, james } = await withUser()
    const { apiRoot } = server
    expectFault(await call(apiRoot, 'GET', `/users/${james.id}%00x`))
    expectFault(await call(apiRoot, 'PUT', `/users/${james.id}%00x`, { body: { name: 'x' } }))
    expect((await call(apiRoot, 'GET', `/users/isvalidusertoken/${james.token}%00`)).body).toBe(false)
    const login = { login: 'james@example.com\0', password: 'secret-1' }
    expectFault(await call(apiRoot, 'POST', '/users/login', { body: login }))
    const found = await call(apiRoot, 'POST', '/data/Users/find', { body: { where: "name = 'James\0'" } })
    expect(found.body).toEqual([])
    await expectUnharmed(server, james)
  })
})

describe('a hostile path', () => {
  it('gets a fault, of some kind', async () => {
    const { server, james } = await withUser()
    const { apiRoot, url } = server
    for (const path of [
      '/users/../../../etc/passwd',
      '/users/%2e%2e%2f%2e%2e%2fetc%2fpasswd',
      '/users/%00',
      '/users/%ff%fe',
      '/users/%',
      '/users//',
      '/data/',
      '/data/Users/a/b/c',
      '/nothing',
      `/users/${'x'.repeat(8000)}`,
    ]) {
      expectFault(await call(apiRoot, 'GET', path))
    }
    for (const path of ['/', '/x', '/x/y/users/1', '/users/1', '//api/info', '/api', '/control/log']) {
      expectFault(await call(url, 'GET', path))
    }
    await expectUnharmed(server, james)
  })

  it('gets a fault for a method that there is not', async () => {
    const { server, james } = await withUser()
    for (const method of ['DELETE', 'PATCH', 'POST']) {
      expectFault(await call(server.apiRoot, method, `/users/${james.id}`, { body: { name: 'x' } }))
    }
    await expectUnharmed(server, james)
  })
})

describe('a request that is no HTTP', () => {
  it('ends its own connection and nothing else', async () => {
    const { server, james } = await withUser()
    await raw(server, 'nonsense\r\n\r\n')
    await raw(server, Buffer.alloc(1000, 0xff))
    expect(await raw(server, `GET / HTTP/1.1\r\nHost: localhost\r\nA: ${'y'.repeat(100_000)}\r\n\r\n`)).toContain('431')
    expect(await raw(server, 'GET / HTTP/1.1\r\nHost: x y z\r\nConnection: close\r\n\r\n')).toContain(' 403 ')
    await expectUnharmed(server, james)
  })

  it('may break off in the middle of a body', async () => {
    const { server, james } = await withUser()
    const path = `/${server.appId}/${server.apiKey}/users/${james.id}`
    const head = `PUT ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n`
    await new Promise<void>((resolve) => {
      const socket = connect(server.port, '127.0.0.1', () => {
        socket.write(`${head}{"name":"half`, () => socket.destroy())
      })
      socket.on('close', () => resolve())
    })
    await expectUnharmed(server, james)
  })
})
