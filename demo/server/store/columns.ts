import { isPrototypeName, type Json } from '../json.js'
import { geometryTypes, type GeometryColumn } from '../users/geometry.js'
import type { Sql } from './database.js'

/** Column types with checked values. */
export type ValueType =
  | 'STRING'
  | 'STRING_ID'
  | 'TEXT'
  | 'INT'
  | 'DOUBLE'
  | 'BOOLEAN'
  | 'DATETIME'
  | 'JSON'
  | 'FILE_REF'
  | GeometryColumn

/** Types of columns that a class may have, and whose values this server does not keep. */
const unheldTypes = ['RELATION', 'RELATION_LIST', 'COLLECTION', 'UNKNOWN'] as const

export type ColumnType = ValueType | (typeof unheldTypes)[number]

/** Whether the server keeps values of the type. Relations are in the description, and in no row. */
export function isHeld(type: ColumnType): type is ValueType {
  return !(unheldTypes as readonly string[]).includes(type)
}

const valueTypes: Readonly<Record<ValueType, true>> = {
  STRING: true,
  STRING_ID: true,
  TEXT: true,
  INT: true,
  DOUBLE: true,
  BOOLEAN: true,
  DATETIME: true,
  JSON: true,
  FILE_REF: true,
  POINT: true,
  LINESTRING: true,
  POLYGON: true,
  GEOMETRY: true,
}

export function isColumnType(type: unknown): type is ColumnType {
  return typeof type === 'string' && (Object.hasOwn(valueTypes, type) || !isHeld(type as ColumnType))
}

/** One element of `userclassprops`. */
export interface Column {
  readonly name: string
  readonly type: ColumnType
  readonly required: boolean
  readonly identity: boolean
  readonly defaultValue: Json
  /** The table that a relation leads to. */
  readonly relatedTable: string | null
  readonly customRegex: string | null
  readonly autoLoad: boolean
  readonly isPrimaryKey: boolean
}

/** A column whose values are in the rows. */
export type HeldColumn = Column & { readonly type: ValueType }

export function isHeldColumn(column: Column): column is HeldColumn {
  return isHeld(column.type)
}

/** A column as a schema file gives it: a missing member has the usual value. */
export type ColumnDefinition = { readonly name: string } & Partial<Column>

/** The columns of the user class: those of the system, then those of the app in the order of their creation. */
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
export const systemColumns: ReadonlyMap<string, { type: ValueType; sql: string | null; value: string | null }> =
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

/** The columns as the class description lists them. */
export function describedColumns(columns: Columns): Column[] {
  const system = [...systemColumns].map(([name, { type }]) =>
    completeColumn({ name, type, required: name === 'objectId', isPrimaryKey: name === 'objectId' }),
  )
  return [...system, ...columns.custom()]
}

/** Names of the columns that an answer has: of the system, then of the app, `password` left out. */
export function heldColumnNames(columns: Columns): string[] {
  const custom = columns.custom().filter((column) => column.name !== 'password' && isHeldColumn(column))
  return [...systemColumns.keys(), ...custom.map(({ name }) => name)]
}

/** Whether values of the type are kept as JSON. */
export function isJsonType(type: ValueType): boolean {
  return type === 'JSON' || Object.hasOwn(geometryTypes, type)
}

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
