// Floor 6: the options of a backend with an HTTP API of its own, and their checks. Pure.
import { parseUrl, shortHash, trimmedPath } from '../endpoint/address.js'
import type { EditToCheck } from '../endpoint/endpoint.js'
import type { StandardSchema } from '../endpoint/schema.js'
import type { Contest } from '../model/contest.js'
import type { InvalidEditError } from '../model/errors.js'
import type { Failure } from '../model/failure.js'
import { knownOptions } from '../model/known-options.js'
import type { Json, Operation, Properties } from '../model/record.js'
import { isCollectionPath } from './paths.js'

/** An app's word on an answer: at least its kind. `undefined`: the table of statuses decides. */
export type FailureOf = (
  status: number,
  json: Json | undefined,
) => (Partial<Failure> & Pick<Failure, 'kind'>) | undefined

/** A page of a list, as an app finds it in an answer. */
export interface RestPage {
  /** One for each record, to be decoded. */
  records: readonly Json[]
  /** The backend's ids of the records that were deleted since. Default: none. */
  gone?: readonly (string | number)[] | undefined
  /** The address of the next page, absolute or relative to this page's; taken only below `url`. Absent: this is the last. */
  next?: string | undefined
  /** The cursor with which the next pull goes on; of several pages the first one counts. Default: the next pull asks for all. */
  since?: Json | undefined
  /** The pages name every record that the account can read, so that others are gone. Default: true where the list has no `query`. */
  whole?: boolean | undefined
}

/** The requests and answers by which a collection is listed. */
export interface RestList {
  /**
   * The query for what changed since a cursor that `page` gave; `undefined`: for all. `limit`: most records that are wanted.
   * Default: none.
   */
  query?: (since: Json | undefined, limit: number) => { readonly [name: string]: string | number }
  /**
   * `since`: that of the request; `undefined`: it asked for all. It finds the parts of an answer. Default: the answer is a list
   * of all records, by pages with `Link: rel="next"`.
   */
  page?: (json: Json, headers: Headers, since: Json | undefined) => RestPage
  /** The records of the list lack properties that a read has; those keep their values. Default false. */
  partial?: boolean
}

/** The rules of one collection of an ordinary HTTP API. */
export interface RestCollection {
  /**
   * Who names a new record: the device (a UUID v7, sent as `id`), or the server. With `device` a second creation of one id must
   * be refused or change nothing.
   */
  ids: 'device' | 'server'
  /**
   * The collection's address below `url`; default its name. A slash at its end goes behind each id too. A function gets the
   * properties that are sent, and `{}` for a read or a list.
   */
  path?: string | ((properties: Properties, op: Operation | 'read' | 'list') => string)
  /** `PUT`: to the device's id, with `If-None-Match: *`. Default `POST`, to the collection. */
  create?: 'POST' | 'PUT'
  /** A creation carries its key in the header `Idempotency-Key`, or in the header of this name. Default false. */
  idempotencyKey?: boolean | string
  /** How long the server knows such a key, in ms. Default 24 h. */
  keyValidForMs?: number
  /** The property that carries a creation's key; `?<clientKey>=<key>` finds its record. Default: none. */
  clientKey?: string
  /** Properties to the JSON of a request's body; pure. Default: as they are. */
  encode?: (properties: Properties, op: 'create' | 'update') => Json
  /** The JSON of a record to its properties, with `id`; pure. Anything but an object is no record. Default: as it is. */
  decode?: (json: Json) => unknown
  /** Default: a GET of the collection gives all records as a list, by pages with `Link: rel="next"`. `false`: there is none. */
  list?: RestList | false
  /** A list that is observed is pulled when its last pull is older, in ms. Default 5 min. */
  refreshAfterMs?: number
  /** It is pulled so often, in ms, while it is observed in a visible page. Default: never. */
  pollMs?: number
  /** Beyond so many, pulls drop the records that were not read for the longest time and have nothing pending. Default: no limit. */
  maxRecords?: number
  /** In place of the API's option of this name. Default: that one. */
  failure?: FailureOf
  /**
   * `echo` (default): an answer that lacks the record, or a property that was sent, proves nothing, and the record is read.
   * `status`: a 2xx is believed; over https only.
   */
  proof?: 'echo' | 'status'
  /** The places that name other records: path (`authorId`, `tagIds`, `lines.*.productId`) to collection. Default: none. */
  refs?: { readonly [path: string]: string }
  /**
   * The server refuses a write of a record that was changed since. `etag`: by its strong `ETag`, sent as `If-Match`. `property`: by
   * a property with a number or a text, sent in the body of an update and in the query of a deletion. The refusal is 412, or as
   * `failure` says: `{ kind: 'conflict', reason: 'stale' }`. Default: the server has no versions.
   */
  versions?: 'etag' | { readonly property: string }
  /** Checks edits as they are made. It has to answer at once; its output is neither saved nor sent. Default: none. */
  schema?: StandardSchema<unknown>
  /** In place of the client's option of this name. Default: that one. */
  conflicts?: 'compare' | 'overwrite'
  /** In place of the client's option of this name. Default: that one. */
  resolve?: (contest: Contest) => Json | undefined
  /**
   * Whether `got` is the backend's form of `sent`, in either order of the two; an error counts as `false`. Default: exact,
   * trimmed, a moment in another form, or number = numeric string.
   */
  same?: (property: string, sent: Json, got: Json) => boolean
  /** Refuses an edit as it is made. Default: every edit passes. */
  check?: (edit: Pick<EditToCheck, 'op' | 'patch' | 'view'>) => InvalidEditError | undefined
}

