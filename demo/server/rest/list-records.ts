import { textOf, type Json } from '../json.js'
import { checkValue } from './field-value.js'
import { Problem } from './problem.js'
import { idJson, recordJson } from './record-json.js'
import type { Schema } from './schema.js'
import { indexedPaths, type IndexedValue } from './store/indexed-values.js'
import type { RestStore } from './store/rest-store.js'
import type { RestSwitches } from './switches.js'

export interface ListAnswer {
  /** The records; with `since`, an object of them, the ids of deleted ones, and the token of the next pull. */
  readonly body: Json
  /** The query of the next page. */
  readonly next: URLSearchParams | undefined
}

const usualLimit = 50
const highestLimit = 500

/** Those that are no filter. `_` is one that clients add with a value of its own, against caches. */
const ownParameters: ReadonlySet<string> = new Set(['limit', 'cursor', 'offset', 'since', '_'])

/** The place after which a page begins, and the token that its pull ends with. */
interface Cursor {
  readonly after: number
  readonly until: number
}

/**
 * Lists a collection. Without `since`, pages go by the order in which records were made; with it, by that of their last change.
 * A record that changes while pages are read moves to a later page, and none is left out.
 */
export function listRecords(
  store: RestStore,
  collection: string,
  query: URLSearchParams,
  switches: RestSwitches,
): ListAnswer {
  const limit = numberIn(query, 'limit', { usual: usualLimit, lowest: 1, highest: highestLimit })
  const since = query.has('since') ? placeOf(store, query.get('since')!) : undefined
  const where = filtersIn(store.schema, collection, query, switches)
  if (since !== undefined && where.length > 0) {
    const detail = 'A list with "since" takes no filter: it could not tell of records that no longer pass it'
    throw new Problem(400, 'bad-parameter', detail)
  }
  const offset = switches.paging === 'offset' ? numberIn(query, 'offset', { usual: 0, lowest: 0 }) : 0
  const cursor = query.has('cursor')
    ? cursorOf(query.get('cursor')!)
    : { after: since ?? 0, until: store.writes.last() }
  const rows = store.records.page({
    collection,
    by: since === undefined ? 'position' : 'change',
    after: cursor.after,
    offset,
    // One more shows that there is a next page.
    limit: limit + 1,
    where,
    // Who begins from nothing has no use for older deletions.
    ...(since !== undefined && { goneAfter: query.get('since') ? since : cursor.until }),
  })
  const page = rows.slice(0, limit)
  const last = page.at(-1)
  const next = rows.length > limit ? new URLSearchParams(query) : undefined
  if (next && switches.paging === 'offset' && since === undefined) next.set('offset', String(offset + limit))
  else if (next) next.set('cursor', cursorText(since === undefined ? last!.position : last!.change, cursor.until))
  const { ids } = store.schema.collections[collection]!
  const items = page.filter(({ properties }) => properties).map((row) => recordJson(store.schema, row))
  if (since === undefined) return { body: items, next }
  const gone = page.filter(({ properties }) => !properties).map(({ id }) => idJson(ids, id))
  return { body: { items, gone, since: tokenOf(store, cursor.until) }, next }
}

function filtersIn(
  schema: Schema,
  collection: string,
  query: URLSearchParams,
  { filters }: RestSwitches,
): IndexedValue[] {
  const paths = indexedPaths(schema.collections[collection]!)
  const found: IndexedValue[] = []
  for (const [name, text] of query) {
    if (ownParameters.has(name)) continue
    if (filters === 'ignored') continue
    if (!paths.has(name)) {
      const detail = `${collection} cannot be listed by "${name.slice(0, 80)}": use one of ${[...paths].join(', ')}`
      throw new Problem(400, 'bad-parameter', detail)
    }
    if (found.some(({ path }) => path === name)) {
      throw new Problem(400, 'bad-parameter', `"${name}" stands twice in the address, and a record has one value of it`)
    }
    found.push({ path: name, value: filterValue(schema, collection, name, text) })
  }
  return found
}

/** The value that a text in an address means, in the form in which values are found. */
function filterValue(schema: Schema, collection: string, path: string, text: string): string {
  const { fields, refs = {} } = schema.collections[collection]!
  const field = Object.hasOwn(fields, path) ? fields[path]! : undefined
  if (field === undefined || field.type === 'id' || field.type === 'json') {
    const { ids } = schema.collections[refs[path]!]!
    return ids === 'integer' ? String(Number(text)) : text
  }
  const value = field.type === 'number' || field.type === 'integer' ? Number(text || 'x') : text
  const meant = field.type === 'boolean' && /^(true|false)$/.test(text) ? text === 'true' : value
  const checked = checkValue({ type: field.type }, meant, schema, undefined)
  if ('flaw' in checked) throw new Problem(400, 'bad-parameter', `"${path}" ${checked.flaw}`)
  return textOf(checked.value)
}

function numberIn(
  query: URLSearchParams,
  name: string,
  { usual, lowest, highest = Number.MAX_SAFE_INTEGER }: { usual: number; lowest: number; highest?: number },
): number {
  const text = query.get(name)
  if (text === null) return usual
  const number = Number(text)
  if (/^\d+$/.test(text) && number >= lowest && number <= highest) return number
  throw new Problem(400, 'bad-parameter', `"${name}" has to be a whole number from ${lowest} to ${highest}`)
}

/** A token of the form `data-number`; empty text begins from nothing. */
function placeOf(store: RestStore, token: string): number {
  if (token === '') return 0
  const [, data, number] = /^([0-9a-f]{8})-(\d{1,15})$/.exec(token) ?? []
  const place = Number(number)
  if (data === store.dataId && place >= store.records.forgottenUntil() && place <= store.writes.last()) return place
  const detail = 'The server does not know the changes since that token any more: begin again with an empty "since"'
  throw new Problem(410, 'since-unknown', detail)
}

function tokenOf({ dataId }: RestStore, place: number): string {
  return `${dataId}-${place}`
}

function cursorText(after: number, until: number): string {
  return Buffer.from(`${after} ${until}`).toString('base64url')
}

function cursorOf(text: string): Cursor {
  const [, after, until] = /^(\d{1,15}) (\d{1,15})$/.exec(Buffer.from(text, 'base64url').toString('latin1')) ?? []
  if (after === undefined) throw new Problem(400, 'bad-parameter', '"cursor" is none of this server')
  return { after: Number(after), until: Number(until) }
}
