import { describe, expect, it } from 'vitest'
import { backendlessEndpoint } from '../../src/backendless/endpoint.js'
import type { RequestContext } from '../../src/endpoint/endpoint.js'
import type { FailureKind } from '../../src/model/failure.js'
import { answeringFetch, jsonAnswer, rawAnswer, requestContext, type Answer } from '../support/answering-fetch.js'

const options = { appId: 'APP', apiKey: 'KEY-SECRET', baseUrl: 'https://api.example.com' }
const endpoint = backendlessEndpoint(options)
const key = { collection: 'users', id: 'U1' }
const token = 'TOKEN-SECRET'
const user = { objectId: 'U1', email: 'ann@x.co', name: 'Ann', created: 1, updated: null, ___class: 'Users' }

const update = (answers: Answer | Answer[], more: Partial<RequestContext> = {}, patch = { name: 'Ann' } as object) => {
  const { fetch, requests } = answeringFetch(...[answers].flat())
  const context = { ...requestContext(fetch), token, ...more }
  return { requests, reply: endpoint.update({ key, patch: patch as { name: string }, idempotencyKey: 'e-1' }, context) }
}

const read = (answers: Answer | Answer[], more: Partial<RequestContext> = {}, by = endpoint) => {
  const { fetch, requests } = answeringFetch(...[answers].flat())
  return { requests, reply: by.read!(key, { ...requestContext(fetch), token, ...more }) }
}

describe('update', () => {
  it('sends only the patch, with the token, to the user', async () => {
    const { reply, requests } = update(jsonAnswer(user))
    expect(await reply).toEqual({ ok: true, record: user })
    expect(requests).toHaveLength(1)
    expect(requests[0]).toMatchObject({ method: 'PUT', url: 'https://api.example.com/APP/KEY-SECRET/users/U1' })
    expect(requests[0]!.headers.get('user-token')).toBe(token)
    expect(await requests[0]!.json()).toEqual({ name: 'Ann' })
  })

  it('sends nothing that a preflight would have to allow but the token and the type', async () => {
    const { reply, requests } = update(jsonAnswer(user))
    await reply
    const safe = ['accept', 'accept-language', 'content-language']
    expect([...requests[0]!.headers.keys()].filter((name) => !safe.includes(name))).toEqual([
      'content-type',
      'user-token',
    ])
  })

  it("asks at the user's own address, without a parameter: what changes something is answered by no cache", async () => {
    const { reply, requests } = update(jsonAnswer(user), { requestId: 'r1' })
    await reply
    expect(requests[0]!.url).toBe('https://api.example.com/APP/KEY-SECRET/users/U1')
  })

  it('keeps an id within its part of the path', async () => {
    const { fetch, requests } = answeringFetch(jsonAnswer({ objectId: 'a/../b?c#d' }))
    const request = { key: { collection: 'users', id: 'a/../b?c#d' }, patch: {}, idempotencyKey: 'e' }
    expect(await endpoint.update(request, requestContext(fetch))).toMatchObject({ ok: true })
    expect(requests[0]!.url).toBe('https://api.example.com/APP/KEY-SECRET/users/a%2F..%2Fb%3Fc%23d')
  })

  it('keeps token, password and names that reach a prototype out of the record', async () => {
    const answer = jsonAnswer({
      ...user,
      'user-token': token,
      password: 'x',
      constructor: 'c',
      prototype: 'p',
      toString: 't',
    })
    expect(await update(answer).reply).toEqual({ ok: true, record: { ...user, toString: 't' } })
  })

  it('takes an id that is a number for the same as text', async () => {
    const { fetch } = answeringFetch(jsonAnswer({ objectId: 1 }))
    const request = { key: { collection: 'users', id: '1' }, patch: {}, idempotencyKey: 'e' }
    expect(await endpoint.update(request, requestContext(fetch))).toEqual({ ok: true, record: { objectId: '1' } })
  })

  it('names what offends, as far as the description tells', async () => {
    const description = [{ name: 'email', type: 'STRING', required: true, identity: true }]
    const patch = { email: '', nick: 'A' }
    const refused = (code: number): Answer => jsonAnswer({ code, message: 'no' }, { status: 400 })
    expect(await update(refused(3045), { description }, patch).reply).toMatchObject({
      failure: { offending: ['email'] },
    })
    expect(await update(refused(3031), { description }, patch).reply).toMatchObject({
      failure: { offending: ['nick'] },
    })
    expect(await update(refused(3018), {}, patch).reply).toMatchObject({ failure: { offending: ['email'] } })
    expect((await update(refused(3045), {}, patch).reply) as object).not.toHaveProperty('failure.offending')
  })

  it("goes by the app's own kinds", async () => {
    const own = backendlessEndpoint({ ...options, faultKinds: { 7001: 'configuration' } })
    const { fetch } = answeringFetch(jsonAnswer({ code: 7001, message: 'blocked' }, { status: 400 }))
    expect(await own.update({ key, patch: {}, idempotencyKey: 'e' }, requestContext(fetch))).toMatchObject({
      failure: { kind: 'configuration', code: 7001 },
    })
  })
})

