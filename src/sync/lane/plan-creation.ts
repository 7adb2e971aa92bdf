// Pure: a record that is made (R17, R18, R21).
import { type Composed, propertiesOf } from '../../model/compose.js'
import { type Failure, ruleOf } from '../../model/failure.js'
import { own } from '../../model/own.js'
import { equal } from '../../model/same.js'
import type { Attempt, StoredLane } from '../../store/rows.js'
import type { LaneChange } from '../../store/settlements.js'
import type { LaneContext, Reading, Shown } from './context.js'
import { again, type Decision, later, nothing, probe, read, search, sendNew } from './decision.js'
import { repeat } from './repeat.js'
import { endCreation, isDeleted, refuseAttempt } from './refuse.js'
import { baseFrom, makeFault, settle } from './settle.js'
import { isTryOver, showsEnd, tryOverAtMs } from './state.js'

const unknownFailure: Failure = {
  kind: 'other',
  message: 'The answer to the creation was lost, and nobody can tell whether the record was made',
}

/** Some backends give the id of a deleted record to the next one. */
const otherFailure: Failure = {
  kind: 'other',
  message: 'The backend names a record that was here before, and nobody can tell whether the creation made it',
}

const takenFailure: Failure = { kind: 'conflict', reason: 'taken', message: 'There is another record under this id' }

/** How long an answer proves the network, for a request that cannot be repeated. */
const provedForMs = 5_000

/** Nothing is compared: there is no such record. */
export function planCreation(lane: StoredLane, composed: Composed, context: LaneContext, reading?: Reading): Decision {
  const { row } = lane
  const { canRead, canList, isNamedByServer, repeatsCreates } = context
  // If its answer is lost, nobody can tell what became of it: it goes out on a network that is proved.
  // A reply hours ahead is one from before the clock was set back.
  const replyAgoMs = Math.abs(context.nowMs - (context.lastReplyAtMs ?? -Infinity))
  const isProved = repeatsCreates !== 'never' || replyAgoMs <= provedForMs
  const asks = context.probes || !isProved
  // Nothing lies under an id that the backend does not know.
  if (isNamedByServer) return !reading && asks && (canRead || canList) ? probe(row) : sendNew(row, composed, context)
  if (!reading && canRead && (row.readFirst || asks)) return read(row, false)
  const record = reading ? reading.record : row.base
  const atMs = reading?.atMs ?? row.baseAtMs ?? context.nowMs
  if (record) return again(settleFound(lane, composed, { record, atMs }, context))
  return sendNew(row, composed, context, reading)
}

/** A try of it may have taken effect: the sender looks for the record before it sends the same again. */
export function planRepeatedCreation(
  lane: StoredLane,
  attempt: Attempt,
  context: LaneContext,
  reading?: Reading,
): Decision {
  const { row } = lane
  const { mode } = attempt
  // Another context, whose endpoint can do what that attempt counts on, goes on with it.
  if (mode !== context.repeatsCreates) return nothing
  // Refused for its session's sake, it has had no effect (G9).
  if (!attempt.unknown) return repeat(row, attempt, context)
  if (hasReadableId(attempt, context)) {
    if (!context.canRead) return mode === 'safe' ? repeat(row, attempt, context) : askPerson(lane, attempt, context)
    if (!reading) return read(row, true)
  } else if (mode === 'by-key' && isKeyValid(attempt, context)) {
    // The backend answers to the key as it did the first time.
    return repeat(row, attempt, context)
  } else if (!reading) {
    const step = searchStep(lane, attempt, context)
    return step === 'none' ? askPerson(lane, attempt, context) : step
  }
  if (reading?.record) return settleShown(lane, attempt, reading, context)
  // Not to be found among all records is no proof: the backend may have changed its values.
  if (reading?.by === 'list' || row.unknownFault) return askPerson(lane, attempt, context)
  const { isNamed } = attempt
  // Under an id that the backend does not know nothing is proved.
  const shown = context.isNamedByServer ? undefined : reading
  if (!isNamed && !isDeleted(lane) && (mode === 'safe' || mode === 'by-find'))
    return repeat(row, attempt, context, shown)
  // Not while a copy of the request may still come, or while the backend may not show yet what it has made.
  if (!isTryOver(attempt, context)) return waitForTry(lane, attempt, context)
  if (reading && !showsEnd(reading, attempt, context)) return planRepeatedCreation(lane, attempt, context)
  if (isNamed && reading) return again(settleMadeAndGone(lane, attempt, reading, context))
  // The person has deleted it meanwhile.
  if (isDeleted(lane)) return again(endCreation(lane, takenFailure, context, reading))
  return repeat(row, attempt, context, shown)
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
    if (hasReadableId(attempt, context) && context.canRead) return read(lane.row, true)
    const step = hasReadableId(attempt, context) ? 'none' : searchStep(lane, attempt, context)
    if (step !== 'none') return step
    return again(refuseAttempt(lane, attempt, refusal, context, undefined, attempt.unknown || !context.isNamedByServer))
  }
  if (reading.record) return settleShown(lane, attempt, reading, context)
  if (attempt.unknown && !isTryOver(attempt, context)) return waitForTry(lane, attempt, context)
  if (attempt.unknown && !showsEnd(reading, attempt, context)) return planDoubtedCreation(lane, attempt, context)
  return again(refuseAttempt(lane, attempt, refusal, context, reading))
}

