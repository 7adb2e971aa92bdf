// The optimistic view of a record (G2, G6): its base, its pending edits in order, and over them those of this tab.
import { propertiesOf } from '../model/compose.js'
import type { Fault, PropertyOf } from '../model/fault.js'
import { fold, foldOne } from '../model/fold.js'
import { deepFreeze } from '../model/freeze.js'
import type { RecordOf, State } from '../model/record.js'
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

export interface LiveRecord {
  /** The optimistic view; undefined until the record has a base or a pending edit; `null`: there is no such record. */
  readonly value$: Live<State>
  readonly fields$: Live<FieldStates>
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
  /** An edit joined the overlay; returns the view with it. */
  added(entry: LaidOver): State
  /** The record has to be folded anew; without a name: every record. */
  changed(name?: string): void
}

interface Folded {
  /** Frozen with all in it. */
  view: State
  pending: Set<string>
}

const pendingState: FieldState = { state: 'pending' }

export function createRecords(
  changes: Changes,
  feed: SnapshotFeed,
  overlay: Overlay,
  account: () => string | undefined,
): Records {
  // Kept, also over a lane that nobody observes, so that one more edit costs its properties and not the whole view again.
  const foldedByName = new Map<string, Folded>()

  const folded = (name: string): Folded => {
    const kept = foldedByName.get(name)
    if (kept) return kept
    const lane = feed.lane(name)
    const base = lane?.row.base
    const laidOver = [...overlay.entries(name)]
    const replaced = new Set(laidOver.map(({ replaces }) => replaces))
    // An edit in flight keeps its place.
    for (const id of lane?.row.attempt?.editIds ?? []) replaced.delete(id)
    const edits = [...(lane?.edits ?? []), ...laidOver.map(({ edit }) => edit)].filter(({ id }) => !replaced.has(id))
    const view = deepFreeze(fold(base, edits))
    const made: Folded = { view, pending: new Set(edits.flatMap(propertiesOf)) }
    foldedByName.set(name, made)
    return made
  }

  const fields = (name: string): FieldStates => {
    const states = new Map<string, FieldState>()
    const [collection, id] = JSON.parse(name) as [string, string]
    for (const fault of feed.snapshot?.faults ?? []) {
      if (fault.collection !== collection || fault.recordId !== id) continue
      // A property that the person has written again since is confirmed, or pending.
      for (const property of fault.properties)
        if (!fault.overtaken?.includes(property)) states.set(property, { state: 'refused', fault })
    }
    for (const property of folded(name).pending) states.set(property, pendingState)
    return Object.fromEntries(states)
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
      return { value$: live((named) => folded(named).view, undefined), fields$: live(fields, {}) }
    },
    state(name) {
      const lane = feed.lane(name)
      const { view, pending } = folded(name)
      return { loaded: !!lane, base: lane?.row.base, view, pending }
    },
    added({ name, edit, replaces }) {
      const kept = foldedByName.get(name)
      if (!kept || replaces !== undefined) {
        foldedByName.delete(name)
        return folded(name).view
      }
      for (const property of propertiesOf(edit)) kept.pending.add(property)
      return (kept.view = foldOne(kept.view, edit))
    },
    changed(name) {
      if (name === undefined) foldedByName.clear()
      else foldedByName.delete(name)
    },
  }
}
