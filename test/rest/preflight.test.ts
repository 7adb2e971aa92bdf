import { describe, expect, it } from 'vitest'
import type { Reply } from '../../src/endpoint/endpoint.js'
import { restEndpoints, type RestOptions } from '../../src/rest/endpoint.js'
import { requestContext } from '../support/answering-fetch.js'
import { apiUrl, restApi } from '../support/rest-api.js'

/** Requests that a page may not make, as the rules of CORS on the server have it, fail like those that nobody answers. */
function opened(isRefused: (request: Request) => boolean, more: Partial<RestOptions> = {}) {
  const api = restApi()
  api.put('notes', { id: '5', title: 'Old' })
  const plain: RequestInit[] = []
  const fetch: typeof globalThis.fetch = (input, init) => {
    if (init?.mode === 'no-cors') plain.push(init)
    const request = new Request(input, init)
    return isRefused(request) ? Promise.reject(new TypeError('Failed to fetch')) : api.fetch(request)
  }
  const { notes } = restEndpoints({
    url: apiUrl,
    collections: { notes: { ids: 'server', idempotencyKey: true } },
    ...more,
  })
  const write = (request: object): Promise<Reply> =>
    notes!.write(
      {
        key: { collection: 'notes', id: '5' },
        idempotencyKey: 'e-1',
        op: 'update',
        patch: { title: 'x' },
        ...request,
      } as never,
      requestContext(fetch),
    )
  return { write, plain, api }
}

const isWrite = ({ method }: Request): boolean => method !== 'GET'
const unreachable = { ok: false, failure: { kind: 'unreachable' } }

describe('a write that gets no answer while a plain GET does', () => {
  it('is a matter of CORS the third time, and says what the server has to allow', async () => {
    const { write, plain } = opened(isWrite, { token: () => 'T', headers: () => ({ 'X-App': '1' }) })
    for (let tries = 1; tries < 3; tries++) expect(await write({})).toMatchObject(unreachable)
    expect(plain).toEqual([])
    expect(await write({})).toEqual({
      ok: false,
      failure: {
        kind: 'configuration',
        reason: 'preflight',
        unanswered: true,
        message:
          'The server answers a plain GET, but no PATCH: its CORS rules have to allow the method PATCH and the headers authorization, content-type, x-app for this origin',
        details: undefined,
      },
    })
    expect(plain).toMatchObject([{ credentials: 'omit' }])
    expect(plain[0]).not.toHaveProperty('headers')
  })

  it('names the headers of a creation too', async () => {
    const { write } = opened(isWrite)
    const create = { op: 'create', properties: { title: 'x' } }
    await write(create)
    await write(create)
    expect(await write(create)).toMatchObject({
      failure: {
        reason: 'preflight',
        message: expect.stringContaining('POST and the headers content-type, idempotency-key for'),
      },
    })
  })

  it('is one of the network where writes have been answered before', async () => {
    let isOut = false
    const { write, plain } = opened((request) => isOut && isWrite(request))
    expect(await write({})).toMatchObject({ ok: true })
    isOut = true
    for (let tries = 0; tries < 4; tries++) expect(await write({})).toMatchObject(unreachable)
    expect(plain).toEqual([])
  })

  it('is one of the network where that GET gets none either', async () => {
    const { write, plain } = opened(() => true)
    for (let tries = 0; tries < 4; tries++) expect(await write({})).toMatchObject(unreachable)
    expect(plain).toHaveLength(2)
  })

  it('ends with the first one that is answered', async () => {
    let isRefused = true
    const { write } = opened((request) => isRefused && isWrite(request))
    for (let tries = 0; tries < 3; tries++) await write({})
    isRefused = false
    expect(await write({})).toMatchObject({ ok: true })
  })

  it('is one of the network where several that were under way together are lost', async () => {
    const { write, plain } = opened(isWrite)
    for (const reply of await Promise.all([write({}), write({}), write({})])) expect(reply).toMatchObject(unreachable)
    expect(plain).toEqual([])
  })

  it.each([
    ['PUT', { op: 'create', properties: { title: 'x' } }, 'PUT and the headers content-type, if-none-match for'],
    ['DELETE', { op: 'delete' }, 'DELETE for'],
  ])('names a method that is not allowed: %s', async (_method, request, says) => {
    const collections = { notes: { ids: 'device', create: 'PUT' } } as const
    const { write } = opened(isWrite, { collections })
    for (let tries = 1; tries < 3; tries++) await write(request)
    expect(await write(request)).toMatchObject({
      failure: { reason: 'preflight', message: expect.stringContaining(says) },
    })
  })
})
