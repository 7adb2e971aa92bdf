/*
 * Rows that a hand, a bug or a script of the origin has damaged (R15). A fuzzer damages rows in every table, beside messages on every
 * channel. `ROWS_SEED` and `ROWS_RUNS` name and lengthen its run.
 */
import fc from '../support/fast-check.js'
import { expect, it } from 'vitest'
import type { Client, TraceEvent } from '../../src/index.js'
import {
  answerOf,
  type Damage,
  channelNames,
  damage,
  damageRow,
  type Done,
  junk,
  type Table,
} from '../support/damage.js'
import { turns } from '../support/fake-clock.js'
import { fakeDevice, fakePlatform, type FakeDevice } from '../support/fake-platform.js'
import { account, createKeeper, ids, type Keeper } from '../support/keeper.js'
import { watchStorage, type WatchedStorage } from '../support/watched-storage.js'

const minute = 60_000

interface Tab {
  client: Client
  storage: WatchedStorage
}

class Device {
  readonly device: FakeDevice = fakeDevice()
  readonly keeper: Keeper = createKeeper('keeper')
  readonly tabs: Tab[] = []

  open(): Tab {
    const base = fakePlatform({ device: this.device })
    const storage = watchStorage(base.databases, new AbortController().signal)
    const tab = { client: this.keeper.open({ ...base, databases: storage.databases }), storage }
    this.tabs.push(tab)
    return tab
  }

  /** Lets all get on that waits for nothing but storage and messages. */
  async quiet(): Promise<void> {
    for (let calm = 0, turn = 0; calm < 8 && turn < 3_000; turn++) {
      await turns(1)
      calm = this.tabs.some(({ storage }) => storage.underWay) ? 0 : calm + 1
    }
  }

  async advance(ms: number): Promise<void> {
    const { clock } = this.device
    const endMs = clock.now() + ms
    await this.quiet()
    for (let steps = 0; (clock.nextDueAtMs ?? Infinity) <= endMs; steps++) {
      // More than a second's beat in all the time that a test lets pass.
      if (steps > 4_000) throw new Error('It wakes without end')
      await clock.advance(Math.max(0, clock.nextDueAtMs! - clock.now()))
      await this.quiet()
    }
    await clock.advance(endMs - clock.now())
  }

  /** How the work ends, with an hour for it. */
  async within<T>(work: Promise<T>): Promise<T> {
    let done: PromiseSettledResult<T> | undefined
    void Promise.allSettled([work]).then(([result]) => (done = result as PromiseSettledResult<T>))
    for (let waited = 0; !done && waited < 60; waited++) await this.advance(minute)
    if (!done) throw new Error('It does not end')
    if (done.status === 'rejected') throw done.reason
    return done.value
  }

  get begun(): number {
    return this.tabs.reduce((sum, { storage }) => sum + storage.begun.length, 0)
  }

  async raw<T>(run: (database: IDBDatabase) => Promise<T>): Promise<T> {
    const database = await answerOf(this.device.indexedDB.open('keeper'))
    try {
      return await run(database)
    } finally {
      database.close()
    }
  }

  async damage(told: readonly Damage[]): Promise<Done[]> {
    const done: Done[] = []
    for (const one of told) {
      const said = await this.raw((database) => damageRow(database, one))
      if (said) done.push(said)
    }
    return done
  }

  /** As a script of the origin, on every channel. */
  async post(messages: readonly unknown[]): Promise<void> {
    for (const name of channelNames('keeper')) {
      const channel = fakePlatform({ device: this.device }).channels.open(name)
      for (const message of messages) channel.post(message)
      await this.quiet()
      channel.close()
    }
  }

  /** Changes the rows of a table that `change` says have been, and says which. */
  async edit(table: Table, change: (row: never) => unknown): Promise<Done[]> {
    return this.raw(async (database) => {
      const store = database.transaction(table, 'readwrite').objectStore(table)
      const [keys, rows] = await Promise.all([answerOf(store.getAllKeys()), answerOf(store.getAll())])
      const changed = keys.filter((_, index) => change(rows[index] as never))
      await Promise.all(rows.map((row) => answerOf(store.put(row))))
      return changed.map((key) => ({ table, key, said: '' }))
    })
  }

  async close(): Promise<void> {
    await this.within(Promise.all(this.tabs.map(({ client }) => client.close())))
  }
}

/** A device with what an earlier visit left on it: nothing of it is open, unless `stays`. */
async function deviceWithPast({ stays = false } = {}): Promise<Device> {
  const device = new Device()
  const { client } = device.open()
  await device.within(device.keeper.leaveBehind(client, () => device.quiet()))
  if (!stays) {
    await device.close()
    device.tabs.length = 0
  }
  return device
}

/** The records whose own rows were damaged. */
const harmed = (done: readonly Done[]): Set<string> =>
  new Set(done.filter(({ table }) => table === 'records' || table === 'edits').map(({ key }) => (key as string[])[2]!))

