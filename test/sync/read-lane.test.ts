/* A creation is looked for among all records of its collection (R21). */
import { describe, expect, it } from 'vitest'
import type { Endpoint, ListRequest, Page, Refused, Reply } from '../../src/endpoint/endpoint.js'
import type { Properties } from '../../src/model/record.js'
import { confirmRecord } from '../../src/store/sessions.js'
import { askForLane, createSharedLists } from '../../src/sync/read-lane.js'
import { requestContext } from '../support/answering-fetch.js'
import { me, senderWorld } from './sender-world.js'

const lane = { account: 'me', collection: 'users', id: 'local' }
const sent = { title: 'Milk', note: null }
const finds = { by: 'list', editId: 'e-1', sent, firstAtMs: 1_000 } as const
const step = { step: 'read', rev: 1, verifies: true, finds } as const

async function look(
  pages: readonly (Partial<Page> | Refused)[],
  known: { [id: string]: { atMs: number; record: Properties } } = {},
): Promise<{ reply: Reply; asked: ListRequest[] }> {
  const { db } = await senderWorld()
  for (const [id, { atMs, record }] of Object.entries(known))
    await confirmRecord(db, me, { key: { collection: 'users', id }, record, atMs, version: 0 })
  const asked: ListRequest[] = []
  const endpoint = {
    list(request: ListRequest) {
      asked.push(request)
      const page = pages[Math.min(asked.length, pages.length) - 1]!
      return Promise.resolve('failure' in page ? page : { ok: true, records: [], whole: true, ...page })
    },
  } as unknown as Endpoint
  const context = requestContext(() => Promise.reject(new Error('no request')))
  const key = { collection: 'users', id: 'local' }
  const lists = createSharedLists(() => 0)
  return {
    reply: await askForLane({ db, lists }, endpoint, { lane, key, step, description: undefined }, context),
    asked,
  }
}

const one = (id: string | number, record: Properties) => ({ id, record })
const milk = one(5, { id: 5, title: 'Milk' })

describe('a list', () => {
  it('shows the one record that has every value, on any page', async () => {
    const pages = [{ records: [one(4, { title: 'Oats' })], next: 'p2' }, { records: [milk, milk] }]
    const { reply, asked } = await look(pages)
    expect(reply).toEqual({ ok: true, ...milk })
    expect(asked).toEqual([
      { collection: 'users', limit: 500 },
      { collection: 'users', limit: 500, next: 'p2' },
    ])
  })

  it.each<[string, Properties]>([
    ['another value', { title: 'Oats' }],
    ['a value less', { done: false }],
    ['a value where none was sent', { title: 'Milk', note: 'two' }],
  ])('shows none with %s', async (_what, record) => {
    expect((await look([{ records: [one(5, record)] }])).reply).toEqual({ ok: true, record: null })
  })

  it('shows none that this device knew before the first try', async () => {
    const record = { id: 5, title: 'Milk' }
    expect((await look([{ records: [milk] }], { 5: { atMs: 999, record } })).reply).toEqual({ ok: true, record: null })
    expect((await look([{ records: [milk] }], { 5: { atMs: 1_000, record } })).reply).toMatchObject({ id: 5 })
  })

  it.each<[string, (Partial<Page> | Refused)[]]>([
    ['several such records', [{ records: [milk, one(6, { title: 'Milk' })] }]],
    ['not every record', [{ records: [milk], whole: false }]],
    ['no end', [{ records: [milk], next: 'more' }]],
    ['too many records for one request', [{ records: [milk], next: 'p2' }, failed('timeout')]],
  ])('with %s is no answer', async (_what, pages) => {
    expect((await look(pages)).reply).toMatchObject({ ok: false, failure: { kind: 'other', reason: 'list' } })
  })

  it('that gets no answer has the failure of that', async () => {
    for (const kind of ['unreachable', 'auth', 'server'] as const)
      expect((await look([failed(kind)])).reply).toMatchObject({ failure: { kind } })
    expect((await look([{ next: 'p2' }, failed('auth')])).reply).toMatchObject({ failure: { kind: 'auth' } })
  })
})

describe('a list that several lanes look through', () => {
  const pages = { ok: true, records: [milk] } as const

  it('is asked for once, by the first of them', async () => {
    let asked = 0
    const lists = createSharedLists(() => 5)
    const list = () => Promise.resolve({ ...pages, records: [one(++asked, {})] })
    const all = [lists.of('a', 5, list), lists.of('a', 3, list)]
    expect(await Promise.all(all)).toEqual([
      { ok: true, records: [one(1, {})] },
      { ok: true, records: [one(1, {})] },
    ])
    await lists.of('a', 5, list)
    expect(asked).toBe(1)
    lists.forget()
    await lists.of('a', 5, list)
    expect(asked).toBe(2)
  })

  it.each<[string, string, number, number]>([
    ['for another caller', 'b', 5, 5],
    ['for one whose request could be under way then', 'a', 6, 5],
    ['after the clock was set back', 'a', 5, 4],
  ])('is asked for anew %s', async (_what, name, afterMs, thenMs) => {
    let asked = 0
    let nowMs = 5
    const lists = createSharedLists(() => nowMs)
    const list = () => (asked++, Promise.resolve(pages))
    await lists.of('a', 5, list)
    nowMs = thenMs
    await lists.of(name, afterMs, list)
    expect(asked).toBe(2)
  })

  it('is asked for anew once it has failed', async () => {
    let asked = 0
    const lists = createSharedLists(() => 5)
    await lists.of('a', 5, () => (asked++, Promise.resolve(failed('server'))))
    await lists.of('a', 5, () => (asked++, Promise.reject(new Error('no')))).catch(() => {})
    await lists.of('a', 5, () => (asked++, Promise.resolve(pages)))
    expect(asked).toBe(3)
  })
})

function failed(kind: 'timeout' | 'unreachable' | 'auth' | 'server'): Refused {
  return { ok: false, failure: { kind, message: kind } }
}
