import { describe, expect, it } from 'vitest'
import { checkEdit as checkAny } from '../../src/backendless/check-edit.js'
import type { Json, Patch, Properties } from '../../src/backendless/index.js'

const checkEdit = (patch: Patch, view: Properties, description?: Json, lesson?: Json) =>
  checkAny({ collection: 'users', op: 'update', patch, view, description, lesson })

const view = { objectId: 'U1', email: 'ann@x.co', name: 'Ann', created: 1, ___class: 'Users' }

describe('checkEdit', () => {
  it('lets what changes through', () => {
    expect(checkEdit({ name: 'Bo', email: null, blUserLocale: 'de', anything: { a: [1] } }, view)).toBeUndefined()
  })

  it("lets the record's own id through, and refuses another's as the documented operation does", () => {
    expect(checkEdit({ objectId: 'U1', name: 'Bo' }, view)).toBeUndefined()
    expect(checkEdit({ objectId: 'U2', name: 'Bo' }, view)).toMatchObject({
      name: 'InvalidEditError',
      property: 'objectId',
      value: 'U2',
      code: 3029,
    })
    expect(checkEdit({ objectId: null }, view)).toMatchObject({ code: 3029 })
  })

  it('cannot judge an id where the record is not known yet', () => {
    expect(checkEdit({ objectId: 'U2' }, {})).toBeUndefined()
  })

  it('refuses a whole user object, and names the draft form', () => {
    const error = checkEdit({ ...view, name: 'Bo', updated: 2, 'user-token': 't' }, view)
    expect(error).toMatchObject({ property: 'created', value: 1 })
    expect(error!.message).toContain('update(user => { user.name = … })')
  })

  it.each(['created', 'updated', 'ownerId', '___class', 'lastLogin'])(
    'refuses %s, which the backend sets',
    (property) => {
      expect(checkEdit({ [property]: 1 }, view)).toMatchObject({
        property,
        value: 1,
        rule: expect.stringContaining('backend'),
      })
    },
  )

  it('refuses the user status with its code', () => {
    expect(checkEdit({ userStatus: 'ENABLED' }, view)).toMatchObject({ property: 'userStatus', code: 3054 })
  })

  it.each(['password', 'Password', 'passwordRepeat', 'new_PASSWORD', 'user-token'])(
    'refuses a %s without repeating it',
    (property) => {
      const error = checkEdit({ [property]: 's3cret-value' }, view)!
      expect(error).toMatchObject({ property })
      expect(error.value).toBeUndefined()
      expect(error.rule + error.message + error.stack).not.toContain('s3cret-value')
    },
  )

  it.each<[Json]>([
    [{ ___operation: 'JSON_SET', args: { '$.a': 1 } }],
    [{ ___class: 'BackendlessExpression', value: 'age + 1' }],
    [[{ deep: { ___class: 'BackendlessExpression', value: 'age + 1' } }]],
    [{ a: { ___operation: 'JSON_REMOVE', args: [] } }],
  ])('refuses %j, which the server computes, by the name of its property', (value) => {
    expect(checkEdit({ name: 'Bo', prefs: value }, view)).toMatchObject({
      name: 'InvalidEditError',
      property: 'prefs',
      value,
      rule: expect.stringContaining('compute'),
    })
  })

  it('lets a value with another class through', () => {
    const place = { type: 'Point', coordinates: [1, 2], ___class: 'com.backendless.persistence.Point' }
    expect(checkEdit({ place, prefs: { operation: 'x' } }, view)).toBeUndefined()
  })

  it('names changePassword', () => {
    expect(checkEdit({ password: 'x' }, view)!.message).toContain('changePassword')
  })
})

