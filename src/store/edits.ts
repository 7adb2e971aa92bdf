// Saving: the transaction behind `update()` (G1, R9), and behind creations and deletions (R17, R18).
import { opOf } from '../model/edit.js'
import { keepsEdits } from '../model/failure.js'
import type { Fault } from '../model/fault.js'
import { laneName } from '../model/record.js'
import { composeSave, type SaveBatch, type SaveResult } from './compose-save.js'
import { countsOf, type Database, unchanged } from './database.js'
import { fatesOf, laneWith, wipeOf } from './drafts.js'
import { faultIn } from './faults.js'
import { openFaults } from './open-faults.js'
import { pendingLanes, recordKeyOf } from './lane-rows.js'
import { addFates, noteSaved } from './marks.js'
import { reviveNames } from './names.js'
import { type FaultRow, formatVersion, type Run, type StoredLane } from './rows.js'
import { addRuns } from './runs.js'
import { sessionOf } from './sessions.js'
import { applyChanges } from './settlements.js'
import { withdrawEdit, withdrawStalled } from './withdraw.js'

export type { NewEdit, SaveBatch, SaveResult } from './compose-save.js'

/**
 * Saves the edits in one transaction, each lane's as one row. Resolves when they are on disk.
 *
 * Rejects with `NotLoggedInError` when another account than the shown one is logged in (G10), with `FaultClosedError` when
 * the fault in `closes` is not open any more, with `StorageError` when storage refuses, and with `InvalidEditError` when the
 * record's state forbids an edit that is alone or inseparable; then nothing is saved.
 */
export async function saveEdits(db: Database, batch: SaveBatch): Promise<SaveResult | undefined> {
  let result: SaveResult | undefined
  await db.write(async (tables, state, commit, later) => {
    const { account, label, closes, replaces, nowMs } = batch
    sessionOf(state, account)
    const counts = countsOf(state, account)
    const refreshing = db.memory.names.refresh(tables, state)
    if (refreshing) await refreshing
    // The lanes before this transaction changes any.
    const faults = await openFaults(db.memory, tables, state, account)
    const answered = closes === undefined ? undefined : await faultIn(tables, account, closes)
    // Its edits end before those of this save are put behind them.
    const withdrawn = answered && keepsEdits(answered) ? answered : undefined
    if (withdrawn) await withdrawStalled(tables, state, { account, fault: withdrawn, nowMs })
    const op = opOf(batch.edits[0]!.edit)
    const isReplaced = replaces && (await withdrawEdit(tables, state, { account, editId: replaces, nowMs, op }))
    // Closing a fault, or withdrawing an edit, changes lanes.
    const known = closes || replaces ? new Map() : db.memory.lanes.at(state.version)
    const context = { names: db.memory.names, relations: db.relations, known, faults, seq: commit.to }
    const composed = await composeSave(tables, state, batch, context)
    const { drafts, refused, joined, moved, resaved, amended, saved } = composed
    result = refused.size || joined.size || moved.size || resaved.length ? composed : undefined
    if (!saved && !closes && !isReplaced) return unchanged
    const wiped = drafts.filter(({ isWiped }) => isWiped)
    // They are created once more, after all.
    const revived = drafts.filter(
      ({ isWiped, lane: { key }, edits }) =>
        edits.some((edit) => opOf(edit) === 'create') &&
        (isWiped ||
          db.memory.names.remoteIdOf(key) === null ||
          (isReplaced && laneName(isReplaced) === laneName(key)) ||
          (withdrawn?.recordId === key.id && withdrawn.collection === key.collection)),
    )
    if (!counts.pending) counts.sent = counts.total = 0
    if (wiped.length)
      await applyChanges(
        tables,
        state,
        wiped.map((draft) => ({ lane: draft.lane, change: wipeOf(draft) })),
        nowMs,
      )
    const { version: shape } = tables.shapes
    const left = drafts.map((draft) => laneWith(draft, { seq: commit.to, label, shape }))
    const runs = left.flatMap(({ runs: all }, index) => (drafts[index]!.edits.length ? all.at(-1)! : []))
    const changedById = new Map(amended.map((fault) => [fault.id, fault]))
    const closed = [
      ...(closes !== undefined && !changedById.has(closes) ? [closes] : []),
      ...resaved.map(({ fault }) => fault.id),
    ]
    const open = faults.flatMap((fault) => (closed.includes(fault.id) ? [] : (changedById.get(fault.id) ?? fault)))
    for (const fault of overtakenBy(runs, open)) changedById.set(fault.id, fault)
    const changed = [...changedById.values()].map((fault): FaultRow => ({ ...fault, v: formatVersion, account }))
    if (closed.length + changed.length) counts.faultsAt = state.version
    counts.faults -= closed.length
    if (runs.length) noteSaved(counts, runs, { seq: commit.to, label, atMs: runs[0]!.edits[0]!.atMs })
    const pending = runs.reduce((sum, { edits }) => sum + edits.length, 0)
    counts.pending += pending
    counts.total += saved
    counts.sent += saved - pending
    // With these edits it would hold them for ever.
    const damaged = drafts
      .filter(({ lane }) => lane.unread?.length && !lane.held)
      .map(({ lane }) => recordKeyOf(lane.key))
    later([
      addRuns(tables, runs),
      tables.faults.put(changed),
      tables.faults.delete(closed),
      tables.records.delete(damaged),
    ])
    if (saved > pending)
      later(
        addFates(
          tables,
          state,
          drafts.flatMap((draft) => fatesOf(draft, nowMs)),
        ),
      )
    if (revived.length)
      later([
        reviveNames(
          tables,
          state,
          revived.map(({ lane }) => lane.key),
        ),
      ])
    if (!closes && !replaces) commit.left = left
    if (closed.length + changed.length || isReplaced || wiped.length) commit.more = true
    const besides = [answered && { account, collection: answered.collection, id: answered.recordId }, isReplaced]
    commit.changed = [...left.map(({ key }) => key), ...besides.filter((key) => !!key)]
    commit.saved = runs.map(({ collection, id, edits }) => ({ key: { collection, id }, edits }))
    return undefined
  }, 'edit')
  return result
}

/** The open faults with properties that the person has written again, and those properties. */
function overtakenBy(runs: readonly Run[], faults: readonly Fault[]): Fault[] {
  const found: Fault[] = []
  for (const { collection, id, edits } of runs) {
    // Once for all faults: there may be a thousand of them.
    const touched = faults.length ? edits.flatMap(({ patch }) => Object.keys(patch)) : []
    for (const fault of faults) {
      if (id !== fault.recordId || collection !== fault.collection) continue
      const { properties, overtaken: before = [] } = fault
      const overtaken = properties.filter((name) => touched.includes(name) || before.includes(name))
      if (overtaken.length > before.length) found.push({ ...fault, overtaken })
    }
  }
  return found
}

/** Every pending edit of the account, by lane. */
export function readPending(db: Database, account: string): Promise<StoredLane[]> {
  return db.read((tables, state) => pendingLanes(tables, state, account))
}
