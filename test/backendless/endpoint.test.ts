import { describe, expect, it } from 'vitest'
import { backendlessEndpoint } from '../../src/backendless/endpoint.js'
import type { RequestContext } from '../../src/endpoint/endpoint.js'
import { answeringFetch, jsonAnswer, rawAnswer, requestContext, type Answer } from '../support/answering-fetch.js'
import { changed, responseOf, unprovenAnswers, type UnprovenAnswer } from '../support/answers.js'

const options = { appId: 'APP', apiKey: 'KEY-SECRET', baseUrl: 'https://api.example.com' }
const endpoint = backendlessEndpoint(options)
const key = { collection: 'users', id: 'U1' }
const token = 'TOKEN-SECRET'
const user = { objectId: 'U1', email: 'ann@x.co', name: 'Ann', created: 1, updated: null, ___class: 'Users' }

const update = (answers: Answer | Answer[], more: Partial<RequestContext> = {}, patch = { name: 'Ann' } as object) => {
  const { fetch, requests } = answeringFetch(...[answers].flat())
  const context = { ...requestContext(fetch), token, ...more }
  return {
    requests,
    reply: endpoint.write({ op: 'update', key, patch: patch as { name: string }, idempotencyKey: 'e-1' }, context),
  }
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
    const request = {
      op: 'update' as const,
      key: { collection: 'users', id: 'a/../b?c#d' },
      patch: {},
      idempotencyKey: 'e',
    }
    expect(await endpoint.write(request, requestContext(fetch))).toMatchObject({ ok: true })
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
    const request = { op: 'update' as const, key: { collection: 'users', id: '1' }, patch: {}, idempotencyKey: 'e' }
    expect(await endpoint.write(request, requestContext(fetch))).toEqual({ ok: true, record: { objectId: '1' } })
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
    expect(await own.write({ op: 'update', key, patch: {}, idempotencyKey: 'e' }, requestContext(fetch))).toMatchObject(
      {
        failure: { kind: 'configuration', code: 7001 },
      },
    )
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

describe.each([
  ['update', update],
  ['read', read],
])('the part of each answer that %s believes', (_name, call) => {
  const inAnotherCase = { what: 'the id in another case', ...changed((good) => ({ ...good, objectId: 'u1' })) }
  it.each<UnprovenAnswer>([...unprovenAnswers, inAnotherCase])('$what is no verdict', async (row) => {
    const { kind = 'server', says = '' } = row
    // Where nothing comes, time ends the request.
    const signal = kind === 'timeout' ? AbortSignal.timeout(5) : new AbortController().signal
    const reply = await call((request) => responseOf(row)(user, request), { signal }).reply
    expect(reply).toMatchObject({ ok: false, failure: { kind, message: expect.stringContaining(says) as unknown } })
    const text = JSON.stringify(reply)
    expect(text).not.toContain('SECRET')
    expect(text.length).toBeLessThan(500)
    expect(Object.prototype).not.toHaveProperty('polluted')
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
    return endpoint.describe!('users', { ...requestContext(fetch), token })
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
  expect(endpoint.backend).toEqual({ id: 'api.example.com/APP', database: 'holdfast-APP', notLoggedIn: 3028 })
})
