import type { Observable } from 'rxjs'
import * as v from 'valibot'
import { describe, expectTypeOf, it } from 'vitest'
import {
  type BackendlessApp,
  type Contest,
  type Edit,
  type Fault,
  type FaultEvent,
  type FieldState,
  type FieldStates,
  type Json,
  type Live,
  openBackendless,
  type PendingEdit,
  type Properties,
  type RecordKey,
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
    expectTypeOf(users.fields$).toEqualTypeOf<Live<FieldStates<Me>>>()
    expectTypeOf(users.fields$.value.email).toEqualTypeOf<FieldState<Me> | undefined>()
    // @ts-expect-error: no property of a user
    void users.fields$.value.emial
    expectTypeOf(faults.open$).toEqualTypeOf<Live<readonly Fault<Me>[]>>()
    expectTypeOf(faults.events$).toEqualTypeOf<Observable<FaultEvent<Me>>>()
    expectTypeOf(faults.retry('f')).resolves.toEqualTypeOf<Edit<Me>>()
    expectTypeOf(settlement('e')).resolves.toEqualTypeOf<Settlement<Me>>()
    expectTypeOf({} as Edit<Me>)
      .toHaveProperty('settled')
      .resolves.toEqualTypeOf<Settlement<Me>>()
  })

  it('amends what refused edits may have had', () => {
    const { faults } = openBackendless<Me>(backend)
    expectTypeOf(faults.amend('f', { email: 'ann@x.co', name: null })).resolves.toEqualTypeOf<Edit<Me>>()
    // @ts-expect-error: no property of a user
    void faults.amend('f', { emial: 'ann@x.co' })
    // @ts-expect-error: not its type
    void faults.amend('f', { age: '30' })
    // @ts-expect-error: set by the backend
    void faults.amend('f', { created: 1 })
    void openBackendless(backend).faults.amend('f', { anything: [1] })
  })

  it('lists what is pending without a value', () => {
    const { pending$ } = openBackendless<Me>(backend)
    expectTypeOf(pending$).toEqualTypeOf<Observable<readonly PendingEdit[]>>()
    expectTypeOf<PendingEdit['key']>().toEqualTypeOf<RecordKey>()
    // @ts-expect-error: read only while somebody subscribes
    void pending$.value
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
    // The client stores the schema's input, not its output.
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

  it('makes one edit, or with `separately` one of each property', () => {
    const { users } = openBackendless<Me>(backend)
    expectTypeOf(users.update({ name: 'James' }, { meta: 1, replaces: 'e' })).resolves.toEqualTypeOf<Edit<Me>>()
    expectTypeOf(users.update({ name: 'James' }, { separately: true })).resolves.toEqualTypeOf<Edit<Me>[]>()
    expectTypeOf(users.update((me) => void (me.name = null), { separately: true, meta: 1 })).resolves.toEqualTypeOf<
      Edit<Me>[]
    >()
    // @ts-expect-error: a single edit takes the place of one
    void users.update({ name: 'James' }, { separately: true, replaces: 'e' })
    // @ts-expect-error: no option
    void users.update({ name: 'James' }, { mata: 1 })
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

describe('a fault', () => {
  it('has values of the type of the users, and names of their properties', () => {
    const fault = {} as Fault<Me>
    expectTypeOf(fault.mine.age).toEqualTypeOf<number | null | undefined>()
    expectTypeOf(fault.base.email).toEqualTypeOf<string | null | undefined>()
    expectTypeOf(fault.theirs.name).toEqualTypeOf<string | null | undefined>()
    // @ts-expect-error: no property of a user
    void fault.mine.emial
    for (const property of fault.properties) expectTypeOf(fault.mine[property]).not.toBeAny()
    expectTypeOf(fault.offending).toEqualTypeOf<readonly (keyof Me)[]>()
  })

  it('is frozen, and so are its lists', () => {
    const fault = {} as Fault<Me>
    // @ts-expect-error: frozen
    fault.editIds.push('e')
    // @ts-expect-error: frozen
    fault.properties.push('name')
    // @ts-expect-error: frozen
    fault.offending.push('name')
    // @ts-expect-error: frozen
    fault.stored.push('name')
    // @ts-expect-error: frozen
    fault.overtaken?.push('name')
  })

  it('of any type is one that code for all of them takes', () => {
    const take = (fault: Fault): Properties => fault.mine
    expectTypeOf(take).toBeCallableWith({} as Fault<Me>)
    expectTypeOf(take).toBeCallableWith({} as Fault<User>)
    expectTypeOf<Fault<User>['mine']>().toEqualTypeOf<Properties>()
  })
})

describe('a contest', () => {
  it('is what `resolve` decides', () => {
    const resolve = ({ property, mine, theirs }: Contest): Json => (property === 'name' ? theirs : mine)
    openBackendless({ ...backend, resolve })
  })
})

describe('a settlement', () => {
  it('is told apart by its outcome', () => {
    const settlement = {} as Settlement
    if (settlement.outcome === 'rejected') expectTypeOf(settlement.fault).toEqualTypeOf<Fault>()
    // @ts-expect-error: only a rejected one has a fault
    if (settlement.outcome === 'accepted') void settlement.fault
    const ofMe = {} as Settlement<Me>
    if (ofMe.outcome === 'accepted') expectTypeOf(ofMe.user).toEqualTypeOf<Me>()
    if (ofMe.outcome === 'rejected') expectTypeOf(ofMe.fault).toEqualTypeOf<Fault<Me>>()
  })
})
