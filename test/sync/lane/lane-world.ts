// One lane and its backend: edits, answers of every kind, lost and late ones, crashes and foreign writes, decided by the pure
// functions of sync/ alone, against a model that keeps every edit ever made.
import { expect } from 'vitest'
import type { Reply } from '../../../src/endpoint/endpoint.js'
import { ancestorsFor, earliestOf } from '../../../src/model/ancestors.js'
import { effectivePatch, opOf, type QueuedEdit } from '../../../src/model/edit.js'
import type { Fault } from '../../../src/model/fault.js'
import { fold } from '../../../src/model/fold.js'
import { objectionTo } from '../../../src/model/may-save.js'
import type { Json, Operation, Patch, Properties, State } from '../../../src/model/record.js'
import { looselySame } from '../../../src/model/same.js'
import { owesLookBack } from '../../../src/store/attempt.js'
import { type Attempt, emptyRecord, type StoredLane } from '../../../src/store/rows.js'
import type { LaneChange } from '../../../src/store/settlements.js'
import type { LaneContext } from '../../../src/sync/lane/context.js'
import { decide } from '../../../src/sync/lane/decide.js'
import type { Plan, Step } from '../../../src/sync/lane/decision.js'
import { makeEdit } from '../../model/make-edit.js'

export const timeoutMs = 30_000
export const names = ['a', 'b', 'c']
/** Values that the backend refuses: by a rule, and for another record that has it (which is read before it is believed). */
export const [invalid, taken] = [8, 9]
/** From here on, values that somebody else wrote. */
export const foreign = 100

/** The fate of a request: `late` arrives when the network pleases, within its time. */
export type Luck = 'answered' | 'not-sent' | 'answer-lost' | 'late' | 'server' | 'auth' | 'thrice'

export type Act =
  /** Default: an update. */
  | { do: 'save'; op?: Operation; patch: Patch }
  | { do: 'step'; luck: Luck; deaf: string[] }
  | { do: 'foreign'; name: string; value: Json }
  | { do: 'arrive' }
  | { do: 'crash' }
  | { do: 'pass'; ms: number }

type Fate = 'accepted' | 'rejected' | 'discarded'

/** Who names a record that is made here, and how a creation is repeated: under the device's id, or with a key. */
export type Naming = 'safe' | 'by-key'

interface Sent {
  attempt: Attempt
  /** The backend's id that the request names. */
  remoteId: number | undefined
}

const invalidReply: Reply = { ok: false, failure: { kind: 'validation', message: 'Invalid' } }
const conflict: Reply = { ok: false, failure: { kind: 'conflict', reason: 'taken', message: 'Taken' } }

export class World {
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
  #limbo: (Sent & { untilMs: number })[] = []
  /** Whether the backend has the record. */
  #exists: boolean
  /** The backend's id of it, where the backend names it; and the one that the device knows. */
  #id = 0
  #remoteId: number | undefined
  #made = false
  /** Faults that the person has discarded. */
  readonly #resolved = new Set<string>()
  /** The answers to creations, by key. */
  readonly #keys = new Map<string, Reply>()
  #ids = 0
  /** The confirmed values when each edit was made. */
  readonly #shown = new Map<string, Properties>()
  readonly #prepared: Attempt[] = []