type Answering<T> = T | Promise<T>

/** The rules of an ordinary HTTP API. */
export interface RestOptions {
  /** The address of the API; everything is below it. */
  url: string
  /** The rules of each collection, by its name; at least one. */
  collections: { readonly [name: string]: RestCollection }
  /**
   * The token of an account, sent as `Authorization: Bearer`; `undefined`: there is none now, so that nothing is sent. Asked
   * for each request, at most once at a time; once more with the token that a 401, 403 or 419 has `refused`. Default: requests
   * carry none.
   */
  token?: (account: string, refused?: string) => Answering<string | undefined>
  /** More headers, asked for each request, and once more after a 401, 403 or 419. Default: none. */
  headers?: () => Answering<{ readonly [name: string]: string }>
  /** Whether cookies go along. Default `omit`. */
  credentials?: RequestCredentials
  /**
   * Where the server says who is logged in: asked before the first request, and after each refusal of the session. Default:
   * nobody asks; the app alone sees to it that no edit is sent in the name of another person.
   */
  session?: {
    /** An address below `url`, without a slash in front. Holdfast makes a GET of it. */
    path: string
    /** The account in the answer. Its text is compared with the account that is logged in. */
    account: (json: Json) => unknown
  }
  /** The kind of a refusal, from its status and body. Default: the table of statuses (docs/rest.md). */
  failure?: FailureOf
  /**
   * Each GET has a query parameter with a value of its own, so that no cache on the way can answer it: `true` names it `_`, a text is
   * its name. Default false: an API may refuse a parameter that it does not know.
   */
  cacheBusting?: boolean | string
}

export const restOptions: readonly (keyof RestOptions)[] = [
  'url',
  'collections',
  'token',
  'headers',
  'credentials',
  'session',
  'failure',
  'cacheBusting',
]

const collectionOptions: readonly (keyof RestCollection)[] = [
  'ids',
  'path',
  'create',
  'idempotencyKey',
  'keyValidForMs',
  'clientKey',
  'encode',
  'decode',
  'list',
  'refreshAfterMs',
  'pollMs',
  'maxRecords',
  'failure',
  'proof',
  'refs',
  'versions',
  'schema',
  'conflicts',
  'resolve',
  'same',
  'check',
]

/** The values that an option may have, as a text for its error, and whether a value is one of them. */
type Rule = readonly [string, (value: never) => boolean]
const oneOf = (...values: readonly unknown[]): Rule => [
  values.map((value) => (typeof value === 'string' ? `'${value}'` : String(value))).join(' or '),
  (value) => values.includes(value),
]
const aFunction: Rule = ['a function', (value) => typeof value === 'function']
const anObject: Rule = ['an object', (value) => typeof value === 'object' && value !== null]
const aPositive: Rule = ['a number above 0', (value) => typeof value === 'number' && value > 0]
const aName: Rule = ['a name', (value) => typeof value === 'string' && value !== '']

