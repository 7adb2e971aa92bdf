// A session belongs to the database, not to a tab (R14).
import { NotLoggedInError, PendingEditsError, SupersededError } from '../model/errors.js'
import type { Failure } from '../model/failure.js'
import { isAllOf, mergeBase } from '../model/echo.js'
import { laneName, type Properties, type RecordKey } from '../model/record.js'
import { eraseCursors } from './cursors.js'
import { countsOf, type Database, type Tables, unchanged } from './database.js'
import { isCreating } from './in-doubt.js'
import { ofAccount } from './key-range.js'
import { pendingLanes, readLane } from './lane-rows.js'
import { addFates } from './marks.js'
import { newPlace, placeOf } from './place.js'
import { eraseNames, nameNumbers } from './names.js'
import { keyHere } from './order.js'
import { fateOf, type Session, type StateRow } from './rows.js'

/** The treatment of pending edits when their session ends. */
export type PendingPolicy = 'keep' | 'discard'

/** The time of a request to the backend. */
export interface Asked {
  atMs: number
  /** The version of the database that was known then; absent: nothing can have overtaken the answer. */
  version?: number | undefined
}

/** A record's state as the backend answered it. */
export interface Confirmed extends Asked {
  key: RecordKey
  record: Properties | null
  /** The backend's, of the record (R24). */
  recordVersion?: string | undefined
}

/**
 * Notes that a call begins or ends a session: all calls before it are overtaken, also if this one fails (R14). Resolves with
 * the turn that it takes. `adopts`: it goes on with a session of this account, and overtakes none that does the same.
 */
export async function takeTurn(db: Database, adopts?: string): Promise<number> {
  // The version goes on also where the database was lost in between.
  return (await db.write(async (_, state, commit) => {
    commit.changed = []
    const { adopts: before, turn } = state
    const to = commit.to
    if (adopts === undefined) delete state.adopts
    else {
      const isOneMore = before?.account === adopts && before.to === turn && before.begun !== turn
      state.adopts = isOneMore ? { ...before, to } : { account: adopts, from: to, to }
    }
    return (state.turn = to)
  }, 'session'))!
}

function checkTurn({ memory }: Database, state: StateRow, turn: number, account?: string): void {
  const { adopts } = state
  // Each turn of this database was taken after those of the one that was lost, and can have a lower number.
  const own = turn <= memory.lostAt ? 0 : turn
  const isAnother = account === undefined || adopts?.account !== account || adopts.from > own
  if (state.turn! > own && (isAnother || adopts.to !== state.turn)) throw new SupersededError()
}

/** The session, if it is this account's; else throws `NotLoggedInError`: a call belongs to the account that made it (G10). */
export function sessionOf(state: { session?: Session | undefined } | undefined, account: string | undefined): Session {
  if (state?.session?.account !== account || !state?.session) throw new NotLoggedInError()
  return state.session
}

/**
 * Begins `session` in place of the one before, and resolves with that one; another account's pending edits are kept for its
 * next login. Rejects with `PendingEditsError` when that would strand a guest's edits, and with `SupersededError` when a call
 * after `turn` decides. `begun`: that call goes on with the same session, and has begun it.
 */
export async function beginSession(
  db: Database,
  session: Session,
  confirmed?: Confirmed,
  turn: number = Infinity,
): Promise<Session | 'begun' | undefined> {
  let isBegun = false
  const replaced = await db.write(async (tables, state) => {
    isBegun = false
    checkTurn(db, state, turn, session.account)
    const old = state.session
    const { adopts } = state
    if (adopts && turn < (adopts.begun ?? 0)) {
      if (!isSame(old, session)) throw new SupersededError()
      isBegun = true
      return unchanged
    }
    if (adopts && turn <= adopts.to) state.adopts = { ...adopts, begun: turn }
    if (old && old.account !== session.account) await close(db, tables, state, old, 'keep')
    state.session = session
    if (confirmed) await confirm(tables, state, session.account, confirmed)
    return old
  }, 'session')
  return isBegun ? 'begun' : replaced
}

/** By the token, or both without one. A token that only its tab has cannot be compared. */
function isSame(one: Session | undefined, { account, hasToken, token }: Session): boolean {
  const isKnown = !hasToken || token !== undefined
  return isKnown && one?.account === account && one.hasToken === hasToken && one.token === token && !one.expired
}

/**
 * Ends the session, if there is one. Rejects with `PendingEditsError` when edits are pending and `policy` is absent, or is
 * `keep` for a guest, who has no next login. The count is taken in this transaction. A session that is not the meant one goes
 * on. Resolves with the session that has ended. Rejects with `SupersededError` when a call after `turn` decides.
 */
export async function endSession(
  db: Database,
  policy: PendingPolicy | undefined,
  atMs: number,
  isMeant: (session: Session) => boolean = () => true,
  turn: number = Infinity,
): Promise<Session | undefined> {
  return db.write(async (tables, state) => {
    checkTurn(db, state, turn)
    const old = state.session
    if (!old || !isMeant(old)) return unchanged
    await close(db, tables, state, old, policy, atMs)
    delete state.session
    return old
  }, 'session')
}

/** Ends a session that no context can go on with, unless another one has begun; its edits wait for the account's next login. */
export async function abandonSession(db: Database, sessionId: string): Promise<void> {
  await endSession(db, 'keep', 0, (session) => session.sessionId === sessionId)
}

