// Pure: the front part of a lane that may go out: it refers only to records that exist, and waits for no other lane (R20).
import { sendable } from '../../model/compose.js'
import { effectivePatch, opOf, type QueuedEdit } from '../../model/edit.js'
import { laneName, type RecordKey } from '../../model/record.js'
import { isNever, type OtherRecord } from '../../store/other-record.js'
import type { StoredLane } from '../../store/rows.js'
import type { LaneContext } from './context.js'

export interface ReadyFront {
  /** How many edits may go out together. */
  ready: number
  /** Of these so many of those that are sent: edits that were refused together are halved (R6). */
  limit?: number
  /** The edits that this is about, where they are a half. */
  half?: readonly QueuedEdit[]
  /** By lane name, the lanes that the next edit waits for; empty unless nothing may go out. */
  waitsFor: string[]
  /** Nothing may ever go out: these properties name a record that came to nothing. */
  missing: string[]
  /** The open fault of such a record. */
  causedBy?: string | undefined
}

/**
 * The longest front part counts, since a later edit can write over a name that nothing comes of. A half of it goes out without that
 * edit, and waits by itself.
 */
export function frontOf(lane: StoredLane, asking: Pick<LaneContext, 'refsOf'>): ReadyFront {
  const front = partOf(lane, lane.edits, asking)
  const { size } = lane.row.split ?? {}
  const together = lane.edits.slice(0, front.ready)
  if (size === undefined || !front.ready || together.some((edit) => opOf(edit) !== 'update')) return front
  const half = sendable(together).slice(0, size)
  // These edits send nothing, and settle.
  if (!half.length) return front
  const { ready: limit, ...part } = partOf(lane, half, asking)
  return { ...part, ready: limit && front.ready, limit, half }
}

function partOf(
  { key, others }: StoredLane,
  edits: readonly QueuedEdit[],
  { refsOf }: Pick<LaneContext, 'refsOf'>,
): ReadyFront {
  if (!others?.size) return { ready: edits.length, waitsFor: [], missing: [] }
  const otherAt = ({ collection, id }: RecordKey): OtherRecord | undefined =>
    others.get(laneName({ account: key.account, collection, id }))
  const waitsFor = new Set<string>()
  /** By property that names a record which is not there: the fault of one that never will be. */
  const open = new Map<string, { never: boolean; causedBy?: string | undefined }>()
  let isBlocked = false
  let ready = 0
  let mayWait = 0
  for (const [index, edit] of edits.entries()) {
    const op = opOf(edit)
    // A creation goes out before the deletion behind it.
    if (op === 'delete' && opOf(edits[0]!) === 'create') break
    for (const { seq, ...awaited } of edit.awaits ?? []) {
      const other = otherAt(awaited)
      if (!other?.seqs.some((one) => one <= seq)) continue
      isBlocked = true
      waitsFor.add(other.name)
    }
    if (op !== 'update') open.clear()
    const patch = effectivePatch(edit)
    for (const property of Object.keys(patch)) open.delete(property)
    for (const { property, ...ref } of refsOf(patch)) {
      const other = otherAt(ref)
      if (other && isNever(other)) open.set(property, { never: true, causedBy: other.faultId })
      else if (other && isPending(other)) {
        waitsFor.add(other.name)
        if (!open.has(property)) open.set(property, { never: false })
      }
    }
    if (!isBlocked && !open.size) ready = index + 1
    if (isBlocked || [...open.values()].every(({ never }) => !never)) mayWait = index + 1
    if (op === 'delete') break
  }
  if (ready) return { ready, waitsFor: [], missing: [] }
  if (mayWait) return { ready, waitsFor: [...waitsFor], missing: [] }
  const lost = [...open].filter(([, { never }]) => never)
  const causedBy = lost.find(([, one]) => one.causedBy !== undefined)?.[1].causedBy
  return { ready, waitsFor: [], missing: lost.map(([property]) => property), causedBy }
}

/** It has no name yet, or is not there. */
function isPending({ isCreating, base, remoteId }: OtherRecord): boolean {
  return isCreating && !base && typeof remoteId !== 'string' && typeof remoteId !== 'number'
}
