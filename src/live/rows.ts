// The rows of a collection. Only the records that may have changed are looked at again, and a row that is the same by value stays
// the same object.
import { deepFreeze } from '../model/freeze.js'
import { type Json, namesOf, type Operation, recordName } from '../model/record.js'
import { equal } from '../model/same.js'
import type { RowPlace } from '../store/place.js'
import type { ListSource, RowState, ShownRecord } from './record.js'

/**
 * A record in a list: `value`, the optimistic view; `state`, `op` and `fault`, as in `RecordHandle.state$`. It stays the same object
 * while nothing of it changes, and keeps its `id` and its place when the backend names the record.
 */
export type Row<T = any> = {
  /** On this device. */
  readonly id: string
  /** The backend's id; absent while the record has none. */
  readonly remoteId?: string | number
  /** The optimistic view; frozen. */
  readonly value: T
} & RowState<T>

export interface Entry {
  readonly place: RowPlace
  readonly row: Row
}

/** The entries before and after; absent: it was, or is, not shown. */
export type EntryChange = readonly [before: Entry | undefined, after: Entry | undefined]

export interface ListRows {
  /** The rows as they are now, by the record's name; undefined until the collection is read from the device. */
  now(): ReadonlyMap<string, Entry> | undefined
  /** Raised by each change of the rows. */
  readonly stamp: number
  /** The changes of the last stamp; undefined: any. */
  readonly changes: readonly EntryChange[] | undefined
  /** Observes the collection from now on, until the caller calls the returned function. */
  observe(): () => void
}

export function createRows(collection: string, { feed, overlay, records, faults }: ListSource): ListRows {
  const prefix = namesOf(collection)
  let observers = 0
  let stop: (() => void)[] = []
  let entries: Map<string, Entry> | undefined
  let changes: readonly EntryChange[] | undefined
  let stamp = 0
  /** The records to look at; undefined: all. */
  let dirty: Set<string> | undefined
  /** Of the records that are shown before anything of them is stored, in the order of their edits. */
  let unstored = 0

  const entryOf = (name: string, before: Entry | undefined): Entry | undefined => {
    const shown = records.shown(name)
    if (!shown) return undefined
    const stored = feed.listed.of(collection)?.get(name)?.place
    // Behind all that is stored.
    const place = stored ?? before?.place ?? [Number.MAX_SAFE_INTEGER, unstored++]
    const row = before && isSame(before.row, shown) ? before.row : rowOf(shown)
    return before?.row === row && isSamePlace(before.place, place) ? before : { place, row }
  }

  const readAll = (names: Iterable<string>): void => {
    const before = entries
    entries = new Map()
    for (const name of names) {
      const entry = entryOf(name, before?.get(name))
      if (entry) entries.set(name, entry)
    }
    changes = undefined
    stamp++
  }

  /** Every record that may be shown. */
  function* candidates(stored: Iterable<string>): Iterable<string> {
    yield* stored
    for (const { key, name } of overlay.entries()) if (key.collection === collection) yield name
    for (const fault of faults())
      if (fault.collection === collection) yield recordName({ collection, id: fault.recordId })
  }

  const readSome = (known: Map<string, Entry>, names: Iterable<string>): void => {
    const found: EntryChange[] = []
    for (const name of names) {
      const before = known.get(name)
      const after = entryOf(name, before)
      if (after === before) continue
      if (after) known.set(name, after)
      else known.delete(name)
      found.push([before, after])
    }
    if (!found.length) return
    changes = found
    stamp++
  }

  const begin = (): void => {
    dirty = undefined
    const watched = (name?: string): void => {
      if (name === undefined || name === prefix) dirty = undefined
      else if (name.startsWith(prefix)) dirty?.add(name)
    }
    stop = [feed.observeList(collection), records.watch(watched)]
  }

  return {
    get stamp() {
      return stamp
    },
    get changes() {
      return changes
    },
    now() {
      const stored = observers ? feed.listed.of(collection) : undefined
      if (!stored) {
        if (entries) stamp++
        entries = changes = dirty = undefined
      } else if (!entries || !dirty) readAll(candidates(stored.keys()))
      else if (dirty.size) readSome(entries, dirty)
      if (stored) dirty = new Set()
      return entries
    },
    observe() {
      if (!observers++) begin()
      return () => {
        if (!--observers) for (const end of stop) end()
      }
    },
  }
}

function rowOf({ id, value, state, remoteId, op, fault }: ShownRecord): Row {
  const row = remoteId === undefined ? { id, value, state } : { id, remoteId, value, state }
  if (op) Object.assign(row, { op }, fault && { fault: deepFreeze(fault) })
  // Its value is frozen already.
  return Object.freeze(row) as Row
}

function isSame(row: Row, { value, state, remoteId, op, fault }: ShownRecord): boolean {
  const known = row as { op?: Operation; fault?: object }
  return (
    row.state === state &&
    row.remoteId === remoteId &&
    known.op === op &&
    isEqual(known.fault, fault) &&
    isEqual(row.value as object, value)
  )
}

function isEqual(one: object | undefined, other: object | undefined): boolean {
  return one === other || (!!one && !!other && equal(one as Json, other as Json))
}

function isSamePlace([at, nth]: RowPlace, [otherAt, otherNth]: RowPlace): boolean {
  return at === otherAt && nth === otherNth
}
