import Backendless from 'backendless'
import { describe, expect, it } from 'vitest'
import type { RunningServer } from '../../demo/server/start-server.js'
import { serve } from './api.js'

type Sdk = typeof Backendless

/** A copy of the official SDK with a session of its own, as another device has. */
function device({ url, appId, apiKey }: RunningServer): Sdk {
  const app = Backendless.initApp({ appId, apiKey, serverURL: url, standalone: true })
  return app as Sdk
}

/** Members that the SDK has and its types do not list. */
interface Unlisted {
  appInfoPromise(): Promise<unknown>
  initConfig(config: { appId: string; apiKey: string }): void
}

function unlisted(sdk: Sdk): Unlisted {
  return sdk as unknown as Unlisted
}

const email = 'james@example.com'
const password = 'low-tide-at-9'

/** A device with a user who is registered and logged in. */
async function loggedIn(server: RunningServer): Promise<{ sdk: Sdk; user: User }> {
  const sdk = device(server)
  await sdk.UserService.register({ email, password, name: 'James' } as unknown as Backendless.User)
  return { sdk, user: await login(sdk) }
}

/** A user as the SDK gives it back; its own type knows no properties. */
interface User {
  readonly [property: string]: unknown
}

async function login(sdk: Sdk): Promise<User> {
  return (await sdk.UserService.login(email, password)) as unknown as User
}

/** The SDK sends what it is given as it is; its types want whole users. */
async function update(sdk: Sdk, properties: object): Promise<User> {
  return (await sdk.UserService.update(properties as Backendless.User)) as unknown as User
}

function fault(code: number, status: number): object {
  return expect.objectContaining({ code, status, message: expect.stringMatching(/./) as string }) as object
}

