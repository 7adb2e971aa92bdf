import type { QueuedEdit } from '../../src/model/edit.js'
import type { Fault } from '../../src/model/fault.js'
import type { Patch, Properties, RecordKey } from '../../src/model/record.js'
import type { LiveSource } from '../../src/live/live.js'
import type { Commit } from '../../src/store/commit.js'
import {
  emptyRecord,
  type FateOutcome,
  type FateRow,
  type RecordRow,
  type Session,
  type StoredLane,
  type Wait,
} from '../../src/store/rows.js'
import type { Snapshot, SnapshotRequest } from '../../src/store/snapshot-data.js'
import { FakeClock } from './fake-clock.js'

interface Lane {
  account: string
  key: RecordKey
  row: RecordRow
  edits: QueuedEdit[]
  /** The version that saved each, by id. */
  seqs: Map<string, number>
}

/** A database in memory, as far as the streams read it: each change is one transaction and raises the version. */
export class MemorySource implements LiveSource {
  readonly clock = new FakeClock()
  version = 1
  session: Session | undefined
  wait: Wait | undefined
  reads = 0
  pendingReads = 0
  lookUps = 0
  /** The requests of each read, newest last. */
  readonly requests: SnapshotRequest[] = []
  readonly faults: (Fault & { account: string })[] = []
  readonly fates: FateRow[] = []
  readonly #lanes = new Map<string, Lane>()
  readonly #waiting: (() => void)[] = []
  #held = false
  #failing = false

  constructor(account?: string) {
    if (account !== undefined) this.session = sessionOf(account)
  }

  /** Reads wait until they are released. */
  hold(): void {
    this.#held = true
  }

  /** How many reads wait. */
  get waiting(): number {
    return this.#waiting.length
  }

  /** Lets the oldest waiting read go on. */
  releaseOne(): void {
    this.#waiting.shift()?.()
  }

