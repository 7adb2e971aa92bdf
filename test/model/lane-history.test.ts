// Random histories of one lane, played by the functions of this floor, against a model that keeps every edit ever made and
// knows nothing of covers, ancestors or compositions.
import fc from '../support/fast-check.js'
import { expect, it } from 'vitest'
import { ancestorsFor, ancestorsOf, earliestOf } from '../../src/model/ancestors.js'
import { compose } from '../../src/model/compose.js'
import { mergeBase, readEcho } from '../../src/model/echo.js'
import { effectivePatch, type QueuedEdit } from '../../src/model/edit.js'
import { fold } from '../../src/model/fold.js'
import type { Json, Patch, Properties } from '../../src/model/record.js'
import { settleLane } from '../../src/model/settle-lane.js'
import { makeEdit } from './make-edit.js'

const names = ['a', 'b', 'c', 'valueOf']
const refused = 9

type Step =
  | { do: 'save'; patch: Patch }
  /** The backend ignores the properties in `deaf`. */
  | { do: 'send'; limit: number; deaf: string[] }
  | { do: 'discard'; pick: number }
  | { do: 'foreign'; name: string; value: Json }
  | { do: 'pull' }

const name = fc.constantFrom(...names)
const value = fc.oneof(fc.nat(5), fc.constant(null), fc.constant(refused))
const save = fc.record(
  { do: fc.constant('save' as const), patch: fc.dictionary(name, value, { minKeys: 1, noNullPrototype: true }) },
  { noNullPrototype: true },
)
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: save },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('send' as const),
        limit: fc.integer({ min: 1, max: 4 }),
        deaf: fc.oneof({ weight: 2, arbitrary: fc.constant<string[]>([]) }, fc.subarray(names)),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('discard' as const), pick: fc.nat(9) }) },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant('foreign' as const), name, value: fc.integer({ min: 10, max: 12 }) }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('pull' as const) }) },
  ),
  { maxLength: 25 },
)

type Fate = 'pending' | 'accepted' | 'rejected' | 'discarded'

/** Every edit ever made, with its fate and what of it reached the backend. */
interface Remembered {
  edit: QueuedEdit
  fate: Fate
  reached: Set<string>
}

class World {
  lane: readonly QueuedEdit[] = []
  base: Properties = {}
  server: Properties = {}
  readonly remembered: Remembered[] = []
  /** The naive ancestors: the confirmed value when a property got its first pending edit, or when one was accepted. */
  readonly ancestors = new Map<string, Json>()

  save(patch: Patch): void {
    const ancestors = ancestorsFor(patch, this.base, earliestOf(this.lane))
    const edit = makeEdit(`e-${this.remembered.length}`, patch, { ancestors })
    for (const property of Object.keys(patch)) {
      if (!this.pendingValue(property)) this.ancestors.set(property, get(this.base, property))
    }
    this.lane = [...this.lane, edit]
    this.remembered.push({ edit, fate: 'pending', reached: new Set() })
  }

  pull(): void {
    this.base = mergeBase(this.base, this.server)
  }

  /** Sends the front of the lane, and less of it while the backend refuses; answers whether anything was left to send. */
  send(limit: number, deaf: readonly string[]): boolean {
    this.pull()
    if (!this.lane.length) return false
    const { editIds, patch } = compose(this.lane, limit)
    const isRefused = Object.values(patch).includes(refused)
    if (isRefused && limit > 1) return this.send(Math.ceil(Math.min(limit, this.lane.length) / 2), deaf)
    const sent = Object.keys(patch)
    let missing = sent
    if (!isRefused) {
      const kept = Object.fromEntries(Object.entries(patch).filter(([property]) => !deaf.includes(property)))
      this.server = { ...this.server, ...kept }
      const before = this.base
      missing = readEcho({ sent: patch, before, echo: this.server, same: () => false }).missing
      this.base = mergeBase(before, this.server, patch)
    }
    const reached = sent.filter((property) => !missing.includes(property))
    for (const property of reached) {
      this.sender(editIds, property).reached.add(property)
      this.ancestors.set(property, get(this.base, property))
    }
    const { accepted, rejected, remaining } = settleLane(this.lane, { editIds, missing, base: this.base })
    expect(accepted.length + rejected.length).toBeGreaterThan(0)
    for (const { id } of accepted) this.end(id, 'accepted')
    for (const { edit, missing: lost, stored } of rejected) {
      this.end(edit.id, 'rejected')
      expect(lost.some((property) => missing.includes(property))).toBe(true)
      for (const property of stored) expect(this.recall(edit.id).reached).toContain(property)
      for (const property of lost) expect(this.recall(edit.id).reached).not.toContain(property)
    }
    this.lane = remaining
    return true
  }

