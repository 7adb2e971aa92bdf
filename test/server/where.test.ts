import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Fault } from '../../demo/server/faults.js'
import { startServer, type RunningServer } from '../../demo/server/start-server.js'
import { parseWhere } from '../../demo/server/where/parse.js'
import { call, signUp } from './api.js'

const column = (name: string) => ({ kind: 'column', name })
const literal = (value: unknown) => ({ kind: 'literal', value })

describe('parseWhere', () => {
  it('binds "and" closer than "or", and "not" closest', () => {
    expect(parseWhere('a = 1 or not b = 2 AND c <> 3')).toEqual({
      kind: 'or',
      items: [
        { kind: 'compare', left: column('a'), operator: '=', right: literal(1) },
        {
          kind: 'and',
          items: [
            { kind: 'not', item: { kind: 'compare', left: column('b'), operator: '=', right: literal(2) } },
            { kind: 'compare', left: column('c'), operator: '!=', right: literal(3) },
          ],
        },
      ],
    })
  })

  it('lets parentheses decide', () => {
    expect(parseWhere('(a = 1 or b = 2) and c = 3')).toMatchObject({ kind: 'and', items: [{ kind: 'or' }, {}] })
  })

  it('reads in, like, between and is null, each with its "not"', () => {
    expect(parseWhere("a in ('x', 2)")).toEqual({ kind: 'in', left: column('a'), values: [literal('x'), literal(2)] })
    expect(parseWhere("a not like 'x%'")).toEqual({
      kind: 'not',
      item: { kind: 'like', left: column('a'), pattern: literal('x%') },
    })
    expect(parseWhere('a between -1 and 2.5e1')).toMatchObject({ low: literal(-1), high: literal(25) })
    expect(parseWhere('a IS NOT NULL')).toEqual({ kind: 'not', item: { kind: 'is-null', left: column('a') } })
    expect(parseWhere('a not in (true)')).toMatchObject({ kind: 'not', item: { values: [literal(true)] } })
  })

  it('reads quotes inside of strings, doubled or escaped', () => {
    expect(parseWhere(String.raw`a = 'it''s \'fine\' \\ 50\%'`)).toMatchObject({
      right: literal(String.raw`it's 'fine' \ 50\%`),
    })
  })

  it('takes words inside of strings for text', () => {
    expect(parseWhere("a = ') or 1=1 --'")).toMatchObject({ kind: 'compare', right: literal(') or 1=1 --') })
  })

  it.each([
    '',
    'a',
    'a =',
    'a = 1 b',
    'a = = 1',
    "a = 'open",
    'a in ()',
    'a in (1,)',
    'a not 1',
    'a not = 1',
    '(a = 1',
    'a = 1)',
    'and a = 1',
    'a between 1 or 2',
    'a is 1',
    'a = 1; drop table users',
    'a = 1 -- b',
    'a = b(1)',
    'a = (select 1)',
    '1a = 1',
    'a = "x"',
    `${'('.repeat(100)}a = 1${')'.repeat(100)}`,
    `${'not '.repeat(100)}a = 1`,
    `a = '${'x'.repeat(10_001)}'`,
  ])('refuses with 19000: %s', (text) => {
    expect(() => parseWhere(text)).toThrow(expect.objectContaining({ code: 19_000 }))
    expect(() => parseWhere(text)).toThrow(Fault)
  })
})

