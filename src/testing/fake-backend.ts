// Floor 7: a backend in memory, for the tests of an app.
import type { Json, Properties } from '../model/record.js'
import { fakeBackendless } from './backendless/service.js'
import {
  fakeRecords,
  type BackendWrite,
  type RefusalScope,
  type ScriptedRefusal,
  type StoredRecord,
} from './records.js'
import { fakeRest } from './rest.js'

/** The name of the property in which a protocol has the id of a record. */
const idProperties = { rest: 'id', backendless: 'objectId' } as const

/** The options of `fakeBackend`. */
export interface FakeBackendOptions {
  /**
   * `rest` (default): an ordinary HTTP API, for `openRest`. `backendless`: the user service and the data service, for
   * `openBackendless`; `users` are its users, and each other name is a table.
   */
  readonly protocol?: keyof typeof idProperties
  /**
   * Of Backendless: the types of columns that the given records do not show, by table and name, such as `STRING`. Default:
   * none.
   */
  readonly columns?: { readonly [table: string]: { readonly [column: string]: string } }
  /**
   * Answers a request in the place of the fake, such as a login of the app's own; undefined: the fake does. Default: the fake
   * answers all.
   */
  readonly answer?: (request: Request) => Response | undefined | Promise<Response | undefined>
}

/** `C`: the types of the records, by collection. */
export interface FakeBackend<C extends object = { [collection: string]: Properties }> {
  /** The `url` of `openRest`, or the `baseUrl` of `openBackendless`. The fake answers under every other address too. */
  readonly url: string
  /** The fetch that reaches it. `fakeDevice` uses it; else hand `lossy(backend.fetch)` to the app's `platform`. */
  readonly fetch: typeof fetch
  /** Method and path of each request that has arrived. */
  readonly requests: readonly string[]
  /** The writes that it has carried out, in order, those of the test too. */
  readonly writes: readonly BackendWrite[]
  /** The names of the collections. */
  readonly collections: readonly string[]
  /** The records of a collection, in the order in which they were made. */
  all<N extends keyof C & string>(collection: N): C[N][]
  /** The record as it is now; undefined: there is none. */
  get<N extends keyof C & string>(collection: N, id: string | number): C[N] | undefined
  /** Creates or changes a record, as another device does. Without an id it creates one. Returns the record. */
  put<N extends keyof C & string>(collection: N, properties: Partial<C[N]>): C[N]
  /** Deletes a record, as another device does. */
  delete(collection: keyof C & string, id: string | number): void
  /** Refuses writes from here on. */
  refuse(refusal?: ScriptedRefusal, scope?: RefusalScope): void
  /** Refuses no more. */
  accept(): void
  /** Ends all sessions: a request needs a new login, or, of REST, a token that the backend has not seen yet. */
  endSessions(): void
}

/**
 * A backend in memory with these records, by collection. A record without an id gets one. Throws a `TypeError` where `records` is
 * no object of lists.
 */
export function fakeBackend<C extends object>(
  records: { readonly [N in keyof C]: readonly C[N][] },
  { protocol = 'rest', columns = {}, answer }: FakeBackendOptions = {},
): FakeBackend<C> {
  for (const [name, list] of Object.entries(records))
    if (!Array.isArray(list)) throw new TypeError(`fakeBackend: "${name}" is a list of records, not ${typeof list}`)
  const idProperty = idProperties[protocol]
  const seeds = records as { readonly [name: string]: readonly object[] }
  const store = fakeRecords(idProperty, seeds)
  const service = protocol === 'rest' ? fakeRest(store) : fakeBackendless(store, columns)
  const requests: string[] = []
  const shown = ({ id, properties }: StoredRecord): never =>
    structuredClone({ [idProperty]: id, ...properties }) as never

  return {
    url: protocol === 'rest' ? 'https://api.example.com/v1/' : 'https://api.example.com/app/key',
    async fetch(input, init) {
      const request = new Request(input, init)
      requests.push(`${request.method} ${new URL(request.url).pathname}`)
      return (await answer?.(request.clone())) ?? service.answer(request)
    },
    requests,
    writes: store.writes,
    collections: store.names,
    all: (collection) => store.all(collection).map(shown),
    get(collection, id) {
      const found = store.get(collection, String(id))
      return found && shown(found)
    },
    put(collection, given) {
      const { [idProperty]: own, ...properties } = structuredClone(given) as { [name: string]: Json }
      const id = own as string | number | undefined
      const before = id === undefined ? undefined : store.get(collection, String(id))
      return shown(before ? store.update(collection, before, properties) : store.create(collection, id, properties))
    },
    delete(collection, id) {
      const found = store.get(collection, String(id))
      if (found) store.remove(collection, found)
    },
    refuse: (refusal = {}, scope) => store.refuse(refusal, scope),
    accept: store.accept,
    endSessions: service.endSessions,
  }
}
