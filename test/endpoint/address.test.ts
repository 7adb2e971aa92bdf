import { describe, expect, it } from 'vitest'
import { isSegment, parseUrl, shortHash, trimmedPath } from '../../src/endpoint/address.js'

describe('a part of a path', () => {
  it.each(['a', '5', 'a/../b?c#d', '.a', 'a..', 'é😀', ' '])('may be %j', (text) => {
    expect(isSegment(text)).toBe(true)
  })

  it.each([undefined, null, 5, '', '.', '..', '...', 'a\ud800', '\udc00'])('may not be %j', (value) => {
    expect(isSegment(value)).toBe(false)
  })
})

describe('the URL of a backend', () => {
  it('may have a port and a path', () => {
    expect(parseUrl('http://127.0.0.1:8080/a/b', 'url').href).toBe('http://127.0.0.1:8080/a/b')
    expect(trimmedPath(parseUrl('https://a.example/v1//', 'url'))).toBe('/v1')
    expect(trimmedPath(parseUrl('https://a.example', 'url'))).toBe('')
  })

  it.each(['', 'a.example', '/v1', 'ftp://a.example', 'https://a.example/?key=SECRET', 'https://a.example/#SECRET'])(
    'may not be %j, and the error does not quote it',
    (text) => {
      expect(() => parseUrl(text, '"url"')).toThrow(
        /^"url" must be an http\(s\) URL without credentials, query and fragment$/,
      )
    },
  )

  it('has no user in it', () => {
    expect(() => parseUrl('https://ann:SECRET@a.example/', '"url"')).toThrow(TypeError)
  })
})

it('a short hash is letters and digits, and another one for another text', () => {
  expect(shortHash('a.example/v1')).toMatch(/^[a-z\d]+$/)
  expect(shortHash('a.example/v1')).not.toBe(shortHash('a.example/v2'))
})
