/* Users as objects of the data service: made, changed, removed and described; and the operations that are refused by name. */
import { describe, expect, it } from 'vitest'
import { textOf } from '../../demo/server/json.js'
import { call, logIn, serve, signUp } from './api.js'

describe('data/Users', () => {
  it.each(['PUT', 'POST'])('makes a user with %s, who can log in and is owned by the caller', async (method) => {
    const { apiRoot } = await serve()
    const james = await signUp(apiRoot, 'james@example.com')
    const body = { email: 'ann@example.com', password: 'secret-1', name: 'Ann', team: 'red' }
    const made = await call(apiRoot, method, '/data/Users', { body, token: james.token })
    expect(made.status).toBe(200)
    expect(made.body).toMatchObject({
      email: 'ann@example.com',
      name: 'Ann',
      team: 'red',
      ownerId: james.id,
      ___class: 'Users',
    })
    expect(made.text).not.toContain('password')
    expect((await logIn(apiRoot, 'ann@example.com')).id).toBe(made.body.objectId)

    const nobody = await call(apiRoot, method, '/data/Users', { body: { email: 'cy@example.com', password: 'x' } })
    expect(nobody.body.ownerId).toBeNull()
    expect((await call(apiRoot, 'GET', `/data/Users/${textOf(nobody.body.objectId ?? '')}`)).body.ownerId).toBeNull()
    expect((await call(apiRoot, method, '/data/Users', { body })).body.code).toBe(3033)
    expect((await call(apiRoot, method, '/data/Users', { body: { email: 'd@example.com' } })).body.code).toBe(3011)
  })

  it('updates a user by its id, as the user service does', async () => {
    const { apiRoot, control } = await serve()
    const james = await signUp(apiRoot, 'james@example.com')
    const path = `/data/Users/${james.id}`
    const answer = await call(apiRoot, 'PUT', path, { body: { name: 'Jim' }, token: james.token })
    expect(answer.body).toMatchObject({ objectId: james.id, name: 'Jim', updated: expect.any(Number) })
    expect(control.log()).toMatchObject([{ applied: { name: 'Jim' }, source: 'update', callerId: james.id }])
    const whole = { objectId: james.id, name: 'James', email: 'james@example.com' }
    expect((await call(apiRoot, 'PUT', '/data/Users', { body: whole, token: james.token })).body).toMatchObject(whole)
    expect((await call(apiRoot, 'PUT', '/data/Users', { body: { objectId: { a: 1 }, name: 'x' } })).body.code).toBe(
      1000,
    )
    expect((await call(apiRoot, 'POST', '/data/Users', { body: { ...whole, password: 'x' } })).body.code).toBe(3039)
    expect((await call(apiRoot, 'PUT', path, { body: { email: '' } })).body.code).toBe(3045)
    expect((await call(apiRoot, 'PUT', '/data/Users/NOBODY', { body: { name: 'x' } })).body).toMatchObject({
      code: 1000,
      message: 'Entity with ID NOBODY not found',
    })
  })

  it('removes a user by its id, once', async () => {
    let nowMs = 1_700_000_000_000
    const { apiRoot, control } = await serve({ now: () => nowMs++ })
    const [james, ann] = [await signUp(apiRoot, 'james@example.com'), await signUp(apiRoot, 'ann@example.com')]
    const path = `/data/Users/${james.id}`
    control.setSwitches({ otherUsers: 'forbid', anonymousUpdate: 'forbid' })
    expect((await call(apiRoot, 'DELETE', path)).body.code).toBe(3028)
    expect((await call(apiRoot, 'DELETE', path, { token: ann.token })).body.code).toBe(3029)
    const { status, body } = await call(apiRoot, 'DELETE', path, { token: james.token })
    expect([status, body]).toEqual([200, { deletionTime: expect.any(Number) }])
    for (const method of ['DELETE', 'GET']) {
      expect((await call(apiRoot, method, path, { token: james.token })).body.code, method).toBe(1000)
    }
    expect(
      (await call(apiRoot, 'PUT', `/users/${james.id}`, { body: { name: 'x' }, token: james.token })).body.code,
    ).toBe(3030)
    expect(
      (await call(apiRoot, 'POST', '/users/login', { body: { login: 'james@example.com', password: 'secret-1' } }))
        .status,
    ).toBe(401)
  })

  it('describes its columns as a table does', async () => {
    const { apiRoot } = await serve()
    const { body } = await call(apiRoot, 'GET', '/data/Users/properties')
    const columns = body as unknown as { name: string }[]
    expect(columns.map(({ name }) => name)).toEqual(expect.arrayContaining(['objectId', 'created', 'email', 'name']))
    for (const column of columns) {
      expect(Object.keys(column).toSorted()).toEqual([
        'autoLoad',
        'customRegex',
        'defaultValue',
        'expression',
        'isPrimaryKey',
        'name',
        'relatedTable',
        'required',
        'type',
      ])
    }
  })
})

it.each([
  ['PUT', '/data/bulk/Users?where=age%3E1', 'Bulk operations'],
  ['POST', '/data/bulk/Users', 'Bulk operations'],
  ['DELETE', '/data/bulk/Users?where=age%3E1', 'Bulk operations'],
  ['POST', '/data/bulk/Users/delete', 'Bulk operations'],
  ['PUT', '/data/bulkupsert/Users', 'Bulk operations'],
  ['PUT', '/data/Users/upsert', 'Upsert'],
  ['PUT', '/data/Users/deep-save', 'Deep save'],
  ['POST', '/data/data-grouping/Users', 'Grouping'],
  ['POST', '/data/Users/ID/friends', 'Relations'],
  ['GET', '/data/Users/ID/friends', 'Relations'],
])('%s %s is refused by its name', async (method, path, what) => {
  const { apiRoot } = await serve()
  const { status, body } = await call(apiRoot, method, path, { body: method === 'GET' ? undefined : {} })
  expect([status, body]).toEqual([
    501,
    { code: 8002, message: expect.stringMatching(`^${what} .* not offered`), errorData: {} },
  ])
})
