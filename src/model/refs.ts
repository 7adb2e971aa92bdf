// References: the places of a record that name other records (R19).
import { own } from './own.js'
import type { Json, Properties, RecordKey } from './record.js'

/** Path to collection. A path is the names on the way, with `*` for each item of a list: `authorId`, `tagIds`, `lines.*.productId`. */
export type Refs = { readonly [path: string]: string }

/** A record that another one names. */
export interface Ref extends RecordKey {
  /** The property that holds the name. */
  property: string
}

/** The records that values of a record of this collection name. */
export type RefsOf = (collection: string, properties: Properties) => readonly Ref[]

type Rename = (collection: string, id: string, property: string) => Json | undefined | void

/** The places in the records of all collections that hold ids. */
export interface Relations {
  /** Absent: no record names another one. */
  readonly refsOf: RefsOf | undefined
  /** `withRefs` of the collection's own places. */
  rename(collection: string, properties: Properties, rename: Rename): Properties
  /**
   * By path, the records that the values may name at places which are not declared: those of the collections whose records the backend
   * names. Absent: it names none.
   */
  readonly undeclared: ((collection: string, properties: Properties) => readonly Ref[]) | undefined
  /** The backend's id in a record of the collection, where it is a number: here records have their ids as text. */
  readonly numberIn?: ((collection: string, record: Properties) => number | undefined) | undefined
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Ids in the form of a UUID at places that are not declared, each with the path by which its place would be. */
export function undeclaredIn(properties: Properties, refs: Refs | undefined): { path: string; id: string }[] {
  const placeOf = (path: string): string => path.replace(/(\.\*)+$/, '')
  const declared = new Set(Object.keys(refs ?? {}).map(placeOf))
  const found: { path: string; id: string }[] = []
  const look = (value: Json, path: string): void => {
    if (typeof value === 'string') {
      if (value.length === 36 && uuid.test(value) && !declared.has(placeOf(path))) found.push({ path, id: value })
    } else if (Array.isArray(value)) for (const item of value) look(item, `${path}.*`)
    else if (value && typeof value === 'object')
      for (const [name, member] of Object.entries(value)) look(member, `${path}.${name}`)
  }
  for (const [name, value] of Object.entries(properties)) look(value, name)
  return found
}

/** Whether an id has the form of those that the device makes. */
export function isDeviceId(id: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id)
}

/** An id as text. A number that is no safe integer is none. */
export function idText(value: Json | undefined): string | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : undefined
  return (typeof value === 'string' && value) || undefined
}

/** The records that the values name. */
export function refsIn(properties: Properties, refs: Refs | undefined): Ref[] {
  const found: Ref[] = []
  withRefs(properties, refs, (collection, id, property) => void found.push({ collection, id, property }))
  return found
}

/** The values with other names in them. `rename`: `undefined` leaves a name as it is. Where none changes, the same object. */
export function withRefs(properties: Properties, refs: Refs | undefined, rename: Rename): Properties {
  let renamed = properties
  for (const [path, collection] of Object.entries(refs ?? {})) {
    const [property, ...way] = path.split('.') as [string, ...string[]]
    const value = own(renamed, property)
    if (value === undefined) continue
    const left = renameAt(value, way, (id) => rename(collection, id, property))
    if (left !== value) renamed = { ...renamed, [property]: left }
  }
  return renamed
}

function renameAt(value: Json, way: readonly string[], rename: (id: string) => Json | undefined | void): Json {
  const [name, ...rest] = way
  if (Array.isArray(value)) {
    // A list at the end of a path is one of ids.
    if (name !== undefined && name !== '*') return value
    const items = value.map((item) => renameAt(item, name ? rest : [], rename))
    return items.some((item, index) => item !== value[index]) ? items : value
  }
  if (name === undefined) {
    const id = idText(value)
    return id === undefined ? value : (rename(id) ?? value)
  }
  const member = typeof value === 'object' && value ? own(value, name) : undefined
  if (member === undefined) return value
  const left = renameAt(member, rest, rename)
  return left === member ? value : { ...(value as Properties), [name]: left }
}
