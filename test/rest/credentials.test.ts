import { describe, expect, it, vi } from 'vitest'
import type { Endpoint, Reply, RequestContext } from '../../src/endpoint/endpoint.js'
import { restEndpoints, type RestOptions } from '../../src/rest/endpoint.js'
import { jsonAnswer, requestContext } from '../support/answering-fetch.js'
import { apiUrl, restApi, type RestApi, type RestApiOptions } from '../support/rest-api.js'

const key = { collection: 'notes', id: '5' }
const note = { id: '5', title: 'Milk' }

function apiWithNote(options: RestApiOptions = {}): RestApi {
  const api = restApi(options)
  api.put('notes', note)
  return api
}

/** An API that takes this token only. */
const taking = (token: () => string, status: 401 | 403 | 419 = 401): RestApiOptions => ({
  before: ({ req, json }) =>
    req.header('authorization') === `Bearer ${token()}` ? undefined : json({ detail: 'Who are you?' }, status as 401),
})

interface Opened {
  notes: Endpoint
  context: RequestContext
  read(more?: Partial<RequestContext>): Promise<Reply>
}

function open(api: RestApi, more: Partial<RestOptions>): Opened {
  const { notes } = restEndpoints({ url: apiUrl, collections: { notes: { ids: 'server' } }, ...more })
  const context = requestContext(api.fetch)
  return { notes: notes!, context, read: (own) => notes!.read!(key, { ...context, ...own }) }
}

/** The Authorization of each request. */
const sent = (api: RestApi): (string | null)[] => api.requests.map(({ headers }) => headers.get('authorization'))

