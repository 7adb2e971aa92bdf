/* Two clients on one database, as two tabs of one origin have it: all that joins them is IndexedDB and BroadcastChannel. */
import { expect, it } from 'vitest'
import { control, effects, logIn, openApp, signUp, until, type App, type Person } from '../support/page/backend.js'

async function twoTabs(stayLoggedIn = true): Promise<{ one: App; two: App; user: Person }> {
  const database = `test-${crypto.randomUUID()}`
  const one = openApp({ database })
  const two = openApp({ database })
  const user = await logIn(one, await signUp(one), stayLoggedIn)
  await until(two.users.session$, ({ state }) => state === 'signed-in')
  return { one, two, user }
}

it('a login in one tab is a login in the other, and so is a logout', async () => {
  const { one, two, user } = await twoTabs()
  expect(two.users.session$.value).toEqual({ state: 'signed-in', userId: user.objectId })
  expect(await until(two.users.current$, (current) => current !== undefined)).toMatchObject({ name: 'Ann' })

  await two.users.logout()

  await until(one.users.session$, ({ state }) => state === 'signed-out')
  expect(one.users.current$.value).toBe(undefined)
})

it('an edit of one tab is shown in the other, and settles in both', async () => {
  const { one, two, user } = await twoTabs()

  const { id, settled } = await one.users.update({ name: 'James' })

  expect(await until(two.users.current$, (current) => current?.name === 'James')).toBeDefined()
  expect(await settled).toMatchObject({ outcome: 'accepted' })
  expect(await two.settlement(id)).toMatchObject({ outcome: 'accepted' })
  await until(two.status$, ({ pending }) => pending === 0)
  expect(await effects(user.objectId)).toEqual({ name: ['James'] })
})

it('edits that both tabs make at once all take effect once', async () => {
  const { one, two, user } = await twoTabs()

  const edits = await Promise.all(
    Array.from({ length: 20 }, (_, index) => (index % 2 ? one : two).users.update({ [`p${index}`]: `value ${index}` })),
  )
  const outcomes = await Promise.all(edits.map(({ settled }) => settled))

  expect(outcomes.map(({ outcome }) => outcome)).toEqual(edits.map(() => 'accepted'))
  expect(await effects(user.objectId)).toEqual(
    Object.fromEntries(edits.map((_, index) => [`p${index}`, [`value ${index}`]])),
  )
})

it('a fault shows in both tabs, and is dismissed in one for both', async () => {
  const { one, two } = await twoTabs()
  const taken = await signUp(one)
  await (
    await one.users.update({ email: taken })
  ).settled
  const [fault] = await until(two.faults.open$, (open) => open.length > 0)

  await two.faults.discard(fault!.id)

  await until(one.faults.open$, (open) => open.length === 0)
  await expect(one.faults.discard(fault!.id)).rejects.toMatchObject({ name: 'FaultClosedError' })
})

it('a token that is not stored passes to a tab that opens later, in memory', async () => {
  const database = `test-${crypto.randomUUID()}`
  const one = openApp({ database })
  const user = await logIn(one, await signUp(one), false)

  const two = openApp({ database })
  await until(two.users.session$, ({ state }) => state !== 'opening')
  expect(two.users.session$.value).toEqual({ state: 'signed-in', userId: user.objectId })
  await one.close()

  const { settled } = await two.users.update({ name: 'James' })
  expect(await settled).toMatchObject({ outcome: 'accepted' })
  expect(await control('GET', `/users/${user.objectId}`)).toMatchObject({ name: 'James' })
})
