/* An edit that the app takes back itself, while it is still its own (G3, G6). */
import { expect, it } from 'vitest'
import { offlineWorld, signedInWorld } from '../support/world.js'

it('one that was not sent is discarded, once; what was written before and after it stays', async () => {
  const { world, tab } = await signedInWorld()
  const other = await world.open()
  for (const { platform } of [tab, other]) platform.connectivity.set(false)
  await tab.users.update({ name: 'James' })
  const taken = await tab.users.update({ name: 'Jim', city: 'Oslo' })
  await tab.users.update({ age: 30 })
  expect(tab.users.current$.value).toMatchObject({ name: 'Jim', city: 'Oslo', age: 30 })

  expect(await tab.app.discardEdit(taken.id)).toBe(true)
  expect(await taken.settled).toMatchObject({ outcome: 'discarded', op: 'update' })
  expect(await tab.app.discardEdit(taken.id)).toBe(false)
  await world.quiet()
  for (const { users, app } of [tab, other]) {
    expect(users.current$.value).toMatchObject({ name: 'James', city: 'Rome', age: 30 })
    expect(app.status$.value).toMatchObject({ pending: 2, faults: 0 })
  }
  await world.reconnect(tab)
  expect(world.applied(tab.id)).toEqual([{ name: 'James', age: 30 }])
})

it('one that may have been sent is not, and nor is one that is not known', async () => {
  const { world, tab } = await signedInWorld()
  world.server.control.rules.add({ match: { method: 'PUT' }, action: { do: 'hold' } })
  const sent = await world.after(tab.users.update({ name: 'James' }))
  expect(await tab.app.discardEdit(sent.id)).toBe(false)
  for (const id of ['', 'nothing', undefined, 5]) expect(await tab.app.discardEdit(id as string)).toBe(false)
  for (const id of [undefined, 5]) expect(await tab.app.settlement(id as never)).toEqual({ outcome: 'unknown' })
  expect(tab.app.storage$.value).toBe('ok')
  expect(tab.users.current$.value).toMatchObject({ name: 'James' })
  world.server.control.release()
  await world.quiet()
  expect(await sent.settled).toMatchObject({ outcome: 'accepted' })
})

it('one of an earlier visit can be taken back by its id', async () => {
  const { world, tab } = await offlineWorld()
  const { id } = await tab.users.update({ name: 'James' })
  tab.kill()
  const again = world.start()
  again.platform.connectivity.set(false)
  await world.quiet()
  expect(await again.app.discardEdit(id)).toBe(true)
  expect(await again.app.settlement(id)).toMatchObject({ outcome: 'discarded', op: 'update' })
  await world.quiet()
  expect(again.users.current$.value).toMatchObject({ name: 'Ann' })
})
