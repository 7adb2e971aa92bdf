// Random histories of one lane: edits, answers of every kind, lost and late ones, crashes and foreign writes, decided by the
// pure functions of sync/ alone, against a model that keeps every edit ever made.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Reply } from '../../../src/endpoint/endpoint.js'
import { ancestorsFor, earliestOf } from '../../../src/model/ancestors.js'
import { effectivePatch, type QueuedEdit } from '../../../src/model/edit.js'
import type { Fault } from '../../../src/model/fault.js'
import { fold } from '../../../src/model/fold.js'
import type { Json, Patch, Properties } from '../../../src/model/record.js'
import { looselySame } from '../../../src/model/same.js'
import { type Attempt, emptyRecord, type StoredLane } from '../../../src/store/rows.js'
import type { LaneChange } from '../../../src/store/settlements.js'
import type { LaneContext } from '../../../src/sync/lane/context.js'
import { decide } from '../../../src/sync/lane/decide.js'
import type { Plan, Step } from '../../../src/sync/lane/decision.js'
import { makeEdit } from '../../model/make-edit.js'

const timeoutMs = 30_000
const names = ['a', 'b', 'c']
/** Values that the backend refuses: by a rule, and for another record that has it (which is read before it is believed). */
const [invalid, taken] = [8, 9]
/** From here on, values that somebody else wrote. */
const foreign = 100

/** The fate of a request: `late` arrives when the network pleases, within its time. */
type Luck = 'answered' | 'not-sent' | 'answer-lost' | 'late' | 'server' | 'auth' | 'thrice'

type Act =
  | { do: 'save'; patch: Patch }
  | { do: 'step'; luck: Luck; deaf: string[] }
  | { do: 'foreign'; name: string; value: Json }
  | { do: 'arrive' }
  | { do: 'crash' }
  | { do: 'pass'; ms: number }

type Fate = 'accepted' | 'rejected'

class World {
  nowMs = 1_000_000
  lane: StoredLane
  readonly server = new Map<string, Json>()
  readonly edits: QueuedEdit[] = []
  readonly fates = new Map<string, Fate>()
  readonly faults: Fault[] = []
  readonly sent: Attempt[] = []
  /** The word on each edit's properties of a fault that named them stored. */
  readonly storedOf = new Map<string, string[]>()
  /** Properties with a foreign value that was written over unseen. */
  readonly overwritten: string[] = []
  #epoch = 1
  #next: Step | undefined
  #limbo: { patch: Patch; untilMs: number }[] = []
  #ids = 0
  /** The confirmed values when each edit was made. */
  readonly #shown = new Map<string, Properties>()
  readonly #prepared: Attempt[] = []

  constructor(
    readonly options: Pick<LaneContext, 'conflicts' | 'canRead' | 'freshForMs'>,
    base?: Properties,
  ) {
    const key = { account: 'me', collection: 'users', id: 'u1' }
    const row = emptyRecord(key)
    this.lane = { key, row: base ? { ...row, base, baseAtMs: this.nowMs } : row, edits: [] }
    for (const [name, value] of Object.entries(base ?? {})) this.server.set(name, value)
  }

  get isSending(): boolean {
    return this.#next?.step === 'send'
  }

  get record(): Properties {
    return Object.fromEntries(this.server)
  }

  save(patch: Patch): void {
    const ancestors = ancestorsFor(patch, this.lane.row.base, earliestOf(this.lane.edits))
    const edit = makeEdit(`e-${this.edits.length}`, patch, { ancestors, atMs: this.nowMs })
    this.#shown.set(edit.id, this.lane.row.base ?? {})
    this.edits.push(edit)
    this.lane = { ...this.lane, edits: [...this.lane.edits, edit] }
  }

