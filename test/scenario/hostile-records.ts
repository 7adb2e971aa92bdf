/*
 * Answers of servers, and of machines that pose as them, to each operation of records through the whole client (G3, G8, G12, R21, R22,
 * R27): nothing is lost, nothing is believed, no creation is made twice where that is promised.
 */
import { describe, expect, it, onTestFinished } from 'vitest'
import type { FailureKind, Properties, RestCollection } from '../../src/rest/index.js'
import { openRest } from '../../src/rest/index.js'
import { json, responseOf, taken, type Said } from '../support/answers.js'
import { turns } from '../support/fake-clock.js'
import { fakePlatform } from '../support/fake-platform.js'
import { apiUrl, restApi } from '../support/rest-api.js'
import { doubtedRestAnswers, unprovenRestAnswers } from '../support/rest-answers.js'

type Author = { id: string; name: string; clientKey?: string }
type Name = keyof typeof collections

/** By what repeats a creation, and one with records to change. */
const collections = {
  safe: { ids: 'device', create: 'PUT' },
  posted: { ids: 'device' },
  'by-key': { ids: 'server', idempotencyKey: true },
  'by-find': { ids: 'server', clientKey: 'clientKey' },
  never: { ids: 'server' },
  there: { ids: 'server' },
} satisfies { [name: string]: RestCollection }
const creations = ['safe', 'posted', 'by-key', 'by-find', 'never'] as const

interface Told {
  meets(request: Request): boolean
  answer: ReturnType<typeof responseOf>
  times: number
  /** The request is carried out all the same. */
  applied?: boolean
}

async function openClient() {
  const apis = { device: restApi({ ids: 'device' }), server: restApi() }
  const answeredTo = new Map<string, Response>()
  const told: Told[] = []
  const made = new Map<string, number>()
  const count = (what: string): void => void made.set(what, (made.get(what) ?? 0) + 1)

  /** As the backend carries the request out. */
  async function carryOut(request: Request): Promise<Response> {
    const name = new URL(request.url).pathname.split('/')[2]! as Name
    const key = request.headers.get('idempotency-key')
    const before = key === null ? undefined : answeredTo.get(key)
    if (before) return before.clone()
    const answer = await apis[collections[name].ids].fetch(request)
    if (key !== null) answeredTo.set(key, answer.clone())
    return answer
  }

  const platform = fakePlatform({
    async fetch(input, init) {
      const request = new Request(input, init)
      count(`${request.method} ${new URL(request.url).pathname}`)
      const one = told.find(({ meets, times }) => times > 0 && meets(request))
      if (!one) return carryOut(request)
      one.times--
      const sent = request.body ? ((await request.clone().json()) as Properties) : {}
      const id = new URL(request.url).pathname.split('/')[3] ?? (sent.id as string | undefined) ?? 1
      if (one.applied) await carryOut(request.clone())
      return one.answer({ ...sent, id }, request)
    },
  })
  const { clock } = platform
  const app = openRest<{ [name in Name]: Author }>({ url: apiUrl, account: 'ann', collections, platform })
  onTestFinished(() => app.close())

  const until = async (met: () => boolean): Promise<void> => {
    for (let steps = 0; ; steps++) {
      for (let more = 0; more < 4 && !met(); more++) await turns()
      if (met()) return
      if (clock.nextDueAtMs === undefined || steps > 400)
        throw new Error(`It will never be: ${JSON.stringify([app.status$.value, app.faults.open$.value])}`)
      await clock.advance(Math.max(0, clock.nextDueAtMs - clock.now()))
    }
  }
  const retried = new Set<string>()
  const client = {
    app,
    clock,
    until,
    made,
    records: (name: Name): Properties[] => apis[collections[name].ids].records(name),
    put: (name: Name, record: Properties & { id: string | number }) => apis[collections[name].ids].put(name, record),
    tell: (one: Omit<Told, 'times'> & { times?: number }): Told => {
      const rule = { times: 1, ...one }
      told.push(rule)
      return rule
    },
    async ended<T>(work: Promise<T>): Promise<PromiseSettledResult<T>> {
      let result: PromiseSettledResult<T> | undefined
      void Promise.allSettled([work]).then(([one]) => (result = one))
      await until(() => result !== undefined)
      return result!
    },
    /** The faults of kind `unknown` that the person has answered. */
    retried,
    /** Until all is settled. Of an answer that ends the session the person logs in again; of one that nobody understands they decide. */
    async settled(): Promise<void> {
      await until(() => {
        const { phase } = app.status$.value
        if (phase === 'needs-login') void app.session.use('ann')
        for (const { id, kind } of app.faults.open$.value)
          if (kind === 'unknown' && !retried.has(id)) void (retried.add(id), app.faults.retry(id))
        return phase === 'idle' && !app.status$.value.pending
      })
    },
  }
  client.put('there', { id: 1, name: 'Ann' })
  client.put('there', { id: 2, name: 'Bob' })
  await until(() => app.status$.value.phase === 'idle')
  for (const id of ['1', '2']) await client.ended(app.collection('there').record(id).refresh())
  return client
}

