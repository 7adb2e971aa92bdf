/* The browser loses the database under open pages: nobody waits for what went with it, and what is made after it works (G3, G15). */
import { expect, it } from 'vitest'
import { offlineWorld, password, signedInWorld, type Tab, type World } from '../support/world.js'

const onUpdate = { method: 'PUT', path: '/users/*' }

/** As a person, another page or the browser does it; resolves when every tab has noticed. */
async function lose({ device, quiet }: World): Promise<void> {
  for (const { name } of await device.indexedDB.databases()) device.indexedDB.deleteDatabase(name!)
  await quiet()
}

const login = (tab: Tab): Promise<unknown> => tab.users.login('ann@x.co', password)

/** The promise's answer so far. */
async function sofar<T>(world: World, promise: Promise<T>): Promise<T | 'nothing'> {
  await world.quiet()
  return Promise.race([promise, Promise.resolve('nothing' as const)])
}

it('an edit after the loss is sent, settles, and is found by its id', async () => {
  const { world, tab } = await signedInWorld()
  for (const name of ['one', 'two', 'three']) await (await tab.users.update({ name })).settled

  await lose(world)
  expect(tab.app.storage$.value).toBe('lost')
  expect(tab.users.session$.value).toEqual({ state: 'signed-out' })
  await login(tab)
  const edit = await tab.users.update({ name: 'after' })
  expect(await sofar(world, edit.settled)).toMatchObject({ outcome: 'accepted', user: { name: 'after' } })
  expect(await sofar(world, tab.app.settlement(edit.id))).toMatchObject({ outcome: 'accepted' })
  expect(tab.app.status$.value).toMatchObject({ phase: 'idle', pending: 0, sent: 1, total: 1 })
})

it('an edit that was lost is unknown to all who wait for it, in every tab', async () => {
  const { world, tab } = await signedInWorld()
  const other = await world.open()
  for (const { platform } of [tab, other]) platform.connectivity.set(false)
  const edit = await tab.users.update({ name: 'lost' })
  const late = await world.after(tab.users.update({ city: 'Oslo' }))
  const waiting = [edit.settled, tab.app.settlement(edit.id), other.app.settlement(edit.id)]

  await lose(world)
  for (const settled of waiting) expect(await sofar(world, settled)).toEqual({ outcome: 'unknown' })
  // Asked only now.
  expect(await sofar(world, late.settled)).toEqual({ outcome: 'unknown' })
  expect(await sofar(world, other.app.settlement(late.id))).toEqual({ outcome: 'unknown' })
  expect(tab.app.status$.value).toMatchObject({ pending: 0, sent: 0, total: 0 })
})

it('a request under way is given up, and the record is free for the next edit', async () => {
  const { world, tab } = await signedInWorld()
  world.server.control.rules.add({ match: onUpdate, action: { do: 'hold' }, times: 1 })
  const edit = await world.after(tab.users.update({ name: 'lost' }))
  expect(tab.app.status$.value).toMatchObject({ phase: 'sending' })

  await lose(world)
  expect(await sofar(world, edit.settled)).toEqual({ outcome: 'unknown' })
  await login(tab)
  const next = await tab.users.update({ name: 'next' })
  expect(await sofar(world, next.settled)).toMatchObject({ outcome: 'accepted' })
  expect(world.applied(tab.id)).toEqual([{ name: 'next' }])
})

it('of edits made meanwhile each is refused, or saved and then unknown', async () => {
  const { world, tab } = await offlineWorld()
  const gone = lose(world)
  const ends: Promise<string>[] = []
  for (let age = 0; age < 60; age++) {
    ends.push(
      tab.users.update({ age }).then(
        async ({ settled }) => (await settled).outcome,
        (error: Error) => error.name,
      ),
    )
    await new Promise((resolve) => setImmediate(resolve))
  }
  await gone
  await world.quiet()
  expect(new Set(await Promise.all(ends))).toEqual(new Set(['unknown', 'NotLoggedInError']))
  expect(tab.users.current$.value).toBeUndefined()
  expect(tab.app.status$.value).toMatchObject({ pending: 0 })
})

it('a tab that has read more than it wrote shows what comes after the loss', async () => {
  const { world, tab: reader } = await signedInWorld()
  const writer = await world.open()
  for (let age = 0; age < 5; age++) await (await writer.users.update({ age })).settled
  await world.after(writer.close())
  expect(reader.users.current$.value).toMatchObject({ age: 4 })

  await lose(world)
  expect(reader.users.session$.value).toEqual({ state: 'signed-out' })
  const other = await world.open()
  await world.after(login(other))
  expect(reader.users.current$.value).toMatchObject({ age: 4 })
  const edit = await reader.users.update({ name: 'James' })
  expect(await sofar(world, edit.settled)).toMatchObject({ outcome: 'accepted', user: { name: 'James' } })
  expect(other.users.current$.value).toMatchObject({ name: 'James' })
})

it('tabs that both had the lease in their time send each edit once', async () => {
  const { world, tab } = await signedInWorld()
  const other = await world.open()
  await (
    await tab.users.update({ name: 'one' })
  ).settled
  await lose(world)
  await login(other)
  world.updates()
  const edits = [await other.users.update({ name: 'two' }), await tab.users.update({ city: 'Oslo' })]
  for (const { settled } of edits) expect(await sofar(world, settled)).toMatchObject({ outcome: 'accepted' })
  // In one request, where the second was saved before the first went out.
  expect(world.updates().flatMap((sent) => Object.entries(sent as object))).toEqual([
    ['name', 'two'],
    ['city', 'Oslo'],
  ])
})

it('a login under way goes on in the new database', async () => {
  const { world, tab } = await signedInWorld()
  world.server.control.rules.add({ match: { method: 'POST' }, action: { do: 'hold' }, times: 1 })
  const login = tab.users.login('ann@x.co', password)
  await world.quiet()
  await lose(world)
  world.server.control.release()
  expect(await login).toMatchObject({ name: 'Ann' })
  expect(tab.users.session$.value).toEqual({ state: 'signed-in', userId: tab.id })
  expect(await sofar(world, (await tab.users.update({ name: 'James' })).settled)).toMatchObject({ outcome: 'accepted' })
})

it('a login of before the loss does not overtake one that comes after it', async () => {
  const { world, tab } = await signedInWorld()
  const bob = await world.register('bob@x.co')
  world.server.control.rules.add({ match: { method: 'POST' }, action: { do: 'hold-answer' }, times: 1 })
  const late = login(tab)
  await world.quiet()
  await lose(world)
  await tab.users.login('bob@x.co', password)
  world.server.control.release()
  await expect(late).rejects.toMatchObject({ name: 'SupersededError' })
  expect(tab.users.session$.value).toEqual({ state: 'signed-in', userId: bob })
})

it('leaves the service worker what it needs in the new database too', async () => {
  const { world, tab } = await signedInWorld()
  await lose(world)
  await world.after(login(tab))
  const keys = (await world.rows())['meta']!.map((row) => (row as { key: string }).key)
  expect(keys).toEqual(expect.arrayContaining(['backend', 'description:users', 'rules', 'state']))
})
