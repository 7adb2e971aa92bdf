/*
 * The duties of a service of Backendless, as our calls and endpoints use it, run against each of ours. It has no user; its table `Note`
 * has the columns `title` and `rev`, and devices may name its rows.
 */
import { beforeEach, describe, expect, it } from 'vitest'
import { askToken } from '../../src/backendless/ask.js'
import { backendOf } from '../../src/backendless/backend.js'
import { backendlessCalls, type BackendlessCalls, type LoggedIn } from '../../src/backendless/calls.js'
import { backendlessEndpoint, backendlessTable, type TableOptions } from '../../src/backendless/endpoint.js'
import type { Endpoint, Reply, RequestContext } from '../../src/endpoint/endpoint.js'
import type { Properties } from '../../src/model/record.js'
import { requestContext } from '../support/answering-fetch.js'

export interface ServiceForEndpoints {
  /** The API root. */
  baseUrl: string
  fetch: typeof fetch
  /** Ends those of this user at least. */
  endSessions(userId: string): void
  /** The rows of `Note`. */
  rows(): readonly Properties[]
}

const password = 'low-tide-at-9'
const noteId = '0192F0A0-0000-7000-8000-000000000001'

export function backendlessDuties(start: () => Promise<ServiceForEndpoints>): void {
  let service: ServiceForEndpoints
  let calls: BackendlessCalls
  let context: ReturnType<typeof requestContext>
  beforeEach(async () => {
    service = await start()
    calls = backendlessCalls({ baseUrl: service.baseUrl })
    context = requestContext(service.fetch)
  })

  const register = (email: string) => calls.register({ email, password, name: 'Ann' }, undefined, context)
  async function logIn(email = 'ann@x.co'): Promise<LoggedIn> {
    const session = await calls.login(email, password, context)
    if (!session.ok) throw new Error(session.failure.message)
    return session
  }
  const update = (userId: string, patch: Properties, token?: string): Promise<Reply> =>
    backendlessEndpoint({ baseUrl: service.baseUrl }).write(
      { op: 'update', key: { collection: 'users', id: userId }, patch, idempotencyKey: 'e' },
      { ...context, token },
    )

  describe('a user', () => {
    it('is registered, logs in, changes, and is read', async () => {
      expect(await register('ann@x.co')).toMatchObject({ ok: true, record: { email: 'ann@x.co', name: 'Ann' } })
      const { id: userId, token, record: user } = await logIn()
      expect(user).not.toHaveProperty('password')
      expect(await update(userId, { name: 'Anna' }, token)).toMatchObject({ ok: true, record: { name: 'Anna' } })
      const read = backendlessEndpoint({ baseUrl: service.baseUrl }).read!(
        { collection: 'users', id: userId },
        { ...context, token },
      )
      expect(await read).toMatchObject({ ok: true, record: { objectId: userId, name: 'Anna', email: 'ann@x.co' } })
    })

    it('has a description', async () => {
      await register('ann@x.co')
      const described = await calls.describe(undefined, context)
      expect(described).toMatchObject({
        description: expect.arrayContaining([expect.objectContaining({ name: 'email', identity: true })]) as unknown,
      })
    })

    it('with a wrong password is not logged in', async () => {
      await register('ann@x.co')
      expect(await calls.login('ann@x.co', 'high-tide', context)).toMatchObject({
        failure: { kind: 'auth', code: 3003 },
      })
    })

    it('has an e-mail address of its own', async () => {
      await register('ann@x.co')
      await register('bob@x.co')
      expect(await register('ann@x.co')).toMatchObject({ failure: { kind: 'conflict', code: 3033 } })
      const { id: userId, token } = await logIn('bob@x.co')
      expect(await update(userId, { email: 'ann@x.co' }, token)).toMatchObject({
        failure: { kind: 'conflict', code: 3018 },
      })
    })

    it('changes no other, and nothing without a session', async () => {
      await register('ann@x.co')
      await register('bob@x.co')
      const [ann, bob] = [await logIn(), await logIn('bob@x.co')]
      expect(await update(ann.id, { name: 'x' }, bob.token)).toMatchObject({
        failure: { kind: 'forbidden', code: 3029 },
      })
      expect(await update(ann.id, { name: 'x' })).toMatchObject({ failure: { kind: 'auth', code: 3028 } })
    })

    it('whose session has ended, by itself or at the service, goes on with the next one', async () => {
      await register('ann@x.co')
      const { id: userId, token } = await logIn()
      service.endSessions(userId)
      expect(await update(userId, { name: 'x' }, token)).toMatchObject({ failure: { kind: 'auth', code: 3064 } })
      expect(await askToken(backendOf({ baseUrl: service.baseUrl }), token, context)).toMatchObject({
        ok: true,
        valid: false,
      })
      const next = await logIn()
      expect(await update(userId, { name: 'Anna' }, next.token)).toMatchObject({ ok: true, record: { name: 'Anna' } })
      expect(await calls.logout(next.token, context)).toEqual({ ok: true })
      expect(await update(userId, { name: 'x' }, next.token)).toMatchObject({ failure: { code: 3064 } })
    })

    it('is a guest first', async () => {
      const guest = await calls.loginAsGuest(context)
      if (!guest.ok) throw new Error(guest.failure.message)
      const { id: userId, token } = guest
      const properties = { email: 'ann@x.co', password, objectId: userId }
      expect(await calls.register(properties, token, context)).toMatchObject({ ok: true, id: userId })
      expect((await logIn()).id).toBe(userId)
    })
  })

  describe('a row', () => {
    let signedIn: RequestContext
    beforeEach(async () => {
      await register('ann@x.co')
      const { id: userId, token } = await logIn()
      signedIn = { ...context, account: userId, token }
    })
    const table = (rules?: TableOptions): Endpoint => backendlessTable({ baseUrl: service.baseUrl }, 'Note', rules)
    const key = { collection: 'Note', id: noteId }
    const make = (properties: Properties, rules?: TableOptions, id = noteId): Promise<Reply> =>
      table(rules).write(
        { op: 'create', key: { collection: 'Note', id }, properties, editId: `e-${id}`, idempotencyKey: `e-${id}` },
        signedIn,
      )

    it('lives its life', async () => {
      const { write, read } = table()
      expect(await read!(key, signedIn)).toEqual({ ok: true, record: null })
      expect(await make({ title: 'Milk' })).toMatchObject({ ok: true, record: { objectId: noteId, title: 'Milk' } })
      const change = { op: 'update', key, patch: { title: 'Oats' }, idempotencyKey: 'u' } as const
      expect(await write(change, signedIn)).toMatchObject({ ok: true, record: { title: 'Oats' } })
      expect(await read!(key, signedIn)).toMatchObject({ ok: true, record: { title: 'Oats' } })
      expect(await write({ op: 'delete', key, idempotencyKey: 'd' }, signedIn)).toEqual({ ok: true, record: null })
      expect(await read!(key, signedIn)).toEqual({ ok: true, record: null })
      expect(await write(change, signedIn)).toMatchObject({ failure: { kind: 'gone', code: 1000 } })
    })

    it('is made once, and has the id that the service gives it', async () => {
      await make({ title: 'Milk' })
      expect(await make({ title: 'Milk' })).toMatchObject({ failure: { kind: 'conflict', code: 1062 } })
      const made = await make({ title: 'Tea' }, { ids: 'server' }, 'local')
      expect(service.rows().map(({ objectId }) => objectId)).toEqual([noteId, made.ok && made.id])
    })

    it('is in the list, once', async () => {
      const ids = ['A', 'B', 'C'].map((end) => noteId.slice(0, -1) + end)
      for (const id of ids) await make({ title: id }, {}, id)
      const found: unknown[] = []
      let next
      do {
        const page = await table().list!(
          { collection: 'Note', limit: 2, ...(next !== undefined && { next }) },
          signedIn,
        )
        if (!page.ok) throw new Error(page.failure.message)
        found.push(...page.records.map(({ id }) => id))
        next = page.next
      } while (next !== undefined)
      expect(new Set(found)).toEqual(new Set(ids))
      expect(found).toHaveLength(3)
    })

    it('with a version is written only on that version', async () => {
      const { write, read } = table({ versionColumn: 'rev' })
      await make({ title: 'Milk' })
      const found = await read!(key, signedIn)
      const version = found.ok ? found.version : undefined
      const change = { op: 'update', key, version, idempotencyKey: 'u' } as const
      expect(await write({ ...change, patch: { title: 'Tea' } }, signedIn)).toMatchObject({
        record: { title: 'Tea', rev: 1 },
      })
      expect(await write({ ...change, patch: { title: 'Oats' } }, signedIn)).toMatchObject({
        failure: { kind: 'conflict', reason: 'stale' },
      })
      expect(service.rows()).toMatchObject([{ title: 'Tea', rev: 1 }])
      const deletion = { op: 'delete', key, version: '1', idempotencyKey: 'd' } as const
      expect(await write(deletion, signedIn)).toEqual({ ok: true, record: null })
      expect(service.rows()).toEqual([])
    })

    it('has a description', async () => {
      expect(await table().describe!('Note', signedIn)).toEqual(
        expect.arrayContaining([expect.objectContaining({ name: 'title', type: 'STRING' })]),
      )
    })
  })
}
