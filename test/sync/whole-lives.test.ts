// Random lives of one record, from its creation to its end, through the sender and its storage.
import fc from '../support/fast-check.js'
import { describe, expect, it } from 'vitest'
import { fold } from '../../src/model/fold.js'
import type { Operation, Patch } from '../../src/model/record.js'
import { saveEdits } from '../../src/store/edits.js'
import { readFate } from '../../src/store/fates.js'
import { readSnapshot } from '../../src/store/read-snapshot.js'
import { lifeBackend, type LifeBackend, type Luck, type Mode } from './life-backend.js'
import { senderWorld, type SenderWorld } from './sender-world.js'

type Act =
  | { do: 'save'; op: Operation; patch: Patch }
  | { do: 'luck'; luck: Luck }
  | { do: 'wake' }
  | { do: 'arrive' }
  | { do: 'pass'; ms: number }

const key = { collection: 'notes', id: 'd1' }

class Life {
  readonly saved: { id: string; op: Operation; patch: Patch }[] = []
  #count = 0

  constructor(
    readonly world: SenderWorld,
    readonly backend: LifeBackend,
  ) {}

  static async begin(mode: Mode): Promise<Life> {
    const backend = lifeBackend(mode)
    const world = await senderWorld({ others: { notes: backend.endpoint } })
    return new Life(world, backend)
  }

  async lane() {
    const { db } = this.world
    return (await readSnapshot(db, { records: [() => key], fatesAfter: Infinity })).lanes[0]!
  }

  /** Saves the edit, if it can be made of the record as it stands. */
  async save(op: Operation, patch: Patch): Promise<void> {
    const { db, platform } = this.world
    const label = `l${(this.#count++).toString().padStart(5, '0')}`
    const nowMs = platform.clock.now()
    const edit = { id: `${label}-0`, op, patch: op === 'delete' ? {} : patch, atMs: nowMs }
    const saving = saveEdits(db, { account: 'me', label, edits: [{ key, edit }], nowMs })
    const result = await saving.catch((error: Error) => {
      if (error.name !== 'InvalidEditError') throw error
      return { refused: new Map([[edit.id, error]]), joined: new Map<string, string>() }
    })
    if (!result?.refused.has(edit.id) && !result?.joined.has(edit.id)) this.saved.push(edit)
  }

  async faults() {
    return (await readSnapshot(this.world.db, { records: [() => key], fatesAfter: Infinity })).faults
  }

  async play(act: Act): Promise<void> {
    const { world, backend } = this
    if (act.do === 'save') return this.save(act.op, act.patch)
    if (act.do === 'luck') return void backend.lucks.push(act.luck)
    if (act.do === 'wake') return world.wake()
    if (act.do === 'arrive') return backend.arrive()
    // A copy that arrives after its request's time is not noticed.
    if (act.ms >= 30_000) {
      await world.pass(1_500)
      backend.arrive()
    }
    return world.pass(act.ms)
  }

  /** Lets the lane come to rest on a network that works. */
  async drain(): Promise<void> {
    this.backend.lucks.length = 0
    await this.world.wake('online')
    for (let hours = 0; hours < 60; hours++) {
      const { edits, row } = await this.lane()
      if (!edits.length && !row.attempt && !row.lookBacks) return
      if (edits.length && (await this.faults()).some(({ kind }) => kind === 'unknown')) return
      await this.world.pass(120_000)
    }
    expect.fail(`The lane does not come to rest: ${JSON.stringify(await this.lane())}`)
  }

  async check(mode: Mode): Promise<void> {
    const { backend, saved, world } = this
    const { row, edits } = await this.lane()
    expect(backend.violations).toEqual([])
    // One fate each (G3).
    const fates = new Map<string, string>()
    for (const { id } of saved) {
      const fate = await readFate(world.db, 'me', id)
      const isPending = edits.some((edit) => edit.id === id)
      expect(typeof fate === 'object', `${id} has a fate, or is pending`).toBe(!isPending)
      if (typeof fate === 'object') fates.set(id, fate.outcome)
    }
    // A repeat is the same request under the same key, and one creation makes one record (R21).
    const creations = backend.requests.filter(({ op }) => op === 'create')
    for (const one of creations)
      for (const other of creations) if (one.idempotencyKey === other.idempotencyKey) expect(one).toEqual(other)
    const made = backend.log.filter(({ op }) => op === 'create')
    if (mode === 'safe') expect(backend.records.size).toBeLessThanOrEqual(1)
    if (mode === 'never') expect(made.filter(({ isCopy }) => !isCopy).length).toBeLessThanOrEqual(creationsOf(saved))
    else
      expect(made.length).toBeLessThanOrEqual(
        creationsOf(saved) + backend.log.filter(({ op }) => op === 'delete').length,
      )
    // A deletion is the last.
    if (!edits.length && saved.at(-1)?.op === 'delete' && fates.get(saved.at(-1)!.id) === 'accepted')
      expect(backend.records.size).toBe(0)
    // The device shows what the backend has.
    if (!edits.length && mode !== 'never' && row.base !== undefined) {
      const [record] = [...backend.records.values()]
      expect(fold(row.base, [])).toEqual(record ?? null)
    }
  }
}

const creationsOf = (saved: Life['saved']): number => saved.filter(({ op }) => op === 'create').length

const patch = fc.dictionary(fc.constantFrom('a', 'b'), fc.constantFrom('1', '2', '3', '!'), {
  minKeys: 1,
  noNullPrototype: true,
})
const history = fc.array(
  fc.oneof<fc.Arbitrary<Act>[]>(
    fc.record({
      do: fc.constant('save' as const),
      op: fc.constantFrom('create' as const, 'update' as const, 'update' as const, 'delete' as const),
      patch,
    }),
    fc.record({
      do: fc.constant('luck' as const),
      luck: fc.constantFrom<Luck>('answered', 'not-sent', 'answer-lost', 'doubled', 'late', 'silent', 'refused'),
    }),
    fc.constant({ do: 'wake' as const }),
    fc.constant({ do: 'arrive' as const }),
    fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(10, 2_000, 40_000) }),
  ),
  { maxLength: 14 },
)

describe('a record, through any life', () => {
  it.each<Mode>(['safe', 'by-key', 'by-find', 'never'])(
    'that is created in the mode %s ends each edit once, and leaves at the backend what it shows (G3, R17, R18, R21)',
    async (mode) => {
      await fc.assert(
        fc.asyncProperty(history, async (acts) => {
          const life = await Life.begin(mode)
          await life.save('create', { a: '0' })
          for (const act of acts) await life.play(act)
          life.backend.arrive()
          await life.drain()
          await life.check(mode)
        }),
        { numRuns: 60 },
      )
    },
    60_000,
  )
})
