/* The page that shows an endpoint of an app's own: its sample passes the type checker, and does what the page says. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { type Endpoint, sendJson, unproven, type WriteRequest } from '../../src/endpoint/index.js'
import type { Json, Properties } from '../../src/model/record.js'
import { answeringFetch, jsonAnswer, rawAnswer, requestContext, type Answer } from '../support/answering-fetch.js'
import { runSample, samplesOf, typeErrors } from '../support/samples.js'

const [sample, ...others] = samplesOf(readFileSync('docs/endpoint.md', 'utf8'))

it('is one sample of about 30 lines of code that pass the type checker', { timeout: 60_000 }, () => {
  expect(others).toEqual([])
  const lines = sample!.code.split('\n').filter((line) => line.trim() && !line.startsWith('import '))
  expect(lines.length).toBeLessThanOrEqual(36)
  expect(typeErrors([sample!.code])).toEqual([])
})

it('names every member of an endpoint, a context, a request and a page', () => {
  const text = readFileSync('docs/endpoint.md', 'utf8')
  const source = readFileSync('src/endpoint/endpoint.ts', 'utf8')
  const members = (name: string): string[] => {
    const [, body] = new RegExp(`interface ${name} \\{\\n(.*?)\\n\\}`, 's').exec(source)!
    return [...body!.matchAll(/^ {2}(?:readonly )?(\w+)\??[:(]/gm)].map(([, member]) => member!)
  }
  for (const name of ['Endpoint', 'RequestContext', 'ListRequest', 'FindRequest', 'Page']) {
    const all = members(name).filter((member) => !(name === 'Page' && member === 'ok') && member !== 'collection')
    expect(all.length).toBeGreaterThan(2)
    const isNamed = (member: string): boolean => new RegExp(`\`${member}[\`(:]`).test(text)
    expect([name, all.filter((member) => !isNamed(member))]).toEqual([name, []])
  }
})

/** The endpoint of the sample, and what it makes of an answer. */
async function notes(): Promise<Endpoint> {
  let found: Endpoint | undefined
  const openClient = ({ endpoints }: { endpoints: { notes: Endpoint } }): void => void (found = endpoints.notes)
  await runSample(sample!.code.replace('export const', 'const'), { openClient, sendJson, unproven })
  return found!
}

const key = { collection: 'notes', id: 'n1' }
const update: WriteRequest = { op: 'update', key, patch: { title: 'Oats' }, idempotencyKey: 'e' }

it('creates, changes, reads and deletes', async () => {
  const stored = new Map<Json, Properties>()
  const answer: Answer = async (request) => {
    expect(request.headers.get('authorization')).toBe('Bearer T')
    const { method, params } = (await request.json()) as { method: string; params: Properties & { id: string } }
    if (method === 'delete') stored.delete(params.id)
    else if (method !== 'read') stored.set(params.id, { ...stored.get(params.id), ...params })
    return jsonAnswer({ result: stored.get(params.id) ?? null })
  }
  const context = { ...requestContext(answeringFetch(answer).fetch), token: 'T' }
  const endpoint = await notes()
  const create: WriteRequest = { op: 'create', key, properties: { title: 'Milk' }, editId: 'e', idempotencyKey: 'e' }
  expect(await endpoint.write(create, context)).toEqual({ ok: true, record: { id: 'n1', title: 'Milk' } })
  expect(await endpoint.write(update, context)).toEqual({ ok: true, record: { id: 'n1', title: 'Oats' } })
  expect(await endpoint.read!(key, context)).toEqual({ ok: true, record: { id: 'n1', title: 'Oats' } })
  expect(await endpoint.write({ op: 'delete', key, idempotencyKey: 'e' }, context)).toEqual({ ok: true, record: null })
  expect(await endpoint.read!(key, context)).toEqual({ ok: true, record: null })
})

it.each<[string, Answer, object]>([
  [
    'the code of a refusal',
    jsonAnswer({ error: { code: 'taken', message: 'No' } }, { status: 409 }),
    { kind: 'conflict', message: 'No' },
  ],
  ['an unknown code', jsonAnswer({ error: { code: 'odd', message: 'No' } }, { status: 409 }), { kind: 'server' }],
  ['another record', jsonAnswer({ result: { id: 'n2' } }), { kind: 'server' }],
  ['an empty answer', jsonAnswer({}), { kind: 'server' }],
  ['a login page', rawAnswer('<html>', 'text/html'), { kind: 'server' }],
  ['503', jsonAnswer({}, { status: 503 }), { kind: 'busy' }],
])('makes of %s what it is', async (_what, answer, failure) => {
  const reply = await (await notes()).write(update, requestContext(answeringFetch(answer).fetch))
  expect(reply).toMatchObject({ ok: false, failure })
})
