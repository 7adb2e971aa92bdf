/* One edit of each property, so that the refusal of one takes none of the others along. */
import { describe, expect, it } from 'vitest'
import { newest } from '../support/newest.js'
import { makeWorld, offlineWorld, signedInWorld } from '../support/world.js'

describe('update with `separately`', () => {
  it('makes an edit of each property, in the order of the patch, and only the one to blame is refused', async () => {
    const world = await makeWorld()
    await world.register('bo@x.co')
    const tab = await world.signedIn()
    tab.platform.connectivity.set(false)
    const pending = newest(tab.app.pending$)
    const edits = await tab.users.update(
      { name: 'James', email: 'bo@x.co', city: 'Oslo' },
      { separately: true, meta: 'profile' },
    )
    expect(edits.map(({ patch }) => patch)).toEqual([{ name: 'James' }, { email: 'bo@x.co' }, { city: 'Oslo' }])
    expect(edits.map(({ user }) => user.city)).toEqual(['Rome', 'Rome', 'Oslo'])
    await world.quiet()
    expect(pending()!.map(({ id, meta }) => [id, meta])).toEqual(edits.map(({ id }) => [id, 'profile']))

    tab.platform.connectivity.set(true)
    await world.advance(60_000)
    const settlements = await Promise.all(edits.map(({ settled }) => settled))
    expect(settlements.map(({ outcome }) => outcome)).toEqual(['accepted', 'rejected', 'accepted'])
    expect(tab.app.faults.open$.value).toMatchObject([
      { editIds: [edits[1]!.id], properties: ['email'], offending: ['email'], meta: 'profile' },
    ])
    expect(Object.keys(tab.users.fields$.value)).toEqual(['email'])
    expect(tab.users.current$.value).toMatchObject({ name: 'James', email: 'ann@x.co', city: 'Oslo' })
    expect(world.server.control.readUser({ id: tab.id })).toMatchObject({ name: 'James', city: 'Oslo' })
  })

  it('goes out as one request where nothing is refused', async () => {
    const { world, tab } = await signedInWorld()
    await world.after(tab.users.update({ name: 'James', city: 'Oslo' }, { separately: true }))
    expect(world.updates()).toEqual([{ name: 'James', city: 'Oslo' }])
  })

  it('takes a draft, and a patch of one property', async () => {
    const { world, tab } = await signedInWorld()
    const drafted = await tab.users.update(
      (me) => {
        me.city = 'Oslo'
        me.name = null
      },
      { separately: true },
    )
    expect(drafted.map(({ patch }) => patch)).toEqual([{ name: null }, { city: 'Oslo' }])
    const single = await tab.users.update({ age: 30 }, { separately: true })
    expect(single.map(({ patch }) => patch)).toEqual([{ age: 30 }])
    await world.quiet()
    expect(world.server.control.readUser({ id: tab.id })).toMatchObject({ name: null, city: 'Oslo', age: 30 })
  })

  it('is refused together with `replaces`, by name, and nothing is shown or saved', async () => {
    const { tab } = await offlineWorld()
    const { id } = await tab.users.update({ name: 'J' })
    const both = { separately: true, replaces: id } as never
    const error: unknown = await tab.users.update({ name: 'James', city: 'Oslo' }, both).catch((one: unknown) => one)
    expect(error).toBeInstanceOf(TypeError)
    expect(String(error)).toMatch(/"separately".*"replaces"/)
    expect(tab.app.status$.value).toMatchObject({ pending: 1 })
    expect(tab.users.current$.value).toMatchObject({ name: 'J', city: 'Rome' })
  })

  it('saves none of them when one is sure to be refused', async () => {
    const { world, tab } = await signedInWorld()
    const saving = tab.users.update({ name: 'James', city: '' }, { separately: true })
    await expect(saving).rejects.toMatchObject({ name: 'InvalidEditError', property: 'city', code: 3045 })
    await world.quiet()
    expect(tab.users.current$.value).toMatchObject({ name: 'Ann', city: 'Rome' })
    expect(world.updates()).toEqual([])
  })

  it('saves none of them when storage refuses one, and does not take along what shared its transaction', async () => {
    const { world, tab } = await offlineWorld()
    tab.storage.refuses = (table, row) =>
      table === 'edits' && JSON.stringify(row).includes('Oslo') ? 'QuotaExceededError' : undefined
    const before = tab.users.update({ age: 30 })
    const refused = tab.users.update({ name: 'James', city: 'Oslo', nick: 'J' }, { separately: true })
    const after = tab.users.update({ age: 31 })
    await expect(refused).rejects.toMatchObject({ name: 'StorageError', reason: 'full' })
    expect(await Promise.all([before, after])).toHaveLength(2)
    await world.quiet()
    expect(tab.users.current$.value).toMatchObject({ name: 'Ann', city: 'Rome', age: 31 })
    expect(tab.app.status$.value).toMatchObject({ pending: 2 })
    expect((await world.rows())['edits']).toHaveLength(2)
  })
})