  constructor(
    readonly options: Pick<LaneContext, 'conflicts' | 'canRead' | 'freshForMs'>,
    base?: Properties,
    /** The record is to be made here; absent: the backend has it. */
    readonly naming?: Naming,
  ) {
    this.#exists = !naming
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

  /** `null`: the backend has no such record. */
  get state(): State {
    return this.#exists ? this.record : null
  }

  /** Saves the edit, if it can be made of the record as it stands. A person who has to resolve a fault first discards it. */
  save(patch: Patch, op: Operation = 'update'): void {
    const { edits, row } = this.lane
    const { attempt, base, lookBacks, strays } = row
    const faults = this.faults.filter(({ id }) => !this.#resolved.has(id))
    const objection = objectionTo(op, { base, edits, faults, owes: owesLookBack(row, this.nowMs) })
    if (objection) {
      if (objection.code !== 'refused') return
      for (const { id } of faults) this.#resolved.add(id)
      // Nobody has such a record then.
      this.lane = { ...this.lane, row: { ...row, base: null } }
      return
    }
    // The backend has named it once: another creation is one of another record.
    if (op === 'create' && this.#remoteId !== undefined) return
    const isCreating = edits.some((edit) => opOf(edit) === 'create')
    if (op === 'delete' && isCreating && !attempt && !strays && !lookBacks) return this.wipe()
    const ancestors = ancestorsFor(patch, this.lane.row.base, earliestOf(this.lane.edits))
    const edit = makeEdit(`e-${this.edits.length}`, op === 'delete' ? {} : patch, {
      ...(op !== 'update' && { op }),
      ancestors: op === 'update' ? ancestors : {},
      atMs: this.nowMs,
    })
    this.#shown.set(edit.id, this.lane.row.base ?? {})
    this.edits.push(edit)
    this.lane = { ...this.lane, edits: [...this.lane.edits, edit] }
  }

  /** Takes the next step of the lane; `false`: there is none. */
  step(luck: Luck, deaf: readonly string[] = []): boolean {
    const isPrepared = this.#next?.step === 'read' || this.#next?.step === 'send'
    const step = isPrepared ? this.#next! : this.taken(decide(this.lane, { event: 'looked' }, this.context()))
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
        const isThere = this.naming !== 'by-key' || step.remoteId === this.#id
        const record = isThere ? this.state : null
        this.pass(10)
        const reply: Reply = luck === 'answered' || luck === 'thrice' ? { ok: true, record } : this.failure(luck)
        const read = { event: 'read-answered', reply, rev: step.rev, atMs, sessionId: 's1' } as const
        this.#next = this.taken(decide(this.lane, read, this.context()))
        return true
      }
      case 'send': {
        const { attempt } = step
        this.sent.push(attempt)
        this.pass(10)
        const reply = this.write({ attempt, remoteId: step.remoteId as number | undefined }, luck, deaf)
        this.#next = this.taken(decide(this.lane, { event: 'write-answered', attempt, reply }, this.context()))
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
    if (first) this.apply(first)
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
    const turn = edits.findLastIndex((edit) => opOf(edit) !== 'update')
    const isDeleted = turn < 0 ? row.base === null : opOf(edits[turn]!) === 'delete'
    expect(view === null).toBe(isDeleted)
    const under = turn < 0 ? row.base : undefined
    for (const name of names) {
      const last = edits.slice(Math.max(0, turn)).findLast((edit) => Object.hasOwn(effectivePatch(edit), name))
      expect(view?.[name] ?? null).toEqual(isDeleted ? null : last ? last.patch[name] : (under?.[name] ?? null))
    }
    const rejected = [...this.fates.values()].filter((fate) => fate === 'rejected').length
    expect(this.faults.flatMap(({ editIds }) => editIds)).toHaveLength(rejected)
    for (const { op, properties, mine } of this.faults) {
      if (op === 'delete') expect(mine).toBeNull()
      else expect(Object.keys(mine!).sort()).toEqual([...properties].sort())
    }
    if (row.attempt) expect(row.attempt.editIds.every((id) => !this.fates.has(id))).toBe(true)
  }

  /** The state after all that was accepted, in order. */
  replay(base: State = {}): State {
    let state: State = base
    for (const { id, op, patch } of this.edits) {
      const isAccepted = this.fates.get(id) === 'accepted'
      if (op === 'create' && isAccepted) state = patch
      else if (op === 'delete' && isAccepted) state = null
      else if (state)
        for (const [name, value] of Object.entries(patch))
          if (isAccepted || this.storedOf.get(id)?.includes(name)) state = { ...state, [name]: value }
    }
    return state
  }

  /** A creation that was never sent, and its deletion, settle each other (R18). */
  private wipe(): void {
    const deletion = makeEdit(`e-${this.edits.length}`, {}, { op: 'delete', atMs: this.nowMs })
    for (const { id } of this.lane.edits) this.fates.set(id, 'discarded')
    this.edits.push(deletion)
    this.fates.set(deletion.id, 'accepted')
    this.lane = { ...this.lane, row: { ...emptyRecord(this.lane.row), base: null }, edits: [] }
    this.#next = undefined
  }

  private context(): LaneContext {
    return {
      ...this.options,
      nowMs: this.nowMs,
      newId: () => `f${this.#ids++}`,
      requestTimeoutMs: timeoutMs,
      repeatsCreates: this.naming ?? 'safe',
      keyValidForMs: 86_400_000,
      canFind: false,
      canList: false,
      isNamedByServer: this.naming === 'by-key',
      remoteId: this.#remoteId,
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

  private taken({ change, next }: Plan): Step {
    if (change) this.settle(change)
    if (next.step === 'send') this.checkPrepared(next.attempt)
    return next
  }

  private settle({ row, settled = [], rewritten = [], faults = [], named }: LaneChange): void {
    if (named != null) this.#remoteId = named as number
    for (const { editIds, outcome, faultId } of settled)
      for (const id of editIds) {
        expect(this.fates.has(id), `${id} has no fate yet`).toBe(false)
        // By a deletion behind it.
        if (outcome === 'discarded') expect(settled.map(({ op }) => op)).toContain('delete')
        this.fates.set(id, outcome)
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
    // A creation that was refused for its session's sake is kept, and that try does not count.
    if (attempt.tries > 1 || (opOf(attempt) === 'create' && attempt.key === before?.key)) {
      expect([attempt.key, attempt.patch]).toEqual([before?.key, before?.patch])
      return
    }
    expect(this.#prepared.filter(({ key }) => key === attempt.key)).toHaveLength(1)
    if (opOf(attempt) === 'delete') return expect(attempt.patch).toEqual({})
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

  private write(sent: Sent, luck: Luck, deaf: readonly string[]): Reply {
    if (luck === 'not-sent' || luck === 'server' || luck === 'auth') return this.failure(luck)
    if (luck === 'late') {
      this.#limbo.push({ ...sent, untilMs: this.nowMs - 10 + timeoutMs })
      return this.failure('not-sent')
    }
    const reply = this.apply(sent, deaf)
    // The browser sends it again by itself, and again: the last answer is the one that is seen (R3).
    if (luck === 'thrice' && opOf(sent.attempt) !== 'update') return this.apply(sent)
    if (luck === 'thrice' && reply.ok && sent.attempt.patch.a !== undefined) return conflict
    return luck === 'answer-lost' ? this.failure(luck) : reply
  }

  private apply({ attempt, remoteId }: Sent, deaf: readonly string[] = []): Reply {
    const { key, patch } = attempt
    const op = opOf(attempt)
    if (op === 'create') return this.#keys.get(key) ?? this.create(key, patch)
    if (!this.#exists || (this.naming === 'by-key' && remoteId !== this.#id)) {
      // Nobody has ever heard of a record that is not made yet.
      expect(this.#made, op).toBe(true)
      return { ok: false, failure: { kind: 'gone', message: 'Gone' } }
    }
    if (op === 'delete') {
      this.#exists = false
      this.server.clear()
      return { ok: true }
    }
    return this.refusalOf(patch) ?? this.update(patch, deaf)
  }

  private create(key: string, patch: Patch): Reply {
    const refusal = this.refusalOf(patch)
    // By key, a conflict with a repeat would say that the backend is at work on the creation still.
    if (refusal) return this.naming === 'by-key' ? invalidReply : refusal
    if (this.#exists) return conflict
    this.#exists = this.#made = true
    this.#id++
    for (const [name, value] of Object.entries(patch)) this.server.set(name, value)
    const reply: Reply = { ok: true, record: this.record, ...(this.naming === 'by-key' && { id: this.#id }) }
    if (this.naming === 'by-key') this.#keys.set(key, reply)
    return reply
  }

  private refusalOf(patch: Patch): Reply | undefined {
    const values = Object.values(patch)
    if (values.includes(invalid)) return invalidReply
    if (values.includes(taken)) return conflict
    return undefined
  }

  private update(patch: Patch, deaf: readonly string[]): Reply {
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
