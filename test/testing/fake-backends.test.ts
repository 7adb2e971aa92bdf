// The fakes of both backends keep the duties of the servers that they stand for: one suite runs on the fakes and on the local server.
import { describe, expect, it, onTestFinished } from 'vitest'
import { startServer } from '../../demo/server/start-server.js'
import type { Properties } from '../../src/model/record.js'
import { fakeBackend } from '../../src/testing/index.js'
import { backendlessDuties } from '../contract/backendless-service.js'
import { endpointDuties, serverDuties, type ServerWithSessions } from '../contract/rest-endpoint.js'
import { ann, logInTo, serveRest } from '../server/rest-api.js'

const fakeRest = (): ServerWithSessions => {
  const backend = fakeBackend<{ notes: Properties; authors: Properties }>({ notes: [], authors: [] })
  let logins = 0
  return {
    url: backend.url,
    fetch: backend.fetch,
    all: (name) => backend.all(name as 'notes'),
    endSessions: backend.endSessions,
    logIn: () => Promise.resolve(`token-${++logins}`),
  }
}

describe('the fake of an ordinary HTTP API', () => {
  endpointDuties(() => Promise.resolve(fakeRest()))
  serverDuties(() => Promise.resolve(fakeRest()))
})

describe('the local server in its REST mode', () => {
  serverDuties(async () => {
    const running = await serveRest({ switches: { access: 'session' } })
    return {
      url: running.root,
      fetch,
      all: (name) => running.control.all(name),
      endSessions: () => void running.control.endSessions({ account: 'ann' }),
      logIn: () => logInTo(running, ann),
    }
  })
})

describe('the fake of Backendless', () => {
  const columns = { users: { name: 'STRING' }, Note: { title: 'STRING', rev: 'INT' } }

  backendlessDuties(() => {
    const backend = fakeBackend<{ users: Properties; Note: Properties }>(
      { users: [], Note: [] },
      { protocol: 'backendless', columns },
    )
    const { url: baseUrl, fetch, endSessions } = backend
    return Promise.resolve({ baseUrl, fetch, endSessions, rows: () => backend.all('Note') })
  })
})

describe('the local server', () => {
  backendlessDuties(async () => {
    const server = await startServer({
      switches: { otherUsers: 'forbid', anonymousUpdate: 'forbid' },
      schema: [
        { name: 'email', type: 'STRING', required: true, identity: true },
        { name: 'name', type: 'STRING' },
        { name: 'password', type: 'STRING', required: true },
      ],
      tables: {
        Note: [
          { name: 'title', type: 'STRING' },
          { name: 'rev', type: 'INT' },
        ],
      },
    })
    onTestFinished(() => server.stop())
    return {
      baseUrl: server.apiRoot,
      fetch,
      endSessions: (userId) => void server.control.endSessions({ userId }),
      rows: () => server.control.readRows('Note') as Properties[],
    }
  })
})

describe('a fake', () => {
  const notes = [{ id: 1, title: 'Milk' }]

  it('names the collections that it has, for an address that it has not', async () => {
    const rest = await fakeBackend({ notes }).fetch('https://x.test/v1/authors')
    expect([rest.status, await rest.json()]).toMatchObject([
      404,
      { detail: expect.stringContaining('notes') as string },
    ])
    const service = fakeBackend({ Note: [] }, { protocol: 'backendless' })
    const answer = await service.fetch('https://x.test/app/key/data/Order')
    expect([answer.status, await answer.json()]).toMatchObject([400, { code: 1009 }])
    const elsewhere = await service.fetch('https://x.test/app')
    expect(await elsewhere.json()).toMatchObject({ code: 2002 })
  })

  it('is written by the test as by another device', () => {
    const backend = fakeBackend<{ notes: { id: number; title: string } }>({ notes })
    backend.put('notes', { id: 1, title: 'Oats' })
    expect(backend.put('notes', { title: 'Tea' })).toEqual({ id: 2, title: 'Tea' })
    backend.delete('notes', 1)
    expect(backend.all('notes')).toEqual([{ id: 2, title: 'Tea' }])
    expect(backend.writes.map(({ op, id }) => `${op} ${id}`)).toEqual(['update 1', 'create 2', 'delete 1'])
    expect(notes).toEqual([{ id: 1, title: 'Milk' }])
  })

  it('answers an update of a logged-in user whom the test has deleted', async () => {
    const service = fakeBackend<{ users: Properties }>({ users: [] }, { protocol: 'backendless' })
    const ask = (path: string, init: RequestInit): Promise<Response> =>
      service.fetch(`https://x.test/app/key/users/${path}`, init)
    const login = { login: 'ann@x.co', password: 'low-tide-at-9' }
    await ask('register', { method: 'POST', body: JSON.stringify({ email: login.login, password: login.password }) })
    const answer = await ask('login', { method: 'POST', body: JSON.stringify(login) })
    const user = (await answer.json()) as { objectId: string; 'user-token': string }
    service.delete('users', user.objectId)
    const headers = { 'user-token': user['user-token'] }
    const update = await ask(user.objectId, { method: 'PUT', headers, body: '{"name":"Ann"}' })
    expect([update.status, await update.json()]).toMatchObject([404, { code: 1000 }])
  })

  it('takes requests of the app that it does not know to the test', async () => {
    const backend = fakeBackend(
      { notes },
      { answer: ({ url }) => (url.endsWith('/login') ? Response.json({ token: 't' }) : undefined) },
    )
    expect(await (await backend.fetch('https://x.test/login')).json()).toEqual({ token: 't' })
    expect(await (await backend.fetch('https://x.test/v1/notes')).json()).toEqual(notes)
    expect(backend.requests).toEqual(['GET /login', 'GET /v1/notes'])
  })

  it('refuses so often, and only the writes that are meant', async () => {
    const backend = fakeBackend({ notes })
    const patch = (title: string) =>
      backend.fetch('https://x.test/v1/notes/1', { method: 'PATCH', body: JSON.stringify({ title }) })
    backend.refuse({ status: 403 }, { times: 1, only: ({ properties }) => properties.title === 'Beer' })
    expect([(await patch('Tea')).status, (await patch('Beer')).status, (await patch('Beer')).status]).toEqual([
      200, 403, 200,
    ])
    backend.refuse()
    expect((await patch('Tea')).status).toBe(422)
    backend.accept()
    expect((await patch('Tea')).status).toBe(200)
  })

  it('refuses what is no list of records', () => {
    expect(() => fakeBackend({ notes: {} } as never)).toThrow('"notes" is a list of records')
  })
})
