import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Backendless from 'backendless'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { RunningServer, ServerOptions } from '../../demo/server/start-server.js'
import { call, serve } from './api.js'

type Sdk = typeof Backendless

/** A row as the SDK gives it back. */
interface Row {
  readonly [property: string]: unknown
}

async function opened(options?: ServerOptions): Promise<{ server: RunningServer; sdk: Sdk }> {
  const server = await serve(options)
  const { url, appId, apiKey } = server
  return { server, sdk: Backendless.initApp({ appId, apiKey, serverURL: url, standalone: true }) as Sdk }
}

const tables = {
  Order: [
    { name: 'title', type: 'STRING', required: true },
    { name: 'number', type: 'INT', unique: true },
    { name: 'rev', type: 'INT' },
    { name: 'paid', type: 'BOOLEAN', defaultValue: false },
    { name: 'due', type: 'DATETIME' },
    { name: 'lines', type: 'JSON' },
  ],
} as const

/** Its types do not list it. */
const resultOf = (operation: object): unknown => (operation as { getResult(): unknown }).getResult()

const fault = (code: number): object => expect.objectContaining({ code, message: expect.stringMatching(/./) }) as object
const orders = (sdk: Sdk) => sdk.Data.of('Order')
const save = async (sdk: Sdk, row: object, isUpsert?: boolean): Promise<Row> =>
  (await (orders(sdk).save as (row: object, isUpsert?: boolean) => Promise<object>)(row, isUpsert)) as Row
const guid = /^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/

describe('tables, as the official JavaScript SDK uses them', () => {
  it('a row is made, with each column, by nobody or by the caller', async () => {
    const { sdk } = await opened({ tables })
    const row = await save(sdk, { title: 'Milk' })
    expect(row).toEqual({
      ___class: 'Order',
      objectId: expect.stringMatching(guid) as string,
      ownerId: null,
      created: expect.any(Number) as number,
      updated: null,
      title: 'Milk',
      number: null,
      rev: null,
      paid: false,
      due: null,
      lines: null,
    })
    const email = 'ann@example.com'
    await sdk.UserService.register({ email, password: 'secret-1' } as never)
    const user = (await sdk.UserService.login(email, 'secret-1')) as unknown as Row
    expect(await save(sdk, { title: 'Tea' })).toMatchObject({ ownerId: user.objectId })
  })

  it('a row is changed in part, read, and deleted; then there is none', async () => {
    const { sdk } = await opened({ tables })
    const { objectId } = await save(sdk, { title: 'Milk', lines: [{ n: 1 }] })
    const id = objectId as string
    const changed = await save(sdk, { objectId, title: 'Oat milk' })
    expect(changed).toMatchObject({ objectId, title: 'Oat milk', lines: [{ n: 1 }], updated: expect.any(Number) })
    expect(await orders(sdk).findById(id)).toEqual(changed)
    expect(await orders(sdk).remove(id)).toEqual({ deletionTime: expect.any(Number) })
    for (const call of [
      () => orders(sdk).findById(id),
      () => orders(sdk).remove(id),
      () => save(sdk, { objectId, title: 'x' }),
    ])
      await expect(call()).rejects.toEqual(fault(1000))
  })

  it('rows are found, sorted, paged and counted', async () => {
    const { sdk } = await opened({ tables })
    for (const number of [3, 1, 2]) await save(sdk, { title: `Order ${number}`, number })
    const query = sdk.DataQueryBuilder.create().setWhereClause('number > 1').setSortBy(['number'])
    expect(await orders(sdk).find(query)).toMatchObject([{ number: 2 }, { number: 3 }])
    expect(await orders(sdk).find(query.setPageSize(1).setOffset(1))).toMatchObject([{ number: 3 }])
    expect(await orders(sdk).findFirst()).toMatchObject({ number: 3 })
    expect(await orders(sdk).getObjectCount()).toBe(3)
    expect(await orders(sdk).getObjectCount("title = 'order 1'")).toBe(1)
    await expect(orders(sdk).find(sdk.DataQueryBuilder.create().setWhereClause('nope = 1'))).rejects.toEqual(
      fault(1006),
    )
    await expect(sdk.Data.of('Nothing').find()).rejects.toEqual(fault(1009))
    await expect(sdk.Data.of('Nothing').getObjectCount()).rejects.toEqual(fault(1009))
  })
})