const optionRules: { readonly [name in keyof RestOptions]?: Rule } = {
  collections: anObject,
  token: aFunction,
  headers: aFunction,
  credentials: oneOf('omit', 'include', 'same-origin'),
  session: [
    'an object with "path" and a function "account"',
    (value: RestOptions['session']) => isCollectionPath(value?.path) && typeof value?.account === 'function',
  ],
  failure: aFunction,
  cacheBusting: ["true, false or a parameter's name", (value) => typeof value === 'boolean' || /^[\w-]+$/.test(value)],
}

const collectionRules: { readonly [name in keyof RestCollection]?: Rule } = {
  ids: oneOf('device', 'server'),
  path: [
    'a function, or a path below "url" without a slash in front, query and dots',
    (value) => typeof value === 'function' || isCollectionPath(value),
  ],
  create: oneOf('POST', 'PUT'),
  idempotencyKey: ["true, false or a header's name", (value) => typeof value === 'boolean' || /^[\w-]+$/.test(value)],
  keyValidForMs: ['a number of milliseconds above 0', (value) => typeof value === 'number' && value > 0],
  clientKey: aName,
  encode: aFunction,
  decode: aFunction,
  list: [
    'false, or an object with the functions "query" and "page", or one of them',
    (value: RestCollection['list']) =>
      value === false ||
      (typeof value === 'object' && isFunctionOrAbsent(value?.query) && isFunctionOrAbsent(value?.page)),
  ],
  refreshAfterMs: aPositive,
  pollMs: aPositive,
  maxRecords: aPositive,
  failure: aFunction,
  proof: oneOf('echo', 'status'),
  refs: anObject,
  versions: [
    '\'etag\', or an object with the name of a "property"',
    (value: RestCollection['versions']) =>
      value === 'etag' || (typeof value === 'object' && typeof value?.property === 'string' && value.property !== ''),
  ],
  conflicts: oneOf('compare', 'overwrite'),
  resolve: aFunction,
  same: aFunction,
  check: aFunction,
}

/** A backend, from options that have been checked. */
export interface RestBackend extends RestOptions {
  /** Ends with a slash. */
  root: URL
  id: string
  database: string
}

/** Throws a `TypeError` for options that name no backend, and for those that do not exist. */
export function restBackendOf(options: RestOptions): RestBackend {
  knownOptions(options, restOptions)
  const root = parseUrl(options?.url, '"url"')
  const path = trimmedPath(root)
  root.pathname = `${path}/`
  checkOptions('', options, optionRules)
  const { collections } = options
  const names = Object.keys(collections ?? {})
  if (!names.length) throw new TypeError('Name at least one collection in "collections"')
  for (const name of names) checkCollection(name, collections, root)
  const id = root.host + path
  return { ...options, root, id, database: `holdfast-${shortHash(id)}` }
}

function checkCollection(name: string, collections: RestOptions['collections'], { protocol, hostname }: URL): void {
  const one = collections[name]!
  const subject = `collections.${name}`
  knownOptions(one, collectionOptions)
  const refuse = (rule: string): never => {
    throw new TypeError(`${subject}: ${rule}`)
  }
  if (one?.ids === undefined)
    refuse(`say who names a new record: ids: 'device' (it sends a UUID as "id"), or ids: 'server'`)
  checkOptions(`${subject}.`, one, collectionRules)
  if (one.path === undefined && !isCollectionPath(name)) refuse('its name is no path: give one with "path"')
  if (one.create === 'PUT' && one.ids === 'server') refuse(`create: 'PUT' needs an id of the device: ids: 'device'`)
  // Anything on the way can answer a request that is not encrypted.
  if (one.proof === 'status' && protocol === 'http:' && !isThisMachine(hostname))
    refuse(`proof: 'status' needs an "url" with https`)
  for (const [path, target] of Object.entries(one.refs ?? {}))
    if (!Object.hasOwn(collections, target)) refuse(`refs.${path} names "${target}", which is no collection`)
}

function checkOptions<O extends object>(
  prefix: string,
  options: O,
  rules: { readonly [name in keyof O]?: Rule },
): void {
  for (const name of Object.keys(rules) as (keyof O & string)[]) {
    const [rule, isRight] = rules[name]!
    const value = options[name]
    if (value !== undefined && !isRight(value as never))
      throw new TypeError(`"${prefix}${name}" is ${rule}, not ${typeof value === 'object' ? 'this' : String(value)}`)
  }
}

function isFunctionOrAbsent(value: unknown): boolean {
  return value === undefined || typeof value === 'function'
}

function isThisMachine(hostname: string): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)
}