describe('a token', () => {
  it('of the app goes before that of the session', async () => {
    const asked: unknown[] = []
    const api = apiWithNote()
    const token = (...about: unknown[]): string => {
      asked.push(about)
      return 'TOKEN-1'
    }
    expect(await open(api, { token }).read({ token: 'OF-SESSION' })).toMatchObject({ ok: true })
    expect(asked).toEqual([['ann']])
    expect(sent(api)).toEqual(['Bearer TOKEN-1'])
  })

  it('of the session goes along without one of the app', async () => {
    const api = apiWithNote()
    await open(api, {}).read({ token: 'OF-SESSION' })
    await open(api, {}).read()
    expect(sent(api)).toEqual(['Bearer OF-SESSION', null])
  })

  it.each([401, 403, 419] as const)(
    'that is refused with %d is asked for once more, and the request repeated',
    async (status) => {
      const tokens = ['OLD', 'NEW']
      const asked: unknown[] = []
      const api = apiWithNote(taking(() => 'NEW', status))
      const token = (...about: unknown[]): string => {
        asked.push(about)
        return tokens.shift()!
      }
      expect(await open(api, { token }).read()).toEqual({ ok: true, record: note })
      expect(asked).toEqual([['ann'], ['ann', 'OLD']])
      expect(sent(api)).toEqual(['Bearer OLD', 'Bearer NEW'])
    },
  )

  it.each([401, 403, 419] as const)('that is refused with %d twice holds the account', async (status) => {
    let count = 0
    const api = apiWithNote(taking(() => 'NEVER', status))
    const reply = await open(api, { token: () => `OLD-${++count}` }).read()
    expect(reply).toMatchObject({ ok: false, failure: { kind: 'auth', status } })
    expect(sent(api).slice(0, 2)).toEqual(['Bearer OLD-1', 'Bearer OLD-2'])
  })

  it('that is the same again is not tried again', async () => {
    const api = apiWithNote(taking(() => 'NEW'))
    expect(await open(api, { token: () => 'OLD' }).read()).toMatchObject({ failure: { kind: 'auth' } })
    expect(api.calls).toHaveLength(1)
  })

  it('is renewed once for all requests of an account, and not by requests of before', async () => {
    let current = 'NEW'
    let renewals = 0
    const api = apiWithNote(taking(() => current))
    const token = async (_account: string, refused?: string): Promise<string> => {
      if (refused === undefined) return 'OLD'
      renewals++
      await Promise.resolve()
      return (current = `NEW-${renewals}`)
    }
    const { read } = open(api, { token })
    const replies = await Promise.all([read(), read(), read(), read()])
    expect(replies.every(({ ok }) => ok)).toBe(true)
    expect(renewals).toBe(1)
  })

  it('is asked for once at a time', async () => {
    const asked: string[] = []
    const api = apiWithNote()
    const token = async (account: string): Promise<string> => {
      asked.push(account)
      await Promise.resolve()
      return `OF-${account}`
    }
    const { read } = open(api, { token })
    await Promise.all([read(), read(), read({ account: 'bob' })])
    expect(asked.sort()).toEqual(['ann', 'bob'])
    await read()
    expect(asked).toHaveLength(3)
  })

  it.each([undefined, null, ''])('that is not there (%j) holds the account, and sends nothing', async (none) => {
    const api = apiWithNote()
    expect(await open(api, { token: () => none as undefined }).read()).toMatchObject({
      failure: { kind: 'auth', reason: 'token', message: 'There is no token for the account "ann"' },
    })
    expect(api.calls).toEqual([])
  })

  it('that is not there any more after a refusal holds the account', async () => {
    const tokens = ['OLD', undefined]
    const api = apiWithNote(taking(() => 'NEW'))
    expect(await open(api, { token: () => tokens.shift() }).read()).toMatchObject({
      failure: { kind: 'auth', reason: 'token' },
    })
    expect(api.calls).toHaveLength(1)
  })

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('no network')
      },
    ],
    ['rejects', () => Promise.reject(new Error('no network'))],
    ['gives a number', () => 5],
  ])('whose function %s is no reason to hold anything: it is asked again later', async (_what, token) => {
    const api = apiWithNote()
    const { read } = open(api, { token: token as () => string })
    expect(await read()).toMatchObject({ failure: { kind: 'server', reason: 'token' } })
    expect(api.calls).toEqual([])
  })

  it('whose function hangs is given up with the request, and asked anew by the next', async () => {
    const api = apiWithNote()
    let asked = 0
    const token = (): Promise<string> => (++asked === 1 ? new Promise(() => undefined) : Promise.resolve('NEW'))
    const { read } = open(api, { token })
    const timeout = new AbortController()
    const hanging = read({ signal: timeout.signal })
    await vi.waitFor(() => expect(asked).toBe(1))
    timeout.abort(new DOMException('late', 'TimeoutError'))
    expect(await hanging).toMatchObject({ failure: { kind: 'timeout' } })
    expect(await read()).toMatchObject({ ok: true })
    expect(asked).toBe(2)
  })

  it('is not asked for by a request that has been given up', async () => {
    let asked = 0
    const { read } = open(apiWithNote(), { token: () => `T-${++asked}` })
    expect(await read({ signal: AbortSignal.abort() })).toMatchObject({ failure: { kind: 'unreachable' } })
    expect(asked).toBe(0)
  })

  it('that no header can have holds everything', async () => {
    expect(await open(apiWithNote(), { token: () => 'line\nbreak' }).read()).toMatchObject({
      failure: { kind: 'configuration' },
    })
  })

  it('is in no failure, nor is a header', async () => {
    const api = apiWithNote({
      before: ({ req, json }) =>
        json(
          {
            message: `Bad ${req.header('authorization')} and ${req.header('x-api-key')}`,
            more: req.header('x-api-key'),
          },
          400,
        ),
    })
    const reply = await open(api, {
      token: () => 'TOKEN-SECRET',
      headers: () => ({ 'x-api-key': 'KEY-SECRET-1234' }),
    }).read()
    expect(reply).toMatchObject({ failure: { kind: 'validation' } })
    expect(JSON.stringify(reply)).not.toContain('SECRET')
  })
})