type Opened = Awaited<ReturnType<typeof openClient>>

/** One creation of each mode, an update and a deletion, all at once. */
async function writeAll({ app }: Opened) {
  const made = await Promise.all(
    creations.map(async (name) => ({ name, edit: await app.collection(name).create({ name: `new ${name}` }) })),
  )
  const update = await app.collection('there').update('1', { name: 'Anna' })
  const deletion = await app.collection('there').delete('2')
  return { made, update, deletion }
}

/** While nothing is proved. */
async function expectKept({ app }: Opened, { made, update, deletion }: Awaited<ReturnType<typeof writeAll>>) {
  expect(app.status$.value.pending).toBe(made.length + 2)
  expect(app.faults.open$.value.filter(({ kind }) => kind !== 'unknown')).toEqual([])
  for (const { name, edit } of made)
    expect(await app.collection(name).get(edit.recordId)).toMatchObject({ name: `new ${name}` })
  expect(await app.collection('there').get(update.recordId)).toMatchObject({ id: '1', name: 'Anna' })
  expect(await app.collection('there').get(deletion.recordId)).toBeNull()
  expectNoHarm()
}

/** In the end. */
async function expectDone({ app, records }: Opened, { made, update, deletion }: Awaited<ReturnType<typeof writeAll>>) {
  for (const { name, edit } of made) {
    expect(await edit.settled).toMatchObject({ outcome: 'accepted', value: { name: `new ${name}` } })
    expect([name, records(name).map((record) => record.name)]).toEqual([name, [`new ${name}`]])
  }
  expect(await update.settled).toMatchObject({ outcome: 'accepted', value: { name: 'Anna' } })
  expect(await deletion.settled).toMatchObject({ outcome: 'accepted', value: null })
  expect(records('there')).toEqual([{ id: 1, name: 'Anna' }])
  expect(app.faults.open$.value).toEqual([])
  expectNoHarm()
}

function expectNoHarm(): void {
  expect({}).not.toHaveProperty('polluted')
  expect(Object.prototype).not.toHaveProperty('polluted')
  // A list may be longer than a record; a megabyte more than the most that is read of one answer.
  expect(taken.bytes).toBeLessThan(65_000_000)
}

const isWrite = ({ method }: Request): boolean => method !== 'GET'
const strangers = unprovenRestAnswers.map((row) => [row.what, row] as const)
const everything = [...strangers, ...doubtedRestAnswers.map((row) => [row.what, row] as const)]

/** Lists that name records in an impossible way, and those with a record in their place. */
const lists: readonly (readonly [string, Said])[] = [
  ['a record in place of the list', json({ id: 1, name: 'Ann' })],
  ['an object with the list', json({ results: [{ id: 1, name: 'Ann' }] })],
  ['a list in a list', json([[{ id: 1, name: 'Ann' }]])],
  ['a record without an id', json([{ id: 1, name: 'Ann' }, { name: 'Bob' }])],
  ['null in place of a record', json([{ id: 1, name: 'Ann' }, null])],
  ['a text in place of a record', json(['1', '2'])],
  ...['9007199254740993', '1e21', '1.5', '1e400', 'true', 'null', '""', '{}', '[1]', '"."', '".."'].map(
    (id) => [`the id ${id}`, { text: `[{"id":1,"name":"X"},{"id":${id},"name":"Y"}]` }] as const,
  ),
]

const searched = [...strangers.filter(([what]) => what !== 'an empty list'), ...lists]

