// Floor 3: the lanes of a save while it is being composed, edit by edit (R17, R18). Nothing here writes.
import { ancestorsFor, type Earliest, earliestOf, noteEarliest } from '../model/ancestors.js'
import { idsByOp, type MadeEdit, opOf, type QueuedEdit } from '../model/edit.js'
import type { InvalidEditError } from '../model/errors.js'
import type { Fault } from '../model/fault.js'
import { type Objection, objectionTo } from '../model/may-save.js'
import { only, own } from '../model/own.js'
import type { Operation, Properties, RecordKey } from '../model/record.js'
import { equal } from '../model/same.js'
import { owesLookBack } from './attempt.js'
import type { Names } from './names.js'
import { emptyRecord, type FateRow, fateOf, formatVersion, type LaneRows } from './rows.js'
import type { LaneChange } from './settlements.js'

/** A lane with the edits that a save adds. */
export interface Draft {
  lane: LaneRows
  /** New ones, in order. */
  edits: QueuedEdit[]
  earliest: Earliest
  /** The last pending creation or deletion. */
  turn: QueuedEdit | undefined
  /** An update has been added, and nothing but updates since. */
  takesUpdates: boolean
  /** A creation that nobody has sent was deleted: nothing that the lane held is left. */
  isWiped: boolean
  /** The reason against the record's creation in this save: nobody has such a record. */
  unmade?: InvalidEditError
  /** Edits of this save that settle in it. */
  discarded: MadeEdit[]
  deleted: MadeEdit[]
}

export function draftOf(lane: LaneRows): Draft {
  return {
    lane,
    edits: [],
    earliest: new Map(lane.earliest ?? earliestOf(lane.edits)),
    turn: lane.edits.findLast(isTurn),
    takesUpdates: false,
    isWiped: false,
    discarded: [],
    deleted: [],
  }
}

const isTurn = (edit: MadeEdit): boolean => opOf(edit) !== 'update'

/** The objection to an edit of the record as the draft has it. */
export function objectionIn(
  { lane, edits, turn, isWiped }: Draft,
  op: Operation,
  {
    faults,
    names,
    answers,
    nowMs,
  }: { faults: readonly Fault[]; names: Names; answers: string | undefined; nowMs: number },
): Objection | undefined {
  const { row, key } = lane
  // The last one that counts, or any: more of them say the same.
  const last = turn ?? edits[0] ?? (isWiped ? undefined : lane.edits[0])
  const isGivenUp = isWiped || (names.remoteIdOf(key) === null && !row.base)
  const objection = objectionTo(
    op,
    {
      base: isGivenUp ? null : row.base,
      edits: last ? [last] : [],
      faults: faults.length ? faults.filter((fault) => isOf(fault, key)) : faults,
      owes: !isWiped && owesLookBack(row, nowMs),
    },
    answers,
  )
  // The backend cannot know it by the id that it has here (R19).
  const isLost = op !== 'create' && !last && row.base === undefined && names.isLost(key)
  return objection ?? (isLost ? { code: 'lost' } : undefined)
}

function isOf({ collection, recordId }: Fault, key: RecordKey): boolean {
  return recordId === key.id && collection === key.collection
}

/** Adds an edit to which there is no objection, with its ancestors (R1). */
export function addEdit(
  draft: Draft,
  { edit, seen, told }: { edit: MadeEdit; seen?: Properties | undefined; told?: Properties | undefined },
): QueuedEdit | undefined {
  const op = opOf(edit)
  const { lane, turn } = draft
  draft.takesUpdates = op === 'update'
  if (op === 'delete' && turn && !wasAttempted(lane)) {
    draft.discarded.push(...draft.edits)
    draft.deleted.push(edit)
    draft.edits = []
    draft.earliest = new Map()
    draft.turn = undefined
    draft.isWiped = true
    return undefined
  }
  const base = draft.isWiped ? undefined : lane.row.base
  const { wrote } = lane.row
  // A tab that has not heard of this device's own last word yet makes no conflict with it.
  const isOwn = (name: string): boolean => Object.hasOwn(wrote!, name) && equal(wrote![name], own(base, name))
  const known = !base ? { ...told, ...seen } : wrote && seen ? only(seen, (name) => !isOwn(name)) : seen
  const queued = { ...edit, ancestors: ancestorsFor(edit.patch, base, draft.earliest, known) }
  noteEarliest(draft.earliest, queued)
  draft.edits.push(queued)
  if (op !== 'update') draft.turn = queued
  return queued
}

/** Whether a creation in it may have been sent. */
function wasAttempted({ row, held }: LaneRows): boolean {
  return !!(held || row.attempt || row.strays?.length || row.lookBacks?.length || row.stalledFault)
}

/** The change of the stored rows, where the creation in them was given up. */
export function wipeOf({ lane }: Draft): LaneChange {
  const settled = [...idsByOp(lane.edits)].map(([op, editIds]) => ({ op, editIds, outcome: 'discarded' as const }))
  return { settled, isGivenUp: true }
}

/** The fates of those edits of the save that settle in it. */
export function fatesOf({ lane, discarded, deleted }: Draft, atMs: number): FateRow[] {
  const { account, collection, id } = lane.key
  const fate = (op: Operation, editIds: string[], outcome: 'accepted' | 'discarded'): FateRow =>
    fateOf({ account, op, editIds, outcome, key: { collection, id }, atMs })
  return [
    ...[...idsByOp(discarded)].map(([op, ids]) => fate(op, ids, 'discarded')),
    ...[...idsByOp(deleted)].map(([op, ids]) => fate(op, ids, 'accepted')),
  ]
}

/** The lane as the save leaves it. The lane that the draft was made of stays as it is. */
export function laneWith(
  draft: Draft,
  { seq, label, shape }: { seq: number; label: string; shape: number | undefined },
): LaneRows {
  const { edits, earliest, isWiped } = draft
  const lane = isWiped ? { ...draft.lane, row: emptyRecord(draft.lane.key, shape), runs: [], edits: [] } : draft.lane
  const unread = lane.held && lane.unread
  if (!edits.length) return { ...lane, unread, earliest }
  const run = { ...lane.key, v: formatVersion, ...(shape && { shape }), seq, label, edits }
  return { ...lane, unread, runs: [...lane.runs, run], edits: [...lane.edits, ...edits], earliest }
}
