import { describe, expect, it } from 'vitest'
import { backendlessCalls, type BackendlessCalls } from '../../src/backendless/calls.js'
import { askToken, type CallContext } from '../../src/backendless/ask.js'
import { backendOf } from '../../src/backendless/backend.js'
import { answeringFetch, jsonAnswer, rawAnswer, requestContext, type Answer } from '../support/answering-fetch.js'

const options = { baseUrl: 'https://api.example.com/APP/KEY-SECRET' }
const calls = backendlessCalls(options)
const backend = backendOf(options)
const token = 'TOKEN-SECRET'
const password = 'p4ss-SECRET'
const user = { objectId: 'U1', email: 'ann@x.co' }

function ask<R>(answers: Answer | Answer[], call: (calls: BackendlessCalls, context: CallContext) => Promise<R>) {
  const { fetch, requests } = answeringFetch(...[answers].flat())
  return { requests, outcome: call(calls, requestContext(fetch)) }
}

type Call = (calls: BackendlessCalls, context: CallContext) => Promise<{ ok: boolean }>

/** Each call with the secrets that it is given. */
const everyCall: [string, string[], Call][] = [
  ['login', [password], (c, context) => c.login('ann@x.co', password, context)],
  ['loginAsGuest', [], (c, context) => c.loginAsGuest(context)],
  ['register', [token, password], (c, context) => c.register({ email: 'ann@x.co', password }, token, context)],
  ['logout', [token], (c, context) => c.logout(token, context)],
  ['askToken', [token], (_, context) => askToken(backend, token, context)],
  ['restorePassword', [], (c, context) => c.restorePassword('ann@x.co', context)],
  ['changePassword', [token, password], (c, context) => c.changePassword({ userId: 'U1', token, password }, context)],
  ['describe', [token], (c, context) => c.describe(token, context)],
]

describe.each(everyCall)('%s', (_name, secrets, call) => {
  it.each<[string, Answer, object]>([
    ['a portal page', rawAnswer('<html>', 'text/html'), { kind: 'server' }],
    ['a text', jsonAnswer('x', { status: 201 }), { kind: 'server' }],
    [
      'no answer',
      () => Promise.reject(new Error(`no way to KEY-SECRET ${token} ${password}`)),
      { kind: 'unreachable' },
    ],
    ['429', new Response(null, { status: 429, headers: { 'retry-after': '9' } }), { kind: 'busy', retryAfterMs: 9000 }],
    ['500', rawAnswer('<html>', 'text/html', { status: 500 }), { kind: 'server', status: 500 }],
    [
      'a refusal that quotes every secret',
      jsonAnswer(
        { code: 2002, message: `KEY-SECRET ${token} ${password}`, errorData: { password, token } },
        { status: 400 },
      ),
      { kind: 'configuration', code: 2002 },
    ],
  ])('fails at %s, with no secret in the failure', async (_what, answer, failure) => {
    const outcome = await ask(answer, call).outcome
    expect(outcome).toMatchObject({ ok: false, failure })
    for (const secret of ['KEY-SECRET', ...secrets]) expect(JSON.stringify(outcome)).not.toContain(secret)
  })
})

describe('login', () => {
  it('sends identity and password, and no token', async () => {
    const { requests, outcome } = ask(jsonAnswer({ ...user, 'user-token': token }), (c, context) =>
      c.login('ann@x.co', password, context),
    )
    expect(await outcome).toEqual({ ok: true, record: user, id: 'U1', token })
    expect(requests[0]).toMatchObject({ method: 'POST', url: 'https://api.example.com/APP/KEY-SECRET/users/login' })
    expect(requests[0]!.headers.get('user-token')).toBeNull()
    expect(await requests[0]!.json()).toEqual({ login: 'ann@x.co', password })
  })

  it.each<[string, unknown]>([
    ['a user without a token', user],
    ['an empty token', { ...user, 'user-token': '' }],
    ['a token that is no text', { ...user, 'user-token': 7 }],
    ['a token without a user', { 'user-token': token }],
    ['a user whose id leads elsewhere', { objectId: '..', 'user-token': token }],
    ['a list', [{ ...user, 'user-token': token }]],
    ['nothing', null],
  ])('does not believe %s', async (_what, json) => {
    expect(await ask(jsonAnswer(json), (c, context) => c.login('a', 'b', context)).outcome).toMatchObject({
      ok: false,
      failure: { kind: 'server' },
    })
  })

  it('says what the backend refused', async () => {
    const refused = jsonAnswer({ code: 3003, message: 'Invalid login or password', errorData: {} }, { status: 401 })
    const { requests, outcome } = ask(refused, (c, context) => c.login('a', 'b', context))
    expect(await outcome).toEqual({
      ok: false,
      failure: { kind: 'auth', code: 3003, status: 401, message: expect.any(String) as unknown },
    })
    expect(requests).toHaveLength(1)
  })

  it('keeps an empty password from cutting a message to pieces', async () => {
    const refused = jsonAnswer({ code: 3006, message: 'Login and password must not be empty' }, { status: 400 })
    expect(await ask(refused, (c, context) => c.login('a', '', context)).outcome).toMatchObject({
      failure: { message: 'Login and password must not be empty' },
    })
  })
})

