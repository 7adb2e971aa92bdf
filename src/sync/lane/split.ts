// Pure: halves edits that were refused together, until the guilty one is known (R6).
import { sendable } from '../../model/compose.js'
import type { QueuedEdit } from '../../model/edit.js'
import type { Attempt, Split, StoredLane } from '../../store/rows.js'

/**
 * The edits that the attempt sends, those that it only settles left out. As it was composed: edits saved since may cover some of
 * it, and change nothing in what was refused.
 */
export function sentOf({ edits }: StoredLane, { editIds }: Attempt): QueuedEdit[] {
  const inAttempt = new Set(editIds)
  return sendable(edits.filter(({ id }) => inAttempt.has(id)))
}

/** After so many edits were refused together, one of which is guilty: half of them, the older ones, go out next. */
export function splitRefused(suspects: number): Split {
  return { suspects, size: Math.ceil(suspects / 2) }
}

/** After `sent` edits of a split were accepted: the guilty one is among the rest, which therefore are halved at once. */
export function splitAccepted(split: Split | undefined, sent: number): Split | undefined {
  const suspects = (split?.suspects ?? 0) - sent
  return suspects > 0 ? splitRefused(suspects) : undefined
}
