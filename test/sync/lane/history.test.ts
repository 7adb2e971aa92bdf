// Random histories of one lane, from its creation to its deletion, or of a record that the backend has.
import fc from '../../support/fast-check.js'
import { describe, expect, it } from 'vitest'
import type { Json, Operation, Patch } from '../../../src/model/record.js'
import { type Act, foreign, invalid, type Luck, type Naming, names, taken, timeoutMs, World } from './lane-world.js'

const name = fc.constantFrom(...names)
const value = fc.oneof({ weight: 6, arbitrary: fc.nat(4) }, fc.constant(null), fc.constantFrom(invalid, taken))
const patch = fc.dictionary(name, value, { minKeys: 1, noNullPrototype: true })
const save = fc.record({ do: fc.constant('save' as const), patch }, { noNullPrototype: true })
const luck = (...kinds: Luck[]): fc.Arbitrary<Luck> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant('answered' as const) }, fc.constantFrom(...kinds))
const step = (lucks: fc.Arbitrary<Luck>, deaf: fc.Arbitrary<string[]>): fc.Arbitrary<Act> =>
  fc.record({ do: fc.constant('step' as const), luck: lucks, deaf })
const other = fc.oneof(
  fc.record({ do: fc.constant('crash' as const) }),
  fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(10, 15_000, 61_000) }),
)
const hearing = fc.constant<string[]>([])

const acts = (...steps: fc.Arbitrary<Act>[]): fc.Arbitrary<Act[]> =>
  fc.array(
    fc.oneof(
      { weight: 4, arbitrary: save },
      { weight: 1, arbitrary: other },
      ...steps.map((one) => ({ weight: 4, arbitrary: one })),
    ),
    { maxLength: 30 },
  )
const options = fc.record({
  conflicts: fc.constantFrom('compare' as const, 'overwrite' as const),
  canRead: fc.boolean(),
  freshForMs: fc.constantFrom(0, 60_000),
})

function play(world: World, act: Act): void {
  switch (act.do) {
    case 'save':
      return world.save(act.patch, act.op)
    case 'step':
      return void world.step(act.luck, act.deaf)
    case 'foreign':
      return void world.server.set(act.name, act.value)
    case 'arrive':
      return world.arrive()
    case 'crash':
      return world.crash()
    case 'pass':
      // A prepared request leaves within seconds, or is prepared again.
      return world.pass(world.isSending ? 10 : act.ms)
  }
}

function run(world: World, history: readonly Act[]): void {
  for (const act of history) {
    play(world, act)
    world.check()
  }
  world.drain()
  expect(world.fates.size).toBe(world.edits.length)
  expect(world.lane.row.attempt).toBeUndefined()
}

/** Absent equals null. */
const replayed = (world: World, base?: null): void => {
  const expected = world.replay(base)
  expect(world.state === null).toBe(expected === null)
  for (const property of names)
    expect([property, world.record[property] ?? null]).toEqual([property, expected?.[property] ?? null])
}

