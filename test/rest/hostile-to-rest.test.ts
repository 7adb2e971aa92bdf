/* Answers that prove nothing (G12), to a client of an ordinary API. */
import { describe, expect, it } from 'vitest'
import type { Reply, RequestContext } from '../../src/endpoint/endpoint.js'
import { restEndpoints } from '../../src/rest/endpoint.js'
import { answeringFetch, requestContext } from '../support/answering-fetch.js'
import { responseOf, type UnprovenAnswer } from '../support/answers.js'
import { apiUrl } from '../support/rest-api.js'
import { unprovenRestAnswers } from '../support/rest-answers.js'

const record = { id: 'U1', title: 'Milk' }
const key = { collection: 'notes', id: 'U1' }
const { notes } = restEndpoints({
  url: apiUrl,
  collections: { notes: { ids: 'device' } },
  headers: () => ({ 'x-api-key': 'KEY-SECRET-1234' }),
})

const operations: { readonly [name: string]: (context: RequestContext) => Promise<Reply> } = {
  create: (context) =>
    notes!.write({ op: 'create', key, properties: { title: 'Milk' }, editId: 'e', idempotencyKey: 'e' }, context),
  update: (context) => notes!.write({ op: 'update', key, patch: { title: 'Milk' }, idempotencyKey: 'e' }, context),
  delete: (context) => notes!.write({ op: 'delete', key, idempotencyKey: 'e' }, context),
  read: (context) => notes!.read!(key, context),
}

/** Kinds that end an edit. */
const verdicts = ['conflict', 'validation', 'forbidden', 'gone', 'other']

describe.each(Object.keys(operations))('%s', (name) => {
  it.each<UnprovenAnswer>(unprovenRestAnswers)('$what ends nothing, and proves nothing', async (row) => {
    const { fetch } = answeringFetch((request) => responseOf(row)(record, request))
    const signal = row.kind === 'timeout' ? AbortSignal.timeout(5) : new AbortController().signal
    const reply = await operations[name]!({ ...requestContext(fetch), signal })
    if (reply.ok) expect(reply).toEqual({ ok: true })
    else expect(verdicts).not.toContain(reply.failure.kind)
    const text = JSON.stringify(reply)
    expect(text).not.toContain('SECRET')
    expect(text.length).toBeLessThan(1000)
    expect(Object.prototype).not.toHaveProperty('polluted')
  })
})
