import { describe, expect, it } from 'vitest'
import { ancestorsOf } from '../../src/model/ancestors.js'
import { compose } from '../../src/model/compose.js'
import { effectivePatch } from '../../src/model/edit.js'
import { settleLane } from '../../src/model/settle-lane.js'
import { ids, makeEdit } from './make-edit.js'

describe('settleLane', () => {
  it('accepts what was sent with all that it covers, and hands the reply to those that wait', () => {
    const lane = [
      makeEdit('e-0', { a: 1 }, { ancestors: { a: 0 } }),
      makeEdit('e-1', { a: 2 }, { ancestors: { a: 0 } }),
      makeEdit('e-2', { a: 3, b: 3 }, { ancestors: { a: 0, b: 0 } }),
    ]
    const { editIds } = compose(lane.slice(0, 2))
    const settled = settleLane(lane, { editIds, base: { a: 'two' } })
    expect(ids(settled.accepted)).toEqual(['e-0', 'e-1'])
    expect(settled.rejected).toEqual([])
    expect(settled.remaining).toStrictEqual([{ ...lane[2], ancestors: { a: 'two', b: 0 } }])
    expect(settled.rewritten).toStrictEqual(settled.remaining)
  })

  it('rejects what was refused, and sends next what it had covered', () => {
    const lane = [
      makeEdit('e-0', { a: 1 }, { ancestors: { a: 0 } }),
      makeEdit('e-1', { a: 2, b: 2 }, { ancestors: { a: 0, b: 0 } }),
      makeEdit('e-2', { b: 3 }, { ancestors: { b: 0 } }),
    ]
    const { editIds, patch } = compose(lane, 1)
    const settled = settleLane(lane, { editIds, missing: Object.keys(patch), base: { a: 0, b: 0 } })
    expect(settled.rejected).toStrictEqual([{ edit: lane[1], missing: ['a', 'b'], stored: [] }])
    expect(settled.accepted).toEqual([])
    expect(settled.remaining).toEqual([lane[0], lane[2]])
    expect(settled.rewritten).toEqual([])
  })

  it('judges each edit of a part-stored request by its own properties', () => {
    const lane = [
      makeEdit('e-0', { a: 1 }),
      makeEdit('e-1', { b: 1, c: 1 }),
      makeEdit('e-2', { d: 1 }),
      makeEdit('e-3', { c: 2 }),
    ]
    const settled = settleLane(lane, { editIds: ['e-0', 'e-1', 'e-2'], missing: ['b'], base: { a: 1, c: 1, d: 1 } })
    expect(ids(settled.accepted)).toEqual(['e-0', 'e-2'])
    expect(settled.rejected).toStrictEqual([{ edit: lane[1], missing: ['b'], stored: ['c'] }])
    expect(ancestorsOf(settled.remaining, ['c'])).toEqual({ c: 1 })
  })

  it('does not send an older value over what a part-stored edit has set', () => {
    const lane = [makeEdit('e-0', { a: 1 }), makeEdit('e-1', { a: 2, b: 2 })]
    const settled = settleLane(lane, { editIds: ['e-0', 'e-1'], missing: ['b'], base: { a: 2 } })
    expect(ids(settled.accepted)).toEqual(['e-0'])
    expect(settled.rejected).toStrictEqual([{ edit: lane[1], missing: ['b'], stored: ['a'] }])
    expect(settled.remaining).toEqual([])
  })

  it('keeps of an edit what only a refused later value had covered', () => {
    const lane = [makeEdit('e-0', { a: 1, b: 1 }, { ancestors: { a: 0, b: 0 } }), makeEdit('e-1', { a: 2 })]
    const settled = settleLane(lane, { editIds: ['e-0', 'e-1'], missing: ['a'], base: { a: 0, b: 1 } })
    expect(settled.accepted).toEqual([])
    expect(settled.rejected).toStrictEqual([{ edit: lane[1], missing: ['a'], stored: [] }])
    expect(settled.remaining.map(effectivePatch)).toEqual([{ a: 1 }])
    expect(settled.rewritten).toEqual(settled.remaining)
  })

  it('rolls back all of a rejected edit, also what a later one had overridden', () => {
    const lane = [makeEdit('e-0', { a: 1, b: 1 }), makeEdit('e-1', { a: 2 })]
    const settled = settleLane(lane, { editIds: ['e-0', 'e-1'], missing: ['a', 'b'], base: {} })
    expect(settled.rejected.map(({ missing }) => missing)).toEqual([['a', 'b'], ['a']])
  })

  it('keeps of an older edit outside of the request what is not covered yet', () => {
    const lane = [makeEdit('e-0', { a: 1, b: 1 }), makeEdit('e-1', { a: 2 }), makeEdit('e-2', { b: 2 })]
    const { editIds } = compose(lane, 1)
    const first = settleLane(lane, { editIds, base: { a: 2 } })
    expect(ids(first.accepted)).toEqual(['e-1'])
    expect(first.remaining.map(effectivePatch)).toEqual([{ b: 1 }, { b: 2 }])
    const second = settleLane(first.remaining, { ...compose(first.remaining, 1), missing: ['b'], base: { a: 2 } })
    expect(second.rejected.map(({ edit }) => edit.id)).toEqual(['e-2'])
    expect(compose(second.remaining)).toEqual({ editIds: ['e-0'], patch: { b: 1 } })
  })

  it('takes out edits that end by another decision, and hands their ancestors on', () => {
    const lane = [
      makeEdit('e-0', { a: 1 }, { ancestors: { a: 'old' } }),
      makeEdit('e-1', { a: 2 }),
      makeEdit('e-2', { b: 1 }),
    ]
    const settled = settleLane(lane, { endedIds: ['e-0'], base: { a: 'pulled' } })
    expect(settled.accepted).toEqual([])
    expect(settled.rejected).toEqual([{ edit: lane[0], missing: ['a'], stored: [] }])
    expect(ancestorsOf(settled.remaining, ['a'])).toEqual({ a: 'old' })
    expect(ids(settled.rewritten)).toEqual(['e-1'])
  })

  it('keeps what is missing pending where nothing refused it, and settles the rest in its place (R6)', () => {
    const lane = [
      makeEdit('e-0', { a: 1, b: 1 }, { ancestors: { a: 0, b: 0 } }),
      makeEdit('e-1', { a: 2, c: 1 }),
      makeEdit('e-2', { d: 1 }),
    ]
    const settled = settleLane(lane, {
      editIds: ['e-0', 'e-1', 'e-2'],
      missing: ['b', 'c'],
      keepsMissing: true,
      base: { a: 2, d: 1 },
    })
    expect(ids(settled.accepted)).toEqual(['e-2'])
    expect(settled.rejected).toEqual([])
    expect([...settled.stored].sort()).toEqual(['a', 'd'])
    expect(settled.remaining).toMatchObject([
      { id: 'e-0', covered: ['a'], ancestors: { b: 0 } },
      { id: 'e-1', covered: ['a'] },
    ])
  })

  it('gives an edit that ends by another decision no second fate', () => {
    const lane = [makeEdit('e-0', { a: 1 }), makeEdit('e-1', { a: 2, b: 1 }), makeEdit('e-2', { c: 1 })]
    const ended = { editIds: ['e-0', 'e-1', 'e-2'], endedIds: ['e-0', 'e-1'], base: { c: 1 } }
    for (const missing of [['a', 'b'], ['b'], []]) {
      const settled = settleLane(lane, { ...ended, missing })
      expect(ids(settled.accepted)).toEqual(['e-2'])
      expect(ids(settled.rejected.map(({ edit }) => edit))).toEqual(['e-0', 'e-1'])
      expect(settled.remaining).toEqual([])
    }
  })

  it('leaves a lane alone to which nothing happened', () => {
    const lane = [makeEdit('e-0', { a: 1 })]
    expect(settleLane(lane, {})).toEqual({
      accepted: [],
      rejected: [],
      partial: [],
      stored: new Set(),
      remaining: lane,
      rewritten: [],
    })
  })
})
