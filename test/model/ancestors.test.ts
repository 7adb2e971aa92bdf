import { describe, expect, it } from 'vitest'
import { ancestorsFor, ancestorsOf, earliestOf, inherit, seenOf } from '../../src/model/ancestors.js'
import { makeEdit } from './make-edit.js'

const lane = [
  makeEdit('e-0', { a: 1, z: 1 }, { ancestors: { a: 0 }, covered: ['z'] }),
  makeEdit('e-1', { a: 2, b: 2 }, { ancestors: { a: 10, b: null } }),
  makeEdit('e-2', { z: 3 }, { ancestors: { z: 30 } }),
]

describe('ancestorsOf', () => {
  it('asks the earliest pending edit that still touches the property', () => {
    expect(ancestorsOf(lane, ['a', 'z'])).toStrictEqual({ a: 0, z: 30 })
  })

  it('tells a null ancestor from an unknown one', () => {
    expect(ancestorsOf(lane, ['b', 'c', 'toString'])).toStrictEqual({ b: null })
    const unknown = [makeEdit('e-0', { a: 1 }), makeEdit('e-1', { a: 2 }, { ancestors: { a: 1 } })]
    expect(ancestorsOf(unknown, ['a'])).toStrictEqual({})
  })
})

describe('ancestorsFor', () => {
  it('takes the ancestor of the earliest pending toucher, else the confirmed value, and null for what is absent', () => {
    expect(ancestorsFor({ a: 5, c: 5, d: 5, toString: 5 } as never, { a: 99, c: 3 }, earliestOf(lane))).toStrictEqual({
      a: 0,
      c: 3,
      d: null,
      toString: null,
    })
  })

  it('takes what the person saw confirmed before what is, and after the ancestor of a pending edit', () => {
    const seen = { a: 7, c: 4, d: null }
    expect(ancestorsFor({ a: 5, c: 5, d: 5, e: 5 }, { c: 3, d: 1, e: 2 }, earliestOf(lane), seen)).toStrictEqual({
      a: 0,
      c: 4,
      d: null,
      e: 2,
    })
  })

  it('has no entry where none is known', () => {
    expect(ancestorsFor({ a: 5 }, undefined, earliestOf([]))).toStrictEqual({})
    expect(ancestorsFor({ a: 5 }, { a: 1 }, earliestOf([makeEdit('e-0', { a: 2 })]))).toStrictEqual({})
  })

  it('does not ask an edit for what an accepted one has covered', () => {
    expect(ancestorsFor({ z: 1 }, { z: 7 }, earliestOf(lane.slice(0, 1)))).toStrictEqual({ z: 7 })
  })
})

describe('seenOf', () => {
  it('has what the base has of the properties that no pending edit touches, and null for what is absent', () => {
    const patch = { a: 5, c: 5, d: 5, toString: 5 } as never
    expect(seenOf(patch, { a: 99, c: 3 }, new Set(['a']))).toStrictEqual({ c: 3, d: null, toString: null })
    expect(seenOf(patch, undefined, new Set())).toStrictEqual({})
  })
})

describe('inherit', () => {
  const chain = [
    makeEdit('e-0', { a: 1 }, { ancestors: { a: 0 } }),
    makeEdit('e-1', { a: 2, b: 2 }, { ancestors: { a: 0, b: 0 } }),
    makeEdit('e-2', { a: 3 }, { ancestors: { a: 0 } }),
  ]

  it('gives the earliest remaining toucher what the backend has after an acceptance', () => {
    expect(inherit(chain, ['e-0'], { a: 'server' })).toStrictEqual([{ ...chain[1], ancestors: { a: 'server', b: 0 } }])
    expect(inherit(chain, ['e-0', 'e-1'], { a: 2, b: 2 })).toStrictEqual([{ ...chain[2], ancestors: { a: 2 } }])
  })

  it('gives it the ancestor of what was rejected, when that was the earliest', () => {
    const moved = [makeEdit('e-0', { a: 1 }, { ancestors: { a: 'newer' } }), ...chain.slice(1)]
    expect(inherit(moved, ['e-0'])).toStrictEqual([{ ...chain[1], ancestors: { b: 0, a: 'newer' } }])
    expect(inherit(moved, ['e-0', 'e-1'])).toStrictEqual([{ ...chain[2], ancestors: { a: 'newer' } }])
    expect(inherit(moved, ['e-1'])).toEqual([])
  })

  it('hands on that no ancestor is known', () => {
    expect(inherit([makeEdit('e-0', { a: 1 }), ...chain.slice(1)], ['e-0'])).toStrictEqual([
      { ...chain[1], ancestors: { b: 0 } },
    ])
  })

  it('changes nothing where ancestors stay as they are', () => {
    expect(inherit(chain, ['e-0'])).toEqual([])
    expect(inherit(chain, ['e-0'], { a: 0 })).toEqual([])
    expect(inherit(chain, [])).toEqual([])
    expect(inherit([], ['e-0'], { a: 1 })).toEqual([])
  })
})
