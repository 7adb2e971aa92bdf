/* For suites that run in a page: the local server in its REST mode, and clients with notes that end with the test. */
import { inject, onTestFinished } from 'vitest'
import { openClient, type Client, type ClientOptions } from '../../../src/index.js'
import type { RestOptions } from '../../../src/rest/index.js'
import { restEndpoints } from '../../../src/rest/endpoint.js'

export interface Note {
  readonly id: string
  readonly title: string
  readonly text: string | null
  readonly slug: string | null
}

export type NotesApp = Client<{ notes: Note }>

/** The server's control path: a request with a JSON body; rejects unless it was answered with 200. */
export async function restControl<T = unknown>(method: string, path: string, body?: object): Promise<T> {
  const response = await fetch(`${inject('restUrl')}/control${path}`, {
    method,
    headers: { 'control-token': inject('controlToken'), ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  })
  if (!response.ok) throw new Error(`${method} /control${path}: ${response.status} ${await response.text()}`)
  return (await response.json()) as T
}

/** Operations that the server has applied to a note, in order. */
export async function writesTo(note: string): Promise<string[]> {
  return (await restControl<{ op: string }[]>('GET', `/log?collection=notes&id=${note}`)).map(({ op }) => op)
}

/** The note as the server has it; `undefined`: it has none. */
export async function stored(note: string): Promise<Note | undefined> {
  return (await restControl<Note[]>('GET', '/records/notes')).find(({ id }) => id === note)
}

/** Opens a client with Ann logged in, that is closed, and its database deleted, when the test ends. */
export function openNotes(options: ClientOptions = {}): Promise<NotesApp> {
  return openRecords<{ notes: Note }>({ notes: { ids: 'device' } }, options)
}

/** The same with these collections. */
export async function openRecords<C extends object>(
  collections: RestOptions['collections'],
  options: ClientOptions = {},
): Promise<Client<C>> {
  const database = options.database ?? `test-${crypto.randomUUID()}`
  const endpoints = restEndpoints({ url: inject('restRoot'), collections })
  const app = openClient<C>({ endpoints, requestTimeoutMs: 5_000, ...options, database })
  onTestFinished(async () => {
    await app.close()
    indexedDB.deleteDatabase(database)
  })
  await app.session.use('ann')
  return app
}
