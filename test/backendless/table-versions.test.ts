/* Rows of a Backendless table with a column that each write raises, on the local server. */
import { describe, expect, it } from 'vitest'
import { backendlessTable } from '../../src/backendless/endpoint.js'
import { answeringFetch, jsonAnswer, requestContext } from '../support/answering-fetch.js'
import { makeWorld, type Tab, type World } from '../support/world.js'

interface Order {
  objectId: string
  title: string
  note: string | null
  rev: number | null
}

const tables = { Order: { versionColumn: 'rev' } }
const columns = {
  Order: [
    { name: 'title', type: 'STRING', required: true },
    { name: 'note', type: 'STRING' },
    { name: 'rev', type: 'INT' },
  ],
} as const

async function opened(): Promise<{ world: World; tab: Tab; id: string; orders: ReturnType<typeof ordersOf> }> {
  const world = await makeWorld({ tables: columns })
  const tab = await world.signedIn({ tables } as object)
  const orders = ordersOf(tab)
  const { recordId, settled } = await world.after(orders.create({ title: 'Milk' }))
  expect(await settled).toMatchObject({ outcome: 'accepted' })
  return { world, tab, orders, id: recordId }
}

const ordersOf = ({ app }: Tab) => app.table<Order>('Order')
const row = ({ server }: World) => server.control.readRows('Order')[0]
const writes = ({ requests }: World): string[] =>
  requests.map(({ route }) => route).filter((route) => /transaction|PUT|DELETE/.test(route))

describe('a row with a version', () => {
  it('is changed by units of work, each of which raises the column by one', async () => {
    const { world, orders, id } = await opened()
    for (const [title, rev] of [
      ['Tea', 1],
      ['Oat milk', 2],
    ] as const) {
      const edit = await world.after(orders.update(id, { title }))
      expect(await edit.settled).toMatchObject({ outcome: 'accepted', value: { title, rev } })
      expect(row(world)).toMatchObject({ title, rev })
    }
    expect(writes(world)).toEqual(Array(2).fill('POST /transaction/unit-of-work'))
  })

  it("is not written over another device's value that nobody has seen", async () => {
    const { world, tab, orders, id } = await opened()
    world.server.control.writeRow('Order', id, { title: 'Beer', rev: 1 })
    const edit = await world.after(orders.update(id, { title: 'Tea' }))
    expect(await edit.settled).toMatchObject({
      outcome: 'rejected',
      fault: { kind: 'conflict', base: { title: 'Milk' }, mine: { title: 'Tea' }, theirs: { title: 'Beer' } },
    })
    expect(row(world)).toMatchObject({ title: 'Beer', rev: 1 })
    expect(tab.app.faults.open$.value).toHaveLength(1)
  })

  it('keeps both changes where they are of different columns', async () => {
    const { world, orders, id } = await opened()
    world.server.control.writeRow('Order', id, { note: 'cold', rev: 1 })
    const edit = await world.after(orders.update(id, { title: 'Tea' }))
    expect(await edit.settled).toMatchObject({ outcome: 'accepted', value: { title: 'Tea', note: 'cold' } })
    expect(row(world)).toMatchObject({ title: 'Tea', note: 'cold', rev: 2 })
  })

  it('is deleted as it was seen, and not after another device has changed it', async () => {
    const { world, orders, id } = await opened()
    world.server.control.writeRow('Order', id, { title: 'Beer', rev: 1 })
    const refused = await world.after(orders.delete(id))
    expect(await refused.settled).toMatchObject({ outcome: 'rejected', fault: { kind: 'conflict', op: 'delete' } })
    expect(row(world)).toMatchObject({ title: 'Beer' })
    const other = await world.after(orders.create({ title: 'Bread' }))
    const deleted = await world.after(orders.delete(other.recordId))
    expect(await deleted.settled).toMatchObject({ outcome: 'accepted', value: null })
    expect(world.server.control.readRows('Order')).toHaveLength(1)
  })

  it('that another device has deleted is gone', async () => {
    const { world, orders, id } = await opened()
    world.server.control.deleteRow('Order', id)
    const edit = await world.after(orders.update(id, { title: 'Tea' }))
    expect(await edit.settled).toMatchObject({ outcome: 'rejected', fault: { kind: 'gone' } })
  })

  it('is changed once where the answer is lost', async () => {
    const { world, tab, orders, id } = await opened()
    world.server.control.rules.add({
      match: { method: 'POST', path: '/transaction/unit-of-work' },
      action: { do: 'lose-answer' },
    })
    const edit = await world.after(orders.update(id, { title: 'Tea' }))
    await world.advance(120_000)
    expect(await edit.settled).toMatchObject({ outcome: 'accepted', value: { title: 'Tea' } })
    expect(row(world)).toMatchObject({ title: 'Tea', rev: 1 })
    expect(tab.app.faults.open$.value).toEqual([])
  })
})

describe('the column', () => {
  it('is not written by the app', async () => {
    const { orders, id } = await opened()
    await expect(orders.update(id, { rev: 7 })).rejects.toMatchObject({ name: 'InvalidEditError', property: 'rev' })
  })

  it.each(['', 'a b', "x' or 1=1", 7])('cannot be called %j', (versionColumn) => {
    const rules = { versionColumn: versionColumn as string }
    expect(() => backendlessTable({ appId: 'A', apiKey: 'K' }, 'Order', rules)).toThrow('"versionColumn" of "Order"')
  })
})

describe('the answer to a unit of work', () => {
  const endpoint = backendlessTable({ appId: 'A', apiKey: 'K' }, 'Order', { versionColumn: 'rev' })
  const now = { objectId: '1', title: 'Tea', rev: 8 }
  const unit = (count: unknown, rows: unknown): object => ({
    success: true,
    error: null,
    results: { write: { operationType: 'UPDATE_BULK', result: count }, now: { operationType: 'FIND', result: rows } },
  })
  const answered = (json: unknown) => {
    const { fetch } = answeringFetch(jsonAnswer(json))
    const key = { collection: 'Order', id: '1' }
    const request = { op: 'update', key, idempotencyKey: 'k', patch: { title: 'Tea' }, version: '7' } as const
    return endpoint.write(request, requestContext(fetch))
  }

  it('proves the write and gives the new version', async () => {
    expect(await answered(unit(1, [now]))).toEqual({ ok: true, record: now, version: '8' })
  })

  it('of another version is stale, and of no row says that there is none', async () => {
    const failure = { kind: 'conflict', reason: 'stale' }
    expect(await answered(unit(0, [now]))).toMatchObject({ ok: false, failure })
    expect(await answered(unit(0, []))).toEqual({ ok: true, record: null })
  })

  it('that fails is a refusal, by its code where it has one', async () => {
    const refused = (error: object) => answered({ success: false, error, results: null })
    expect(await refused({ message: 'No permission', code: 1012 })).toMatchObject({ failure: { kind: 'forbidden' } })
    expect(await refused({ message: "Column 'x' does not exist" })).toMatchObject({ failure: { kind: 'other' } })
  })

  it.each<[unknown]>([
    [null],
    [[]],
    ['ok'],
    [{}],
    [{ success: true }],
    [{ success: false }],
    [unit('1', [now])],
    [unit(1, now)],
    [unit(1, [{ title: 'Tea' }])],
    [unit(1, [{ ...now, objectId: '2' }])],
  ])('%j proves nothing', async (json) => {
    const reply = await answered(json)
    expect(reply).toMatchObject({ ok: false, failure: { kind: expect.stringMatching(/server|unreachable/) } })
  })
})
