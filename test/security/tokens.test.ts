/* Where a token is, who is given it, and when it ends: with its session, in every tab and at the backend (G11). */
import { describe, expect, it, onTestFinished } from 'vitest'
import { backendlessCalls } from '../../src/backendless/calls.js'
import { backendlessEndpoint } from '../../src/backendless/endpoint.js'
import type { Channels } from '../../src/platform/platform.js'
import { answeringFetch, jsonAnswer, rawAnswer, requestContext } from '../support/answering-fetch.js'
import { fakePlatform } from '../support/fake-platform.js'
import { makeWorld, offlineWorld, password, signedInWorld, type Tab, type World } from '../support/world.js'
import { completionOf, resultOf } from '../support/raw-storage.js'

interface Place {
  world: World
  first: Tab
  other: Tab
  sessionId: string
  token: string
  deafen(): void
  /** Another script of the origin asks all tabs for the token of a session; what they answer. */
  ask(sessionId: string): Promise<unknown[]>
}

/** Two tabs, both logged in as Ann with a token that is not stored; `deafen` keeps the second one from hearing the first. */
async function annInMemory(): Promise<Place> {
  const world = await makeWorld()
  await world.register('ann@x.co')
  await world.register('bob@x.co')
  const { channels } = fakePlatform({ device: world.device })
  let isDeaf = false
  const open: Channels['open'] = (name) => {
    const channel = channels.open(name)
    if (name.endsWith(':tokens')) return channel
    return { ...channel, onMessage: (listener) => channel.onMessage((message) => isDeaf || listener(message)) }
  }
  const [first, other] = [await world.open(), await world.open({ platform: { channels: { open } } })]
  await world.after(first.users.login('ann@x.co', password, { stayLoggedIn: false }))
  await other.users.refresh()
  const { token } = world.requests.at(-1)!
  const { database } = (await first.app.report()) as { database: string }
  const stranger = channels.open(`${database}:tokens`)
  onTestFinished(() => stranger.close())
  const answers: unknown[] = []
  stranger.onMessage((message) => answers.push(message))
  return {
    world,
    first,
    other,
    token: token!,
    sessionId: await sessionIdOf(world),
    deafen: () => void (isDeaf = true),
    async ask(sessionId) {
      answers.length = 0
      stranger.post({ sessionId })
      await world.quiet()
      return answers.slice()
    },
  }
}

async function sessionIdOf(world: World): Promise<string> {
  const { meta } = await world.rows()
  const state = meta!.find((row) => (row as { key: string }).key === 'state') as { session: { sessionId: string } }
  return state.session.sessionId
}

/** The tokens that were logged out, in order. */
function ended({ requests }: World): (string | null)[] {
  return requests.filter(({ route }) => route === 'GET /users/logout').map(({ token }) => token)
}

describe('a token in memory', () => {
  it('is handed out for the session as it is now', async () => {
    const { ask, sessionId, token } = await annInMemory()
    expect(await ask(sessionId)).toEqual([
      { sessionId, token },
      { sessionId, token },
    ])
  })

  it.each<[string, (tab: Tab) => Promise<unknown>]>([
    ['a logout', (tab) => tab.users.logout()],
    ["another account's login", (tab) => tab.users.login('bob@x.co', password)],
    ['a login of the same account', (tab) => tab.users.login('ann@x.co', password)],
    ['one that is not stored either', (tab) => tab.users.login('bob@x.co', password, { stayLoggedIn: false })],
  ])('is forgotten by every tab after %s in one of them', async (_, change) => {
    const { world, first, ask, sessionId, token } = await annInMemory()
    await world.after(change(first))
    expect(await ask(sessionId)).toEqual([])
    expect(ended(world)).toEqual([token])
    // Nor is it kept: also where the database says that it is that session's again.
    expect(await heldAfterRestoring(world, sessionId, ask)).toEqual([])
  })

  it('is not handed out by a tab that has not heard of the end of its session', async () => {
    const { world, first, other, ask, sessionId, deafen } = await annInMemory()
    deafen()
    await world.after(first.users.logout())
    expect(other.users.session$.value).toMatchObject({ state: 'signed-in' })
    expect(await ask(sessionId)).toEqual([])
  })
})

/** Puts the session back into the row by hand, with nobody told, and asks. */
async function heldAfterRestoring(world: World, sessionId: string, ask: Place['ask']): Promise<unknown[]> {
  const [{ name }] = (await world.device.indexedDB.databases()) as [{ name: string }]
  const database = await resultOf(world.device.indexedDB.open(name))
  const transaction = database.transaction('meta', 'readwrite')
  const meta = transaction.objectStore('meta')
  const state = await resultOf<{ version: number }>(meta.get('state'))
  const session = { account: 'ann', sessionId, hasToken: true, stayLoggedIn: false, guest: false }
  meta.put({ ...state, version: state.version + 1, session })
  await completionOf(transaction)
  database.close()
  return ask(sessionId)
}

