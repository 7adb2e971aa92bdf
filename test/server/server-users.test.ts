import { describe, expect, it, onTestFinished } from 'vitest'
import { textOf } from '../../demo/server/json.js'
import { defaultSchema } from '../../demo/server/store/columns.js'
import { openStore } from '../../demo/server/store/store.js'
import { defaultSwitches } from '../../demo/server/switches.js'
import { loginUser } from '../../demo/server/users/login-user.js'
import { registerUser } from '../../demo/server/users/register-user.js'
import { plainSaving } from '../../demo/server/save-behaviour.js'
import { call, logIn, serve, signUp } from './api.js'

describe('an update', () => {
  it('merges what was sent and answers with the whole row, unset columns as null, no password and no token', async () => {
    const { apiRoot } = await serve({ now: () => 1_719_589_705_912 })
    const { id, token } = await signUp(apiRoot, 'james@example.com', { name: 'J' })
    const { status, body } = await call(apiRoot, 'PUT', `/users/${id}`, { body: { age: 45 }, token })
    expect(status).toBe(200)
    expect(body).toEqual({
      objectId: id,
      ownerId: id,
      created: 1_719_589_705_912,
      updated: 1_719_589_705_912,
      lastLogin: 1_719_589_705_000,
      email: 'james@example.com',
      name: 'J',
      age: 45,
      userStatus: 'ENABLED',
      accountType: 'BACKENDLESS',
      socialAccount: 'BACKENDLESS',
      blUserLocale: null,
      oAuthIdentities: null,
      ___class: 'Users',
    })
  })

  it('clears with null, and makes no column for a null of an unknown property', async () => {
    const { apiRoot } = await serve()
    const { id, token } = await signUp(apiRoot, 'james@example.com', { name: 'J' })
    const { body } = await call(apiRoot, 'PUT', `/users/${id}`, { body: { name: null, unknown: null }, token })
    expect(body.name).toBeNull()
    expect(body).not.toHaveProperty('unknown')
  })

  it('that is refused leaves no column behind', async () => {
    const { apiRoot } = await serve()
    const { id, token } = await signUp(apiRoot, 'james@example.com')
    const body = { team: 'red', 'no name': 'x' }
    expect((await call(apiRoot, 'PUT', `/users/${id}`, { body, token })).body.code).toBe(3024)
    expect((await call(apiRoot, 'GET', `/users/${id}`)).body).not.toHaveProperty('team')
    expect((await call(apiRoot, 'GET', '/users/userclassprops')).text).not.toContain('"team"')
  })

  it('takes a whole object back, and applies no system column of it', async () => {
    const { apiRoot } = await serve()
    const { id, token } = await signUp(apiRoot, 'james@example.com')
    const before = (await call(apiRoot, 'GET', `/data/Users/${id}`)).body
    const whole = {
      ...before,
      created: 1,
      updated: 2,
      ownerId: 'X',
      objectId: 'Y',
      lastLogin: 3,
      'user-token': 'Z',
      name: 'James',
    }
    const { body } = await call(apiRoot, 'PUT', `/users/${id}`, { body: whole, token })
    expect(body).toEqual({ ...before, name: 'James', updated: body.updated })
  })

  it('keeps a JSON value whole, its keys in an order of its own', async () => {
    const { apiRoot } = await serve()
    const { id, token } = await signUp(apiRoot, 'james@example.com')
    const prefs = { theme: 'dark', z: [1, { deep: null }], aa: 'x' }
    const { body } = await call(apiRoot, 'PUT', `/users/${id}`, { body: { prefs }, token })
    expect(body.prefs).toEqual(prefs)
    expect(Object.keys(body.prefs as object)).toEqual(['z', 'aa', 'theme'])
  })

  it('frees the identity that a user gave up, and changes what that user logs in with', async () => {
    const { apiRoot } = await serve()
    const { id, token } = await signUp(apiRoot, 'james@example.com')
    await call(apiRoot, 'PUT', `/users/${id}`, { body: { email: 'jim@example.com' }, token })
    expect((await logIn(apiRoot, 'jim@example.com')).id).toBe(id)
    expect((await signUp(apiRoot, 'james@example.com')).id).not.toBe(id)
  })

  it('cuts times to the second on a server of that kind', async () => {
    const { apiRoot } = await serve({ now: () => 1_719_589_705_912, switches: { timePrecision: 's' } })
    const { id, token } = await signUp(apiRoot, 'james@example.com')
    const { body } = await call(apiRoot, 'PUT', `/users/${id}`, { body: { name: 'x' }, token })
    expect(body).toMatchObject({ created: 1_719_589_705_000, updated: 1_719_589_705_000 })
  })
})

