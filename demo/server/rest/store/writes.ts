import type { Json, Properties } from '../../json.js'
import type { Sql } from '../../store/database.js'

export type WriteOp = 'create' | 'update' | 'delete'

/** One write as the server applied it: the judge of crash tests. */
export interface AppliedWrite {
  /** Counts all writes of all collections. It is the record's version, and the place of its change. */
  readonly seq: number
  readonly collection: string
  readonly id: string
  readonly op: WriteOp
  /** The values that the request set; empty for a delete. */
  readonly applied: { readonly [field: string]: Json }
  readonly atMs: number
  /** `api`: over the API; `control`: as another device. */
  readonly source: 'api' | 'control'
  /** The account of the request's session. */
  readonly callerId: string | null
  readonly idempotencyKey: string | null
}

export interface Writes {
  /** Writes an entry and returns its number; has to run in the transaction that writes the record. */
  append(entry: Omit<AppliedWrite, 'seq' | 'applied'> & { applied: Properties }): number
  /** Entries in the order of applying, from the one after `after`. */
  list(query?: WritesQuery): AppliedWrite[]
  /** The number of the last one; 0 before the first. */
  last(): number
}

export interface WritesQuery {
  readonly after?: number
  readonly collection?: string
  readonly id?: string
}

export const writesTable = `
  CREATE TABLE IF NOT EXISTS writes (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, collection TEXT NOT NULL, record_id TEXT NOT NULL, op TEXT NOT NULL,
    applied TEXT NOT NULL, at_ms INTEGER NOT NULL, source TEXT NOT NULL, caller_id TEXT, idempotency_key TEXT
  );
`

/** Opens the log of applied writes. */
export function openWrites(sql: Sql): Writes {
  return {
    append(entry) {
      const applied = JSON.stringify(Object.fromEntries(entry.applied))
      return sql.run(
        `INSERT INTO writes (collection, record_id, op, applied, at_ms, source, caller_id, idempotency_key)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
        [entry.collection, entry.id, entry.op, applied, entry.atMs, entry.source, entry.callerId, entry.idempotencyKey],
      ).lastId
    },
    list({ after = 0, collection, id } = {}) {
      return sql
        .all(
          `SELECT * FROM writes WHERE seq > ? AND (? IS NULL OR collection = ?) AND (? IS NULL OR record_id = ?)
           ORDER BY seq`,
          [after, collection ?? null, collection ?? null, id ?? null, id ?? null],
        )
        .map((row) => ({
          seq: row.seq as number,
          collection: row.collection as string,
          id: row.record_id as string,
          op: row.op as WriteOp,
          applied: JSON.parse(row.applied as string) as { [field: string]: Json },
          atMs: row.at_ms as number,
          source: row.source as 'api' | 'control',
          callerId: row.caller_id as string | null,
          idempotencyKey: row.idempotency_key as string | null,
        }))
    },
    last: () => Number(sql.get('SELECT max(seq) AS seq FROM writes')?.seq ?? 0),
  }
}
