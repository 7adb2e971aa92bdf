/* Queries of the data service beyond where: computed values, distinct, groups; and what is refused by its name. */
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { Switches } from '../../demo/server/switches.js'
import { startServer } from '../../demo/server/start-server.js'
import { call } from './api.js'

const people = [
  { email: 'ann@example.com', name: 'Ann', age: 30, town: 'Rome', member: true, prefs: { a: [1] }, code: '1' },
  { email: 'bob@example.com', name: 'Bob', age: 40, town: 'rome', member: false, prefs: 'text', code: '01' },
  { email: 'cy@example.com', name: 'Cy', age: 50, town: 'Oslo', member: true },
  { email: 'di@example.com' },
]

async function servePeople(switches: Partial<Switches> = {}) {
  let nowMs = Date.UTC(2024, 0, 31, 23, 59, 58)
  const schema = [
    { name: 'email', identity: true },
    { name: 'name' },
    { name: 'prefs', type: 'JSON' },
    { name: 'friend', type: 'RELATION', relatedTable: 'Users' },
  ] as const
  const server = await startServer({ now: () => nowMs, switches, schema })
  const { apiRoot } = server
  for (const person of people) {
    const { prefs, ...rest } = person as { prefs?: unknown; email: string }
    const body = {
      password: 'x',
      ...rest,
      ...(prefs === undefined ? {} : { prefs: prefs === 'text' ? '"text"' : prefs }),
    }
    expect((await call(apiRoot, 'POST', '/users/register', { body })).status).toBe(200)
    nowMs += 86_400_000
  }
  const find = async (query: object): Promise<unknown> => {
    const { body } = await call(apiRoot, 'POST', '/data/Users/find', { body: { sortBy: 'email', ...query } })
    return Array.isArray(body) ? body.map(({ ___class, ...rest }) => rest as object) : body
  }
  const get = async (query: string): Promise<unknown> => (await call(apiRoot, 'GET', `/data/Users?${query}`)).body
  return { apiRoot, find, get, stop: () => server.stop() }
}

let shared: Awaited<ReturnType<typeof servePeople>>
beforeAll(async () => {
  shared = await servePeople()
})
afterAll(() => shared.stop())

/** A server of a test's own: it writes, or has other switches. */
async function withPeople(switches?: Partial<Switches>) {
  const own = await servePeople(switches)
  onTestFinished(() => own.stop())
  return own
}

describe('props', () => {
  it.each([
    ['name', [{ name: 'Ann' }, { name: 'Bob' }]],
    [
      'age as Age, member AS Member',
      [
        { Age: 30, Member: true },
        { Age: 40, Member: false },
      ],
    ],
    [
      'prefs as p, code',
      [
        { p: { a: [1] }, code: '1' },
        { p: 'text', code: '01' },
      ],
    ],
    ['TIME(created)', [{ Time: '23:59:58' }, { Time: '23:59:58' }]],
    [
      'DATE(created) as day, Year(created), month(created) as m',
      [
        { day: '2024-01-31', Year: 2024, m: 1 },
        { day: '2024-02-01', Year: 2024, m: 2 },
      ],
    ],
    [
      'UPPER(name) as loud, lower(userStatus) as status',
      [
        { loud: 'ANN', status: 'enabled' },
        { loud: 'BOB', status: 'enabled' },
      ],
    ],
    [
      'updated, lastLogin as seen',
      [
        { updated: null, seen: null },
        { updated: null, seen: null },
      ],
    ],
    [
      'accountType, oAuthIdentities',
      [
        { accountType: 'BACKENDLESS', oAuthIdentities: null },
        { accountType: 'BACKENDLESS', oAuthIdentities: null },
      ],
    ],
  ])('%s', async (props, answer) => {
    const { find } = shared
    expect(await find({ props, pageSize: 2 })).toEqual(answer)
  })

  it('* are all columns, beside others, without those that are excluded', async () => {
    const { apiRoot, find } = shared
    const [all] = (await find({ pageSize: 1 })) as [object]
    const [first] = (await find({ props: '*,age as Age,TIME(created)', excludeProps: 'name', pageSize: 1 })) as [object]
    const { name: _name, ...others } = all as { name: string }
    expect(first).toEqual({ ...others, Age: 30, Time: '23:59:58' })
    expect(Object.keys(all)).not.toContain('password')
    expect(Object.keys(all)).not.toContain('friend')
    const { body } = await call(apiRoot, 'GET', '/data/Users?pageSize=1&sortBy=email')
    const [user] = body as unknown as [{ objectId: string }]
    const single = await call(apiRoot, 'GET', `/data/Users/${user.objectId}?props=TIME(created)%20as%20t&props=name`)
    expect(single.body).toEqual({ t: '23:59:58', name: 'Ann', ___class: 'Users' })
    expect((await call(apiRoot, 'GET', `/data/Users/${user.objectId}?excludeProps=name,age`)).body).not.toHaveProperty(
      'age',
    )
  })

  it('are answered with the objectId where the switch says so, unless they are of many rows', async () => {
    const { apiRoot, find } = await withPeople({ objectIdWithProps: 'on' })
    const objectId: unknown = expect.stringMatching(/^[0-9A-F-]{36}$/)
    expect(await find({ props: 'name', pageSize: 1 })).toEqual([{ objectId, name: 'Ann' }])
    expect(await find({ props: 'age as Age', pageSize: 1 })).toEqual([{ objectId, Age: 30 }])
    expect(await find({ props: 'name', distinct: true, pageSize: 1 })).toEqual([{ name: 'Ann' }])
    expect(await find({ props: 'Count(objectId)' })).toEqual([{ count: 4 }])
    const [{ objectId: id }] = (await find({ props: 'name', pageSize: 1 })) as [{ objectId: string }]
    for (const path of [`/data/Users/${id}`, `/users/${id}`]) {
      expect((await call(apiRoot, 'GET', `${path}?props=name`)).body).toEqual({
        objectId: id,
        name: 'Ann',
        ___class: 'Users',
      })
    }
  })
})

