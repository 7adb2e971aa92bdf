import { describe, expect, it } from 'vitest'
import { call, serve, signUp, type Answer } from './api.js'

/** A fault in the backend's own shape, with nothing else in it. */
function fault(code: number, status = 400): object {
  return expect.objectContaining({
    status,
    body: { code, message: expect.stringMatching(/./) as string, errorData: {} },
  }) as object
}

describe('the documented conditions of an update', () => {
  it('2002: a wrong application id or key', async () => {
    const { url, apiRoot, appId } = await serve()
    const james = await signUp(apiRoot, 'james@example.com')
    const update = (root: string): Promise<Answer> =>
      call(root, 'PUT', `/users/${james.id}`, { body: { name: 'x' }, token: james.token })
    expect(await update(`${url}/${appId}/another-key`)).toEqual(fault(2002))
    expect(await update(`${url}/another-app/holdfast-key`)).toEqual(fault(2002))
  })

  it('3018: an identity that belongs to another user, in any case of its letters', async () => {
    const { apiRoot } = await serve()
    await signUp(apiRoot, 'ann@example.com')
    const james = await signUp(apiRoot, 'james@example.com', { name: 'James' })
    const answer = await call(apiRoot, 'PUT', `/users/${james.id}`, {
      body: { email: 'Ann@Example.com', name: 'Changed' },
      token: james.token,
    })
    expect(answer).toEqual(fault(3018))
    expect((await call(apiRoot, 'GET', `/users/${james.id}`)).body).toMatchObject({
      email: 'james@example.com',
      name: 'James',
      updated: null,
    })
  })

  it('3024: a row that cannot be stored, for a reason without a code of its own', async () => {
    const { apiRoot } = await serve()
    const james = await signUp(apiRoot, 'james@example.com')
    for (const name of ['with space', '1st', '__proto__', 'x'.repeat(65)]) {
      const body = `{${JSON.stringify(name)}: "x"}`
      expect(await call(apiRoot, 'PUT', `/users/${james.id}`, { body, token: james.token })).toEqual(fault(3024))
    }
  })

  it('3028: nobody logged in, on a server that forbids it', async () => {
    const { apiRoot, control } = await serve({ switches: { anonymousUpdate: 'forbid' } })
    const james = await signUp(apiRoot, 'james@example.com')
    expect(await call(apiRoot, 'PUT', `/users/${james.id}`, { body: { name: 'x' } })).toEqual(fault(3028))
    control.setSwitches({ anonymousUpdate: 'allow' })
    expect((await call(apiRoot, 'PUT', `/users/${james.id}`, { body: { name: 'x' } })).body.name).toBe('x')
  })

  it("3029: another user's row, on a server that forbids it", async () => {
    const { apiRoot, control } = await serve({ switches: { otherUsers: 'forbid' } })
    const ann = await signUp(apiRoot, 'ann@example.com')
    const james = await signUp(apiRoot, 'james@example.com')
    const update = (id: string): Promise<Answer> =>
      call(apiRoot, 'PUT', `/users/${id}`, { body: { name: 'x' }, token: james.token })
    expect(await update(ann.id)).toEqual(fault(3029))
    expect(await update('NO-SUCH-ID')).toEqual(fault(3029))
    control.setSwitches({ otherUsers: 'allow' })
    expect((await update(ann.id)).status).toBe(200)
  })

  it('3030: no user with this id, be it the one logged in', async () => {
    const { apiRoot, control } = await serve()
    const james = await signUp(apiRoot, 'james@example.com')
    const update = (id: string): Promise<Answer> =>
      call(apiRoot, 'PUT', `/users/${id}`, { body: { name: 'x' }, token: james.token })
    expect(await update('NO-SUCH-ID')).toEqual(fault(3030))
    control.removeUser(james.id)
    expect(await update(james.id)).toEqual(fault(3030))
  })

  it('3031: a property that there is not, on a server that rejects it; dropped in silence on one that drops', async () => {
    const { apiRoot, control } = await serve({ switches: { dynamicSchema: 'reject' } })
    const james = await signUp(apiRoot, 'james@example.com')
    const update = (): Promise<Answer> =>
      call(apiRoot, 'PUT', `/users/${james.id}`, { body: { name: 'James', team: 'red' }, token: james.token })
    expect(await update()).toEqual(fault(3031))
    control.setSwitches({ dynamicSchema: 'drop' })
    const dropped = await update()
    expect(dropped.status).toBe(200)
    expect(dropped.body).toMatchObject({ name: 'James' })
    expect(dropped.body).not.toHaveProperty('team')
    control.setSwitches({ dynamicSchema: 'on' })
    expect((await update()).body).toMatchObject({ team: 'red' })
  })

  it('3045: a required property left empty', async () => {
    const { apiRoot } = await serve()
    const james = await signUp(apiRoot, 'james@example.com')
    for (const body of [
      { email: null },
      { email: '' },
      { password: '' },
      { password: null },
      { email: '', name: 'x' },
    ]) {
      expect(await call(apiRoot, 'PUT', `/users/${james.id}`, { body, token: james.token })).toEqual(fault(3045))
    }
  })
})

