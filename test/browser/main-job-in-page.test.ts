/* The main job in a page: real IndexedDB, real CORS, the real server. */
import { describe, expect, it } from 'vitest'
import { control, effects, meddle, openApp, openWithUser, signUp, until, logIn } from '../support/page/backend.js'

describe('a session', () => {
  it('begins with a login across origins and shows the user', async () => {
    const app = openApp()
    const email = await signUp(app)
    expect((await until(app.users.session$, ({ state }) => state !== 'opening')).state).toBe('signed-out')

    const user = await logIn(app, email)

    expect(user).toMatchObject({ email, name: 'Ann' })
    expect(app.users.session$.value).toEqual({ state: 'signed-in', userId: user.objectId })
    expect(app.users.current$.value).toEqual(user)
  })

  it('is there again when the client is opened anew', async () => {
    const database = `test-${crypto.randomUUID()}`
    const { app, user } = await openWithUser({ database })
    await app.close()

    const again = openApp({ database })

    expect(await until(again.users.current$, (current) => current !== undefined)).toMatchObject({
      objectId: user.objectId,
    })
  })
})

describe('an edit', () => {
  it('is shown before update() returns, saved when it resolves, and settles as accepted', async () => {
    const { app, user } = await openWithUser()

    const saving = app.users.update({ name: 'James' })
    expect(app.users.current$.value).toMatchObject({ name: 'James' })
    expect(app.users.fields$.value).toEqual({ name: { state: 'pending' } })

    const edit = await saving
    expect(edit.user.name).toBe('James')
    expect(await edit.settled).toMatchObject({ outcome: 'accepted', user: { name: 'James' } })
    expect(app.users.fields$.value).toEqual({})
    expect(app.status$.value).toMatchObject({ pending: 0, faults: 0 })
    expect(await control('GET', `/users/${user.objectId}`)).toMatchObject({ name: 'James' })
    expect(await effects(user.objectId)).toEqual({ name: ['James'] })
  })

  it('made by a draft sends only what the draft changed', async () => {
    const { app, user } = await openWithUser()

    const edit = await app.users.update((draft) => void (draft.name = 'James'))

    expect(await edit.settled).toMatchObject({ outcome: 'accepted' })
    expect(await effects(user.objectId)).toEqual({ name: ['James'] })
  })

  it('is still pending after the client was closed and opened, and is then sent with no further call', async () => {
    const database = `test-${crypto.randomUUID()}`
    const { app, user } = await openWithUser({ database })
    await meddle(user.objectId, { do: 'gateway', status: 502 })
    const { id } = await app.users.update({ name: 'James' })
    await until(app.status$, ({ failure }) => failure?.kind === 'server')
    await app.close()

    const again = openApp({ database })

    expect(await until(again.users.current$, (current) => current !== undefined)).toMatchObject({ name: 'James' })
    expect(again.users.fields$.value).toEqual({ name: { state: 'pending' } })
    expect(await again.settlement(id)).toMatchObject({ outcome: 'accepted' })
    expect(await effects(user.objectId)).toEqual({ name: ['James'] })
  })

  it('of many made in a row arrives in order, with the last value of each property', async () => {
    const { app, user } = await openWithUser()

    const edits = await Promise.all(
      Array.from({ length: 40 }, (_, index) => app.users.update({ [`step${index % 4}`]: `value ${index}` })),
    )
    const outcomes = await Promise.all(edits.map(({ settled }) => settled))

    expect(outcomes.map(({ outcome }) => outcome)).toEqual(edits.map(() => 'accepted'))
    for (const [property, values] of Object.entries(await effects(user.objectId))) {
      const steps = values.map((value) => Number(String(value).slice('value '.length)))
      expect(steps, property).toEqual([...steps].sort((a, b) => a - b))
      expect(steps.at(-1)).toBe(36 + Number(property.at(-1)))
    }
    expect(await control('GET', `/users/${user.objectId}`)).toMatchObject({ step0: 'value 36', step3: 'value 39' })
  })
})
