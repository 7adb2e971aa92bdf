/* The options of an app: the client refuses a misspelt name or choice at once, and names it. */
import { describe, expect, it } from 'vitest'
import { backendlessEndpoint } from '../../src/backendless/endpoint.js'
import { openBackendless } from '../../src/backendless/index.js'
import { openClient } from '../../src/index.js'
import { drainOnSync } from '../../src/service-worker/index.js'
import { makeWorld, password, signedInWorld } from '../support/world.js'

const baseUrl = 'http://127.0.0.1:9/app/key'

it.each([
  [{ conflicts: 'Compare' }, `"conflicts" is 'compare' or 'overwrite', not "Compare"`],
  [{ conflicts: null }, `"conflicts" is 'compare' or 'overwrite', not null`],
  [{ durability: 'loose' }, `"durability" is 'strict' or 'relaxed', not "loose"`],
  [{ freshForMs: -1 }, '"freshForMs" is a number of milliseconds from 0 on, not -1'],
  [{ requestTimeoutMs: 0 }, '"requestTimeoutMs" is a number of milliseconds from 1 to 2147483647, not 0'],
  [{ requestTimeoutMs: '30' }, '"requestTimeoutMs" is a number of milliseconds from 1 to 2147483647, not "30"'],
  [{ requestTimeoutMs: null }, '"requestTimeoutMs" is a number of milliseconds from 1 to 2147483647, not null'],
  [{ requestTimeoutMs: Infinity }, '"requestTimeoutMs" is a number of milliseconds from 1 to 2147483647, not null'],
  [
    { requestTimeoutMs: 2 ** 31 },
    '"requestTimeoutMs" is a number of milliseconds from 1 to 2147483647, not 2147483648',
  ],
  [{ freshForMs: NaN }, '"freshForMs" is a number of milliseconds from 0 on, not null'],
])('%o is refused', (option, message) => {
  expect(() => openBackendless({ baseUrl, ...(option as object) })).toThrow(new TypeError(message))
})

describe('an option that is not there', () => {
  const backend = { appId: 'MY-APP', apiKey: 'MY-KEY' }
  const endpoint = backendlessEndpoint(backend)

  it.each([
    ['openBackendless', 'apikey', 'apiKey', () => openBackendless({ ...backend, apikey: 'x' } as never)],
    ['openBackendless', 'freshforMs', 'freshForMs', () => openBackendless({ ...backend, freshforMs: 1 } as never)],
    ['openBackendless', 'endpoints', 'schema', () => openBackendless({ ...backend, endpoints: {} } as never)],
    ['openClient', 'endpoint', 'endpoints', () => openClient({ endpoint: {} } as never)],
    ['openClient', 'conflict', 'conflicts', () => openClient({ endpoints: { e: endpoint }, conflict: 'x' } as never)],
    [
      'backendlessEndpoint',
      'faultKind',
      'faultKinds',
      () => backendlessEndpoint({ ...backend, faultKind: {} } as never),
    ],
    ['backendlessEndpoint', 'database', 'appId', () => backendlessEndpoint({ ...backend, database: 'd' } as never)],
    ['drainOnSync', 'databse', 'database', () => drainOnSync(endpoint, { databse: 'd' } as never)],
  ])('of %s is refused: %s, with those that are there: %s', (_, given, known, open) => {
    expect(open).toThrow(TypeError)
    expect(open).toThrow(new RegExp(`"${given}".*\\b${known}\\b`))
  })

  it('of a call is refused by a promise, and nothing else happens', async () => {
    const { world, tab } = await signedInWorld()
    const { users } = tab
    const shown: unknown[] = []
    users.current$.subscribe((user) => shown.push(user))
    const pair = { userToken: 'T', objectId: 'another' }
    const calls: [string, string, () => Promise<unknown>][] = [
      ['mata', 'meta', () => users.update({ name: 'James' }, { mata: 1 } as never)],
      ['replace', 'replaces', () => users.update({ name: 'James' }, { replace: 'e' } as never)],
      ['seperately', 'separately', () => users.update({ name: 'James' }, { seperately: true } as never)],
      ['stayLogedIn', 'stayLoggedIn', () => users.login('ann@x.co', password, { stayLogedIn: false } as never)],
      // Of the core's `session.use`, whose caller answers for it.
      ['guest', 'stayLoggedIn', () => users.login('ann@x.co', password, { guest: true } as never)],
      ['stayloggedin', 'stayLoggedIn', () => users.resume(pair, { stayloggedin: false } as never)],
      ['pendng', 'pending', () => users.logout({ pendng: 'discard' } as never)],
    ]
    for (const [given, known, call] of calls) {
      const error: unknown = await call().catch((one: unknown) => one)
      expect(error, given).toBeInstanceOf(TypeError)
      expect(String(error)).toMatch(new RegExp(`"${given}".*\\b${known}\\b`))
    }
    await world.quiet()
    expect(shown).toHaveLength(1)
    expect(world.requests).toEqual([])
    expect(users.session$.value).toEqual({ state: 'signed-in', userId: tab.id })
    expect(tab.app.status$.value).toMatchObject({ pending: 0 })
  })

  it('of a call of the core is refused by a promise', async () => {
    const world = await makeWorld()
    const platform = (await world.open()).platform
    const client = openClient({ endpoints: { users: endpoint }, platform, database: 'core' })
    const record = client.record('users', 'u')
    await expect(client.session.use('ann', { tokn: 'T' } as never)).rejects.toThrow(/"tokn".*\btoken\b/)
    await client.session.use('ann')
    await expect(record.update({ name: 'James' }, { mata: 1 } as never)).rejects.toThrow(/"mata".*\bmeta\b/)
    await expect(client.session.leave({ pendng: 'keep' } as never)).rejects.toThrow(/"pendng".*\bpending\b/)
    expect(client.session$.value).toEqual({ state: 'signed-in', account: 'ann' })
    await client.close()
  })

  it.each([
    ['a Date', '"born" is not valid JSON', { record: { name: 'Ann', born: new Date(0) } }],
    ['a number beyond all limits', '"age" holds a number beyond all limits', { record: { age: Infinity } }],
  ])('of a login is refused that has %s', async (_what, flaw, confirmed) => {
    const world = await makeWorld()
    const platform = (await world.open()).platform
    const client = openClient({ endpoints: { users: endpoint }, platform, database: 'core' })
    const key = { collection: 'users', id: 'ann' }
    const options = { confirmed: { key, atMs: 0, version: undefined, ...confirmed } }
    await expect(client.session.use('ann', options as never)).rejects.toThrow(new TypeError(`confirmed: ${flaw}`))
    await world.quiet()
    expect(client.session$.value).toEqual({ state: 'signed-out' })
    await client.close()
  })

  it('is none where there are no options', async () => {
    const { tab } = await signedInWorld()
    for (const none of [undefined, null, {}]) await tab.users.update({ name: 'James' }, none as never)
    await tab.users.logout(null as never)
    await tab.users.login('ann@x.co', password, null as never)
  })
})
