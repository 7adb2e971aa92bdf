import { randomUUID } from 'node:crypto'
import type { Sql } from './database.js'

/** Sessions by token; kept on disk, so that a restart logs nobody out. */
export interface Sessions {
  /** Begins a session and returns its token; `alone` ends the user's others in the same transaction. */
  begin(userId: string, options: { alone: boolean }): string
  /** The user of a live session; `touch` starts its idle time again. */
  userOf(token: string, options: { idleTimeoutMs: number; touch: boolean }): string | undefined
  end(token: string): boolean
  endAllOf(userId: string): number
}

/** The tables of the sessions. */
export const sessionTables = `
  CREATE TABLE IF NOT EXISTS sessions (
    token TEXT PRIMARY KEY, user_id TEXT NOT NULL, used_at_ms INTEGER NOT NULL
  );
  CREATE INDEX IF NOT EXISTS sessions_by_user ON sessions (user_id);
`

/** A use is written down at most this often, so that reads do not each wait for the disk. */
const writeUseEveryMs = 1000

/** Opens the sessions; `now` gives epoch milliseconds. */
export function openSessions(sql: Sql, now: () => number): Sessions {
  return {
    begin(userId, { alone }) {
      const token = randomUUID().toUpperCase()
      if (alone) sql.run('DELETE FROM sessions WHERE user_id = ?', [userId])
      sql.run('INSERT INTO sessions (token, user_id, used_at_ms) VALUES (?, ?, ?)', [token, userId, now()])
      return token
    },
    userOf(token, { idleTimeoutMs, touch }) {
      const row = sql.get('SELECT user_id, used_at_ms FROM sessions WHERE token = ?', [token])
      if (!row) return undefined
      const idleMs = now() - Number(row.used_at_ms)
      if (idleMs > idleTimeoutMs) {
        sql.run('DELETE FROM sessions WHERE token = ?', [token])
        return undefined
      }
      if (touch && idleMs >= Math.min(writeUseEveryMs, idleTimeoutMs / 10)) {
        sql.run('UPDATE sessions SET used_at_ms = ? WHERE token = ?', [now(), token])
      }
      return String(row.user_id)
    },
    end: (token) => sql.run('DELETE FROM sessions WHERE token = ?', [token]).changes > 0,
    endAllOf: (userId) => sql.run('DELETE FROM sessions WHERE user_id = ?', [userId]).changes,
  }
}
