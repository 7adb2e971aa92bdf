// Pure: the possible results of a step of a lane. Each step returns one of these.
import type { Composed } from '../../model/compose.js'
import type { Properties } from '../../model/record.js'
import type { Attempt, RecordRow, Unread } from '../../store/rows.js'
import type { LaneChange } from '../../store/settlements.js'
import type { LaneContext, Reading } from './context.js'
import type { Search } from './search.js'
import { baseFrom } from './settle.js'
import { versionToSend } from './versions.js'

/** The sender's act for the lane once the change is written. */
export type Step =
  | { step: 'none' }
  /** Rows of the lane cannot be read. */
  | { step: 'held'; reason: Unread }
  | { step: 'later'; dueAtMs: number }
  /**
   * `finds`: not by the record's id. `probes`: any answer of the collection will do, since the backend does not know the record.
   */
  | ({ step: 'read'; rev: number; verifies: boolean; finds?: Search; probes?: true } & Named)
  | ({ step: 'send'; attempt: Attempt } & Named)

/** `remoteId`: the id of the request, where it is not the key's. `record`: see `RequestContext`. */
interface Named {
  remoteId?: string | number
  record?: Properties
}

export interface Plan {
  change?: LaneChange | undefined
  next: Step
  /** The lane is read anew and looked at again: it can be migrated now (R26). */
  rereads?: true | undefined
  /** By name, the lanes that it waits for (R20). */
  waitsFor?: readonly string[] | undefined
  /** Properties that are sent with no ancestor to compare with; reported in `trace$`. */
  unknownAncestors?: string[] | undefined
}

/** `again`: the lane is planned once more after the change, in the same transaction. */
export interface Decision extends Omit<Plan, 'next'> {
  next: Step | { step: 'again' }
}

export function heldBy(reason: Unread): Plan {
  return { next: { step: 'held', reason } }
}

export const nothing: Plan = { next: { step: 'none' } }

export function later(dueAtMs: number, change?: LaneChange): Plan {
  return { change, next: { step: 'later', dueAtMs } }
}

/** `verifies`: to make sure of an outcome (R3), and not because the base is old (R11). */
export function read({ rev }: RecordRow, verifies: boolean, change?: LaneChange): Plan {
  return { change, next: { step: 'read', rev, verifies } }
}

/** Looks for the record of a creation that the backend names. */
export function search({ rev }: RecordRow, finds: Search): Plan {
  return { next: { step: 'read', rev, verifies: true, finds } }
}

/** Asks for anything, to see whether there is a network. */
export function probe({ rev }: RecordRow): Plan {
  return { next: { step: 'read', rev, verifies: false, probes: true } }
}

export function again(change: LaneChange): Decision {
  return { change, next: { step: 'again' } }
}

/** A request that was not tried yet. No edits: it puts right what a late copy has undone. */
export function sendNew(
  row: RecordRow,
  { op, editIds, patch }: Composed,
  context: LaneContext,
  reading?: Reading,
): Plan {
  // Of ids that were fixed at save and of the record's own counter: no repeat ever makes another one (R2).
  const key = `${editIds.at(-1) ?? row.id}.${row.rev + 1}`
  const creation = op === 'create' && { mode: context.repeatsCreates, firstAtMs: context.nowMs }
  const named = op !== 'update' && { op }
  const version = op === 'create' ? undefined : versionToSend(row, context, reading)
  const made = version !== undefined && { version }
  return send(row, { ...named, ...creation, ...made, editIds, patch, key, tries: 1, unknown: false }, context, reading)
}

/** The attempt is written before its request leaves (R2). `reading`: becomes the base. */
export function send(
  row: RecordRow,
  attempt: Omit<Attempt, 'sessionId' | 'epoch' | 'atMs' | 'open' | 'refusal'>,
  { nowMs, sessionId, epoch }: LaneContext,
  reading?: Reading,
): Plan {
  const written = { ...attempt, sessionId: sessionId!, epoch, atMs: nowMs, open: true }
  const based = reading ? baseFrom(row, reading) : row
  return {
    change: { row: { ...based, readFirst: undefined, attempt: written, rev: row.rev + 1, tries: row.tries + 1 } },
    next: { step: 'send', attempt: written },
  }
}
