import { Hono, type Context } from 'hono'
import type { ApiEnvironment } from '../environment.js'
import { Fault, faultCodes } from '../faults.js'
import { textOf, type Json, type Properties } from '../json.js'
import { readProperties } from '../read-body.js'
import { describedColumns } from '../store/columns.js'
import type { Store } from '../store/store.js'
import { countRows, findRows } from '../where/find-rows.js'
import { registerUser } from '../users/register-user.js'
import { checkCaller, updateUser, type UpdateRules } from '../users/update-user.js'
import { userObject, type UserObject } from '../users/user-object.js'
import { queryOfBody, queryOfUrl, whereOfCount } from './find-query.js'
import { callOf } from './query.js'
import { tableRoutes } from './tables.js'

/** Operations of the data service that this server does not do. They are named, and not taken for tables that there are not. */
const notOffered = [
  ['/bulk/Users', 'Bulk operations on users are'],
  ['/bulk/Users/*', 'Bulk operations on users are'],
  ['/bulkupsert/Users', 'Bulk operations on users are'],
  ['/data-grouping/*', 'Grouping of the data service is'],
  ['/Users/upsert', 'Upsert of users is'],
  ['/:table/deep-save', 'Deep save is'],
  ['/:table/pk', 'Reading by other keys is'],
  ['/:table/permissions/*', 'Permissions of single rows are'],
] as const

/** The data service: users as objects of it, and the tables of the app. `rules` is asked at each request. */
export function dataRoutes(store: Store, rules: () => UpdateRules): Hono<ApiEnvironment> {
  const routes = new Hono<ApiEnvironment>()

  for (const [path, operations] of notOffered) {
    routes.all(path, () => {
      throw notOfferedHere(operations)
    })
  }
  const users = { columns: store.columns, rows: store.users }

  routes.get('/Users/properties', (c) =>
    c.json(
      describedColumns(store.columns).map(({ identity: _identity, ...column }) => ({ ...column, expression: null })),
    ),
  )

  routes.post('/Users/find', async (c) => {
    const query = queryOfBody(await bodyOf(c))
    return c.json(findRows(users, query, { withObjectId: withObjectId() }))
  })
  routes.get('/Users', (c) => c.json(findRows(users, queryOfUrl(c), { withObjectId: withObjectId() })))
  routes.post('/Users/count', async (c) => c.json(countRows(users, whereOfCount(await bodyOf(c)))))
  routes.get('/Users/count', (c) => c.json(countRows(users, whereOfCount(c.req.query()))))

  routes.get('/Users/:id', (c) => {
    const id = c.req.param('id')
    const [user] = findRows(users, queryOfUrl(c), { withObjectId: withObjectId(), id })
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

  routes.route('/', tableRoutes(store, rules))
  // After the tables' own operations, which are as long.
  routes.all('/:table/:id/:relation', () => {
    throw notOfferedHere('Relations are')
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

function notOfferedHere(operations: string): Fault {
  return new Fault(faultCodes.unreadableRequest, `${operations} not offered by this server`, { status: 501 })
}

function notFound(id: string): Fault {
  return new Fault(faultCodes.entityNotFound, `Entity with ID ${id} not found`)
}