  release(): void {
    this.#held = false
    while (this.#waiting.length) this.releaseOne()
  }

  /** Whether reads reject, as when storage has trouble. */
  fail(failing: boolean): void {
    this.#failing = failing
  }

  /** A read returns the rows of its begin. */
  async readSnapshot(request: SnapshotRequest): Promise<Snapshot> {
    this.reads++
    this.requests.push(request)
    const snapshot = this.snapshotNow(request)
    await this.#pass()
    return snapshot
  }

  async readPending(account: string): Promise<StoredLane[]> {
    this.pendingReads++
    const lanes = this.#lanesOf(account).filter(({ edits }) => edits.length)
    const copy = lanes.map((lane) => stored(lane))
    await this.#pass()
    return copy
  }

  async readFate(account: string, editId: string): Promise<FateRow | 'pending' | undefined> {
    this.lookUps++
    const pending = this.#lanesOf(account).some(({ edits }) => edits.some(({ id }) => id === editId))
    const fate = this.fates.find((row) => row.account === account && row.editIds.includes(editId))
    await this.#pass()
    return pending ? 'pending' : fate
  }

  async readFault(account: string, faultId: string): Promise<Fault | undefined> {
    const fault = this.faults.find((row) => row.account === account && row.id === faultId)
    await this.#pass()
    return fault && structuredClone(fault)
  }

  ownRecord(account: string): RecordKey {
    return { collection: 'users', id: account }
  }

  snapshotNow({ records, fatesAfter }: SnapshotRequest): Snapshot {
    const account = this.session?.account
    const lanes = account === undefined ? [] : this.#lanesOf(account)
    const pending = lanes.flatMap(({ edits }) => edits)
    const faults = this.faults.filter((fault) => fault.account === account)
    const oldest = pending.length ? Math.min(...pending.map(({ atMs }) => atMs)) : undefined
    return structuredClone({
      version: this.version,
      ...(this.session && { session: this.session }),
      ...(this.wait && { wait: this.wait }),
      counts: { pending: pending.length, sent: 0, total: pending.length, faults: faults.length },
      ...(oldest !== undefined && { oldestPendingAtMs: oldest }),
      faults: faults.map(({ account: _account, ...fault }) => fault),
      lanes: account === undefined ? [] : records.map((of) => stored(this.lane(of(account), account))),
      fates: this.fates.filter(({ n }) => n! > fatesAfter),
      lastFate: this.fates.at(-1)?.n ?? 0,
    })
  }

  lane(key: RecordKey, account: string = this.session!.account): Lane {
    const name = JSON.stringify([account, key.collection, key.id])
    const known = this.#lanes.get(name)
    if (known) return known
    const made = { account, key, row: emptyRecord({ account, ...key }), edits: [], seqs: new Map() }
    this.#lanes.set(name, made)
    return made
  }

  /** Sets what the backend is known to have. */
  confirm(key: RecordKey, base: Properties): Commit {
    this.lane(key).row.base = { ...base }
    return this.#commit()
  }

  /** Saves edits of one record. */
  save(key: RecordKey, edits: readonly QueuedEdit[]): Commit {
    const lane = this.lane(key)
    lane.edits.push(...structuredClone(edits as QueuedEdit[]))
    const commit = this.#commit()
    for (const { id } of edits) lane.seqs.set(id, commit.to)
    return commit
  }

  /** Notes that a request with these edits, the first of the lane, is out. */
  attempt(key: RecordKey, count: number, tries = 1): Commit {
    const { row, edits } = this.lane(key)
    row.tries = tries
    const editIds = edits.slice(0, count).map(({ id }) => id)
    row.attempt = { editIds, patch: {}, key: 'k', sessionId: 's', atMs: 0, tries, unknown: false, epoch: 1, open: true }
    return this.#commit()
  }

  /** Ends a lane's edits: an accepted one goes into the base, a rejected one into a fault. */
  settle(key: RecordKey, editIds: readonly string[], outcome: FateOutcome): Commit {
    const { account, row, edits } = this.lane(key)
    delete row.attempt
    row.tries = 0
    const ended = edits.filter(({ id }) => editIds.includes(id))
    const patch: Patch = Object.assign({}, ...ended.map((edit) => edit.patch))
    if (outcome === 'accepted') row.base = { ...row.base, ...patch }
    for (const { id } of ended)
      edits.splice(
        edits.findIndex((edit) => edit.id === id),
        1,
      )
    const n = this.fates.length + 1
    const faultId = outcome === 'rejected' ? `fault-${n}` : undefined
    if (faultId !== undefined) {
      const mine = patch
      this.faults.push({ ...faultOf(key, mine), id: faultId, editIds: [...editIds], account })
    }
    const fate: FateRow = { v: 1, n, account, labels: [], editIds: [...editIds], outcome, atMs: 0 }
    this.fates.push(faultId === undefined ? fate : { ...fate, faultId })
    return this.#commit()
  }

  closeFault(faultId: string): Commit {
    const place = this.faults.findIndex(({ id }) => id === faultId)
    this.faults.splice(place, 1)
    return this.#commit()
  }

  use(account: string | undefined): Commit {
    this.session = account === undefined ? undefined : sessionOf(account)
    return this.#commit()
  }

  #commit(): Commit {
    return { from: this.version, to: ++this.version }
  }

  #lanesOf(account: string): Lane[] {
    return [...this.#lanes.values()].filter((lane) => lane.account === account)
  }

  async #pass(): Promise<void> {
    if (this.#held) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    if (this.#failing) throw new Error('storage has trouble')
  }
}

function stored({ account, key, row, edits, seqs }: Lane): StoredLane {
  return structuredClone({ key: { account, ...key }, row, edits, seqs: edits.map(({ id }) => seqs.get(id)!) })
}

export function sessionOf(account: string): Session {
  return { account, sessionId: `session-${account}`, hasToken: true, stayLoggedIn: true, guest: false }
}

export function faultOf({ collection, id }: RecordKey, mine: Properties): Fault {
  return {
    id: 'fault',
    editIds: [],
    kind: 'validation',
    op: 'update',
    message: 'refused',
    collection,
    recordId: id,
    properties: Object.keys(mine),
    offending: [],
    stored: [],
    base: {},
    mine,
    theirs: {},
    attempts: 1,
    atMs: 0,
  }
}

let count = 0

/** An edit with an id of its own. */
export function editOf(patch: Patch, more: Partial<QueuedEdit> = {}): QueuedEdit {
  return { id: `edit-${count++}`, patch, ancestors: {}, atMs: count, ...more }
}
