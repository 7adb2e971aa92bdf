import type { Json, Properties } from '../json.js'
import type { CollectionSchema, Schema } from './schema.js'
import type { RecordRow } from './store/records.js'

/** A record as the API shows it: its id, and each field, null where it has no value. */
export function recordJson(schema: Schema, { collection, id, properties }: RecordRow): { [name: string]: Json } {
  const { ids, fields } = schema.collections[collection]!
  const values = properties as Properties
  const entries = Object.keys(fields).map((name) => [name, values.get(name) ?? null] as const)
  return Object.fromEntries([['id', idJson(ids, id)], ...entries])
}

/** An id as the API shows it: in the type of its collection. */
export function idJson(ids: CollectionSchema['ids'], id: string): string | number {
  return ids === 'integer' ? Number(id) : id
}