describe('ids and unique values', () => {
  it('an id of the client is taken once; an upsert makes the row, and changes it', async () => {
    const { sdk, server } = await opened({ tables })
    const objectId = 'A0000000-0000-4000-8000-000000000001'
    const { apiRoot } = server
    const create = (body: object) => call(apiRoot, 'POST', '/data/Order', { body })
    expect((await create({ objectId, title: 'Milk' })).body).toMatchObject({ objectId, title: 'Milk' })
    expect(await create({ objectId, title: 'Tea' })).toMatchObject({ status: 400, body: { code: 1062 } })
    expect(await orders(sdk).findById(objectId)).toMatchObject({ title: 'Milk' })
    expect(await save(sdk, { objectId, rev: 1 }, true)).toMatchObject({ title: 'Milk', rev: 1 })
    const other = 'A0000000-0000-4000-8000-000000000002'
    expect(await save(sdk, { objectId: other, title: 'Tea' }, true)).toMatchObject({ objectId: other, updated: null })
  })

  it('an application may forbid ids of the client', async () => {
    const { server } = await opened({ tables, switches: { clientIds: 'refuse' } })
    const create = (body: object) => call(server.apiRoot, 'POST', '/data/Order', { body })
    expect(await create({ objectId: 'a1', title: 'Milk' })).toMatchObject({ status: 400, body: { code: 1007 } })
    expect(await create({ title: 'Milk' })).toMatchObject({ status: 200 })
  })

  it.each(['..', 'a/b', '', 5, {}])('%j is no id', async (objectId) => {
    const { server } = await opened({ tables })
    expect(await call(server.apiRoot, 'POST', '/data/Order', { body: { objectId, title: 'x' } })).toMatchObject({
      body: { code: 1007 },
    })
  })

  it('a unique value is taken once, by a creation and by an update', async () => {
    const { sdk } = await opened({ tables })
    await save(sdk, { title: 'a', number: 1 })
    await expect(save(sdk, { title: 'b', number: 1 })).rejects.toEqual(fault(1062))
    const { objectId } = await save(sdk, { title: 'b', number: 2 })
    await expect(save(sdk, { objectId, number: 1 })).rejects.toEqual(fault(1062))
    expect(await save(sdk, { objectId, number: 2, rev: 1 })).toMatchObject({ number: 2, rev: 1 })
  })
})

describe('tables and columns', () => {
  it('are made by the first row, unless the application forbids it', async () => {
    const { sdk, server } = await opened()
    const made = (await sdk.Data.of('Note').save({ text: 'Milk', size: 2 })) as Row
    expect(made).toMatchObject({ ___class: 'Note', text: 'Milk', size: 2 })
    expect(((await sdk.Data.describe('Note')) as Row[]).map(({ name, type }) => [name, type])).toEqual([
      ['objectId', 'STRING_ID'],
      ['ownerId', 'STRING'],
      ['created', 'DATETIME'],
      ['updated', 'DATETIME'],
      ['text', 'STRING'],
      ['size', 'DOUBLE'],
    ])
    server.control.setSwitches({ dynamicSchema: 'reject' })
    await expect(sdk.Data.of('Other').save({ text: 'x' })).rejects.toEqual(fault(1009))
    await expect(sdk.Data.of('Note').save({ other: 'x' })).rejects.toEqual(fault(1006))
  })

  it('a refused row makes neither', async () => {
    const { sdk } = await opened({ tables })
    await expect(sdk.Data.of('Note').save({ objectId: 'none', text: 'x' })).rejects.toEqual(fault(1009))
    await expect(save(sdk, { extra: 1 })).rejects.toEqual(fault(1007))
    expect((await sdk.Data.describe('Order')) as Row[]).not.toContainEqual(expect.objectContaining({ name: 'extra' }))
    await expect(sdk.Data.describe('Note')).rejects.toEqual(fault(1009))
  })

  it.each([
    ['create', 1011, (sdk: Sdk) => save(sdk, { title: 'x' })],
    ['update', 1012, (sdk: Sdk) => save(sdk, { objectId: 'a1', title: 'x' })],
    ['find', 1013, (sdk: Sdk) => orders(sdk).find()],
    ['find', 1013, (sdk: Sdk) => orders(sdk).findById('a1')],
    ['find', 1013, (sdk: Sdk) => orders(sdk).getObjectCount()],
    ['delete', 1014, (sdk: Sdk) => orders(sdk).remove('a1')],
    ['create', 1011, (sdk: Sdk) => save(sdk, { objectId: 'a1', title: 'x' }, true)],
    ['update', 1012, (sdk: Sdk) => orders(sdk).bulkUpdate('rev = 1', { rev: 2 })],
  ] as const)('without the permission to %s the answer is %d', async (tablesForbid, code, run) => {
    const { sdk } = await opened({ tables, switches: { tablesForbid } })
    await expect(run(sdk)).rejects.toEqual(fault(code))
  })

  it('outlive the server', async () => {
    const data = mkdtempSync(join(tmpdir(), 'holdfast-tables-'))
    onTestFinished(() => rmSync(data, { recursive: true }))
    const first = await opened({ tables, data })
    const row = await save(first.sdk, { title: 'Milk', extra: 'x' })
    await first.server.stop()
    const second = await opened({ tables, data })
    expect(await orders(second.sdk).findById(row.objectId as string)).toEqual(row)
    expect(second.server.control.tableLog({ table: 'Order' })).toMatchObject([
      { op: 'create', objectId: row.objectId, applied: { title: 'Milk', paid: false, extra: 'x' } },
    ])
  })
})

