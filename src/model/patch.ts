import { InvalidEditError } from './errors.js'
import { isHostile, own, propertiesFrom } from './own.js'
import type { Json, Patch, Properties } from './record.js'
import { equal } from './same.js'

/** Longest patch, in characters of its JSON text. */
const sizeLimit = 1_048_576

/** Deepest nesting of a value. A value that contains itself is deeper than any limit. */
const depthLimit = 64

/**
 * A frozen copy of what the user wrote, as plain JSON (R9). A `Date` becomes epoch milliseconds; a top-level `undefined`
 * is ignored. Throws `InvalidEditError`, naming the top-level property and the rule, for what JSON cannot hold exactly,
 * for names that reach a prototype, for a patch over 1,048,576 characters of JSON or 64 levels, and for an empty one.
 */
export function normalizePatch(patch: unknown): Patch {
  if (!isPlain(patch)) throw new InvalidEditError('', undefined, `a patch is a plain object, not ${nameOf(patch)}`)
  let size = 2
  const entries: [string, Json][] = []
  for (const property of Object.keys(patch)) {
    const value = patch[property]
    if (value === undefined) continue
    const refuse: Refuse = (rule) => {
      throw new InvalidEditError(property, /password/i.test(property) ? undefined : value, rule)
    }
    // Counted as it is copied: values that are shared a thousandfold are refused before they fill the memory.
    const count: Count = (characters) => {
      size += characters
      if (size > sizeLimit) refuse('with it the edit is over 1 MB of JSON text; save less at once')
    }
    checkName(property, refuse)
    count(JSON.stringify(property).length + 2)
    entries.push([property, copyJson(value, depthLimit, { refuse, count })])
  }
  if (!entries.length) throw new InvalidEditError('', undefined, 'it changes nothing; name at least one property')
  return Object.freeze(Object.fromEntries(entries))
}

/** What a draft changed: a property that it lacks, or has as `undefined`, becomes null. Neither checked nor copied; may be empty. */
export function differencePatch(before: Properties, after: Properties): Patch {
  const properties = Object.keys({ ...before, ...after })
  return propertiesFrom(properties, (property) => {
    const value = own(after, property) ?? null
    return equal(own(before, property), value) ? undefined : value
  })
}

type Refuse = (rule: string) => never
type Count = (characters: number) => void

function copyJson(value: unknown, depth: number, watch: { refuse: Refuse; count: Count }): Json {
  const { refuse, count } = watch
  if (value === null || typeof value === 'boolean' || typeof value === 'string') {
    count(typeof value === 'string' && value.length > sizeLimit ? value.length : JSON.stringify(value).length)
    return value
  }
  if (typeof value === 'number' || tag(value) === '[object Date]') {
    const number = Number(value)
    if (!Number.isFinite(number)) refuse(`${typeof value === 'number' ? number : 'an invalid Date'} cannot be stored`)
    count(String(number).length)
    return number
  }
  if (depth === 0) refuse(`it is nested over ${depthLimit} levels deep, or contains itself`)
  if (Array.isArray(value)) {
    count(2)
    // Array.from shows holes as the undefined that they are.
    return Object.freeze(
      Array.from(value, (item) => {
        count(1)
        return copyJson(item, depth - 1, watch)
      }),
    ) as Json[]
  }
  if (!isPlain(value)) return refuse(`${nameOf(value)} is not plain JSON`)
  count(2)
  return Object.freeze(
    Object.fromEntries(
      Object.keys(value).map((key) => {
        checkName(key, refuse)
        count(JSON.stringify(key).length + 2)
        return [key, copyJson(value[key], depth - 1, watch)]
      }),
    ),
  )
}

function checkName(name: string, refuse: Refuse): void {
  if (isHostile(name)) refuse(`the name "${name}" is not allowed`)
}

/** Also for objects of other realms, whose Object.prototype is not ours. */
function isPlain(value: unknown): value is { [key: string]: unknown } {
  if (typeof value !== 'object' || value === null) return false
  const prototype = Object.getPrototypeOf(value) as object | null
  return (
    prototype === null ||
    (Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'propertyIsEnumerable'))
  )
}

function tag(value: unknown): string {
  return Object.prototype.toString.call(value)
}

function nameOf(value: unknown): string {
  const name = tag(value).slice(8, -1)
  return name === 'Object' ? 'a class instance' : `a value of type ${name}`
}
