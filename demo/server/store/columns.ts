import { isPrototypeName, type Json } from '../json.js'
import type { Sql } from './database.js'

/** Column types that values are checked by. Relations are not part of this server. */
export type ColumnType = 'STRING' | 'STRING_ID' | 'TEXT' | 'INT' | 'DOUBLE' | 'BOOLEAN' | 'DATETIME' | 'JSON'

/** One element of `userclassprops`. */
export interface Column {
  readonly name: string
  readonly type: ColumnType
  readonly required: boolean
  readonly identity: boolean
  readonly defaultValue: Json
  readonly relatedTable: null
  readonly customRegex: string | null
  readonly autoLoad: boolean
  readonly isPrimaryKey: boolean
}

/** A column as a schema file gives it: what is left out has the usual value. */
export type ColumnDefinition = { readonly name: string } & Partial<Column>

/** The columns of the user class: those of the system, then those of the app in the order they came. */
export interface Columns {
  /** The app's columns, `password` among them. */
  custom(): readonly Column[]
  byName(name: string): Column | undefined
  identity(): Column
  /** Adds a column; has to run in the transaction that stores its first value. */
  add(column: Column): void
  /** Forgets columns that a rolled back transaction had added. */
  reload(): void
}

/** The system columns, their type and where they are stored. No client writes them. */
export const systemColumns: ReadonlyMap<string, { type: ColumnType; sql: string | null; value: string | null }> =
  new Map([
    ['objectId', { type: 'STRING_ID', sql: 'object_id', value: null }],
    ['ownerId', { type: 'STRING', sql: 'owner_id', value: null }],
    ['created', { type: 'DATETIME', sql: 'created', value: null }],
    ['updated', { type: 'DATETIME', sql: 'updated', value: null }],
    ['lastLogin', { type: 'DATETIME', sql: 'last_login', value: null }],
    ['userStatus', { type: 'STRING', sql: 'user_status', value: null }],
    ['accountType', { type: 'STRING', sql: null, value: 'BACKENDLESS' }],
    ['socialAccount', { type: 'STRING', sql: null, value: 'BACKENDLESS' }],
    ['oAuthIdentities', { type: 'JSON', sql: null, value: null }],
  ])

/** The user class of a new app. */
export const defaultSchema: readonly ColumnDefinition[] = [
  { name: 'email', type: 'STRING', identity: true, required: true },
  { name: 'name', type: 'STRING' },
  { name: 'password', type: 'STRING', required: true },
]

/** The column that the SDKs fill at registration; every app has it. */
const localeColumn: ColumnDefinition = { name: 'blUserLocale', type: 'STRING' }

/** Fills in what a definition leaves out. */
export function completeColumn(definition: ColumnDefinition): Column {
  return {
    type: 'STRING',
    required: false,
    identity: false,
    defaultValue: null,
    relatedTable: null,
    customRegex: null,
    autoLoad: false,
    isPrimaryKey: false,
    ...definition,
  }
}

/**
 * Whether a name can be a column's: letters, digits, underscores, no digit first, at most 64. `__proto__`, `constructor` and
 * their like would fit the pattern. They are refused, since careful clients refuse a row that has them: its user could not log
 * in any more.
 */
export function isColumnName(name: unknown): boolean {
  if (typeof name !== 'string' || name.startsWith('__') || isPrototypeName(name)) return false
  return /^[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(name)
}

/** As many columns as a table of MySQL's InnoDB has. */
export const mostColumns = 1017

/** Opens the columns that are stored; a new database gets those of `schema`. */
export function openColumns(sql: Sql, schema: readonly ColumnDefinition[]): Columns {
  let byName = new Map<string, Column>()

  function reload(): void {
    // Older servers took more names.
    const rows = sql
      .all('SELECT name, definition FROM columns ORDER BY position')
      .filter((row) => isColumnName(row.name))
    byName = new Map(rows.map((row) => [String(row.name), JSON.parse(String(row.definition)) as Column]))
  }
  function add(column: Column): void {
    sql.run('INSERT INTO columns (name, position, definition) VALUES (?, ?, ?)', [
      column.name,
      byName.size,
      JSON.stringify(column),
    ])
    byName.set(column.name, column)
  }

  reload()
  if (byName.size === 0) {
    const all = schema.some(({ name }) => name === localeColumn.name) ? schema : [...schema, localeColumn]
    sql.transaction(() => all.map(completeColumn).forEach(add))
  }
  return {
    custom: () => [...byName.values()],
    byName: (name) => byName.get(name),
    identity() {
      for (const column of byName.values()) if (column.identity) return column
      throw new Error('The schema has no identity column')
    },
    add,
    reload,
  }
}
