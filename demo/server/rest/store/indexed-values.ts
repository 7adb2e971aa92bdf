import { createHash } from 'node:crypto'
import type { Json, Properties } from '../../json.js'
import { refsAt } from '../refs.js'
import type { CollectionSchema } from '../schema.js'

/** A value by which a record is found: of a field, or an id at the path of a ref. */
export interface IndexedValue {
  readonly path: string
  readonly value: string
}

/** Longest text that is kept as it is: an index over long texts is as large as the texts. */
const longestKept = 200

/** The form of a value in the index; the first letter keeps a text from being taken for the hash of another. */
export function indexKey(value: string): string {
  if (value.length <= longestKept) return `=${value}`
  return `#${createHash('sha256').update(value).digest('base64')}`
}

/** Everything by which a record can be found. */
export function indexedValues({ fields, refs = {} }: CollectionSchema, properties: Properties): IndexedValue[] {
  const found = new Map<string, IndexedValue>()
  const add = (path: string, value: Json): void => {
    if (value === null || typeof value === 'object') return
    const entry = { path, value: String(value) }
    found.set(JSON.stringify(entry), entry)
  }
  for (const [name, { type }] of Object.entries(fields)) if (type !== 'json') add(name, properties.get(name) ?? null)
  for (const path of Object.keys(refs)) for (const { value } of refsAt(properties, path)) add(path, value)
  return [...found.values()]
}

/** The paths by which records of a collection can be found. */
export function indexedPaths({ fields, refs = {} }: CollectionSchema): ReadonlySet<string> {
  const plain = Object.entries(fields).flatMap(([name, { type }]) => (type === 'json' ? [] : [name]))
  return new Set([...plain, ...Object.keys(refs)])
}