describe('many rows', () => {
  it('are made in the order in which they were sent, all or none', async () => {
    const { sdk } = await opened({ tables })
    const ids = (await orders(sdk).bulkCreate([
      { title: 'a', number: 1 },
      { title: 'b', number: 2 },
    ])) as unknown as string[]
    expect(await orders(sdk).find(sdk.DataQueryBuilder.create().setSortBy(['number']))).toMatchObject(
      ids.map((objectId, at) => ({ objectId, number: at + 1 })),
    )
    await expect(
      orders(sdk).bulkCreate([
        { title: 'c', number: 3 },
        { title: 'd', number: 1 },
      ]),
    ).rejects.toEqual(fault(1062))
    expect(await orders(sdk).getObjectCount()).toBe(2)
    await expect(orders(sdk).bulkCreate(Array(101).fill({ title: 'x' }))).rejects.toEqual(fault(8002))
  })

  it('are changed, upserted and deleted', async () => {
    const { sdk, server } = await opened({ tables })
    const ids = (await orders(sdk).bulkCreate([{ title: 'a', rev: 1 }, { title: 'b' }])) as unknown as string[]
    // Compare-and-set: the second one finds the revision no more.
    const where = `objectId = '${ids[0]!}' and rev = 1`
    expect(await orders(sdk).bulkUpdate(where, { title: 'A', rev: 2 })).toBe(1)
    expect(await orders(sdk).bulkUpdate(where, { title: 'X', rev: 2 })).toBe(0)
    expect(await orders(sdk).findById(ids[0]!)).toMatchObject({ title: 'A', rev: 2, updated: expect.any(Number) })
    const upserted = await orders(sdk).bulkUpsert([{ objectId: ids[1]!, title: 'B' }, { title: 'C' }])
    expect(upserted).toEqual([ids[1], expect.stringMatching(guid)])
    expect(await orders(sdk).bulkDelete([ids[0]!, 'none'])).toBe(1)
    expect(await orders(sdk).bulkDelete("title in ('B', 'C')")).toBe(2)
    expect(await orders(sdk).getObjectCount()).toBe(0)
    await orders(sdk).bulkCreate([{ title: 'd' }])
    expect(
      (await call(server.apiRoot, 'DELETE', `/data/bulk/Order?where=${encodeURIComponent("title='d'")}`)).body,
    ).toBe(1)
  })
})