describe('read', () => {
  it('asks the data service, as the SDKs do', async () => {
    const { reply, requests } = read(jsonAnswer(user))
    expect(await reply).toEqual({ ok: true, record: user })
    expect(requests[0]).toMatchObject({ method: 'GET', url: 'https://api.example.com/APP/KEY-SECRET/data/Users/U1' })
    expect(requests[0]!.headers.get('user-token')).toBe(token)
  })

  it('has an address of its own for each request, which no cache can know, unless that is turned off', async () => {
    const address = 'https://api.example.com/APP/KEY-SECRET/data/Users/U1'
    const plain = backendlessEndpoint({ ...options, cacheBusting: false })
    for (const [by, url] of [
      [endpoint, `${address}?_=r1`],
      [plain, address],
    ] as const) {
      const { reply, requests } = read(jsonAnswer(user), { requestId: 'r1' }, by)
      expect(await reply).toEqual({ ok: true, record: user })
      expect(requests[0]!.url).toBe(url)
    }
  })

  it.each([1000, 3030])('finds the record gone at %d', async (code) => {
    const refused = jsonAnswer({ code, message: 'Entity not found' }, { status: 404 })
    expect(await read(refused).reply).toMatchObject({ ok: false, failure: { kind: 'gone', code } })
  })
})

/** The meaning of hostile or broken answers, for update and read: always a failure, never a verdict. */
const noVerdict: [string, Answer, FailureKind?][] = [
  ['a portal page with 200', rawAnswer('<html>Welcome', 'text/html')],
  ['HTML that calls itself JSON', rawAnswer('<html>')],
  ['nothing', rawAnswer(null)],
  ['null', jsonAnswer(null)],
  ['an empty list', jsonAnswer([])],
  ['a list with the user', jsonAnswer([user])],
  ['a text', jsonAnswer('ok')],
  ['true', jsonAnswer(true)],
  ['0', jsonAnswer(0)],
  ['an empty object', jsonAnswer({})],
  ['a user without id', jsonAnswer({ ...user, objectId: undefined })],
  ['a user with id null', jsonAnswer({ ...user, objectId: null })],
  ['a user with an empty id', jsonAnswer({ ...user, objectId: '' })],
  ['a user with an object as id', jsonAnswer({ ...user, objectId: { id: 'U1' } })],
  ["another user's record", jsonAnswer({ ...user, objectId: 'U2' })],
  ['an id of another case', jsonAnswer({ ...user, objectId: 'u1' })],
  ['204', new Response(null, { status: 204 })],
  ['201 with the user', jsonAnswer(user, { status: 201 })],
  ['202 with the user', jsonAnswer(user, { status: 202 })],
  ['207 with the user', jsonAnswer(user, { status: 207 })],
  ['the user at 400', jsonAnswer(user, { status: 400 })],
  ['a cut body', rawAnswer('{"objectId":"U1","na')],
  ['two bodies', rawAnswer(JSON.stringify(user) + JSON.stringify(user))],
  ['a key that reaches a prototype', rawAnswer('{"objectId":"U1","__proto__":{"admin":true}}')],
  ['a deep body', rawAnswer('{"objectId":"U1","a":' + '['.repeat(100_000) + ']'.repeat(100_000) + '}')],
  ['UTF-16', rawAnswer(Uint16Array.from(JSON.stringify(user), (c) => c.charCodeAt(0)))],
  ['10 MB of text', rawAnswer(`{"objectId":"U1","name":"${'x'.repeat(1e7)}"}`)],
  ['301', new Response(null, { status: 301, headers: { location: 'https://evil.example/' } })],
  ['303', new Response(null, { status: 303, headers: { location: '/login' } })],
  ['307', new Response(null, { status: 307, headers: { location: 'https://evil.example/' } })],
  ['304', new Response(null, { status: 304 })],
  ['a gateway 404', rawAnswer('<html>Not Found', 'text/html', { status: 404 })],
  ['a proxy 403', rawAnswer('<html>Forbidden', 'text/html', { status: 403 })],
  ['a proxy 407', rawAnswer('', 'text/html', { status: 407 })],
  ['a firewall 400', rawAnswer('<html>Blocked', 'text/html', { status: 400 })],
  ['a JSON 404 without a code', jsonAnswer({ message: 'no Route matched' }, { status: 404 })],
  ['a JSON 403 with a code as text', jsonAnswer({ code: 'FORBIDDEN', message: 'no' }, { status: 403 })],
  ['an empty 409', new Response(null, { status: 409 })],
  ['410', jsonAnswer({ error: 'gone' }, { status: 410 })],
  ['413', rawAnswer('too large', 'text/plain', { status: 413 })],
  ['422', jsonAnswer({ errors: { name: ['bad'] } }, { status: 422 })],
  ['405', new Response(null, { status: 405 })],
  ['500 with HTML', rawAnswer('<html>', 'text/html', { status: 500 })],
  ['502 as JSON with its status for a code', jsonAnswer({ code: 502, message: 'Bad gateway' }, { status: 502 })],
  ['504', rawAnswer('', 'text/html', { status: 504 })],
  ['520', rawAnswer('error code: 520', 'text/plain', { status: 520 })],
  ['408', new Response(null, { status: 408 }), 'busy'],
  ['425', new Response(null, { status: 425 }), 'busy'],
  ['429 without a body', new Response(null, { status: 429 }), 'busy'],
  ['429 with JSON', jsonAnswer({ error: 'slow down' }, { status: 429 }), 'busy'],
  ['503 with HTML', rawAnswer('<html>', 'text/html', { status: 503 }), 'busy'],
  ['no answer', () => Promise.reject(new TypeError('reset')), 'unreachable'],
]

