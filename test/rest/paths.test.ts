import { describe, expect, it } from 'vitest'
import { below, idAtEnd, isCollectionPath, isId, nextLink, recordPath } from '../../src/rest/paths.js'

describe('a path of a collection', () => {
  it.each(['notes', 'notes/', 'authors/7/notes', 'a%2Fb', 'über', 'a.b', 'v1.0/notes'])('may be %j', (path) => {
    expect(isCollectionPath(path)).toBe(true)
  })

  it.each([
    undefined,
    5,
    '',
    '/',
    '/notes',
    'notes//',
    'a//b',
    '.',
    '../x',
    'a/..',
    'a/%2E%2e/b',
    'a/%2',
    'a?b',
    'a#b',
    'a\\b',
    'a b',
  ])('may not be %j', (path) => {
    expect(isCollectionPath(path)).toBe(false)
  })
})

describe('an id', () => {
  it.each(['5', 5, 0, -1, 'a/b', '9007199254740993', ' ', '.a'])('may be %j', (id) => {
    expect(isId(id)).toBe(true)
  })

  it.each([undefined, null, '', '.', '..', '....', 5.5, 2 ** 53, NaN, true, {}, [], '\ud800'])(
    'may not be %j',
    (id) => {
      expect(isId(id)).toBe(false)
    },
  )
})

it('a record is behind its collection, and within its part of the path', () => {
  expect(recordPath('notes', '5')).toBe('notes/5')
  expect(recordPath('a/b/', '5')).toBe('a/b/5/')
  expect(recordPath('notes', 'a/../b?c#d e%')).toBe('notes/a%2F..%2Fb%3Fc%23d%20e%25')
})

describe('an address that a server names', () => {
  const root = new URL('https://api.example.com/v1/')
  const from = 'https://api.example.com/v1/notes?page=1'

  it.each([
    ['?page=2', '/v1/notes?page=2'],
    ['/v1/notes?page=2', '/v1/notes?page=2'],
    ['https://api.example.com/v1/notes?page=2', '/v1/notes?page=2'],
    // A server behind a proxy often does not know that it is asked by https.
    ['http://api.example.com/v1/notes?page=2', '/v1/notes?page=2'],
    ['//api.example.com/v1/x', '/v1/x'],
    ['notes/5', '/v1/notes/5'],
  ])('may be %s', (address, path) => {
    expect(below(root, address, from)).toBe(path)
  })

  it.each([
    'https://evil.example/v1/notes',
    'https://api.example.com:444/v1/notes',
    'https://ann:x@api.example.com/v1/notes',
    '/v2/notes',
    '/',
    '../../notes',
    '/v1/../admin',
    '/v1/%2e%2e/admin',
    'javascript:alert(1)',
    'data:application/json,[]',
    'https://',
  ])('may not be %s', (address) => {
    expect(below(root, address, from)).toBeUndefined()
  })
})

it.each([
  ['<?page=2>; rel="next"', '?page=2'],
  ['<a>; rel="prev", <b>; rel="next", <c>; rel=last', 'b'],
  ['<b>; title="x, y"; rel=next', 'b'],
  ['<b>;rel="first next"', 'b'],
  ['<b>; REL="Next"', 'b'],
  ['<b>; rel="nextish"', undefined],
  ['<b>; rel="prev"; title="next"', undefined],
  ['next', undefined],
  ['', undefined],
  [null, undefined],
])('the next page of the header Link %j is %j', (header, next) => {
  expect(nextLink(header)).toBe(next)
})

it.each([
  ['/v1/notes/5', '5'],
  ['/v1/notes/5/', '5'],
  ['/v1/notes/a%2Fb?x=1', 'a/b'],
  ['/v1/notes/%', undefined],
])('the id at the end of %s is %j', (address, id) => {
  expect(idAtEnd(address)).toBe(id)
})