describe('the official JavaScript SDK', () => {
  it('reads the application info when it is set up, with ids in the path and with a domain of its own', async () => {
    const server = await serve()
    const info = { rtURL: `${server.url}/rt`, appId: server.appId, apiKey: server.apiKey }
    expect(await unlisted(device(server)).appInfoPromise()).toEqual(info)
    const byDomain = Backendless.initApp({ domain: server.url, standalone: true } as never) as Sdk
    expect(await unlisted(byDomain).appInfoPromise()).toEqual(info)
  })

  it('registers a user, and nobody is logged in by that', async () => {
    const sdk = device(await serve())
    const user = (await sdk.UserService.register({ email, password, foo: 'bar' } as never)) as unknown as User
    expect(user).toBeInstanceOf(Backendless.User)
    expect(user).toMatchObject({
      email,
      foo: 'bar',
      ___class: 'Users',
      objectId: expect.stringMatching(/^[0-9A-F-]{36}$/),
    })
    expect(user).not.toHaveProperty('password')
    expect(await sdk.UserService.getCurrentUser()).toBeNull()
    await expect(sdk.UserService.register({ email, password } as never)).rejects.toEqual(fault(3033, 409))
    await expect(sdk.UserService.register(new Backendless.User())).rejects.toEqual(fault(3011, 400))
  })

  it('logs in with the right password only', async () => {
    const { sdk, user } = await loggedIn(await serve())
    expect(user).toMatchObject({
      email,
      name: 'James',
      'user-token': expect.any(String),
      lastLogin: expect.any(Number),
    })
    expect(await sdk.UserService.getCurrentUser()).toBe(user)
    expect(await sdk.UserService.isValidLogin()).toBe(true)
    await expect(sdk.UserService.login(email, 'wrong')).rejects.toEqual(fault(3003, 401))
    await expect(sdk.UserService.login('nobody', password)).rejects.toEqual(fault(3003, 401))
    await expect(sdk.UserService.login(String(user.objectId))).rejects.toMatchObject({
      code: 2014,
      message: 'Login by object id is allowed only for Code Runner API key',
    })
  })

  it('updates one property, and reads it back', async () => {
    const { sdk, user } = await loggedIn(await serve())
    const updated = await update(sdk, { objectId: user.objectId, name: 'New Name' })
    expect(updated).toMatchObject({ objectId: user.objectId, email, name: 'New Name', updated: expect.any(Number) })
    expect(updated).not.toHaveProperty('user-token')
    expect(await sdk.UserService.getCurrentUser(true)).toMatchObject({ name: 'New Name' })
    expect(await sdk.Data.of(Backendless.User).findById(String(user.objectId))).toMatchObject({ name: 'New Name' })
  })

  it('sends a whole user back, token and system columns in it', async () => {
    const { sdk, user } = await loggedIn(await serve())
    const updated = await update(sdk, { ...user, name: 'Jim' })
    expect({ ...updated, updated: null, 'user-token': user['user-token'] }).toEqual({ ...user, name: 'Jim' })
  })

  it('clears a property with null', async () => {
    const { sdk, user } = await loggedIn(await serve())
    expect(await update(sdk, { objectId: user.objectId, name: null })).toMatchObject({ name: null, email })
  })

  it('makes columns of new properties, unless the application forbids it', async () => {
    const server = await serve()
    const { sdk, user } = await loggedIn(server)
    const dynamic = { data: 'custom', count: 7, flag: true, born: Date.UTC(2000, 1, 2), prefs: { theme: 'dark' } }
    expect(await update(sdk, { objectId: user.objectId, ...dynamic })).toMatchObject(dynamic)
    server.control.setSwitches({ dynamicSchema: 'drop' })
    const dropped = await update(sdk, { objectId: user.objectId, data: 'new', data2: 'x' })
    expect(dropped).toMatchObject({ objectId: user.objectId, email, data: 'new' })
    expect(dropped).not.toHaveProperty('data2')
  })

  it("updates another's row", async () => {
    const server = await serve()
    const { sdk } = await loggedIn(server)
    const ann = (await sdk.UserService.register({ email: 'ann@example.com', password } as never)) as unknown as User
    expect(await update(sdk, { ...ann, name: 'Ann' })).toMatchObject({ name: 'Ann' })
    expect(await sdk.UserService.getCurrentUser()).toMatchObject({ email })
  })

  it('is told of a dead token, and that the login is no longer valid', async () => {
    const server = await serve()
    const { sdk, user } = await loggedIn(server)
    server.control.endSessions({ userId: String(user.objectId) })
    expect(await sdk.UserService.isValidLogin()).toBe(false)
    await expect(update(sdk, { objectId: user.objectId, name: 'x' })).rejects.toMatchObject({
      code: 3064,
      status: 400,
      message: `Not existing user token - ${String(user['user-token'])}. Relogin user to update your user token`,
      body: { errorData: {} },
    })
    // The SDK forgets the user on this code, and still rejects.
    await expect(sdk.UserService.logout()).rejects.toEqual(fault(3064, 400))
    expect(await sdk.UserService.getCurrentUser()).toBeNull()
  })

  it('loses its session to a second device', async () => {
    const server = await serve()
    const { sdk: first } = await loggedIn(server)
    const second = device(server)
    await login(second)
    expect(await first.UserService.isValidLogin()).toBe(false)
    expect(await second.UserService.isValidLogin()).toBe(true)
  })

  it('logs out, also when nobody is logged in', async () => {
    const { sdk, user } = await loggedIn(await serve())
    await sdk.UserService.logout()
    expect(await sdk.UserService.getCurrentUser()).toBeNull()
    await sdk.UserService.logout()
    expect(await update(sdk, { objectId: user.objectId, name: 'anonymous' })).toMatchObject({ name: 'anonymous' })
  })

  it('changes the password', async () => {
    const { sdk, user } = await loggedIn(await serve())
    expect(await update(sdk, { objectId: user.objectId, password: 'another' })).not.toHaveProperty('password')
    await expect(sdk.UserService.login(email, password)).rejects.toEqual(fault(3003, 401))
    expect(await sdk.UserService.login(email, 'another')).toMatchObject({ objectId: user.objectId })
  })

  it('describes the class', async () => {
    const { sdk, user } = await loggedIn(await serve())
    await update(sdk, { objectId: user.objectId, location: 'New York' })
    const columns = (await sdk.UserService.describeUserClass()) as { name: string; identity: boolean }[]
    const names = columns.map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(['location', 'email', 'created', 'updated', 'objectId']))
    expect(columns.filter(({ identity }) => identity).map(({ name }) => name)).toEqual(['email'])
  })

  it('finds users with a query it builds', async () => {
    const { sdk } = await loggedIn(await serve())
    for (const name of ['Ann', 'Bob', 'Cy']) {
      await sdk.UserService.register({ email: `${name}@example.com`, password, name } as never)
    }
    const store = sdk.Data.of(Backendless.User)
    const query = Backendless.DataQueryBuilder.create()
      .setWhereClause("name in ('Ann', 'Bob', 'Cy') and email like '%@example.com' and updated is null")
      .setSortBy(['name desc'])
      .setPageSize(2)
    expect(await store.find<{ name: string }>(query)).toMatchObject([{ name: 'Cy' }, { name: 'Bob' }])
    query.prepareNextPage()
    expect(await store.find<{ name: string }>(query)).toMatchObject([{ name: 'Ann' }])
    const some = Backendless.DataQueryBuilder.create().setProperties(['name']).setWhereClause("name = 'Ann'")
    const [ann] = await store.find<{ name: string }>(some)
    expect(ann).toMatchObject({ name: 'Ann' })
    expect(ann).not.toHaveProperty('email')
    expect(await store.getObjectCount("name like 'b%'")).toBe(1)
    expect(await store.findFirst<{ name: string }>()).toHaveProperty('email')
    await expect(store.find(Backendless.DataQueryBuilder.create().setWhereClause('name ='))).rejects.toEqual(
      fault(19_000, 400),
    )
    await expect(store.findById('NOBODY')).rejects.toMatchObject({ message: 'Entity with ID NOBODY not found' })
  })

  it('saves and removes a user as an object of the data service', async () => {
    const { sdk, user } = await loggedIn(await serve())
    const store = sdk.Data.of(Backendless.User)
    const ringo = (await store.save({
      email: 'ringo@example.com',
      name: 'Ringo',
      password,
    } as never)) as unknown as User
    expect(ringo).toBeInstanceOf(Backendless.User)
    expect(ringo).toMatchObject({ email: 'ringo@example.com', name: 'Ringo', ownerId: user.objectId })
    expect(ringo).not.toHaveProperty('password')
    expect(await store.save({ objectId: ringo.objectId, name: 'Ron' } as never)).toMatchObject({ name: 'Ron' })
    expect(await store.remove({ objectId: ringo.objectId } as never)).toMatchObject({
      deletionTime: expect.any(Number),
    })
    await expect(store.findById(String(ringo.objectId))).rejects.toMatchObject({
      code: 1000,
      message: `Entity with ID ${String(ringo.objectId)} not found`,
    })
    await expect(store.bulkCreate([{ email: 'x@example.com', password } as never])).rejects.toEqual(fault(8002, 501))
  })

  it('describes the table of users', async () => {
    const { sdk } = await loggedIn(await serve())
    const columns = (await sdk.Data.describe('Users')) as { name: string }[]
    expect(columns.map(({ name }) => name)).toEqual(expect.arrayContaining(['email', 'created']))
    await expect(sdk.Data.describe('NonExistingTable')).rejects.toEqual(fault(1009, 400))
  })

  it('finds values under other names, of functions, of groups and distinct', async () => {
    const { sdk } = await loggedIn(await serve())
    for (const [name, age] of [
      ['name1', 10],
      ['name2', 20],
      ['name2', 30],
    ] as const) {
      await sdk.UserService.register({ email: `${name}-${age}@example.com`, password, name, age } as never)
    }
    const store = sdk.Data.of('Users')
    const query = (...props: string[]) =>
      Backendless.DataQueryBuilder.create().setProperties(props).setWhereClause('age != NULL')
    const plain = async (builder: Backendless.DataQueryBuilder): Promise<unknown> =>
      JSON.parse(JSON.stringify(await store.find(builder.setSortBy('age')))) as unknown
    const of = (...rows: object[]): object[] => rows.map((row) => ({ ...row, ___class: 'Users' }))
    expect(await plain(query('age as Age', 'name'))).toEqual(
      of({ Age: 10, name: 'name1' }, { Age: 20, name: 'name2' }, { Age: 30, name: 'name2' }),
    )
    expect(await plain(query('Avg(age) as avgAge').setGroupBy('name'))).toEqual(of({ avgAge: 10 }, { avgAge: 25 }))
    expect(await plain(query('Avg(age) as avgAge').setGroupBy('name').setHavingClause('avgAge > 10'))).toEqual(
      of({ avgAge: 25 }),
    )
    expect(await plain(query('name').setDistinct(true))).toEqual(of({ name: 'name1' }, { name: 'name2' }))
    expect(await plain(query('name').setGroupBy('objectId').setDistinct(true))).toEqual(
      of({ name: 'name1' }, { name: 'name2' }),
    )
    const [all] = await store.find<{ Time: string; created: number }>(
      Backendless.DataQueryBuilder.create().addAllProperties().excludeProperties('name').addProperty('TIME(created)'),
    )
    expect(all).toMatchObject({ Time: expect.stringMatching(/^\d\d:\d\d:\d\d$/), created: expect.any(Number) })
    expect(all).not.toHaveProperty('name')
    const related = Backendless.DataQueryBuilder.create().setRelated(['friend'])
    await expect(store.find(related)).rejects.toEqual(fault(8002, 501))
  })

  it('is answered with the objectId beside the properties that it asks for, where an application says so', async () => {
    const server = await serve({ switches: { objectIdWithProps: 'on' } })
    const { sdk, user } = await loggedIn(server)
    const some = Backendless.DataQueryBuilder.create().addProperties('name')
    const [found] = await sdk.Data.of('Users').find(some)
    expect(Object.keys(found as object).toSorted()).toEqual(['___class', 'name', 'objectId'])
    expect(found).toMatchObject({ objectId: user.objectId })
  })

  it('logs in as a guest, who becomes a user by registering', async () => {
    const sdk = device(await serve())
    const guest = (await sdk.UserService.loginAsGuest()) as unknown as User
    expect(guest).toMatchObject({ userStatus: 'GUEST', ___class: 'Users', 'user-token': expect.any(String) })
    expect(await update(sdk, { ...guest, name: 'G' })).toMatchObject({ name: 'G', userStatus: 'GUEST' })
    const user = await sdk.UserService.register({ ...guest, email, password } as never)
    expect(user).toMatchObject({ objectId: guest.objectId, name: 'G', userStatus: 'ENABLED' })
    expect(await sdk.UserService.isValidLogin()).toBe(true)
    expect(await login(sdk)).toMatchObject({ objectId: guest.objectId })
  })

  it('asks for a recovery mail, and meets what only server code may do', async () => {
    const { sdk, user } = await loggedIn(await serve())
    await sdk.UserService.restorePassword(email)
    await expect(sdk.UserService.restorePassword('nobody@example.com')).rejects.toEqual(fault(3020, 400))
    await expect(sdk.UserService.disableUser(String(user.objectId))).rejects.toMatchObject({
      code: 3054,
      message: 'Operation allowed only for BL logic.',
    })
    await expect(sdk.UserService.verifyPassword(password)).rejects.toMatchObject({
      code: 3122,
      message: 'Password verification allowed only from CloudCode',
    })
    expect(await sdk.UserService.getUserRoles()).toContain('AuthenticatedUser')
  })
})
