import type { Json, Properties } from '../json.js'
import {
  completeColumn,
  isColumnName,
  keptColumns,
  rowSystemColumns,
  usersTable,
  type Column,
  type ColumnDefinition,
  type Columns,
} from './columns.js'
import type { Sql, SqlRow, SqlValue } from './database.js'

/** A row of a table as stored. Times are epoch milliseconds. */
export interface TableRow {
  readonly objectId: string
  readonly ownerId: string | null
  readonly created: number
  readonly updated: number | null
  /** The columns that have a value. */
  readonly properties: Properties
}

/** The rows of one table. `selection` and `condition` are text of this program, never a client's. */
export interface TableRows {
  byId(objectId: string): TableRow | undefined
  insert(row: TableRow): void
  replace(row: TableRow): void
  remove(objectId: string): void
  /** The ids of the rows that a condition means, in the order in which they were made. */
  ids(condition: string, values: readonly SqlValue[]): string[]
  /** The row other than `objectId` that has the value in the column. */
  holderOf(column: string, value: SqlValue, objectId: string): string | undefined
  count(condition: string, values: readonly SqlValue[]): number
  selectValues(selection: string, condition: string, values: readonly SqlValue[]): SqlRow[]
}

/** A table of the data service. */
export interface Table {
  readonly name: string
  readonly columns: Columns
  readonly rows: TableRows
}

/** The tables of the app, but for that of the users. */
export interface Tables {
  byName(name: string): Table | undefined
  all(): readonly Table[]
  /** Adds a table; has to run in the transaction that stores its first row. */
  add(name: string, columns: readonly ColumnDefinition[]): Table
  /** Forgets what a rolled back transaction had added. */
  reload(): void
}

/** The app's columns of tables, by the tables' names. */
export interface TableSchema {
  readonly [table: string]: readonly ColumnDefinition[]
}

export const tableTables = `
  CREATE TABLE IF NOT EXISTS data_tables (name TEXT PRIMARY KEY);
  CREATE TABLE IF NOT EXISTS data_columns (
    table_name TEXT NOT NULL, name TEXT NOT NULL, position INTEGER NOT NULL, definition TEXT NOT NULL,
    PRIMARY KEY (table_name, name)
  );
  CREATE TABLE IF NOT EXISTS data_rows (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, table_name TEXT NOT NULL, object_id TEXT NOT NULL,
    owner_id TEXT, created INTEGER NOT NULL, updated INTEGER, properties TEXT NOT NULL,
    UNIQUE (table_name, object_id)
  );
`

/** Opens the tables that are stored; those of `schema` join them. */
export function openTables(sql: Sql, schema: TableSchema): Tables {
  let byName = new Map<string, Table>()

  const tableOf = (name: string): Table => ({ name, columns: columnsOf(sql, name), rows: rowsOf(sql, name) })
  function reload(): void {
    const names = sql.all('SELECT name FROM data_tables ORDER BY rowid').map((row) => String(row.name))
    byName = new Map(names.map((name) => [name, tableOf(name)]))
  }
  function add(name: string, columns: readonly ColumnDefinition[]): Table {
    sql.run('INSERT INTO data_tables (name) VALUES (?)', [name])
    const table = tableOf(name)
    columns.map(completeColumn).forEach(table.columns.add)
    byName.set(name, table)
    return table
  }

  reload()
  sql.transaction(() => {
    for (const [name, columns] of Object.entries(schema)) if (!byName.has(name)) add(name, columns)
  })
  return { byName: (name) => byName.get(name), all: () => [...byName.values()], add, reload }
}

/** Whether a name can be a table's; that of the users is taken. */
export function isTableName(name: string): boolean {
  return isColumnName(name) && name !== usersTable
}

function columnsOf(sql: Sql, table: string): Columns {
  return keptColumns({
    table,
    system: rowSystemColumns,
    load: () =>
      sql
        .all('SELECT definition FROM data_columns WHERE table_name = ? ORDER BY position', [table])
        .map((row) => JSON.parse(String(row.definition)) as Column),
    save: (column, position) =>
      void sql.run('INSERT INTO data_columns (table_name, name, position, definition) VALUES (?, ?, ?, ?)', [
        table,
        column.name,
        position,
        JSON.stringify(column),
      ]),
  })
}

function rowsOf(sql: Sql, table: string): TableRows {
  // Its values come before those of the query.
  const from = 'WITH own AS (SELECT seq AS rowid, * FROM data_rows WHERE table_name = ?)'
  return {
    byId: (objectId) =>
      rowOf(sql.get('SELECT * FROM data_rows WHERE table_name = ? AND object_id = ?', [table, objectId])),
    insert({ objectId, ...row }) {
      sql.run(
        'INSERT INTO data_rows (owner_id, created, updated, properties, table_name, object_id) VALUES (?, ?, ?, ?, ?, ?)',
        [...valuesOf(row), table, objectId],
      )
    },
    replace({ objectId, ...row }) {
      sql.run(
        'UPDATE data_rows SET owner_id = ?, created = ?, updated = ?, properties = ? WHERE table_name = ? AND object_id = ?',
        [...valuesOf(row), table, objectId],
      )
    },
    remove: (objectId) =>
      void sql.run('DELETE FROM data_rows WHERE table_name = ? AND object_id = ?', [table, objectId]),
    ids: (condition, values) =>
      sql
        .all(`${from} SELECT object_id FROM own ${condition} ORDER BY rowid`, [table, ...values])
        .map((row) => String(row.object_id)),
    holderOf(column, value, objectId) {
      const row = sql.get(
        `${from} SELECT object_id FROM own WHERE json_extract(properties, ?) = ? COLLATE NOCASE AND object_id != ?`,
        [table, `$."${column}"`, value, objectId],
      )
      return row && String(row.object_id)
    },
    count: (condition, values) =>
      Number(sql.get(`${from} SELECT count(*) AS n FROM own ${condition}`, [table, ...values])?.n),
    selectValues: (selection, condition, values) =>
      sql.all(`${from} SELECT ${selection} FROM own ${condition}`, [table, ...values]),
  }
}

function valuesOf({ ownerId, created, updated, properties }: Omit<TableRow, 'objectId'>): SqlValue[] {
  return [ownerId, created, updated, JSON.stringify(Object.fromEntries(properties))]
}

function rowOf(row: SqlRow | undefined): TableRow | undefined {
  if (!row) return undefined
  return {
    objectId: row.object_id as string,
    ownerId: row.owner_id as string | null,
    created: row.created as number,
    updated: row.updated as number | null,
    properties: new Map(Object.entries(JSON.parse(row.properties as string) as Record<string, Json>)),
  }
}
