// A session belongs to the database, not to a tab (R14).
import { PendingEditsError } from '../model/errors.js'
import type { Failure } from '../model/failure.js'
import { mergeBase } from '../model/echo.js'
import type { LaneKey, Properties, RecordKey } from '../model/record.js'
import { countsOf, type Database, type Tables, unchanged } from './database.js'
import { pendingLanes, readLane, recordKeyOf } from './lane-rows.js'
import { labelOf } from '../model/edit.js'
import { formatVersion, type Session, type StateRow } from './rows.js'

/** What becomes of pending edits when their session ends. */
export type PendingPolicy = 'keep' | 'discard'

/** A record's state as the backend answered it at `atMs`. */
export interface Confirmed {
  key: RecordKey
  record: Properties
  atMs: number
}

/**
 * Begins `session` in place of whichever there was; another account's pending edits are kept for its next login. Rejects
 * with `PendingEditsError` when that would strand a guest's edits.
 */
export async function beginSession(
  db: Database,
  session: Session,
  confirmed?: Confirmed & { rev?: number },
): Promise<void> {
  await db.write(async (tables, state) => {
    const old = state.session
    if (old && old.account !== session.account) await close(tables, state, old, 'keep')
    state.session = session
    if (!confirmed) return
    const key = { account: session.account, ...confirmed.key }
    // Somebody who logs in again is answered with a read, which a settlement may have overtaken (R7).
    const isOvertaken =
      old?.account === session.account &&
      confirmed.rev !== undefined &&
      (await readLane(tables, key)).row.rev !== confirmed.rev
    if (!isOvertaken) await confirm(tables, key, confirmed)
  })
}

/**
 * Ends the session, if there is one. Rejects with `PendingEditsError` when edits are pending and `policy` does not say what
 * becomes of them, or says `keep` for a guest, who has no next login. The count is taken in this transaction. With `account`,
 * another account's session goes on. Answers whether one has ended.
 */
export async function endSession(
  db: Database,
  policy: PendingPolicy | undefined,
  atMs: number,
  account?: string,
): Promise<boolean> {
  const ended = await db.write(async (tables, state) => {
    const old = state.session
    if (!old || (account !== undefined && old.account !== account)) return unchanged
    await close(tables, state, old, policy, atMs)
    delete state.session
    return true
  })
  return ended === true
}

/** Ends a session that no context can go on with, unless another one has begun; its edits wait for the account's next login. */
export async function abandonSession(db: Database, sessionId: string): Promise<void> {
  await db.write(async (tables, state) => {
    const old = state.session
    if (old?.sessionId !== sessionId) return unchanged
    await close(tables, state, old, 'keep')
    delete state.session
    return undefined
  })
}

async function close(
  tables: Tables,
  state: StateRow,
  old: Session,
  policy: PendingPolicy | undefined,
  atMs = 0,
): Promise<void> {
  const { account, guest } = old
  const counts = countsOf(state, account)
  if (counts.pending && policy !== 'discard' && (!policy || guest)) throw new PendingEditsError(counts.pending)
  const kept = policy === 'discard' ? [] : await pendingLanes(tables, account)
  if (policy === 'discard') {
    const ids = (await pendingLanes(tables, account)).flatMap(({ edits }) => edits.map(({ id }) => id))
    if (ids.length) {
      const labels = [...new Set(ids.map(labelOf))]
      await tables.fates.add({ v: formatVersion, account, labels, editIds: ids, outcome: 'discarded', atMs })
    }
    await tables.edits
      .where(':id')
      .between([account], [account, [[]]])
      .delete()
    counts.pending = counts.sent = counts.total = 0
  }
  if (policy === 'discard' || guest) {
    await tables.faults.where('account').equals(account).delete()
    counts.faults = 0
  }
  const keep = new Set(kept.map(({ key }) => JSON.stringify(recordKeyOf(key))))
  const records = await tables.records
    .where(':id')
    .between([account], [account, [[]]])
    .primaryKeys()
  await tables.records.bulkDelete(records.filter((key) => !keep.has(JSON.stringify(key))))
  if (!counts.pending && !counts.faults) delete state.counts[account]
  // Another person's patience is not this one's: only a wait that the server ordered stays.
  if (!state.wait?.ordered) delete state.wait
}

/** Takes a read's answer as the record's base, unless an attempt is open, whose answer will say more (R7). */
async function confirm(tables: Tables, key: LaneKey, { record, atMs }: Confirmed): Promise<void> {
  const { row, isNewer } = await readLane(tables, key)
  if (row.attempt || isNewer) return
  await tables.records.put({ ...row, base: mergeBase(row.base, record), baseAtMs: atMs })
}

/**
 * Takes the answer of a read that began when the record's `rev` was `rev`. `false`: an attempt or a settlement came
 * between, so the answer may be older than what is known; read again (R7).
 */
export async function confirmRecord(
  db: Database,
  account: string,
  confirmed: Confirmed,
  rev: number,
): Promise<boolean> {
  let current = true
  await db.write(async (tables, state) => {
    if (state.session?.account !== account) return unchanged
    const key = { account, ...confirmed.key }
    const { row } = await readLane(tables, key)
    current = row.rev === rev && !row.attempt
    if (!current) return unchanged
    await confirm(tables, key, confirmed)
    return undefined
  })
  return current
}

/** Marks the session as not taken any more; a failure of an older session changes nothing (R14). */
export async function expireSession(db: Database, sessionId: string, failure: Failure): Promise<void> {
  await db.write(async (_, state) => {
    const session = state.session
    if (session?.sessionId !== sessionId || session.expired) return unchanged
    state.session = { ...session, expired: failure }
    return undefined
  })
}

/** The current session as stored. */
export function readSession(db: Database): Promise<Session | undefined> {
  return db.read(async (_, { session }) => session)
}
