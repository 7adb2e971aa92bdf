// Queries on the rows of a collection: filtered, in an order, and through a window.
import type { Json } from '../model/record.js'
import { knownOptions } from '../model/known-options.js'
import { own } from '../model/own.js'
import { createLiveValue, type Live } from './live-value.js'
import { type ListSource, listTopic } from './record.js'
import { createRows, type Entry, type Row } from './rows.js'

/** The part of a query's rows that is shown. Default: from the first one on, all. */
export interface QueryWindow {
  /** How many rows come before the first one shown. Default 0. */
  readonly offset?: number | undefined
  /** Most rows that are shown. Default: no limit. */
  readonly limit?: number | undefined
}

/** `T`: the type of the records. */
export interface QueryOptions<T = any> extends QueryWindow {
  /** Whether a row is among them. It has to answer by its arguments, and by `deps`. Default: every row is. */
  readonly where?: ((value: T, row: Row<T>) => boolean) | undefined
  /**
   * A property: rows without it come first, then false and true, numbers, texts by their code units. Or a comparison of two rows.
   * Equal ones, and all rows by default, go by the order in which this device came to know them.
   */
  readonly orderBy?: (keyof T & string) | ((one: Row<T>, other: Row<T>) => number) | undefined
  /**
   * The values that the functions use beside their arguments. With them, functions of the same text and the same `deps` are the same
   * query; without them, a function is the same as itself only.
   */
  readonly deps?: readonly Json[] | undefined
}

/** The rows of a query; undefined until they are read from this device. */
export interface Query<T = any> extends Live<readonly Row<T>[] | undefined> {
  /** Shows another part of the rows, to all observers of this query. */
  setWindow(window: QueryWindow): void
}

export interface List {
  readonly all$: Query
  query(options: QueryOptions | undefined): Query
  readonly count$: Live<number | undefined>
}

/** More queries than an app shows of a collection; of those that nobody observes, the oldest are forgotten. */
const mostQueries = 100

export function createList(collection: string, source: ListSource): List {
  const rows = createRows(collection, source)
  const topic = listTopic(collection)
  const keyOf = createQueryKeys()
  const known = new Map<string, { query: Query; isObserved(): boolean }>()

  const live = <T>(compute: () => T, onObserved?: (on: boolean) => void): Live<T> => {
    let release: (() => void) | undefined
    return createLiveValue(source.changes, topic, compute, {
      keepsIdentity: true,
      observed(on) {
        if (on) release = rows.observe()
        else release?.()
        onObserved?.(on)
      },
    })
  }

  /** `key`: under which others get it too. */
  const queryOf = (options: QueryOptions, key?: string): Query => {
    const shown = createShownRows(rows, options)
    let isObserved = false
    let ownKey = key
    const value = live(shown.now, (on) => (isObserved = on))
    const query = Object.assign(value, {
      setWindow(given: QueryWindow) {
        const window = windowOf(given)
        shown.setWindow(window)
        if (ownKey !== undefined && known.get(ownKey)?.query === query) known.delete(ownKey)
        ownKey = keyOf({ ...options, ...window })
        if (!known.has(ownKey)) known.set(ownKey, { query, isObserved: () => isObserved })
        source.changes.changed(topic)
      },
    }) as Query
    if (key !== undefined) known.set(key, { query, isObserved: () => isObserved })
    return query
  }

  const forgetOne = (): void => {
    for (const [key, one] of known) if (!one.isObserved()) return void known.delete(key)
  }

  let all$: Query | undefined

  return {
    get all$() {
      return (all$ ??= queryOf({}))
    },
    query(given) {
      const options = knownOptions<QueryOptions>(given, ['where', 'orderBy', 'limit', 'offset', 'deps'])
      checkFunctions(options)
      const window = windowOf(options)
      const key = keyOf({ ...options, ...window })
      if (known.size >= mostQueries) forgetOne()
      return known.get(key)?.query ?? queryOf({ ...options, ...window }, key)
    },
    count$: live(() => rows.now()?.size),
  }
}

function checkFunctions({ where, orderBy }: QueryOptions): void {
  if (where !== undefined && typeof where !== 'function') throw new TypeError('"where" is a function')
  if (orderBy !== undefined && typeof orderBy !== 'function' && typeof orderBy !== 'string')
    throw new TypeError('"orderBy" is the name of a property, or a function')
}

function windowOf(given: QueryWindow): { offset: number; limit: number | undefined } {
  const { offset = 0, limit } = given
  for (const [name, value] of Object.entries({ offset, limit: limit ?? 0 }))
    if (!Number.isSafeInteger(value) || value < 0) throw new TypeError(`"${name}" is a whole number from 0 on`)
  return { offset, limit }
}

