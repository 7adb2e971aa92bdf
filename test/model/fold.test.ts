import fc from '../support/fast-check.js'
import { describe, expect, it } from 'vitest'
import { fold, foldOne } from '../../src/model/fold.js'
import type { Json, State } from '../../src/model/record.js'

const names = ['a', 'b', 'c', 'toString', 'then', 'valueOf']
const patch = fc.dictionary(fc.constantFrom(...names), fc.oneof(fc.nat(3), fc.constant(null)), {
  minKeys: 1,
  noNullPrototype: true,
})
const edits = fc.array(fc.record({ patch, covered: fc.subarray(names) }), { maxLength: 6 })

describe('fold', () => {
  it('lays what still counts of each edit over the base, in order, and keeps null', () => {
    expect(
      fold({ a: 1, b: 2 }, [{ patch: { a: 5, c: null } }, { patch: { a: 6, b: 7 }, covered: ['a'] }]),
    ).toStrictEqual({ a: 5, b: 7, c: null })
  })

  it('knows nothing of nothing', () => {
    expect(fold(undefined, [])).toBeUndefined()
  })

  it('equals edit by edit laid over, and leaves base and patches alone', () => {
    fc.assert(
      fc.property(patch, edits, (base, list) => {
        const expected = new Map<string, Json>(Object.entries(base))
        for (const { patch: changes, covered } of list) {
          for (const name of Object.keys(changes)) if (!covered.includes(name)) expected.set(name, changes[name]!)
        }
        const before = structuredClone({ base, list })
        const view = fold(base, list)
        expect(new Map(Object.entries(view!))).toStrictEqual(expected)
        expect(list.reduce<State>(foldOne, fold(base, []))).toStrictEqual(view)
        expect({ base, list }).toEqual(before)
      }),
    )
  })

  it('has null for a record that does not exist, and the values that a creation gives (R17)', () => {
    const created = { op: 'create', patch: { a: 1 } } as const
    const updated = { patch: { b: 2 } }
    const deleted = { op: 'delete', patch: {} } as const
    expect(fold(undefined, [created, updated])).toStrictEqual({ a: 1, b: 2 })
    expect(fold(null, [created])).toStrictEqual({ a: 1 })
    expect(fold({ a: 5 }, [updated, deleted])).toBeNull()
    expect(fold(undefined, [deleted])).toBeNull()
    expect(fold(null, [])).toBeNull()
    expect(fold(null, [updated])).toBeNull()
    for (const list of [
      [created, updated],
      [updated, deleted],
      [deleted, updated],
      [deleted, created],
    ])
      for (const base of [undefined, null, { a: 5 }])
        expect(list.reduce<State>(foldOne, base)).toStrictEqual(fold(base, list))
  })

  it('freezes the view, and not the base', () => {
    const base = { a: 1 }
    expect(Object.isFrozen(fold(base, []))).toBe(true)
    expect(Object.isFrozen(foldOne(base, { patch: { b: 1 } }))).toBe(true)
    expect(Object.isFrozen(base)).toBe(false)
  })

  it('reaches no prototype, even with hostile names in the rows', () => {
    const hostile = JSON.parse('{ "__proto__": { "admin": true }, "constructor": 1 }') as { [name: string]: Json }
    for (const view of [fold(hostile, []), fold(undefined, [{ patch: hostile }]), foldOne({}, { patch: hostile })]) {
      expect(Object.getPrototypeOf(view)).toBe(Object.prototype)
      expect('admin' in view!).toBe(false)
    }
    expect('admin' in {}).toBe(false)
  })
})