  discard(pick: number): void {
    const edit = this.lane[pick % this.lane.length]
    if (!edit) return
    this.end(edit.id, 'discarded')
    this.lane = settleLane(this.lane, { endedIds: [edit.id], base: this.base }).remaining
  }

  /** The properties by the model: the values of the last edit that was neither taken back nor overtaken by a stored one. */
  pendingValue(property: string): { value: Json } | undefined {
    const last = this.remembered.findLast(
      ({ edit, fate, reached }) => reached.has(property) || (fate === 'pending' && Object.hasOwn(edit.patch, property)),
    )
    return last && !last.reached.has(property) ? { value: last.edit.patch[property]! } : undefined
  }

  check(): void {
    expect(this.lane.map(({ id }) => id)).toEqual(
      this.remembered.filter(({ fate }) => fate === 'pending').map(({ edit }) => edit.id),
    )
    const view = fold(this.base, this.lane)
    for (const property of names) {
      const pending = this.pendingValue(property)
      expect([property, get(view ?? {}, property)]).toEqual([
        property,
        pending ? pending.value : get(this.base, property),
      ])
      const touched = this.lane.some((edit) => Object.hasOwn(effectivePatch(edit), property))
      expect(touched).toBe(pending !== undefined)
      expect(ancestorsOf(this.lane, [property])).toEqual(touched ? { [property]: this.ancestors.get(property) } : {})
    }
  }

  /** The backend's values by the model: all that reached it, in the order of saving. */
  replay(): Properties {
    const state = new Map<string, Json>()
    for (const { edit, fate, reached } of this.remembered) {
      for (const [property, wanted] of Object.entries(edit.patch)) {
        if (fate === 'accepted' || reached.has(property)) state.set(property, wanted)
      }
    }
    return Object.fromEntries(state)
  }

  private sender(editIds: readonly string[], property: string): Remembered {
    return this.remembered.findLast(
      ({ edit, reached }) => editIds.includes(edit.id) && Object.hasOwn(edit.patch, property) && !reached.has(property),
    )!
  }

  private recall(id: string): Remembered {
    return this.remembered.find(({ edit }) => edit.id === id)!
  }

  private end(id: string, fate: Fate): void {
    const remembered = this.recall(id)
    expect(remembered.fate).toBe('pending')
    remembered.fate = fate
  }
}

function get(properties: Properties, property: string): Json {
  return Object.hasOwn(properties, property) ? properties[property]! : null
}

function play(world: World, step: Step): void {
  switch (step.do) {
    case 'save':
      return world.save(step.patch)
    case 'send':
      return void world.send(step.limit, step.deaf)
    case 'discard':
      return world.discard(step.pick)
    case 'foreign':
      world.server = { ...world.server, [step.name]: step.value }
      return
    case 'pull':
      return world.pull()
  }
}

it('shows base and pending edits, keeps their ancestors right, and ends each edit once, after any events (G3, G6, R1, R6)', () => {
  fc.assert(
    fc.property(steps, (history) => {
      const world = new World()
      for (const step of history) {
        play(world, step)
        world.check()
      }
      while (world.send(Infinity, [])) world.check()
      expect(world.remembered.some(({ fate }) => fate === 'pending')).toBe(false)
    }),
    { numRuns: 500 },
  )
})

it('leaves at the backend what a replay of the accepted edits in order leaves (G4, R5)', () => {
  const alone = steps.map((history) => history.filter((step) => step.do !== 'foreign'))
  fc.assert(
    fc.property(alone, (history) => {
      const world = new World()
      for (const step of history) play(world, step)
      while (world.send(Infinity, []));
      const expected = world.replay()
      for (const property of names) {
        expect([property, get(world.server, property)]).toEqual([property, get(expected, property)])
        expect(get(world.base, property)).toEqual(get(world.server, property))
      }
    }),
    { numRuns: 500 },
  )
})
