// Floor 3: the transaction that takes a part of a page of a pull (R23). It is relaxed: the backend has all that it writes.
import { isAllOf, mergeBase } from '../model/echo.js'
import type { Fault } from '../model/fault.js'
import type { Json, LaneKey, Properties } from '../model/record.js'
import { laneName } from '../model/record.js'
import { equal } from '../model/same.js'
import { type Cursor, cursorIn, putCursor } from './cursors.js'
import { countsOf, type Database, type Tables, unchanged } from './database.js'
import { between, last } from './key-range.js'
import { isCreating } from './in-doubt.js'
import { pendingLanes, readLanes, recordKeyOf } from './lane-rows.js'
import { nameNumbers } from './names.js'
import { openFaults } from './open-faults.js'
import { keyHere } from './order.js'
import { newPlace, placeOf } from './place.js'
import { allLanes } from './read-list.js'
import type { LaneRows, RecordRow, StateRow } from './rows.js'

/** Replicas of the backend lag by less, as a rule: a list can be older than an answer of that age. */
const lagMs = 5_000

/** Rows of records that do not exist are kept for so long. */
const absentMs = 86_400_000

/** So many rows are not given up before a second list names none of them. */
const fewRows = 10

/** So many rows are handed to the browser by one task: it copies each, and a person may be typing. */
const sliceSize = 100

/** When a page was asked for, and the version of the database that was known then. */
export interface AskedPage {
  atMs: number
  version: number
}

/** One pull of one collection. */
export interface Pull {
  account: string
  sessionId: string
  collection: string
  /** The cursor that it was asked with. */
  from: Cursor | undefined
  /** The side that names new records. */
  ids: 'device' | 'server'
  /** Records of the list may lack properties. */
  partial: boolean
}

export interface PagePart {
  asked: AskedPage
  records: readonly { id: string | number; record: Properties; version?: string | undefined }[]
  gone: readonly (string | number)[]
}

/** The end of a pull. */
export interface PullEnd {
  listing: string
  since: Json | undefined
  tellsGone: boolean
  /** It asked for everything, and not for what has changed. */
  isAll: boolean
  /** Records were left out before. */
  isIncomplete: boolean
  /**
   * Of a pull that names every record: the names here of those that it named, and when its first page was asked for. `isSecond`: a
   * pull before has shown the same.
   */
  whole?: { named: ReadonlySet<string>; asked: AskedPage; isSecond: boolean } | undefined
  maxRecords: number
}

/** `leftOut`: records that this device knows to be newer. `again`: the list may have become empty by mistake, and is asked once more. */
export interface TakenPart {
  /** The names here of the records in the part. */
  named: readonly string[]
  leftOut: boolean
  again?: true
}

/**
 * Takes a part, with `end` also the cursor. `undefined`: another session has begun, or another pull has ended, since it was asked
 * for, and nothing is written.
 */