describe('registration', () => {
  it('answers without token and password, and logs nobody in', async () => {
    const { apiRoot } = await serve()
    const user = { email: 'james@example.com', password: 'secret-1', team: 'red' }
    const { status, body } = await call(apiRoot, 'POST', '/users/register', { body: user })
    expect(status).toBe(200)
    expect(body).toMatchObject({ email: 'james@example.com', team: 'red', updated: null })
    for (const absent of ['password', 'user-token', 'lastLogin']) expect(body).not.toHaveProperty(absent)
  })

  it.each([
    [3011, 400, {}],
    [3011, 400, { email: 'a@example.com', password: '' }],
    [3013, 400, { password: 'x' }],
    [3033, 409, { email: 'James@example.com', password: 'x' }],
    [3039, 400, { email: 'a@example.com', password: 'x', id: '1' }],
    [3039, 400, { email: 'a@example.com', password: 'x', objectId: '1' }],
    [3040, 400, { email: 'a', password: 'x' }],
    [3050, 400, { email: 'a@example.com', password: 5 }],
  ])('refuses with %i, status %i: %j', async (code, status, body) => {
    const { apiRoot } = await serve()
    await signUp(apiRoot, 'james@example.com')
    expect(await call(apiRoot, 'POST', '/users/register', { body })).toMatchObject({ status, body: { code } })
  })

  it('refuses a required property that is missing (3012) or empty (3041), and fills in defaults', async () => {
    const schema = [
      { name: 'login', identity: true, required: true },
      { name: 'team', required: true },
      { name: 'level', type: 'INT', required: true, defaultValue: 1 },
    ] as const
    const { apiRoot } = await serve({ schema })
    const register = (body: object) => call(apiRoot, 'POST', '/users/register', { body: { password: 'x', ...body } })
    expect((await register({ login: 'a' })).body.code).toBe(3012)
    expect((await register({ login: 'a', team: '' })).body.code).toBe(3041)
    expect((await register({ login: 'a', team: null })).body.code).toBe(3041)
    expect((await register({ login: 'a', team: 'red' })).body).toMatchObject({ level: 1 })
  })

  it('drops or refuses an unknown property where no column may be made', async () => {
    const { apiRoot, control } = await serve({ switches: { dynamicSchema: 'reject' } })
    const body = { email: 'james@example.com', password: 'x', team: 'red' }
    expect((await call(apiRoot, 'POST', '/users/register', { body })).body.code).toBe(3010)
    control.setSwitches({ dynamicSchema: 'drop' })
    expect((await call(apiRoot, 'POST', '/users/register', { body })).body).not.toHaveProperty('team')
  })

  it("turns the guest's own account into one with a password, and keeps its session", async () => {
    const { apiRoot } = await serve()
    const { body: guest } = await call(apiRoot, 'POST', '/users/register/guest')
    expect(guest).toMatchObject({ userStatus: 'GUEST', email: null })
    const token = textOf(guest['user-token'] ?? '')
    await call(apiRoot, 'PUT', `/users/${textOf(guest.objectId ?? '')}`, { body: { name: 'G' }, token })
    const body = { objectId: guest.objectId, email: 'g@example.com', password: 'secret-1' }
    expect((await call(apiRoot, 'POST', '/users/register', { body, token })).body).toMatchObject({
      objectId: guest.objectId,
      userStatus: 'ENABLED',
      name: 'G',
    })
    expect((await call(apiRoot, 'GET', `/users/isvalidusertoken/${token}`)).body).toBe(true)
    expect((await logIn(apiRoot, 'g@example.com')).id).toBe(guest.objectId)
  })
})

