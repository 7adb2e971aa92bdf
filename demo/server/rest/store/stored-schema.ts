import { randomUUID } from 'node:crypto'
import type { Sql } from '../../store/database.js'
import { checkSchema, type CollectionSchema, type Schema } from '../schema.js'

export const settingsTable = `CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);`

/**
 * The schema of a database: the given one, or that of the last start. New collections and fields may join; any other
 * difference throws an `Error` that names it, since the stored records were checked by the schema before.
 */
export function schemaOf(sql: Sql, given: Schema | undefined, fallback: Schema): Schema {
  const text = setting(sql, 'schema')
  const stored = text === undefined ? undefined : checkSchema(JSON.parse(text))
  const schema = given ?? stored ?? fallback
  if (stored) checkJoins(stored, schema)
  // Passwords of a schema file are not stored as they are: accounts have a table of their own.
  set(sql, 'schema', JSON.stringify({ collections: schema.collections }))
  return schema
}

/** Names the data: a token of other data is known by it. Made once. */
export function dataIdOf(sql: Sql): string {
  const stored = setting(sql, 'data') ?? randomUUID().slice(0, 8)
  set(sql, 'data', stored)
  return stored
}

function setting(sql: Sql, name: string): string | undefined {
  return sql.get('SELECT value FROM settings WHERE name = ?', [name])?.value as string | undefined
}

function set(sql: Sql, name: string, value: string): void {
  sql.run('INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)', [name, value])
}

function checkJoins(stored: Schema, given: Schema): void {
  for (const [name, before] of Object.entries(stored.collections)) {
    const now = Object.hasOwn(given.collections, name) ? given.collections[name] : undefined
    if (!now) throw refusal(name)
    if (now.ids !== before.ids) throw refusal(`${name}.ids`)
    checkParts(name, before, now)
  }
}

function checkParts(name: string, before: CollectionSchema, now: CollectionSchema): void {
  for (const part of ['fields', 'refs'] as const) {
    const [old, added] = [before[part] ?? {}, { ...now[part] }] as { [each: string]: unknown }[]
    for (const [each, definition] of Object.entries(old!)) {
      if (JSON.stringify(definition) !== JSON.stringify(added![each])) throw refusal(`${name}.${part}.${each}`)
      delete added![each]
    }
    for (const [each, definition] of Object.entries(added!)) {
      if (part === 'fields' && (definition as { required?: boolean }).required) throw refusal(`${name}.fields.${each}`)
      if (part === 'refs' && Object.hasOwn(before.fields, each.split('.')[0]!)) throw refusal(`${name}.refs.${each}`)
    }
  }
}

function refusal(where: string): Error {
  return new Error(
    `The data are of another schema, which differs in "${where}". New collections and fields may join; for any other ` +
      'change, take another directory',
  )
}
