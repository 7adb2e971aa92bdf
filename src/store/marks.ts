// Floor 3: the marks in the state at which reads begin. The transaction that changes the marked rows also writes the mark,
// and no live row lies in front of it. So no read walks over deleted rows, which cost as much as live ones.
import type { RecordKey } from '../model/record.js'
import { isLike } from '../model/shape.js'
import type { Tables } from './connection.js'
import { between, last } from './key-range.js'
import type { Counts, FateRow, StateRow } from './rows.js'
import { runShape } from './sound.js'

/** How many of the newest fates are kept (R10). */
export const keptFates = 10_000

/** Sets the marks of a database whose last writer kept none. */
export async function placeMarks(tables: Tables, state: StateRow): Promise<void> {
  const fates = await tables.fates.getAllKeys()
  state.lastFate = fates.findLast((n) => n < 2 ** 52) ?? 0
  await tables.fates.delete(fates.filter((n) => n < firstFate(state)))
  for (const [account, counts] of Object.entries(state.counts)) await placeFront(tables, account, counts, 0)
}

/** Sets the mark of the account's pending edits, none of which has a lower `seq`. */
export async function placeFront(tables: Tables, account: string, counts: Counts, seq: number): Promise<void> {
  counts.front = { seq, collection: '', id: '', label: '', atMs: 0 }
  await moveFront(tables, account, counts, [''], [])
}

/** No fate has a lower `n`. */
export function firstFate({ lastFate = 0 }: StateRow): number {
  return Math.max(1, lastFate - keptFates + 1)
}

/** Begins to write fates in place of those that are too many for them. */
export function addFates(tables: Tables, state: StateRow, fates: readonly FateRow[]): Promise<void>[] {
  const first = firstFate(state)
  state.lastFate ??= 0
  for (const fate of fates) fate.n = ++state.lastFate
  const surplus = Array.from({ length: firstFate(state) - first }, (_, index) => first + index)
  // Put, since a foreign row must not keep edits from being settled.
  return [tables.fates.put(fates), tables.fates.delete(surplus)]
}

/** To be called before the saved edits are counted. It has a `seq` above all others. */
export function noteSaved(
  counts: Counts,
  runs: readonly RecordKey[],
  { seq, label, atMs }: { seq: number; label: string; atMs: number },
): void {
  const { pending, front } = counts
  // Not known: a mark could leave out pending edits.
  if (pending > 0 && !front) return
  const known = pending > 0 ? front : undefined
  let { collection, id } = known ?? runs[0]!
  for (const run of runs) if (isBefore(run, { collection, id })) ({ collection, id } = run)
  const oldest = known && known.label <= label ? known : { label, atMs }
  counts.front = { seq: known?.seq ?? seq, collection, id, label: oldest.label, atMs: oldest.atMs }
}

/**
 * To be called after edits of these labels, in order, were counted as gone, and the requests to delete their rows were made.
 * Resolves when the front is where it belongs; the other requests that the transaction has to wait for are added to
 * `requests`.
 */
export async function moveFront(
  tables: Tables,
  account: string,
  counts: Counts,
  labels: readonly string[],
  requests: Promise<unknown>[],
): Promise<void> {
  const { pending, front } = counts
  // Also where the oldest one need not be known: Chromium keeps the entry of a deleted row in an index, walks over it at each
  // read, and drops it when a writing transaction comes by.
  const range = between([account, labels[0]], [account, last])
  const reading = tables.edits.getAll({ index: '[account+label]', range, limit: 1 })
  requests.push(reading)
  if (pending <= 0) delete counts.front
  else if (front && labels.includes(front.label)) {
    const [oldest] = await reading
    if (oldest && isLike(oldest, runShape)) counts.front = { ...front, label: oldest.label, atMs: oldest.atMs }
    else delete counts.front
  }
}

/** In the order of keys. */
export function isBefore({ collection, id }: RecordKey, other: RecordKey): boolean {
  return collection === other.collection ? id < other.id : collection < other.collection
}