describe.each([
  ['update', update],
  ['read', read],
])('the part of each answer that %s believes', (_name, call) => {
  it.each(noVerdict)('%s is no verdict', async (_what, answer, kind = 'server') => {
    const reply = await call(answer).reply
    expect(reply).toMatchObject({ ok: false, failure: { kind } })
    const text = JSON.stringify(reply)
    expect(text).not.toContain('SECRET')
    expect(text.length).toBeLessThan(500)
    expect(Object.prototype).not.toHaveProperty('admin')
  })

  it('a fault within a 200 is a refusal', async () => {
    expect(await call(jsonAnswer({ code: 3029, message: 'no', errorData: {} })).reply).toMatchObject({
      ok: false,
      failure: { kind: 'forbidden', code: 3029, status: 200 },
    })
  })

  it('cuts out the parts of token and key that a refusal quotes', async () => {
    const message = `Not existing user token - ${token}. Relogin at /APP/KEY-SECRET/`
    const refused = jsonAnswer({ code: 3064, message, errorData: { token } }, { status: 400 })
    const reply = await call(refused).reply
    expect(reply).toMatchObject({ failure: { kind: 'auth', code: 3064 } })
    expect(JSON.stringify(reply)).not.toContain('SECRET')
  })

  describe('a 401 without a code', () => {
    const bare = (): Response => rawAnswer('<html>', 'text/html', { status: 401 })

    it('asks the backend about the token, and ends the session when it is dead', async () => {
      const { reply, requests } = call([bare, jsonAnswer(false)])
      expect(await reply).toMatchObject({ ok: false, failure: { kind: 'auth', code: 3064, status: 401 } })
      expect(requests).toHaveLength(2)
      expect(requests[1]!.url).toBe(`https://api.example.com/APP/KEY-SECRET/users/isvalidusertoken/${token}`)
      expect(requests[1]!.headers.get('user-token')).toBeNull()
      expect(JSON.stringify(await reply)).not.toContain('SECRET')
    })

    it.each<[string, Answer]>([
      ['the token is valid', jsonAnswer(true)],
      ['the backend does not say', () => Promise.reject(new TypeError('reset'))],
      ['the answer is a portal page', rawAnswer('<html>', 'text/html')],
      ['the answer is a 401 too', bare],
      ['the answer is an object', jsonAnswer({ valid: false })],
    ])('is no verdict when %s', async (_what, answer) => {
      const { reply, requests } = call([bare, answer])
      expect(await reply).toMatchObject({ ok: false, failure: { kind: 'server', status: 401 } })
      expect(requests).toHaveLength(2)
    })

    it('with a code needs no question', async () => {
      const { reply, requests } = call(jsonAnswer({ code: 3003, message: 'x' }, { status: 401 }))
      expect(await reply).toMatchObject({ failure: { kind: 'auth', code: 3003 } })
      expect(requests).toHaveLength(1)
    })
  })
})

describe('describe', () => {
  const described = (answer: Answer) => {
    const { fetch } = answeringFetch(answer)
    return endpoint.describe!({ ...requestContext(fetch), token })
  }

  it('gives the list of properties as the backend has it', async () => {
    const list = [{ name: 'email', type: 'STRING', required: true, identity: true, defaultValue: null }]
    expect(await described(jsonAnswer(list))).toEqual(list)
  })

  it.each<[string, Answer]>([
    ['an object', jsonAnswer({})],
    ['an empty list', jsonAnswer([])],
    ['a list of other things', jsonAnswer([{ name: 'email' }])],
    ['a portal page', rawAnswer('<html>', 'text/html')],
  ])('rejects at %s', async (_what, answer) => {
    await expect(described(answer)).rejects.toMatchObject({ name: 'FaultError', failure: { kind: 'server' } })
  })

  it('rejects with the refusal', async () => {
    await expect(described(jsonAnswer({ code: 3064, message: 'x' }, { status: 400 }))).rejects.toMatchObject({
      code: 3064,
    })
  })
})

it('names a silent loss with the code that the documentation has for it', () => {
  expect(endpoint.notStored!(['nick', 'team'])).toMatchObject({
    kind: 'validation',
    reason: 'not-stored',
    code: 3031,
    message: expect.stringContaining('nick, team') as unknown,
  })
})

it('names the backend without its key', () => {
  expect(endpoint.backend).toEqual({ id: 'api.example.com/APP', database: 'holdfast-APP' })
})