async function close(
  { relations }: Pick<Database, 'relations'>,
  tables: Tables,
  state: StateRow,
  old: Session,
  policy: PendingPolicy | undefined,
  atMs = 0,
): Promise<void> {
  const { account, guest } = old
  const discards = policy === 'discard'
  const counts = countsOf(state, account)
  if (counts.pending && !discards && (!policy || guest)) throw new PendingEditsError(counts.pending)
  const lanes = await pendingLanes(tables, state, account)
  if (discards) {
    const editIds = lanes.flatMap(({ edits }) => edits.map(({ id }) => id))
    if (editIds.length)
      await Promise.all(addFates(tables, state, [fateOf({ account, editIds, outcome: 'discarded', atMs })]))
    await tables.edits.deleteRange(ofAccount(account))
    counts.pending = counts.sent = counts.total = 0
    delete counts.front
  }
  if (discards || guest) {
    const faults = (await tables.faults.getAll()).filter((fault) => fault.account === account)
    await tables.faults.delete(faults.map(({ id }) => id))
    counts.faults = 0
  }
  const kept = discards ? [] : lanes
  const keep = new Set(kept.map(({ key }) => laneName(key)))
  const faults = (await tables.faults.getAll()).filter((fault) => fault.account === account)
  await nameNumbers(tables, state, relations, account, { lanes: kept, faults })
  const records = await tables.records.getAllKeys({ range: ofAccount(account) })
  await tables.records.delete(records.filter((key) => !keep.has(JSON.stringify(key))))
  await eraseCursors(tables, account)
  await eraseNames(tables, state, account, [kept, faults])
  // A lane's debts are in its row, and gone with it.
  const owing = Object.entries(state.lookBacks ?? {})
  state.lookBacks = Object.fromEntries(owing.filter(([name, lane]) => lane.account !== account || keep.has(name)))
  if (!counts.pending && !counts.faults) delete state.counts[account]
  // Another person's patience is not this one's: only a wait that the server ordered stays.
  if (!state.wait?.ordered) delete state.wait
}

/**
 * Takes an answer as the record's base. `false`: an attempt is open, whose answer will show more, or an attempt, a settlement
 * or another answer came between, so that this one may be older than the known state (R7).
 */
async function confirm(
  tables: Tables,
  state: StateRow,
  account: string,
  { key, record, atMs, version, recordVersion }: Confirmed,
): Promise<boolean> {
  const lane = await readLane(tables, state, { account, ...key })
  const { row, held, older } = lane
  // By the version: before a login the account is not known, and neither is the knowledge of other tabs.
  // Of a row that was dropped since, nobody knows what it said.
  const revisedAt = row.base === undefined ? state.droppedAt : row.revisedAt
  if (row.attempt || revisedAt! >= version!) return false
  // A read that began before this one ended may be older.
  // One without a time is not the backend's, as after a migration.
  const base = record && mergeBase(row.baseAtMs === undefined ? undefined : row.base, record)
  const isWhole = !base || isAllOf(base, record!)
  if (!held && !older)
    await tables.records.put([
      {
        ...row,
        place: placeOf(lane) ?? newPlace(state),
        base,
        // A property that the answer lacks is as old as it was, and is compared before an edit of it goes out (R11).
        baseAtMs: isWhole ? atMs : (row.baseAtMs ?? atMs),
        version: base && isWhole ? recordVersion : undefined,
        knownSinceMs: row.knownSinceMs ?? (record && !row.base ? atMs : undefined),
        rev: row.rev + 1,
        revisedAt: state.version,
      },
    ])
  return true
}

/**
 * Takes the answer of a read, for as long as the account is logged in. `false`: it was overtaken, or asked for in another session, after
 * which nobody knows what was changed or deleted here; read again (R7). `doubtful`: a
 * record that no row or name here knows may be the one of a creation under way, and is left out (R19). `ids`: the side that names new
 * records.
 */
export async function confirmRecord(
  db: Database,
  { account, sessionId }: Pick<Session, 'account' | 'sessionId'>,
  confirmed: Confirmed,
  ids: 'device' | 'server' = 'device',
): Promise<boolean | 'doubtful'> {
  let taken: boolean | 'doubtful' = true
  await db.write(async (tables, state, commit) => {
    taken = true
    if (state.session?.account !== account) return unchanged
    if (state.session.sessionId !== sessionId) {
      taken = false
      return unchanged
    }
    await db.memory.names.refresh(tables, state)
    const { collection, id } = confirmed.key
    // The app may name a record of this device by the backend's id.
    const key = keyHere(db.memory.names, { account, collection, id })
    const isNew = confirmed.record && ids === 'server' && !placeOf(await readLane(tables, state, key))
    if (isNew && (await isCreating(tables, state, { account, collection, ids }, confirmed.atMs))) taken = 'doubtful'
    else taken = await confirm(tables, state, account, { ...confirmed, key })
    commit.changed = [key]
    return taken === true || unchanged
  }, 'upkeep')
  return taken
}

/** Marks the session as not taken any more; a failure of an older session changes nothing (R14). */
export async function expireSession(db: Database, sessionId: string, failure: Failure): Promise<void> {
  await db.write(async (_, state, commit) => {
    const session = state.session
    if (session?.sessionId !== sessionId || session.expired) return unchanged
    commit.changed = []
    state.session = { ...session, expired: failure }
    return undefined
  }, 'session')
}

/** The current session as stored. */
export function readSession(db: Database): Promise<Session | undefined> {
  return db.read(async (_, { session }) => session)
}
