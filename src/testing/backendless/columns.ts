// Floor 7: the description of a table, from its rows. Pure.
import type { Json, Properties } from '../../model/record.js'
import type { StoredRecord } from '../records.js'

const own = { objectId: 'STRING_ID', created: 'DATETIME', updated: 'DATETIME' }

/** The columns that the rows have, and `more`. */
export function describe(
  collection: string,
  records: readonly StoredRecord[],
  more: { readonly [column: string]: string } = {},
): Properties[] {
  const types = new Map<string, string>(Object.entries(own))
  if (collection === 'users') types.set('email', 'STRING').set('password', 'STRING')
  for (const { properties } of records)
    for (const [name, value] of Object.entries(properties))
      if (value !== null || !types.has(name)) types.set(name, typeOf(value))
  for (const [name, type] of Object.entries(more)) types.set(name, type)
  return [...types].map(([name, type]) => ({
    name,
    type,
    required: false,
    ...(collection === 'users' && name === 'email' && { identity: true }),
  }))
}

function typeOf(value: Json): string {
  if (typeof value === 'number') return Number.isInteger(value) ? 'INT' : 'DOUBLE'
  if (typeof value === 'boolean') return 'BOOLEAN'
  return typeof value === 'object' && value !== null ? 'JSON' : 'STRING'
}
