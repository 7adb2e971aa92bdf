// Pure: what a settlement leaves of a lane (G3, G6, R1, R5, R6).
import { ancestorsOf } from '../../model/ancestors.js'
import { propertiesOf } from '../../model/compose.js'
import { mergeBase } from '../../model/echo.js'
import type { QueuedEdit } from '../../model/edit.js'
import type { Failure } from '../../model/failure.js'
import { type Fault, type FaultKind, faultReason } from '../../model/fault.js'
import { fold } from '../../model/fold.js'
import { own } from '../../model/own.js'
import type { Json, Patch, Properties } from '../../model/record.js'
import { settleLane, type LaneOutcome } from '../../model/settle-lane.js'
import type { RecordRow, StoredLane } from '../../store/rows.js'
import type { Reading, SettleContext } from './context.js'
import { noteStored, noteStray } from './look-back.js'
import type { LaneChange, Settled } from '../../store/settlements.js'

/** What happened to a lane, and why, if something was refused. */
export interface Verdict extends Omit<LaneOutcome, 'base'> {
  /** Required when something is missing or ended. */
  failure?: Failure | undefined
  unverified?: boolean | undefined
  /** The patch of the answered request: less than its edits hold where the backend had a value already. */
  sent?: Patch
}

/** The row with what the backend answered as its base. `sent`: what of it was a request of ours. */
export function baseFrom(row: RecordRow, { record, atMs }: Reading, sent?: Patch): RecordRow {
  return { ...row, base: mergeBase(row.base, record, sent), baseAtMs: atMs }
}

/** The lane's row once a verdict was reached: trouble is forgotten, what was known is kept. */
export function settledRow(row: RecordRow, changes: Partial<RecordRow> = {}): RecordRow {
  const { account, collection, id, v, base, baseAtMs, strays, lookBacks, forms } = row
  const known = { account, collection, id, v, base, baseAtMs, strays, lookBacks, forms }
  return { ...known, rev: row.rev + 1, tries: 0, failures: 0, dueAtMs: 0, ...changes }
}

/**
 * Takes the edits that the verdict ends out of the lane, hands their ancestors on, and writes one fault for all that it
 * refuses. `row`: the lane's row as it will be.
 */
export function settle(lane: StoredLane, row: RecordRow, verdict: Verdict, context: SettleContext): LaneChange {
  const { accepted, rejected, rewritten } = settleLane(lane.edits, {
    ...verdict,
    base: confirmedBy(lane, row, verdict),
  })
  const ended = new Set(verdict.endedIds)
  const refused: Refused[] = [
    ...lane.edits.filter(({ id }) => ended.has(id)).map((edit) => ({ edit, missing: propertiesOf(edit) })),
    ...rejected,
  ]
  const storedOf = new Map([
    ...rejected.map(({ edit, stored }) => [edit.id, stored] as const),
    ...accepted.map((edit) => [edit.id, propertiesOf(edit)] as const),
  ])
  const stored = lane.edits.flatMap(({ id, patch }) =>
    (storedOf.get(id) ?? []).map((name): [string, Json] => {
      const sent = own(verdict.sent, name)
      return [name, sent === undefined ? patch[name]! : sent]
    }),
  )
  const { attempt } = lane.row
  const left = attempt && !row.attempt ? noteStray(row, attempt, context.requestTimeoutMs) : row
  const settled: Settled[] = []
  const faults: Fault[] = []
  if (refused.length) {
    const fault = makeFault(lane, row, { ...verdict, failure: verdict.failure!, refused }, context)
    faults.push(fault)
    settled.push({ editIds: fault.editIds, outcome: 'rejected', faultId: fault.id })
  }
  if (accepted.length) settled.push({ editIds: accepted.map(({ id }) => id), outcome: 'accepted' })
  return {
    row: noteStored(left, Object.fromEntries(stored), context.nowMs),
    settled,
    rewritten,
    faults,
    closedFaults: lane.row.stalledFault ? [lane.row.stalledFault] : [],
  }
}

/**
 * The values that later edits are compared with from now on (R1): what the backend made of those that were sent. The others
 * were seen there before the request, and may have been written over since.
 */
function confirmedBy({ edits }: StoredLane, { base }: RecordRow, { editIds, sent }: Verdict): Properties | undefined {
  if (!base || !sent) return base
  const ids = new Set(editIds)
  const answered = edits.filter(({ id }) => ids.has(id))
  const composed = fold(undefined, answered)
  const unsent = Object.keys(composed).filter((name) => !Object.hasOwn(sent, name))
  return { ...base, ...pick(unsent, composed) }
}

/** An edit that a fault speaks of, and what of it is not stored. */
export interface Refused {
  edit: QueuedEdit
  missing: readonly string[]
  stored?: readonly string[]
}

/** The fault for a refusal. Keeps the touched properties only (R10). */
export function makeFault(
  lane: StoredLane,
  row: RecordRow,
  { refused, failure, unverified }: { refused: readonly Refused[]; failure: Failure; unverified?: boolean | undefined },
  { nowMs, newId }: SettleContext,
): Fault {
  const { collection, id: recordId } = lane.key
  const edits = refused.map(({ edit }) => edit)
  const properties = unique(refused.flatMap(({ missing }) => missing))
  const meta = edits.findLast((edit) => edit.meta !== undefined)?.meta
  return {
    ...faultReason(failure),
    id: newId(),
    editIds: edits.map(({ id }) => id),
    kind: failure.kind as FaultKind,
    collection,
    recordId,
    properties,
    offending: (failure.offending ?? []).filter((property) => properties.includes(property)),
    stored: unique(refused.flatMap(({ stored = [] }) => stored)),
    base: ancestorsOf(lane.edits, properties),
    mine: pick(properties, fold(undefined, edits)),
    theirs: row.base ? pick(properties, row.base) : {},
    meta,
    attempts: lane.row.tries,
    atMs: nowMs,
    unverified: unverified || undefined,
  }
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)]
}

function pick(properties: readonly string[], from: Properties): Properties {
  return Object.fromEntries(properties.map((property): [string, Json] => [property, own(from, property) ?? null]))
}
