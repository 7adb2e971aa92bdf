/* The lanes of a round and those in work, with what breaks the invariants of these. */
import { beforeEach, describe, expect, it } from 'vitest'
import { laneName, type LaneKey } from '../../src/model/record.js'
import { type Agenda, createAgenda } from '../../src/sync/agenda.js'

const lane = (id: string) => ({ account: 'me', collection: 'users', id })
const lanes = (...ids: string[]) => ids.map(lane)

function begun(): Agenda {
  const agenda = createAgenda()
  agenda.begin()
  return agenda
}

function takeAll(agenda: Agenda): string[] {
  const ids: string[] = []
  for (let key = agenda.take(); key; key = agenda.take()) ids.push(key.id)
  return ids
}

describe('a round', () => {
  it('is over before the first reason to look, and begins with each', () => {
    const agenda = createAgenda()
    expect([agenda.isOver, agenda.round]).toEqual([true, 0])
    agenda.begin()
    expect([agenda.isOver, agenda.round]).toEqual([false, 1])
    agenda.begin()
    expect(agenda.round).toBe(2)
  })

  it('hands out each lane once, what is owed first, and is over with an empty page', () => {
    const agenda = begun()
    agenda.page(1, lanes('a', 'b', 'c'), lanes('b'))
    expect([agenda.found, agenda.after]).toEqual([3, lane('c')])
    expect(takeAll(agenda)).toEqual(['b', 'a', 'c'])
    agenda.page(1, lanes('c', 'd'), [])
    expect(takeAll(agenda)).toEqual(['d'])
    expect(agenda.isOver).toBe(false)
    agenda.page(1, [], [])
    expect([agenda.isOver, agenda.after]).toEqual([true, undefined])
  })

  it('that begins behind a lane goes on at the front, and ends there', () => {
    const agenda = createAgenda()
    agenda.begin(lane('m'))
    expect(agenda.after).toEqual(lane('m'))
    agenda.page(1, [], [])
    expect([agenda.isOver, agenda.after]).toEqual([false, undefined])
    agenda.page(1, [], [])
    expect(agenda.isOver).toBe(true)
  })

  it('takes up again what was looked at, when it begins anew, and not what is in work', () => {
    const agenda = begun()
    agenda.page(1, lanes('a', 'b'), [])
    takeAll(agenda)
    agenda.move(lane('a'), 'deciding', undefined)
    agenda.begin()
    agenda.page(2, lanes('a', 'b'), [])
    expect(takeAll(agenda)).toEqual(['a'])
  })

  it('counts what is in work as looked at, where that is said', () => {
    const agenda = begun()
    agenda.page(1, lanes('a'), [])
    takeAll(agenda)
    agenda.begin(undefined, true)
    agenda.move(lane('a'), 'deciding', undefined)
    agenda.page(2, lanes('a', 'b'), lanes('a'))
    expect(takeAll(agenda)).toEqual(['b'])
  })

  it('takes up one lane that has something new, and needs no look for it', () => {
    const agenda = begun()
    agenda.page(1, lanes('a'), [])
    takeAll(agenda)
    agenda.move(lane('a'), 'deciding', undefined)
    agenda.end()
    agenda.add(lane('a'))
    expect([agenda.isOver, takeAll(agenda)]).toEqual([true, ['a']])
  })

  it('keeps nothing of a lane but its key', () => {
    const agenda = begun()
    agenda.page(1, [], [{ ...lane('a'), dueAtMs: 5 } as ReturnType<typeof lane>])
    expect(agenda.take()).toEqual(lane('a'))
  })
})

describe('an invariant that is broken', () => {
  it('S1: a lane that is not in the place that it is said to leave is held from then on', () => {
    const agenda = begun()
    agenda.page(1, lanes('a', 'b'), [])
    takeAll(agenda)
    agenda.move(lane('a'), 'deciding', 'ready')
    expect(() => agenda.move(lane('a'), 'deciding', 'ready')).toThrow(expect.objectContaining({ invariant: 'S1' }))
    expect(() => agenda.move(lane('b'), undefined, 'deciding')).toThrow(expect.objectContaining({ invariant: 'S1' }))
    agenda.clear()
    agenda.begin()
    agenda.page(2, lanes('a', 'b', 'c'), [])
    expect(takeAll(agenda)).toEqual(['c'])
  })

  it('S4: a page of an older round is not taken', () => {
    const agenda = begun()
    agenda.begin()
    expect(() => agenda.page(1, lanes('a'), [])).toThrow(expect.objectContaining({ invariant: 'S4' }))
    expect(agenda.found).toBe(0)
  })

  it('S5: a round does not end before what was found is taken', () => {
    const agenda = begun()
    agenda.page(1, lanes('a'), [])
    expect(() => agenda.end()).toThrow(expect.objectContaining({ invariant: 'S5' }))
    expect(() => agenda.page(1, [], [])).toThrow(expect.objectContaining({ invariant: 'S5' }))
    expect([agenda.isOver, takeAll(agenda)]).toEqual([false, ['a']])
  })

  it('S10: nothing is found before a round begins', () => {
    expect(() => createAgenda().page(0, lanes('a'), [])).toThrow(expect.objectContaining({ invariant: 'S10' }))
  })
})

it('never takes a lane that is held', () => {
  const agenda = begun()
  agenda.hold(lane('a'))
  agenda.page(1, lanes('a', 'b'), [])
  agenda.add(lane('a'))
  expect(takeAll(agenda)).toEqual(['b'])
})

it('knows how many lanes are in work, until all are given up', () => {
  const agenda = begun()
  agenda.page(1, lanes('a', 'b'), [])
  takeAll(agenda)
  agenda.move(lane('a'), 'deciding', 'ready')
  agenda.move(lane('a'), 'ready', 'asking')
  expect(agenda.inWork).toBe(2)
  agenda.move(lane('b'), 'deciding', undefined)
  expect(agenda.inWork).toBe(1)
  agenda.clear()
  expect(agenda.inWork).toBe(0)
})

describe('a lane that waits for another one (R20)', () => {
  const settled = {
    change: { settled: [{ editIds: ['e-1'], outcome: 'accepted' as const }] },
    next: { step: 'none' as const },
  }
  const decided = (lane: LaneKey, plan: Parameters<Agenda['decided']>[1]): void => {
    agenda.add(lane)
    expect(agenda.take()).toEqual(lane)
    agenda.decided(lane, plan)
  }
  const [first, second] = [lane('first'), lane('second')]
  let agenda: Agenda
  beforeEach(() => (agenda = createAgenda()))

  it('takes no place, and joins again when that one has settled something', () => {
    decided(first, { next: { step: 'none' }, waitsFor: [laneName(second)] })
    expect([agenda.inWork, agenda.found]).toEqual([0, 0])
    decided(second, { next: { step: 'none' } })
    expect(agenda.found).toBe(0)
    decided(second, settled)
    expect(agenda.take()).toEqual(first)
    agenda.decided(first, settled)
    decided(second, settled)
    expect(agenda.found).toBe(0)
  })

  it('is looked at anyway when a round begins', () => {
    decided(first, { next: { step: 'none' }, waitsFor: [laneName(second)] })
    agenda.begin()
    agenda.page(agenda.round, [first], [])
    expect(agenda.take()).toEqual(first)
    agenda.decided(first, settled)
    decided(second, settled)
    expect(agenda.found).toBe(0)
  })
})
