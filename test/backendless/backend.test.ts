import { describe, expect, it } from 'vitest'
import { backendOf, type BackendlessOptions } from '../../src/backendless/backend.js'
import { openBackendless } from '../../src/backendless/index.js'

const appId = '5AF00A6B-6E64-1C5D-FF5F-02AD9C4D7B00'
const apiKey = '0F2E5F80-1111-2222-3333-444455556666'

describe('backendOf', () => {
  it.each<[string, BackendlessOptions, string, string]>([
    [
      'the public cluster',
      { appId, apiKey },
      `https://api.backendless.com/${appId}/${apiKey}/`,
      `api.backendless.com/${appId}`,
    ],
    [
      'another host',
      { appId, apiKey, baseUrl: 'https://eu-api.backendless.com' },
      `https://eu-api.backendless.com/${appId}/${apiKey}/`,
      `eu-api.backendless.com/${appId}`,
    ],
    [
      'a host with a slash',
      { appId, apiKey, baseUrl: 'http://127.0.0.1:4010/' },
      `http://127.0.0.1:4010/${appId}/${apiKey}/`,
      `127.0.0.1:4010/${appId}`,
    ],
    [
      'a full root',
      { baseUrl: `https://api.backendless.com/${appId}/${apiKey}` },
      `https://api.backendless.com/${appId}/${apiKey}/`,
      `api.backendless.com/${appId}`,
    ],
    [
      'a subdomain',
      { baseUrl: 'https://xyz.backendless.app/api' },
      'https://xyz.backendless.app/api/',
      'xyz.backendless.app/api',
    ],
    [
      'an own domain with a path',
      { baseUrl: 'https://own.example/team/api//' },
      'https://own.example/team/api/',
      'own.example/team/api',
    ],
    ['a bare domain', { baseUrl: 'https://own.example' }, 'https://own.example/', 'own.example'],
  ])('knows %s', (_name, options, root, id) => {
    expect(backendOf(options)).toMatchObject({ root, id })
  })

  it('names the database after the app, else after the address without its key', () => {
    expect(backendOf({ appId, apiKey }).database).toBe(`holdfast-${appId}`)
    const database = (baseUrl: string): string => backendOf({ baseUrl }).database
    expect(database('https://a.example/api')).toMatch(/^holdfast-[0-9a-z]{4,7}$/)
    expect(database('https://a.example/api')).toBe(database('https://a.example/api/'))
    expect(database('https://a.example/api')).not.toBe(database('https://b.example/api'))
    expect(database(`https://a.example/${appId}/OLD`)).toBe(database(`https://a.example/${appId}/NEW`))
  })

  it.each([
    [appId, true],
    [`https://api.backendless.com/${appId}/${apiKey}`, true],
    [`https://api.backendless.com/${appId}`, true],
    ['https://api.backendless.com', true],
    ['https://api.backendless.com/', true],
    [`https://eu-api.backendless.com/${appId}/${apiKey}`, false],
    ['https://eu-api.backendless.com', false],
    [appId.slice(1), false],
    ['https://own.example/api', false],
  ])('takes data of the public cluster for its own when it has moved from %s: %s', (movedFrom, isFormer) => {
    const { isFormer: is } = backendOf({ appId, apiKey, baseUrl: 'https://own.example', movedFrom })
    expect(is!(`api.backendless.com/${appId}`)).toBe(isFormer)
    expect(is!('')).toBe(false)
  })

  it.each(['', 'a b', 'ftp://own.example', 'https://own.example?x', 5])(
    'refuses %j as what it has moved from',
    (movedFrom) => {
      expect(() => backendOf({ appId, apiKey, movedFrom: movedFrom as string })).toThrow(
        '"movedFrom" must be an app id',
      )
      expect(backendOf({ appId, apiKey }).isFormer).toBe(undefined)
    },
  )

  it('keeps the key out of id and database', () => {
    for (const options of [{ appId, apiKey }, { baseUrl: `https://api.backendless.com/${appId}/${apiKey}/` }]) {
      const { id, database, apiKey: known } = backendOf(options)
      expect(id + database).not.toContain(apiKey)
      expect(known).toBe(apiKey)
    }
  })

  it.each([
    undefined,
    {},
    { appId },
    { apiKey },
    { appId, baseUrl: 'https://a.example' },
    { appId: '', apiKey },
    { appId, apiKey: 'a/b' },
    { appId: '..', apiKey },
    { appId: 5, apiKey },
    { baseUrl: 'eu-api.backendless.com' },
    { baseUrl: '' },
    { baseUrl: 'ftp://a.example' },
    { baseUrl: 'https://a.example/?key=KEY-SECRET' },
    { baseUrl: 'https://user:KEY-SECRET@a.example/' },
    { baseUrl: '//KEY-SECRET' },
    { appId, apiKey, faultKinds: { 7001: 'stalled' } },
  ])('refuses %j, without quoting an address', (options) => {
    const open = (): unknown => backendOf(options as BackendlessOptions)
    expect(open).toThrow(TypeError)
    expect(open).toThrow(/^Backendless: (?!.*KEY-SECRET)/)
  })

  it('says which app id it was given', () => {
    expect(() => backendOf({ appId: 'my app', apiKey })).toThrow('"appId" was my app')
  })

  it('is named when an app is opened without it', () => {
    expect(() => openBackendless(undefined as never)).toThrow(/^Backendless: give/)
  })
})
