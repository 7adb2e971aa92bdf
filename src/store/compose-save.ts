// Floor 3: the edits of a save, each checked against the rows that are there now, and put into its lane (R17, R18, R20).
import { type Awaited, type MadeEdit, opOf, type QueuedEdit } from '../model/edit.js'
import type { InvalidEditError } from '../model/errors.js'
import { isDependency } from '../model/failure.js'
import type { Fault } from '../model/fault.js'
import { lostName, objectionError, refObjectionError, undeclaredError } from '../model/may-save.js'
import { laneName, type LaneKey, type Properties, type RecordKey } from '../model/record.js'
import type { Ref, Relations } from '../model/refs.js'
import type { Tables } from './connection.js'
import { addEdit, type Draft, draftOf, objectionIn } from './drafts.js'
import { pendingLanes, readLanes } from './lane-rows.js'
import type { Names } from './names.js'
import {
  awaitsFor,
  circularError,
  keyHere,
  keysOf,
  lanesNaming,
  otherOf,
  type PendingOf,
  waitsForItself,
} from './order.js'
import { isNever, type OtherRecord } from './other-record.js'
import { amended, type Waiting, waitingFor } from './resave.js'
import type { LaneRows, StateRow, StoredLane } from './rows.js'
import { isOfShape } from './shapes.js'

export interface NewEdit {
  key: RecordKey
  edit: MadeEdit
  /** The confirmed values that the person saw of its properties; absent: nobody looked. */
  seen?: Properties | undefined
  /** The backend's values of them that the answered fault shows: they count where no base is known. */
  told?: Properties | undefined
  /** It waits for the edits of these records that are pending when it is saved. */
  after?: readonly RecordKey[] | undefined
}

/** The edits that were not saved as they were made. All others were. */
export interface SaveResult {
  /** By edit: the reason against it. Nothing of it was saved. */
  refused: ReadonlyMap<string, InvalidEditError>
  /**
   * By edit: the one that stands for it, a deletion that was pending already, or the refused one whose fault now has its values.
   * Nothing of it was saved.
   */
  joined: ReadonlyMap<string, string>
  /** By edit: the record in whose lane it lies, which it named by the backend's id. */
  moved: ReadonlyMap<string, RecordKey>
  /** Saved besides: the edits of faults that named a record which is created now. These faults are closed. */
  resaved: readonly Waiting[]
}

export interface SaveBatch {
  /** The account that the tab showed when the edits were made. */
  account: string
  /** The front part of the ids of all these edits. */
  label: string
  edits: readonly NewEdit[]
  /** All of them are saved, or none. */
  separately?: boolean | undefined
  /** The fault that these edits answer; the same transaction closes it. */
  closes?: string | undefined
  /** The edit that they replace, if it is still pending, not in flight, and of the same operation. */
  replaces?: string | undefined
  nowMs: number
}

/** The rest of what a save goes by. */
export interface SaveContext {
  names: Names
  /** Absent: no record names another one. */
  relations: Relations | undefined
  /** Lanes that need not be read. */
  known: ReadonlyMap<string, LaneRows>
  /** The account's open ones. */
  faults: readonly Fault[]
  /** The version that the transaction writes. */
  seq: number
}

export interface ComposedSave extends SaveResult {
  drafts: readonly Draft[]
  /** Open faults that have other values or another cause than before. */
  amended: readonly Fault[]
  /** How many edits are saved, those included that settle at once. */
  saved: number
}

