import { compareKeys, type Key, type KeyRange, toKey } from './keys.js'
import type { Source } from './object-store.js'
import type { Request } from './request.js'
import { cloneValue, type Entry } from './rows.js'

export type Direction = 'next' | 'nextunique' | 'prev' | 'prevunique'

interface CursorParts {
  range: KeyRange
  direction: Direction
  hasValue: boolean
}

/** Walks over entries. Dexie binds and replaces its methods, so nothing of it is private to the engine. */
export class Cursor {
  readonly request: Request
  key: Key | undefined
  primaryKey: Key | undefined
  value: unknown
  readonly direction: Direction
  readonly range: KeyRange
  readonly hasValue: boolean

  constructor(
    readonly source: Source,
    { range, direction, hasValue }: CursorParts,
  ) {
    this.range = range
    this.direction = direction
    this.hasValue = hasValue
    this.request = source.transaction.ask(source, () => this.move(() => true, 1))
  }

  continue(key?: unknown): void {
    const goal = key === undefined ? undefined : toKey(key)
    const ahead = this.direction.startsWith('next') ? 1 : -1
    this.go((entry) => goal === undefined || compareKeys(entry.key, goal) * ahead >= 0)
  }

  continuePrimaryKey(key: unknown, primaryKey: unknown): void {
    const goal = toKey(key)
    const primaryGoal = toKey(primaryKey)
    const ahead = this.direction.startsWith('next') ? 1 : -1
    this.go((entry) => {
      const order = compareKeys(entry.key, goal) * ahead
      return order > 0 || (order === 0 && compareKeys(entry.primaryKey, primaryGoal) * ahead >= 0)
    })
  }

  advance(count: number): void {
    this.go(() => true, count)
  }

  go(accepts: (entry: Entry) => boolean, count = 1): void {
    this.source.transaction.ask(this.source, () => this.move(accepts, count), this.request)
  }

  /** To the entry that comes `count`th among those behind the present place, or to the end. */
  move(accepts: (entry: Entry) => boolean, count: number): this | null {
    const isForward = this.direction.startsWith('next')
    const entries = isForward ? this.source.entries(this.range) : [...this.source.entries(this.range)].reverse()
    const ahead = isForward ? 1 : -1
    const { key: fromKey, primaryKey: fromPrimaryKey } = this
    let left = count
    let lastKey = fromKey
    for (const entry of entries) {
      if (fromKey !== undefined) {
        const order = compareKeys(entry.key, fromKey) * ahead
        if (order < 0 || (order === 0 && compareKeys(entry.primaryKey, fromPrimaryKey!) * ahead <= 0)) continue
      }
      if (this.direction.endsWith('unique') && lastKey !== undefined && !compareKeys(entry.key, lastKey)) continue
      if (!accepts(entry)) continue
      lastKey = entry.key
      if (--left) continue
      this.key = entry.key
      this.primaryKey = entry.primaryKey
      if (this.hasValue) this.value = cloneValue(entry.value)
      return this
    }
    return null
  }
}
