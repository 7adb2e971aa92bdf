// Pure: the lane after a settlement (G3, G6, R1, R5, R6).
import { ancestorsOf } from '../../model/ancestors.js'
import { isAllOf, mergeBase } from '../../model/echo.js'
import type { Failure } from '../../model/failure.js'
import { type Fault, type FaultKind, faultReason } from '../../model/fault.js'
import { mergePatches, propertiesOf } from '../../model/compose.js'
import { idsByOp, opOf, type QueuedEdit } from '../../model/edit.js'
import { fold } from '../../model/fold.js'
import { only, own, propertiesFrom } from '../../model/own.js'
import type { Json, Operation, Patch, Properties, State } from '../../model/record.js'
import { type LaneOutcome, type RejectedEdit, settleLane } from '../../model/settle-lane.js'
import { equal } from '../../model/same.js'
import type { RecordRow, Split, StoredLane } from '../../store/rows.js'
import type { Reading, SettleContext } from './context.js'
import { noteAbsent, noteStored, noteStray } from './look-back.js'
import type { LaneChange, Settled } from '../../store/settlements.js'

/** The event of a lane, with the reason, if something was refused. */
export interface Verdict extends Omit<LaneOutcome, 'base'> {
  /** Required when something is missing or ended. */
  failure?: Failure | undefined
  unverified?: boolean | undefined
  /** Where the rest of a split is halved. */
  split?: Split | undefined
  /** The ended edits are discarded, and no fault tells of them. */
  discards?: boolean
  /** The patch of the answered request: less than its edits hold where the backend had a value already. */
  sent?: Patch
}

/** The row with the backend's answer as its base. `sent`: the part of it that a request of ours had sent. */
export function baseFrom(row: RecordRow, { record, atMs, version }: Reading, sent?: Patch): RecordRow {
  // One without a time is not the backend's, as after a migration.
  const before = sent || row.baseAtMs !== undefined ? row.base : undefined
  const base = mergeBase(before, record, sent)
  const isWhole = !record || isAllOf(base!, record)
  return {
    ...row,
    base,
    // A property that the answer lacks is as old as it was, and is compared before an edit of it goes out (R11).
    baseAtMs: isWhole ? atMs : (row.baseAtMs ?? atMs),
    version: record && isWhole ? version : undefined,
  }
}

/**
 * Takes the edits that the verdict ends out of the lane, hands their ancestors on, and writes one fault for all that it
 * refuses. `row`: the lane's row with what is known now. Of the lane's trouble nothing is kept.
 */
export function settle(lane: StoredLane, row: RecordRow, verdict: Verdict, context: SettleContext): LaneChange {
  const { editIds, sent = {}, split } = verdict
  const ids = new Set(editIds)
  const composed = context.toBackend(mergePatches(lane.edits.filter(({ id }) => ids.has(id))))
  // Later edits are compared with the backend's form of the values that were sent. The other values were there before the
  // request, and may have been written over since (R1).
  const unsent = only(composed, (name) => !Object.hasOwn(sent, name))
  const base = row.base && { ...row.base, ...unsent }
  const { accepted, rejected, partial, stored, rewritten } = settleLane(lane.edits, { ...verdict, base })
  const { account, collection, id, v, shape, baseAtMs, knownSinceMs, strays, lookBacks, forms } = row
  const version = row.base ? row.version : undefined
  const known = {
    account,
    collection,
    id,
    v,
    shape,
    base: row.base,
    baseAtMs,
    version,
    knownSinceMs,
    strays,
    lookBacks,
    forms,
  }
  const newest = only({ ...composed, ...sent }, (name) => stored.has(name))
  // Of a record that is made now, nobody has seen a confirmed value.
  const isMade = accepted.some((edit) => opOf(edit) !== 'update')
  const wrote = isMade ? undefined : wroteOf(row, Object.keys(newest))
  let left: RecordRow = {
    ...known,
    ...(wrote && { wrote }),
    ...(split && { split }),
    rev: row.rev + 1,
    tries: 0,
    failures: 0,
    dueAtMs: 0,
  }
  const { attempt } = lane.row
  if (attempt) left = noteStray(left, attempt, context.requestTimeoutMs)
  const settled: Settled[] = []
  const faults: Fault[] = []
  const ended = idsByOp(rejected.map(({ edit }) => edit))
  const refused = verdict.discards ? [] : [...partial, ...rejected]
  if (refused.length) {
    const fault = makeFault(lane, row, { ...verdict, failure: verdict.failure!, refused }, context)
    // The record was made: only values of it are missing (R18).
    faults.push(partial.length ? { ...fault, op: 'update' } : fault)
    for (const [op, ids] of ended) settled.push({ op, editIds: ids, outcome: 'rejected', faultId: fault.id })
  } else for (const [op, ids] of ended) settled.push({ op, editIds: ids, outcome: 'discarded' })
  for (const [op, ids] of idsByOp(accepted)) settled.push({ op, editIds: ids, outcome: 'accepted' })
  return {
    row: row.base === null ? noteAbsent(left, context.nowMs) : noteStored(left, newest, context.nowMs),
    settled,
    rewritten,
    faults,
    closedFaults: [lane.row.stalledFault, lane.row.unknownFault].filter((id) => id !== undefined),
  }
}

