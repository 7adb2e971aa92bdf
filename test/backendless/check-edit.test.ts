import { describe, expect, it } from 'vitest'
import { checkEdit } from '../../src/backendless/check-edit.js'

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

  it.each(['password', 'user-token'])('refuses a %s without repeating it', (property) => {
    const error = checkEdit({ [property]: 's3cret-value' }, view)!
    expect(error).toMatchObject({ property })
    expect(error.value).toBeUndefined()
    expect(error.rule + error.message + error.stack).not.toContain('s3cret-value')
  })

  it('names changePassword', () => {
    expect(checkEdit({ password: 'x' }, view)!.message).toContain('changePassword')
  })
})
