// Floor 3: the order between lanes (R20): the edits that a new one waits for, and the records that the edits of a lane name.
import { type Awaited, effectivePatch, opOf, type QueuedEdit } from '../model/edit.js'
import { InvalidEditError } from '../model/errors.js'
import type { Fault } from '../model/fault.js'
import { laneName, type LaneKey, type Properties, type RecordKey } from '../model/record.js'
import type { RefsOf } from '../model/refs.js'
import type { Names } from './names.js'
import type { OtherRecord } from './other-record.js'
import type { LaneRows, StoredLane } from './rows.js'

/** The key of a record on this device, which an app or a backend may name by the backend's id (R19). */
export function keyHere(names: Pick<Names, 'idOf'> | undefined, key: LaneKey): LaneKey {
  const id = names?.idOf(key)
  return id === undefined ? key : { account: key.account, collection: key.collection, id }
}

/** The lanes that these edits name or wait for, as they name them: by the id here, or by the backend's. */
export function givenKeysOf(
  { collection, account }: LaneKey,
  edits: readonly Pick<QueuedEdit, 'patch' | 'covered' | 'awaits'>[],
  refsOf: RefsOf | undefined,
): LaneKey[] {
  const found: RecordKey[] = []
  for (const edit of edits) {
    if (edit.awaits) found.push(...edit.awaits)
    if (refsOf) found.push(...refsOf(collection, effectivePatch(edit)))
  }
  return found.map(({ collection: of, id }) => ({ account, collection: of, id }))
}

/** The same by the ids here. */
export function keysOf(
  key: LaneKey,
  edits: Parameters<typeof givenKeysOf>[1],
  names: Pick<Names, 'idOf'>,
  refsOf: RefsOf | undefined,
): LaneKey[] {
  return givenKeysOf(key, edits, refsOf).map((one) => keyHere(names, one))
}

/** A record as edits of other lanes meet it. */
export function otherOf(
  { row, edits, runs }: LaneRows,
  remoteId: OtherRecord['remoteId'],
  faults: readonly Fault[],
): OtherRecord {
  const { collection, id } = row
  const fault = faults.find((one) => one.op === 'create' && one.recordId === id && one.collection === collection)
  return {
    name: laneName(row),
    remoteId,
    isCreating: edits.some((edit) => opOf(edit) === 'create'),
    base: row.base,
    seqs: runs.map(({ seq }) => seq),
    faultId: fault?.id,
  }
}

/** The pending lanes other than the record's own that name it, in an edit or in what they lie over. */
export function lanesNaming(
  key: LaneKey,
  lanes: readonly StoredLane[],
  names: Pick<Names, 'idOf'>,
  refsOf: RefsOf,
): LaneKey[] {
  const name = laneName(key)
  const isNamed = ({ collection }: RecordKey, properties: Properties): boolean =>
    refsOf(collection, properties).some((ref) => laneName(keyHere(names, { ...ref, account: key.account })) === name)
  return lanes
    .filter(
      (lane) =>
        laneName(lane.key) !== name &&
        ((lane.row.base && isNamed(lane.key, lane.row.base)) ||
          lane.edits.some((edit) => isNamed(lane.key, effectivePatch(edit)))),
    )
    .map((lane) => lane.key)
}

/** The pending edits of a lane, each with the version that saved it. */
export type PendingOf = (key: LaneKey) => readonly { edit: QueuedEdit; seq: number }[]

/**
 * Whether an edit would wait for itself: a record that a creation names is created first, and awaited edits go first. `seq`:
 * the version that saves it.
 */
export function waitsForItself(
  key: LaneKey,
  edit: QueuedEdit,
  seq: number,
  { pendingOf, names, refsOf }: { pendingOf: PendingOf; names: Pick<Names, 'idOf'>; refsOf: RefsOf | undefined },
): boolean {
  const own = laneName(key)
  const seen = new Set<string>()
  const reaches = (from: LaneKey, one: QueuedEdit): boolean => {
    for (const awaited of one.awaits ?? []) {
      const to = { account: key.account, collection: awaited.collection, id: awaited.id }
      if (leadsBack(keyHere(names, to), awaited.seq)) return true
    }
    if (opOf(one) !== 'create' || !refsOf) return false
    return keysOf(from, [{ patch: one.patch }], names, refsOf).some((to) => leadsBack(to))
  }
  /** `upTo`: all edits until then; absent: its creation. */
  const leadsBack = (to: LaneKey, upTo?: number): boolean => {
    const name = laneName(to)
    if (name === own) return upTo === undefined ? opOf(edit) === 'create' : upTo >= seq
    const mark = JSON.stringify([name, upTo])
    if (seen.has(mark)) return false
    seen.add(mark)
    return pendingOf(to).some(
      (next) => (upTo === undefined ? opOf(next.edit) === 'create' : next.seq <= upTo) && reaches(to, next.edit),
    )
  }
  return reaches(key, edit)
}

export function circularError({ collection, id }: RecordKey): InvalidEditError {
  return new InvalidEditError(
    '',
    id,
    `record "${id}" of "${collection}" would wait for itself: the records that it names or comes after wait for it. Save one of the names later`,
    'circular',
  )
}

/** Those of the awaited records that have pending edits, up to the newest one. */
export function awaitsFor(keys: readonly LaneKey[], own: LaneKey, pendingOf: PendingOf): Awaited[] {
  const found = new Map<string, Awaited>()
  for (const key of keys) {
    const last = pendingOf(key).at(-1)
    const name = laneName(key)
    if (last && name !== laneName(own)) found.set(name, { collection: key.collection, id: key.id, seq: last.seq })
  }
  return [...found.values()]
}