  /** Takes the next step of the lane; `false`: there is none. */
  step(luck: Luck, deaf: readonly string[] = []): boolean {
    const isPrepared = this.#next?.step === 'read' || this.#next?.step === 'send'
    const step = isPrepared ? this.#next! : this.write(decide(this.lane, { event: 'looked' }, this.context()))
    this.#next = undefined
    switch (step.step) {
      case 'none':
      case 'held':
        return false
      case 'later':
        expect(step.dueAtMs).toBeGreaterThan(this.nowMs)
        this.pass(step.dueAtMs - this.nowMs)
        return true
      case 'read': {
        const atMs = this.nowMs
        const { record } = this
        this.pass(10)
        const reply: Reply = luck === 'answered' || luck === 'thrice' ? { ok: true, record } : this.failure(luck)
        const read = { event: 'read-answered', reply, rev: step.rev, atMs, sessionId: 's1' } as const
        this.#next = this.write(decide(this.lane, read, this.context()))
        return true
      }
      case 'send': {
        const { attempt } = step
        this.sent.push(attempt)
        this.pass(10)
        const reply = this.update(attempt.patch, luck, deaf)
        this.#next = this.write(decide(this.lane, { event: 'write-answered', attempt, reply }, this.context()))
        return true
      }
    }
  }

  /** The sender is gone; another one begins with what is on disk. */
  crash(): void {
    this.#next = undefined
    this.#epoch++
  }

  pass(ms: number): void {
    this.nowMs += ms
    this.#limbo = this.#limbo.filter(({ untilMs }) => untilMs > this.nowMs)
  }

  arrive(): void {
    const first = this.#limbo.shift()
    if (first) this.apply(first.patch)
  }

  /** Drains the lane on a network that works. */
  drain(): void {
    for (let steps = 0; this.step('answered'); steps++) {
      this.check()
      expect(steps, 'steps until the lane is empty').toBeLessThan(300)
    }
  }

  check(): void {
    const { edits, row } = this.lane
    const pending = this.edits.filter(({ id }) => !this.fates.has(id))
    expect(edits.map(({ id }) => id)).toEqual(pending.map(({ id }) => id))
    const view = fold(row.base, edits)
    for (const name of names) {
      const last = edits.findLast((edit) => Object.hasOwn(effectivePatch(edit), name))
      expect(view?.[name] ?? null).toEqual(last ? last.patch[name] : (row.base?.[name] ?? null))
    }
    const rejected = [...this.fates.values()].filter((fate) => fate === 'rejected').length
    expect(this.faults.flatMap(({ editIds }) => editIds)).toHaveLength(rejected)
    for (const { properties, mine } of this.faults) expect(Object.keys(mine!).sort()).toEqual([...properties].sort())
    if (row.attempt) expect(row.attempt.editIds.every((id) => !this.fates.has(id))).toBe(true)
  }

  /** The state after all that was accepted, in order. */
  replay(base: Properties = {}): Properties {
    const state = new Map(Object.entries(base))
    for (const { id, patch } of this.edits)
      for (const [name, value] of Object.entries(patch))
        if (this.fates.get(id) === 'accepted' || this.storedOf.get(id)?.includes(name)) state.set(name, value)
    return Object.fromEntries(state)
  }

  private context(): LaneContext {
    return {
      ...this.options,
      nowMs: this.nowMs,
      newId: () => `f${this.#ids++}`,
      requestTimeoutMs: timeoutMs,
      repeatsCreates: 'safe',
      keyValidForMs: 86_400_000,
      canFind: true,
      isNamedByServer: false,
      idOf: () => undefined,
      refsOf: () => [],
      toBackend: (values) => values,
      toDevice: (values) => values,
      startedAtMs: 0,
      epoch: this.#epoch,
      sessionId: 's1',
      ignoreDue: false,
      same: (_, sent, got) => looselySame(sent, got),
      chance: 0.5,
      lastReplyAtMs: this.nowMs,
      notStored: (properties) => ({ kind: 'validation', message: `Not stored: ${properties.join()}` }),
    }
  }

  private write({ change, next }: Plan): Step {
    if (change) this.settle(change)
    if (next.step === 'send') this.checkPrepared(next.attempt)
    return next
  }

