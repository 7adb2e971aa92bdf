import { describe, expect, it } from 'vitest'
import type { Json } from '../../demo/server/json.js'
import type { RunningRestServer } from '../../demo/server/rest/start-rest-server.js'
import { ask, problem, serveRest } from './rest-api.js'

interface Pull {
  readonly items: { id: string }[]
  readonly gone: string[]
  readonly since: string
}

async function withNotes(count: number): Promise<RunningRestServer> {
  const server = await serveRest()
  for (let n = 1; n <= count; n += 1) server.control.create('notes', { id: `n${n}`, title: `Note ${n}` })
  return server
}

/** The path below the root that the header names as the next page. */
function nextOf(headers: Headers): string | undefined {
  return /^<\/v1\/([^>]+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1]
}

/** Reads all pages; `meanwhile` runs after each. */
async function pages(
  server: RunningRestServer,
  first: string,
  meanwhile = (_page: number): void => {},
): Promise<Json[]> {
  const found: Json[] = []
  for (let path: string | undefined = first; path !== undefined;) {
    const answer = await ask(server, 'GET', path)
    expect(answer.status, path).toBe(200)
    found.push(answer.body)
    meanwhile(found.length)
    path = nextOf(answer.headers)
  }
  return found
}

const ids = (page: unknown): string[] => (page as { id: string }[]).map(({ id }) => id)

describe('a list', () => {
  it('comes in pages, each of which names the next one', async () => {
    const server = await withNotes(5)
    const found = await pages(server, 'notes?limit=2')
    expect(found.map(ids)).toEqual([['n1', 'n2'], ['n3', 'n4'], ['n5']])
    expect((await pages(server, 'notes?limit=5')).map(ids)).toEqual([['n1', 'n2', 'n3', 'n4', 'n5']])
    expect((await ask(server, 'GET', 'jobs')).text).toBe('[]')
  })

  it('misses nothing and shows nothing twice while others delete and create', async () => {
    const server = await withNotes(5)
    const found = await pages(server, 'notes?limit=2', (page) => {
      if (page === 1) server.control.delete('notes', 'n1')
      if (page === 2) server.control.create('notes', { id: 'n6', title: 'Six' })
    })
    expect(found.map(ids)).toEqual([
      ['n1', 'n2'],
      ['n3', 'n4'],
      ['n5', 'n6'],
    ])
  })

  it('misses a record by number of records: a delete shifts the pages', async () => {
    const server = await withNotes(5)
    server.control.setSwitches({ paging: 'offset' })
    const found = await pages(server, 'notes?limit=2', (page) => {
      if (page === 1) server.control.delete('notes', 'n1')
    })
    expect(found.map(ids)).toEqual([
      ['n1', 'n2'],
      ['n4', 'n5'],
    ])
  })

  it('has at most 50 records in a page, and 500 where it is asked so', async () => {
    const server = await withNotes(60)
    expect((await ask(server, 'GET', 'notes')).body).toHaveLength(50)
    expect((await ask(server, 'GET', 'notes?limit=500')).body).toHaveLength(60)
  })

  it.each([
    'limit=0',
    'limit=501',
    'limit=x',
    'limit=',
    'limit=-1',
    'limit=1.5',
    'cursor=x',
    'cursor=',
    'colour=red',
    'labels=x',
    'done=true&done=true',
  ])('is refused for what it does not know: ?%s', async (query) => {
    expect(await ask(await withNotes(1), 'GET', `notes?${query}`)).toMatchObject(problem(400, 'bad-parameter'))
  })

  it('passes over a parameter that a client adds against caches', async () => {
    expect((await ask(await withNotes(1), 'GET', 'notes?_=17')).body).toHaveLength(1)
  })
})

