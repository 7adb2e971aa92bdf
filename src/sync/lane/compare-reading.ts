// Pure: compares a record that was read with values that are to be sent, or were (R1 to R4, R11).
import { ancestorsOf } from '../../model/ancestors.js'
import { opOf } from '../../model/edit.js'
import { own } from '../../model/own.js'
import { normalizePatch } from '../../model/patch.js'
import type { Json, Patch } from '../../model/record.js'
import { equal } from '../../model/same.js'
import type { RecordRow, StoredLane } from '../../store/rows.js'
import type { Contest } from '../../model/contest.js'
import type { LaneContext, Shown } from './context.js'

export interface Compared {
  /** With the app's answers in the place of contested values. */
  send: Patch
  /** The backend has them already. */
  accepted: string[]
  /** One of them was not there before: the request took effect, and a refusal is that of a copy of it (R3). */
  isApplied: boolean
  /** A late copy of an older request has come since the base was read: it may have written over values of this patch (R3). */
  isOverwritten: boolean
  /** Both sides changed them, and the app has no answer. */
  contested: string[]
  /** Those of `send` that have no ancestor to compare with, to be said in `trace$`. */
  unknown: string[]
}

/**
 * Compares ancestor, mine and newest confirmed value of each property (R1). A value that was never sent is accepted only where it is
 * exactly equal (R4). Values of our own that may have arrived count as the ancestor (R2). Absent equals null. `isSent`: the patch
 * went out once already.
 */
export function compareReading(
  { row, edits }: StoredLane,
  patch: Patch,
  { record }: Shown,
  context: LaneContext,
  isSent = false,
): Compared {
  const ancestors = ancestorsOf(edits, Object.keys(patch))
  const late = lateCopies(row)
  const send: [string, Json][] = []
  const accepted: string[] = []
  let isApplied = false
  let isOverwritten = false
  const contested: string[] = []
  const unknown: string[] = []
  for (const [property, mine] of Object.entries(patch)) {
    const base = own(ancestors, property)
    const theirs = own(record, property) ?? null
    const isLike = (value: Json): boolean => equal(value, theirs) || context.same(property, value, theirs)
    const isLate = late.some((copy) => Object.hasOwn(copy, property) && isLike(copy[property]!))
    if (isLate && !equal(theirs, own(row.base, property))) isOverwritten = true
    // The backend may have a form of its own of a sent value. One that was there before may be the value before: the same
    // request once more has the same effect.
    if (equal(mine, theirs) || (isSent && isLike(mine) && !equal(base, theirs))) {
      accepted.push(property)
      if (!equal(base, mine)) isApplied = true
    } else if (base === undefined || isLike(base) || isLate || (isSent && isLike(mine))) {
      send.push([property, mine])
      if (base === undefined) unknown.push(property)
    } else {
      const edit = edits.findLast((one) => Object.hasOwn(one.patch, property))!
      const answer = answerOf(context, { property, base, mine, theirs, edit })
      if (answer === undefined) contested.push(property)
      else send.push([property, answer])
    }
  }
  return { send: Object.fromEntries(send), accepted, isApplied, isOverwritten, contested, unknown }
}

/** Copies of our own that may have come since the base was read, or while there was no session (R2). */
function lateCopies({ strays = [], baseAtMs }: RecordRow): Patch[] {
  return strays
    .filter(({ op, untilMs, held }) => opOf({ op }) === 'update' && (held || !(baseAtMs! >= untilMs)))
    .map(({ patch }) => patch)
}

/**
 * An error of an app's function counts as no answer, and so does a value that cannot be stored: other lanes wait for this
 * one's transaction.
 */
function answerOf(context: LaneContext, { base, mine, theirs, ...contest }: Contest): Json | undefined {
  const { resolve, check, fromDate, toBackend, toDevice } = context
  const { property } = contest
  const shown = (value: Json): Json => toDevice({ [property]: value })[property]!
  try {
    const known = { base: base === undefined ? base : shown(base), mine: shown(mine), theirs: shown(theirs) }
    const answer = normalizePatch({ [property]: resolve?.({ ...contest, ...known }) }, { fromDate })
    return check?.(answer) ? undefined : toBackend(answer)[property]
  } catch {
    return undefined
  }
}
