import { describe, expect, it } from 'vitest'
import { isRefused, learn } from '../../src/backendless/unknown-properties.js'
import type { Json } from '../../src/backendless/index.js'
import type { Reply } from '../../src/endpoint/endpoint.js'

const description = [
  { name: 'name', type: 'STRING' },
  { name: 'age', type: 'INT' },
]
const refusal = (code: number): Reply => ({ ok: false, failure: { kind: 'validation', code, message: 'no' } })
const stored = (record: { [property: string]: Json }): Reply => ({ ok: true, record: { objectId: 'U1', ...record } })

describe('a refusal with 3031', () => {
  const lesson = learn(undefined, { nick: 'J', name: 'James' }, refusal(3031), description)

  it('tells that the backend takes no new property', () => {
    expect(lesson).toEqual({ nick: true })
    expect(isRefused('nick', lesson, description)).toBe(true)
    expect(isRefused('hobby', lesson, description)).toBe(true)
  })

  it('is forgotten when the description has by now what was refused', () => {
    const grown = [...description, { name: 'nick', type: 'STRING' }]
    expect(isRefused('hobby', lesson, grown)).toBe(false)
  })

  it('is forgotten when another new property was stored', () => {
    expect(learn(lesson, { hobby: 'chess' }, stored({ hobby: 'chess' }), description)).toBeUndefined()
  })

  it('stays over every other answer', () => {
    for (const reply of [refusal(3045), refusal(3031), stored({ name: 'James' })])
      expect(learn(lesson, { name: 'James' }, reply, description)).toBe(lesson)
    expect(learn(lesson, { nick: null }, stored({ nick: null }), description)).toBe(lesson)
  })

  it('of properties that the description has tells that the description is old, and no more', () => {
    expect(learn(undefined, { name: 'James' }, refusal(3031), description)).toBeUndefined()
    expect(learn(undefined, { nick: 'J' }, refusal(3031), [])).toBeUndefined()
  })
})

describe('a property that is left out in silence', () => {
  it('is known by itself: others may still be taken', () => {
    const lesson = learn(undefined, { nick: 'J', name: 'James' }, stored({ name: 'James' }), description)
    expect(lesson).toEqual({ nick: false })
    expect(isRefused('nick', lesson, description)).toBe(true)
    expect(isRefused('hobby', lesson, description)).toBe(false)
    expect(learn(lesson, { hobby: 'chess' }, stored({}), description)).toEqual({ nick: false, hobby: false })
  })
})