describe('finding users', () => {
  const people = [
    { email: 'ann@example.com', name: 'Ann', age: 30, member: true, town: "O'Hare", zip: '1234' },
    { email: 'bob@example.com', name: 'Bob', age: 40, member: false, town: '50% off' },
    { email: 'cy@example.com', name: 'Cy', age: 50, town: '50x off' },
    { email: 'di@example.com' },
  ]

  let server: RunningServer
  beforeAll(async () => {
    let nowMs = Date.UTC(2024, 0, 1)
    server = await startServer({ now: () => nowMs })
    for (const person of people) {
      await call(server.apiRoot, 'POST', '/users/register', { body: { password: 'x', ...person } })
      nowMs += 86_400_000
    }
  })
  afterAll(() => server.stop())

  const find = async (query: object): Promise<unknown> => {
    const { body } = await call(server.apiRoot, 'POST', '/data/Users/find', { body: { sortBy: 'email', ...query } })
    return Array.isArray(body) ? body.map((user: { email: string }) => user.email.split('@')[0]) : body
  }

  it.each([
    ["name = 'ann'", ['ann']],
    ["'ANN' = name", ['ann']],
    ["Users.name != 'Ann'", ['bob', 'cy']],
    ['age >= 40', ['bob', 'cy']],
    ['age > 30 and age < 50', ['bob']],
    ['age between 30 and 40', ['ann', 'bob']],
    ["age = 30 or name = 'Cy'", ['ann', 'cy']],
    ["name in ('ANN', 'cy', 'x')", ['ann', 'cy']],
    ['age not in (30, 40)', ['cy']],
    ["email like '%B@%'", ['bob']],
    ["town like '50\\%%'", ['bob']],
    ["town like '50_ %'", ['bob', 'cy']],
    ["town = 'O''Hare'", ['ann']],
    ['name is null', ['di']],
    ['name is not null and not (age = 40)', ['ann', 'cy']],
    ['member = true', ['ann']],
    ['member = false', ['bob']],
    ['name = null', ['di']],
    ["created >= '2024-01-03'", ['cy', 'di']],
    [`created < ${Date.UTC(2024, 0, 2)}`, ['ann']],
    ["created in ('2024-01-02')", ['bob']],
    // A literal is read as one of the column's type, as MySQL does.
    ["age = '40'", ['bob']],
    ["age in ('40', 50)", ['bob', 'cy']],
    ["age between '30' and '40'", ['ann', 'bob']],
    ["age = 'old'", []],
    ['zip = 1234', ['ann']],
    ['zip in (1234, 5)', ['ann']],
    ['updated is null', ['ann', 'bob', 'cy', 'di']],
    ["userStatus = 'enabled' and accountType = 'BACKENDLESS' and age = 50", ['cy']],
    ["name = ') or 1=1 --'", []],
  ])('%s', async (where, names) => {
    expect(await find({ where })).toEqual(names)
  })

  it('sorts, pages and picks, over POST and GET alike', async () => {
    const { apiRoot } = server
    expect(await find({ sortBy: 'age desc, email' })).toEqual(['cy', 'bob', 'ann', 'di'])
    expect(await find({ pageSize: 2, offset: 1 })).toEqual(['bob', 'cy'])
    expect(await find({ offset: 500 })).toEqual([])
    const answer = await call(apiRoot, 'GET', '/data/Users?where=age%3D40&props=name&pageSize=5&sortBy=name%20asc')
    expect(answer.body).toEqual([{ name: 'Bob', ___class: 'Users' }])
    expect((await call(apiRoot, 'POST', '/data/Users/count', { body: { where: 'age > 30' } })).body).toBe(2)
  })

  it.each([
    [1025, { pageSize: 101 }],
    [1005, { pageSize: -1 }],
    [1005, { pageSize: 1.5 }],
    [1005, { pageSize: 'all' }],
    [1004, { offset: -1 }],
    [1004, { offset: 'x' }],
    [1006, { where: "nope = 'x'" }],
    [1006, { where: "password = 'x'" }],
    [1006, { where: "password_hash like '%'" }],
    [1006, { sortBy: 'nope' }],
    [1006, { sortBy: 'name; drop table users' }],
    [1006, { props: 'nope' }],
    [8002, { where: { $ne: 1 } }],
    [19_000, { where: 'name' }],
    [19_000, { where: "created = 'soon'" }],
  ])('refuses with %i: %j', async (code, query) => {
    expect(await find(query)).toMatchObject({ code })
  })

  it('pages without overlap when the sort leaves ties', async () => {
    await signUp(server.apiRoot, 'eve@example.com')
    const pages = [0, 1, 2, 3, 4].map((offset) => find({ sortBy: 'userStatus', pageSize: 1, offset }))
    expect(new Set((await Promise.all(pages)).flat()).size).toBe(5)
  })
})
