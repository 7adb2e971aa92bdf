import { describe, expect, it } from 'vitest'
import type { Json } from '../../src/model/record.js'
import { judge } from '../../src/rest/verdict.js'

const isRecord = (json: Json): boolean => typeof json === 'object' && json !== null && 'id' in json

/** By the shape of the body: a fault, an empty body, and a body that is neither (a record, a list, a text). */
const table: readonly (readonly [status: number, fault: string, empty: string, other: string])[] = [
  [200, 'proof', 'proof', 'proof'],
  [201, 'proof', 'proof', 'proof'],
  [202, 'proof', 'proof', 'proof'],
  [204, 'proof', 'proof', 'proof'],
  [207, 'proof', 'proof', 'proof'],
  [300, 'server', 'server', 'server'],
  [304, 'server', 'server', 'server'],
  [400, 'validation', 'server', 'server'],
  [401, 'auth', 'auth', 'auth'],
  [402, 'configuration', 'configuration', 'configuration'],
  [403, 'forbidden', 'forbidden', 'server'],
  [404, 'gone', 'gone', 'server'],
  [405, 'configuration', 'configuration', 'configuration'],
  [406, 'configuration', 'configuration', 'configuration'],
  [407, 'server', 'server', 'server'],
  [408, 'busy', 'busy', 'busy'],
  [409, 'conflict', 'server', 'server'],
  [410, 'gone', 'gone', 'server'],
  [412, 'conflict', 'conflict', 'server'],
  [413, 'validation', 'server', 'server'],
  [415, 'configuration', 'configuration', 'configuration'],
  [418, 'other', 'server', 'server'],
  [419, 'auth', 'auth', 'auth'],
  [421, 'server', 'server', 'server'],
  [422, 'validation', 'server', 'server'],
  [423, 'other', 'server', 'server'],
  [425, 'busy', 'busy', 'busy'],
  [428, 'configuration', 'configuration', 'configuration'],
  [429, 'busy', 'busy', 'busy'],
  [431, 'other', 'server', 'server'],
  [451, 'other', 'server', 'server'],
  [500, 'server', 'server', 'server'],
  [501, 'configuration', 'configuration', 'configuration'],
  [502, 'server', 'server', 'server'],
  [503, 'busy', 'busy', 'busy'],
  [504, 'server', 'server', 'server'],
  [511, 'server', 'server', 'server'],
]

const kindOf = (status: number, json?: Json): string =>
  judge({ status, ...(json !== undefined && { json }) }, undefined, isRecord)?.failure.kind ?? 'proof'

describe('the kind of an answer', () => {
  it.each(table)('%d: a fault %s, an empty body %s, any other body %s', (status, fault, empty, other) => {
    for (const json of [{ error: 'No' }, {}, { detail: 'No' }, { errors: { title: ['No'] } }])
      expect(kindOf(status, json)).toBe(fault)
    expect(kindOf(status)).toBe(empty)
    for (const json of [{ id: 5 }, [], [{ error: 'No' }], 'No', '', 5, true, null])
      expect(kindOf(status, json)).toBe(other)
  })
})

describe('a refusal', () => {
  it('has the words of the server, its status and its JSON', () => {
    const json = { code: 'E1', message: 'The title is too long.', errors: { title: ['too long'] } }
    expect(judge({ status: 422, json, retryAfterMs: 5 }, undefined, isRecord)).toMatchObject({
      failure: {
        kind: 'validation',
        code: 'E1',
        status: 422,
        message: 'The title is too long.',
        details: json,
        retryAfterMs: 5,
      },
      words: { names: ['title'] },
    })
  })

  it('says its status where the server says nothing', () => {
    const { failure } = judge({ status: 422, json: {} }, undefined, isRecord)!
    expect(failure).toMatchObject({ message: 'The backend answered with status 422' })
    expect(failure.details).toBeUndefined()
  })

  it('of a value that is taken says so', () => {
    expect(judge({ status: 409, json: {} }, undefined, isRecord)).toMatchObject({
      failure: { kind: 'conflict', reason: 'taken' },
    })
  })

  it('keeps the words of a server in trouble, and its order to wait', () => {
    expect(
      judge({ status: 503, json: { message: 'Back at noon' }, retryAfterMs: 7 }, undefined, isRecord),
    ).toMatchObject({
      failure: { kind: 'busy', message: 'Back at noon', retryAfterMs: 7 },
    })
  })
})

describe("the app's own word on an answer", () => {
  it('comes first, for a 2xx too, and is doubted by nothing', () => {
    const own = judge(
      { status: 200, json: { success: false, message: 'No' } },
      () => ({ kind: 'validation' }),
      isRecord,
    )
    expect(own).toMatchObject({ failure: { kind: 'validation', status: 200, message: 'No' }, isOwn: true })
  })

  it('is asked with status and JSON, without the latter where the body is empty', () => {
    const asked: unknown[] = []
    const none = (...about: unknown[]): undefined => void asked.push(about)
    judge({ status: 404 }, none, isRecord)
    judge({ status: 200, json: { id: 1 } }, none, isRecord)
    expect(asked).toEqual([
      [404, undefined],
      [200, { id: 1 }],
    ])
  })

  it('may say more than the kind', () => {
    const said = { kind: 'conflict', reason: 'stale', code: 9, message: 'Mine', offending: ['title'] } as const
    expect(judge({ status: 400, json: {} }, () => said, isRecord)?.failure).toMatchObject(said)
  })

  it.each([null, {}, { kind: 'nonsense' }, 'validation'])('is an error where it is %j', (value) => {
    expect(() => judge({ status: 400, json: {} }, () => value as never, isRecord)).toThrow(
      '"failure" gives no kind for the status 400',
    )
  })
})
