/* The meaning of a read for values that are to be sent, or were sent (R1, R2, R4). */
import fc from '../../support/fast-check.js'
import { describe, expect, it } from 'vitest'
import type { Json, Patch, Properties } from '../../../src/model/record.js'
import { looselySame } from '../../../src/model/same.js'
import { emptyRecord } from '../../../src/store/rows.js'
import { type Compared, compareReading } from '../../../src/sync/lane/compare-reading.js'
import type { LaneContext } from '../../../src/sync/lane/context.js'
import { makeEdit } from '../../model/make-edit.js'
import { context as given } from './given.js'

const key = { account: 'me', collection: 'users', id: 'u1' }
interface Comparing {
  patch: Patch
  ancestors: Properties
  theirs: Properties
  /** Copies of our own that may have arrived. */
  late?: Patch[]
  base?: Properties
  isSent?: boolean
  context?: Partial<LaneContext>
}

function compare({ patch, ancestors, theirs, late = [], base, isSent, context }: Comparing): Compared {
  const strays = late.map((copy) => ({ patch: copy, untilMs: 9 }))
  const lane = { key, row: { ...emptyRecord(key), strays, base }, edits: [makeEdit('e-1', patch, { ancestors })] }
  const same: LaneContext['same'] = (_, sent, got) => looselySame(sent, got)
  const known = { ...given, same, ...context } as LaneContext
  return compareReading(lane, patch, { record: theirs, atMs: 5 }, known, isSent)
}

/** The outcome of one property; absent is undefined. */
function fateOf({
  ancestor,
  mine,
  theirs,
  alsoMine = [],
}: {
  ancestor?: Json
  mine: Json
  theirs?: Json
  alsoMine?: Json[]
}): string {
  const of = (value: Json | undefined): Properties => (value === undefined ? {} : { a: value })
  const late = alsoMine.map((a) => ({ a }))
  const { send, accepted, contested } = compare({
    patch: { a: mine },
    ancestors: of(ancestor),
    theirs: of(theirs),
    late,
  })
  expect(Object.keys(send).length + accepted.length + contested.length).toBe(1)
  return accepted.length ? 'accepted' : contested.length ? 'conflict' : 'send'
}

describe('ancestor, mine and theirs', () => {
  it.each<[string, Parameters<typeof fateOf>[0], string]>([
    ['mine is there already', { ancestor: 1, mine: 2, theirs: 2 }, 'accepted'],
    ['mine is there already, and the ancestor is unknown', { mine: 2, theirs: 2 }, 'accepted'],
    ['clearing what is absent', { ancestor: 1, mine: null }, 'accepted'],
    ['A, B, A again over an unchanged A', { ancestor: 'A', mine: 'A', theirs: 'A' }, 'accepted'],
    ['nobody else changed it', { ancestor: 1, mine: 2, theirs: 1 }, 'send'],
    ['it is as absent as it was', { ancestor: null, mine: 2 }, 'send'],
    ['the backend has its own form of the ancestor', { ancestor: ' Ann ', mine: 'Bea', theirs: 'Ann' }, 'send'],
    ['the ancestor is unknown', { mine: 2, theirs: 1 }, 'send'],
    ['only spaces changed, by the user', { ancestor: 'Ann', mine: 'Ann ', theirs: 'Ann' }, 'send'],
    ['both changed it', { ancestor: 1, mine: 2, theirs: 3 }, 'conflict'],
    ['somebody else cleared it', { ancestor: 1, mine: 2 }, 'conflict'],
    ['somebody else filled it', { ancestor: null, mine: 2, theirs: 3 }, 'conflict'],
    ['a late copy of mine is there', { ancestor: 1, mine: 3, theirs: 2, alsoMine: [2] }, 'send'],
    ['a late copy of mine is not what is there', { ancestor: 1, mine: 3, theirs: 4, alsoMine: [2] }, 'conflict'],
    ['a late copy of mine cleared it', { ancestor: 1, mine: 3, alsoMine: [null] }, 'send'],
  ])('%s', (_name, values, expected) => {
    expect(fateOf(values)).toBe(expected)
  })

  it('never send over a foreign change, and never accept what is not there', () => {
    const value = fc.constantFrom<Json>(null, 1, '1', ' 1', 'x', 'X')
    fc.assert(
      fc.property(value, value, value, (ancestor, mine, theirs) => {
        const expected = mine === theirs ? 'accepted' : looselySame(ancestor, theirs) ? 'send' : 'conflict'
        expect(fateOf({ ancestor, mine, theirs })).toBe(expected)
      }),
    )
  })
})

