/* The endpoints of a client and of its worker: one for each collection, all of one backend. */
import { describe, expect, it } from 'vitest'
import { drain } from '../../src/client/drainer.js'
import type { Endpoint } from '../../src/endpoint/endpoint.js'
import { type Failure, openClient } from '../../src/index.js'
import { drainOnSync } from '../../src/service-worker/index.js'
import { fakeDevice, fakePlatform } from '../support/fake-platform.js'
import { type Updating, updating } from '../support/updating.js'

const backend = { id: 'ours', database: 'ours' }

/** Takes every update, and notes the names of the records. */
function taking(taken: string[] = [], more: Partial<Updating> = {}): Endpoint {
  return updating({
    backend,
    async update({ key, patch }) {
      taken.push(`${key.collection}/${key.id}`)
      return { ok: true, record: patch }
    },
    ...more,
  })
}

describe('of several backends', () => {
  const endpoints = { notes: taking(), orders: taking([], { backend: { id: 'theirs', database: 'theirs' } }) }
  const message = '"notes" is on the backend ours, and "orders" on theirs: open a client for each backend'

  it('are refused by name, by a client and by a worker', () => {
    const platform = fakePlatform({ device: fakeDevice() })
    expect(() => openClient({ endpoints, platform })).toThrow(new TypeError(message))
    expect(() => drainOnSync(endpoints, { platform })).toThrow(new TypeError(message))
  })

  it('are refused where there is none', () => {
    expect(() => openClient({ endpoints: {} })).toThrow(/^`endpoints` names no collection/)
    expect(() => drainOnSync({})).toThrow(/^`endpoints` names no collection/)
  })
})

describe('a worker', () => {
  /** A page that was closed with an edit of each of two collections pending. */
  async function leftBehind() {
    const device = fakeDevice()
    const away = fakePlatform({ device })
    away.connectivity.set(false)
    const page = openClient({ endpoints: { notes: taking(), orders: taking() }, platform: away })
    await page.session.use('ann', { token: 'T' })
    await page.record('notes', 'n').update({ text: 'Milk' })
    await page.record('orders', 'o').update({ count: 2 })
    await page.close()
    return device
  }

  it('sends the edits of each collection by its endpoint', async () => {
    const device = await leftBehind()
    const [notes, orders]: [string[], string[]] = [[], []]
    const endpoints = { notes: taking(notes), orders: taking(orders) }
    await drain({ endpoints, platform: fakePlatform({ device }) })
    expect({ notes, orders }).toEqual({ notes: ['notes/n'], orders: ['orders/o'] })
  })

  it('leaves the edits of other collections to a page, and asks for no other wake-up', async () => {
    const device = await leftBehind()
    const taken: string[] = []
    await drain({ endpoints: { notes: taking(taken) }, platform: fakePlatform({ device }) })
    expect(taken).toEqual(['notes/n'])
    const page = openClient({ endpoints: { orders: taking(taken) }, platform: fakePlatform({ device }) })
    expect(await page.flush()).toMatchObject({ pending: 0 })
    expect(taken).toEqual(['notes/n', 'orders/o'])
    await page.close()
  })

  it('finds the methods of an endpoint that is a class', async () => {
    const device = await leftBehind()
    class Notes {
      readonly backend = backend
      readonly ids = 'server'
      async write() {
        return { ok: true, record: {} } as const
      }
      notStored(): Failure {
        return { kind: 'validation', code: 'E7', message: 'No such column' }
      }
    }
    await drain({ endpoints: { notes: new Notes() }, platform: fakePlatform({ device }) })
    const page = openClient({ endpoints: { notes: taking() }, platform: fakePlatform({ device }) })
    await page.flush()
    expect(page.faults.open$.value).toMatchObject([{ code: 'E7' }])
    await page.close()
  })
})
