import type { Json } from '../json.js'
import { checkPlainValue } from './field-value.js'

/** The collections of an app, and the accounts that may log in. A schema file has this as JSON. */
export interface Schema {
  readonly collections: { readonly [name: string]: CollectionSchema }
  readonly accounts?: readonly Account[]
}

export interface CollectionSchema {
  /** Who names a new record: the client (any text), or the server (a whole number, or a text). */
  readonly ids: 'client' | 'integer' | 'text'
  readonly fields: { readonly [name: string]: Field }
  /** Places in a record that hold the id of another one, or a list of ids: `authorId`, `lines.*.productId`. */
  readonly refs?: { readonly [path: string]: string }
}

export interface Field {
  /** `id`: the id that a ref of this field's name is of. `time`: ISO 8601, stored with milliseconds, in UTC. */
  readonly type: FieldType
  /** Whether null and empty text are refused. Default false. */
  readonly required?: boolean
  /** Whether two records cannot have the same value. Default false; null counts for none. */
  readonly unique?: boolean
  /** The value of a new record that was sent without one. Default null. */
  readonly default?: Json
  /** Longest text. Default 1,000,000 characters. */
  readonly maxLength?: number
  /** The server itself writes it: the time at which the record was made, or last changed. */
  readonly set?: 'create' | 'update'
}

export type FieldType = 'text' | 'number' | 'integer' | 'boolean' | 'time' | 'json' | 'id'

export interface Account {
  readonly id: string
  readonly login: string
  /** The hash of `hashPassword`, or the password itself, which the server keeps as a hash only. */
  readonly password: string
  readonly name?: string
}

const fieldTypes: ReadonlySet<unknown> = new Set<FieldType>([
  'text',
  'number',
  'integer',
  'boolean',
  'time',
  'json',
  'id',
])
const idKinds: ReadonlySet<unknown> = new Set<CollectionSchema['ids']>(['client', 'integer', 'text'])
const members: ReadonlySet<string> = new Set(['type', 'required', 'unique', 'default', 'maxLength', 'set'])

/** Paths that are no collection's, and parameters of a list that are no field's. */
const reservedPaths: ReadonlySet<string> = new Set(['session', 'me'])
const reservedFields: ReadonlySet<string> = new Set(['id', 'limit', 'cursor', 'offset', 'since'])

/** Whether a name can be one of a schema: a letter, then letters, digits and underscores, at most 64. */
function isName(name: string): boolean {
  return /^[A-Za-z][A-Za-z0-9_]{0,63}$/.test(name) && name !== 'constructor' && name !== 'prototype'
}

/** The schema that a value is; throws an `Error` that names the first impossible part, and the reason. */
export function checkSchema(value: unknown): Schema {
  const schema = objectAt(value, 'The schema')
  const { collections, accounts = [], ...more } = schema as { [name: string]: unknown }
  refuseMore(more, 'The schema')
  const byName = objectAt(collections, '"collections"') as { [name: string]: unknown }
  if (Object.keys(byName).length === 0) throw new Error('The schema has no collections')
  for (const [name, collection] of Object.entries(byName)) checkCollection(name, collection, byName)
  if (!Array.isArray(accounts)) throw new Error('"accounts" has to be a list')
  const ids = new Set<string>()
  for (const account of accounts as unknown[]) {
    const { id, login, password, name = '', ...others } = objectAt(account, 'An account') as { [name: string]: unknown }
    refuseMore(others, 'An account')
    for (const [part, text] of Object.entries({ id, login, password, name })) {
      if (typeof text !== 'string' || (text === '' && part !== 'name')) {
        throw new Error(`"${part}" of an account has to be text, not ${JSON.stringify(text)}`)
      }
    }
    for (const each of [`id ${id as string}`, `login ${login as string}`]) {
      if (ids.has(each)) throw new Error(`Two accounts have the ${each}`)
      ids.add(each)
    }
  }
  return value as Schema
}

function checkCollection(name: string, value: unknown, all: { readonly [name: string]: unknown }): void {
  if (!isName(name) || reservedPaths.has(name)) throw new Error(`A collection cannot be called ${JSON.stringify(name)}`)
  const called = `The collection "${name}"`
  const { ids, fields, refs = {}, ...more } = objectAt(value, called) as { [name: string]: unknown }
  refuseMore(more, called)
  if (!idKinds.has(ids)) {
    throw new Error(`"ids" of the collection "${name}" has to be client, integer or text, not ${JSON.stringify(ids)}`)
  }
  const byName = objectAt(fields, `"fields" of the collection "${name}"`) as { [field: string]: Field }
  for (const [field, definition] of Object.entries(byName)) checkField(`${name}.${field}`, field, definition)
  const places = objectAt(refs, `"refs" of the collection "${name}"`)
  for (const [path, target] of Object.entries(places)) {
    const field = Object.hasOwn(byName, path.split('.')[0]!) ? byName[path.split('.')[0]!] : undefined
    const fits = field?.type === 'json' || (field?.type === 'id' && path.split('.').length === 1)
    if (!fits) throw new Error(`The ref "${name}.${path}" has to begin with a field of the type id or json`)
    if (typeof target !== 'string' || !Object.hasOwn(all, target)) {
      throw new Error(`The ref "${name}.${path}" names the collection ${JSON.stringify(target)}, which there is not`)
    }
  }
  for (const [field, { type }] of Object.entries(byName)) {
    if (type === 'id' && !Object.hasOwn(places, field)) {
      throw new Error(`The field "${name}.${field}" is an id: "refs" has to say of which collection`)
    }
  }
}

function checkField(called: string, name: string, value: unknown): void {
  if (!isName(name) || reservedFields.has(name)) throw new Error(`A field cannot be called ${JSON.stringify(name)}`)
  const field = objectAt(value, `The field "${called}"`) as { [name: string]: unknown }
  const unknown = Object.keys(field).find((member) => !members.has(member))
  if (unknown !== undefined) throw new Error(`The field "${called}" has "${unknown}", which no field has`)
  const { type, required = false, unique = false, maxLength = 1, set = 'create' } = field
  if (!fieldTypes.has(type)) throw new Error(`The field "${called}" has the unknown type ${JSON.stringify(type)}`)
  for (const [mark, given] of Object.entries({ required, unique })) {
    if (typeof given !== 'boolean') throw new Error(`"${mark}" of the field "${called}" has to be true or false`)
  }
  if (!Number.isSafeInteger(maxLength) || Number(maxLength) < 1) {
    throw new Error(`"maxLength" of the field "${called}" has to be a whole number above 0`)
  }
  if (unique && type === 'json') throw new Error(`The field "${called}" is JSON, which cannot be unique`)
  if (set !== 'create' && set !== 'update') throw new Error(`"set" of the field "${called}" has to be create or update`)
  if (field.set !== undefined && type !== 'time') throw new Error(`The field "${called}" is set, and has to be a time`)
  const given = (field.default ?? null) as Json
  if (given === null) return
  // The field is a right one, and an id has no default: which record it is of depends on the data.
  const checked = type === 'id' ? { flaw: 'cannot be an id' } : checkPlainValue(field as unknown as Field, given)
  if ('flaw' in checked) throw new Error(`The default of the field "${called}" ${checked.flaw}`)
}

function objectAt(value: unknown, called: string): object {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw new Error(`${called} has to be an object, not ${JSON.stringify(value)}`)
}

function refuseMore(more: object, called: string): void {
  const [first] = Object.keys(more)
  if (first !== undefined) throw new Error(`${called} has "${first}", which is not known`)
}
