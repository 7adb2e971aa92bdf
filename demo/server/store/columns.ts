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

/** The class of the users. */
export const usersTable = 'Users'

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
  /** No two rows have one value of it; no description lists that. */
  readonly unique?: boolean
}

/** A column whose values are in the rows. */
export type HeldColumn = Column & { readonly type: ValueType }

export function isHeldColumn(column: Column): column is HeldColumn {
  return isHeld(column.type)
}

/** A column as a schema file gives it: a missing member has the usual value. */
export type ColumnDefinition = { readonly name: string } & Partial<Column>

/** Columns that no client writes: their type and where they are stored. */
export type SystemColumns = ReadonlyMap<string, { type: ValueType; sql: string | null; value: string | null }>

/** The columns of a class: those of the system, then those of the app in the order of their creation. */
export interface Columns {
  /** The name of the class. */
  readonly table: string
  readonly system: SystemColumns
  /** The app's columns, `password` among them. */
  custom(): readonly Column[]
  byName(name: string): Column | undefined
  /** Adds a column; has to run in the transaction that stores its first value. */
  add(column: Column): void
  /** Forgets columns that a rolled back transaction had added. */
  reload(): void
}

/** The system columns of every table. */
export const rowSystemColumns: SystemColumns = new Map([
  ['objectId', { type: 'STRING_ID', sql: 'object_id', value: null }],
  ['ownerId', { type: 'STRING', sql: 'owner_id', value: null }],
  ['created', { type: 'DATETIME', sql: 'created', value: null }],
  ['updated', { type: 'DATETIME', sql: 'updated', value: null }],
])

/** Those of the users. */
export const systemColumns: SystemColumns = new Map<
  string,
  { type: ValueType; sql: string | null; value: string | null }
>([
  ...rowSystemColumns,
  ['lastLogin', { type: 'DATETIME', sql: 'last_login', value: null }],
  ['userStatus', { type: 'STRING', sql: 'user_status', value: null }],
  ['accountType', { type: 'STRING', sql: null, value: 'BACKENDLESS' }],
  ['socialAccount', { type: 'STRING', sql: null, value: 'BACKENDLESS' }],
  ['oAuthIdentities', { type: 'JSON', sql: null, value: null }],
])

/** The columns as the class description lists them. */
export function describedColumns(columns: Columns): Column[] {
  const system = [...columns.system].map(([name, { type }]) =>
    completeColumn({ name, type, required: name === 'objectId', isPrimaryKey: name === 'objectId' }),
  )
  return [...system, ...columns.custom()]
}

/** Names of the columns that an answer has: of the system, then of the app, `password` left out. */
export function heldColumnNames(columns: Columns): string[] {
  const custom = columns.custom().filter((column) => !isSecret(columns, column.name) && isHeldColumn(column))
  return [...columns.system.keys(), ...custom.map(({ name }) => name)]
}

/** Whether nothing shows the column: that of the users' passwords. A table may have one of that name as any other. */
export function isSecret({ table }: Columns, name: string): boolean {
  return table === usersTable && name === 'password'
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

/** Opens the columns of the users that are stored; a new database gets those of `schema`. */
export function openColumns(sql: Sql, schema: readonly ColumnDefinition[]): Columns {
  const columns = keptColumns({
    table: usersTable,
    system: systemColumns,
    load: () =>
      sql
        .all('SELECT name, definition FROM columns ORDER BY position')
        // Older servers took more names.
        .filter((row) => isColumnName(row.name))
        .map((row) => JSON.parse(String(row.definition)) as Column),
    save(column, position) {
      sql.run('INSERT INTO columns (name, position, definition) VALUES (?, ?, ?)', [
        column.name,
        position,
        JSON.stringify(column),
      ])
    },
  })
  if (columns.custom().length === 0) {
    const all = schema.some(({ name }) => name === localeColumn.name) ? schema : [...schema, localeColumn]
    sql.transaction(() => all.map(completeColumn).forEach(columns.add))
  }
  return columns
}

/** Columns by name, in the order of their creation. */
export function keptColumns(kept: {
  table: string
  system: SystemColumns
  load(): Column[]
  save(column: Column, position: number): void
}): Columns {
  let byName = new Map<string, Column>()
  const reload = (): void => void (byName = new Map(kept.load().map((column) => [column.name, column])))
  reload()
  return {
    table: kept.table,
    system: kept.system,
    custom: () => [...byName.values()],
    byName: (name) => byName.get(name),
    add(column) {
      kept.save(column, byName.size)
      byName.set(column.name, column)
    },
    reload,
  }
}

/** The column that a user logs in with. */
export function identityColumn(columns: Columns): Column {
  const found = columns.custom().find(({ identity }) => identity)
  if (found) return found
  throw new Error('The schema has no identity column')
}