describe('headers', () => {
  it('go with each request, beside the token', async () => {
    const api = apiWithNote()
    await open(api, { token: () => 'T', headers: () => Promise.resolve({ 'x-app': 'notes' }) }).read()
    expect(api.requests[0]!.headers.get('x-app')).toBe('notes')
    expect(sent(api)).toEqual(['Bearer T'])
  })

  it('may bring another kind of authorization', async () => {
    const api = apiWithNote()
    await open(api, { token: () => 'T', headers: () => ({ authorization: 'Token T' }) }).read()
    expect(sent(api)).toEqual(['Token T'])
  })

  it('are asked for once more after a refusal: a token against forged requests has changed', async () => {
    const values = ['old', 'new']
    const api = apiWithNote({
      before: ({ req, json }) =>
        req.header('x-csrf-token') === 'new' ? undefined : json({ message: 'CSRF token mismatch.' }, 419 as 401),
    })
    expect(await open(api, { headers: () => ({ 'x-csrf-token': values.shift()! }) }).read()).toMatchObject({ ok: true })
    expect(api.calls).toHaveLength(2)
  })
})

describe('cookies', () => {
  it('go along where the app says so', async () => {
    const api = apiWithNote()
    await open(api, { credentials: 'include' }).read()
    await open(api, {}).read()
    expect(api.requests.map(({ credentials }) => credentials)).toEqual(['include', 'omit'])
  })
})

describe('the session that the server knows', () => {
  const session = { path: 'me', account: (json: unknown) => (json as { id: unknown }).id }
  /** An API with one user logged in, or none. */
  const known = (who: () => unknown, more?: RestApiOptions['before']): RestApiOptions => ({
    before: (context) => {
      if (context.req.path !== '/v1/me') return more?.(context)
      const id = who()
      return id === undefined ? context.json({ detail: 'Nobody' }, 401) : context.json({ id } as never)
    },
  })

  it('is asked about once, before the first request, by all together', async () => {
    const api = apiWithNote(known(() => 'ann'))
    const { read } = open(api, { session })
    expect(await Promise.all([read(), read()])).toMatchObject([{ ok: true }, { ok: true }])
    await read()
    expect(api.calls).toEqual(['GET /v1/me', 'GET /v1/notes/5', 'GET /v1/notes/5', 'GET /v1/notes/5'])
  })

  it('may have an account that is a number', async () => {
    expect(await open(apiWithNote(known(() => 7)), { session }).read({ account: '7' })).toMatchObject({ ok: true })
  })

  it.each(['bob', undefined, null])('holds the account while it is that of %j', async (other) => {
    let who: unknown = other
    const api = apiWithNote(known(() => who))
    const { read } = open(api, { session })
    expect(await read()).toMatchObject({ failure: { kind: 'auth' } })
    expect(api.calls).toEqual(['GET /v1/me'])
    who = 'ann'
    expect(await read()).toMatchObject({ ok: true })
  })

  it('is asked about again after each refusal of it', async () => {
    let who: unknown = 'ann'
    let isExpired = false
    const api = apiWithNote(
      known(
        () => who,
        ({ json }) => (isExpired ? json({}, 401) : undefined),
      ),
    )
    const { read } = open(api, { session })
    expect(await read()).toMatchObject({ ok: true })
    isExpired = true
    expect(await read()).toMatchObject({ failure: { kind: 'auth' } })
    who = 'bob'
    isExpired = false
    expect(await read()).toMatchObject({ failure: { kind: 'auth', reason: 'account' } })
    expect(api.calls.filter((call) => call === 'GET /v1/me')).toHaveLength(2)
  })

  it.each<[string, () => Response, string]>([
    ['a 404', () => jsonAnswer({}, { status: 404 }), 'configuration'],
    ['a 400', () => jsonAnswer({ error: 'No' }, { status: 400 }), 'configuration'],
    ['a 403', () => jsonAnswer({}, { status: 403 }), 'auth'],
    ['a 503', () => jsonAnswer({}, { status: 503 }), 'busy'],
    ['a page', () => new Response('<html>', { headers: { 'content-type': 'text/html' } }), 'server'],
    ['nothing', () => new Response(null), 'server'],
  ])('ends no edit by %s', async (_what, answer, kind) => {
    const api = apiWithNote({ before: ({ req }) => (req.path === '/v1/me' ? answer() : undefined) })
    expect(await open(api, { session }).read()).toMatchObject({ ok: false, failure: { kind } })
    expect(api.calls).toEqual(['GET /v1/me'])
  })
})
