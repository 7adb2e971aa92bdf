// Pure: a record that is made (R17, R18, R21).
import { type Composed, propertiesOf } from '../../model/compose.js'
import type { Failure } from '../../model/failure.js'
import { own } from '../../model/own.js'
import { equal } from '../../model/same.js'
import type { Attempt, StoredLane } from '../../store/rows.js'
import type { LaneChange } from '../../store/settlements.js'
import type { LaneContext, Reading, Shown } from './context.js'
import { again, type Decision, later, nothing, read, sendNew } from './decision.js'
import { repeat } from './repeat.js'
import { endCreation, isDeleted, refuseAttempt } from './refuse.js'
import { baseFrom, makeFault, settle } from './settle.js'
import { isTryOver, tryOverAtMs } from './state.js'

const unknownFailure: Failure = {
  kind: 'other',
  message: 'The answer to the creation was lost, and nobody can tell whether the record was made',
}

const takenFailure: Failure = { kind: 'conflict', reason: 'taken', message: 'There is another record under this id' }

/** How long an answer proves the network, for a request that cannot be repeated. */
const provedForMs = 5_000

/** Nothing is compared: there is no such record. */
export function planCreation(lane: StoredLane, composed: Composed, context: LaneContext, reading?: Reading): Decision {
  const { row } = lane
  const { canRead, isNamedByServer, repeatsCreates } = context
  // If its answer is lost, nobody can tell what became of it: it goes out on a network that is proved.
  const isProved = repeatsCreates !== 'never' || context.nowMs - (context.lastReplyAtMs ?? 0) <= provedForMs
  if (!reading && canRead && (row.readFirst || context.probes || !isProved)) return read(row, false)
  // Nothing lies under an id that the backend does not know.
  const record = isNamedByServer ? null : reading ? reading.record : row.base
  const atMs = reading?.atMs ?? row.baseAtMs ?? context.nowMs
  if (record) return again(settleFound(lane, composed, { record, atMs }, context))
  return sendNew(row, composed, context, isNamedByServer ? undefined : reading)
}

/** A try of it may have taken effect: the sender looks for the record before it sends the same again. */
export function planRepeatedCreation(
  lane: StoredLane,
  attempt: Attempt,
  context: LaneContext,
  reading?: Reading,
): Decision {
  const { row } = lane
  // Another context, whose endpoint can do what that attempt counts on, goes on with it.
  if (attempt.mode !== context.repeatsCreates) return nothing
  // Refused for its session's sake, it has had no effect (G9).
  if (!attempt.unknown) return repeat(row, attempt, context, reading)
  const isRead = !context.isNamedByServer || context.remoteId !== undefined
  if (!isRead && attempt.mode !== 'by-find') {
    // The backend answers to the key as it did the first time.
    const isKeyValid = attempt.mode === 'by-key' && context.nowMs - attempt.firstAtMs! < context.keyValidForMs
    return isKeyValid ? repeat(row, attempt, context) : askPerson(lane, attempt, context)
  }
  if (!reading) {
    if (isRead) return context.canRead ? read(row, true) : repeat(row, attempt, context)
    return context.canFind ? read(row, true, undefined, attempt.editIds[0]) : askPerson(lane, attempt, context)
  }
  const { record } = reading
  if (isStrange(lane, reading, context)) return askPerson(lane, attempt, context)
  if (record) return again(settleFound(lane, attempt, { ...reading, record }, context))
  if (!isDeleted(lane)) return repeat(row, attempt, context, reading)
  // The person has deleted it meanwhile. Not while a copy of the request may still come.
  return isTryOver(attempt, context)
    ? again(endCreation(lane, takenFailure, context, reading))
    : waitForTry(lane, attempt, context)
}

/** It was refused, perhaps for a copy of it that was stored before (R3). */
export function planDoubtedCreation(
  lane: StoredLane,
  attempt: Attempt,
  context: LaneContext,
  reading?: Reading,
): Decision {
  const refusal = attempt.refusal!
  if (!reading) {
    if (context.isNamedByServer && context.canFind) return read(lane.row, true, undefined, attempt.editIds[0])
    if (!context.isNamedByServer && context.canRead) return read(lane.row, true)
    return again(refuseAttempt(lane, attempt, refusal, context, undefined, true))
  }
  const { record } = reading
  if (isStrange(lane, reading, context)) return askPerson(lane, attempt, context)
  if (record) return again(settleFound(lane, attempt, { ...reading, record }, context))
  if (attempt.unknown && !isTryOver(attempt, context)) return waitForTry(lane, attempt, context)
  return again(refuseAttempt(lane, attempt, refusal, context, reading))
}

/**
 * The record is there. Under an id that this device made nobody else can have made it: it is ours, also with other values, since the
 * backend may change them. Under an id of the app's it may be another one.
 */
function settleFound(
  lane: StoredLane,
  { editIds, patch }: Pick<Composed, 'editIds' | 'patch'>,
  reading: Shown,
  context: LaneContext,
): LaneChange {
  const [creation] = lane.edits
  const isLike = ([name, sent]: [string, (typeof patch)[string]]): boolean => {
    const got = own(reading.record, name) ?? null
    return equal(sent, got) || context.same(name, sent, got)
  }
  if (creation?.hasOwnId && !context.isNamedByServer && !Object.entries(patch).every(isLike))
    return endCreation(lane, lane.row.attempt?.refusal ?? takenFailure, context, reading)
  const row = baseFrom(lane.row, reading, patch)
  const { remoteId } = reading
  const change = settle(lane, row, { editIds, acceptedIds: editIds, sent: patch }, context)
  return remoteId === undefined || !context.isNamedByServer ? change : { ...change, named: remoteId }
}

/** The found record is another one of this device, or has no name. */
function isStrange(lane: StoredLane, { record, remoteId }: Reading, context: LaneContext): boolean {
  if (!record || !context.isNamedByServer || context.remoteId !== undefined) return false
  return remoteId === undefined || (context.idOf(remoteId) ?? lane.key.id) !== lane.key.id
}

/** Nobody can tell whether it was made. Its edits stay pending; nothing but the person's word sends it again. */
function askPerson(lane: StoredLane, attempt: Attempt, context: LaneContext): Decision {
  const refused = lane.edits.map((edit) => ({ edit, missing: propertiesOf(edit), stored: [] }))
  const fault = {
    ...makeFault(lane, lane.row, { refused, failure: unknownFailure }, context),
    kind: 'unknown' as const,
  }
  const row = { ...lane.row, attempt: { ...attempt, open: false }, unknownFault: fault.id }
  return { ...nothing, change: { row, faults: [fault] } }
}

function waitForTry({ row }: StoredLane, attempt: Attempt, context: LaneContext): Decision {
  const dueAtMs = tryOverAtMs(attempt, context)
  return later(dueAtMs, { row: { ...row, dueAtMs } })
}
