/* Rows of the tables of a Backendless app, on the local server. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { backendlessTable } from '../../src/backendless/endpoint.js'
import { openBackendless, type Json } from '../../src/backendless/index.js'
import { answeringFetch, jsonAnswer, requestContext } from '../support/answering-fetch.js'
import { samplesOf, typeErrors } from '../support/samples.js'
import { makeWorld, type Tab, type World, type WorldOptions } from '../support/world.js'

interface Order {
  objectId: string
  title: string
  rev: number | null
  due: number | null
}

const tables = { Order: {}, Customer: { ids: 'server' } } as const
const columns = {
  Order: [
    { name: 'title', type: 'STRING', required: true },
    { name: 'rev', type: 'INT' },
    { name: 'due', type: 'DATETIME' },
    { name: 'number', type: 'INT', unique: true },
    { name: 'customer', type: 'STRING' },
    { name: 'lines', type: 'RELATION_LIST', relatedTable: 'Line' },
  ],
  Customer: [{ name: 'name', type: 'STRING', required: true }],
} as const

async function opened(
  options: object = { tables },
  world: WorldOptions = { tables: columns },
): Promise<{ world: World; tab: Tab; orders: ReturnType<typeof ordersOf> }> {
  const made = await makeWorld(world)
  const tab = await made.signedIn(options)
  return { world: made, tab, orders: ordersOf(tab) }
}

const ordersOf = ({ app }: Tab) => app.table<Order>('Order')
const writes = ({ requests }: World): string[] =>
  requests.map(({ route }) => route).filter((route) => !route.startsWith('GET'))

describe('a row', () => {
  it('that is made and changed offline costs one request, over a restart; then it lives its life', async () => {
    const { world, tab, orders } = await opened()
    tab.platform.connectivity.set(false)
    const made = await orders.create({ title: 'Milk' })
    await orders.update(made.recordId, { title: 'Oat milk', rev: 1 })
    const next = await world.reopen(tab, { tables } as object)
    expect(writes(world)).toEqual(['POST /data/Order'])
    expect(world.server.control.readRows('Order')).toMatchObject([
      { objectId: made.recordId, title: 'Oat milk', rev: 1 },
    ])
    expect(await next.app.settlement(made.id)).toMatchObject({ outcome: 'accepted', op: 'create' })
    const changed = await world.after(
      ordersOf(next).update(made.recordId, { due: new Date('2026-01-02T03:04:05Z') as never }),
    )
    expect(await changed.settled).toMatchObject({
      outcome: 'accepted',
      value: { title: 'Oat milk', due: Date.UTC(2026, 0, 2, 3, 4, 5) },
    })
    const deleted = await world.after(ordersOf(next).delete(made.recordId))
    expect(await deleted.settled).toMatchObject({ outcome: 'accepted', value: null })
    expect(world.server.control.readRows('Order')).toEqual([])
  })

  it('has edits and settlements without a `user`, beside those of the logged-in user that have one', async () => {
    const { world, tab, orders } = await opened()
    const made = await world.after(orders.create({ title: 'Milk' }))
    expect(made).not.toHaveProperty('user')
    expect(await made.settled).not.toHaveProperty('user')
    expect(await world.after(tab.app.settlement(made.id))).not.toHaveProperty('user')
    const [one] = await world.after(orders.update(made.recordId, { rev: 1 }, { separately: true }))
    expect(one).not.toHaveProperty('user')
    const own = await world.after(tab.users.update({ name: 'James' }))
    expect(own.user).toMatchObject({ name: 'James' })
    expect(await own.settled).toMatchObject({ outcome: 'accepted', user: { name: 'James' } })
    const nobodys = await world.after(orders.delete(made.recordId))
    expect(nobodys).not.toHaveProperty('user')
  })

  it('that the caller may not delete comes back, with a fault that says so', async () => {
    const { world, tab, orders } = await opened(undefined, { tables: columns, switches: { tablesForbid: 'delete' } })
    const { recordId } = await world.after(orders.create({ title: 'Milk' }))
    const deleted = await world.after(orders.delete(recordId))
    expect(await deleted.settled).toMatchObject({
      outcome: 'rejected',
      fault: { op: 'delete', kind: 'forbidden', code: 1014 },
    })
    expect(await orders.get(recordId)).toMatchObject({ title: 'Milk' })
    expect(tab.app.faults.open$.value).toHaveLength(1)
  })

  it.each(['lose-answer', 'refuse'] as const)('is made once where the network does %s', async (action) => {
    const { world, tab, orders } = await opened()
    world.server.control.rules.add({ match: { method: 'POST', path: '/data/Order' }, action: { do: action } })
    const made = await world.after(orders.create({ title: 'Milk' }))
    await world.advance(120_000)
    expect(await made.settled).toMatchObject({ outcome: 'accepted', value: { title: 'Milk' } })
    expect(world.server.control.tableLog()).toMatchObject([{ op: 'create', objectId: made.recordId }])
    expect(tab.app.faults.open$.value).toEqual([])
  })

  it('whose unique value is taken is refused, and stays in view', async () => {
    const { world, tab, orders } = await opened()
    world.server.control.createRow('Order', { title: 'a', number: 1 })
    const made = await world.after(orders.create({ title: 'b', number: 1 } as never))
    expect(await made.settled).toMatchObject({ outcome: 'rejected', fault: { kind: 'conflict', code: 1062 } })
    expect(await orders.get(made.recordId)).toMatchObject({ title: 'b' })
    expect(tab.app.faults.open$.value).toHaveLength(1)
  })

  it('that another device has deleted is gone', async () => {
    const { world, tab, orders } = await opened()
    const { recordId } = await world.after(orders.create({ title: 'Milk' }))
    tab.platform.connectivity.set(false)
    const changed = await orders.update(recordId, { title: 'Tea' })
    world.server.control.deleteRow('Order', recordId)
    await world.reconnect(tab)
    expect(await changed.settled).toMatchObject({ outcome: 'rejected', fault: { kind: 'gone' } })
    expect(await orders.get(recordId)).toBeNull()
  })

  it('that the server names keeps its id on this device, and rows that name it go out after it', async () => {
    const refs = { tables: { ...tables, Order: { refs: { customer: 'Customer' } } } }
    const { world, tab, orders } = await opened(refs, { tables: columns, switches: { clientIds: 'allow' } })
    tab.platform.connectivity.set(false)
    const customer = await tab.app.table('Customer').create({ name: 'Ann' })
    const order = await orders.create({ title: 'Milk', customer: customer.recordId } as never)
    await world.reconnect(tab)
    expect(await order.settled).toMatchObject({ outcome: 'accepted' })
    const [made] = world.server.control.readRows('Customer')
    expect(made!.objectId).not.toBe(customer.recordId)
    expect(world.server.control.readRows('Order')).toMatchObject([{ customer: made!.objectId }])
    expect(await orders.get(order.recordId)).toMatchObject({ customer: customer.recordId })
  })

  it('under an id of the device is refused where the application forbids such ids', async () => {
    const { world, orders } = await opened({ tables }, { tables: columns, switches: { clientIds: 'refuse' } })
    const made = await world.after(orders.create({ title: 'Milk' }))
    expect(await made.settled).toMatchObject({ outcome: 'rejected', fault: { kind: 'validation', code: 1007 } })
  })
})

describe('a list of rows', () => {
  it('is pulled by pages that a deletion between them does not shift, and keeps what is pending', async () => {
    const { world, orders } = await opened()
    const { control } = world.server
    const ids: string[] = []
    for (let at = 0; at < 120; at++) {
      ids.push(control.createRow('Order', { title: `Order ${at}` }).objectId as string)
    }
    const frames: (readonly { id: string; value: Order; state: string }[])[] = []
    orders.all$.subscribe((rows) => rows && frames.push(rows))
    await world.quiet()
    const shown = (): string[] => frames.at(-1)!.map(({ value }) => value.title)
    expect(new Set(frames.at(-1)!.map(({ id }) => id))).toEqual(new Set(ids))
    expect(orders.pull$.value).toMatchObject({ state: 'idle', received: 120 })
    expect(orders.count$.value).toBe(120)
    const [mine] = frames.at(-1)!.slice(-1)
    control.rules.add({ match: { method: 'PUT' }, action: { do: 'hold' } })
    await world.after(orders.update(mine!.id, { title: 'Mine' }))
    control.rules.add({ match: { method: 'POST', path: '/data/Order/find' }, after: 1, action: { do: 'hold' } })
    const pulling = orders.refresh()
    await world.quiet()
    const [first] = frames.at(-1)!
    control.deleteRow('Order', first!.id)
    control.release()
    await world.after(pulling)
    // The first page had named it, so that only the next pull knows.
    expect(shown()).toHaveLength(120)
    await world.after(orders.refresh())
    expect(shown()).toHaveLength(119)
    expect(shown()).toContain('Mine')
    for (const rows of frames) expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length)
    const since = frames.findIndex((rows) => rows.some(({ value }) => value.title === 'Mine'))
    for (const rows of frames.slice(since)) expect(rows.map(({ value }) => value.title)).toContain('Mine')
  })
})

describe('an edit is refused as it is made', () => {
  it.each<[string, object]>([
    ['ownerId', { title: 'x', ownerId: 'y' }],
    ['password', { title: 'x', password: 'secret' }],
    ['rev', { title: 'x', rev: { ___class: 'BackendlessExpression', value: 'rev + 1' } }],
  ])('for %s', async (property, values) => {
    const { orders } = await opened()
    await expect(orders.create(values as never)).rejects.toMatchObject({ name: 'InvalidEditError', property })
  })

  it.each<[string, object]>([
    ['lines', { lines: ['a'] }],
    ['rev', { rev: 'many' }],
    ['title', { title: '' }],
  ])('for %s, once the columns are known', async (property, values) => {
    const { world, orders } = await opened()
    const { recordId } = await world.after(orders.create({ title: 'Milk' }))
    await world.after(orders.record(recordId).refresh())
    await expect(orders.update(recordId, values as never)).rejects.toMatchObject({ property })
  })
})

describe('an app', () => {
  it('has the tables that it names, and no others', async () => {
    const { tab, orders } = await opened()
    expect(tab.app.table('Order')).toBe(orders)
    for (const name of ['users', 'Users', 'Other', 'toString']) expect(() => tab.app.table(name)).toThrow(TypeError)
  })

  it.each([{ Users: {} }, { 'a/b': {} }, { Order: { ids: 'nobody' } }, { Order: { proof: 'x' } }])(
    'is not opened with the tables %j',
    (wrong) => {
      expect(() => openBackendless({ baseUrl: 'https://x.backendless.app/api', tables: wrong as never })).toThrow(
        TypeError,
      )
    },
  )
})

it('is shown by the reference, whose sample passes the type checker', () => {
  const samples = samplesOf(readFileSync('docs/api.md', 'utf8')).map(({ code }) => code)
  expect(samples).toHaveLength(1)
  expect(typeErrors(samples)).toEqual([])
})

describe('the endpoint of a table', () => {
  const endpoint = backendlessTable({ appId: 'APP', apiKey: 'KEY' }, 'Order')
  const row = (objectId: string, created: number): Json => ({ objectId, created, title: 'x' })

  it('lists the rows by pages that a deletion does not shift', async () => {
    const { fetch, requests } = answeringFetch(jsonAnswer([row('a', 1), row('b', 1)]), jsonAnswer([row('c', 2)]))
    const context = requestContext(fetch)
    const first = await endpoint.list!({ collection: 'Order', limit: 2 }, context)
    expect(first).toMatchObject({ ok: true, records: [{ id: 'a' }, { id: 'b' }], next: { created: 1, id: 'b' } })
    const second = await endpoint.list!({ collection: 'Order', limit: 2, next: { created: 1, id: 'b' } }, context)
    expect(second).toEqual({ ok: true, whole: true, records: [{ id: 'c', record: row('c', 2) }] })
    expect(await Promise.all(requests.map((request) => request.json()))).toEqual([
      { pageSize: 2, sortBy: 'created,objectId' },
      { pageSize: 2, sortBy: 'created,objectId', where: "created > 1 or (created = 1 and objectId > 'b')" },
    ])
  })

  it.each<[string, Json]>([
    ['no list', { objectId: 'a' }],
    ['a list with no row in it', [row('a', 1), { title: 'x' }]],
  ])('takes %s for no page', async (_what, json) => {
    const { fetch } = answeringFetch(jsonAnswer(json))
    expect(await endpoint.list!({ collection: 'Order', limit: 9 }, requestContext(fetch))).toMatchObject({
      ok: false,
      failure: { kind: 'server' },
    })
  })

  it('takes a row of another name for a wrong setting, and no time of deletion for no proof', async () => {
    const key = { collection: 'Order', id: 'mine' }
    const { fetch } = answeringFetch(jsonAnswer(row('theirs', 1)), jsonAnswer({}), jsonAnswer({ deletionTime: 5 }))
    const context = requestContext(fetch)
    const create = { op: 'create', key, properties: { title: 'x' }, editId: 'e', idempotencyKey: 'e' } as const
    expect(await endpoint.write(create, context)).toMatchObject({ failure: { kind: 'configuration', reason: 'ids' } })
    const remove = { op: 'delete', key, idempotencyKey: 'e' } as const
    expect(await endpoint.write(remove, context)).toMatchObject({ ok: false, failure: { kind: 'server' } })
    expect(await endpoint.write(remove, context)).toEqual({ ok: true, record: null })
  })
})
