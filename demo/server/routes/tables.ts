import { Hono, type Context } from 'hono'
import type { ApiEnvironment } from '../environment.js'
import { Fault, faultCodes } from '../faults.js'
import type { Json } from '../json.js'
import { readBody, readProperties } from '../read-body.js'
import { describedColumns } from '../store/columns.js'
import type { Store } from '../store/store.js'
import type { TableRow } from '../store/tables.js'
import { runUnitOfWork } from '../tables/unit-of-work.js'
import {
  checkPermission,
  createRow,
  deleteRow,
  noSuchRow,
  rowObject,
  tableOf,
  updateRow,
  upsertRow,
  type TableCall,
} from '../tables/write-row.js'
import { changeRows, createRows, deleteRows, listOfObjects, upsertRows } from '../tables/write-rows.js'
import type { UpdateRules } from '../users/update-user.js'
import { countRows, findRows } from '../where/find-rows.js'
import { queryOfBody, queryOfUrl, whereOfCount } from './find-query.js'
import { callOf } from './query.js'

type Call = Context<ApiEnvironment, '/:table'>

/** The tables of the app, but for that of the users. `rules` is asked at each request. */
export function tableRoutes(store: Store, rules: () => UpdateRules): Hono<ApiEnvironment> {
  const routes = new Hono<ApiEnvironment>()
  const callIn = (c: Call): TableCall => ({ store, rules: rules(), ...callOf(c), source: 'update' })
  const nameIn = (c: Call): string => {
    const name = c.req.param('table')
    if (name !== 'Users') return name
    throw new Fault(faultCodes.unreadableRequest, 'This operation on Users is not offered by this server', {
      status: 501,
    })
  }
  /** Carries out the work in one transaction. */
  const write = <Result>(c: Call, work: (call: TableCall, name: string) => Result): Result =>
    store.transaction(() => work(callIn(c), nameIn(c)))
  const shown = (c: Call, work: (call: TableCall, name: string) => TableRow): Response => {
    const row = write(c, work)
    return c.json(rowObject(tableOf(store, nameIn(c)), row))
  }
  const find = (c: Call, query: Parameters<typeof findRows>[1], id?: string): { [property: string]: Json }[] => {
    const call = callIn(c)
    checkPermission(call, 'find')
    const withObjectId = call.rules.switches.objectIdWithProps === 'on'
    return findRows(tableOf(store, nameIn(c)), query, { withObjectId, ...(id !== undefined && { id }) })
  }
  const count = (c: Call, where: string): Response => {
    checkPermission(callIn(c), 'find')
    return c.json(countRows(tableOf(store, nameIn(c)), where))
  }

  routes.post('/bulk/:table', async (c) => {
    const sent = listOfObjects(await readBody(c))
    return c.json(write(c, (call, name) => createRows(call, name, sent)))
  })
  routes.put('/bulkupsert/:table', async (c) => {
    const sent = listOfObjects(await readBody(c))
    return c.json(write(c, (call, name) => upsertRows(call, name, sent)))
  })
  routes.put('/bulk/:table', async (c) => {
    const changes = await readProperties(c)
    const where = whereIn(c.req.query('where'))
    return c.json(write(c, (call, name) => changeRows(call, name, { where }, changes)))
  })
  routes.delete('/bulk/:table', (c) => {
    const where = whereIn(c.req.query('where'))
    return c.json(write(c, (call, name) => deleteRows(call, name, { where })))
  })
  routes.post('/bulk/:table/delete', async (c) => {
    const where = whereIn((await readProperties(c)).get('where'))
    return c.json(write(c, (call, name) => deleteRows(call, name, { where })))
  })

  routes.get('/:table/properties', (c) => {
    const { columns } = tableOf(store, nameIn(c))
    return c.json(
      describedColumns(columns).map(({ identity: _identity, unique: _unique, ...column }) => ({
        ...column,
        expression: null,
      })),
    )
  })
  routes.post('/:table/find', async (c) => c.json(find(c, queryOfBody(Object.fromEntries(await readProperties(c))))))
  routes.get('/:table', (c) => c.json(find(c, queryOfUrl(c))))
  routes.post('/:table/count', async (c) => count(c, whereOfCount(Object.fromEntries(await readProperties(c)))))
  routes.get('/:table/count', (c) => count(c, whereOfCount(c.req.query())))

  routes.put('/:table/upsert', async (c) => {
    const sent = await readProperties(c)
    return shown(c, (call, name) => upsertRow(call, name, sent))
  })
  routes.post('/:table', async (c) => {
    const sent = await readProperties(c)
    return shown(c, (call, name) => createRow(call, name, sent))
  })
  // The JavaScript SDK saves every object so: without an id it is a new one.
  routes.put('/:table', async (c) => {
    const sent = await readProperties(c)
    const id = sent.get('objectId') ?? null
    return shown(c, (call, name) =>
      typeof id === 'string' ? updateRow(call, name, id, sent) : createRow(call, name, sent),
    )
  })
  routes.get('/:table/:id', (c) => {
    const id = c.req.param('id')
    const [row] = find(c, queryOfUrl(c), id)
    if (!row) throw noSuchRow(id)
    return c.json(row)
  })
  routes.put('/:table/:id', async (c) => {
    const sent = await readProperties(c)
    return shown(c, (call, name) => updateRow(call, name, c.req.param('id'), sent))
  })
  routes.delete('/:table/:id', (c) =>
    c.json({ deletionTime: write(c, (call, name) => deleteRow(call, name, c.req.param('id'))) }),
  )
  return routes
}

/** Units of work on tables. */
export function transactionRoutes(store: Store, rules: () => UpdateRules): Hono<ApiEnvironment> {
  const routes = new Hono<ApiEnvironment>()
  routes.post('/unit-of-work', async (c) => {
    const body = Object.fromEntries(await readProperties(c))
    return c.json(runUnitOfWork({ store, rules: rules(), ...callOf(c), source: 'update' }, body) as never)
  })
  return routes
}

/** A bulk operation on all rows has to say so by a clause that is always true. */
function whereIn(value: Json | undefined): string {
  if (typeof value === 'string' && value.trim() !== '') return value
  throw new Fault(faultCodes.unreadableRequest, 'Could not parse the request: a bulk operation needs a where clause')
}
