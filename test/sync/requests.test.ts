/* The requests of a term: how many, how fresh, and what its end makes of them (S2). */
import { describe, expect, it } from 'vitest'
import type { Endpoint, Reply, RequestContext } from '../../src/endpoint/endpoint.js'
import { createNetwork } from '../../src/sync/network.js'
import { createRequests, type Ready } from '../../src/sync/requests.js'
import { turns } from '../support/fake-clock.js'
import { fakePlatform } from '../support/fake-platform.js'
import { me } from './sender-world.js'
import { updating } from '../support/updating.js'

const good: Reply = { ok: true, record: {} }

function start() {
  const platform = fakePlatform()
  const asked: { kind: string; context: RequestContext; answer(reply: Reply): void }[] = []
  const ask = (kind: string, context: RequestContext) =>
    new Promise<Reply>((resolve) => void asked.push({ kind, context, answer: resolve }))
  const endpoint: Endpoint = updating({
    backend: { id: 'backend', database: 'holdfast' },
    update: ({ idempotencyKey }, context) => ask(`update ${idempotencyKey}`, context),
    read: (_key, context) => ask('read', context),
  })
  const credentials: { value: { token: string } | undefined } = { value: { token: 't1' } }
  const requests = createRequests(
    {
      // Only a list is compared with it.
      db: undefined as never,
      platform: { ...platform, connectivity: createNetwork(platform.connectivity) },
      options: { conflicts: 'compare', freshForMs: 60_000, requestTimeoutMs: 30_000, concurrency: 6 },
      endpointOf: () => endpoint,
      credentialsOf: () => credentials.value,
    },
    { of: () => undefined, readWith: (_collection, _endpoint, _context, read) => read() },
  )
  const ready = (id: string, step?: Ready['step']): Ready => {
    const attempt = {
      editIds: [id],
      patch: {},
      key: id,
      tries: 1,
      unknown: false,
      open: true,
      sessionId: 's1',
      epoch: 1,
    }
    const preparedAtMs = platform.clock.now()
    const key = { account: 'me', collection: 'users', id }
    return {
      key,
      step: step ?? { step: 'send', attempt: { ...attempt, atMs: preparedAtMs } },
      session: me,
      preparedAtMs,
    }
  }
  return { platform, asked, requests, ready, credentials }
}

describe('requests', () => {
  it('leave in the order in which they were decided, as many at a time as is said', async () => {
    const { asked, requests, ready } = start()
    for (const id of ['a', 'b', 'c']) requests.add(ready(id))
    const sent: string[] = []
    for (let one = requests.take(2); one; one = requests.take(2)) {
      sent.push(one.key.id)
      void requests.send(one)
    }
    expect([sent, requests.underWay]).toEqual([['a', 'b'], 2])
    expect(asked.map(({ kind, context }) => [kind, context.token])).toEqual([
      ['update a', 't1'],
      ['update b', 't1'],
    ])
    asked[0]!.answer(good)
    await turns(5)
    expect([requests.underWay, requests.take(2)?.key.id]).toEqual([1, 'c'])
    requests.end()
  })

  it('resolve with the answer of their term', async () => {
    const { asked, requests, ready } = start()
    const reply = requests.send(ready('a', { step: 'read', rev: 1, verifies: true }))
    expect(asked[0]!.kind).toBe('read')
    asked[0]!.answer(good)
    expect(await reply).toEqual(good)
    expect(requests.underWay).toBe(0)
  })

  it('show the record as it was known when they were decided', async () => {
    const { asked, requests, ready } = start()
    void requests.send(ready('a', { step: 'read', rev: 1, verifies: true, record: { title: 'Milk' } }))
    expect(asked[0]!.context.record).toEqual({ title: 'Milk' })
    requests.end()
  })

  it('of an older term are given up, and their answers neither resolve nor count (S2)', async () => {
    const { asked, requests, ready } = start()
    const { term } = requests
    requests.add(ready('b'))
    const old = requests.send(ready('a'))
    requests.end()
    expect([term.aborted, asked[0]!.context.signal.aborted, requests.underWay]).toEqual([true, true, 0])
    expect(requests.take(1)).toBeUndefined()
    const young = requests.send(ready('c'))
    asked[0]!.answer(good)
    expect(await old).toBeUndefined()
    expect([requests.underWay, requests.term.aborted]).toEqual([1, false])
    asked[1]!.answer(good)
    expect(await young).toEqual(good)
    expect(requests.underWay).toBe(0)
  })

  it('are fresh for five seconds, by a clock that goes on, while the session has its token (R2)', () => {
    const { platform, requests, ready, credentials } = start()
    const one = ready('a')
    platform.clock.jump(5_000)
    expect(requests.isFresh(one)).toBe(true)
    credentials.value = undefined
    expect(requests.isFresh(one)).toBe(false)
    credentials.value = { token: 't1' }
    platform.clock.jump(1)
    expect(requests.isFresh(one)).toBe(false)
    platform.clock.jump(-60_000)
    expect(requests.isFresh(one)).toBe(false)
  })

  it('are not fresh any more once that is doubted', () => {
    const { requests, ready } = start()
    requests.add(ready('a'))
    requests.doubt()
    expect(requests.isFresh(requests.take(1)!)).toBe(false)
  })
})