export async function takePart(
  db: Database,
  pull: Pull,
  part: PagePart,
  nowMs: number,
  end?: PullEnd,
): Promise<TakenPart | undefined> {
  let taken: TakenPart | undefined
  await db.write(async (tables, state, commit) => {
    taken = undefined
    const { account, collection, sessionId, from } = pull
    const current = await cursorIn(tables, account, collection)
    if (state.session?.sessionId !== sessionId || current?.n !== from?.n) return unchanged
    await db.memory.names.refresh(tables, state)
    const here = (id: string | number): LaneKey => keyHere(db.memory.names, { account, collection, id: String(id) })
    const keys = [...part.records.map(({ id }) => here(id)), ...part.gone.map(here)]
    const [lanes, isDoubtful] = await Promise.all([
      readLanes(tables, state, keys, new Map()),
      isCreating(tables, state, pull, nowMs),
    ])
    const named = lanes.map(({ key }) => laneName(key))
    const written: LaneRows[] = []
    let leftOut = false
    for (const [at, lane] of lanes.entries()) {
      // Also one that is gone: under that name it may be the creation under way, which would stay for ever.
      if (isDoubtful && !placeOf(lane)) {
        leftOut = true
        continue
      }
      const { record = null, version } = part.records[at] ?? {}
      const row = confirmedBy(lane, record, pull.partial, version)
      // One of an older release of the app is read once its requests are concluded.
      if (!row || lane.held || lane.older) continue
      if (isNewer(lane, part.asked)) leftOut = true
      else
        written.push({
          ...lane,
          row: {
            ...row,
            place: placeOf(lane) ?? newPlace(state, at),
            baseAtMs: isWhole(pull, lane, record) ? part.asked.atMs : lane.row.base ? row.baseAtMs : 0,
            knownSinceMs: row.knownSinceMs ?? (record && !lane.row.base ? part.asked.atMs : undefined),
            revisedAt: state.version,
          },
        })
    }
    taken = { named, leftOut }
    const rows = written.map(({ row }) => row)
    for (let at = 0; at < rows.length; at += sliceSize) await tables.records.put(rows.slice(at, at + sliceSize))
    commit.unhurried = true
    commit.left = written
    if (!end) return written.length ? undefined : unchanged
    const whole = end.whole && { ...end.whole, named: new Set([...end.whole.named, ...named]) }
    const missing = whole ? await notNamed(db, tables, state, pull, whole, nowMs) : nothingMissing
    if (missing === 'all') {
      taken.again = true
      return written.length ? undefined : unchanged
    }
    const { gone } = missing
    taken.leftOut ||= missing.isNewer
    const isIncomplete = end.isIncomplete || taken.leftOut
    await dropRows(db, tables, state, account, gone)
    const surplus = await surplusOf(db, tables, state, pull, end.maxRecords, nowMs)
    await dropRows(db, tables, state, account, surplus)
    commit.changed = [...written.map(({ key }) => key), ...gone, ...surplus]
    // A lane that is gone is not as it was left.
    if (gone.length || surplus.length) delete commit.left
    const cursor: Cursor = {
      n: (from?.n ?? 0) + 1,
      listing: end.listing,
      // The next pull asks again for the records that were left out.
      since: surplus.length ? undefined : isIncomplete ? from?.since : end.since,
      atMs: nowMs,
      allAtMs: end.isAll && !isIncomplete ? nowMs : from?.allAtMs,
      tellsGone: end.tellsGone || from?.tellsGone,
      isIncomplete,
    }
    await putCursor(tables, account, collection, cursor)
    // Of the cursor alone no context shows anything: it is the one row that such a pull writes.
    return commit.changed.length ? undefined : unchanged
  }, 'pull')
  return taken
}

/** The row with the record as its base; `undefined`: it is the same as before. */
function confirmedBy(
  { row, runs }: LaneRows,
  record: Properties | null,
  partial: boolean,
  version: string | undefined,
): RecordRow | undefined {
  if (!record) {
    const isKnown = row.rev > 0 || runs.length > 0
    return isKnown && row.base !== null ? { ...row, base: null, version: undefined, rev: row.rev + 1 } : undefined
  }
  const base = mergeBase(partial ? row.base : undefined, record)
  if (row.base && equal(row.base, base) && (partial || version === undefined || row.version === version))
    return undefined
  return { ...row, base, version: partial ? undefined : version, rev: row.rev + 1 }
}

/** Else a property that the list lacks is as old as it was, and is compared before an edit of it goes out (R11). */
function isWhole({ partial }: Pull, { row }: LaneRows, record: Properties | null): boolean {
  return !partial || !record || (!!row.base && isAllOf(row.base, record))
}

/** The list may be older than the known state (R7). */
function isNewer({ row }: LaneRows, asked: AskedPage): boolean {
  // A revision hours ahead is one from before the clock was set back. The version tells of those since the page was asked for.
  const isRecent = Math.abs(asked.atMs - (row.revisedAtMs ?? -Infinity)) < lagMs
  return !!row.attempt || (row.rev > 0 && row.revisedAt! >= asked.version) || isRecent
}

