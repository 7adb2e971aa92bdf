import type { Sql } from '../../store/database.js'

/** An answer that is kept under an Idempotency-Key. */
export interface KeptAnswer {
  /** Of the request that it answered. */
  readonly fingerprint: string
  readonly status: number
  readonly headers: { readonly [name: string]: string }
  readonly body: string | null
}

/** Answers by caller and key. */
export interface KeptAnswers {
  find(callerId: string | null, key: string): KeptAnswer | undefined
  /** Has to run in the transaction of the write that it answers. */
  keep(callerId: string | null, key: string, answer: KeptAnswer): void
}

export const answersTable = `
  CREATE TABLE IF NOT EXISTS answers (
    caller_id TEXT NOT NULL, key TEXT NOT NULL, fingerprint TEXT NOT NULL, status INTEGER NOT NULL,
    headers TEXT NOT NULL, body TEXT, at_ms INTEGER NOT NULL, PRIMARY KEY (caller_id, key)
  );
  CREATE INDEX IF NOT EXISTS answers_by_time ON answers (at_ms);
`

/** As long as Stripe keeps a key, and as long as this server's page promises. */
export const keptForMs: number = 24 * 3600 * 1000

/** Opens the answers; those older than a day are dropped. */
export function openKeptAnswers(sql: Sql, now: () => number): KeptAnswers {
  return {
    find(callerId, key) {
      const row = sql.get('SELECT * FROM answers WHERE caller_id = ? AND key = ? AND at_ms > ?', [
        callerId ?? '',
        key,
        now() - keptForMs,
      ])
      if (!row) return undefined
      return {
        fingerprint: row.fingerprint as string,
        status: row.status as number,
        headers: JSON.parse(row.headers as string) as { [name: string]: string },
        body: row.body as string | null,
      }
    },
    keep(callerId, key, { fingerprint, status, headers, body }) {
      sql.run('DELETE FROM answers WHERE at_ms <= ?', [now() - keptForMs])
      sql.run(
        `INSERT INTO answers (caller_id, key, fingerprint, status, headers, body, at_ms) VALUES (?, ?, ?, ?, ?, ?, ?)`,
        [callerId ?? '', key, fingerprint, status, JSON.stringify(headers), body, now()],
      )
    },
  }
}
