import { expect, test } from 'vitest'
import { type EngineState, engineStateOf } from '../../src/model/engine-state.js'

test('a state that another tab told is taken as it is', () => {
  const state: EngineState = {
    sending: true,
    online: true,
    hold: { kind: 'configuration', code: 2002, status: 400, message: 'no such app' },
    failure: { kind: 'server', reason: 'portal', message: 'no proof' },
    nextAttemptAtMs: 5,
    lastReplyAtMs: 4,
  }
  expect(engineStateOf(structuredClone(state))).toEqual(state)
  expect(engineStateOf({ sending: false, online: false })).toEqual({ sending: false, online: false })
})

test.each([undefined, null, 7, 'sending', [], {}, { sending: 1, online: true }, { sending: true }])(
  'what is no state is none: %j',
  (told) => {
    expect(engineStateOf(told)).toBe(undefined)
  },
)

test.each([
  { hold: { kind: 'server', message: 'holds nothing' } },
  { hold: { kind: 'constructor', message: '' } },
  { hold: { kind: 'auth' } },
  { failure: 'no' },
  { failure: { kind: 'toString', message: 'no kind' } },
  { failure: { kind: 'server', message: 7 } },
  { nextAttemptAtMs: Infinity, lastReplyAtMs: '4' },
  { nextAttemptAtMs: Number.NaN },
  { token: 'secret', __proto__: { hold: 1 } },
])('what does not belong in it is left out: %j', (more) => {
  expect(engineStateOf({ sending: false, online: true, ...more })).toEqual({ sending: false, online: true })
})

test('of a failure only what is known is taken', () => {
  const failure = { kind: 'server', message: 'm', code: {}, status: '5', details: { token: 'secret' }, more: 1 }
  expect(engineStateOf({ sending: false, online: true, failure })).toEqual({
    sending: false,
    online: true,
    failure: { kind: 'server', message: 'm' },
  })
})
