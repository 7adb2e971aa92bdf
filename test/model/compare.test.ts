import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { comparePatch, compareThree } from '../../src/model/compare.js'
import type { Json } from '../../src/model/record.js'
import { looselySame } from '../../src/model/same.js'

const same = looselySame

describe('compareThree', () => {
  it.each<[string, { ancestor?: Json; mine: Json; theirs?: Json; alsoMine?: Json[] }, string]>([
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
    ['an unanswered attempt of mine is there', { ancestor: 1, mine: 3, theirs: 2, alsoMine: [2] }, 'send'],
    [
      'an unanswered attempt of mine is not what is there',
      { ancestor: 1, mine: 3, theirs: 4, alsoMine: [2] },
      'conflict',
    ],
    ['an unanswered attempt of mine cleared it', { ancestor: 1, mine: 3, alsoMine: [null] }, 'send'],
  ])('%s', (_name, { ancestor, mine, theirs, alsoMine = [] }, expected) => {
    expect(compareThree({ ancestor, mine, theirs, alsoMine, same })).toBe(expected)
  })

  it('never sends over a foreign change, and never accepts what is not there', () => {
    const value = fc.constantFrom<Json>(null, 1, '1', ' 1', 'x', 'X')
    fc.assert(
      fc.property(value, value, value, (ancestor, mine, theirs) => {
        const result = compareThree({ ancestor, mine, theirs, same })
        const expected = mine === theirs ? 'accepted' : looselySame(ancestor, theirs) ? 'send' : 'conflict'
        expect(result).toBe(expected)
      }),
    )
  })
})

describe('comparePatch', () => {
  it('sorts the properties of a patch by what is to be done with them', () => {
    expect(
      comparePatch({
        patch: { sent: 2, had: 5, both: 'mine', blind: 1, again: 3, gone: 'x' },
        ancestors: { sent: 1, had: 4, both: 'old', again: 1, gone: 'y' },
        theirs: { sent: 1, had: 5, both: 'theirs', blind: 0, again: 2 },
        same: (_property, sent, got) => same(sent, got),
        alsoMine: [{ again: 2 }],
      }),
    ).toStrictEqual({
      send: { sent: 2, blind: 1, again: 3 },
      accepted: ['had'],
      conflicts: [
        { property: 'both', base: 'old', mine: 'mine', theirs: 'theirs' },
        { property: 'gone', base: 'y', mine: 'x', theirs: null },
      ],
      unknown: ['blind'],
    })
  })

  it('asks the comparator with the name of the property', () => {
    const asked: string[] = []
    comparePatch({
      patch: { email: 'a@x.co' },
      ancestors: { email: 'ANN@x.co' },
      theirs: { email: 'ann@x.co' },
      same: (property) => asked.push(property) > 0,
    })
    expect(asked).toEqual(['email'])
  })

  it('is not misled by names that every object has', () => {
    expect(
      comparePatch({ patch: { toString: 'x' } as never, ancestors: {}, theirs: {}, same: () => false }),
    ).toMatchObject({ send: { toString: 'x' }, unknown: ['toString'] })
  })
})
