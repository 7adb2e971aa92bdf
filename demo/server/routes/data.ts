import { Hono, type Context } from 'hono'
import type { ApiEnvironment } from '../environment.js'
import { Fault, faultCodes } from '../faults.js'
import type { Json } from '../json.js'
import { readProperties } from '../read-body.js'
import type { Store } from '../store/store.js'
import { findUsers, countUsers, type FindQuery } from '../users/find-users.js'
import { pickProperties, userObject, type UserObject } from '../users/user-object.js'
import { listOf, splitList } from './query.js'

/** The part of the data service that reads users. Only their table exists. */
export function dataRoutes(store: Store): Hono<ApiEnvironment> {
  const routes = new Hono<ApiEnvironment>()

  routes.use('/:table/*', async (c, next) => {
    const table = c.req.param('table')
    if (table !== 'Users') {
      throw new Fault(
        faultCodes.unknownTable,
        `Table not found by name '${table}'. Make sure the client class referenced in the API call has the same ` +
          'literal name as the table in Backendless console',
      )
    }
    await next()
  })

  routes.post('/Users/find', async (c) => {
    const body = Object.fromEntries(await readProperties(c))
    return c.json(found({ ...textsOf(body), pageSize: body.pageSize ?? null, offset: body.offset ?? null }))
  })

  routes.get('/Users', (c) =>
    c.json(
      found({
        where: c.req.query('where') ?? '',
        sortBy: listOf(c, 'sortBy').join(','),
        props: [...listOf(c, 'props'), ...listOf(c, 'property')].join(','),
        excludeProps: listOf(c, 'excludeProps').join(','),
        pageSize: c.req.query('pageSize') ?? null,
        offset: c.req.query('offset') ?? null,
      }),
    ),
  )

  routes.post('/Users/count', async (c) => {
    const body = Object.fromEntries(await readProperties(c))
    return c.json(countUsers(store, textsOf(body).where))
  })
  routes.get('/Users/count', (c) => c.json(countUsers(store, c.req.query('where') ?? '')))

  routes.get('/Users/:id', (c) => c.json(oneUser(c)))

  function found(query: FindQuery & { props: string; excludeProps: string }): UserObject[] {
    const props = splitList(query.props)
    const excluded = splitList(query.excludeProps)
    return findUsers(store, query).map((row) => pickProperties(userObject(row, store.columns), props, excluded))
  }

  function oneUser(c: Context<ApiEnvironment, '/Users/:id'>): UserObject {
    const row = store.users.byId(c.req.param('id'))
    if (!row) throw new Fault(faultCodes.entityNotFound, `Entity with ID ${c.req.param('id')} not found`)
    const props = [...listOf(c, 'props'), ...listOf(c, 'property')]
    return pickProperties(userObject(row, store.columns), props, listOf(c, 'excludeProps'))
  }

  return routes
}

function textsOf(body: { [key: string]: Json }): {
  where: string
  sortBy: string
  props: string
  excludeProps: string
} {
  return {
    where: textOf(body, 'where'),
    sortBy: textOf(body, 'sortBy'),
    props: textOf(body, 'props'),
    excludeProps: textOf(body, 'excludeProps'),
  }
}

/** Lists come joined by commas from the SDK, and as arrays from others. */
function textOf(body: { [key: string]: Json }, name: string): string {
  const value = Object.hasOwn(body, name) ? (body[name] ?? '') : ''
  if (typeof value === 'string') return value
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value.join(',')
  throw new Fault(faultCodes.unreadableRequest, `Could not parse the request: "${name}" has to be text`)
}
