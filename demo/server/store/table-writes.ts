import type { Json, Properties } from '../json.js'
import type { Sql } from './database.js'

/** One write as the server applied it to a row of a table: the judge of crash tests. */
export interface TableWrite {
  readonly seq: number
  readonly table: string
  readonly objectId: string
  readonly op: 'create' | 'update' | 'delete'
  /** The written columns and their values. */
  readonly applied: { readonly [column: string]: Json }
  readonly atMs: number
  /** `update`: over the API; `control`: written straight to the row. */
  readonly source: 'update' | 'control'
  /** The user of the request's token. */
  readonly callerId: string | null
  readonly idempotencyKey: string | null
}

export interface TableWrites {
  /** Writes an entry; has to run in the transaction that writes the row. */
  append(entry: Omit<TableWrite, 'seq' | 'applied'> & { applied: Properties }): void
  /** Entries in the order of applying, from the one after `after`. */
  list(query?: { after?: number; table?: string; objectId?: string }): TableWrite[]
}

export const tableWritesTables = `
  CREATE TABLE IF NOT EXISTS table_writes (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, table_name TEXT NOT NULL, object_id TEXT NOT NULL, op TEXT NOT NULL,
    applied TEXT NOT NULL, at_ms INTEGER NOT NULL, source TEXT NOT NULL, caller_id TEXT, idempotency_key TEXT
  );
`

/** Opens the log of writes to tables. */
export function openTableWrites(sql: Sql): TableWrites {
  return {
    append({ table, objectId, op, applied, atMs, source, callerId, idempotencyKey }) {
      sql.run(
        `INSERT INTO table_writes (table_name, object_id, op, applied, at_ms, source, caller_id, idempotency_key)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
        [table, objectId, op, JSON.stringify(Object.fromEntries(applied)), atMs, source, callerId, idempotencyKey],
      )
    },
    list({ after = 0, table, objectId } = {}) {
      const rows = sql.all(
        `SELECT * FROM table_writes WHERE seq > ? AND (? IS NULL OR table_name = ?) AND (? IS NULL OR object_id = ?)
         ORDER BY seq`,
        [after, table ?? null, table ?? null, objectId ?? null, objectId ?? null],
      )
      return rows.map((row) => ({
        seq: row.seq as number,
        table: row.table_name as string,
        objectId: row.object_id as string,
        op: row.op as TableWrite['op'],
        applied: JSON.parse(row.applied as string) as { [column: string]: Json },
        atMs: row.at_ms as number,
        source: row.source as TableWrite['source'],
        callerId: row.caller_id as string | null,
        idempotencyKey: row.idempotency_key as string | null,
      }))
    },
  }
}
