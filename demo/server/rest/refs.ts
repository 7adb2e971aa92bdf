import type { Json } from '../json.js'

/** An id in a record, and its place: `lines.0.productId` for the path `lines.*.productId`. */
export interface RefFound {
  readonly place: string
  readonly value: Json
}

/** The ids at a path. A list at its end is one of ids, and a null is none. */
export function refsAt(properties: ReadonlyMap<string, Json>, path: string): RefFound[] {
  const [field, ...rest] = path.split('.')
  let found: RefFound[] = [{ place: field!, value: properties.get(field!) ?? null }]
  for (const part of rest) found = found.flatMap((each) => step(each, part))
  return found
    .flatMap((each) => (Array.isArray(each.value) ? step(each, '*') : [each]))
    .filter(({ value }) => value !== null)
}

function step({ place, value }: RefFound, part: string): RefFound[] {
  if (value === null || typeof value !== 'object') return []
  if (part !== '*') {
    if (Array.isArray(value) || !Object.hasOwn(value, part)) return []
    return [{ place: `${place}.${part}`, value: value[part] ?? null }]
  }
  return Object.entries(value).map(([key, inner]) => ({ place: `${place}.${key}`, value: inner }))
}