/** Nothing of it is pending, owed, or told of by a fault, and no copy of a request can still come. */
function isIdle({ key, row, edits, held }: LaneRows, faults: readonly Fault[], nowMs: number): boolean {
  return (
    !held &&
    !edits.length &&
    !row.attempt &&
    !row.strays?.some(({ untilMs }) => untilMs > nowMs) &&
    !row.lookBacks?.length &&
    !faults.some(({ collection, recordId }) => recordId === key.id && collection === key.collection)
  )
}

/** Idle, and known to exist, or proved absent more than a day ago while nothing is pending: a pending edit may name what does not exist. */
export function isSpare(lane: LaneRows, faults: readonly Fault[], pending: number, nowMs: number): boolean {
  const { base, baseAtMs = 0 } = lane.row
  return isIdle(lane, faults, nowMs) && (base !== null || (pending <= 0 && Math.abs(nowMs - baseAtMs) > absentMs))
}

/** Erases the rows; the numbers of records that pending edits and open faults name are kept (R19). */
export async function dropRows(
  db: Database,
  tables: Tables,
  state: StateRow,
  account: string,
  keys: readonly LaneKey[],
): Promise<void> {
  if (!keys.length) return
  const [lanes, faults] = await Promise.all([
    pendingLanes(tables, state, account),
    openFaults(db.memory, tables, state, account),
  ])
  await nameNumbers(tables, state, db.relations, account, { lanes, faults })
  await tables.records.delete(keys.map(recordKeyOf))
  state.droppedAt = state.version
}

interface Missing {
  gone: LaneKey[]
  isNewer: boolean
}

const nothingMissing: Missing = { gone: [], isNewer: false }

/**
 * The rows that a list of every record has not named. They are no longer known, which is not to say that they do not exist. `isNewer`: others
 * stay, since this device may know them to be newer than the list.
 */
async function notNamed(
  db: Database,
  tables: Tables,
  state: StateRow,
  { account, collection }: Pull,
  { named, asked, isSecond }: NonNullable<PullEnd['whole']>,
  nowMs: number,
): Promise<Missing | 'all'> {
  const stored = await tables.records.getAllKeys({ range: between([account, collection], [account, collection, last]) })
  const missing = stored
    .map(([, , id]): LaneKey => ({ account, collection, id }))
    .filter((key) => !named.has(laneName(key)))
  if (missing.length === stored.length && stored.length > fewRows && !isSecond) return 'all'
  if (!missing.length) return nothingMissing
  const faults = await openFaults(db.memory, tables, state, account)
  const { pending } = countsOf(state, account)
  const spare = (await readLanes(tables, state, missing, new Map())).filter((lane) =>
    isSpare(lane, faults, pending, nowMs),
  )
  const gone = spare.filter((lane) => !isNewer(lane, asked)).map(({ key }) => key)
  return { gone, isNewer: gone.length < spare.length }
}

/** The spare rows beyond the highest number, those that were not seen for the longest time. */
async function surplusOf(
  db: Database,
  tables: Tables,
  state: StateRow,
  { account, collection }: Pull,
  maxRecords: number,
  nowMs: number,
): Promise<LaneKey[]> {
  if (maxRecords === Infinity) return []
  const range = between([account, collection], [account, collection, last])
  const { length } = await tables.records.getAllKeys({ range })
  if (length <= maxRecords) return []
  const faults = await openFaults(db.memory, tables, state, account)
  const { pending } = countsOf(state, account)
  const lanes = await allLanes(tables, state, account, collection)
  const spare = lanes.filter((lane) => isSpare(lane, faults, pending, nowMs))
  // Those that are kept although their records do not exist take no other one's room.
  const absent = lanes.filter((lane) => lane.row.base === null && !spare.includes(lane)).length
  const age = ({ row: { baseAtMs = 0, place: [at, nth] = [0, 0] } }: LaneRows): number[] => [baseAtMs, at, nth]
  const oldest = spare.sort((one, other) => {
    const [a, b] = [age(one), age(other)]
    return a[0]! - b[0]! || a[1]! - b[1]! || a[2]! - b[2]!
  })
  return oldest.slice(0, Math.max(0, length - absent - maxRecords)).map(({ key }) => key)
}
