/* For suites that run in a page: the real server, users of the test's own, and clients that end with the test. */
import type { Observable } from 'rxjs'
import { filter, firstValueFrom } from 'rxjs'
import { inject, onTestFinished } from 'vitest'
import { openBackendless, type BackendlessApp, type ClientOptions, type Live } from '../../../src/backendless/index.js'
import { effectsOf, type AppliedValues } from '../effects.js'
import { resultOf } from '../raw-storage.js'

export interface Person {
  readonly objectId: string
  readonly email: string
  readonly name: string | null
  readonly [property: string]: string | number | null
}

export type App = BackendlessApp<Person>

/** Registers the function that a test's own end calls; tests that run side by side each have their own. */
export type AtEnd = (end: () => Promise<void>) => void

const password = 'secret-1'

/** The server's control path: a request with a JSON body; rejects unless it was answered with 200. */
export async function control<T = unknown>(method: string, path: string, body?: object): Promise<T> {
  const response = await fetch(`${inject('serverUrl')}/control${path}`, {
    method,
    headers: { 'control-token': inject('controlToken'), ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  })
  if (!response.ok) throw new Error(`${method} /control${path}: ${response.status} ${await response.text()}`)
  return (await response.json()) as T
}

/** Stands between one user's updates and their answers; the suites of an engine share the server. */
export function meddle(userId: string, action: object, times: number | 'always' = 1): Promise<unknown> {
  return control('POST', '/rules', { match: { method: 'PUT', path: `/users/${userId}` }, action, times })
}

/** The effects of the user's updates, by the server's log. */
export async function effects(userId: string): Promise<{ [property: string]: unknown[] }> {
  return effectsOf(await control<AppliedValues[]>('GET', `/log?userId=${userId}`))
}

/** Opens a client that is closed, and its database deleted, when the test ends. The database is new unless named. */
export function openApp(options: ClientOptions = {}, atEnd: AtEnd = onTestFinished): App {
  const database = options.database ?? `test-${crypto.randomUUID()}`
  const app = openBackendless<Person>({ baseUrl: inject('apiRoot'), ...options, database })
  atEnd(async () => {
    await app.close()
    indexedDB.deleteDatabase(database)
  })
  return app
}

/** Registers a user called Ann; resolves with the e-mail address. */
export async function signUp(app: App): Promise<string> {
  const email = `${crypto.randomUUID()}@x.co`
  await app.users.register({ email, name: 'Ann', password })
  return email
}

/** Opens a client with a user called Ann, logged in. */
export async function openWithUser(options: ClientOptions = {}, atEnd?: AtEnd): Promise<{ app: App; user: Person }> {
  const app = openApp(options, atEnd)
  return { app, user: await logIn(app, await signUp(app)) }
}

export function logIn(app: App, email: string, stayLoggedIn = true): Promise<Person> {
  return app.users.login(email, password, { stayLoggedIn })
}

/** The first value that fits, the present one included. */
export function until<T>(live: Live<T>, fits: (value: T) => boolean): Promise<T> {
  return firstValueFrom((live as Observable<T>).pipe(filter(fits)))
}

/** Everything that a database holds, as text; without tables, nothing. */
export async function dump(database: string): Promise<string> {
  const connection = await resultOf(indexedDB.open(database))
  const tables = [...connection.objectStoreNames]
  const transaction = connection.transaction(tables)
  const rows = await Promise.all(tables.map((table) => resultOf(transaction.objectStore(table).getAll())))
  connection.close()
  return JSON.stringify(rows)
}
