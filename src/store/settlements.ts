// The transactions of the sender: attempts before a request leaves, settlements after its answer (R2, G3, G7).
import type { QueuedEdit } from '../model/edit.js'
import type { Failure } from '../model/failure.js'
import type { Fault } from '../model/fault.js'
import { type LaneKey, laneName } from '../model/record.js'
import { countsOf, type Database, type Tables, together, unchanged } from './database.js'
import { type LaneRows, readLane } from './lane-rows.js'
import {
  type FateOutcome,
  fateOf,
  formatVersion,
  type LeaseRow,
  type RecordRow,
  type RunRow,
  type StateRow,
  type StoredLane,
  type Wait,
} from './rows.js'

/** Edits that leave the outbox with one fate. */
export interface Settled {
  editIds: readonly string[]
  outcome: FateOutcome
  faultId?: string
}

/** What a decision changes in one lane. All of it is written, or nothing. */
export interface LaneChange {
  row?: RecordRow
  settled?: readonly Settled[]
  /** Remaining edits with other ancestors or covers than before. */
  rewritten?: readonly QueuedEdit[]
  /** Opened, or replacing the open one of the same id. */
  faults?: readonly Fault[]
  closedFaults?: readonly string[]
  /** The wait of all lanes; `null` ends it. */
  wait?: Wait | null
  /** The session that the backend does not take any more; of no effect when it is not the current one (R14). */
  expires?: { sessionId: string; failure: Failure }
}

export interface LaneJob {
  key: LaneKey
  /** Synchronous, so that nothing but IndexedDB is awaited in the transaction. `undefined` changes nothing. */
  decide(lane: StoredLane, state: StateRow): LaneChange | undefined
}

/**
 * Runs the jobs, at most one a lane, in one transaction. `deposed`: the lease has another epoch than `epoch`, so nothing was written (G5).
 * The caller fixes `nowMs`, the time of the fates.
 */
export async function workLanes(
  db: Database,
  { jobs, epoch, nowMs }: { jobs: readonly LaneJob[]; epoch: number | undefined; nowMs: number },
): Promise<'done' | 'deposed'> {
  let deposed = false
  await db.write<void>(async (tables, state, _, later) => {
    const holding = tables.meta.get('lease') as PromiseLike<unknown>
    const lanes = await together(jobs.map(({ key }) => readLane(tables, key)))
    const lease = (await holding) as LeaseRow | undefined
    deposed = epoch !== undefined && lease?.epoch !== epoch
    if (deposed) return unchanged
    let wrote = false
    for (const [index, { decide }] of jobs.entries()) {
      const change = decide(lanes[index]!, state)
      if (!change) continue
      wrote = true
      later(await applyChange(tables, state, lanes[index]!, change, nowMs))
    }
    return wrote ? undefined : unchanged
  })
  return deposed ? 'deposed' : 'done'
}

/** Begins to write a decision, inside the caller's transaction, which has to wait for what it answers with. */
export async function applyChange(
  tables: Tables,
  state: StateRow,
  lane: LaneRows,
  change: LaneChange,
  nowMs: number,
): Promise<PromiseLike<unknown>[]> {
  const { account } = lane.key
  const counts = countsOf(state, account)
  const { settled = [], faults = [], closedFaults = [] } = change
  const known = new Set<string>()
  if (faults.length || closedFaults.length) {
    const found = await tables.faults.bulkGet([...faults.map(({ id }) => id), ...closedFaults])
    for (const fault of found) if (fault) known.add(fault.id)
  }
  const writes: PromiseLike<unknown>[] = []
  if (change.row) {
    writes.push(tables.records.put(change.row))
    noteLookBacks(state, change.row)
  }
  if (settled.length || change.rewritten?.length) writes.push(...rewriteRuns(tables, lane, change))
  for (const { editIds, outcome, faultId } of settled) {
    counts.pending -= editIds.length
    counts.sent += editIds.length
    writes.push(tables.fates.add(fateOf({ account, editIds, outcome, faultId, atMs: nowMs })))
  }
  for (const fault of faults) {
    if (!known.has(fault.id)) counts.faults++
    writes.push(tables.faults.put({ ...fault, v: formatVersion, account }))
  }
  for (const id of closedFaults) {
    if (!known.has(id)) continue
    counts.faults--
    writes.push(tables.faults.delete(id))
  }
  if (change.wait) state.wait = change.wait
  else if (change.wait === null) delete state.wait
  const { session } = state
  if (session && session.sessionId === change.expires?.sessionId)
    state.session = { ...session, expired: change.expires.failure }
  return writes
}

function noteLookBacks(state: StateRow, { account, collection, id, lookBacks }: RecordRow): void {
  const key = { account, collection, id }
  const { [laneName(key)]: _, ...others } = state.lookBacks ?? {}
  const dueAtMs = Math.min(...(lookBacks ?? []).map((one) => one.dueAtMs))
  if (lookBacks?.length) state.lookBacks = { ...others, [laneName(key)]: { ...key, dueAtMs } }
  else if (state.lookBacks) state.lookBacks = others
}

function rewriteRuns(tables: Tables, { runs }: LaneRows, change: LaneChange): PromiseLike<unknown>[] {
  const gone = new Set(change.settled?.flatMap(({ editIds }) => editIds))
  const replacement = new Map(change.rewritten?.map((edit) => [edit.id, edit]))
  const puts: RunRow[] = []
  const deletes: [string, string, string, number][] = []
  for (const run of runs) {
    if (!run.edits.some(({ id }) => gone.has(id) || replacement.has(id))) continue
    const edits = run.edits.filter(({ id }) => !gone.has(id)).map((edit) => replacement.get(edit.id) ?? edit)
    if (edits.length) puts.push({ ...run, edits })
    else deletes.push([run.account, run.collection, run.id, run.seq])
  }
  return [tables.edits.bulkDelete(deletes), tables.edits.bulkPut(puts)]
}
