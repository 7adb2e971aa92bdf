// Floor 3: the state, made anew from the other tables, where its row cannot be read.
import { isLike } from '../model/shape.js'
import type { MetaRow, Tables } from './connection.js'
import { placeMarks } from './marks.js'
import { countsOf, type FaultRow, type RunRow, type StateRow } from './rows.js'
import { unpack } from './runs.js'
import { stateShape } from './sound.js'

/**
 * The state in place of one that cannot be read. Its version is above every one that was written, and no context has seen it, so that
 * each context reads everything anew. The version of an empty database is 0.
 */
export async function rebuildState(
  tables: Tables,
  row: MetaRow | undefined,
  { newest, nowMs }: { newest: number; nowMs: number },
): Promise<StateRow> {
  const [runs, faults] = await Promise.all([tables.edits.getAll(), tables.faults.getAll()])
  const isEmpty = !row && !runs.length && !faults.length
  const state = remade(row, runs, faults, isEmpty ? 0 : Math.max(newest, nowMs) + 1)
  // Every context reads all names anew.
  if (!isEmpty) state.namesAt = state.namesErasedAt = state.version - 1
  await placeMarks(tables, state)
  return state
}

/**
 * Keeps the readable parts of the row. If its session cannot be read, nobody is logged in, and its edits wait for the next login.
 * Counts the counters.
 */
export function remade(
  row: MetaRow | undefined,
  runs: readonly RunRow[],
  faults: readonly FaultRow[],
  version: number,
): StateRow {
  const blank: StateRow = { key: 'state', version, counts: {} }
  const kept = Object.entries(row ?? {}).filter(([name, part]) => isLike({ ...blank, [name]: part }, stateShape))
  const state: StateRow = { ...Object.fromEntries(kept), ...blank }
  // Its versions are those of another count.
  delete state.changes
  for (const run of runs) {
    const counts = countsOf(state, run.account)
    counts.total = counts.pending += unpack(run).edits.length || 1
  }
  for (const { account } of faults) countsOf(state, account).faults++
  return state
}