describe('a patch', () => {
  const mixed: Comparing = {
    patch: { sent: 2, had: 5, both: 'mine', blind: 1, again: 3, gone: 'x' },
    ancestors: { sent: 1, had: 4, both: 'old', again: 1, gone: 'y' },
    theirs: { sent: 1, had: 5, both: 'theirs', blind: 0, again: 2 },
    late: [{ again: 2 }],
  }

  it('is sorted by what is to be done with its properties', () => {
    expect(compare(mixed)).toStrictEqual({
      send: { sent: 2, blind: 1, again: 3 },
      accepted: ['had'],
      isApplied: true,
      isOverwritten: true,
      contested: ['both', 'gone'],
      unknown: ['blind'],
    })
  })

  it("takes the app's answers in the place of contested values, but for those that cannot be sent", () => {
    const asked: unknown[] = []
    const answers: { [property: string]: unknown } = { both: 'merged', gone: Number.NaN }
    const { send, contested } = compare({
      ...mixed,
      context: {
        resolve: ({ edit, ...contest }) => {
          asked.push([contest, edit.id])
          return answers[contest.property] as Json
        },
      },
    })
    expect(asked).toEqual([
      [{ property: 'both', base: 'old', mine: 'mine', theirs: 'theirs' }, 'e-1'],
      [{ property: 'gone', base: 'y', mine: 'x', theirs: null }, 'e-1'],
    ])
    expect(send).toStrictEqual({ sent: 2, blind: 1, again: 3, both: 'merged' })
    expect(contested).toEqual(['gone'])
    const refused = compare({ ...mixed, context: { resolve: () => 'merged', check: () => 'no' } })
    expect(refused.contested).toEqual(['both', 'gone'])
  })

  it("that was sent is accepted in the backend's own form, unless that was there before (R4)", () => {
    const sent = (a: Json, ancestor: Json) =>
      compare({ patch: { a: ' Ann' }, ancestors: { a: ancestor }, theirs: { a }, isSent: true })
    expect(sent('Ann', 'Bea')).toMatchObject({ accepted: ['a'], isApplied: true })
    expect(sent('Ann', 'Ann')).toMatchObject({ accepted: [], send: { a: ' Ann' }, contested: [] })
    // Equal, and there before: nothing shows that the request did it (R3).
    expect(sent(' Ann', ' Ann')).toMatchObject({ accepted: ['a'], isApplied: false })
    expect(sent('Cid', 'Bea')).toMatchObject({ accepted: [], contested: ['a'] })
  })

  it('is overwritten where a late copy is there that the base does not have (R3)', () => {
    expect(compare(mixed).isOverwritten).toBe(true)
    expect(compare({ ...mixed, base: { again: 2 } }).isOverwritten).toBe(false)
    expect(compare({ ...mixed, late: [{ again: 9 }] }).isOverwritten).toBe(false)
  })

  it('is compared by the name of each property', () => {
    const asked: string[] = []
    compare({
      patch: { email: 'a@x.co' },
      ancestors: { email: 'ANN@x.co' },
      theirs: { email: 'ann@x.co' },
      context: { same: (property) => asked.push(property) > 0 },
    })
    expect(asked).toEqual(['email'])
  })

  it('is not misled by names that every object has', () => {
    const compared = compare({
      patch: { toString: 'x' } as never,
      ancestors: {},
      theirs: {},
      context: { same: () => false },
    })
    expect(compared).toMatchObject({ send: { toString: 'x' }, unknown: ['toString'] })
  })
})
