// Pure: checks the shape of a value from outside, before any code uses it.
import { jsonFlaw } from './json.js'

/** Deepest nesting: a record in an attempt in a row. */
const rowDepth = 70
/** Of an answer: a saved value has up to 64 levels. The row that keeps a part of an answer has at most four more around it. */
export const replyDepth = 66

/**
 * Whether all of the value is JSON, and of the same kinds as `shape`. In `shape`, a field `name?` may be absent, a field
 * `name??` null as well, a field `*` stands for each field, and a number is the lowest allowed one; each number leaves room to count on for ever.
 */
export function isLike(value: unknown, shape: object, depth: number = rowDepth): boolean {
  return !jsonFlaw(value, depth, true) && isOfKind(value, shape)
}

/** The shape of a list. */
export function listOf(shape: unknown): object {
  return Object.assign([], { '*': shape })
}

/** A field of a shape, with its name taken apart. */
interface Field {
  name: string
  kind: unknown
  isOptional: boolean
  isNullable: boolean
}

/** Ten thousand rows are checked by one shape. */
const fieldsByShape = new WeakMap<object, readonly Field[]>()

function fieldsIn(shape: object): readonly Field[] {
  const known = fieldsByShape.get(shape)
  if (known) return known
  const fields = Object.entries(shape).map(([text, kind]): Field => {
    const isNullable = text.endsWith('??')
    const isOptional = text.endsWith('?')
    return { name: isOptional ? text.slice(0, isNullable ? -2 : -1) : text, kind, isOptional, isNullable }
  })
  fieldsByShape.set(shape, fields)
  return fields
}

function isOfKind(value: unknown, shape: unknown): boolean {
  if (typeof value !== typeof shape || value === null) return false
  if (typeof value === 'number') return value >= (shape as number) && value < 2 ** 52
  if (typeof value !== 'object') return true
  if (Array.isArray(value) !== Array.isArray(shape)) return false
  for (const { name, kind, isOptional, isNullable } of fieldsIn(shape as object)) {
    if (name === '*') {
      if (Object.values(value).every((each) => isOfKind(each, kind))) continue
      return false
    }
    const part = (value as { [field: string]: unknown })[name]
    if ((part === undefined && isOptional) || (part === null && isNullable)) continue
    if (!isOfKind(part, kind)) return false
  }
  return true
}
