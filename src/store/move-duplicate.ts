// Floor 3: two rows of one record (R19). A record that was made here can be met under the backend's id before its creation has
// settled. The transaction in which both are known to be one moves the other row's edits behind those of the creation.
import { laneName, type LaneKey } from '../model/record.js'
import { countsOf, type Tables } from './database.js'
import { readLane, recordKeyOf } from './lane-rows.js'
import { isBefore } from './marks.js'
import { placeOf } from './place.js'
import type { LaneRows, RecordRow, Run, StateRow } from './rows.js'
import { putRuns } from './runs.js'

export interface Duplicate {
  /** Under the backend's id. */
  from: LaneKey
  /** Under the id of this device. */
  to: LaneKey
}

/**
 * Inside the caller's transaction, behind its other writes. Resolves with whether there was anything to move. A row with an
 * attempt stays until that is concluded.
 */
export async function moveDuplicate(tables: Tables, state: StateRow, { from, to }: Duplicate): Promise<boolean> {
  const [there, source, target] = await Promise.all([
    tables.records.get(recordKeyOf(from)),
    readLane(tables, state, from),
    readLane(tables, state, to),
  ])
  if (
    (!there && !source.runs.length) ||
    source.held ||
    target.held ||
    source.row.attempt ||
    source.older ||
    target.older
  )
    return false
  const { account, collection, id } = to
  const counts = countsOf(state, account)
  const both = <T>(a: readonly T[] = [], b: readonly T[] = []): T[] | undefined =>
    a.length + b.length ? [...a, ...b] : undefined
  const row: RecordRow = {
    ...target.row,
    place: placeOf(target) ?? placeOf(source),
    base: target.row.base === undefined ? source.row.base : target.row.base,
    version: target.row.base === undefined ? source.row.version : target.row.version,
    baseAtMs: target.row.baseAtMs ?? source.row.baseAtMs,
    strays: both(target.row.strays, source.row.strays),
    lookBacks: both(target.row.lookBacks, source.row.lookBacks),
    rev: target.row.rev + 1,
    revisedAt: state.version,
    dueAtMs: 0,
  }
  const { [laneName(from)]: owed, ...others } = state.lookBacks ?? {}
  if (owed) {
    const dueAtMs = Math.min(owed.dueAtMs, others[laneName(to)]?.dueAtMs ?? Infinity)
    state.lookBacks = { ...others, [laneName(to)]: { account, collection, id, dueAtMs } }
  }
  if (counts.front && source.runs.length && isBefore(to, counts.front))
    counts.front = { ...counts.front, collection, id }
  const faults = counts.faults > 0 ? await tables.faults.getAll() : []
  const moved = faults.filter(
    (fault) => fault.account === account && fault.collection === collection && fault.recordId === from.id,
  )
  if (moved.length) counts.faultsAt = state.version
  await Promise.all([
    tables.edits.delete(source.runs.map(({ seq }) => [account, collection, from.id, seq])),
    putRuns(tables, movedRuns(source, target, id)),
    tables.faults.put(moved.map((fault) => ({ ...fault, recordId: id }))),
    tables.records.delete([recordKeyOf(from)]),
    tables.records.put([row]),
  ])
  return true
}

/** By the version that saved them. Edits of both rows that one transaction saved become one run again. */
function movedRuns(source: LaneRows, target: LaneRows, id: string): Run[] {
  return source.runs.map((run) => {
    const same = target.runs.find(({ seq }) => seq === run.seq)
    const place = (editId: string): number => Number.parseInt(editId.slice(run.label.length + 1), 36)
    const edits = [...(same?.edits ?? []), ...run.edits].sort((one, other) => place(one.id) - place(other.id))
    return { ...run, id, edits }
  })
}