describe('a token that a login replaces', () => {
  it('is logged out at the backend, once, and the new one is not', async () => {
    const world = await makeWorld({ switches: { multipleLogins: 'on' } })
    const tab = await world.signedIn()
    await tab.users.refresh()
    const { token: old } = world.requests.at(-1)!
    await tab.users.login('ann@x.co', password)
    await world.after(tab.users.refresh())
    const { token } = world.requests.findLast(({ route }) => route.startsWith('GET /data'))!
    expect(token).not.toBe(old)
    expect(ended(world)).toEqual([old])
  })

  it('of a guest too, when the guest logs in as a user', async () => {
    const world = await makeWorld()
    await world.register('ann@x.co')
    const tab = await world.open()
    await tab.users.loginAsGuest()
    await tab.users.refresh()
    const { token } = world.requests.at(-1)!
    await world.after(tab.users.login('ann@x.co', password))
    expect(ended(world)).toEqual([token])
  })

  it('is not logged out when the backend is known not to take it', async () => {
    const { world, tab } = await signedInWorld()
    world.server.control.endSessions({ userId: tab.id })
    await world.after(tab.users.update({ name: 'James' }))
    expect(tab.users.session$.value).toMatchObject({ state: 'expired' })
    await world.after(tab.users.login('ann@x.co', password))
    expect(ended(world)).toEqual([])
  })

  it('that cannot be logged out, for want of a network, is gone from the device all the same', async () => {
    const { world, tab } = await signedInWorld()
    await tab.users.refresh()
    const { token } = world.requests.at(-1)!
    await world.stopServer()
    await world.after(tab.users.resume({ userToken: 'another', objectId: 'cid' }))
    expect(JSON.stringify(await world.rows())).not.toContain(token)
  })
})

describe('a 401 without a code', () => {
  const token = 'TOKEN'
  const options = { appId: 'APP', apiKey: 'KEY' }
  const bare = (): Response => rawAnswer('<html>', 'text/html', { status: 401 })
  const answers = (valid: boolean) =>
    answeringFetch((request) => (request.url.includes('isvalidusertoken') ? jsonAnswer(valid) : bare()))

  it('does not put the token into a URL for calls on which no session hangs', async () => {
    const { fetch, requests } = answers(true)
    const calls = backendlessCalls(options)
    const context = requestContext(fetch)
    await calls.logout(token, context)
    await calls.describe(token, context)
    await calls.register({ email: 'ann@x.co', password }, token, context)
    await calls.login('ann@x.co', password, context)
    await backendlessEndpoint(options).describe!('users', { ...context, token }).catch(() => {})
    expect(requests).toHaveLength(5)
    expect(requests.filter(({ url }) => url.includes(token))).toEqual([])
    await calls.changePassword({ userId: '17', token, password }, context)
    expect(requests.filter(({ url }) => url.includes(token))).toHaveLength(1)
  })
})

it('a report has of each value its type, and no value', async () => {
  const { tab } = await offlineWorld()
  await tab.users.update({ name: null, city: 'Secret', age: 4711, prefs: { isSick: true }, nick: 'x' })
  await tab.users.update({ prefs: true })
  await tab.users.update({ prefs: ['Secret', 4711] })
  const report = await tab.app.report()
  const { lanes } = report as unknown as { lanes: { edits: { patch: object }[] }[] }
  expect(lanes[0]!.edits.map(({ patch }) => patch)).toEqual([
    { name: null, city: 'string(6)', age: 'number', prefs: 'object', nick: 'string(1)' },
    { prefs: 'boolean' },
    { prefs: 'array(2)' },
  ])
  expect(JSON.stringify(report)).not.toMatch(/Secret|4711|isSick/)
})

it('a logout leaves of the account how its edits ended, and else nothing, not even what was owed', async () => {
  const { world, tab } = await signedInWorld()
  world.server.control.rules.add({ match: { method: 'PUT' }, action: { do: 'lose-answer' } })
  await tab.users.update({ name: 'James' })
  await world.advance(3_000)
  await tab.users.update({ name: 'Jim' })
  await world.advance(3_000)
  const stateOf = async (): Promise<string> =>
    JSON.stringify((await world.rows()).meta!.find((row) => (row as { key: string }).key === 'state'))
  // A read is owed, since a copy of the first request may come late.
  expect(await stateOf()).toMatch(/"lookBacks":{"/)
  expect(await stateOf()).toContain(tab.id)
  await world.after(tab.users.logout())
  expect(await stateOf()).not.toContain(tab.id)
  const { fates, ...others } = await world.rows()
  expect(JSON.stringify(others)).not.toContain(tab.id)
  expect(Object.keys(fates![0] as object).toSorted()).toEqual(
    ['account', 'atMs', 'editIds', 'faultId', 'key', 'labels', 'n', 'op', 'outcome', 'v'].toSorted(),
  )
})
