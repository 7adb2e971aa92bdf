import { randomUUID } from 'node:crypto'
import { textOf, type Json, type Properties } from '../json.js'
import { strayed, type SaveBehaviour } from '../save-behaviour.js'
import { checkProperties, invalid } from './check-properties.js'
import { isClientId, isIdOf } from './field-value.js'
import { mergePatch } from './merge-patch.js'
import { Problem } from './problem.js'
import { refsAt } from './refs.js'
import type { AppliedWrite, WriteOp } from './store/writes.js'
import type { RecordRow } from './store/records.js'
import type { RestStore } from './store/rest-store.js'
import type { RestSwitches } from './switches.js'

/** A server's own logic on a write: gets the values that are about to be stored, and returns those that are. */
export type WriteHook = (
  collection: string,
  values: { readonly [field: string]: Json },
  op: 'create' | 'update',
) => { readonly [field: string]: Json }

/** The rules of writing as they are now. */
export interface WriteRules {
  readonly switches: RestSwitches
  /** How saving strays, by collection. */
  readonly saving: { readonly [collection: string]: SaveBehaviour }
  readonly hook: WriteHook | undefined
  readonly nowMs: number
}

/** Who writes, and how. */
export type WriteCall = Pick<AppliedWrite, 'collection' | 'source' | 'callerId' | 'idempotencyKey'>

/** Throws the problem of a record that is not as its writer believes; looks at it before it is written. */
export type Precondition = (row: RecordRow) => void

/** Makes a record. `id` is that of the address, of a `PUT`, or of the body; has to run in a transaction. */
export function createRecord(
  store: RestStore,
  call: WriteCall,
  { id: given, sent, exists }: { id: Json; sent: Properties; exists: (id: string) => Problem },
  rules: WriteRules,
): RecordRow {
  const { collection } = call
  const { ids } = store.schema.collections[collection]!
  if (ids === 'client' && !(typeof given === 'string' && isClientId(given))) {
    throw invalid(new Map([['id', ['has to be text of 1 to 100 letters, digits and . _ ~ -, and other than dots']]]))
  }
  if (ids !== 'client' && given !== null) throw invalid(new Map([['id', ['is given by the server']]]))
  const { unknownFields } = rules.switches
  const values = checkProperties(store.schema, { collection, op: 'create', sent, unknownFields })
  const kept = hooked(call, 'create', values, rules)
  if (ids === 'client' && store.records.byId(collection, given as string)?.properties) throw exists(given as string)
  checkRefs(store, collection, textOf(given), kept, kept)
  const id = ids === 'client' ? (given as string) : ids === 'text' ? randomUUID() : undefined
  checkUnique(store, collection, id ?? '', kept, rules)
  return put(store, call, 'create', { id: id ?? String(store.records.nextId(collection)), values: kept }, rules)
}

/** Changes a record; `deep` merges JSON fields as RFC 7396 says. Has to run in a transaction. */
export function updateRecord(
  store: RestStore,
  call: WriteCall,
  { id, sent, deep, precondition }: { id: string; sent: Properties; deep: boolean; precondition: Precondition },
  rules: WriteRules,
): RecordRow {
  const { collection } = call
  const row = livingRecord(store, collection, id, rules.switches)
  precondition(row)
  const patch = [...sent].map(
    ([name, value]) => [name, deep ? mergePatch(row.properties!.get(name) ?? null, value) : value] as const,
  )
  const { unknownFields } = rules.switches
  const values = checkProperties(store.schema, { collection, op: 'update', sent: new Map(patch), unknownFields })
  const kept = hooked(call, 'update', values, rules)
  checkRefs(store, collection, id, new Map([...row.properties!, ...kept]), kept)
  checkUnique(store, collection, id, kept, rules)
  return put(store, call, 'update', { id, values: kept, before: row }, rules)
}

/** Deletes a record that no other refers to. Has to run in a transaction. */
export function deleteRecord(
  store: RestStore,
  call: WriteCall,
  { id, precondition }: { id: string; precondition: Precondition },
  rules: WriteRules,
): RecordRow {
  const { collection } = call
  const row = livingRecord(store, collection, id, rules.switches)
  precondition(row)
  for (const [name, { refs = {} }] of Object.entries(store.schema.collections)) {
    for (const [path, target] of Object.entries(refs)) {
      if (target !== collection) continue
      const [first] = store.records.idsWith(name, { path, value: id }, name === collection ? id : '')
      if (first === undefined) continue
      const detail = `The record ${JSON.stringify(first)} of ${name} refers to it by "${path}"`
      throw new Problem(409, 'referenced', detail)
    }
  }
  const change = appended(store, call, 'delete', { id, values: new Map() }, rules)
  const left: RecordRow = { ...row, change, properties: null }
  store.records.put(left)
  return left
}