describe('a lane, through any events', () => {
  it('ends each edit once, shows base and pending in between, and comes to rest (G3, G6, R6)', () => {
    const elsewhere = fc.record({ do: fc.constant('foreign' as const), name, value: fc.integer({ min: 4, max: 6 }) })
    const all = acts(
      step(luck('not-sent', 'answer-lost', 'late', 'server', 'auth', 'thrice'), fc.subarray(names)),
      fc.oneof<fc.Arbitrary<Act>[]>(elsewhere, fc.record({ do: fc.constant('arrive' as const) })),
    )
    fc.assert(
      fc.property(options, all, (settings, history) => run(new World(settings), history)),
      { numRuns: 200 },
    )
  })

  it('leaves at the backend what a replay of the accepted edits leaves, also after lost answers and crashes (G4, G13, R2)', () => {
    fc.assert(
      fc.property(
        options,
        acts(step(luck('not-sent', 'answer-lost', 'server', 'auth'), hearing)),
        (settings, history) => {
          const world = new World(settings, {})
          run(world, history)
          replayed(world)
          expect(world.lane.row.base ?? {}).toEqual(world.record)
          // Nobody else wrote, so nothing was changed elsewhere.
          expect(world.faults.filter(({ reason }) => reason === 'changed')).toEqual([])
          for (const fault of world.faults) expect(Object.values(fault.mine!)).toSatisfy(isRefused)
        },
      ),
      { numRuns: 200 },
    )
  })

  it('takes a value that the backend has for accepted, after every answer to a repeat of the request (R3)', () => {
    const settings = { conflicts: 'compare', canRead: true, freshForMs: 60_000 } as const
    fc.assert(
      fc.property(acts(step(luck('thrice', 'answer-lost'), hearing)), (history) => {
        const world = new World(settings, {})
        run(world, history)
        replayed(world)
        for (const fault of world.faults) expect(Object.values(fault.mine!)).toSatisfy(isRefused)
      }),
      { numRuns: 150 },
    )
  })

  it('writes over nothing that somebody else wrote unseen (R1, R11)', () => {
    const elsewhere = fc.record({ do: fc.constant('foreign' as const), name, value: fc.nat(1_000_000) })
    const history = acts(step(luck('not-sent', 'answer-lost', 'server', 'thrice'), hearing), elsewhere)
    fc.assert(
      fc.property(history, (acted) => {
        const world = new World({ conflicts: 'compare', canRead: true, freshForMs: -1 }, {})
        for (const act of acted) {
          // No client can see a write between a read and the request.
          if (act.do === 'foreign' && world.isSending) continue
          play(world, act.do === 'foreign' ? { ...act, value: foreign + Number(act.value) } : act)
          world.check()
        }
        world.drain()
        expect(world.overwritten).toEqual([])
      }),
      { numRuns: 150 },
    )
  })

  it('puts right what a late copy of an older request has undone (G13, R3)', () => {
    const settings = fc.record({
      canRead: fc.constant(true),
      freshForMs: fc.constantFrom(-1, 60_000),
      conflicts: fc.constantFrom('compare' as const, 'overwrite' as const),
    })
    const answered: Act = { do: 'step', luck: 'answered', deaf: [] }
    const scene = fc
      .record({
        patch: fc.dictionary(fc.constantFrom('a', 'b'), fc.nat(2), { minKeys: 1, noNullPrototype: true }),
        lost: fc.boolean(),
        steps: fc.nat(3),
        arrives: fc.boolean(),
        ms: fc.constantFrom(10, 10, 10, 20_000),
      })
      .map(({ patch, lost, steps, arrives, ms }): Act[] => [
        { do: 'save', patch },
        { do: 'step', luck: lost ? 'late' : 'answered', deaf: [] },
        ...Array.from({ length: steps }, () => answered),
        ...(arrives ? [{ do: 'arrive' } as const] : []),
        { do: 'pass', ms },
      ])
    const history = fc.array(scene, { maxLength: 8 }).map((scenes) => scenes.flat())
    // Cases that chance once found: a value written again while its copy was under way, and a late copy under a pending edit.
    const set = (patch: Patch): Act => ({ do: 'save', patch })
    const late: Act = { do: 'step', luck: 'late', deaf: [] }
    const wait: Act = { do: 'pass', ms: 10 }
    const again = [
      set({ a: 1 }),
      answered,
      wait,
      set({ a: 0 }),
      late,
      answered,
      wait,
      set({ a: 0 }),
      answered,
      answered,
    ]
    const lost = [
      set({ a: 0 }),
      late,
      answered,
      wait,
      set({ a: 0 }),
      answered,
      wait,
      set({ b: 0, a: 0 }),
      late,
      answered,
    ]
    const over = [wait, set({ b: 1, a: 1 }), answered, answered, answered, { do: 'arrive' } as const]
    const compare = { canRead: true, conflicts: 'compare' as const }
    const found: [{ canRead: boolean; freshForMs: number; conflicts: 'compare' | 'overwrite' }, Act[]][] = [
      [{ ...compare, freshForMs: -1 }, [...again, wait, set({ a: 0 }), answered, { do: 'arrive' }, wait]],
      [{ ...compare, freshForMs: 60_000 }, [...lost, ...over, { do: 'pass', ms: 20_000 }, set({ b: 1 }), answered]],
    ]
    fc.assert(
      fc.property(settings, history, (chosen, acted) => {
        const world = new World(chosen, {})
        for (const act of acted) {
          play(world, act)
          world.check()
        }
        world.pass(timeoutMs)
        world.drain()
        replayed(world)
      }),
      { numRuns: 150, examples: found },
    )
  })
})

