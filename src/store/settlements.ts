// The transactions of the sender: attempts before a request leaves, settlements after its answer (R2, G3, G7).
import type { QueuedEdit } from '../model/edit.js'
import type { Failure } from '../model/failure.js'
import type { Fault } from '../model/fault.js'
import { type LaneKey, laneName, type Operation } from '../model/record.js'
import { resetCursor } from './cursors.js'
import { countsOf, type Database, type Tables, unchanged } from './database.js'
import { readLane, recordKeyOf } from './lane-rows.js'
import { addFates, moveFront } from './marks.js'
import { type Duplicate, moveDuplicate } from './move-duplicate.js'
import { type Names, putNames } from './names.js'
import { newPlace, placeOf } from './place.js'
import type { RemoteId } from './other-record.js'
import { readOthers } from './others.js'
import { grantLease, type Granted, type LeaseClaim, leaseIn, putLease } from './lease.js'
import {
  type FateOutcome,
  emptyRecord,
  type FateRow,
  type FaultRow,
  fateOf,
  formatVersion,
  type LaneRows,
  type RecordRow,
  type Run,
  type StateRow,
  type StoredLane,
  type VersionLesson,
  type Wait,
} from './rows.js'
import { rewriteRuns } from './rewrite-runs.js'
import { putRuns } from './runs.js'
import { migrated } from './shapes.js'

/** Edits of one operation that leave the outbox with one fate. */
export interface Settled {
  /** Absent: `update`. */
  op?: Operation | undefined
  editIds: readonly string[]
  outcome: FateOutcome
  faultId?: string
}

/** The changes of a decision in one lane. All of them are written, or none. */
export interface LaneChange {
  row?: RecordRow
  settled?: readonly Settled[]
  /** Remaining edits with other ancestors or covers than before. */
  rewritten?: readonly QueuedEdit[]
  /** Opened, or replacing the open one of the same id. */
  faults?: readonly Fault[]
  closedFaults?: readonly string[]
  /** The backend's id of the record, which it has just named (R19). `null`: the record was made here, and never comes to be. */
  named?: RemoteId
  /** `named` is `null`, and nothing else of the record stays: that is for the edits that name it (R18). */
  isGivenUp?: true
  /** The answer is as old as the first try of its request. The next pull asks for everything, and tells if the record is gone since. */
  isOld?: true
  /** The lesson of a refusal about the versions of the collection. */
  versions?: VersionLesson
  /** The wait of all lanes; `null` ends it. */
  wait?: Wait | null
  /** The session that the backend does not take any more; of no effect when it is not the current one (R14). */
  expires?: { sessionId: string; failure: Failure }
}

/** By the lane name of the backend's id, the ids on this device of the records that this transaction has named so far. */
export type NamedNow = ReadonlyMap<string, string>

type LaneFault = Pick<FaultRow, 'account' | 'id'>

export interface LaneJob {
  key: LaneKey
  /** The id in the backend's answer, by which it may mean another record. */
  answered?: string | number | undefined
  /** Synchronous, so that nothing but IndexedDB is awaited in the transaction. `undefined` changes nothing. */
  decide(lane: StoredLane, state: StateRow, epoch: number, named: NamedNow): LaneChange | undefined
}

export interface LaneWork {
  jobs: readonly LaneJob[]
  right: number | LeaseClaim
  nowMs: number
}

/**
 * Runs the jobs, at most one a lane, in one transaction, by the right of the lease: its epoch, or a claim, which is granted
 * and written in the same transaction. Resolves with the epoch; when another context has the lease, nothing was written (G5).
 * The caller fixes `nowMs`, the time of the fates.
 */