/** The record; throws the problem of one that there is not. */
export function livingRecord(store: RestStore, collection: string, id: string, switches: RestSwitches): RecordRow {
  const row = store.records.byId(collection, id)
  if (row?.properties) return row
  const status = row ? switches.goneStatus : 404
  const what = `no record of ${collection} with the id ${JSON.stringify(id.slice(0, 100))}`
  throw new Problem(status, status === 410 ? 'gone' : 'no-such-record', `There is ${what}`)
}

function hooked(
  { collection }: WriteCall,
  op: 'create' | 'update',
  values: Map<string, Json>,
  { saving, hook }: WriteRules,
): Map<string, Json> {
  const behaviour = Object.hasOwn(saving, collection) ? saving[collection] : undefined
  const strays = behaviour
    ? strayed(
        [...values].map(([name, value]) => [{ name }, value] as const),
        behaviour,
      ).map(([{ name }, value]) => [name, value] as const)
    : [...values]
  return new Map(hook ? Object.entries(hook(collection, Object.fromEntries(strays), op)) : strays)
}

/** Each id in a field that is written has to be one of a record, or of this one. */
function checkRefs(
  store: RestStore,
  collection: string,
  ownId: string,
  properties: Properties,
  written: Properties,
): void {
  const errors = new Map<string, string[]>()
  let isMissing = true
  for (const [path, target] of Object.entries(store.schema.collections[collection]!.refs ?? {})) {
    if (!written.has(path.split('.')[0]!)) continue
    for (const { place, value } of refsAt(properties, path)) {
      if (!isIdOf(store.schema, target, value)) {
        errors.set(place, [`has to be an id of ${target}`])
        isMissing = false
      } else if (!(target === collection && String(value) === ownId) && !exists(store, target, String(value))) {
        errors.set(place, [`is ${JSON.stringify(value)}, and ${target} has no record with that id`])
      }
    }
  }
  if (errors.size === 0) return
  const problem = invalid(errors)
  throw new Problem(422, isMissing ? 'missing-record' : 'invalid', problem.message, { errors })
}

function exists(store: RestStore, collection: string, id: string): boolean {
  return store.records.byId(collection, id)?.properties != null
}

function checkUnique(
  store: RestStore,
  collection: string,
  ownId: string,
  written: Properties,
  { switches }: WriteRules,
): void {
  const errors = new Map<string, string[]>()
  for (const [name, { unique }] of Object.entries(store.schema.collections[collection]!.fields)) {
    const value = written.get(name) ?? null
    if (!unique || value === null) continue
    if (store.records.idsWith(collection, { path: name, value: textOf(value) }, ownId).length > 0) {
      errors.set(name, ['is taken'])
    }
  }
  if (errors.size > 0) throw taken(errors, switches)
}

/** The refusal of values, or an id, that another record has. */
function taken(errors: ReadonlyMap<string, readonly string[]>, switches: RestSwitches): Problem {
  const names = [...errors.keys()].map((name) => `"${name}"`).join(' and ')
  return new Problem(switches.takenStatus, 'taken', `Another record has this value of ${names}`, { errors })
}

/** The same for the id of a creation. */
export function idTaken(switches: RestSwitches): Problem {
  return taken(new Map([['id', ['is taken']]]), switches)
}

function put(
  store: RestStore,
  call: WriteCall,
  op: 'create' | 'update',
  { id, values, before }: { id: string; values: ReadonlyMap<string, Json>; before?: RecordRow },
  rules: WriteRules,
): RecordRow {
  const { collection } = call
  const change = appended(store, call, op, { id, values }, rules)
  const properties = new Map([...(before?.properties ?? []), ...values])
  const now = new Date(rules.nowMs).toISOString()
  for (const [name, { set }] of Object.entries(store.schema.collections[collection]!.fields)) {
    if (set === 'update' || (set === 'create' && op === 'create')) properties.set(name, now)
  }
  const row: RecordRow = { collection, id, position: before?.position ?? change, change, properties }
  store.records.put(row)
  return row
}

function appended(
  store: RestStore,
  call: WriteCall,
  op: WriteOp,
  { id, values }: { id: string; values: Properties },
  { nowMs }: WriteRules,
): number {
  return store.writes.append({ ...call, id, op, applied: values, atMs: nowMs })
}
