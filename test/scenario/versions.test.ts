/* A newer version of the library on the same device: the older lets go and says so, and nothing blocks for ever (R15). */
import { expect, it } from 'vitest'
import type { RunRow } from '../../src/store/rows.js'
import { unpack } from '../../src/store/runs.js'
import { makeWorld, offlineWorld, password, signedInWorld, type Tab, type World } from '../support/world.js'
import { completionOf, resultOf } from '../support/raw-storage.js'

const database = 'versions'

/** Opens the database as another program would: with no ear for those who want to change it, unless `yields`. */
async function openRaw({ device }: World, version: number | undefined, yields = false): Promise<IDBDatabase> {
  const raw = await resultOf(device.indexedDB.open(database, version))
  if (yields) raw.onversionchange = () => raw.close()
  return raw
}

/** The rows of pending edits in a newer version's database. */
const editRows = (newer: IDBDatabase): Promise<RunRow[]> =>
  resultOf<RunRow[]>(newer.transaction('edits').objectStore('edits').getAll())

/** Raises the format of every row of the table, as a newer version of the library may. */
async function raiseFormat(world: World, table: string): Promise<void> {
  const raw = await openRaw(world, undefined, true)
  const transaction = raw.transaction(table, 'readwrite')
  const store = transaction.objectStore(table)
  for (const row of await resultOf<object[]>(store.getAll())) store.put({ ...row, v: 99 })
  await completionOf(transaction)
  raw.close()
}

/** Which of the tab's streams have completed. */
function completed({ app, users }: Tab): string[] {
  const done: string[] = []
  users.session$.subscribe({ complete: () => void done.push('session$') })
  users.current$.subscribe({ complete: () => void done.push('current$') })
  app.status$.subscribe({ complete: () => void done.push('status$') })
  app.storage$.subscribe({ complete: () => void done.push('storage$') })
  return done
}

it('a newer version gets the database, and the older one ends every stream and call', async () => {
  const { world, tab } = await offlineWorld({ database })
  await tab.users.update({ name: 'James' })
  const done = completed(tab)

  const newer = await world.after(openRaw(world, 1_000))
  expect(done.sort()).toEqual(['current$', 'session$', 'status$', 'storage$'])
  for (const call of [
    () => tab.users.update({ name: 'Jim' }),
    () => tab.users.login('ann@x.co', password),
    () => tab.users.refresh(),
    () => tab.app.flush(),
    () => tab.users.logout(),
  ])
    await expect(call()).rejects.toMatchObject({
      name: 'ClosedError',
      message: expect.stringContaining('newer version'),
    })
  expect(world.clock.sleeping).toBe(0)

  expect(await editRows(newer)).toHaveLength(1)
  newer.close()
})

it('a newer version that comes while a request is under way and edits are being saved loses none of them', async () => {
  const { world, tab } = await signedInWorld({ database })
  world.server.control.rules.add({ match: { method: 'PUT' }, action: { do: 'hold' } })
  await world.after(tab.users.update({ name: 'James' }))
  const saving = tab.users.update({ city: 'Oslo' }).then(
    () => 'saved',
    (error: { name: string }) => error.name,
  )
  const newer = await openRaw(world, 1_000)
  const patches = (await editRows(newer)).flatMap((row) => unpack(row).edits.map(({ patch }) => patch))
  expect(['saved', 'ClosedError']).toContain(await saving)
  expect(patches).toEqual((await saving) === 'saved' ? [{ name: 'James' }, { city: 'Oslo' }] : [{ name: 'James' }])
  newer.close()
})

it('an older version that starts later refuses to touch what a newer one has changed, and says why', async () => {
  const { world, tab: first } = await signedInWorld({ database })
  await first.close()
  const newer = await openRaw(world, 1_000, true)
  const late = await world.open({ database })
  await expect(late.users.update({ name: 'James' })).rejects.toMatchObject({
    name: 'StorageError',
    reason: 'newer-version',
  })
  expect(late.app.storage$.value).toBe('unavailable')
  newer.close()
})

it.each(['edits', 'records'])(
  'a lane with %s in a newer format is held and left alone, and others go on',
  async (table) => {
    const { world, tab } = await signedInWorld({ database })
    await tab.close()
    const writer = await world.open({ database })
    writer.platform.connectivity.set(false)
    await writer.users.update({ name: 'James' })
    await writer.close()
    await raiseFormat(world, table)
    const before = await world.rows()

    const older = await world.open({ database })
    await world.advance(5_000)
    expect(older.app.status$.value).toMatchObject({ phase: 'held', failure: { reason: 'reload' }, pending: 1 })
    expect(world.updates()).toEqual([])
    expect(older.users.current$.value).toMatchObject({ objectId: tab.id })
    await expect(older.users.refresh()).resolves.toMatchObject({ objectId: tab.id })
    await older.app.flush()
    await world.advance(600_000)
    const { edits, records } = await world.rows()
    expect({ edits, records }).toEqual({ edits: before['edits'], records: before['records'] })
    expect(world.clock.sleeping).toBe(0)
  },
)

it('a database that somebody keeps from being opened is said to be blocked in time, and opens once it is free', async () => {
  const world = await makeWorld()
  const stuck = await openRaw(world, 1)
  const tab = await world.open({ database })
  expect(tab.app.storage$.value).toBe('ok')
  let refused: unknown
  const saving = tab.users.update({ name: 'James' }).catch((error: unknown) => (refused = error))
  await world.advance(9_000)
  expect(refused).toBe(undefined)
  await world.advance(1_000)
  expect(refused).toMatchObject({ name: 'StorageError', reason: 'blocked' })
  await saving
  expect(tab.app.storage$.value).toBe('blocked')
  await expect(tab.app.flush()).rejects.toMatchObject({ name: 'StorageError', reason: 'blocked' })
  expect(world.clock.sleeping).toBe(0)

  stuck.close()
  await world.quiet()
  expect(tab.app.storage$.value).toBe('ok')
  expect(tab.users.session$.value).toEqual({ state: 'signed-out' })
  await world.register('ann@x.co')
  await tab.users.login('ann@x.co', password)
  expect(tab.users.current$.value).toMatchObject({ name: 'Ann' })
})

it('a client that is still blocked can be closed, and lets go of the database when it gets it', async () => {
  const world = await makeWorld()
  const stuck = await openRaw(world, 1)
  const tab = await world.open({ database })
  await world.advance(10_000)
  await tab.app.close()
  expect(world.device.channels.open).toBe(0)
  stuck.close()
  await world.quiet()
  // Dexie's own look at the schema apart: it begins nothing that could be blocked in its turn.
  expect(tab.storage.begun).toEqual(['readonly'])
  // It does not stand in the way of the next one.
  const next = await openRaw(world, 1_000)
  expect(next.version).toBe(1_000)
  next.close()
})