describe('values of many rows', () => {
  it.each([
    [{ props: 'Count(objectId)' }, [{ count: 4 }]],
    [
      { props: 'Count(age) as n, Sum(age), AVG(age), Min(name) as first, Max(created) as last' },
      [{ n: 3, sum: 120, avg: 40, first: 'Ann', last: Date.UTC(2024, 1, 3, 23, 59, 58) }],
    ],
    [{ props: 'Max(member) as any, Min(member) as all' }, [{ any: true, all: false }]],
    [{ props: 'Avg(age) as mean', where: "town = 'rome'" }, [{ mean: 35 }]],
    [{ props: 'Avg(age) as mean', groupBy: 'town', sortBy: 'mean' }, [{ mean: null }, { mean: 35 }, { mean: 50 }]],
    [
      { props: 'Count(objectId),town', groupBy: 'town', sortBy: 'count desc, town desc', where: 'age > 0' },
      [
        { count: 2, town: expect.stringMatching(/rome/i) },
        { count: 1, town: 'Oslo' },
      ],
    ],
    [{ props: 'Avg(age) as mean', groupBy: 'town', having: 'mean > 40', sortBy: '' }, [{ mean: 50 }]],
    [{ props: 'Avg(age)', groupBy: 'town', having: 'Avg(age) < 40', sortBy: '' }, [{ avg: 35 }]],
    [
      { props: 'Count(objectId) as n, MONTH(created) as m', groupBy: 'MONTH(created)', sortBy: 'm' },
      [
        { n: 1, m: 1 },
        { n: 3, m: 2 },
      ],
    ],
    [{ props: 'name', distinct: true }, [{ name: 'Ann' }, { name: 'Bob' }, { name: 'Cy' }, { name: null }]],
    [
      { props: 'town', distinct: true, sortBy: 'town', where: 'town is not null' },
      [{ town: 'Oslo' }, { town: expect.stringMatching(/rome/i) }],
    ],
    [{ props: 'member', distinct: true, sortBy: 'member' }, [{ member: null }, { member: false }, { member: true }]],
    [{ props: 'name', groupBy: 'objectId', distinct: true, pageSize: 1 }, [{ name: 'Ann' }]],
    [{ props: 'name', distinct: false, pageSize: 1, relationsPageSize: 10, loadRelations: '' }, [{ name: 'Ann' }]],
  ])('%j', async (query, answer) => {
    const { find } = shared
    expect(await find(query)).toEqual(answer)
  })

  it('are asked for in an address too', async () => {
    const { get } = shared
    expect(await get('props=Count(objectId)%20as%20n,town&groupBy=town&having=n%3E1&distinct=false')).toEqual([
      { n: 2, town: expect.stringMatching(/rome/i) as string, ___class: 'Users' },
    ])
    expect(await get('property=member&distinct=true&sortBy=member%20desc&pageSize=1')).toEqual([
      { member: true, ___class: 'Users' },
    ])
  })
})