describe('sessions', () => {
  it('answers a wrong password and an unknown login alike, with 401', async () => {
    const { apiRoot } = await serve()
    await signUp(apiRoot, 'james@example.com')
    const login = (body: object) => call(apiRoot, 'POST', '/users/login', { body })
    const wrong = await login({ login: 'james@example.com', password: 'x' })
    expect(wrong).toMatchObject({ status: 401, body: { code: 3003 } })
    expect((await login({ login: 'x@example.com', password: 'x' })).body).toEqual(wrong.body)
    expect((await login({ login: 'james@example.com' })).body.code).toBe(3006)
    expect((await login({ objectId: 'X' })).body.code).toBe(2014)
  })

  it('ends the first session at a second login, unless several are allowed', async () => {
    const { apiRoot, control } = await serve()
    const first = await signUp(apiRoot, 'james@example.com')
    const second = await logIn(apiRoot, 'james@example.com')
    const valid = async (token: string) => (await call(apiRoot, 'GET', `/users/isvalidusertoken/${token}`)).body
    expect([await valid(first.token), await valid(second.token)]).toEqual([false, true])
    control.setSwitches({ multipleLogins: 'on' })
    const third = await logIn(apiRoot, 'james@example.com')
    expect([await valid(second.token), await valid(third.token)]).toEqual([true, true])
  })

  it('ends after the idle time, which each call begins anew', async () => {
    let nowMs = 1_700_000_000_000
    const { apiRoot } = await serve({ now: () => nowMs, switches: { sessionTimeoutSeconds: 60 } })
    const { id, token } = await signUp(apiRoot, 'james@example.com')
    for (let step = 0; step < 3; step += 1) {
      nowMs += 59_000
      expect((await call(apiRoot, 'GET', `/users/${id}`, { token })).status).toBe(200)
    }
    nowMs += 61_000
    expect((await call(apiRoot, 'GET', `/users/isvalidusertoken/${token}`)).body).toBe(false)
    expect((await call(apiRoot, 'GET', `/users/${id}`, { token })).body.code).toBe(3064)
  })

  it('fails every operation with a dead token but the token check and the login', async () => {
    const { apiRoot } = await serve()
    const { id, token } = await signUp(apiRoot, 'james@example.com')
    expect(await call(apiRoot, 'GET', '/users/logout', { token })).toMatchObject({ status: 200, text: '' })
    for (const [method, path] of [
      ['GET', '/info'],
      ['GET', '/users/userclassprops'],
      ['GET', `/users/${id}`],
      ['GET', `/data/Users/${id}`],
      ['GET', '/users/logout'],
      ['POST', '/users/register/guest'],
    ] as const) {
      expect((await call(apiRoot, method, path, { token })).body.code, path).toBe(3064)
    }
    expect((await call(apiRoot, 'GET', `/users/isvalidusertoken/${token}`, { token })).body).toBe(false)
    const login = { login: 'james@example.com', password: 'secret-1' }
    expect((await call(apiRoot, 'POST', '/users/login', { body: login, token })).status).toBe(200)
  })

  it('begins none with a password that was changed while it was compared', async () => {
    const store = openStore(':memory:', { schema: defaultSchema, tables: {}, now: Date.now })
    onTestFinished(() => store.close())
    const rules = { switches: defaultSwitches, saving: plainSaving, nowMs: 0 }
    const sent = new Map(
      Object.entries({ email: 'james@example.com', login: 'james@example.com', password: 'secret-1' }),
    )
    const row = await registerUser(store, { sent, callerId: null }, rules)
    const login = loginUser(store, sent, rules)
    store.users.replace({ ...row, passwordHash: `${row.passwordHash}x` })
    await expect(login).rejects.toMatchObject({ code: 3003 })
    expect(store.sessions.endAllOf(row.objectId)).toBe(0)
  })

  it('changes the password, and stores none in clear', async () => {
    const { apiRoot, control } = await serve()
    const { id, token } = await signUp(apiRoot, 'james@example.com')
    const { body } = await call(apiRoot, 'PUT', `/users/${id}`, { body: { password: 'secret-2' }, token })
    expect(JSON.stringify([body, control.log()])).not.toContain('secret-')
    expect(
      (await call(apiRoot, 'POST', '/users/login', { body: { login: 'james@example.com', password: 'secret-1' } }))
        .status,
    ).toBe(401)
    expect((await logIn(apiRoot, 'james@example.com', 'secret-2')).id).toBe(id)
  })
})