describe('a unit of work', () => {
  it('carries out its operations in order, and answers with the result of each', async () => {
    const { sdk } = await opened({ tables })
    const work = new sdk.UnitOfWork()
    const created = work.create('Order', { title: 'a', rev: 1 })
    const changed = work.update(created, { rev: 2 })
    const many = work.bulkCreate('Order', [{ title: 'b' }, { title: 'c' }])
    const gone = work.delete(many.resolveTo(0))
    const upserted = work.upsert('Order', { title: 'd' })
    const bulk = work.bulkUpdate('Order', 'rev = 2', { rev: 3 })
    const found = work.find('Order', sdk.DataQueryBuilder.create().setWhereClause('rev = 3'))
    const named = work.bulkUpdate(found, { paid: true })
    const swept = work.bulkDelete('Order', "title = 'c'")
    const more = work.bulkUpsert('Order', [{ title: 'e' }])
    const result = await work.execute()
    expect(result.getError()).toBeNull()
    expect(result.isSuccess()).toBe(true)
    const { objectId } = resultOf(created) as Row
    expect(resultOf(changed)).toMatchObject({ objectId, rev: 2 })
    expect(resultOf(many)).toHaveLength(2)
    expect(resultOf(gone)).toEqual(expect.any(Number))
    expect(resultOf(upserted)).toMatchObject({ title: 'd' })
    expect([resultOf(bulk), resultOf(named), resultOf(swept)]).toEqual([1, 1, 1])
    expect(resultOf(found)).toMatchObject([{ objectId, rev: 3 }])
    expect(resultOf(more)).toHaveLength(1)
    expect(result.getResults()).toMatchObject({ createOrder1: { operationType: 'CREATE', result: { objectId } } })
    const left = (await orders(sdk).find(sdk.DataQueryBuilder.create().setSortBy(['title']))) as Row[]
    expect(left.map(({ title, rev, paid }) => [title, rev, paid])).toEqual([
      ['a', 3, true],
      ['d', null, false],
      ['e', null, false],
    ])
  })

  it('of which one operation is refused does nothing, and says which one it was', async () => {
    const { sdk, server } = await opened({ tables })
    await save(sdk, { title: 'a', number: 1 })
    const work = new sdk.UnitOfWork()
    work.create('Order', { title: 'b', number: 2 })
    const taken = work.create('Order', { title: 'c', number: 1 })
    const result = await work.execute()
    expect(result.isSuccess()).toBe(false)
    expect(result.getResults()).toBeNull()
    expect(result.getError()).toMatchObject({ message: expect.stringContaining('Duplicate entry'), operation: taken })
    expect(await orders(sdk).getObjectCount()).toBe(1)
    expect(server.control.tableLog()).toHaveLength(1)
  })

  it.each([
    ['makes no column', { operationType: 'CREATE', table: 'Order', payload: { title: 'x', extra: 1 } }, /'?extra'?/],
    ['makes no table', { operationType: 'CREATE', table: 'Other', payload: { title: 'x' } }, /Other/],
    ['does no relations', { operationType: 'ADD_RELATION', table: 'Order', payload: {} }, /not offered/],
    ['is not of users', { operationType: 'FIND', table: 'Users', payload: {} }, /not offered/],
    [
      'refers to nothing',
      { operationType: 'DELETE', table: 'Order', payload: { ___ref: true, opResultId: 'none', propName: 'objectId' } },
      /"none"/,
    ],
  ])('%s', async (_what, operation, message) => {
    const { server } = await opened({ tables })
    const body = { isolationLevelEnum: 'REPEATABLE_READ', operations: [{ ...operation, opResultId: 'one' }] }
    expect(await call(server.apiRoot, 'POST', '/transaction/unit-of-work', { body })).toMatchObject({
      status: 200,
      body: {
        success: false,
        results: null,
        error: { message: expect.stringMatching(message), operation: { ...operation, opResultId: 'one' } },
      },
    })
  })

  it('compares and sets, and answers with the row as it is then', async () => {
    const { sdk, server } = await opened({ tables })
    const { objectId } = await save(sdk, { title: 'a', rev: 7 })
    const where = `objectId = '${objectId as string}'`
    const body = (rev: number) => ({
      operations: [
        {
          operationType: 'UPDATE_BULK',
          table: 'Order',
          opResultId: 'cas',
          payload: { conditional: `${where} and rev = ${rev}`, changes: { title: `at ${rev}`, rev: rev + 1 } },
        },
        { operationType: 'FIND', table: 'Order', opResultId: 'now', payload: { whereClause: where, queryOptions: {} } },
      ],
    })
    for (const [rev, count] of [
      [7, 1],
      [7, 0],
    ] as const)
      expect((await call(server.apiRoot, 'POST', '/transaction/unit-of-work', { body: body(rev) })).body).toMatchObject(
        {
          success: true,
          error: null,
          results: {
            cas: { operationType: 'UPDATE_BULK', result: count },
            now: { result: [{ title: 'at 7', rev: 8 }] },
          },
        },
      )
  })
})

describe('of tables this server refuses by name', () => {
  it.each([
    ['PUT', '/data/Order/deep-save'],
    ['GET', '/data/Order/pk'],
    ['GET', '/data/Order/a1/items'],
    ['POST', '/data/data-grouping/Order'],
  ])('%s %s', async (method, path) => {
    const { server } = await opened({ tables })
    expect(await call(server.apiRoot, method, path, { body: method === 'GET' ? undefined : {} })).toMatchObject({
      status: 501,
      body: { code: 8002 },
    })
  })

  it('values that it would have to compute', async () => {
    const { server } = await opened({ tables })
    for (const rev of [
      { ___class: 'BackendlessExpression', value: 'rev + 1' },
      { ___operation: 'JSON_SET', args: {} },
    ])
      expect(await call(server.apiRoot, 'POST', '/data/Order', { body: { title: 'x', rev } })).toMatchObject({
        status: 501,
        body: { message: expect.stringContaining('"rev"') },
      })
  })
})