export async function workLanes(db: Database, { jobs, right, nowMs }: LaneWork): Promise<Granted> {
  let granted!: Granted
  await db.write(async (tables, state, commit, later) => {
    const holding = tables.meta.get('lease')
    const refreshing = db.memory.names.refresh(tables, state)
    // The lanes are awaited first, and the end of the transaction ends both.
    refreshing?.catch(() => {})
    const known = db.memory.lanes.at(state.version)
    const lanes = await Promise.all(
      jobs.map(async ({ key }) => {
        const lane = known.get(laneName(key))
        return lane ? migrated(lane, tables.shapes) : readLane(tables, state, key)
      }),
    )
    if (refreshing) await refreshing
    const held = leaseIn(await holding, nowMs)
    const { row, ...answer } =
      typeof right === 'number'
        ? { granted: held?.epoch === right ? { epoch: right } : { againAtMs: nowMs }, row: undefined }
        : grantLease(held, right)
    granted = answer.granted
    if (!('epoch' in granted)) return unchanged
    const claiming = row ? [putLease(tables, row)] : []
    const reading = readOthers(db, tables, state, lanes, known)
    const others = reading && (await reading)
    const namesakes = await readNamesakes(db.memory.names, tables, jobs)
    const changes = createChanges()
    const duplicates: Duplicate[] = []
    const { epoch } = granted
    const named = new Map<string, string>()
    // Each is noted before the next one is decided, which may have to wait by it.
    commit.left = lanes.map((lane, index) => {
      const change = jobs[index]!.decide(
        { ...(others?.seenBy(lane) ?? lane), ...namesakes[index] },
        state,
        epoch,
        named,
      )
      if (change?.named != null) named.set(laneName({ ...lane.key, id: String(change.named) }), lane.key.id)
      const left = change ? changes.note(state, lane, change, nowMs) : lane
      if (change) others?.decided(left, change)
      const duplicate = duplicateOf(db.memory.names, left, change)
      if (duplicate) duplicates.push(duplicate)
      return left
    })
    if (changes.isEmpty && !duplicates.length) {
      await Promise.all(claiming)
      return unchanged
    }
    if (changes.isUnhurried) commit.unhurried = true
    later([...claiming, ...(await changes.write(tables, state))])
    for (const duplicate of duplicates) {
      if (!(await moveDuplicate(tables, state, duplicate))) continue
      granted = { epoch, movesEdits: true }
      commit.changed = [...lanes.map(({ key }) => key), ...duplicates.flatMap(({ from, to }) => [from, to])]
      delete commit.left
      delete commit.unhurried
    }
    return true
  }, 'sending')
  return granted
}

/** By job, since when this device knows a record under the id of the answer, if that is not known to be the lane's own (R19). */
function readNamesakes(
  names: Names,
  tables: Tables,
  jobs: readonly LaneJob[],
): Promise<Pick<StoredLane, 'namesakeSinceMs'>[]> | [] {
  const keys = jobs.map(({ key, answered }) => {
    const there = { ...key, id: String(answered) }
    const isOther = (names.idOf(there) ?? there.id) === there.id && there.id !== key.id
    return answered !== undefined && isOther ? there : undefined
  })
  if (!keys.some((key) => key)) return []
  return Promise.all(
    keys.map(async (key) => {
      const row = key && (await tables.records.get(recordKeyOf(key)))
      return row?.base ? { namesakeSinceMs: row.knownSinceMs ?? 0 } : {}
    }),
  )
}

/** The lane lies under the backend's id, and has another here, or has just got one under which another row may lie. */
function duplicateOf(names: Names, { key, row }: LaneRows, change: LaneChange | undefined): Duplicate | undefined {
  const { account, collection, id } = key
  const named = change?.named ?? id
  if (String(named) !== id) return { from: { account, collection, id: String(named) }, to: key }
  const here = row.attempt ? undefined : names.idOf(key)
  return here === undefined || here === id ? undefined : { from: key, to: { account, collection, id: here } }
}

/** Writes decisions of several lanes, inside the caller's transaction. */
export async function applyChanges(
  tables: Tables,
  state: StateRow,
  decisions: readonly { lane: LaneRows; change: LaneChange }[],
  nowMs: number,
): Promise<void> {
  const changes = createChanges()
  for (const { lane, change } of decisions) changes.note(state, lane, change, nowMs)
  await Promise.all(await changes.write(tables, state))
}

/** Decisions that are written together, each table's rows in one go. */
interface Changes {
  readonly isEmpty: boolean
  /** No fault, and no end of a session. */
  readonly isUnhurried: boolean
  /** Changes the state at once; `write` writes the rows. Returns the lane after the change. */
  note(state: StateRow, lane: LaneRows, change: LaneChange, nowMs: number): LaneRows
  /** Begins to write; the transaction has to wait for the returned requests. */
  write(tables: Tables, state: StateRow): Promise<Promise<unknown>[]>
}

