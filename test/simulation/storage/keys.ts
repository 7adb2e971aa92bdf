// Keys of IndexedDB: what is one, their order, and where they stand in a value (Indexed Database API 3.0, sections 2.4, 7).

export type Key = number | string | Date | readonly Key[]
export type KeyPath = string | readonly string[] | null

/** The key, copied; throws a DataError for what is none. */
export function toKey(value: unknown): Key {
  const key = keyOf(value)
  if (key === undefined) throw new DOMException('The parameter is not a valid key', 'DataError')
  return key
}

function keyOf(value: unknown): Key | undefined {
  if (typeof value === 'string') return value
  if (typeof value === 'number') return Number.isNaN(value) ? undefined : value
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : new Date(value)
  if (!Array.isArray(value)) return undefined
  const members = value.map(keyOf)
  return members.includes(undefined) ? undefined : (members as Key[])
}

function rank(key: Key): number {
  return typeof key === 'number' ? 0 : key instanceof Date ? 1 : typeof key === 'string' ? 2 : 3
}

export function compareKeys(a: Key, b: Key): number {
  if (rank(a) !== rank(b)) return rank(a) - rank(b)
  if (Array.isArray(a)) {
    const other = b as readonly Key[]
    for (let index = 0; index < Math.min(a.length, other.length); index++) {
      const order = compareKeys(a[index] as Key, other[index]!)
      if (order) return order
    }
    return a.length - other.length
  }
  const [left, right] = a instanceof Date ? [a.getTime(), (b as Date).getTime()] : [a, b]
  return left < right ? -1 : left > right ? 1 : 0
}

/** The value at the path; an invalid or missing key is undefined. */
export function keyAt(value: unknown, path: KeyPath): Key | undefined {
  if (path === null) return undefined
  if (typeof path !== 'string') {
    const members = path.map((part) => keyAt(value, part))
    return members.includes(undefined) ? undefined : (members as Key[])
  }
  let found = value
  for (const part of path === '' ? [] : path.split('.'))
    found = (found as { [name: string]: unknown } | undefined)?.[part]
  return keyOf(found)
}

/** The keys that a value has in an index: one, or for a multi-entry index each valid member once. */
export function indexKeys(value: unknown, path: KeyPath, multiEntry: boolean): Key[] {
  if (multiEntry && typeof path === 'string') {
    const found = (value as { [name: string]: unknown })[path]
    if (Array.isArray(found)) {
      const members = found.map(keyOf).filter((key) => key !== undefined)
      return members.filter((key, index) => !members.slice(0, index).some((other) => !compareKeys(key, other)))
    }
  }
  const key = keyAt(value, path)
  return key === undefined ? [] : [key]
}

export class KeyRange {
  constructor(
    readonly lower: Key | undefined,
    readonly upper: Key | undefined,
    readonly lowerOpen: boolean,
    readonly upperOpen: boolean,
  ) {}

  static only(value: unknown): KeyRange {
    const key = toKey(value)
    return new KeyRange(key, key, false, false)
  }

  static lowerBound(lower: unknown, open = false): KeyRange {
    return new KeyRange(toKey(lower), undefined, open, true)
  }

  static upperBound(upper: unknown, open = false): KeyRange {
    return new KeyRange(undefined, toKey(upper), true, open)
  }

  static bound(lower: unknown, upper: unknown, lowerOpen = false, upperOpen = false): KeyRange {
    const [low, high] = [toKey(lower), toKey(upper)]
    const order = compareKeys(low, high)
    if (order > 0 || (order === 0 && (lowerOpen || upperOpen)))
      throw new DOMException('The lower key is greater than the upper key', 'DataError')
    return new KeyRange(low, high, lowerOpen, upperOpen)
  }

  includes(value: unknown): boolean {
    const key = toKey(value)
    const low = this.lower === undefined ? 1 : compareKeys(key, this.lower)
    const high = this.upper === undefined ? -1 : compareKeys(key, this.upper)
    return (low > 0 || (low === 0 && !this.lowerOpen)) && (high < 0 || (high === 0 && !this.upperOpen))
  }
}

/** All keys where there is no query. */
export function toRange(query: unknown): KeyRange {
  if (query === undefined || query === null) return new KeyRange(undefined, undefined, true, true)
  return query instanceof KeyRange ? query : KeyRange.only(query)
}