describe('other refusals of an update', () => {
  it('names a dead token in fault 3064, with the status that is set', async () => {
    const { apiRoot, control } = await serve()
    const james = await signUp(apiRoot, 'james@example.com')
    control.endSessions({ userId: james.id })
    const update = (): Promise<Answer> =>
      call(apiRoot, 'PUT', `/users/${james.id}`, { body: { name: 'x' }, token: james.token })
    const refused = await update()
    expect(refused).toEqual(fault(3064))
    expect(refused.body.message).toBe(
      `Not existing user token - ${james.token}. Relogin user to update your user token`,
    )
    control.setSwitches({ deadTokenStatus: 401 })
    expect(await update()).toEqual(fault(3064, 401))
  })

  it('refuses a disabled user with 3090, at any operation and at login', async () => {
    const { apiRoot, control } = await serve()
    const james = await signUp(apiRoot, 'james@example.com')
    control.setStatus(james.id, 'DISABLED')
    const { token } = james
    expect(await call(apiRoot, 'PUT', `/users/${james.id}`, { body: { name: 'x' }, token })).toEqual(fault(3090))
    expect(await call(apiRoot, 'GET', '/info', { token })).toEqual(fault(3090))
    const login = { login: 'james@example.com', password: 'secret-1' }
    expect(await call(apiRoot, 'POST', '/users/login', { body: login })).toEqual(fault(3090))
  })

  it('refuses a changed userStatus with 3054, and takes the one that the row has', async () => {
    const { apiRoot } = await serve()
    const { id, token } = await signUp(apiRoot, 'james@example.com')
    expect(await call(apiRoot, 'PUT', `/users/${id}`, { body: { userStatus: 'GUEST' }, token })).toEqual(fault(3054))
    expect((await call(apiRoot, 'PUT', `/users/${id}`, { body: { userStatus: 'ENABLED' }, token })).status).toBe(200)
    expect(await call(apiRoot, 'PUT', `/users/${id}/status`, { body: { userStatus: 'DISABLED' }, token })).toEqual(
      fault(3054),
    )
  })

  it('refuses values that are not of the column, all wrong properties in one fault', async () => {
    const schema = [
      { name: 'email', identity: true, required: true },
      { name: 'age', type: 'INT' },
      { name: 'height', type: 'DOUBLE' },
      { name: 'active', type: 'BOOLEAN' },
      { name: 'born', type: 'DATETIME' },
      { name: 'prefs', type: 'JSON' },
      { name: 'zip', type: 'STRING', customRegex: '\\d{5}' },
    ] as const
    const { apiRoot } = await serve({ schema })
    const { id, token } = await signUp(apiRoot, 'james@example.com')
    const update = (body: object): Promise<Answer> => call(apiRoot, 'PUT', `/users/${id}`, { body, token })

    const wrong = await update({ age: 'old', height: {}, active: 'yes', born: 0 })
    expect(wrong).toEqual(fault(1007))
    expect(wrong.body.message).toContain('invalid data type for properties - age, height, active.')
    expect(await update({ age: 1.5 })).toEqual(fault(1007))
    expect(await update({ born: 'tomorrow' })).toEqual(fault(1110))
    expect(await update({ born: '2023-02-30' })).toEqual(fault(1110))
    expect(await update({ prefs: '{broken' })).toEqual(fault(1007))
    expect(await update({ zip: '1234' })).toEqual(fault(1007))
    expect(await update({ zip: '12345-6' })).toEqual(fault(1007))
    expect(await update({ email: 'no address' })).toEqual(fault(3040))
    expect(await update({ password: 7 })).toEqual(fault(3050))

    const right = await update({ age: '7', height: 1, active: true, born: '2020-01-02T00:00:00Z', zip: '12345' })
    expect(right.body).toMatchObject({ age: 7, height: 1, active: true, born: Date.UTC(2020, 0, 2), zip: '12345' })
  })
})