/** The invariants of every damage: nothing spins, nothing stands still, no other edit is lost, and the logout works. */
async function goesOn(device: Device, done: readonly Done[], messages: readonly unknown[] = []): Promise<void> {
  const { keeper } = device
  keeper.weather = 'fine'
  const { client } = device.open()
  const other = device.open()
  const before = device.begun
  await device.post(messages)
  await device.advance(minute)
  expect(client.session$.value.state).not.toBe('opening')
  await device.within(keeper.logIn(client))
  await device.within(client.flush())
  await device.advance(60 * minute)
  expect(device.begun - before).toBeLessThan(1_500)

  await device.post(messages)
  const spared = ids.filter((id) => !harmed(done).has(id))
  for (const id of spared) expect({ id, ...keeper.records.get(id) }).toMatchObject({ id, m: 2 })
  for (const id of spared) {
    const { settled } = await device.within(other.client.record('notes', id).update({ m: 3 }))
    await device.advance(minute)
    expect(await device.within(settled)).toMatchObject({ outcome: 'accepted' })
    const release = client.record('notes', id).value$.subscribe()
    await device.quiet()
    expect(client.record('notes', id).value$.value).toMatchObject({ m: 3 })
    release.unsubscribe()
  }
  await device.within(client.report())
  await device.within(client.flush())
  await device.within(client.session.leave({ pending: 'discard' }))
  expect(client.session$.value).toEqual({ state: 'signed-out' })
  const left = await device.raw((database) => answerOf(database.transaction('edits').objectStore('edits').getAll()))
  expect((left as { account: unknown }[]).filter((row) => row.account === account)).toEqual([])
  await device.close()
  expect(device.device.clock.sleeping).toBe(0)
}

type Row = { [field: string]: unknown; id: string; key: string }

const damages: readonly [said: string, table: Table, change: (row: Row) => unknown][] = [
  [
    'a lease that beat at no time',
    'meta',
    (row) => row.key === 'lease' && Object.assign(row, { beatAtMs: Number.NaN, holder: 'gone', locked: false }),
  ],
  ['a text of edits that is cut', 'edits', (row) => row.id === 'r3' && Object.assign(row, { edits: '[["0",{"m":' })],
  ['a patch that is null', 'edits', (row) => row.id === 'r3' && Object.assign(row, { edits: '[["0",null,{},1,{}]]' })],
  ['a state without counters', 'meta', (row) => row.key === 'state' && delete row['counts']],
  ['a state of no version', 'meta', (row) => row.key === 'state' && Object.assign(row, { version: Number.NaN })],
  ['an attempt of nothing', 'records', (row) => row.id === 'r1' && Object.assign(row, { attempt: {} })],
]

it.each(
  damages.flatMap(([said, ...how]) => [
    [`${said}, before a start`, ...how, false] as const,
    [`${said}, under an open tab`, ...how, true] as const,
  ]),
)('%s: all else goes on', async (_said, table, change, stays) => {
  const device = await deviceWithPast({ stays })
  const done = await device.edit(table, change)
  expect(done).toHaveLength(1)
  await goesOn(device, done)
})

it('a lane that cannot be read is held and said, and the report has its text, with nothing in it that could be a value', async () => {
  const device = await deviceWithPast()
  const text = '[["0",{"m":"Ann-77"},{},'
  await device.edit('edits', (row: Row) => row.id === 'r3' && Object.assign(row, { edits: text }))
  device.keeper.weather = 'fine'
  const { client } = device.open()
  const steps: TraceEvent[] = []
  client.trace$.subscribe((step) => void steps.push(step))
  await device.advance(minute)
  expect(client.status$.value).toMatchObject({ phase: 'held', failure: { kind: 'configuration', reason: 'damaged' } })
  expect(steps).toContainEqual(
    expect.objectContaining({ type: 'held', reason: 'damaged', key: { collection: 'notes', id: 'r3' } }),
  )
  expect(device.keeper.records.get('r3')).not.toHaveProperty('m')
  const report = (await device.within(client.report())) as { lanes: { record: string; unread: unknown[] }[] }
  expect(report.lanes.map(({ record, unread }) => [record, unread.length])).toEqual([['["notes","r3"]', 1]])
  expect(report.lanes[0]!.unread[0]).toMatchObject({
    edits: '[["x",{"x":"xxx-xx"},{},',
    label: expect.stringMatching(/^string/),
  })
  await device.close()
})

const seed = Number(process.env['ROWS_SEED'] ?? 12)
const numRuns = Number(process.env['ROWS_RUNS'] ?? 24)

it.each([
  ['before a start', false],
  ['under an open tab', true],
])('rows are damaged %s, and all else goes on', { timeout: 600_000 }, async (_when, stays) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(damage, { minLength: 1, maxLength: 4 }),
      fc.array(junk, { maxLength: 6 }),
      async (told, messages) => {
        const device = await deviceWithPast({ stays })
        const done = await device.damage(told)
        if (process.env['ROWS_SAY']) console.log(Math.round(performance.now()), done.map(({ said }) => said).join('; '))
        try {
          await goesOn(device, done, messages)
        } catch (error) {
          throw new Error(`After: ${done.map(({ said }) => said).join('; ')}`, { cause: error })
        }
      },
    ),
    { seed, numRuns, endOnFailure: !!process.env['ROWS_FIRST'] },
  )
})
