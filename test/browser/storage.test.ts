/* The requests to a page's IndexedDB, and the rows that it holds afterwards. */
import { inject, describe, expect, it } from 'vitest'
import { openBackendless } from '../../src/backendless/index.js'
import { dump, logIn, meddle, openApp, openWithUser, signUp, until } from '../support/page/backend.js'

interface Seen {
  readonly transaction: IDBTransaction
  completed: boolean
}

/** This page's IndexedDB, with every transaction noted as it is made. */
function watched(): { factory: { indexedDB: IDBFactory; IDBKeyRange: typeof IDBKeyRange }; seen: Seen[] } {
  const seen: Seen[] = []
  const watch = (database: IDBDatabase): void => {
    const begin = database.transaction.bind(database)
    database.transaction = (...args) => {
      const entry: Seen = { transaction: begin(...args), completed: false }
      entry.transaction.addEventListener('complete', () => (entry.completed = true))
      seen.push(entry)
      return entry.transaction
    }
  }
  const real = globalThis.indexedDB
  const watching: IDBFactory = {
    open(...args) {
      const request = real.open(...args)
      request.addEventListener('success', () => watch(request.result))
      return request
    },
    deleteDatabase: (name) => real.deleteDatabase(name),
    databases: () => real.databases(),
    cmp: (first, second) => real.cmp(first, second),
  }
  return { factory: { indexedDB: watching, IDBKeyRange }, seen }
}

describe('an edit', () => {
  it('is saved by a transaction that asks for strict durability and has completed', async () => {
    const { factory, seen } = watched()
    const { app, user } = await openWithUser({ platform: { databases: { factory } } })
    // The server waits, so that no settlement is written meanwhile.
    await meddle(user.objectId, { do: 'gateway', status: 502, delayMs: 2_000 })
    seen.length = 0

    await app.users.update({ name: 'James' })

    const [save] = seen.filter(({ transaction }) => transaction.mode === 'readwrite')
    expect(save).toMatchObject({ completed: true })
    expect(save!.transaction.durability).toBe('strict')
  })

  it('is saved relaxed where the app says so', async () => {
    const { factory, seen } = watched()
    const { app } = await openWithUser({ platform: { databases: { factory } }, durability: 'relaxed' })
    seen.length = 0

    await app.users.update({ name: 'James' })

    const [save] = seen.filter(({ transaction }) => transaction.mode === 'readwrite')
    expect(save!.transaction.durability).toBe('relaxed')
  })
})

describe('private details', () => {
  /** The real fetch, with the token of the last login noted. */
  function noting(): { fetch: typeof fetch; token(): string } {
    let token = ''
    return {
      token: () => token,
      async fetch(...args) {
        const answer = await fetch(...args)
        if (answer.url.endsWith('/users/login')) {
          token = ((await answer.clone().json()) as { 'user-token': string })['user-token']
        }
        return answer
      },
    }
  }

  it.each([true, false])('with stayLoggedIn %s the token is on disk or not, the password never', async (stays) => {
    const database = `test-${crypto.randomUUID()}`
    const noted = noting()
    const app = openApp({ database, platform: { fetch: noted.fetch } })
    const email = await signUp(app)
    await logIn(app, email, stays)
    await (
      await app.users.update({ name: 'James' })
    ).settled

    const kept = await dump(database)

    expect(noted.token()).not.toBe('')
    expect(kept).toContain('James')
    expect(kept.includes(noted.token())).toBe(stays)
    expect(kept).not.toContain('secret-1')
  })

  it('end with the page: a token that is not stored is gone, and the pending edit waits for the next login', async () => {
    const database = `test-${crypto.randomUUID()}`
    const app = openApp({ database })
    const email = await signUp(app)
    const user = await logIn(app, email, false)
    await meddle(user.objectId, { do: 'gateway', status: 502 })
    const { id } = await app.users.update({ name: 'James' })
    await until(app.status$, ({ failure }) => failure?.kind === 'server')
    await app.close()

    const again = openApp({ database })
    await until(again.users.session$, ({ state }) => state === 'signed-out')
    expect(again.users.current$.value).toBe(undefined)

    expect(await logIn(again, email)).toMatchObject({ name: 'James' })
    expect(await again.settlement(id)).toMatchObject({ outcome: 'accepted' })
  })
})

it("refuses to open another backend's database", async () => {
  const database = `test-${crypto.randomUUID()}`
  const { app } = await openWithUser({ database })
  await app.close()

  const other = openBackendless({ baseUrl: inject('apiRoot').replace('/holdfast-app/', '/another-app/'), database })

  await expect(other.users.refresh()).rejects.toMatchObject({ name: 'StorageError', reason: 'other-backend' })
  await other.close()
})