/** Texts that are the same for queries that are the same by value. */
function createQueryKeys(): (options: QueryOptions) => string {
  const numbers = new WeakMap<object, number>()
  let count = 0
  const nameOf = (given: unknown, deps: QueryOptions['deps']): unknown => {
    if (typeof given !== 'function') return given
    const text = String(given)
    if (deps && !text.includes('[native code]')) return [text, deps]
    if (!numbers.has(given)) numbers.set(given, ++count)
    return [numbers.get(given)]
  }
  return ({ where, orderBy, limit, offset, deps }) =>
    JSON.stringify([nameOf(where, deps), nameOf(orderBy, deps), offset, limit])
}

interface ShownRows {
  now(): readonly Row[] | undefined
  setWindow(window: QueryWindow): void
}

/** The rows of a query, carried on by the changes of the collection's rows. */
function createShownRows(rows: ReturnType<typeof createRows>, options: QueryOptions): ShownRows {
  const { where } = options
  let { offset = 0, limit } = options as QueryWindow
  let sorted: Entry[] | undefined
  let stamp = -1
  let shown: readonly Row[] | undefined
  let isMoved = false
  const guarded = guardOf()
  const passes = ({ row }: Entry): boolean => !where || guarded(() => !!where(row.value, row), false)
  const compare = comparisonOf(options.orderBy, guarded)

  const carryOn = (list: Entry[], changes: NonNullable<typeof rows.changes>): void => {
    for (const [before, after] of changes) {
      const at = before ? list.indexOf(before) : -1
      const isIn = !!after && passes(after)
      if (at >= 0 && isIn && compare(before!, after) === 0) list[at] = after
      else {
        if (at >= 0) list.splice(at, 1)
        if (isIn) list.splice(placeIn(list, after, compare), 0, after)
      }
    }
  }

  const sort = (all: Iterable<Entry>): Entry[] => [...all].filter(passes).sort(compare)

  return {
    now() {
      const all = rows.now()
      if (!all) return (sorted = shown = undefined)
      if (stamp === rows.stamp && sorted && !isMoved) return shown
      const { changes } = rows
      // One by one, each costs a walk over the list.
      const isLittle = sorted && changes && stamp === rows.stamp - 1 && changes.length <= 8 + sorted.length / 64
      if (isLittle) carryOn(sorted!, changes!)
      else if (stamp !== rows.stamp || !sorted) sorted = sort(all.values())
      stamp = rows.stamp
      isMoved = false
      const next: Row[] = []
      for (let at = offset; at < Math.min(sorted!.length, offset + (limit ?? Infinity)); at++)
        next.push(sorted![at]!.row)
      if (!shown || !isSameList(shown, next)) shown = Object.freeze(next)
      return shown
    },
    setWindow(window) {
      ;({ offset = 0, limit } = window)
      isMoved = true
    },
  }
}

function isSameList(one: readonly Row[], other: readonly Row[]): boolean {
  return one.length === other.length && one.every((row, at) => row === other[at])
}

/** The place of an entry that is not in the list. */
function placeIn(list: readonly Entry[], entry: Entry, compare: (one: Entry, other: Entry) => number): number {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (compare(list[middle]!, entry) <= 0) low = middle + 1
    else high = middle
  }
  return low
}

type Guard = <T>(call: () => T, instead: T) => T

/** An error of the app's function must not end the edit that is being shown: it is reported once, as an unhandled rejection. */
function guardOf(): Guard {
  let isReported = false
  return (call, instead) => {
    try {
      return call()
    } catch (error) {
      if (!isReported) void Promise.reject(error)
      isReported = true
      return instead
    }
  }
}

function comparisonOf(orderBy: QueryOptions['orderBy'], guarded: Guard): (one: Entry, other: Entry) => number {
  const compare =
    typeof orderBy === 'function'
      ? ({ row }: Entry, other: Entry) => guarded(() => orderBy(row, other.row) || 0, 0)
      : orderBy === undefined
        ? () => 0
        : ({ row }: Entry, other: Entry) => compareValues(own(row.value, orderBy), own(other.row.value, orderBy))
  return (one, other) => compare(one, other) || comparePlaces(one, other)
}

function comparePlaces({ place: [at, nth], row }: Entry, other: Entry): number {
  return at - other.place[0] || nth - other.place[1] || order(row.id, other.row.id)
}

const ranks: { readonly [type: string]: number } = { undefined: 0, boolean: 1, number: 2, string: 3 }

function compareValues(one: Json = null, other: Json = null): number {
  const rank = (value: Json): number => (value === null ? 0 : (ranks[typeof value] ?? 4))
  const [a, b] = [rank(one), rank(other)]
  return a - b || (a === 0 || a === 4 ? 0 : order(one, other))
}

function order(one: unknown, other: unknown): number {
  return (one as string) < (other as string) ? -1 : (one as string) > (other as string) ? 1 : 0
}
