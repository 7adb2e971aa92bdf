import { describe, expect, it } from 'vitest'
import { offendingOf, refusalOf } from '../../src/backendless/refusal.js'
import type { Json } from '../../src/model/record.js'

const refusal = (json: Json | undefined, status = 400): ReturnType<typeof refusalOf> =>
  refusalOf({ status, ...(json !== undefined && { json }) }, {})

describe('a refusal', () => {
  it.each([200, 400, 401, 403, 404, 409, 410, 422, 500])('is told by its shape at status %d', (status) => {
    expect(refusal({ code: 3045, message: 'empty', errorData: {} }, status)).toEqual({
      kind: 'validation',
      code: 3045,
      status,
      message: 'empty',
    })
  })

  it.each<[string, Json | undefined]>([
    ['nothing', undefined],
    ['null', null],
    ['a list', [{ code: 3045, message: 'x' }]],
    ['a text', 'fault'],
    ['true', true],
    ['no code', { message: 'Not Found' }],
    ['a code as text', { code: '3045', message: 'x' }],
    ['a broken code', { code: 3045.5, message: 'x' }],
    ['no message', { code: 3045 }],
    ['a message that is no text', { code: 3045, message: { text: 'x' } }],
    ['a user with columns of those names', { objectId: 'U', code: 3045, message: 'x' }],
  ])('is not %s', (_name, json) => {
    for (const status of [200, 400, 403, 404, 409, 500]) expect(refusal(json, status)).toBeUndefined()
  })

  it.each([
    [503, 503],
    [502, 502],
    [500, 500],
    [404, 404],
    [400, 400],
    [429, 429],
    [429, 0],
    [503, 77],
  ])("is not a gateway's own JSON: status %d, code %d", (status, code) => {
    expect(refusal({ code, message: 'Bad gateway' }, status)).toBeUndefined()
  })

  it('keeps a known code, and an app code of 500, at a bad status', () => {
    expect(refusal({ code: 3018, message: 'x' }, 503)).toMatchObject({ kind: 'conflict' })
    expect(refusal({ code: 0, message: 'x' }, 500)).toMatchObject({ kind: 'other' })
    expect(refusal({ code: 500, message: 'x' }, 400)).toMatchObject({ kind: 'other', code: 500 })
  })

  it.each([
    [500, 500],
    [404, 404],
    [200, 200],
  ])("is the app's own code at the status of the same number, where errorData proves it: %d", (status, code) => {
    expect(refusal({ code, message: 'no such team', errorData: {} }, status)).toMatchObject({
      kind: 'other',
      code,
      message: 'no such team',
    })
  })

  it.each<[Json | undefined]>([[null], [undefined], [7], [{ text: 'x' }]])(
    'needs no text where errorData proves it: message %j',
    (message) => {
      const json = { code: 500, errorData: {}, ...(message !== undefined && { message }) }
      expect(refusal(json, 500)).toMatchObject({
        kind: 'other',
        code: 500,
        message: 'The backend refused with code 500, and gave no message',
      })
    },
  )

  it.each<[Json]>([[null], [''], [0], [true]])('takes no errorData of %j for a proof', (errorData) => {
    expect(refusal({ code: 500, message: 'x', errorData }, 500)).toBeUndefined()
  })

  it.each([408, 425, 429, 503])('is no unknown code at %d, which asks to come again', (status) => {
    expect(refusal({ code: 77, message: 'x', errorData: {} }, status)).toBeUndefined()
  })

  it('keeps details, and a wait', () => {
    expect(
      refusalOf(
        { status: 429, retryAfterMs: 5000, json: { code: 999, message: 'slow', errorData: { limit: 60 } } },
        {},
      ),
    ).toEqual({ kind: 'busy', code: 999, status: 429, message: 'slow', details: { limit: 60 }, retryAfterMs: 5000 })
  })

  it('keeps markup as the text that it is', () => {
    const message = '<img src=x onerror=alert(1)>'
    expect(refusal({ code: 3024, message })!.message).toBe(message)
  })

  it('does not repeat the token that it refuses, which may be an older one', () => {
    const message = 'Not existing user token - 1234-ABCD. Relogin user to update your user token'
    const failure = refusal({ code: 3064, message, errorData: message })
    expect(failure).toMatchObject({ kind: 'auth', code: 3064 })
    expect(failure!.message).toMatch(/^Not existing user token - …\.? Relogin user/)
    expect(failure!.details).toBeUndefined()
  })
})

describe('the offending properties', () => {
  const description = [
    { name: 'email', type: 'STRING', required: true, identity: false },
    { name: 'login', type: 'STRING', required: true, identity: true },
    { name: 'age', type: 'INT', required: false, identity: false },
  ]
  const patch = { login: 'ann', email: ' ', age: null, team: 'x' }

  it.each<[number, string[]]>([
    [3018, ['login']],
    [3033, ['login']],
    [3045, ['email']],
    [3031, ['team']],
    [3024, []],
  ])('of %d, with a description', (code, offending) => {
    expect(offendingOf(code, patch, description)).toEqual(offending)
  })

  it.each<[number, string[]]>([
    [3018, ['email']],
    [3033, ['email']],
    [3045, []],
    [3031, []],
  ])('of %d, without one', (code, offending) => {
    expect(offendingOf(code, patch)).toEqual(offending)
  })

  it('are among those of the patch', () => {
    expect(offendingOf(3018, { age: 1 }, description)).toEqual([])
    expect(offendingOf(3018, { age: 1 })).toEqual([])
    expect(offendingOf(3045, { age: null, login: null }, description)).toEqual(['login'])
  })

  it('are unknown when the description is none', () => {
    for (const none of [null, {}, [], 'x', [1], [{ name: 'email' }]]) expect(offendingOf(3045, patch, none)).toEqual([])
  })
})
