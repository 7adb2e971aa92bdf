import { readFileSync } from 'node:fs'
import { isColumnName, systemColumns, type ColumnDefinition, type ColumnType } from './store/columns.js'

const types: ReadonlySet<string> = new Set<ColumnType>([
  'STRING',
  'STRING_ID',
  'TEXT',
  'INT',
  'DOUBLE',
  'BOOLEAN',
  'DATETIME',
  'JSON',
])

/** Reads columns as `userclassprops` lists them. Columns of the system are passed over, since every class has them. */
export function readSchemaFile(path: string): ColumnDefinition[] {
  let value: unknown
  try {
    value = JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    throw new Error(`The schema ${path} cannot be read as JSON`, { cause })
  }
  if (!Array.isArray(value)) throw new Error(`The schema ${path} has to be an array of columns`)
  return (value as ColumnDefinition[]).filter(({ name }) => !systemColumns.has(name))
}

/** Throws an `Error` that names the first column that cannot be, and why. */
export function checkSchema(schema: readonly ColumnDefinition[]): void {
  const names = new Set<string>()
  for (const column of schema) {
    const { name, type = 'STRING', customRegex } = column
    if (!isColumnName(name)) throw new Error(`A column cannot be called ${JSON.stringify(name)}`)
    if (names.has(name) || systemColumns.has(name)) throw new Error(`The schema has the column "${name}" twice`)
    if (!types.has(type)) throw new Error(`The column "${name}" has the unknown type ${JSON.stringify(type)}`)
    if (typeof customRegex === 'string') new RegExp(customRegex)
    names.add(name)
  }
  const identities = schema.filter(({ identity }) => identity)
  if (identities.length !== 1) {
    throw new Error(`The schema needs one identity column and has ${identities.length}`)
  }
}
