// The optimistic view of a record (G2, G6): its base, its pending edits in order, and over them those of this tab.
import { propertiesOf } from '../model/compose.js'
import { type MadeEdit, opOf } from '../model/edit.js'
import type { Fault, PropertyOf } from '../model/fault.js'
import { fold, foldOne } from '../model/fold.js'
import { deepFreeze } from '../model/freeze.js'
import { type Objection, objectionTo } from '../model/may-save.js'
import type { LaneKey, Operation, Properties, RecordKey, RecordOf, State } from '../model/record.js'
import { owesLookBack } from '../store/attempt.js'
import type { StoredLane } from '../store/rows.js'
import { byRecord } from './faults-by-record.js'
import { type Changes, createLiveValue, type Live } from './live-value.js'
import type { LaidOver, Overlay } from './overlay.js'
import { recordName, type SnapshotFeed } from './snapshot.js'

/**
 * The unconfirmed properties; confirmed ones have no entry. `refused`: the edit with this property was rolled back as a
 * whole: `fault` says why, and its `offending` names the properties that are to blame.
 */
export type FieldState<T = any, F = Fault<T>> =
  | { readonly state: 'pending' }
  | { readonly state: 'refused'; readonly fault: F }
/** The properties of a record that are not confirmed, by name. */
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
  /** The version at which this context learned the newest name: of any record, or of those that records of the collection name. */
  namedAt(collection?: string): number
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

interface ShownState {
  readonly state: RowState['state']
  readonly op?: Operation | undefined
  readonly fault?: Fault | undefined
}

/** A record as lists show it. */
export interface ShownRecord extends ShownState {
  readonly id: string
  readonly value: Properties
  readonly remoteId: string | number | undefined
}

export interface Records {
  record(of: RecordOf): LiveRecord
  /** Undefined: lists do not show it. */
  shown(name: string): ShownRecord | undefined
  /** Calls back when a record may be shown otherwise; `namesOf` a collection: any of it; without a name: any. Returns the unsubscribe. */
  watch(listener: (name?: string) => void): () => void
  state(name: string): RecordState
  /** The reason against an edit of the record as it is shown (R17). `answers`: the fault that the edit answers. */
  objection(name: string, op: Operation, at: { nowMs: number; answers?: string | undefined }): Objection | undefined
  /** An edit joined the overlay; returns the view with it. */
  added(entry: LaidOver): State
  /** The record is stored now, and is shown as before. */
  placed(name: string): void
  /** The records have to be folded anew; `namesOf` a collection: all of it; without names: every record. */
  changed(names?: Iterable<string>): void
}

interface Folded {
  /** Frozen with all in it. */
  view: State
  /** The properties that pending edits change. */
  pending: ReadonlySet<string>
  /** The operation of the pending edits: the creation or deletion among them, else `update`. */
  op: Operation | undefined
  /** A creation was refused, and nothing is pending: the view is what was typed. */
  refused?: Fault | undefined
}

const noProperties: ReadonlySet<string> = new Set()
const pendingState: FieldState = { state: 'pending' }
const confirmed: RowState = Object.freeze({ state: 'confirmed' })

/** All that lists are made of. */
export interface ListSource {
  changes: Changes
  feed: SnapshotFeed
  overlay: Pick<Overlay, 'entries'>
  records: Pick<Records, 'shown' | 'watch'>
  faults(): readonly Fault[]
}

/** Changes whenever a record of the collection may be shown otherwise. */
export function listTopic(collection: string): string {
  return `list ${collection}`
}