/** Reads, and writes nothing. Throws the first objection where not all edits would be saved and all have to be. */
export async function composeSave(
  tables: Tables,
  state: StateRow,
  batch: SaveBatch,
  context: SaveContext,
): Promise<ComposedSave> {
  const { account, edits, separately, closes, replaces, nowMs } = batch
  const { names, known, faults, relations } = context
  const keyByGiven = new Map<RecordKey, LaneKey>()
  const wanted = new Map<string, LaneKey>()
  const created = faults.length ? edits.filter(({ edit }) => opOf(edit) === 'create') : []
  const waiting = waitingFor(
    created.map(({ key }) => ({ ...key, account })),
    edits[0]!.edit.id,
    {
      account,
      faults: faults.filter((fault) => fault.id !== closes && isOfShape(fault, tables.shapes)),
      names,
      relations,
      nowMs,
    },
  )
  for (const { key } of [...edits, ...waiting]) {
    // A burst has few keys, or one.
    if (keyByGiven.has(key)) continue
    const here = keyHere(names, { account, collection: key.collection, id: key.id })
    keyByGiven.set(key, here)
    wanted.set(laneName(here), here)
  }
  const draftByName = new Map<string, Draft>()
  for (const lane of await readLanes(tables, state, [...wanted.values()], known))
    draftByName.set(laneName(lane.key), draftOf(lane))
  const draftByKey = new Map(
    [...keyByGiven].map(([given, key]): [RecordKey, Draft] => [given, draftByName.get(laneName(key))!]),
  )
  const isOrdered =
    relations?.refsOf ||
    edits.some(({ after, key, edit }) => after || relations?.undeclared?.(key.collection, edit.patch).length)
  const order = isOrdered
    ? await orderOf(tables, state, { account, edits: [...edits, ...waiting], context, draftByName })
    : undefined
  const refused = new Map<string, InvalidEditError>()
  const joined = new Map<string, string>()
  const moved = new Map<string, RecordKey>()
  const rewritten = new Map<string, Fault>()
  const resaved: Waiting[] = []
  let saved = 0
  /** `answers`: the fault that the edit answers. Returns the reason against the edit. */
  const place = (one: NewEdit, answers: string | undefined): InvalidEditError | undefined => {
    const { edit } = one
    const draft = draftByKey.get(one.key)!
    const { key, row } = draft.lane
    const op = opOf(edit)
    if (draft.unmade && op !== 'create') return draft.unmade
    const isFree = op === 'update' && draft.takesUpdates
    const objection = isFree ? undefined : objectionIn(draft, op, { faults, names, answers, nowMs })
    if (op === 'delete' && objection?.editId !== undefined) {
      joined.set(edit.id, objection.editId)
      return undefined
    }
    const error = objection ? objectionError(key, objection) : order?.objection(draft, one)
    if (error) {
      if (op === 'create' && !objection) draft.unmade = error
      return error
    }
    const answered = answers === undefined ? undefined : faults.find(({ id }) => id === answers)
    const lost = answered && isDependency(answered) ? order?.lost(key, edit) : undefined
    if (lost) {
      // It would end again: its fault stays open, until the record that it names is pending once more.
      rewritten.set(answers!, amended(answered!, edit, row.base, lost.faultId))
      joined.set(edit.id, answered!.editIds.at(-1)!)
      return undefined
    }
    const queued = addEdit(draft, one)
    if (queued && order) order.note(draft, queued, one)
    saved++
    if (key.id !== one.key.id) moved.set(edit.id, { collection: key.collection, id: key.id })
    return undefined
  }
  const isWhole = !!(separately || closes || replaces) || edits.length === 1
  for (const one of edits) {
    const error = place(one, closes)
    if (error && isWhole) throw error
    if (error) refused.set(one.edit.id, error)
  }
  const left = new Set(waiting)
  for (let before = -1; before !== left.size;) {
    before = left.size
    for (const one of left) {
      if (order!.lost(one.key, one.edit)) continue
      left.delete(one)
      if (!place(one, one.fault.id)) resaved.push(one)
    }
  }
  for (const { fault, key, edit } of left) {
    const { faultId } = order!.lost(key, edit)!
    if (faultId !== fault.causedBy) rewritten.set(fault.id, { ...fault, causedBy: faultId })
  }
  return {
    drafts: [...draftByName.values()],
    refused,
    joined,
    moved,
    resaved,
    amended: [...rewritten.values()],
    saved,
  }
}

/** The part of a save that concerns the records which its edits name or come after. */
interface SaveOrder {
  objection(draft: Draft, edit: NewEdit): InvalidEditError | undefined
  /** A record that the edit names, and that came to nothing. */
  lost(of: RecordKey, edit: MadeEdit): OtherRecord | undefined
  /** Notes what the edit waits for. */
  note(draft: Draft, queued: QueuedEdit, edit: NewEdit): void
}

