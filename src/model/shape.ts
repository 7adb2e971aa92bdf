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

function isOfKind(value: unknown, shape: unknown): boolean {
  if (typeof value !== typeof shape || value === null || Array.isArray(value) !== Array.isArray(shape)) return false
  if (typeof value === 'number') return value >= (shape as number) && value < 2 ** 52
  if (typeof value !== 'object') return true
  for (const [name, kind] of Object.entries(shape as object)) {
    const isNullable = name.endsWith('??')
    const isOptional = name.endsWith('?')
    const field = isOptional ? name.slice(0, isNullable ? -2 : -1) : name
    const part = (value as { [field: string]: unknown })[field]
    const isRight =
      name === '*'
        ? Object.values(value!).every((each) => isOfKind(each, kind))
        : (isOptional && part === undefined) || (isNullable && part === null) || isOfKind(part, kind)
    if (!isRight) return false
  }
  return true
}
