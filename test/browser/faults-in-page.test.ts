/* Refusals by the real server, as a page sees them. */
import { expect, it } from 'vitest'
import { control, effects, openApp, openWithUser, signUp, until } from '../support/page/backend.js'

it("rolls an identity that is another user's back, and keeps a good edit made with it (3018)", async () => {
  const { app, user } = await openWithUser()
  // It names the properties at fault; fetched after login, at its own pace.
  await app.users.describe()
  const taken = await signUp(app)

  const bad = await app.users.update({ email: taken }, { meta: { form: 'profile' } })
  const good = await app.users.update({ name: 'James' })
  const [refused, accepted] = await Promise.all([bad.settled, good.settled])

  expect(refused).toMatchObject({
    outcome: 'rejected',
    fault: {
      kind: 'conflict',
      reason: 'taken',
      code: 3018,
      offending: ['email'],
      properties: ['email'],
      mine: { email: taken },
      meta: { form: 'profile' },
    },
  })
  expect(accepted).toMatchObject({ outcome: 'accepted' })
  expect(app.users.current$.value).toMatchObject({ email: user.email, name: 'James' })
  expect(app.users.fields$.value).toMatchObject({ email: { state: 'refused' } })
  expect(await effects(user.objectId)).toEqual({ name: ['James'] })

  const [fault] = app.faults.open$.value
  await app.faults.discard(fault!.id)
  expect(await until(app.faults.open$, (open) => open.length === 0)).toEqual([])
  expect(app.users.fields$.value).toEqual({})
})

it('shows a fault again when the client is opened anew, and sends its values again on retry', async () => {
  const database = `test-${crypto.randomUUID()}`
  const { app, user } = await openWithUser({ database })
  await control('POST', '/rules', {
    match: { method: 'PUT', path: `/users/${user.objectId}` },
    action: { do: 'fault', code: 3045, message: 'The name is not good enough' },
  })
  await (
    await app.users.update({ name: 'James' })
  ).settled
  await app.close()

  const again = openApp({ database })
  const [fault] = await until(again.faults.open$, (open) => open.length > 0)
  expect(fault).toMatchObject({ code: 3045, message: 'The name is not good enough', mine: { name: 'James' } })
  expect(again.users.current$.value).toMatchObject({ name: 'Ann' })

  const retried = await again.faults.retry(fault!.id)
  expect(await retried.settled).toMatchObject({ outcome: 'accepted' })
  expect(again.faults.open$.value).toEqual([])
  expect(again.users.current$.value).toMatchObject({ name: 'James' })
})
