import fc from '../support/fast-check.js'
import { expect, test } from 'vitest'
import type { SenderState } from '../../src/model/sender-state.js'
import { type Message, messageOf } from '../../src/model/messages.js'

const nothing: Message = {
  version: undefined,
  unhurried: false,
  sender: undefined,
  described: false,
  rules: undefined,
  isAnswer: false,
  sessionId: undefined,
  token: undefined,
  word: undefined,
  released: undefined,
}

test.each<[unknown, Partial<Message>]>([
  [{ version: 7 }, { version: 7 }],
  [
    { version: 7, unhurried: true },
    { version: 7, unhurried: true },
  ],
  [{ described: true }, { described: true }],
  [{ rules: { conflicts: 'compare' } }, { rules: { conflicts: 'compare' } }],
  [
    { rules: 5, isAnswer: true },
    { rules: {}, isAnswer: true },
  ],
  [{ sessionId: 's1' }, { sessionId: 's1' }],
  [
    { sessionId: 's1', token: 't' },
    { sessionId: 's1', token: 't' },
  ],
  ['held?', { word: 'held?' }],
  ['held', { word: 'held' }],
  ['look', { word: 'look' }],
  [{ released: 3 }, { released: 3 }],
  [{ released: undefined }, {}],
])('%j is known', (told, parts) => {
  expect(messageOf(structuredClone(told))).toEqual({ ...nothing, ...parts })
})

test('of what a sender tells, only what others show is taken', () => {
  const failure = { kind: 'server', reason: 'portal', code: 7, status: 500, message: 'no proof' } as const
  const sender: SenderState = {
    sending: true,
    online: false,
    hold: { kind: 'configuration', message: 'no such app' },
    nextAttemptAtMs: 5,
    lastReplyAtMs: 4,
    failure,
  }
  expect(messageOf({ engine: sender })).toEqual({ ...nothing, sender: { sending: true, lastReplyAtMs: 4, failure } })
})

test.each([
  undefined,
  null,
  7,
  'sending',
  [],
  {},
  { engine: { sending: 1, online: true } },
  { engine: 'sending' },
  { version: Infinity },
  { version: -1 },
  { version: 1.5 },
  { version: '7' },
  { version: Number.MAX_SAFE_INTEGER },
  { unhurried: 1, described: 'yes' },
  { sessionId: 5, token: {} },
  { sessionId: 's'.repeat(20_000) },
  { released: Number.NaN },
  { released: 1e300 },
])('a message that is none of ours says nothing: %#', (told) => {
  expect(messageOf(told)).toEqual(nothing)
})

test('no version is no news, however unhurried', () => {
  expect(messageOf({ version: Number.NaN, unhurried: true })).toEqual({ ...nothing, unhurried: true })
})

test.each([
  { failure: 'no' },
  { failure: { kind: 'toString', message: 'no kind' } },
  { failure: { kind: 'server', message: 7 } },
  { failure: { kind: 'server', message: 'm'.repeat(20_000) } },
  { lastReplyAtMs: '4' },
  { lastReplyAtMs: Number.NaN },
  { token: 'secret', __proto__: { hold: 1 } },
])('a part that does not belong into the news of a sender is left out: %#', (more) => {
  const sender = { sending: false, lastReplyAtMs: undefined, failure: undefined }
  expect(messageOf({ engine: { sending: false, online: true, ...more } })).toEqual({ ...nothing, sender })
})

test('of a failure only what is known is taken', () => {
  const failure = { kind: 'server', message: 'm', code: {}, status: '5', details: { token: 'secret' }, more: 1 }
  expect(messageOf({ engine: { sending: false, failure } }).sender!.failure).toEqual({ kind: 'server', message: 'm' })
})

test('no part of any posted value comes out in a wrong form', () => {
  fc.assert(
    fc.property(fc.anything({ maxDepth: 3, withBigInt: true, withDate: true, withMap: true }), (told) => {
      for (const message of [
        messageOf(told),
        messageOf({ engine: told, version: told, token: told, released: told }),
      ]) {
        const { version = 0, released = 0, sender, token = '', sessionId = '', ...flags } = message
        expect([version, released].every((number) => Number.isSafeInteger(number) && number >= 0)).toBe(true)
        expect([typeof token, typeof sessionId]).toEqual(['string', 'string'])
        expect([typeof flags.unhurried, typeof flags.described]).toEqual(['boolean', 'boolean'])
        if (sender) expect(typeof sender.sending).toBe('boolean')
      }
    }),
  )
})
