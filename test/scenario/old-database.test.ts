/*
 * The database of a page with an earlier version of the package is opened as it lies there: nothing of it is lost. Contexts
 * of that version are kept out from then on, since they would write and keep no marks (R15).
 */
import { describe, expect, it } from 'vitest'
import * as schema1 from '../fixtures/holdfast-schema-1.js'
import * as schema3 from '../fixtures/holdfast-schema-3.js'
import { fakePlatform } from '../support/fake-platform.js'
import { makeWorld, type Tab, type World } from '../support/world.js'
import { resultOf } from '../support/raw-storage.js'

const database = 'holdfast-old'
const onUpdate = { method: 'PUT', path: '/users/*' }

interface Left {
  world: World
  old: Tab & { id: string }
  settled: string[]
  refused: string
  pending: string[]
}

/** A page of the old package with edits that have settled, an open fault, a request without an answer, and an edit behind it. */
async function left({ openBackendless }: typeof schema3): Promise<Left> {
  const world = await makeWorld()
  const { rules } = world.server.control
  const old = await world.signedIn({ database }, openBackendless)
  const settled: string[] = []
  for (let age = 0; age < 20; age++) settled.push((await old.users.update({ age })).id)
  await world.quiet()
  rules.add({ match: onUpdate, action: { do: 'fault', code: 3040, message: 'no' } })
  const { id: refused } = await world.after(old.users.update({ nick: 'Nick' }, { meta: 'mine' }))
  rules.add({ match: onUpdate, action: { do: 'hold' } })
  const pending = [await old.users.update({ name: 'James' })]
  await world.quiet()
  pending.push(await old.users.update({ city: 'Oslo' }))
  await world.quiet()
  expect(old.app.status$.value).toMatchObject({ pending: 2, faults: 1 })
  return { world, old, settled, refused, pending: pending.map(({ id }) => id) }
}

async function schemaOf({ device }: World): Promise<{ version: number; indexes: string[] }> {
  const raw = await resultOf(device.indexedDB.open(database))
  const { version } = raw
  const names = [...raw.objectStoreNames]
  const transaction = raw.transaction(names)
  const indexes = names.flatMap((name) =>
    [...transaction.objectStore(name).indexNames].map((index) => `${name} ${index}`),
  )
  raw.close()
  return { version, indexes }
}

/** All that the old page has left is there, and ends as it would have ended. */
async function expectAllOf({ world, old: { id }, settled, refused, pending }: Left, tab: Tab): Promise<void> {
  expect(tab.users.session$.value).toEqual({ state: 'signed-in', userId: id })
  expect(tab.users.current$.value).toMatchObject({ age: 19, name: 'James', city: 'Oslo' })
  expect(tab.app.faults.open$.value).toMatchObject([
    { editIds: [refused], code: 3040, meta: 'mine', mine: { nick: 'Nick' } },
  ])
  expect(await tab.app.settlement(refused)).toMatchObject({ outcome: 'rejected', fault: { editIds: [refused] } })
  for (const editId of settled) expect(await tab.app.settlement(editId)).toMatchObject({ outcome: 'accepted' })

  world.server.control.release()
  await world.advance(60_000)
  for (const editId of pending) expect(await tab.app.settlement(editId)).toMatchObject({ outcome: 'accepted' })
  expect(tab.app.status$.value).toMatchObject({ phase: 'idle', pending: 0, faults: 1, oldestPendingAtMs: undefined })
  const { edit } = { edit: await tab.users.update({ age: 44 }) }
  await world.quiet()
  expect(await edit.settled).toMatchObject({ outcome: 'accepted', user: { name: 'James', city: 'Oslo', age: 44 } })
  await tab.app.faults.discard(tab.app.faults.open$.value[0]!.id)
  expect(tab.app.faults.open$.value).toEqual([])
}

describe.each([
  ['schema 1', schema1],
  ['schema 3', schema3],
])('a database of %s', (_, old) => {
  it('after the old page was killed in the middle of it, all is there', async () => {
    const all = await left(old)
    const { world, old: page, pending } = all
    const oldest = page.app.status$.value.oldestPendingAtMs
    const before = await world.rows()
    page.kill()

    const tab = await world.open({ database })
    expect(tab.app.status$.value).toMatchObject({ pending: 2, faults: 1, oldestPendingAtMs: oldest })
    const shown: unknown[] = []
    tab.app.pending$.subscribe((list) => shown.push(list.map(({ id }) => id))).unsubscribe()
    const after = await world.rows()
    for (const table of ['edits', 'faults']) expect(after[table]).toEqual(before[table])
    expect(after['fates']!.slice(0, before['fates']!.length)).toEqual(before['fates'])
    expect((await schemaOf(world)).version).toBe(40)
    expect(pending).toHaveLength(2)
    await expectAllOf(all, tab)
  })

  it('a page of the old package that is still open gives way, and what it saved is sent by the new one', async () => {
    const all = await left(old)
    const ended: string[] = []
    all.old.app.status$.subscribe({ complete: () => void ended.push('status$') })

    const tab = await all.world.open({ database })
    expect(ended).toEqual(['status$'])
    await expect(all.old.users.update({ name: 'Jim' })).rejects.toMatchObject({ name: 'ClosedError' })
    await expectAllOf(all, tab)
  })

  it('a page and a worker of the old package that come later write nothing', async () => {
    const all = await left(old)
    const { world } = all
    all.old.kill()
    const tab = await world.open({ database })
    tab.platform.connectivity.set(false)
    await world.advance(60_000)
    const before = await world.rows()
    const schema = await schemaOf(world)

    const late = await world.open({ database }, old.openBackendless)
    await expect(late.users.update({ name: 'Jim' })).rejects.toMatchObject({ reason: 'newer-version' })
    const { appId, apiKey, url: baseUrl } = world.server
    const platform = fakePlatform({ device: world.device, fetch })
    const waking = old.drain({ endpoint: old.backendlessEndpoint({ appId, apiKey, baseUrl }), database, platform })
    await expect(waking).rejects.toMatchObject({ reason: 'newer-version' })
    expect(await world.rows()).toEqual(before)
    expect(await schemaOf(world)).toEqual(schema)

    tab.platform.connectivity.set(true)
    await expectAllOf(all, tab)
  })

  it('is taken over with all that is in it where its application has moved', async () => {
    const all = await left(old)
    const { world, old: page } = all
    const { apiRoot } = world.server
    await page.app.close()
    const baseUrl = apiRoot.replace('127.0.0.1', 'localhost')
    const tab = await world.open({
      appId: undefined,
      apiKey: undefined,
      baseUrl,
      movedFrom: world.server.appId,
    } as object)
    await world.after(tab.app.report())
    await expectAllOf(all, tab)
  })
})
