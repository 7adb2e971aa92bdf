// Pure: an attempt that was written and not settled. Exactly it goes out again, or nothing does (R2, R3).
import { ancestorsOf } from '../../model/ancestors.js'
import { propertiesOf } from '../../model/compose.js'
import { noteForms } from '../../model/forms.js'
import { own } from '../../model/own.js'
import type { Json, Patch } from '../../model/record.js'
import { equal } from '../../model/same.js'
import type { Attempt, RecordRow, StoredLane } from '../../store/rows.js'
import type { LaneChange } from '../../store/settlements.js'
import { compareReading, lateCopies } from './compare-reading.js'
import type { LaneContext, Reading } from './context.js'
import { again, type Decision, later, type Plan, read, send } from './decision.js'
import { refuseAttempt, refuseContested } from './refuse.js'
import { baseFrom, settle, settledRow } from './settle.js'
import { isTryOver, tryOverAtMs } from './state.js'

/** Its outcome is not known. Where the record may be read, that tells it. */
export function planRepeat(given: StoredLane, attempt: Attempt, context: LaneContext, reading?: Reading): Decision {
  // One of which nothing was heard may come late as well (R3).
  const row = { ...given.row, attempt: { ...attempt, unknown: attempt.unknown || attempt.open } }
  const lane = { ...given, row }
  const compares = context.conflicts === 'compare'
  if (!reading) return compares && context.canRead ? read(row, true) : repeat(row, attempt, context)
  const { isStored, isApplied, accepted, contested, resolved, seen } = findSent(lane, attempt, context, reading)
  if (isStored) return again(acceptAttempt(lane, attempt, reading, context))
  if (contested.length && isApplied) return again(keepStored(seen, attempt, accepted, reading, context))
  const isContested = compares && contested.length > 0
  // The app has another answer than the one that was sent: it goes out in place of that.
  const isReplaced = Object.entries(resolved).some(([name, value]) => !equal(value, attempt.patch[name]))
  if (!isContested && !isReplaced) return repeat(row, attempt, context, reading)
  // Not while that may still be stored which is then called rolled back, or replaced.
  if (!isTryOver(attempt, context)) {
    const dueAtMs = tryOverAtMs(attempt, context)
    return later(dueAtMs, { row: { ...row, dueAtMs } })
  }
  return isContested
    ? refuseContested(seen, contested, reading, context)
    : again(keepStored(lane, attempt, accepted, reading, context))
}

/** It was refused, perhaps for a copy of it that was stored before. */
export function planDoubted(lane: StoredLane, attempt: Attempt, context: LaneContext, reading?: Reading): Decision {
  const { row } = lane
  const refusal = attempt.refusal!
  if (!reading)
    return context.canRead ? read(row, true) : again(refuseAttempt(lane, attempt, refusal, context, undefined, true))
  const { isStored, isApplied, accepted, seen } = findSent(lane, attempt, context, reading)
  if (isStored) return again(acceptAttempt(lane, attempt, reading, context))
  if (isApplied) return again(keepStored(seen, attempt, accepted, reading, context))
  if (isOverwritten(row, attempt.patch, reading, context)) return repeat(row, attempt, context, reading)
  return again(refuseAttempt(lane, attempt, refusal, context, reading))
}

/** What a read shows of the values that were sent. */
interface Found extends Pick<ReturnType<typeof compareReading>, 'accepted' | 'contested' | 'resolved'> {
  /** All of them are there. */
  isStored: boolean
  /** One is there that was not there before: the request took effect, and a refusal is that of a copy of it (R3). */
  isApplied: boolean
  /** The lane, with what is there in their place noted: if an answer ever shows it so, it is what the backend makes of them. */
  seen: StoredLane
}

function findSent(lane: StoredLane, { patch }: Attempt, context: LaneContext, reading: Reading): Found {
  const { row, edits } = lane
  const { accepted, contested, resolved } = compareReading(lane, patch, reading, context, true)
  const ancestors = ancestorsOf(edits, accepted)
  const names = contested.map(({ property }) => property)
  return {
    accepted,
    contested,
    resolved,
    isStored: accepted.length === Object.keys(patch).length,
    isApplied: accepted.some((name) => !equal(own(ancestors, name) ?? null, patch[name])),
    seen: { ...lane, row: { ...row, forms: noteForms(row.forms, names, patch, reading.record) } },
  }
}

function repeat(row: RecordRow, attempt: Attempt, context: LaneContext, reading?: Reading): Plan {
  const { editIds, patch, key, tries } = attempt
  return send(row, { editIds, patch, key, tries: tries + 1, unknown: true }, context, reading)
}

/** All that was sent is there. */
function acceptAttempt(
  lane: StoredLane,
  { editIds, patch }: Attempt,
  reading: Reading,
  context: LaneContext,
): LaneChange {
  return settle(lane, settledRow(baseFrom(lane.row, reading, patch)), { editIds, sent: patch }, context)
}

/**
 * A late copy of an older request has come since the base was read: it may have written over what the refused request had
 * stored, so what is read proves nothing, and the request is repeated (R3).
 */
function isOverwritten(row: RecordRow, patch: Patch, { record }: Reading, { same }: LaneContext): boolean {
  return lateCopies(row).some((copy) =>
    Object.keys(patch).some((name) => {
      const got = own(record, name) ?? null
      return Object.hasOwn(copy, name) && same(name, copy[name]!, got) && !equal(got, own(row.base, name))
    }),
  )
}

/** A part of what was sent is there: it is settled as edits of its own would be, each in its place, and the rest is planned anew. */
function keepStored(
  lane: StoredLane,
  { editIds, patch }: Attempt,
  names: readonly string[],
  reading: Reading,
  context: LaneContext,
): LaneChange {
  const sent = new Set(editIds)
  const parts = new Map(
    lane.edits
      .filter(({ id }) => sent.has(id))
      .map((edit) => {
        const stored = propertiesOf(edit).filter((name) => names.includes(name))
        const part = Object.fromEntries(stored.map((name): [string, Json] => [name, patch[name]!]))
        return [edit.id, { id: `${edit.id}+`, patch: part, ancestors: {}, atMs: context.nowMs }]
      }),
  )
  const partIds = new Set([...parts.values()].map(({ id }) => id))
  // Not behind all of the request: an edit in between that was not sent is covered by nothing older.
  const edits = lane.edits.flatMap((edit) => [edit, parts.get(edit.id) ?? []].flat())
  const change = settle({ ...lane, edits }, settledRow(baseFrom(lane.row, reading)), { editIds: [...partIds] }, context)
  const settled = change.settled?.map((one) => ({ ...one, editIds: one.editIds.filter((id) => !partIds.has(id)) }))
  return { ...change, settled: settled?.filter(({ editIds }) => editIds.length) ?? [] }
}
