import * as v from 'valibot'
import { describe, expectTypeOf, it } from 'vitest'
import {
  type BackendlessApp,
  type Edit,
  type Fault,
  type FieldStates,
  type Json,
  type Live,
  openBackendless,
  type Settlement,
  type StandardSchema,
  type SystemProperties,
  type User,
  type UserPatch,
} from '../../src/backendless/index.js'

const backend = { appId: 'MY-APP', apiKey: 'MY-KEY' }

interface Me extends SystemProperties {
  email: string
  name: string | null
  age?: number
  password?: string
}

describe('openBackendless', () => {
  it('without a type of its own has users of any properties', () => {
    const app = openBackendless(backend)
    expectTypeOf(app).toEqualTypeOf<BackendlessApp<User>>()
    expectTypeOf(app.users.current$).toEqualTypeOf<Live<User | undefined>>()
    expectTypeOf(app.users.current$.value!.objectId).toEqualTypeOf<string>()
    expectTypeOf(app.users.current$.value!['anything']).toEqualTypeOf<Json | undefined>()
  })

  it('takes the type of the users', () => {
    const { users, faults, settlement } = openBackendless<Me>(backend)
    expectTypeOf(users.current$.value).toEqualTypeOf<Me | undefined>()
    expectTypeOf(users.login('ann@x.co', 'secret')).resolves.toEqualTypeOf<Me>()
    expectTypeOf(users.update({ name: 'James' })).resolves.toEqualTypeOf<Edit<Me>>()
    expectTypeOf(users.fields$.value).toEqualTypeOf<FieldStates>()
    expectTypeOf(faults.open$.value).toEqualTypeOf<readonly Fault[]>()
    expectTypeOf(settlement('e')).resolves.toEqualTypeOf<Settlement>()
  })

  it('infers the type from a schema', () => {
    const schema = v.object({
      objectId: v.string(),
      name: v.nullable(v.string()),
      nick: v.optional(v.string()),
      born: v.pipe(
        v.number(),
        v.transform((ms) => new Date(ms)),
      ),
    })
    const { users } = openBackendless({ ...backend, schema })
    type Stored = { objectId: string; name: string | null; nick?: string | undefined; born: number }
    // What is stored is what the schema takes, not what it makes of it.
    expectTypeOf(users.current$.value).toEqualTypeOf<Stored | undefined>()
    expectTypeOf(users.update).toBeCallableWith({ born: 0, nick: null })
    // @ts-expect-error: no date
    void users.update({ born: new Date() })
    expectTypeOf(schema).toExtend<StandardSchema<Stored>>()
  })

  it('takes a type and a schema that fit each other', () => {
    const schema = v.object({ email: v.string(), name: v.nullable(v.string()) })
    openBackendless<{ email: string; name: string | null }>({ ...backend, schema })
    // @ts-expect-error: the schema takes no such user
    openBackendless<{ email: string; name: number }>({ ...backend, schema })
    // @ts-expect-error: no schema
    openBackendless({ ...backend, schema: { name: 'string' } })
  })

  it('wants a backend', () => {
    openBackendless({ baseUrl: 'https://x.backendless.app/api' })
    // @ts-expect-error: an application id alone names none
    openBackendless({ appId: 'MY-APP' })
    // @ts-expect-error: neither does nothing
    openBackendless({})
  })
})

describe('a patch', () => {
  it('has what may change, each property optional, and null where it clears', () => {
    expectTypeOf<UserPatch<Me>>().toEqualTypeOf<{
      readonly email?: string | null
      readonly name?: string | null
      readonly age?: number | null
    }>()
  })

  it('leaves out what the backend sets, and the password', () => {
    expectTypeOf<keyof UserPatch<Me> & (keyof SystemProperties | 'password')>().toBeNever()
    const { users } = openBackendless<Me>(backend)
    void users.update({ name: 'James', age: null })
    // @ts-expect-error: set by the backend
    void users.update({ created: 1 })
    // @ts-expect-error: online only
    void users.update({ password: 'x' })
    // @ts-expect-error: no property of a user
    void users.update({ nmae: 'James' })
    // @ts-expect-error: not its type
    void users.update({ age: '30' })
  })

  it('of users without a type leaves them out as well', () => {
    const { users } = openBackendless(backend)
    void users.update({ anything: { at: ['all'] } })
    // @ts-expect-error: online only
    void users.update({ password: 'x' })
    // @ts-expect-error: set by the backend
    void users.update({ updated: 1 })
    // @ts-expect-error: no JSON
    void users.update({ born: new Map() })
  })
})

describe('a draft', () => {
  it('can be written where a patch could, and read everywhere', () => {
    const { users } = openBackendless<Me>(backend)
    void users.update((me) => {
      me.name = null
      expectTypeOf(me.email).toEqualTypeOf<string | null>()
      expectTypeOf(me.objectId).toEqualTypeOf<string>()
      // @ts-expect-error: set by the backend
      me.created = 1
      // @ts-expect-error: not there
      void me.password
    })
  })

  it('of users without a type can be written by any name', () => {
    const { users } = openBackendless(backend)
    void users.update((user) => {
      user['nick'] = 'J'
      expectTypeOf(user['hobby']).toEqualTypeOf<Json | undefined>()
    })
  })
})

describe('a settlement', () => {
  it('is told apart by its outcome', () => {
    const settlement = {} as Settlement
    if (settlement.outcome === 'rejected') expectTypeOf(settlement.fault).toEqualTypeOf<Fault>()
    // @ts-expect-error: only a rejected one has a fault
    if (settlement.outcome === 'accepted') void settlement.fault
  })
})