describe('with a description', () => {
  const column = (name: string, type: string, more: object = {}) => ({ name, type, required: false, ...more })
  const description = [
    column('objectId', 'STRING_ID', { required: true, isPrimaryKey: true }),
    column('email', 'STRING', { required: true, identity: true }),
    column('city', 'STRING', { required: true, defaultValue: null }),
    column('role', 'STRING', { required: true, defaultValue: 'guest' }),
    column('age', 'INT'),
    column('score', 'DOUBLE'),
    column('adult', 'BOOLEAN'),
    column('born', 'DATETIME'),
    column('bio', 'TEXT'),
    column('prefs', 'JSON'),
    column('place', 'POINT'),
    column('friends', 'RELATION_LIST'),
    column('oddity', 'UNKNOWN'),
    column('toString', 'constructor'),
    column('initials', 'STRING', { expression: 'left(name, 1)' }),
    column('zip', 'STRING', { customRegex: '[0-9]{5}' }),
  ]
  const full = { ...view, city: 'Rome', role: 'admin' }
  const check = (patch: Patch, lesson?: Json) => checkEdit(patch, full, description, lesson)

  it.each<[string, Json]>([
    ['age', 'old'],
    ['age', '12 years'],
    ['age', '1,5'],
    ['age', []],
    ['age', { years: 12 }],
    ['score', 'high'],
    ['adult', 'perhaps'],
    ['adult', {}],
    ['born', 'tomorrow'],
    ['born', true],
    ['born', { day: 1 }],
    ['email', ['ann@x.co']],
    ['bio', { text: 'a' }],
  ])('refuses for %s what no column of its type can hold: %j', (property, value) => {
    const { type } = description.find(({ name }) => name === property)!
    expect(check({ name: 'Bo', [property]: value })).toMatchObject({
      name: 'InvalidEditError',
      property,
      value,
      rule: `its type is ${type}`,
    })
  })

  it.each<[string, Json]>([
    ...[12, -1.5, '12', ' 12 ', '-1.5e3', '', true, false, null].flatMap((value): [string, Json][] => [
      ['age', value],
      ['score', value],
    ]),
    ...[true, 0, 1, 'true', 'FALSE', 'yes', 'n', '0', '', null].map((value): [string, Json] => ['adult', value]),
    ...[0, 1_700_000_000_000, '1700000000000', '2024-05-01', '05/01/2024 10:00:00 GMT+0000', 'May 1, 2024', null].map(
      (value): [string, Json] => ['born', value],
    ),
    ...[12, true, 'x', '', null].map((value): [string, Json] => ['bio', value]),
    ...['not JSON', 1, [], { a: [1] }, null].map((value): [string, Json] => ['prefs', value]),
    ['place', 'POINT (1 2)'],
    ['place', { type: 'Point', coordinates: [1, 2] }],
    ['friends', ['U2']],
    ['oddity', { anything: [true] }],
    ['toString', 5],
    ['zip', 'none'],
    ['unheardOf', { of: 1 }],
  ])('lets through for %s what a server might take: %j', (property, value) => {
    expect(check({ [property]: value })).toBeUndefined()
  })

  it.each([null, ''])('refuses to empty a required property with %j', (value) => {
    expect(check({ city: value })).toMatchObject({ property: 'city', value, code: 3045 })
  })

  it('lets a required property be empty where it was, or where the backend has a value for it', () => {
    expect(checkEdit({ email: null }, { objectId: 'U1' }, description)).toBeUndefined()
    expect(check({ role: null })).toBeUndefined()
    expect(check({ city: ' ' })).toBeUndefined()
  })

  it('refuses what the backend computes, and lets pass what is there already', () => {
    expect(check({ initials: 'A' })).toMatchObject({ property: 'initials', rule: 'only the backend sets it' })
    expect(check({ objectId: 'U1', name: 'Bo' })).toBeUndefined()
    expect(checkEdit({ age: 'old' }, { age: 'old' }, description)).toBeUndefined()
  })

  it('believes no description that is none', () => {
    for (const none of [undefined, null, {}, [], [{ name: 'age' }], 'INT'])
      expect(checkEdit({ age: 'old', city: '' }, full, none as Json)).toBeUndefined()
  })

  it('refuses an unknown property only where answers have told that it would be', () => {
    expect(check({ nick: 'J' })).toBeUndefined()
    expect(check({ nick: 'J' }, { other: true })).toMatchObject({ property: 'nick', value: 'J', code: 3031 })
    expect(check({ nick: 'J' }, { other: false })).toBeUndefined()
    expect(check({ nick: 'J' }, { nick: false })).toMatchObject({ code: 3031 })
    expect(check({ city: 'Oslo', age: 3 }, { other: true, nick: false })).toBeUndefined()
    expect(checkEdit({ nick: 'J' }, full, undefined, { other: true })).toBeUndefined()
  })
})

it.each(['create', 'delete'] as const)('refuses to %s a user', (op) => {
  expect(checkAny({ collection: 'users', op, patch: {}, view })).toMatchObject({
    name: 'InvalidEditError',
    rule: expect.stringContaining(op),
  })
})
