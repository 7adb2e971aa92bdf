import fc from '../support/fast-check.js'
import { describe, expect, it } from 'vitest'
import { compose, mergePatches, sendable } from '../../src/model/compose.js'
import { effectivePatch, type QueuedEdit } from '../../src/model/edit.js'
import { ids, makeEdit } from './make-edit.js'

const names = ['a', 'b', 'c', 'toString']

/** Lanes as they can lie in storage: an edit with everything covered has left them. */
const lanes = fc
  .array(
    fc.record({
      patch: fc.dictionary(fc.constantFrom(...names), fc.nat(9), { minKeys: 1, noNullPrototype: true }),
      covered: fc.subarray(names),
    }),
    { maxLength: 8 },
  )
  .map((list) =>
    list
      .map(({ patch, covered }, index) => makeEdit(`e-${index}`, patch, { covered }))
      .filter((edit) => propertiesOf(edit).length),
  )

function propertiesOf(edit: QueuedEdit): string[] {
  return Object.keys(effectivePatch(edit))
}

function isCoveredBy(edit: QueuedEdit, later: readonly QueuedEdit[]): boolean {
  const set = later.flatMap(propertiesOf)
  return propertiesOf(edit).every((property) => set.includes(property))
}

const typed = [
  makeEdit('e-0', { email: 'a' }),
  makeEdit('e-1', { email: 'ann@x.co', name: 'Ann' }),
  makeEdit('e-2', { email: 'ann@x.com' }),
  makeEdit('e-3', { age: 5 }),
]

describe('sendable', () => {
  it('leaves out what later edits cover wholly', () => {
    expect(ids(sendable(typed))).toEqual(['e-1', 'e-2', 'e-3'])
  })

  it('says of each edit what a look at all later ones says', () => {
    fc.assert(
      fc.property(lanes, (lane) => {
        expect(ids(sendable(lane))).toEqual(
          ids(lane.filter((edit, index) => !isCoveredBy(edit, lane.slice(index + 1)))),
        )
      }),
    )
  })
})

describe('compose', () => {
  it('makes one patch of a lane, and lets covered edits settle with their cover', () => {
    expect(compose(typed)).toStrictEqual({
      editIds: ['e-0', 'e-1', 'e-2', 'e-3'],
      patch: { email: 'ann@x.com', name: 'Ann', age: 5 },
    })
  })

  it('takes so many sendable edits from the front', () => {
    expect(compose(typed, 1)).toStrictEqual({ editIds: ['e-0', 'e-1'], patch: { email: 'ann@x.co', name: 'Ann' } })
    expect(compose(typed, 2).editIds).toEqual(['e-0', 'e-1', 'e-2'])
  })

  it('keeps a covered edit back while a part of its cover is not sent', () => {
    const lane = [makeEdit('e-0', { a: 1, b: 1 }), makeEdit('e-1', { a: 2 }), makeEdit('e-2', { b: 2 })]
    expect(compose(lane, 1)).toStrictEqual({ editIds: ['e-1'], patch: { a: 2 } })
    expect(compose(lane, 2)).toStrictEqual({ editIds: ['e-0', 'e-1', 'e-2'], patch: { a: 2, b: 2 } })
  })

  it('sends nothing that an accepted edit has set', () => {
    expect(compose([makeEdit('e-0', { a: 1, b: 1 }, { covered: ['a'] })]).patch).toStrictEqual({ b: 1 })
  })

  it('gives nothing for an empty lane', () => {
    expect(compose([])).toStrictEqual({ editIds: [], patch: {} })
  })

  it('sends the front of the queue, and names the edits that it decides', () => {
    fc.assert(
      fc.property(lanes, fc.integer({ min: 1, max: 5 }), (lane, limit) => {
        const sent = lane.filter((edit, index) => !isCoveredBy(edit, lane.slice(index + 1))).slice(0, limit)
        const decided = lane.filter(
          (edit, index) =>
            sent.includes(edit) ||
            isCoveredBy(
              edit,
              lane.slice(index + 1).filter((e) => sent.includes(e)),
            ),
        )
        expect(compose(lane, limit)).toStrictEqual({ editIds: ids(decided), patch: mergePatches(sent) })
      }),
    )
  })

  it('composes ten thousand edits of one record', () => {
    const lane = Array.from({ length: 10_000 }, (_, index) =>
      makeEdit(`e-${index}`, { [`p${index % 5000}`]: index, always: index }),
    )
    const { editIds, patch } = compose(lane, 2500)
    expect(Object.keys(patch)).toHaveLength(2501)
    expect(editIds.at(-1)).toBe('e-7499')
    expect(compose(lane).editIds).toHaveLength(10_000)
  })
})
