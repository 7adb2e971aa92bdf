import type { Context } from 'hono'
import type { ApiEnvironment } from '../environment.js'
import { Fault, faultCodes } from '../faults.js'
import type { Json } from '../json.js'
import type { FindQuery } from '../where/find-rows.js'
import { listOf, splitList } from './query.js'

type Parameters = { readonly [name: string]: Json }

/**
 * The parts of a query that this server does not support. It refuses them by name, since ignoring them would change the
 * answer.
 */
const notOffered = ['loadRelations', 'relationsDepth', 'fileReferencePrefix']

/** The query in the body of a find. */
export function queryOfBody(body: Parameters): FindQuery {
  refuse(notOffered, body)
  return {
    where: textOf(body, 'where'),
    sortBy: textOf(body, 'sortBy'),
    pageSize: body.pageSize ?? null,
    offset: body.offset ?? null,
    props: textOf(body, 'props'),
    excludeProps: splitList(textOf(body, 'excludeProps')),
    distinct: flagOf(body, 'distinct'),
    groupBy: textOf(body, 'groupBy'),
    having: textOf(body, 'having'),
  }
}

/** The query in an address. */
export function queryOfUrl(c: Context<ApiEnvironment>): FindQuery {
  const lists = ['sortBy', 'props', 'excludeProps', 'groupBy']
  const given = new Set(Object.keys(c.req.queries()))
  const texts = [...given].map((name) => [name, lists.includes(name) ? listOf(c, name) : (c.req.query(name) ?? '')])
  const body = Object.fromEntries(texts) as Parameters
  return queryOfBody({ ...body, props: [...listOf(c, 'props'), ...listOf(c, 'property')] })
}

/** The where clause of a count. No document says how the service counts groups or distinct values. */
export function whereOfCount(body: Parameters): string {
  refuse(['distinct', 'groupBy', 'having'], body)
  return textOf(body, 'where')
}

function refuse(names: readonly string[], body: Parameters): void {
  const name = names.find((each) => !isEmpty(own(body, each)))
  if (name === undefined) return
  throw new Fault(faultCodes.unreadableRequest, `"${name}" is not offered here by this server`, { status: 501 })
}

function isEmpty(value: Json): boolean {
  return value === null || value === false || value === '' || value === 0 || value === 'false' || value === '0'
}

/** Lists come joined by commas from the SDK, and as arrays from others. */
function textOf(body: Parameters, name: string): string {
  const value = own(body, name) ?? ''
  if (typeof value === 'string') return value
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value.join(',')
  throw new Fault(faultCodes.unreadableRequest, `Could not parse the request: "${name}" has to be text`)
}

function flagOf(body: Parameters, name: string): boolean {
  const value = own(body, name) ?? false
  if (typeof value === 'boolean') return value
  if (value === 'true' || value === 'false') return value === 'true'
  throw new Fault(faultCodes.unreadableRequest, `Could not parse the request: "${name}" has to be true or false`)
}

function own(body: Parameters, name: string): Json {
  return Object.hasOwn(body, name) ? (body[name] ?? null) : null
}
