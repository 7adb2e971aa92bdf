// Floor 7: the records of a fake backend, its refusals, and a log of the writes that it has carried out.
import type { Json, Operation, Properties } from '../model/record.js'

/** A write that the backend has carried out. */
export interface BackendWrite {
  /** The operation. */
  readonly op: Operation
  /** Its name at the backend. */
  readonly collection: string
  /** The backend's id of the record, as text. */
  readonly id: string
  /** As they were sent, without the id. */
  readonly properties: Properties
  /** The device that has sent it. Absent: the test itself has made it, by `put` or `delete`, or a fetch without a device. */
  readonly device?: string
}

/** The answer of a backend that says no. */
export interface ScriptedRefusal {
  /** Default: 422, of Backendless 400. */
  readonly status?: number
  /** The code of a Backendless fault. Default 3040: a value is not valid. */
  readonly code?: number
  /** For the person. */
  readonly message?: string
  /** The names of the properties at fault. Backendless does not tell. */
  readonly properties?: readonly string[]
}

/** The writes that a refusal meets. */
export interface RefusalScope {
  /** After so many refusals the backend takes all again. Default: until `accept()`. */
  readonly times?: number
  /** Whether the refusal meets this write. Default: each. */
  readonly only?: (write: Omit<BackendWrite, 'device'>) => boolean
}

/** Names the device of a request. */
export const deviceHeader = 'x-holdfast-device'

export interface StoredRecord {
  readonly id: string | number
  properties: Properties
  /** Raised by each write. */
  revision: number
  /** Its place among the creations. */
  readonly made: number
}

export interface FakeRecords {
  readonly writes: readonly BackendWrite[]
  /** The names of the collections. */
  readonly names: readonly string[]
  has(collection: string): boolean
  all(collection: string): StoredRecord[]
  get(collection: string, id: string): StoredRecord | undefined
  /** Creates a record; without an id, under one of the backend's own. */
  create(collection: string, id: string | number | undefined, properties: Properties, request?: Request): StoredRecord
  update(collection: string, record: StoredRecord, patch: Properties, request?: Request): StoredRecord
  remove(collection: string, record: StoredRecord, request?: Request): void
  refuse(refusal: ScriptedRefusal, scope?: RefusalScope): void
  accept(): void
  /** The refusal that meets a write; it counts. */
  refusalOf(write: Omit<BackendWrite, 'device'>): ScriptedRefusal | undefined
}

export function fakeRecords(idProperty: string, seeds: { readonly [name: string]: readonly object[] }): FakeRecords {
  const collections = new Map<string, Map<string, StoredRecord>>()
  const writes: BackendWrite[] = []
  let made = 0
  let refusal: { answer: ScriptedRefusal; left: number; only: RefusalScope['only'] } | undefined

  const of = (name: string): Map<string, StoredRecord> => collections.get(name)!
  const log = (op: Operation, collection: string, { id }: StoredRecord, properties: Properties, request?: Request) => {
    const device = request?.headers.get(deviceHeader)
    writes.push({ op, collection, id: String(id), properties, ...(device && { device }) })
  }

  /** A number where the collection has numbers. */
  function newId(collection: string): string | number {
    const numbers = [...of(collection).values()].map(({ id }) => id).filter((id) => typeof id === 'number')
    return numbers.length ? Math.max(...numbers) + 1 : `${collection}-${made + 1}`
  }

  function add(collection: string, id: string | number | undefined, properties: Properties): StoredRecord {
    const record = { id: id ?? newId(collection), properties, revision: 1, made: ++made }
    of(collection).set(String(record.id), record)
    return record
  }

  for (const [name, records] of Object.entries(seeds)) {
    collections.set(name, new Map())
    for (const { [idProperty]: id, ...properties } of structuredClone(records) as Properties[])
      add(name, id as string | number | undefined, properties)
  }

  return {
    writes,
    names: [...collections.keys()],
    has: (collection) => collections.has(collection),
    all: (collection) => [...of(collection).values()],
    get: (collection, id) => of(collection).get(id),
    create(collection, id, properties, request) {
      const record = add(collection, id, properties)
      log('create', collection, record, properties, request)
      return record
    },
    update(collection, record, patch, request) {
      record.properties = { ...record.properties, ...patch }
      record.revision++
      log('update', collection, record, patch, request)
      return record
    },
    remove(collection, record, request) {
      of(collection).delete(String(record.id))
      log('delete', collection, record, {}, request)
    },
    refuse: (answer, { times = Infinity, only } = {}) => void (refusal = { answer, left: times, only }),
    accept: () => void (refusal = undefined),
    refusalOf(write) {
      if (!refusal || refusal.left <= 0 || (refusal.only && !refusal.only(write))) return undefined
      refusal.left--
      return refusal.answer
    },
  }
}

/** The JSON object of a request's body; undefined where it is none. */
export async function objectIn(request: Request): Promise<{ [property: string]: Json } | undefined> {
  const text = await request.text()
  if (!text) return {}
  try {
    const json = JSON.parse(text) as Json
    return typeof json === 'object' && json !== null && !Array.isArray(json) ? { ...json } : undefined
  } catch {
    return undefined
  }
}
