// The optimistic view of a record (G2, G6): its base, its pending edits in order, and over them those of this tab.
import { propertiesOf } from '../model/compose.js'
import { type MadeEdit, opOf } from '../model/edit.js'
import type { Fault, PropertyOf } from '../model/fault.js'
import { fold, foldOne } from '../model/fold.js'
import { deepFreeze } from '../model/freeze.js'
import { type Objection, objectionTo } from '../model/may-save.js'
import type { LaneKey, Operation, Properties, RecordKey, RecordOf, State } from '../model/record.js'
import type { StoredLane } from '../store/rows.js'
import { type Changes, createLiveValue, type Live } from './live-value.js'
import type { LaidOver, Overlay } from './overlay.js'
import { recordName, type SnapshotFeed } from './snapshot.js'

/**
 * The unconfirmed properties; confirmed ones have no entry. `refused`: the edit with this property was rolled back as a
 * whole; `fault.offending` names the properties that are to blame.
 */
export type FieldState<T = any, F = Fault<T>> =
  | { readonly state: 'pending' }
  | { readonly state: 'refused'; readonly fault: F }
export type FieldStates<T = any, F = Fault<T>> = string extends keyof T
  ? { readonly [property: string]: FieldState<T, F> }
  : { readonly [P in PropertyOf<T>]?: FieldState<T, F> }

/**
 * How a record that is shown stands. `pending`: edits of it are not settled. `refused`: an edit of it was refused, and nothing is
 * pending; with a refused creation its values are those that were typed (`fault.mine`). `op`: the creation that is pending or
 * refused, the deletion that was refused, else `update`. `fault`: the oldest open one whose properties were not written again.
 */
export type RowState<T = any> =
  | { readonly state: 'confirmed' }
  | { readonly state: 'pending'; readonly op: Operation; readonly fault?: Fault<T> }
  | { readonly state: 'refused'; readonly op: Operation; readonly fault: Fault<T> }

export interface LiveRecord {
  /** The optimistic view; undefined until the record has a base or a pending edit; `null`: there is no such record. */
  readonly value$: Live<State>
  /** Undefined where there is no value. */
  readonly state$: Live<RowState | undefined>
  readonly fields$: Live<FieldStates>
  /** The backend's id of the record; undefined while it has none. */
  readonly remoteId$: Live<string | number | undefined>
}

/** The backend's ids of records, and the places in their values that hold ids (R19). */
export interface IdSpace {
  /** Values from the backend with the ids of this device. The same object where nothing differs. */
  toDevice(key: LaneKey, values: Properties): Properties
  /**
   * The backend's id of a record. `base`: its confirmed values, where the backend has it. `undefined`: it has none yet; `null`: it
   * never came to be.
   */
  remoteIdOf(key: LaneKey, base: State): string | number | null | undefined
  /** The key on this device of a record that is named by either id. */
  keyHere(key: LaneKey): LaneKey
  /** The records that the values name. */
  refsIn(collection: string, values: Properties): readonly RecordKey[]
}

/** The record as a new edit meets it. */
export interface RecordState {
  /** Whether somebody observes the record; if not, this tab knows only its own latest edits of it. */
  loaded: boolean
  base: State
  view: State
  /** The properties that pending edits change. */
  pending: ReadonlySet<string>
}

export interface Records {
  record(of: RecordOf): LiveRecord
  state(name: string): RecordState
  /** The reason against an edit of the record as it is shown (R17). `answers`: the fault that the edit answers. */
  objection(name: string, op: Operation, answers?: string): Objection | undefined
  /** An edit joined the overlay; returns the view with it. */
  added(entry: LaidOver): State
  /** The record has to be folded anew; without a name: every record. */
  changed(name?: string): void
}

interface Folded {
  /** Frozen with all in it. */
  view: State
  /** The properties that pending edits change. */
  pending: Set<string>
  /** The operation of the pending edits: the creation or deletion among them, else `update`. */
  op: Operation | undefined
  /** A creation was refused, and nothing is pending: the view is what was typed. */
  refused?: Fault | undefined
}

const pendingState: FieldState = { state: 'pending' }
const confirmed: RowState = Object.freeze({ state: 'confirmed' })

export interface RecordSource {
  changes: Changes
  feed: SnapshotFeed
  overlay: Overlay
  account(): string | undefined
  /** The account's open faults, oldest first, as the app sees them. */
  faults(): readonly Fault[]
  ids?: IdSpace | undefined
}

