/*
 * The Backendless endpoint and its calls against a server: real HTTP, real storage, each condition of the documented
 * update operation, and what a network does to an answer.
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { startServer, type RunningServer } from '../../demo/server/start-server.js'
import type { CallContext } from '../../src/backendless/ask.js'
import { backendlessCalls, type BackendlessCalls } from '../../src/backendless/calls.js'
import { backendlessEndpoint } from '../../src/backendless/endpoint.js'
import type { Endpoint, Reply, RequestContext } from '../../src/endpoint/endpoint.js'
import type { Patch } from '../../src/model/record.js'

const password = 'low-tide-at-9'
const schema = [
  { name: 'email', type: 'STRING', required: true, identity: true },
  { name: 'name', type: 'STRING' },
  { name: 'age', type: 'INT' },
  { name: 'born', type: 'DATETIME' },
  { name: 'prefs', type: 'JSON' },
  { name: 'password', type: 'STRING', required: true },
] as const

let server: RunningServer
let endpoint: Endpoint
let calls: BackendlessCalls
let userId: string
let token: string

beforeEach(async () => {
  server = await startServer({ schema })
  const options = { appId: server.appId, apiKey: server.apiKey, baseUrl: server.url }
  endpoint = backendlessEndpoint(options)
  calls = backendlessCalls(options)
  await calls.register({ email: 'ann@x.co', name: 'Ann', password }, undefined, context())
  const session = await calls.login('ann@x.co', password, context())
  if (!session.ok) throw new Error(session.failure.message)
  ;({ userId, token } = session)
})

afterEach(() => server.stop())

function context(signal: AbortSignal = new AbortController().signal): CallContext {
  return { signal, fetch, now: () => Date.now() }
}

async function update(
  patch: Patch,
  { id = userId, ...more }: { id?: string } & Partial<RequestContext> = {},
): Promise<Reply> {
  const described = await endpoint.describe!({ account: userId, ...context() })
  return endpoint.update(
    { key: { collection: 'users', id }, patch, idempotencyKey: 'e-1' },
    { account: userId, token, description: described, ...context(), ...more },
  )
}

const read = (id = userId): Promise<Reply> =>
  endpoint.read!({ collection: 'users', id }, { account: userId, token, ...context() })

describe('update', () => {
  it('changes what the patch names, and answers with the whole record', async () => {
    const reply = await update({ name: 'James', age: 7 })
    expect(reply).toMatchObject({
      ok: true,
      record: { objectId: userId, email: 'ann@x.co', name: 'James', age: 7, born: null },
    })
    expect((reply as { record: object }).record).not.toHaveProperty('password')
    expect(await read()).toEqual(reply)
    expect(server.control.readUser({ id: userId })).toMatchObject({ name: 'James' })
  })

  it('clears with null', async () => {
    expect(await update({ name: null })).toMatchObject({ ok: true, record: { name: null } })
  })

  it('changes nothing more when it is repeated', async () => {
    const first = await update({ name: 'James' })
    const again = await update({ name: 'James' })
    expect({ ...(again as { record: object }).record, updated: 0 }).toEqual({
      ...(first as { record: object }).record,
      updated: 0,
    })
  })

  it.each<[Patch]>([
    [{ name: ' James ' }],
    [{ age: '7' }],
    [{ age: 7.0 }],
    [{ born: '2026-11-23T12:00:00.250Z' }],
    [{ born: Date.UTC(2026, 10, 23, 12, 0, 0, 999) }],
    [{ email: 'ANN@x.co' }],
    [{ prefs: { b: [1, { c: null }], a: 'é' } }],
    [{ nick: 'A' }],
  ])('knows its own value again in the form that the backend gave it: %j', async (patch) => {
    server.control.setSaving({ normalise: { name: ['trim'], email: ['lower-case'], born: ['seconds'] } })
    const reply = await update(patch)
    const description = await endpoint.describe!({ account: userId, ...context() })
    for (const [property, sent] of Object.entries(patch)) {
      const got = (reply as { record: Patch }).record[property] ?? null
      expect(endpoint.same!(property, sent, got, description), `${property}: ${JSON.stringify(got)}`).toBe(true)
    }
  })
})

describe('the documented conditions', () => {
  it('2002: wrong application', async () => {
    const other = backendlessEndpoint({ appId: server.appId, apiKey: 'wrong', baseUrl: server.url })
    expect(
      await other.update(
        { key: { collection: 'users', id: userId }, patch: { name: 'x' }, idempotencyKey: 'e' },
        { account: userId, token, ...context() },
      ),
    ).toMatchObject({ ok: false, failure: { kind: 'configuration', code: 2002 } })
  })

  it('3018: the identity belongs to another', async () => {
    await calls.register({ email: 'bo@x.co', password }, undefined, context())
    expect(await update({ name: 'James', email: 'bo@x.co' })).toMatchObject({
      ok: false,
      failure: { kind: 'conflict', reason: 'taken', code: 3018, offending: ['email'] },
    })
    expect(await read()).toMatchObject({ record: { name: 'Ann' } })
  })

  it('3024: a general failure, which takes three', async () => {
    server.control.failNextUpdate({ code: 3024, errorData: { column: 'name' } })
    expect(await update({ name: 'James' })).toMatchObject({
      ok: false,
      failure: { kind: 'other', code: 3024, refusals: 3, details: { column: 'name' } },
    })
  })

  it('3028: not logged in', async () => {
    server.control.setSwitches({ anonymousUpdate: 'forbid' })
    const { token: _without, ...anonymous } = { token, account: userId, ...context() }
    expect(
      await endpoint.update(
        { key: { collection: 'users', id: userId }, patch: { name: 'x' }, idempotencyKey: 'e' },
        anonymous,
      ),
    ).toMatchObject({ ok: false, failure: { kind: 'auth', code: 3028 } })
  })

  it("3029: another user's properties", async () => {
    server.control.setSwitches({ otherUsers: 'forbid' })
    const bo = await calls.register({ email: 'bo@x.co', password }, undefined, context())
    expect(await update({ name: 'x' }, { id: (bo as { userId: string }).userId })).toMatchObject({
      ok: false,
      failure: { kind: 'forbidden', code: 3029 },
    })
  })

  it('3030: no such user', async () => {
    server.control.removeUser(userId)
    expect(await update({ name: 'x' })).toMatchObject({ ok: false, failure: { kind: 'gone', code: 3030 } })
    expect(await read()).toMatchObject({ ok: false, failure: { kind: 'gone', code: 1000 } })
  })

  it('3031: an unknown property, or its silent loss', async () => {
    server.control.setSwitches({ dynamicSchema: 'reject' })
    expect(await update({ name: 'James', nick: 'A' })).toMatchObject({
      ok: false,
      failure: { kind: 'validation', code: 3031, offending: ['nick'] },
    })
    server.control.setSwitches({ dynamicSchema: 'drop' })
    const reply = await update({ name: 'James', nick: 'A' })
    expect(reply).toMatchObject({ ok: true, record: { name: 'James' } })
    expect((reply as { record: object }).record).not.toHaveProperty('nick')
  })

  it('3045: a required property left empty', async () => {
    for (const email of [null, '']) {
      expect(await update({ name: 'James', email })).toMatchObject({
        ok: false,
        failure: { kind: 'validation', code: 3045, offending: ['email'] },
      })
    }
  })
})

describe('a dead session', () => {
  it.each([400, 401] as const)(
    'is known by its code at status %d, and its token is not repeated',
    async (deadTokenStatus) => {
      server.control.setSwitches({ deadTokenStatus })
      server.control.endSessions({ userId })
      for (const reply of [await update({ name: 'x' }, {}), await read()]) {
        expect(reply).toMatchObject({ ok: false, failure: { kind: 'auth', code: 3064 } })
        expect(JSON.stringify(reply)).not.toContain(token)
      }
      expect(await calls.logout(token, context())).toEqual({ ok: true })
      expect(await calls.isValidToken(token, context())).toEqual({ ok: true, valid: false })
      expect(await calls.login('ann@x.co', password, context())).toMatchObject({ ok: true, userId })
    },
  )

  it('is asked for when a 401 has no code', async () => {
    server.control.rules.add({ match: { method: 'PUT' }, action: { do: 'server-error', status: 401 }, times: 2 })
    expect(await update({ name: 'x' })).toMatchObject({ failure: { kind: 'server', status: 401 } })
    server.control.endSessions({ userId })
    expect(await update({ name: 'x' })).toMatchObject({ failure: { kind: 'auth', code: 3064 } })
  })

  it('belongs to a disabled user', async () => {
    server.control.setStatus(userId, 'DISABLED')
    expect(await update({ name: 'x' })).toMatchObject({ failure: { kind: 'auth', code: 3090 } })
  })
})

describe('trouble on the way is no verdict', () => {
  const put = { method: 'PUT' } as const

  it.each<[string, Parameters<RunningServer['control']['rules']['add']>[0]['action'], object, string]>([
    ['a refused connection', { do: 'refuse' }, { kind: 'unreachable' }, 'Ann'],
    ['an answer lost after the change', { do: 'lose-answer' }, { kind: 'unreachable' }, 'James'],
    ['a body cut after the change', { do: 'cut-body' }, { kind: 'server', status: 200 }, 'James'],
    ['an empty answer after the change', { do: 'empty-body' }, { kind: 'server', status: 200 }, 'James'],
    ['a captive portal', { do: 'captive-portal' }, { kind: 'server', status: 200 }, 'Ann'],
    ["a gateway's 404", { do: 'gateway', status: 404 }, { kind: 'server', status: 404 }, 'Ann'],
    ["a gateway's 403", { do: 'gateway', status: 403 }, { kind: 'server', status: 403 }, 'Ann'],
    ["a gateway's 502", { do: 'gateway', status: 502 }, { kind: 'server', status: 502 }, 'Ann'],
    ["a gateway's 503", { do: 'gateway', status: 503 }, { kind: 'busy', status: 503 }, 'Ann'],
    ['500 in JSON', { do: 'server-error', as: 'json' }, { kind: 'server', status: 500 }, 'Ann'],
    ['429', { do: 'too-many-requests' }, { kind: 'busy', status: 429 }, 'Ann'],
    ['429 with a wait', { do: 'too-many-requests', retryAfter: 12 }, { kind: 'busy', retryAfterMs: 12_000 }, 'Ann'],
    [
      '429 with a wait in the past',
      { do: 'too-many-requests', retryAfter: 'Mon, 23 Nov 2020 12:00:00 GMT' },
      { kind: 'busy' },
      'Ann',
    ],
  ])('%s', async (_what, action, failure, name) => {
    server.control.rules.add({ match: put, action })
    const reply = await update({ name: 'James' })
    expect(reply).toMatchObject({ ok: false, failure })
    expect(JSON.stringify(reply)).not.toMatch(/holdfast-key|http:/)
    expect(await read()).toMatchObject({ ok: true, record: { name } })
    expect(await update({ name: 'James' })).toMatchObject({ ok: true, record: { name: 'James' } })
  })

  it('a fault in a 200 is one all the same', async () => {
    server.control.failNextUpdate({ code: 3045, status: 200 })
    expect(await update({ name: 'James' })).toMatchObject({ ok: false, failure: { kind: 'validation', code: 3045 } })
  })

  it.each([
    ['before it reads the request', 'hold'],
    ['before it answers', 'hold-answer'],
  ] as const)('a server that hangs %s runs into the time limit', async (_what, action) => {
    const controller = new AbortController()
    server.control.rules.add({ match: put, action: { do: action } })
    const reply = update({ name: 'James' }, { signal: controller.signal })
    await vi.waitFor(() => expect(server.control.held()).toBe(1))
    controller.abort(new DOMException('no answer', 'TimeoutError'))
    expect(await reply).toMatchObject({ ok: false, failure: { kind: 'timeout' } })
    server.control.release()
  })

  it('a stopped server cannot be reached', async () => {
    await server.stop()
    expect(await read()).toMatchObject({ ok: false, failure: { kind: 'unreachable' } })
  })
})

describe('the calls of a session', () => {
  it('refuses a wrong password, without repeating it', async () => {
    const refused = await calls.login('ann@x.co', 'not-it-at-all', context())
    expect(refused).toMatchObject({ ok: false, failure: { kind: 'auth', code: 3003, status: 401 } })
    expect(JSON.stringify(refused)).not.toContain('not-it-at-all')
  })

  it('makes a user of a guest, with the id kept', async () => {
    const guest = await calls.loginAsGuest(context())
    if (!guest.ok) throw new Error(guest.failure.message)
    expect(guest.user).toMatchObject({ objectId: guest.userId, userStatus: 'GUEST' })
    expect(guest.user).not.toHaveProperty('user-token')
    const registered = await calls.register(
      { objectId: guest.userId, email: 'cy@x.co', password },
      guest.token,
      context(),
    )
    expect(registered).toMatchObject({ ok: true, userId: guest.userId, user: { email: 'cy@x.co' } })
  })

  it('says of a taken identity that it is taken', async () => {
    expect(await calls.register({ email: 'ann@x.co', password }, undefined, context())).toMatchObject({
      ok: false,
      failure: { kind: 'conflict', reason: 'taken', code: 3033 },
    })
  })

  it('changes the password', async () => {
    expect(await calls.changePassword({ userId, token, password: 'n3w' }, context())).toMatchObject({ ok: true })
    expect(await calls.login('ann@x.co', password, context())).toMatchObject({ ok: false })
    expect(await calls.login('ann@x.co', 'n3w', context())).toMatchObject({ ok: true })
  })

  it('logs out, and tells a living token from a dead one', async () => {
    expect(await calls.isValidToken(token, context())).toEqual({ ok: true, valid: true })
    expect(await calls.logout(token, context())).toEqual({ ok: true })
    expect(await calls.isValidToken(token, context())).toEqual({ ok: true, valid: false })
  })

  it('asks for a new password by mail', async () => {
    expect(await calls.restorePassword('ann@x.co', context())).toEqual({ ok: true })
    expect(await calls.restorePassword('nobody@x.co', context())).toMatchObject({ ok: false, failure: { code: 3020 } })
  })

  it('describes the class', async () => {
    const described = await calls.describe(token, context())
    expect(described).toMatchObject({ ok: true })
    expect((described as { description: object[] }).description).toContainEqual(
      expect.objectContaining({ name: 'email', identity: true, required: true }),
    )
  })
})
