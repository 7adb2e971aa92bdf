/* No request of one client may hang the server for the others, or make it grow without bound. */
import fc from '../support/fast-check.js'
import { describe, expect, it } from 'vitest'
import { isPathLike } from '../../demo/server/control/path-pattern.js'
import { call, callControl, serve, signUp } from '../server/api.js'

describe('the path of a rule', () => {
  it('may have many stars', async () => {
    const server = await serve({ control: true })
    const path = `/${'*a'.repeat(400)}*b`
    expect((await callControl(server, 'POST', '/rules', { match: { path }, action: { do: 'refuse' } })).status).toBe(
      200,
    )
    expect((await call(server.apiRoot, 'GET', `/users/${'a'.repeat(8000)}`)).status).toBe(400)
    const { body } = await callControl(server, 'POST', '/rules', {
      match: { path: '*'.repeat(1001) },
      action: { do: 'refuse' },
    })
    expect(body.error).toContain('at most 1000 characters')
  })

  it('means what a regular expression of it means', () => {
    const letters = fc.stringMatching(/^[ab/]{0,12}$/)
    const patterns = fc.stringMatching(/^[ab*/]{0,6}$/)
    fc.assert(
      fc.property(patterns, letters, (pattern, path) => {
        const expected = new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(path)
        return isPathLike(pattern, path) === expected
      }),
      { numRuns: 5000 },
    )
    expect(isPathLike('/users/*', '/users/A')).toBe(true)
    expect(isPathLike('a*a', 'a')).toBe(false)
    expect(isPathLike('/a.b', '/axb')).toBe(false)
  })
})

describe('the log of requests', () => {
  it('counts by the routes that there are, for any path', async () => {
    const server = await serve({ control: true })
    for (let n = 0; n < 50; n += 1) {
      await call(server.apiRoot, 'GET', `/made/up/${n}`)
      await call(server.apiRoot, 'GET', `/users/u${n}/made-up`)
      await call(server.apiRoot, 'GET', `/users/u${n}`)
      await call(server.apiRoot, 'GET', `/data/table${n}`)
    }
    expect((await callControl(server, 'GET', '/counts')).body).toEqual({
      'GET :other': 100,
      'GET /users/:id': 50,
      'GET /data/:table': 50,
    })
    for (const { path } of server.control.requests.list()) expect(path.length).toBeLessThan(300)
  })

  it('keeps a long path and a long key short', async () => {
    const { apiRoot, control } = await serve()
    const long = 'x'.repeat(5000)
    await call(apiRoot, 'PUT', `/users/${long}`, { body: { name: 'x' }, headers: { 'idempotency-key': long } })
    const [entry] = control.requests.list()
    expect([entry!.path.length, entry!.idempotencyKey!.length]).toEqual([300, 200])
  })

  it('has no token in it, however its path is written', async () => {
    const server = await serve({ control: true })
    const { token } = await signUp(server.apiRoot, 'james@example.com')
    const encoded = (text: string): string => text.replace(/./g, (letter) => `%${letter.charCodeAt(0).toString(16)}`)
    const paths = [
      `/users/isvalidusertoken/${token}`,
      `/users/%69svalidusertoken/${token}`,
      `/users/isvalidusertoken/${encoded(token)}`,
      `/users/${encoded('isvalidusertoken')}/${encoded(token)}`,
      `/%75sers/isvalidusertoken/${token}`,
      `/users//isvalidusertoken/${token}`,
      `/users/isvalidusertoken/${token}/more`,
      `/users/%2569svalidusertoken/${token}`,
      `/users%2Fisvalidusertoken%2F${token}`,
      `/Users/IsValidUserToken/${token}`,
      `/users/isvalidusertoken/${token}?a=${token}`,
    ]
    const valid: unknown[] = []
    for (const root of [server.apiRoot, `${server.url}/api`, `${server.url}/%61pi`]) {
      for (const path of paths) valid.push((await call(root, 'GET', path)).body)
    }
    // The first five do ask about the token.
    expect(valid.slice(0, 5)).toEqual([true, true, true, true, true])
    const logged = (await callControl(server, 'GET', '/requests')).text + (await callControl(server, 'GET', '')).text
    for (const secret of [token, encoded(token), server.apiKey]) {
      expect(logged.toLowerCase()).not.toContain(secret.toLowerCase())
    }
  })
})

describe('a value', () => {
  it('of many dots is checked in one pass', async () => {
    const { apiRoot } = await serve()
    const { id, token } = await signUp(apiRoot, 'james@example.com')
    const email = `x@${'.'.repeat(1_000_000)}@`
    expect((await call(apiRoot, 'PUT', `/users/${id}`, { body: { email }, token })).body.code).toBe(3040)
  })

  it.each([
    ['a@b.c', true],
    ['a.b+c@d.e.f', true],
    ['a@b..c', true],
    ['a@.b.c', true],
    ['a@b', false],
    ['a@.c', false],
    ['a@b.', false],
    ['@b.c', false],
    ['a@b@c.d', false],
    ['a b@c.d', false],
    ['a@b .c', false],
  ])('%s is an e-mail address: %s', async (email, isOne) => {
    const { apiRoot } = await serve()
    const { status } = await call(apiRoot, 'POST', '/users/register', { body: { email, password: 'x' } })
    expect(status).toBe(isOne ? 200 : 400)
  })
})

it("a request for what there is not is answered without the app's key", async () => {
  const { apiRoot, url, apiKey } = await serve()
  for (const address of [
    `${apiRoot}/nothing`,
    `${url}/api/nothing`,
    `${apiRoot}/`,
    apiRoot,
    `${apiRoot}/users/a/b/c`,
  ]) {
    const { text, body } = await call(address, 'GET', '')
    expect(body.code, address).toEqual(expect.any(Number))
    expect(text).not.toContain(apiKey)
  }
})
