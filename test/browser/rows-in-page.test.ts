/* Damaged rows and junk messages, as in `test/security/rows.test.ts`, on the storage and the channels of a browser. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Client } from '../../src/index.js'
import { answerOf, channelNames, type Damage, damage, damageRow, type Done, junk } from '../support/damage.js'
import { account, createKeeper, ids } from '../support/keeper.js'

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

async function raw<T>(name: string, run: (database: IDBDatabase) => Promise<T>): Promise<T> {
  const database = await answerOf(indexedDB.open(name))
  try {
    return await run(database)
  } finally {
    database.close()
  }
}

function within<T>(what: string, work: Promise<T>): Promise<T> {
  return Promise.race([work, sleep(20_000).then(() => Promise.reject(new Error(`${what} does not end`)))])
}

function settle(client: Client): Promise<void> {
  return within(
    'status$',
    new Promise((resolve) => {
      const reading = setInterval(() => {
        if (client.status$.value.phase === 'opening' || client.status$.value.phase === 'sending') return
        clearInterval(reading)
        resolve()
      }, 20)
    }),
  )
}

it.each([
  ['before a start', false, 1],
  ['under an open tab', true, 2],
])('rows are damaged %s, and all else goes on', { timeout: 300_000 }, async (_when, stays, seed) => {
  const cases = fc.sample(
    fc.tuple(fc.array(damage, { minLength: 1, maxLength: 4 }), fc.array(junk, { maxLength: 6 })),
    {
      numRuns: 15,
      seed,
    },
  )
  for (const [told, messages] of cases) await goesOn(told, messages, stays)
})

async function goesOn(told: readonly Damage[], messages: readonly unknown[], stays: boolean): Promise<void> {
  const name = `test-${crypto.randomUUID()}`
  const keeper = createKeeper(name)
  const first = keeper.open({})
  await keeper.leaveBehind(first, () => settle(first))
  if (!stays) await first.close()
  const done: Done[] = []
  for (const one of told) done.push(...[(await raw(name, (database) => damageRow(database, one))) ?? []].flat())
  const said = done.map((one) => one.said).join('; ')
  const harmed = new Set(done.map(({ table, key }) => /records|edits/.test(table) && (key as string[])[2]))
  const spared = ids.filter((id) => !harmed.has(id))

  keeper.weather = 'fine'
  const [client, other] = [keeper.open({}), keeper.open({})]
  let heard = 0
  const channels = channelNames(name).map((channel) => new BroadcastChannel(channel))
  for (const channel of channels) {
    channel.addEventListener('message', () => heard++)
    for (const message of messages) channel.postMessage(message)
  }
  const of = (what: string): string => `${what}, after: ${said}`
  await within(of('the start'), settle(client))
  await within(of('the login'), keeper.logIn(client))
  await within(of('flush()'), client.flush())
  for (const id of spared) expect({ id, ...keeper.records.get(id), said }).toMatchObject({ id, m: 2 })
  for (const id of spared) {
    const edit = await within(of('an edit'), other.record('notes', id).update({ m: 3 }))
    expect(await within(of('its settlement'), edit.settled)).toMatchObject({ outcome: 'accepted' })
  }
  await within(of('report()'), client.report())
  await within(of('the logout'), client.session.leave({ pending: 'discard' }))
  expect(client.session$.value).toEqual({ state: 'signed-out' })
  const left = await raw(name, (database) => answerOf(database.transaction('edits').objectStore('edits').getAll()))
  expect((left as { account: unknown }[]).filter((row) => row.account === account)).toEqual([])
  // A lease that spins tells of each turn; a second has thousands of them.
  if (heard > 1_000) throw new Error(of(`${heard} messages`))
  for (const channel of channels) channel.close()
  await within(of('close()'), Promise.all([first, client, other].map((one) => one.close())))
  indexedDB.deleteDatabase(name)
}