async function orderOf(
  tables: Tables,
  state: StateRow,
  {
    account,
    edits,
    context: { names, relations, known, faults, seq },
    draftByName,
  }: {
    account: string
    edits: readonly NewEdit[]
    context: SaveContext
    draftByName: ReadonlyMap<string, Draft>
  },
): Promise<SaveOrder> {
  const refsOf = relations?.refsOf
  const afterOf = ({ after = [] }: NewEdit): LaneKey[] => after.map((key) => keyHere(names, { ...key, account }))
  const undeclaredOf = ({ key, edit: { patch } }: Pick<NewEdit, 'key' | 'edit'>): readonly Ref[] =>
    relations?.undeclared?.(key.collection, patch) ?? []
  const others = new Map<string, LaneRows>()
  // Deletions wait for all that name their record, and creations may wait for each other over several lanes.
  let next = edits.flatMap((one) => [
    ...afterOf(one),
    ...keysOf({ ...one.key, account }, [one.edit], names, refsOf),
    ...undeclaredOf(one).map(({ collection, id }) => ({ account, collection, id })),
  ])
  while (next.length) {
    const unread = new Map(next.map((key) => [laneName(key), key]))
    for (const name of unread.keys()) if (others.has(name) || draftByName.has(name)) unread.delete(name)
    const read = await readLanes(tables, state, [...unread.values()], known)
    for (const lane of read) others.set(laneName(lane.key), lane)
    next = read.flatMap((lane) => keysOf(lane.key, lane.edits, names, refsOf))
  }
  const isDeleting = refsOf && edits.some(({ edit }) => opOf(edit) === 'delete')
  const pending: StoredLane[] = isDeleting ? await pendingLanes(tables, state, account) : []
  const pendingByName = new Map(pending.map((lane) => [laneName(lane.key), lane]))

  const pendingOf: PendingOf = (key) => {
    const name = laneName(key)
    const draft = draftByName.get(name)
    const lane = draft ? (draft.isWiped ? undefined : draft.lane) : others.get(name)
    const stored = lane
      ? lane.runs.flatMap((run) => run.edits.map((edit) => ({ edit, seq: run.seq })))
      : draft
        ? []
        : (pendingByName.get(name)?.edits.map((edit, at) => ({ edit, seq: pendingByName.get(name)!.seqs![at]! })) ?? [])
    return draft ? [...stored, ...draft.edits.map((edit) => ({ edit, seq }))] : stored
  }

  /** The reason against naming this record. */
  const refObjection = (key: LaneKey): string | undefined => {
    const draft = draftByName.get(laneName(key)) ?? draftOf(others.get(laneName(key))!)
    if (draft.unmade) return 'could not be saved'
    const at = { faults, names, answers: undefined, nowMs: edits[0]!.edit.atMs }
    const code = objectionIn(draft, 'update', at)?.code
    return code === 'lost' ? lostName : code === 'deleted' ? 'is deleted' : undefined
  }

  /** Lanes of this save, with what it adds to them. */
  const lanesNow = (): StoredLane[] => [
    ...pending.filter(({ key }) => !draftByName.has(laneName(key))),
    ...[...draftByName.values()].map(({ lane, edits: added, isWiped }) => ({
      ...lane,
      edits: isWiped ? added : [...lane.edits, ...added],
    })),
  ]

  const awaitsOf = (key: LaneKey, one: NewEdit): Awaited[] => {
    const naming = refsOf && opOf(one.edit) === 'delete' ? lanesNaming(key, lanesNow(), names, refsOf) : []
    return awaitsFor([...afterOf(one), ...naming], key, pendingOf)
  }

  const isCreating = (key: LaneKey): boolean => pendingOf(key).some(({ edit }) => opOf(edit) === 'create')

  const otherNow = (key: LaneKey): OtherRecord => {
    const name = laneName(key)
    const lane = draftByName.get(name)?.lane ?? others.get(name)!
    return { ...otherOf(lane, names.remoteIdOf(key), faults), isCreating: isCreating(key) }
  }

  /** A record that was made here, and that the backend has not named. */
  const isUnnamed = (key: LaneKey): boolean => {
    const remoteId = names.remoteIdOf(key)
    if (remoteId !== undefined) return remoteId === null
    return isCreating(key) || otherNow(key).faultId !== undefined
  }

  return {
    lost({ collection }, { patch }) {
      const keys = keysOf({ account, collection, id: '' }, [{ patch }], names, refsOf)
      const found = keys.map(otherNow).filter(isNever)
      return found.find(({ faultId }) => faultId !== undefined) ?? found[0]
    },
    objection({ lane: { key } }, one) {
      const { edit } = one
      for (const ref of refsOf?.(key.collection, edit.patch) ?? []) {
        const there = keyHere(names, { account, collection: ref.collection, id: ref.id })
        const objection = refObjection(there)
        if (objection) return refObjectionError(ref.property, ref, objection)
      }
      const unnamed = undeclaredOf(one).find(({ collection, id }) => isUnnamed({ account, collection, id }))
      if (unnamed) return undeclaredError(key.collection, unnamed)
      const awaits = awaitsOf(key, one)
      const made = { ...edit, ancestors: {}, ...(awaits.length && { awaits }) }
      return waitsForItself(key, made, seq, { pendingOf, names, refsOf }) ? circularError(key) : undefined
    },
    note({ lane: { key } }, queued, one) {
      const awaits = awaitsOf(key, one)
      if (awaits.length) queued.awaits = awaits
    },
  }
}
