import { own } from './own.js'
import type { Json, Patch, Properties } from './record.js'
import { equal } from './same.js'

/** The result of comparing one property: send mine, the backend has it already, or both sides changed it. */
export type Comparison = 'send' | 'accepted' | 'conflict'

/**
 * Compares ancestor, mine and newest confirmed (R1). Only an exactly equal value is accepted unsent (R4); with no known
 * ancestor mine is sent. `alsoMine`: values of attempts with an unknown outcome, which count as the ancestor (R2).
 * Absent equals null.
 */
export function compareThree({
  ancestor,
  mine,
  theirs,
  same,
  alsoMine = [],
}: {
  ancestor: Json | undefined
  mine: Json
  theirs: Json | undefined
  same: (sent: Json, got: Json) => boolean
  alsoMine?: readonly Json[]
}): Comparison {
  if (equal(mine, theirs)) return 'accepted'
  if (ancestor === undefined) return 'send'
  const got = theirs ?? null
  return [ancestor, ...alsoMine].some((value) => equal(value, got) || same(value, got)) ? 'send' : 'conflict'
}

/** One property that both sides changed (R11). */
export interface PropertyConflict {
  property: string
  base: Json
  mine: Json
  theirs: Json
}

/**
 * Compares a composed patch with a record that was just read (R11). `ancestors`: of the patch's properties, no entry where
 * none is known; `alsoMine`: the patches of attempts with an unknown outcome. `unknown`: those of `send` that had no ancestor
 * to compare with; the sender reports them in `trace$`.
 */
export function comparePatch({
  patch,
  ancestors,
  theirs,
  same,
  alsoMine = [],
}: {
  patch: Patch
  ancestors: Properties
  theirs: Properties
  same: (property: string, sent: Json, got: Json) => boolean
  alsoMine?: readonly Patch[]
}): { send: Patch; accepted: string[]; conflicts: PropertyConflict[]; unknown: string[] } {
  const send: [string, Json][] = []
  const accepted: string[] = []
  const conflicts: PropertyConflict[] = []
  const unknown: string[] = []
  for (const [property, mine] of Object.entries(patch)) {
    const base = own(ancestors, property)
    const got = own(theirs, property)
    const comparison = compareThree({
      ancestor: base,
      mine,
      theirs: got,
      same: (sent, value) => same(property, sent, value),
      alsoMine: alsoMine.map((sent) => own(sent, property)).filter((value) => value !== undefined),
    })
    if (comparison === 'accepted') accepted.push(property)
    else if (comparison === 'send') {
      send.push([property, mine])
      if (base === undefined) unknown.push(property)
    } else conflicts.push({ property, base: base ?? null, mine, theirs: got ?? null })
  }
  return { send: Object.fromEntries(send), accepted, conflicts, unknown }
}
