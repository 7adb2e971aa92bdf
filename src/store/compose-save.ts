// Floor 3: the edits of a save, each checked against the rows that are there now, and put into its lane (R17, R18, R20).
import { type Awaited, type MadeEdit, opOf, type QueuedEdit } from '../model/edit.js'
import type { InvalidEditError } from '../model/errors.js'
import type { Fault } from '../model/fault.js'
import { objectionError, refObjectionError } from '../model/may-save.js'
import { laneName, type LaneKey, type Properties, type RecordKey } from '../model/record.js'
import type { RefsOf } from '../model/refs.js'
import type { Tables } from './connection.js'
import { addEdit, type Draft, draftOf, objectionIn } from './drafts.js'
import { pendingLanes, readLanes } from './lane-rows.js'
import type { Names } from './names.js'
import { awaitsFor, circularError, keyHere, keysOf, lanesNaming, type PendingOf, waitsForItself } from './order.js'
import type { LaneRows, StateRow, StoredLane } from './rows.js'

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
  /** By edit: the deletion that was pending already. Nothing of it was saved. */
  joined: ReadonlyMap<string, string>
  /** By edit: the record in whose lane it lies, which it named by the backend's id. */
  moved: ReadonlyMap<string, RecordKey>
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
  refsOf: RefsOf | undefined
  /** Lanes that need not be read. */
  known: ReadonlyMap<string, LaneRows>
  /** The account's open ones. */
  faults: readonly Fault[]
  /** The version that the transaction writes. */
  seq: number
}

export interface ComposedSave extends SaveResult {
  drafts: readonly Draft[]
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
  const { account, edits, separately, closes, replaces } = batch
  const { names, known, faults } = context
  const keyByGiven = new Map<RecordKey, LaneKey>()
  const wanted = new Map<string, LaneKey>()
  for (const { key } of edits) {
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
  const isOrdered = context.refsOf || edits.some(({ after }) => after)
  const order = isOrdered ? await orderOf(tables, state, { batch, context, draftByName }) : undefined
  const refused = new Map<string, InvalidEditError>()
  const joined = new Map<string, string>()
  const moved = new Map<string, RecordKey>()
  let saved = 0
  const isWhole = !!(separately || closes || replaces) || edits.length === 1
  for (const one of edits) {
    const { edit } = one
    const draft = draftByKey.get(one.key)!
    const { key } = draft.lane
    const op = opOf(edit)
    const isFree = op === 'update' && draft.takesUpdates
    const objection = isFree
      ? undefined
      : objectionIn(draft, op, { faults, remoteId: names.remoteIdOf(key), answers: closes })
    if (op === 'delete' && objection?.editId !== undefined) {
      joined.set(edit.id, objection.editId)
      continue
    }
    const error = objection ? objectionError(key, objection) : order?.objection(draft, one)
    if (error) {
      if (isWhole) throw error
      refused.set(edit.id, error)
      continue
    }
    const queued = addEdit(draft, one)
    if (queued && order) order.note(draft, queued, one)
    saved++
    if (key.id !== one.key.id) moved.set(edit.id, { collection: key.collection, id: key.id })
  }
  return { drafts: [...draftByName.values()], refused, joined, moved, saved }
}

/** The part of a save that concerns the records which its edits name or come after. */
interface SaveOrder {
  objection(draft: Draft, edit: NewEdit): InvalidEditError | undefined
  /** Notes what the edit waits for. */
  note(draft: Draft, queued: QueuedEdit, edit: NewEdit): void
}

async function orderOf(
  tables: Tables,
  state: StateRow,
  {
    batch: { account, edits },
    context: { names, refsOf, known, faults, seq },
    draftByName,
  }: { batch: SaveBatch; context: SaveContext; draftByName: ReadonlyMap<string, Draft> },
): Promise<SaveOrder> {
  const afterOf = ({ after = [] }: NewEdit): LaneKey[] => after.map((key) => keyHere(names, { ...key, account }))
  const others = new Map<string, LaneRows>()
  // Deletions wait for all that name their record, and creations may wait for each other over several lanes.
  let next = edits.flatMap((one) => [...afterOf(one), ...keysOf({ ...one.key, account }, [one.edit], names, refsOf)])
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

  const isDeleted = (key: LaneKey): boolean => {
    const draft = draftByName.get(laneName(key)) ?? draftOf(others.get(laneName(key))!)
    const remoteId = names.remoteIdOf(key)
    return objectionIn(draft, 'update', { faults, remoteId, answers: undefined })?.code === 'deleted'
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

  return {
    objection({ lane: { key } }, one) {
      const { edit } = one
      for (const ref of refsOf?.(key.collection, edit.patch) ?? []) {
        const there = keyHere(names, { account, collection: ref.collection, id: ref.id })
        if (isDeleted(there)) return refObjectionError(ref.property, ref)
      }
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
