import { Hono, type Context } from 'hono'
import type { ApiEnvironment } from '../environment.js'
import { Fault, faultCodes } from '../faults.js'
import { textOf, type Json, type Properties } from '../json.js'
import { readProperties } from '../read-body.js'
import { describedColumns } from '../store/columns.js'
import type { Store } from '../store/store.js'
import { countUsers, findUsers } from '../users/find-users.js'
import { registerUser } from '../users/register-user.js'
import { checkCaller, updateUser, type UpdateRules } from '../users/update-user.js'
import { userObject, type UserObject } from '../users/user-object.js'
import { queryOfBody, queryOfUrl, whereOfCount } from './find-query.js'
import { callOf } from './query.js'

/** Operations of the data service that this server does not do. They are named, and not taken for tables that there are not. */
const notOffered = [
  ['/bulk/*', 'Bulk operations are'],
  ['/bulkupsert/*', 'Bulk operations are'],
  ['/data-grouping/*', 'Grouping of the data service is'],
  ['/Users/upsert', 'Upsert is'],
  ['/Users/deep-save', 'Deep save is'],
  ['/Users/pk', 'Reading by other keys is'],
  ['/Users/:id/:relation', 'Relations are'],
] as const

/** The part of the data service that is about users. Only their table exists. `rules` is asked at each request. */
export function dataRoutes(store: Store, rules: () => UpdateRules): Hono<ApiEnvironment> {
  const routes = new Hono<ApiEnvironment>()

  for (const [path, operations] of notOffered) {
    routes.all(path, () => {
      throw new Fault(faultCodes.unreadableRequest, `${operations} not offered by this server`, { status: 501 })
    })
  }
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

  routes.get('/Users/properties', (c) =>
    c.json(
      describedColumns(store.columns).map(({ identity: _identity, ...column }) => ({ ...column, expression: null })),
    ),
  )

  routes.post('/Users/find', async (c) => {
    const query = queryOfBody(await bodyOf(c))
    return c.json(findUsers(store, query, { withObjectId: withObjectId() }))
  })
  routes.get('/Users', (c) => c.json(findUsers(store, queryOfUrl(c), { withObjectId: withObjectId() })))
  routes.post('/Users/count', async (c) => c.json(countUsers(store, whereOfCount(await bodyOf(c)))))
  routes.get('/Users/count', (c) => c.json(countUsers(store, whereOfCount(c.req.query()))))

  routes.get('/Users/:id', (c) => {
    const id = c.req.param('id')
    const [user] = findUsers(store, queryOfUrl(c), { withObjectId: withObjectId(), id })
    if (!user) throw notFound(id)
    return c.json(user)
  })

  routes.post('/Users', async (c) => c.json(await create(c, await readProperties(c))))
  // The JavaScript SDK saves every object so: without an id it is a new one.
  routes.put('/Users', async (c) => {
    const sent = await readProperties(c)
    const id = sent.get('objectId') ?? null
    return c.json(id === null ? await create(c, sent) : await update(c, textOf(id), sent))
  })
  routes.put('/Users/:id', async (c) => c.json(await update(c, c.req.param('id'), await readProperties(c))))
  // The sessions of the user stay, as for a user whom the control removes: an update then meets 3030.
  routes.delete('/Users/:id', (c) => {
    const userId = c.req.param('id')
    const { switches, nowMs } = rules()
    checkCaller({ callerId: c.get('callerId'), userId }, switches)
    if (!store.users.byId(userId)) throw notFound(userId)
    store.users.remove(userId)
    return c.json({ deletionTime: nowMs })
  })

  async function create(c: Context<ApiEnvironment>, sent: Properties): Promise<UserObject> {
    const callerId = c.get('callerId')
    const row = await registerUser(store, { sent, callerId, ownerId: callerId }, rules())
    return userObject(row, store.columns)
  }
  async function update(c: Context<ApiEnvironment>, userId: string, sent: Properties): Promise<UserObject> {
    if (!store.users.byId(userId)) throw notFound(userId)
    const row = await updateUser(store, { userId, sent, ...callOf(c), source: 'update' }, rules())
    return userObject(row, store.columns)
  }
  function withObjectId(): boolean {
    return rules().switches.objectIdWithProps === 'on'
  }

  return routes
}

async function bodyOf(c: Context<ApiEnvironment>): Promise<{ [name: string]: Json }> {
  return Object.fromEntries(await readProperties(c))
}

function notFound(id: string): Fault {
  return new Fault(faultCodes.entityNotFound, `Entity with ID ${id} not found`)
}
