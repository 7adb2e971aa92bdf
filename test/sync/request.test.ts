import { describe, expect, it } from 'vitest'
import type { Reply, RequestContext } from '../../src/endpoint/endpoint.js'
import { FaultError } from '../../src/model/errors.js'
import type { Json } from '../../src/model/record.js'
import { request } from '../../src/sync/request.js'
import { FakeClock, turns } from '../support/fake-clock.js'
import { seededRandom } from '../support/seeded-random.js'

const ok: Reply = { ok: true, record: {} }
const caller = { account: 'me', token: 'TOKEN-123', description: undefined }

function start(ask: (context: RequestContext) => Promise<Reply>, signal = new AbortController().signal) {
  const clock = new FakeClock()
  const replies: Reply[] = []
  const connectivity = { onReply: (reply: Reply) => void replies.push(reply) }
  const reply = request(
    { clock, random: seededRandom(1), fetch, connectivity },
    caller,
    { timeoutMs: 30_000, signal },
    ask,
  )
  return { clock, reply, replies }
}

describe('a request', () => {
  it('shows the account and its token, and leaves no timer behind', async () => {
    const { clock, reply } = start(async (context) => {
      expect(context).toMatchObject({ account: 'me', token: 'TOKEN-123' })
      expect(context.description).toBeUndefined()
      return ok
    })
    expect(await reply).toEqual(ok)
    expect(clock.sleeping).toBe(0)
  })

  it('is given up at its deadline, and answered by the endpoint in its own words', async () => {
    const own: Reply = { ok: false, failure: { kind: 'timeout', message: 'own' } }
    const { clock, reply } = start(
      ({ signal }) => new Promise((resolve) => signal.addEventListener('abort', () => resolve(own))),
    )
    await clock.advance(30_000)
    expect(await reply).toEqual(own)
    await turns(1)
    expect(clock.sleeping).toBe(0)
  })

  it('listens to a signal together with all others, and ends with it', async () => {
    const ending = new AbortController()
    let listeners = 0
    const add = ending.signal.addEventListener.bind(ending.signal)
    ending.signal.addEventListener = (...given: [never, never]) => {
      listeners++
      return add(...given)
    }
    const ask = ({ signal }: RequestContext) =>
      new Promise<Reply>((resolve) => signal.addEventListener('abort', () => resolve(ok)))
    const done = start(() => Promise.resolve(ok), ending.signal)
    const calls = Array.from({ length: 20 }, () => start(ask, ending.signal))
    expect(await done.reply).toEqual(ok)
    ending.abort()
    expect(await Promise.all(calls.map(({ reply }) => reply))).toEqual(calls.map(() => ok))
    expect(listeners).toBe(1)
  })

  it('repeats no token that an endpoint quotes (G11)', async () => {
    const failure = { kind: 'other', code: 7, message: 'Bad token TOKEN-123', details: { token: 'TOKEN-123' } } as const
    const quoted = start(() => Promise.resolve({ ok: false, failure }))
    expect(await quoted.reply).toEqual({ ok: false, failure: { kind: 'other', code: 7, message: 'Bad token …' } })
    const thrown = start(() => Promise.reject(new Error('Bad token TOKEN-123')))
    expect(await thrown.reply).toMatchObject({ failure: { message: 'The endpoint failed: Bad token …' } })
  })

  it('ends a second later when the endpoint does not hear', async () => {
    const { clock, reply } = start(() => new Promise(() => {}))
    await clock.advance(31_000)
    expect(await reply).toMatchObject({ ok: false, failure: { kind: 'timeout' } })
    expect(clock.sleeping).toBe(0)
  })

  it.each([
    ['rejects', () => Promise.reject(new Error('broken'))],
    [
      'throws',
      () => {
        throw new Error('broken')
      },
    ],
  ])('counts as no proof when the endpoint %s', async (_what, ask) => {
    const { clock, reply } = start(ask)
    expect(await reply).toMatchObject({
      ok: false,
      failure: { kind: 'server', message: expect.stringContaining('broken') as string },
    })
    expect(clock.sleeping).toBe(0)
  })

  const loop: Record<string, unknown> = {}
  loop['self'] = loop
  const failed = (more: object): unknown => ({ ok: false, failure: { kind: 'validation', message: 'no', ...more } })
  it.each([
    ['nothing', undefined],
    ['null', null],
    ['no failure', { ok: false }],
    ['a failure without a message', { ok: false, failure: { kind: 'server' } }],
    ['a message that is no text', failed({ message: 5 })],
    ['a kind that is no text', failed({ kind: undefined })],
    ['details in a circle', failed({ details: loop })],
    ['one offending property as a text', failed({ offending: 'name' })],
    ['an id that is no id', { ok: true, record: {}, id: {} }],
    ['an id that was rounded', { ok: true, record: {}, id: 2 ** 53 }],
    ['a version that is no text', { ok: true, record: {}, version: 5 }],
    ['a list as a record', { ok: true, record: [] }],
    ['a Date', { ok: true, record: { born: new Date(0) } }],
  ])('counts as no proof when the endpoint answers with %s (G12)', async (_what, answer) => {
    const { clock, reply, replies } = start(() => Promise.resolve(answer as Reply))
    const message = expect.stringContaining('its answer') as string
    expect(await reply.catch((error: unknown) => error)).toEqual({
      ok: false,
      failure: { kind: 'server', message: answer ? message : (expect.any(String) as string) },
    })
    expect(replies).toHaveLength(1)
    expect(clock.sleeping).toBe(0)
  })

  it('counts as no proof when a row with the answer could not be read any more', async () => {
    const levels = (count: number): Json => (count ? [levels(count - 1)] : 1)
    const answering = async (answer: Reply) => (await start(() => Promise.resolve(answer)).reply).ok
    // In the rows, a record is in at most four more objects and lists than in an answer.
    expect(await answering({ ok: true, record: { a: levels(64) } })).toBe(true)
    expect(await answering({ ok: true, record: { a: levels(65) } })).toBe(false)
  })

  it.each([
    ['a Date in the failure', new FaultError({ kind: 'auth', message: 'no', details: new Date(0) as never })],
    ['no failure', new FaultError({ message: 'no' } as never)],
    ['a bare object', Object.create(null) as object],
  ])('counts as no proof when the endpoint throws %s', async (_what, error) => {
    const { reply, replies } = start(() => Promise.reject(error as Error))
    expect(await reply.catch((thrown: unknown) => thrown)).toMatchObject({ ok: false, failure: { kind: 'server' } })
    expect(replies).toHaveLength(1)
  })

  it('is what the endpoint says in an error of its own', async () => {
    const failure = { kind: 'unreachable', message: 'no way' } as const
    const { reply } = start(() => Promise.reject(new FaultError(failure)))
    expect(await reply).toEqual({ ok: false, failure })
  })

  it('tells the network how it ended, unless it was given up', async () => {
    const { reply, replies } = start(() => Promise.resolve(ok))
    await reply
    expect(replies).toEqual([ok])
    const stop = new AbortController()
    const given = start(async () => {
      stop.abort()
      return { ok: false, failure: { kind: 'unreachable', message: 'The request was given up' } }
    }, stop.signal)
    await given.reply
    expect(given.replies).toEqual([])
  })

  it('is given up with its caller, with the reason of the caller, also when that was before', async () => {
    const reason = new Error('closed')
    for (const early of [true, false]) {
      const stop = new AbortController()
      if (early) stop.abort(reason)
      const { reply } = start(async ({ signal }) => {
        if (!early) stop.abort(reason)
        expect(signal.reason).toBe(reason)
        return ok
      }, stop.signal)
      expect(await reply).toEqual(ok)
    }
  })
})