/**
 * Whether the record can be asked for: this device has named it, or an answer has. Another name is that of an earlier record under the
 * same id here.
 */
function hasReadableId({ isNamed }: Attempt, { isNamedByServer, remoteId }: LaneContext): boolean {
  return !isNamedByServer || (!!isNamed && remoteId !== undefined)
}

/** With the time that the request may take. A clock that was set back makes no key young again. */
function isKeyValid({ firstAtMs }: Attempt, { nowMs, keyValidForMs, requestTimeoutMs }: LaneContext): boolean {
  const ageMs = nowMs - firstAtMs!
  return ageMs > -requestTimeoutMs && ageMs + requestTimeoutMs < keyValidForMs
}

/**
 * Looks for the record: by the edit that made it, where the backend finds it so; else among all records, once no try can be under
 * way any more. `none`: neither is possible.
 */
function searchStep(lane: StoredLane, attempt: Attempt, context: LaneContext): Decision | 'none' {
  const { mode, firstAtMs, editIds, patch: sent } = attempt
  const wanted = { editId: editIds[0]!, sent }
  if (mode === 'by-find' && context.canFind) return search(lane.row, { by: 'edit', ...wanted })
  // An account that may make no record has made none, and a collection that is not there has none.
  const { endsLane, forbidsReads } = ruleOf(attempt.refusal?.kind ?? 'conflict')
  if (!context.canList || endsLane || forbidsReads) return 'none'
  if (attempt.unknown && !isTryOver(attempt, context)) return waitForTry(lane, attempt, context)
  const afterMs = attempt.unknown ? tryOverAtMs(attempt, context) : context.nowMs
  return search(lane.row, { by: 'list', ...wanted, firstAtMs, afterMs })
}

/**
 * Whether a record of this name is another one than the creation has made: of another creation of this device, or known here before
 * the first try (R19).
 */
export function isAnother(
  { key, namesakeSinceMs = Infinity }: StoredLane,
  { firstAtMs = 0 }: Attempt,
  id: string | number | undefined,
  { idOf }: LaneContext,
): boolean {
  return id === undefined || (idOf(id) ?? key.id) !== key.id || namesakeSinceMs < firstAtMs
}

/** The backend shows a record: it is that of the creation, or another one. */
function settleShown(lane: StoredLane, attempt: Attempt, reading: Reading, context: LaneContext): Decision {
  if (!hasReadableId(attempt, context) && isAnother(lane, attempt, reading.remoteId, context))
    return askPerson(lane, { ...attempt, namesOther: true }, context)
  return again(settleFound(lane, attempt, { ...reading, record: reading.record! }, context))
}

/** Its record has a name, and is not there any more: somebody else has deleted it. The edits behind it are gone with it. */
function settleMadeAndGone(
  lane: StoredLane,
  { editIds, patch }: Attempt,
  reading: Reading,
  context: LaneContext,
): LaneChange {
  return settle(lane, baseFrom(lane.row, reading), { editIds, acceptedIds: editIds, sent: patch }, context)
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
  const known = baseFrom(lane.row, reading, patch)
  // A list may leave properties out, so it is compared with the record before an edit goes out on it (R11, R23).
  const row = reading.by === 'list' ? { ...known, baseAtMs: lane.row.baseAtMs, version: undefined } : known
  const { remoteId } = reading
  const change = settle(lane, row, { editIds, acceptedIds: editIds, sent: patch }, context)
  return remoteId === undefined || !context.isNamedByServer ? change : { ...change, named: remoteId }
}

/**
 * Nobody can tell whether it was made. Its edits stay pending; nothing but the person's word sends it again. A look at the backend that
 * shows nothing new leaves the fault as it is.
 */
function askPerson(lane: StoredLane, attempt: Attempt, context: LaneContext): Decision {
  const row = { ...lane.row, attempt: { ...attempt, open: false }, looksAgain: undefined }
  if (row.unknownFault) return { ...nothing, change: { row } }
  const refused = lane.edits.map((edit) => ({ edit, missing: propertiesOf(edit), stored: [] }))
  const fault = {
    ...makeFault(lane, lane.row, { refused, failure: attempt.namesOther ? otherFailure : unknownFailure }, context),
    kind: 'unknown' as const,
  }
  return { ...nothing, change: { row: { ...row, unknownFault: fault.id }, faults: [fault] } }
}

function waitForTry({ row }: StoredLane, attempt: Attempt, context: LaneContext): Decision {
  const dueAtMs = tryOverAtMs(attempt, context)
  return later(dueAtMs, { row: { ...row, dueAtMs } })
}
