import type { DBCoreKeyRange } from 'dexie'

/** A range of IndexedDB keys, as Dexie's core takes them. */
export type KeyRange = DBCoreKeyRange

/** Sorts after every other IndexedDB key. */
export const last: never[][] = [[]]

/** Both ends included. */
export function between(lower: unknown, upper: unknown): KeyRange {
  // `DBCoreRangeType.Range`, which is no value at run time.
  return { type: 2, lower, upper }
}

export function exactly(key: unknown): KeyRange {
  return between(key, key)
}

/**
 * Keys that are lists and begin with the account's name, with any continuation: behind them come only lists of the next
 * possible name.
 */
export function ofAccount(account: string): KeyRange {
  return { type: 2, lower: [account], upper: [`${account}\0`], upperOpen: true }
}
