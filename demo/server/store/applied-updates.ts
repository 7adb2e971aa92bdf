import type { Json, Properties } from '../json.js'
import type { Sql } from './database.js'

/** One update as the server applied it to a row: the judge of crash tests. */
export interface AppliedUpdate {
  readonly seq: number
  readonly userId: string
  /** The written properties and their values; a password is never among them. */
  readonly applied: { readonly [property: string]: Json }
  readonly passwordChanged: boolean
  readonly atMs: number
  /** `update`: over the API; `control`: written straight to the row. */
  readonly source: 'update' | 'control'
  /** The user of the request's token. */
  readonly callerId: string | null
  readonly idempotencyKey: string | null
}

export interface AppliedUpdates {
  /** Writes an entry; has to run in the transaction that writes the row. */
  append(entry: Omit<AppliedUpdate, 'seq' | 'applied'> & { applied: Properties }): void
  /** Entries in the order of applying, from the one after `after`. */
  list(query?: { after?: number; userId?: string }): AppliedUpdate[]
}

/** Opens the log of applied updates. */
export function openAppliedUpdates(sql: Sql): AppliedUpdates {
  return {
    append(entry) {
      sql.run(
        `INSERT INTO applied_updates (user_id, applied, password_changed, at_ms, source, caller_id, idempotency_key)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
        [
          entry.userId,
          JSON.stringify(Object.fromEntries(entry.applied)),
          entry.passwordChanged ? 1 : 0,
          entry.atMs,
          entry.source,
          entry.callerId,
          entry.idempotencyKey,
        ],
      )
    },
    list({ after = 0, userId } = {}) {
      const rows =
        userId === undefined
          ? sql.all('SELECT * FROM applied_updates WHERE seq > ? ORDER BY seq', [after])
          : sql.all('SELECT * FROM applied_updates WHERE user_id = ? AND seq > ? ORDER BY seq', [userId, after])
      return rows.map((row) => ({
        seq: row.seq as number,
        userId: row.user_id as string,
        applied: JSON.parse(row.applied as string) as { [property: string]: Json },
        passwordChanged: row.password_changed === 1,
        atMs: row.at_ms as number,
        source: row.source as 'update' | 'control',
        callerId: row.caller_id as string | null,
        idempotencyKey: row.idempotency_key as string | null,
      }))
    },
  }
}