  private settle({ row, settled = [], rewritten = [], faults = [] }: LaneChange): void {
    for (const { editIds, outcome, faultId } of settled)
      for (const id of editIds) {
        expect(this.fates.has(id), `${id} has no fate yet`).toBe(false)
        expect(outcome).not.toBe('discarded')
        this.fates.set(id, outcome as Fate)
        if (outcome === 'rejected') expect(faults.map((fault) => fault.id)).toContain(faultId)
      }
    this.faults.push(...faults)
    const copies = new Map(rewritten.map((edit) => [edit.id, edit]))
    const { edits } = this.lane
    for (const { editIds, stored } of faults)
      for (const id of editIds) {
        const { covered = [], patch } = edits.find((edit) => edit.id === id)!
        // The values that were stored of it by itself; the values of later edits are theirs.
        this.storedOf.set(
          id,
          stored.filter((name) => Object.hasOwn(patch, name) && !covered.includes(name)),
        )
      }
    this.lane = {
      key: this.lane.key,
      row: row ?? this.lane.row,
      edits: edits.filter(({ id }) => !this.fates.has(id)).map((edit) => copies.get(edit.id) ?? edit),
    }
    if (row) expect(row.rev).toBeGreaterThanOrEqual(this.lane.row.rev)
  }

  /**
   * A repeat is exact. A first request carries nothing that a later pending edit covers whole, and the newest value of each
   * property.
   */
  private checkPrepared(attempt: Attempt): void {
    const { edits } = this.lane
    const before = this.#prepared.at(-1)
    this.#prepared.push(attempt)
    if (attempt.tries > 1) {
      expect([attempt.key, attempt.patch]).toEqual([before?.key, before?.patch])
      return
    }
    expect(this.#prepared.filter(({ key }) => key === attempt.key)).toHaveLength(1)
    for (const [name, value] of Object.entries(attempt.patch)) {
      const inAttempt = edits.filter(({ id }) => attempt.editIds.includes(id))
      const sender = inAttempt.findLast((edit) => Object.hasOwn(effectivePatch(edit), name))
      if (!sender) continue
      expect(value).toEqual(sender.patch[name])
      const later = edits.slice(edits.indexOf(sender) + 1)
      const covers = (property: string): boolean => later.some((edit) => Object.hasOwn(effectivePatch(edit), property))
      expect(Object.keys(effectivePatch(sender)).every(covers), `${sender.id} is covered`).toBe(false)
    }
  }

  private update(patch: Patch, luck: Luck, deaf: readonly string[]): Reply {
    if (luck === 'not-sent' || luck === 'server' || luck === 'auth') return this.failure(luck)
    if (luck === 'late') {
      this.#limbo.push({ patch, untilMs: this.nowMs - 10 + timeoutMs })
      return this.failure('not-sent')
    }
    const reply = this.apply(patch, deaf)
    // The browser sends it again by itself, and again: the last answer is the one that is seen (R3).
    if (luck === 'thrice' && reply.ok && patch.a !== undefined)
      return { ok: false, failure: { kind: 'conflict', reason: 'taken', message: 'Taken' } }
    return luck === 'answer-lost' ? this.failure(luck) : reply
  }

  private apply(patch: Patch, deaf: readonly string[] = []): Reply {
    const values = Object.values(patch)
    if (values.includes(invalid)) return { ok: false, failure: { kind: 'validation', message: 'Invalid' } }
    if (values.includes(taken)) return { ok: false, failure: { kind: 'conflict', reason: 'taken', message: 'Taken' } }
    for (const [name, value] of Object.entries(patch)) {
      if (deaf.includes(name)) continue
      if (this.server.get(name) !== value) this.overwrite(name)
      this.server.set(name, value)
    }
    return { ok: true, record: this.record }
  }

  /** Notes when a value goes that somebody else wrote, and that was not shown when the lane began to write over it. */
  private overwrite(name: string): void {
    const gone = this.server.get(name)
    const first = this.lane.edits.find((edit) => Object.hasOwn(effectivePatch(edit), name))
    const shown = first && this.#shown.get(first.id)?.[name]
    if (typeof gone === 'number' && gone >= foreign && shown !== gone) this.overwritten.push(name)
  }

  private failure(luck: Luck): Reply {
    const kind = luck === 'server' || luck === 'auth' ? luck : 'unreachable'
    return { ok: false, failure: { kind, message: luck } }
  }
}

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
      return world.save(act.patch)
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

const replayed = (world: World): void => {
  const expected = world.replay()
  for (const property of names)
    expect([property, world.record[property] ?? null]).toEqual([property, expected[property] ?? null])
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
