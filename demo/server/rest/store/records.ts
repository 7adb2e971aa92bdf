import type { Json, Properties } from '../../json.js'
import type { Sql, SqlRow, SqlValue } from '../../store/database.js'
import type { Schema } from '../schema.js'
import { indexedValues, indexKey, type IndexedValue } from './indexed-values.js'

/** A record as stored, or what is left of a deleted one. */
export interface RecordRow {
  readonly collection: string
  /** Also of a record whose id is a number. */
  readonly id: string
  /** The number of the write that made it: its place in lists. */
  readonly position: number
  /** The number of the last write to it: its version. */
  readonly change: number
  /** null: deleted. */
  readonly properties: Properties | null
}

export interface PageQuery {
  readonly collection: string
  readonly by: 'position' | 'change'
  /** Only records after this place. */
  readonly after: number
  readonly offset?: number
  readonly limit: number
  /** Deleted ones too, if deleted by a later write than this. */
  readonly goneAfter?: number
  readonly where: readonly IndexedValue[]
}

export interface Records {
  /** The record, or what is left of it. */
  byId(collection: string, id: string): RecordRow | undefined
  put(row: RecordRow): void
  page(query: PageQuery): RecordRow[]
  /** The ids of records with that value, `except` left out. */
  idsWith(collection: string, value: IndexedValue, except?: string): string[]
  /** The next whole number as an id; a number is given once, also when its record is deleted. */
  nextId(collection: string): number
  /** The number of the last write whose traces of deletion are forgotten. */
  forgottenUntil(): number
  forgetDeleted(until: number): void
}

export const recordTables = `
  CREATE TABLE IF NOT EXISTS records (
    collection TEXT NOT NULL, id TEXT NOT NULL, position INTEGER NOT NULL, change INTEGER NOT NULL, properties TEXT,
    PRIMARY KEY (collection, id)
  );
  CREATE INDEX IF NOT EXISTS records_by_position ON records (collection, position);
  CREATE INDEX IF NOT EXISTS records_by_change ON records (collection, change);
  CREATE TABLE IF NOT EXISTS indexed_values (
    collection TEXT NOT NULL, id TEXT NOT NULL, path TEXT NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (collection, path, value, id)
  );
  CREATE INDEX IF NOT EXISTS indexed_values_by_record ON indexed_values (collection, id);
  CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, last INTEGER NOT NULL);
`

/** Opens the records of all collections. */
export function openRecords(sql: Sql, schema: Schema): Records {
  function counter(name: string): number {
    return Number(sql.get('SELECT last FROM counters WHERE name = ?', [name])?.last ?? 0)
  }
  function count(name: string, last: number): void {
    sql.run('INSERT INTO counters (name, last) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET last = excluded.last', [
      name,
      last,
    ])
  }
  return {
    byId: (collection, id) => rowOf(sql.get('SELECT * FROM records WHERE collection = ? AND id = ?', [collection, id])),
    put({ collection, id, position, change, properties }) {
      const text = properties && JSON.stringify(Object.fromEntries(properties))
      sql.run('INSERT OR REPLACE INTO records (collection, id, position, change, properties) VALUES (?, ?, ?, ?, ?)', [
        collection,
        id,
        position,
        change,
        text,
      ])
      sql.run('DELETE FROM indexed_values WHERE collection = ? AND id = ?', [collection, id])
      for (const { path, value } of properties ? indexedValues(schema.collections[collection]!, properties) : []) {
        sql.run('INSERT INTO indexed_values (collection, path, value, id) VALUES (?, ?, ?, ?)', [
          collection,
          path,
          indexKey(value),
          id,
        ])
      }
    },
    page({ collection, by, after, offset = 0, limit, goneAfter, where }) {
      const values: SqlValue[] = [collection, after]
      const alive = goneAfter === undefined ? 'properties IS NOT NULL' : '(properties IS NOT NULL OR change > ?)'
      if (goneAfter !== undefined) values.push(goneAfter)
      const conditions = where.map(({ path, value }) => {
        values.push(collection, path, indexKey(value))
        return 'AND id IN (SELECT id FROM indexed_values WHERE collection = ? AND path = ? AND value = ?)'
      })
      return sql
        .all(
          `SELECT * FROM records WHERE collection = ? AND ${by} > ? AND ${alive} ${conditions.join(' ')}
           ORDER BY ${by} LIMIT ? OFFSET ?`,
          [...values, limit, offset],
        )
        .map((row) => rowOf(row)!)
    },
    idsWith: (collection, { path, value }, except = '') =>
      sql
        .all('SELECT id FROM indexed_values WHERE collection = ? AND path = ? AND value = ? AND id <> ?', [
          collection,
          path,
          indexKey(value),
          except,
        ])
        .map(({ id }) => id as string),
    nextId(collection) {
      const next = counter(`id:${collection}`) + 1
      count(`id:${collection}`, next)
      return next
    },
    forgottenUntil: () => counter('forgotten'),
    forgetDeleted(until) {
      sql.run('DELETE FROM records WHERE properties IS NULL AND change <= ?', [until])
      count('forgotten', until)
    },
  }
}

function rowOf(row: SqlRow | undefined): RecordRow | undefined {
  if (!row) return undefined
  const { properties } = row
  return {
    collection: row.collection as string,
    id: row.id as string,
    position: row.position as number,
    change: row.change as number,
    properties:
      properties === null ? null : new Map(Object.entries(JSON.parse(properties as string) as Record<string, Json>)),
  }
}