function createChanges(): Changes {
  let isEmpty = true
  let isUnhurried = true
  const records: RecordRow[] = []
  const goneRecords: [string, string, string][] = []
  /** The rows after the change; those with no edit left are gone. */
  const runs: Run[] = []
  const fates: FateRow[] = []
  const faults: FaultRow[] = []
  const closedFaults: LaneFault[] = []
  const names: (LaneKey & { remoteId: RemoteId })[] = []
  const olds: LaneKey[] = []
  return {
    get isEmpty() {
      return isEmpty
    },
    get isUnhurried() {
      return isUnhurried
    },
    note(state, lane, change, nowMs) {
      isEmpty = false
      if (change.faults?.length || change.closedFaults?.length || change.expires) isUnhurried = false
      const { account, collection, id } = lane.key
      const counts = countsOf(state, account)
      let { row } = lane
      if (change.row) {
        const isNew = !row.base && change.row.base && row.knownSinceMs === undefined
        const place = placeOf(lane) ?? newPlace(state)
        row = {
          ...change.row,
          place,
          ...(change.row.rev !== row.rev && { revisedAt: state.version, revisedAtMs: nowMs }),
        }
        if (isNew) row = { ...row, knownSinceMs: nowMs }
        records.push(row)
        noteLookBacks(state, row)
      }
      const after = change.settled?.length || change.rewritten?.length ? rewriteRuns(lane, change, runs) : lane
      for (const { op, editIds, outcome, faultId } of change.settled ?? []) {
        counts.pending -= editIds.length
        counts.sent += editIds.length
        fates.push(fateOf({ account, op, editIds, outcome, faultId, key: { collection, id }, atMs: nowMs }))
      }
      for (const fault of change.faults ?? []) {
        const shape = fault.shape ?? row.shape
        faults.push({ ...fault, ...(shape && { shape }), v: formatVersion, account })
      }
      for (const id of change.closedFaults ?? []) closedFaults.push({ account, id })
      const remoteId = change.isGivenUp ? null : change.named
      if (remoteId !== undefined) names.push({ account, collection, id, remoteId })
      if (change.isGivenUp) {
        row = emptyRecord(lane.key, row.shape)
        noteLookBacks(state, row)
        goneRecords.push(recordKeyOf(lane.key))
      }
      if (change.isOld) olds.push(lane.key)
      if (change.versions) state.versions = { ...state.versions, [collection]: change.versions }
      if (change.wait) state.wait = change.wait
      else if (change.wait === null) delete state.wait
      const { session } = state
      if (session && session.sessionId === change.expires?.sessionId)
        state.session = { ...session, expired: change.expires.failure }
      return { ...after, row }
    },
    async write(tables, state) {
      // An empty list needs no request to the browser.
      const found = await tables.faults.getMany([...faults, ...closedFaults].map(({ id }) => id))
      const known = new Set(found.map((fault) => fault?.id))
      for (const { account, id } of faults) {
        if (!known.has(id)) countsOf(state, account).faults++
        known.add(id)
      }
      for (const { account, id } of closedFaults) if (known.delete(id)) countsOf(state, account).faults--
      for (const { account } of [...faults, ...closedFaults]) countsOf(state, account).faultsAt = state.version
      const gone = runs.filter(({ edits }) => !edits.length)
      const writes: Promise<unknown>[] = [
        tables.records.put(records),
        tables.records.delete(goneRecords),
        tables.edits.delete(gone.map(({ account, collection, id, seq }) => [account, collection, id, seq])),
        putRuns(
          tables,
          runs.filter(({ edits }) => edits.length),
        ),
        ...addFates(tables, state, fates),
        tables.faults.put(faults),
        putNames(tables, state, names),
        tables.faults.delete(closedFaults.map(({ id }) => id)),
        ...olds.map(({ account, collection }) => resetCursor(tables, account, collection)),
      ]
      const labels = runs.map(({ label }) => label).sort()
      for (const account of new Set(runs.map((run) => run.account)))
        await moveFront(tables, account, countsOf(state, account), labels, writes)
      return writes
    },
  }
}

function noteLookBacks(state: StateRow, { account, collection, id, lookBacks }: RecordRow): void {
  const key = { account, collection, id }
  const { [laneName(key)]: _, ...others } = state.lookBacks ?? {}
  // One that is due at no time, of a damaged row, would make the state unreadable.
  const dueAtMs = Math.min(...(lookBacks ?? []).map((one) => one?.dueAtMs).filter(Number.isFinite))
  if (dueAtMs < Infinity) state.lookBacks = { ...others, [laneName(key)]: { ...key, dueAtMs } }
  else if (state.lookBacks) state.lookBacks = others
}