describe('a record that is made, changed and deleted', () => {
  const namings: Naming[] = ['safe', 'by-key']
  const op = fc.constantFrom<Operation>('create', 'update', 'update', 'delete')
  const save = fc.record({ do: fc.constant('save' as const), op, patch }, { noNullPrototype: true })
  const lives = (...lucks: Luck[]): fc.Arbitrary<Act[]> =>
    fc
      .array(
        fc.oneof(
          { weight: 3, arbitrary: save },
          { weight: 1, arbitrary: other },
          { weight: 4, arbitrary: step(luck(...lucks), hearing) },
          { weight: lucks.includes('late') ? 1 : 0, arbitrary: fc.constant<Act>({ do: 'arrive' }) },
        ),
        { maxLength: 30 },
      )
      .map((acted) => [{ do: 'save', op: 'create', patch: { a: 0 } }, ...acted])
  const settings = fc.record({
    conflicts: fc.constantFrom('compare' as const, 'overwrite' as const),
    canRead: fc.constant(true),
    freshForMs: fc.constantFrom(0, 60_000),
  })

  it.each(namings)(
    '%s: ends each edit once, and leaves at the backend what a replay of the accepted edits leaves (G3, G4, G13, R18, R21)',
    (naming) => {
      fc.assert(
        fc.property(settings, lives('not-sent', 'answer-lost', 'server', 'auth', 'thrice'), (chosen, history) => {
          const world = new World(chosen, undefined, naming)
          run(world, history)
          replayed(world, null)
          if (world.lane.row.base !== undefined) expect(world.lane.row.base).toEqual(world.state)
          // Nothing else is refused.
          for (const { op, mine } of world.faults)
            if (op === 'update') expect(Object.values(mine!)).toSatisfy(isRefused)
        }),
        { numRuns: 300 },
      )
    },
  )

  it.each(namings)('%s: puts right what a late copy of an older request has undone (G13, R3)', (naming) => {
    fc.assert(
      fc.property(settings, lives('late', 'answer-lost', 'thrice'), (chosen, history) => {
        const world = new World(chosen, undefined, naming)
        for (const act of history) {
          play(world, act)
          world.check()
        }
        world.pass(timeoutMs)
        world.drain()
        replayed(world, null)
      }),
      { numRuns: 300 },
    )
  })
})

function isRefused(values: unknown): boolean {
  return (values as Json[]).some((one) => one === invalid || one === taken)
}

describe('a composition that is refused (R6)', () => {
  it.each([1, 2, 7, 32, 100])('of %i edits finds the guilty ones in a few requests', (count) => {
    for (const guilty of [[0], [count - 1], [Math.floor(count / 3)], [0, count - 1]]) {
      const world = new World({ conflicts: 'overwrite', canRead: false, freshForMs: 0 }, {})
      const bad = new Set(guilty)
      for (let index = 0; index < count; index++) world.save({ [`p${index}`]: bad.has(index) ? invalid : 1 })
      world.drain()
      expect([...bad].map((index) => world.fates.get(`e-${index}`))).toEqual([...bad].map(() => 'rejected'))
      expect([...world.fates.values()].filter((fate) => fate === 'accepted')).toHaveLength(count - bad.size)
      expect(world.faults).toHaveLength(bad.size)
      expect(world.sent.length).toBeLessThanOrEqual(1 + bad.size * 2 * (Math.ceil(Math.log2(count)) + 1))
    }
  })
})