/** `parts`: each test takes one row in so many, and another one than the tests beside it. */
export function hostileRecords(parts: number): void {
  const part = <T>(all: readonly T[], which: number): T[] => all.filter((_, index) => index % parts === which % parts)

  describe('each write answered once with', () => {
    it.each(part(strangers, 0))('%s, and not carried out, is sent again', async (_what, row) => {
      const client = await openClient()
      for (const name of [...creations, 'there', 'there'] as const)
        client.tell({
          meets: (request) => isWrite(request) && request.url.includes(`/${name}`),
          answer: responseOf(row),
        })
      const edits = await writeAll(client)
      await client.settled()
      await expectDone(client, edits)
    })

    it.each(part(strangers, 1))('%s, though it was carried out, has one effect', async (_what, row) => {
      const client = await openClient()
      for (const name of [...creations, 'there', 'there'] as const)
        client.tell({
          meets: (request) => isWrite(request) && request.url.includes(`/${name}`),
          answer: responseOf(row),
          applied: true,
        })
      const edits = await writeAll(client)
      await client.settled()
      await expectDone(client, edits)
    })
  })

  describe('every request answered, for an hour, with', () => {
    it.each(part(everything, 2))('%s', async (_what, row) => {
      const client = await openClient()
      const rule = client.tell({ meets: () => true, answer: responseOf(row), times: Infinity })
      const edits = await writeAll(client)
      const endMs = client.clock.now() + 3_600_000
      await client.until(() => client.clock.nextDueAtMs === undefined || client.clock.nextDueAtMs > endMs)
      await expectKept(client, edits)
      rule.times = 0
      await client.app.session.use('ann')
      const flushing = client.app.flush()
      await client.settled()
      await flushing
      await expectDone(client, edits)
    })
  })

  describe('a read answered with', () => {
    it.each(part(strangers, 3))('%s shows nothing', async (_what, row) => {
      const { app, ended, tell } = await openClient()
      const handle = app.collection('there').record('1')
      const before = handle.value$.value
      tell({ meets: ({ method }) => method === 'GET', answer: responseOf(row), times: 2 })
      const result = await ended(handle.refresh())
      expect(result).toMatchObject({ status: 'rejected', reason: { name: 'FaultError' } })
      expect(handle.value$.value).toEqual(before)
      expectNoHarm()
    })
  })

  describe('a list answered with', () => {
    it.each(part(searched, 4))('%s shows nothing, and is asked again', async (_what, row) => {
      const { app, tell, until, ended } = await openClient()
      const all = app.collection('there')
      const seen = new Set<string>()
      const watching = all.all$.subscribe(
        (found) => found && seen.add(found.map(({ id, value }) => `${id} ${value!.name}`).join()),
      )
      await until(() => all.pull$.value.state === 'idle' && seen.size > 0)
      const rule = tell({ meets: ({ method }) => method === 'GET', answer: responseOf(row), times: 1 })
      const failing = await ended(all.refresh())
      expect([rule.times, failing.status, all.pull$.value.state]).toEqual([0, 'rejected', 'failed'])
      if (app.status$.value.phase === 'needs-login') await app.session.use('ann')
      await until(() => all.pull$.value.state === 'idle')
      expect([...seen].filter((one) => one !== '')).toEqual(['1 Ann,2 Bob'])
      watching.unsubscribe()
      expectNoHarm()
    })
  })

  describe('a search for a lost creation answered with', () => {
    it.each(part(searched, 0))('%s neither loses nor doubles it', async (_what, row) => {
      const client = await openClient()
      const { app, tell, records } = client
      tell({ meets: isWrite, answer: () => Promise.reject(new TypeError('Failed to fetch')), applied: true })
      const edit = await app.collection('by-find').create({ name: 'Ann' })
      tell({ meets: ({ method }) => method === 'GET', answer: responseOf(row), times: 2 })
      await client.settled()
      expect(await edit.settled).toMatchObject({ outcome: 'accepted', value: { name: 'Ann' } })
      expect(records('by-find').map(({ name }) => name)).toEqual(['Ann'])
      expectNoHarm()
    })
  })

  describe('the trouble shown is', () => {
    it.each<[string, Said, FailureKind, string?]>([
      ['a page with 200', { type: 'text/html', text: '<p>Log in</p>' }, 'server'],
      ['a redirect', { status: 302, headers: { location: '/login' } }, 'server'],
      ['a page with 404', { status: 404, type: 'text/html', text: '<p>Not Found</p>' }, 'configuration', 'address'],
      ['a page with 405', { status: 405, type: 'text/html', text: '<p>Not allowed</p>' }, 'configuration'],
      ['a page with 403', { status: 403, type: 'text/html', text: '<p>Forbidden</p>' }, 'server'],
      ['503', { status: 503, text: '' }, 'busy'],
      ['an id of its own', json({ id: 'other', name: 'new safe' }, 201), 'configuration', 'ids'],
    ])('of %s: %j is %s', async (_what, said, kind, reason) => {
      const { app, tell, until } = await openClient()
      tell({ meets: () => true, answer: responseOf(said), times: Infinity })
      await app.collection('safe').create({ name: 'new safe' })
      await until(() => app.status$.value.failure !== undefined)
      expect(app.status$.value).toMatchObject({ pending: 1, faults: 0, failure: { kind, ...(reason && { reason }) } })
    })
  })

  describe('a setting that is wrong holds all, and is tried again after a quarter of an hour', () => {
    const page404: Said = { status: 404, type: 'text/html', text: '<p>Not Found</p>' }

    it.each(['POST', 'GET'])('where it shows in the answer to a %s', async (shownBy) => {
      const client = await openClient()
      const { app, tell, until, clock } = client
      if (shownBy === 'GET') tell({ meets: isWrite, answer: () => Promise.reject(new TypeError('Failed to fetch')) })
      const rule = tell({ meets: () => true, answer: responseOf(page404), times: Infinity })
      const edit = await app.collection('by-find').create({ name: 'Ann' })
      await until(() => app.status$.value.failure?.kind === 'configuration')
      rule.times = 0
      const heldAtMs = clock.now()
      await client.settled()
      expect(clock.now() - heldAtMs).toBe(900_000)
      expect(await edit.settled).toMatchObject({ outcome: 'accepted' })
    })
  })
}