describe('reading', () => {
  it('gives a user both ways, and only the properties asked for', async () => {
    const { apiRoot, url } = await serve()
    const { id } = await signUp(apiRoot, 'james@example.com', { name: 'J' })
    const whole = (await call(apiRoot, 'GET', `/users/${id}`)).body
    expect((await call(`${url}/api`, 'GET', `/data/Users/${id}`)).body).toEqual(whole)
    const part = { name: 'J', email: 'james@example.com', ___class: 'Users' }
    expect((await call(apiRoot, 'GET', `/users/${id}?props=name,email`)).body).toEqual(part)
    expect((await call(apiRoot, 'GET', `/data/Users/${id}?property=name&property=email`)).body).toEqual(part)
    expect((await call(apiRoot, 'GET', `/users/${id}?props=nope`)).body.code).toBe(1006)
    expect((await call(apiRoot, 'GET', '/users/NOBODY')).body.code).toBe(1000)
    expect((await call(apiRoot, 'GET', '/data/Users/NOBODY')).body).toMatchObject({
      code: 1000,
      message: 'Entity with ID NOBODY not found',
    })
    expect((await call(apiRoot, 'GET', `/data/Other/${id}`)).body.code).toBe(1009)
  })

  it('describes the class, dynamic columns included', async () => {
    const { apiRoot } = await serve()
    await signUp(apiRoot, 'james@example.com', { team: 'red', age: 4, member: true, prefs: {} })
    const columns = (await call(apiRoot, 'GET', '/users/userclassprops')).body as unknown as { name: string }[]
    const byName = new Map(columns.map((column) => [column.name, column]))
    expect(byName.get('email')).toEqual({
      name: 'email',
      type: 'STRING',
      required: true,
      identity: true,
      defaultValue: null,
      relatedTable: null,
      customRegex: null,
      autoLoad: false,
      isPrimaryKey: false,
    })
    expect(byName.get('team')).toMatchObject({ type: 'STRING', required: false })
    expect(byName.get('age')).toMatchObject({ type: 'DOUBLE' })
    expect(byName.get('member')).toMatchObject({ type: 'BOOLEAN' })
    expect(byName.get('prefs')).toMatchObject({ type: 'JSON' })
    expect([...byName.keys()]).toEqual(expect.arrayContaining(['objectId', 'created', 'updated', 'password']))
  })

  it('accepts a recovery for a known identity, and knows no other', async () => {
    const { apiRoot } = await serve()
    await signUp(apiRoot, 'james@example.com')
    expect(await call(apiRoot, 'GET', '/users/restorepassword/james%40example.com')).toMatchObject({
      status: 200,
      text: '',
    })
    expect((await call(apiRoot, 'GET', '/users/restorepassword/x%40example.com')).body.code).toBe(3020)
  })
})
