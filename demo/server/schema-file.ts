import { readJsonFile } from './json-file.js'
import {
  completeColumn,
  isColumnName,
  isColumnType,
  isHeld,
  rowSystemColumns,
  systemColumns,
  type ColumnDefinition,
  type Columns,
  type SystemColumns,
} from './store/columns.js'
import { isTableName, type TableSchema } from './store/tables.js'
import { storedValue, validatorOf } from './users/column-value.js'

const marks = ['required', 'identity', 'autoLoad', 'isPrimaryKey', 'unique'] as const

/** Reads columns as `userclassprops` lists them. It skips columns of the system, since every class has them. */
export function readSchemaFile(path: string): ColumnDefinition[] {
  const value: unknown = readJsonFile(path, 'schema')
  if (!Array.isArray(value)) throw new Error(`The schema ${path} has to be an array of columns`)
  return (value as (ColumnDefinition | null)[]).filter(
    (column): column is ColumnDefinition => !systemColumns.has(column?.name ?? ''),
  )
}

/** Reads tables, each with columns as `data/<table>/properties` lists them. */
export function readTablesFile(path: string): TableSchema {
  const value: unknown = readJsonFile(path, 'tables')
  if (!isObject(value)) throw new Error(`The tables ${path} have to be an object of arrays of columns`)
  return Object.fromEntries(
    Object.entries(value as { [table: string]: unknown }).map(([table, columns]) => {
      if (!Array.isArray(columns)) throw new Error(`The table "${table}" has to be an array of columns`)
      return [table, (columns as ColumnDefinition[]).filter((column) => !rowSystemColumns.has(column?.name ?? ''))]
    }),
  )
}

/** Throws an `Error` that names the first impossible table or column, and the reason. */
export function checkTables(tables: TableSchema): void {
  for (const [table, columns] of Object.entries(tables)) {
    if (!isTableName(table)) throw new Error(`A table cannot be called ${JSON.stringify(table)}`)
    try {
      checkColumns(columns, rowSystemColumns)
    } catch (cause) {
      throw new Error(`The table "${table}": ${(cause as Error).message}`, { cause })
    }
  }
}

/** Throws an `Error` that names the first impossible column, and the reason. */
export function checkSchema(schema: readonly ColumnDefinition[]): void {
  checkColumns(schema, systemColumns)
  const identities = schema.filter(({ identity }) => identity)
  if (identities.length !== 1) {
    throw new Error(`The schema needs one identity column and has ${identities.length}`)
  }
}

function checkColumns(schema: readonly ColumnDefinition[], system: SystemColumns): void {
  const names = new Set<string>()
  for (const column of schema) {
    if (!isObject(column)) throw new Error(`A column of the schema has to be an object, not ${JSON.stringify(column)}`)
    const { name } = column
    if (!isColumnName(name)) throw new Error(`A column cannot be called ${JSON.stringify(name)}`)
    if (names.has(name) || system.has(name)) throw new Error(`The schema has the column "${name}" twice`)
    checkColumn(column)
    names.add(name)
  }
}

function checkColumn(column: ColumnDefinition): void {
  const { name, type = 'STRING', customRegex = null, defaultValue = null } = column
  if (!isColumnType(type)) throw new Error(`The column "${name}" has the unknown type ${JSON.stringify(type)}`)
  for (const mark of marks) {
    const value: unknown = column[mark]
    if (value !== undefined && typeof value !== 'boolean') {
      throw new Error(`"${mark}" of the column "${name}" has to be true or false, not ${JSON.stringify(value)}`)
    }
  }
  const { relatedTable = null } = column
  if (relatedTable !== null && typeof relatedTable !== 'string') {
    throw new Error(`"relatedTable" of the column "${name}" has to be text, not ${JSON.stringify(relatedTable)}`)
  }
  // Data tables have it beside the rest; a column that has one is computed by the service from others.
  if (((column as { expression?: unknown }).expression ?? null) !== null) {
    throw new Error(`The column "${name}" is computed by an expression, which this server does not do: leave it out`)
  }
  if ((name === 'password' || !isHeld(type)) && column.identity) {
    throw new Error(`The column "${name}" cannot be the identity`)
  }
  if (isHeld(type) && storedValue(type, defaultValue) === undefined) {
    throw new Error(`The default of the column "${name}" is no ${type}: ${JSON.stringify(defaultValue)}`)
  }
  if (customRegex === null) return
  try {
    if (typeof customRegex !== 'string') throw new TypeError()
    validatorOf(customRegex)
  } catch {
    throw new Error(`The validator of the column "${name}" is no regular expression: ${JSON.stringify(customRegex)}`)
  }
}

/** Throws an `Error` if a store has other columns than a schema; additional columns of the store are dynamic ones. */
export function checkSchemaOfStore(schema: readonly ColumnDefinition[], columns: Columns): void {
  const other = schema.find(
    (column) => JSON.stringify(completeColumn(column)) !== JSON.stringify(columns.byName(column.name)),
  )
  if (!other) return
  throw new Error(
    `The data are of another schema, which differs in the column "${other.name}". A schema is for new data: ` +
      'take another directory, or leave the schema out',
  )
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