/** More records than an app shows at a time. */
const mostFolded = 20_000

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
  const listeners = new Set<(name?: string) => void>()
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
    // As a rule of a list: thousands of them, of which each is its base.
    if (base && !lane!.edits.length && !overlay.has(name) && !faultsOf(name))
      return { view: deepFreeze(ids ? ids.toDevice(lane!.key, base) : base), pending: noProperties, op: undefined }
    const edits = editsOf(name, lane)
    // Under an id of the app's own there may be another record. An edit that this tab is about to refuse may lie over it.
    const isUnmade = !edits.length || (!base && edits.every((edit) => opOf(edit) === 'update'))
    const refused = isUnmade ? faultsOf(name)?.find(({ op }) => op === 'create') : undefined
    const under = refused ? refused.mine : base && ids ? ids.toDevice(lane!.key, base) : base
    const view = edits.length ? fold(under, edits) : under
    const last = edits.findLast((edit) => opOf(edit) !== 'update') ?? edits.at(-1)
    const pending = view && edits.length ? new Set(edits.flatMap(propertiesOf)) : noProperties
    const made: Folded = { view: deepFreeze(view), pending, op: last && opOf(last), refused }
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

  const rowState = (name: string, { view, op, refused } = folded(name)): RowState | undefined => {
    if (!view) return undefined
    if (refused) return { state: 'refused', op: 'create', fault: refused }
    const open = faultsOf(name)
    const deletion = open?.find((fault) => fault.op === 'delete')
    if (deletion) return { state: 'refused', op: 'delete', fault: deletion }
    const fault = open?.find((one) => openProperties(one).length)
    if (op) return { state: 'pending', op, ...(fault && { fault }) }
    return fault ? { state: 'refused', op: 'update', fault } : confirmed
  }

  const remoteId = (name: string, lane = feed.lane(name)): string | number | undefined => {
    const [collection, id] = lane ? [] : (JSON.parse(name) as [string, string])
    return (
      ids?.remoteIdOf(lane?.key ?? { account: account()!, collection: collection!, id: id! }, lane?.row.base) ??
      undefined
    )
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
        state$: live((named) => rowState(named), undefined),
        fields$: live(fields, {}),
        remoteId$: live((named) => remoteId(named), undefined),
      }
    },
    shown(name) {
      const lane = feed.lane(name)
      const found = folded(name)
      const { view, op, refused } = found
      // A record that was never read is shown by itself, with no more than its pending update.
      if (!view || !(op === 'create' || refused || baseOf(lane))) return undefined
      const { state, op: shownOp, fault }: ShownState = rowState(name, found)!
      const id = lane?.key.id ?? (JSON.parse(name) as [string, string])[1]
      return { id, value: view, remoteId: remoteId(name, lane), state, op: shownOp, fault }
    },
    watch(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    state(name) {
      const lane = feed.lane(name)
      const { view, pending } = folded(name)
      return { loaded: !!lane, base: lane?.row.base, view, pending }
    },
    objection(name, op, { nowMs, answers }) {
      const open = faultsOf(name)
      // As a rule of a burst: nothing can stand against an update of what is there.
      if (op === 'update' && !open && folded(name).view !== null) return undefined
      const lane = feed.lane(name)
      const owes = !!lane && owesLookBack(lane.row, nowMs)
      return objectionTo(op, { base: baseOf(lane), edits: editsOf(name, lane), faults: open ?? [], owes }, answers)
    },
    added({ name, edit, replaces }) {
      for (const listener of listeners) listener(name)
      const kept = foldedByName.get(name)
      if (!kept || replaces !== undefined || opOf(edit) !== 'update') {
        foldedByName.delete(name)
        return folded(name).view
      }
      if (kept.view !== null) kept.pending = withAll(kept.pending, propertiesOf(edit))
      kept.op ??= 'update'
      return (kept.view = foldOne(kept.view, edit))
    },
    placed(name) {
      for (const listener of listeners) listener(name)
    },
    changed(names) {
      // Nobody looks at most of those by then.
      if (!names || foldedByName.size > mostFolded) foldedByName.clear()
      for (const name of names ?? [undefined]) {
        if (name !== undefined) forget(foldedByName, name)
        for (const listener of listeners) listener(name)
      }
    },
  }
}

/** The set with these in it; one that nobody else has is changed in place, since a burst adds to it a thousand times. */
function withAll(set: ReadonlySet<string>, properties: readonly string[]): ReadonlySet<string> {
  const own = (set === noProperties ? new Set<string>() : set) as Set<string>
  for (const property of properties) own.add(property)
  return own
}

/** `name`: of a record, or `namesOf` a collection. */
function forget(byName: Map<string, unknown>, name: string): void {
  if (name.endsWith(']')) byName.delete(name)
  else for (const kept of byName.keys()) if (kept.startsWith(name)) byName.delete(kept)
}

/** The refused properties that the person has not written again. */
function openProperties({ properties, overtaken }: Fault): readonly string[] {
  return overtaken ? properties.filter((property) => !overtaken.includes(property)) : properties
}