describe('a filter', () => {
  async function filtered(): Promise<(query: string) => Promise<string[]>> {
    const server = await serveRest()
    server.control.create('authors', { name: 'Ann', clientKey: 'k1' })
    server.control.create('authors', { name: 'Bob' })
    server.control.create('notes', { id: 'n1', title: 'Milk', done: true, rank: 2.5, authorId: 1 })
    server.control.create('notes', { id: 'n2', title: 'milk', due: '2026-01-01T00:00:00Z', authorId: 2 })
    server.control.create('notes', { id: 'n3', title: 'a&b=c', text: '' })
    server.control.create('jobs', { title: 'Roof', authorIds: [1, 2] })
    return async (path) => ids((await ask(server, 'GET', path)).body)
  }

  it('finds equal values, of every type', async () => {
    const find = await filtered()
    expect(await find('notes?title=Milk')).toEqual(['n1'])
    expect(await find('notes?title=a%26b%3Dc')).toEqual(['n3'])
    expect(await find('notes?done=true')).toEqual(['n1'])
    expect(await find('notes?rank=2.50')).toEqual(['n1'])
    expect(await find('notes?due=2026-01-01T01:00:00%2B01:00')).toEqual(['n2'])
    expect(await find('notes?authorId=1')).toEqual(['n1'])
    expect(await find('notes?text=')).toEqual(['n3'])
    expect(await find('notes?done=false&authorId=2')).toEqual(['n2'])
    expect(await find('authors?clientKey=k1')).toEqual([1])
    expect(await find('authors?clientKey=k2')).toEqual([])
    expect(await find('jobs?authorIds=2')).toHaveLength(1)
  })

  it('goes by the values that there are now', async () => {
    const server = await withNotes(2)
    server.control.update('notes', 'n1', { title: 'Tea' })
    server.control.update('notes', 'n2', { title: 'Tea' })
    server.control.delete('notes', 'n2')
    expect(ids((await ask(server, 'GET', 'notes?title=Tea')).body)).toEqual(['n1'])
    expect((await ask(server, 'GET', 'notes?title=Note+1')).body).toEqual([])
  })

  it('tells long texts apart', async () => {
    const server = await serveRest()
    const [one, two] = ['a', 'b'].map((end) => 'x'.repeat(1000) + end)
    server.control.create('notes', { id: 'n1', title: 'One', text: one!, slug: one! })
    server.control.create('notes', { id: 'n2', title: 'Two', text: two!, slug: two! })
    expect(ids((await ask(server, 'GET', `notes?text=${two}`)).body)).toEqual(['n2'])
    expect((await ask(server, 'PATCH', 'notes/n2', { body: { slug: one } })).status).toBe(409)
  })

  it('goes on in the next pages', async () => {
    const server = await withNotes(3)
    for (const id of ['n1', 'n2', 'n3']) server.control.update('notes', id, { done: id !== 'n2' })
    expect((await pages(server, 'notes?done=true&limit=1')).map(ids)).toEqual([['n1'], ['n3']])
  })

  it.each(['done=yes', 'rank=x', 'rank=', 'due=today'])('is refused where it can be no value: ?%s', async (query) => {
    expect(await ask(await withNotes(1), 'GET', `notes?${query}`)).toMatchObject(problem(400, 'bad-parameter'))
  })

  it('can be not looked at, as some servers do', async () => {
    const server = await withNotes(2)
    server.control.setSwitches({ filters: 'ignored' })
    expect((await ask(server, 'GET', 'notes?title=none&colour=red')).body).toHaveLength(2)
  })
})

describe('a pull', () => {
  const pull = async (server: RunningRestServer, since: string): Promise<Pull> =>
    (await ask(server, 'GET', `notes?since=${since}`)).body as unknown as Pull

  it('has all at first, then the changes and the deletions since', async () => {
    const server = await withNotes(3)
    const first = await pull(server, '')
    expect([ids(first.items), first.gone]).toEqual([['n1', 'n2', 'n3'], []])
    const again = await pull(server, first.since)
    expect(again).toEqual({ items: [], gone: [], since: first.since })
    server.control.update('notes', 'n1', { title: 'Tea' })
    server.control.delete('notes', 'n2')
    server.control.create('notes', { id: 'n4', title: 'Four' })
    const next = await pull(server, first.since)
    expect([ids(next.items), next.gone]).toEqual([['n1', 'n4'], ['n2']])
    // Who begins now has no use for what was deleted before.
    expect((await pull(server, '')).gone).toEqual([])
    server.control.create('notes', { id: 'n2', title: 'Back' })
    const last = await pull(server, next.since)
    expect([ids(last.items), last.gone]).toEqual([['n2'], []])
  })

  it('that began before the first record tells of the deletions since', async () => {
    const server = await withNotes(0)
    const { since } = await pull(server, '')
    server.control.create('notes', { id: 'n1', title: 'Milk' })
    server.control.delete('notes', 'n1')
    expect((await pull(server, since)).gone).toEqual(['n1'])
  })

  it('of several pages misses nothing that changes meanwhile, and neither does the next', async () => {
    const server = await withNotes(4)
    const found = (await pages(server, 'notes?since=&limit=2', (page) => {
      if (page !== 1) return
      server.control.update('notes', 'n3', { title: 'Tea' })
      server.control.delete('notes', 'n1')
    })) as unknown as Pull[]
    expect(found.map(({ items, gone }) => [ids(items), gone])).toEqual([
      [['n1', 'n2'], []],
      [['n4', 'n3'], []],
      [[], ['n1']],
    ])
    // Each page has the token of the first one: what came after it comes again.
    expect(new Set(found.map(({ since }) => since)).size).toBe(1)
    const next = await pull(server, found[0]!.since)
    expect([ids(next.items), next.gone]).toEqual([['n3'], ['n1']])
  })

  it('names deleted records whose ids are numbers by numbers', async () => {
    const server = await serveRest()
    server.control.create('authors', { name: 'Ann' })
    const { since } = (await ask(server, 'GET', 'authors?since=')).body as { since: string }
    server.control.delete('authors', 1)
    expect((await ask(server, 'GET', `authors?since=${since}`)).body).toMatchObject({ items: [], gone: [1] })
  })

  it('cannot go on from a token that the server does not know any more, or never knew', async () => {
    const server = await withNotes(2)
    const { since } = await pull(server, '')
    server.control.delete('notes', 'n1')
    server.control.forgetDeleted()
    for (const token of [since, 'x', `00000000-1`, `${since}0`, since.replace(/\d+$/, '99')]) {
      expect(await ask(server, 'GET', `notes?since=${token}`), token).toMatchObject(problem(410, 'since-unknown'))
    }
    const fresh = await pull(server, '')
    expect(ids(fresh.items)).toEqual(['n2'])
    expect((await pull(server, fresh.since)).items).toEqual([])
  })

  it('takes no filter', async () => {
    expect(await ask(await withNotes(1), 'GET', 'notes?since=&done=true')).toMatchObject(problem(400, 'bad-parameter'))
  })
})