/** The own values in the base, with these. */
function wroteOf({ wrote = {}, base }: RecordRow, newest: readonly string[]): Properties | undefined {
  const before = Object.keys(wrote).filter((name) => equal(wrote[name], own(base, name)))
  const names = base ? [...before, ...newest] : []
  return names.length ? propertiesFrom(names, (name) => own(base, name) ?? null) : undefined
}

/**
 * The fault for a refusal. Of the properties only the touched ones are in its values; `view` has all (R10). A fault says its shape
 * once, so one for all edits of a lane of several shapes has the values in the shape of this context (R26).
 */
export function makeFault(lane: StoredLane, row: RecordRow, refusal: Refusal, context: SettleContext): Fault {
  const { refused } = refusal
  const { inOneShape } = lane
  const before = refused.length === lane.edits.length ? inOneShape?.(lane.row, (edit) => edit) : undefined
  if (!before || before.failed) return faultOf(lane, row, refusal, context)
  // The names of a part are known in the shape that it was written in.
  const laneOf = (part: 'missing' | 'stored'): StoredLane => {
    const names = new Map(refused.map((one) => [one.edit.id, one[part]]))
    return inOneShape!(row, (edit) => ({
      ...edit,
      patch: only(edit.patch, (name) => names.get(edit.id)!.includes(name)),
    }))
  }
  const [missing, stored] = [laneOf('missing'), laneOf('stored').edits]
  const inThis = missing.edits.map((edit, nth) => ({
    edit,
    missing: propertiesOf(edit),
    stored: propertiesOf(stored[nth]!),
  }))
  return { ...faultOf(before, missing.row, { ...refusal, refused: inThis }, context), shape: missing.row.shape }
}

interface Refusal {
  refused: readonly RejectedEdit[]
  failure: Failure
  unverified?: boolean | undefined
}

function faultOf(
  lane: StoredLane,
  row: RecordRow,
  { refused, failure, unverified }: Refusal,
  { nowMs, newId, toDevice }: SettleContext,
): Fault {
  const { collection, id: recordId } = lane.key
  const edits = refused.map(({ edit }) => edit)
  const op = opOf(edits.findLast((edit) => opOf(edit) !== 'update') ?? {})
  const properties = unique(refused.flatMap(({ missing }) => missing))
  const overtaken = properties.filter((name) => isWrittenAgain(name, lane.edits, refused))
  const meta = edits.findLast((edit) => edit.meta !== undefined)?.meta
  return {
    ...faultReason(failure),
    id: newId(),
    editIds: edits.map(({ id }) => id),
    kind: failure.kind as FaultKind,
    op,
    collection,
    recordId,
    properties,
    offending: (failure.offending ?? []).filter((property) => properties.includes(property)),
    stored: unique(refused.flatMap(({ stored }) => stored)),
    base: toDevice(ancestorsOf(lane.edits, properties)),
    mine: op === 'delete' ? null : pick(properties, mergePatches(edits)),
    // As it was before the person deleted it. Of a record that is gone at least the values that they wrote.
    view: fold(
      lane.row.base ? toDevice(lane.row.base) : undefined,
      lane.edits.filter((edit) => opOf(edit) !== 'delete'),
    ),
    theirs: theirsOf(op, row.base && toDevice(row.base), properties),
    meta,
    attempts: lane.row.tries,
    atMs: nowMs,
    unverified: unverified || undefined,
    ...(overtaken.length && { overtaken }),
  }
}

/** By an edit that stays, or that the backend has: who sends the refused one again would write over it. */
function isWrittenAgain(name: string, edits: readonly QueuedEdit[], refused: readonly RejectedEdit[]): boolean {
  const last = edits.findLast(({ patch }) => Object.hasOwn(patch, name))
  return !refused.some(({ edit }) => edit.id === last?.id)
}

function theirsOf(op: Operation, base: State, properties: readonly string[]): Fault['theirs'] {
  if (op === 'delete' || base === null) return base
  if (base) return pick(properties, base)
  return op === 'create' ? undefined : {}
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)]
}

function pick(properties: readonly string[], from: Properties): Properties {
  return Object.fromEntries(properties.map((property): [string, Json] => [property, own(from, property) ?? null]))
}