export function createRecords({ changes, feed, overlay, account, faults, ids }: RecordSource): Records {
  // Kept, also over a lane that nobody observes, so that one more edit costs its properties and not the whole view again.
  const foldedByName = new Map<string, Folded>()
  const faultsOf = byRecord(faults)

  /** The pending edits of a record, with those of this tab, and without those that they replace. */
  const editsOf = (name: string, lane: StoredLane | undefined): MadeEdit[] => {
    const laidOver = [...overlay.entries(name)]
    const replaced = new Set(laidOver.map(({ replaces }) => replaces))
    // An edit in flight keeps its place.
    for (const id of lane?.row.attempt?.editIds ?? []) replaced.delete(id)
    return [...(lane?.edits ?? []), ...laidOver.map(({ edit }) => edit)].filter(({ id }) => !replaced.has(id))
  }

  /** The confirmed state; a record that was made here and given up does not exist. */
  const baseOf = (lane: StoredLane | undefined): State => {
    const base = lane?.row.base
    return lane && base === undefined && ids?.remoteIdOf(lane.key, undefined) === null ? null : base
  }

  const folded = (name: string): Folded => {
    const kept = foldedByName.get(name)
    if (kept) return kept
    const lane = feed.lane(name)
    const base = baseOf(lane)
    const edits = editsOf(name, lane)
    let view = fold(base && ids ? ids.toDevice(lane!.key, base) : base, edits)
    // Under an id of the app's own there may be another record.
    const refused = edits.length ? undefined : faultsOf(name)?.find(({ op }) => op === 'create')
    if (refused) view = refused.mine
    const last = edits.findLast((edit) => opOf(edit) !== 'update') ?? edits.at(-1)
    const touched = view ? edits.flatMap(propertiesOf) : []
    const made: Folded = { view: deepFreeze(view), pending: new Set(touched), op: last && opOf(last), refused }
    foldedByName.set(name, made)
    return made
  }

  const fields = (name: string): FieldStates => {
    const states = new Map<string, FieldState>()
    // A property that the person has written again since is confirmed, or pending.
    for (const fault of faultsOf(name) ?? [])
      for (const property of openProperties(fault)) states.set(property, { state: 'refused', fault })
    for (const property of folded(name).pending) states.set(property, pendingState)
    return Object.fromEntries(states)
  }

  const rowState = (name: string): RowState | undefined => {
    const { view, op, refused } = folded(name)
    if (!view) return undefined
    if (refused) return { state: 'refused', op: 'create', fault: refused }
    const open = faultsOf(name)
    const deletion = open?.find((fault) => fault.op === 'delete')
    if (deletion) return { state: 'refused', op: 'delete', fault: deletion }
    const fault = open?.find((one) => openProperties(one).length)
    if (op) return { state: 'pending', op, ...(fault && { fault }) }
    return fault ? { state: 'refused', op: 'update', fault } : confirmed
  }

  const remoteId = (name: string): string | number | undefined => {
    const [collection, id] = JSON.parse(name) as [string, string]
    return ids?.remoteIdOf({ account: account()!, collection, id }, feed.lane(name)?.row.base) ?? undefined
  }

  return {
    record(of) {
      const name = (): string | undefined => {
        const by = account()
        return by === undefined ? by : recordName(of(by))
      }
      const live = <T>(compute: (name: string) => T, none: T): Live<T> => {
        let release: (() => void) | undefined
        return createLiveValue(
          changes,
          () => name() ?? '',
          () => {
            const named = name()
            return named === undefined ? none : compute(named)
          },
          { observed: (on) => (on ? (release = feed.observe(of)) : release?.()) },
        )
      }
      return {
        value$: live((named) => folded(named).view, undefined),
        state$: live(rowState, undefined),
        fields$: live(fields, {}),
        remoteId$: live(remoteId, undefined),
      }
    },
    state(name) {
      const lane = feed.lane(name)
      const { view, pending } = folded(name)
      return { loaded: !!lane, base: lane?.row.base, view, pending }
    },
    objection(name, op, answers) {
      const open = faultsOf(name)
      // As a rule of a burst: nothing can stand against an update of what is there.
      if (op === 'update' && !open && folded(name).view !== null) return undefined
      const lane = feed.lane(name)
      const owes = !!lane?.row.lookBacks?.length
      return objectionTo(op, { base: baseOf(lane), edits: editsOf(name, lane), faults: open ?? [], owes }, answers)
    },
    added({ name, edit, replaces }) {
      const kept = foldedByName.get(name)
      if (!kept || replaces !== undefined || opOf(edit) !== 'update') {
        foldedByName.delete(name)
        return folded(name).view
      }
      if (kept.view !== null) for (const property of propertiesOf(edit)) kept.pending.add(property)
      kept.op ??= 'update'
      return (kept.view = foldOne(kept.view, edit))
    },
    changed(name) {
      if (name === undefined) foldedByName.clear()
      else foldedByName.delete(name)
    },
  }
}

/** The refused properties that the person has not written again. */
function openProperties({ properties, overtaken }: Fault): readonly string[] {
  return overtaken ? properties.filter((property) => !overtaken.includes(property)) : properties
}

/** The faults of each record, sorted once for each list of them. */
function byRecord(faults: () => readonly Fault[]): (name: string) => readonly Fault[] | undefined {
  let sorted: readonly Fault[] | undefined
  let byName = new Map<string, Fault[]>()
  return (name) => {
    const all = faults()
    if (all !== sorted) {
      sorted = all
      byName = new Map()
      for (const fault of all) {
        const name = recordName({ collection: fault.collection, id: fault.recordId })
        byName.set(name, [...(byName.get(name) ?? []), fault])
      }
    }
    return byName.get(name)
  }
}