describe('where', () => {
  it.each([
    ["created after '31-Jan-2024'", 4],
    ["created after '01/31/2024 23:59:58'", 3],
    ["created at or after '01/31/2024 23:59:58'", 4],
    ["created BEFORE '2024-02-02'", 2],
    ['created at OR before 1706745598000', 1],
    ["created > '02.02.2024' and created before '02/03/2024 00:00'", 1],
    ["not created after '2024-02-02'", 2],
    ["created at or after '02/01/2024 00:00:00 GMT-0200'", 3],
    ["DATE(created) = '2024-02-01'", 1],
    ['MONTH(created) = 2', 3],
    ["UPPER(name) in ('ANN', 'BOB')", 2],
    ['YEAR(created) between 2023 and 2025 and name != NULL', 3],
    ['NULL = name', 1],
    ['not (name = Null)', 3],
    ['name <> null and age = null', 0],
  ])('%s', async (where, count) => {
    const { apiRoot } = shared
    expect((await call(apiRoot, 'POST', '/data/Users/count', { body: { where } })).body).toBe(count)
  })

  it('has columns of the names of its words', async () => {
    const { apiRoot, find } = await withPeople()
    const body = { email: 'eve@example.com', password: 'x', at: 1, before: 2, after: 3, as: 4 }
    await call(apiRoot, 'POST', '/users/register', { body })
    expect(await find({ where: 'at = 1 and before > 1 and after < 4', props: 'at, before, as' })).toEqual([
      { at: 1, before: 2, as: 4 },
    ])
  })
})

describe('a refusal says why', () => {
  it.each([
    [501, 8002, '"loadRelations"', { loadRelations: 'friend' }],
    [501, 8002, '"loadRelations"', { loadRelations: ['friend'] }],
    [501, 8002, '"relationsDepth"', { relationsDepth: 1 }],
    [501, 8002, '"fileReferencePrefix"', { fileReferencePrefix: 'x' }],
    [400, 8002, '"distinct"', { distinct: 'maybe' }],
    [400, 1006, 'no function "SOUNDEX"', { props: 'SOUNDEX(name)' }],
    [400, 1006, 'no function "load_extension"', { props: "load_extension('x')" }],
    [400, 1006, 'RELATION', { props: 'friend' }],
    [400, 1006, 'RELATION', { where: 'friend is null' }],
    [400, 1006, "'nope'", { props: 'Avg(nope)' }],
    [400, 1006, "'password'", { props: 'Max(password)' }],
    [400, 1006, "'password'", { groupBy: 'password' }],
    [400, 1006, 'cannot be the name', { props: 'name as __proto__' }],
    [400, 1006, 'cannot be the name', { props: 'name as constructor' }],
    [400, 1006, 'a comma is expected', { props: 'name age' }],
    [400, 1006, 'a column is expected', { props: "'text'" }],
    [400, 1006, 'a column is expected', { sortBy: '1' }],
    [400, 1006, '")" is expected', { props: 'Avg(age' }],
    [400, 1006, 'more than 50 items', { sortBy: 'name,'.repeat(51) }],
    [400, 1006, 'more than 50 items', { groupBy: 'name,'.repeat(1000) }],
    [400, 1006, 'more than 5 deep', { props: `${'UPPER('.repeat(50)}name${')'.repeat(50)}` }],
    [400, 19_000, 'no function "SLEEP"', { where: 'SLEEP(5) = 0' }],
    [400, 19_000, '"having"', { where: 'Count(objectId) > 1' }],
    [400, 19_000, 'sum is of many rows', { props: 'Avg(Sum(age))' }],
    [400, 19_000, 'before', { where: 'created at or 5' }],
    [400, 19_000, '"soon" is no date', { where: "created after 'soon'" }],
  ])('%i %i %s: %j', async (status, code, message, query) => {
    const { apiRoot } = shared
    const answer = await call(apiRoot, 'POST', '/data/Users/find', { body: query })
    expect([answer.status, answer.body.code], answer.text).toEqual([status, code])
    expect(answer.body.message).toContain(message)
    expect(answer.text).not.toMatch(/sqlite|json_extract|object_id|strftime/i)
  })

  it.each(['distinct', 'groupBy', 'having'])('a count has no %s', async (name) => {
    const { apiRoot } = shared
    const answer = await call(apiRoot, 'POST', '/data/Users/count', { body: { where: 'age > 1', [name]: 'true' } })
    expect([answer.status, answer.body.message]).toEqual([501, `"${name}" is not offered here by this server`])
    expect(
      (await call(apiRoot, 'POST', '/data/Users/count', { body: { where: 'age > 1', distinct: false } })).body,
    ).toBe(3)
  })
})