describe('loginAsGuest', () => {
  it('asks for a guest without a body', async () => {
    const guest = { objectId: 'G1', userStatus: 'GUEST' }
    const { requests, outcome } = ask(jsonAnswer({ ...guest, 'user-token': token }), (c, context) =>
      c.loginAsGuest(context),
    )
    expect(await outcome).toEqual({ ok: true, record: guest, id: 'G1', token })
    expect(requests[0]).toMatchObject({
      method: 'POST',
      url: expect.stringMatching(/\/users\/register\/guest$/) as unknown,
    })
    expect(await requests[0]!.text()).toBe('')
  })
})

describe('register', () => {
  it('sends the properties', async () => {
    const properties = { email: 'ann@x.co', password, name: 'Ann' }
    const { requests, outcome } = ask(jsonAnswer(user), (c, context) => c.register(properties, undefined, context))
    expect(await outcome).toEqual({ ok: true, record: user, id: 'U1' })
    expect(requests[0]!.url).toMatch(/\/users\/register$/)
    expect(requests[0]!.headers.get('user-token')).toBeNull()
    expect(await requests[0]!.json()).toEqual(properties)
  })

  it('makes a user of a guest, and of no other', async () => {
    const properties = { email: 'ann@x.co', password, objectId: 'G1' }
    const register = (answer: Answer) => ask(answer, (c, context) => c.register(properties, token, context))
    const { requests, outcome } = register(jsonAnswer({ ...user, objectId: 'G1' }))
    expect(await outcome).toMatchObject({ ok: true, id: 'G1' })
    expect(requests[0]!.headers.get('user-token')).toBe(token)
    expect(await register(jsonAnswer(user)).outcome).toMatchObject({ ok: false, failure: { kind: 'server' } })
  })
})

describe('logout', () => {
  const logout = (answer: Answer | Answer[]) => ask(answer, (c, context) => c.logout(token, context))

  it('ends the session', async () => {
    const { requests, outcome } = logout(new Response(''))
    expect(await outcome).toEqual({ ok: true })
    expect(requests[0]!.headers.get('user-token')).toBe(token)
  })

  it.each([3023, 3064, 3090, 3091])('is done when the session is gone already: %d', async (code) => {
    expect(await logout(jsonAnswer({ code, message: 'x' }, { status: 400 })).outcome).toEqual({ ok: true })
  })
})

describe.each([
  ['logout', (c, context) => c.logout(token, context)],
  ['restorePassword', (c, context) => c.restorePassword('ann@x.co', context)],
] as [string, Call][])('%s', (_name, call) => {
  it.each(['', 'null'])('is done when the answer is empty: %j', async (body) => {
    const answer = new Response(body, { headers: { 'content-type': 'application/json' } })
    expect(await ask(answer, call).outcome).toEqual({ ok: true })
  })

  it.each([{}, [], { status: 'ok' }, true, 'ok', 0])('is not done by JSON that says something: %j', async (json) => {
    expect(await ask(jsonAnswer(json), call).outcome).toMatchObject({
      ok: false,
      failure: { kind: 'server', message: 'The answer is not empty' },
    })
  })
})

describe('askToken', () => {
  it.each([true, false])('hands on the bare %s', async (valid) => {
    expect(await ask(jsonAnswer(valid), (_, context) => askToken(backend, token, context)).outcome).toEqual({
      ok: true,
      valid,
    })
  })
})

describe('restorePassword', () => {
  it('encodes the identity', async () => {
    const { requests, outcome } = ask(new Response(''), (c, context) => c.restorePassword('ann+1@x.co/..', context))
    expect(await outcome).toEqual({ ok: true })
    expect(requests[0]!.url).toMatch(/\/users\/restorepassword\/ann%2B1%40x\.co%2F\.\.$/)
  })

  it.each(['', '.', '..', '...', '\ud800', undefined, 7])(
    'asks nothing for what is no identity: %j',
    async (identity) => {
      const { requests, outcome } = ask(new Response(''), (c, context) => c.restorePassword(identity as never, context))
      expect(await outcome).toMatchObject({ ok: false, failure: { kind: 'gone' } })
      expect(requests).toEqual([])
    },
  )
})

describe('changePassword', () => {
  it('sends the password alone', async () => {
    const { requests, outcome } = ask(jsonAnswer(user), (c, context) =>
      c.changePassword({ userId: 'U1', token, password }, context),
    )
    expect(await outcome).toEqual({ ok: true, record: user, id: 'U1' })
    expect(requests[0]).toMatchObject({ method: 'PUT', url: expect.stringMatching(/\/users\/U1$/) as unknown })
    expect(await requests[0]!.json()).toEqual({ password })
  })

  it("is not done by another user's answer", async () => {
    const outcome = ask(jsonAnswer({ objectId: 'U2' }), (c, context) =>
      c.changePassword({ userId: 'U1', token, password }, context),
    ).outcome
    expect(await outcome).toMatchObject({ ok: false, failure: { kind: 'server' } })
  })
})
