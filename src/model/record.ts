// Floor 1: the plain data that everything above works with.

/** A value that JSON can hold; no other value is ever stored, sent or believed. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** The properties of one record, by name. */
export type Properties = { readonly [property: string]: Json }

/** A record's confirmed state, or its view. `null`: there is no such record; `undefined`: not known (R17). */
export type State = Properties | null | undefined

/** The changes of an edit: property to absolute value; `null` clears. */
export type Patch = Properties

/** The change of an edit to its record. Absent is a state: a creation begins it, a deletion ends it (R17). */
export type Operation = 'create' | 'update' | 'delete'

/**
 * The means to repeat a creation whose answer was lost. `safe`: the device names the record, and a second creation under that id
 * is refused or changes nothing. `by-key`: a repeat with the same idempotency key has no second effect. `by-find`: the record
 * carries the edit's id, and `find` looks for it. `never`: no repeat is known to be harmless.
 */
export type RepeatsCreates = 'safe' | 'by-key' | 'by-find' | 'never'

/** Names one synced record. */
export interface RecordKey {
  /** The name under which the app opened the collection. */
  collection: string
  /** The record's id on this device, as text. */
  id: string
}

/** A record's name as one string, for maps. JSON, so that no id can imitate another's. */
export function recordName({ collection, id }: RecordKey): string {
  return nameIn(namesOf(collection), id)
}

/** The beginning of the names of a collection's records, and of no other's. */
export function namesOf(collection: string): string {
  return `[${JSON.stringify(collection)},`
}

/** `recordName`; `names`: `namesOf` its collection. */
export function nameIn(names: string, id: string): string {
  return `${names}${JSON.stringify(id)}]`
}

/** A record that may depend on the account: each account's own one. */
export type RecordOf = (account: string) => RecordKey

/** One record's pending edits belong to one account: this key names them. */
export interface LaneKey extends RecordKey {
  /** The backend's id of the account; never an e-mail address (G10). */
  account: string
}

/** A lane's name as one string, for maps. JSON, so that no id can imitate another's. */
export function laneName({ account, collection, id }: LaneKey): string {
  return JSON.stringify([account, collection, id])
}
