/*
 * The endpoint in a page, across origins: each engine has its own words for what goes wrong on the way, its own body
 * streams, and CORS in between.
 */
import { beforeEach, describe, expect, inject, it } from 'vitest'
import { server } from 'vitest/browser'
import { backendlessCalls } from '../../src/backendless/calls.js'
import { backendlessEndpoint } from '../../src/backendless/endpoint.js'
import type { Reply } from '../../src/endpoint/endpoint.js'
import { actionOf, unprovenAnswers } from '../support/answers.js'
import { control, meddle } from '../support/page/backend.js'

const apiRoot = inject('apiRoot')
const endpoint = backendlessEndpoint({ baseUrl: apiRoot })
const calls = backendlessCalls({ baseUrl: apiRoot })

let userId: string
let token: string

function context(signal: AbortSignal = new AbortController().signal) {
  return { account: userId, token, signal, fetch }
}

beforeEach(async () => {
  const email = `${crypto.randomUUID()}@x.co`
  await calls.register({ email, name: 'Ann', password: 'p' }, undefined, context())
  const session = await calls.login(email, 'p', context())
  if (!session.ok) throw new Error(session.failure.message)
  ;({ id: userId, token } = session)
})

const update = (signal?: AbortSignal): Promise<Reply> =>
  endpoint.write(
    { op: 'update', key: { collection: 'users', id: userId }, patch: { name: 'James' }, idempotencyKey: 'e' },
    context(signal),
  )

/** Always, since an engine itself repeats a request whose kept-alive connection was dropped. */
const inTheWay = (action: object): Promise<unknown> => meddle(userId, action, 'always')

describe('the endpoint in a page', () => {
  it('updates and reads across origins', async () => {
    expect(await update()).toMatchObject({ ok: true, record: { objectId: userId, name: 'James' } })
    expect(await endpoint.read!({ collection: 'users', id: userId }, context())).toMatchObject({
      ok: true,
      record: { name: 'James' },
    })
    expect(await endpoint.describe!('users', context())).toContainEqual(expect.objectContaining({ name: 'email' }))
  })

  const said = unprovenAnswers.filter(({ make }) => !make)
  it.each(said)('takes no answer of a server for a verdict: $what', async (row) => {
    await inTheWay(actionOf(row, { objectId: userId, name: 'James' }))
    const kind = row.hiddenBy === server.browser ? 'unreachable' : (row.kind ?? 'server')
    expect(await update()).toMatchObject({ ok: false, failure: { kind } })
  })

  it.each<[string, object, object]>([
    ['a lost answer', { do: 'lose-answer' }, { kind: 'unreachable' }],
    ['a cut body', { do: 'cut-body' }, { kind: 'server', status: 200 }],
    ['a portal page that this page may not read', { do: 'captive-portal', cors: false }, { kind: 'unreachable' }],
    ['429 with a readable wait', { do: 'too-many-requests', retryAfter: 12 }, { kind: 'busy', retryAfterMs: 12_000 }],
    ['a refusal', { do: 'fault', code: 3018 }, { kind: 'conflict', code: 3018 }],
  ])('knows %s', async (_what, action, failure) => {
    await inTheWay(action)
    expect(await update()).toMatchObject({ ok: false, failure })
  })

  it('sees no wait that the server does not expose', async () => {
    await inTheWay({ do: 'too-many-requests', retryAfter: 12, readable: false })
    const reply = await update()
    expect(reply).toMatchObject({ ok: false, failure: { kind: 'busy' } })
    expect((reply as Extract<Reply, { ok: false }>).failure.retryAfterMs).toBeUndefined()
  })

  it.each([
    ['timeout', 'TimeoutError'],
    ['unreachable', 'AbortError'],
  ])('says %s when it is ended by a %s while the server hangs', async (kind, reason) => {
    await inTheWay({ do: 'hold' })
    const controller = new AbortController()
    const reply = update(controller.signal)
    await expect.poll(async () => (await control<{ held: number }>('GET', '')).held).toBeGreaterThan(0)
    controller.abort(new DOMException('ended', reason))
    expect(await reply).toMatchObject({ ok: false, failure: { kind } })
    await control('POST', '/release')
  })
})
