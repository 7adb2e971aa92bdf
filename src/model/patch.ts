import { InvalidEditError } from './errors.js'
import { isHostile, isSecret, own, propertiesFrom } from './own.js'
import type { Json, Patch, Properties } from './record.js'
import { equal, tag } from './same.js'
import { jsonBytes } from './size.js'

/** Longest patch, in bytes of its JSON text in UTF-8. */
const sizeLimit = 1_048_576

/** Deepest nesting of a value. A value that contains itself is deeper than any limit. */
const depthLimit = 64

export interface PatchRules {
  isSent?: boolean | undefined
  /** The JSON of a `Date`. Default: its ISO text. */
  fromDate?: ((date: Date) => Json) | undefined
  /** Whether the patch may be empty. */
  isEmpty?: boolean | undefined
}

/**
 * A frozen copy of the app's patch, as plain JSON (R9). A top-level `undefined` is ignored. Throws `InvalidEditError`, naming the top-level property and the rule, for a value that JSON cannot hold exactly,
 * for names that reach a prototype, for a patch over 1,048,576 bytes of JSON in UTF-8 or 64 levels, and for an empty one.
 * Where it `isSent`, also for whole numbers beyond 2^53 inside of a value: the JSON parser rounded them, and a draft that
 * changes their neighbours would write the rounded ones back.
 */
export function normalizePatch(
  patch: unknown,
  { isSent = true, fromDate = isoText, isEmpty = false }: PatchRules = {},
): Patch {
  if (!isPlain(patch)) throw new InvalidEditError('', undefined, `a patch is a plain object, not ${nameOf(patch)}`)
  const flat = flatCopy(patch)
  if (flat) return flat
  /** The top-level property that is being copied. */
  let property = ''
  let size = 2
  const refuse = (rule: string): never => {
    throw new InvalidEditError(property, isSecret(property) ? undefined : patch[property], rule)
  }
  /** Counts while it copies: a value that is shared a thousandfold is refused before it fills the memory. */
  const count = (bytes: number): void => {
    size += bytes
    if (size > sizeLimit) refuse(`with it the edit is over 1 MB (${sizeLimit} bytes) of JSON text; save less at once`)
  }
  const copyMember = (name: string, value: unknown, depth: number): [string, Json] => {
    if (isHostile(name)) refuse(`the name "${name}" is not allowed`)
    count(jsonBytes(name) + 2)
    return [name, copy(value, depth)]
  }
  const copy = (value: unknown, depth: number): Json => {
    const isDate = tag(value) === '[object Date]'
    if (isDate && Number.isNaN(Number(value))) refuse('an invalid Date cannot be stored')
    const plain = isDate ? fromDate(value as Date) : value
    if (typeof plain === 'number' && !Number.isFinite(plain)) refuse(`${plain} cannot be stored`)
    if (isSent && depth < depthLimit && isRounded(plain))
      refuse(`the ${String(plain)} in it is beyond 2^53, where JavaScript rounds whole numbers: keep it as text`)
    if (plain === null || ['boolean', 'number', 'string'].includes(typeof plain)) {
      count(jsonBytes(plain as Json))
      return plain as Json
    }
    if (depth === 0) refuse(`it is nested over ${depthLimit} levels deep, or contains itself`)
    count(2)
    if (Array.isArray(value)) {
      // Array.from shows holes as the undefined that they are.
      const items = Array.from(value, (item) => {
        count(1)
        return copy(item, depth - 1)
      })
      return Object.freeze(items) as Json[]
    }
    if (!isPlain(value)) return refuse(flawOf(value))
    return Object.freeze(Object.fromEntries(Object.keys(value).map((name) => copyMember(name, value[name], depth - 1))))
  }
  const entries: [string, Json][] = []
  for (property of Object.keys(patch))
    if (patch[property] !== undefined) entries.push(copyMember(property, patch[property], depthLimit))
  if (!entries.length && !isEmpty)
    throw new InvalidEditError('', undefined, 'it changes nothing; name at least one property')
  return Object.freeze(Object.fromEntries(entries))
}

/** From 1e21 on JSON has an exponent, which means the same everywhere. */
function isRounded(value: unknown): boolean {
  return Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(value as number) < 1e21
}

function isoText(date: Date): Json {
  // Also of another realm.
  return Date.prototype.toISOString.call(date)
}

/** Most bytes that JSON makes of one UTF-16 code unit, of a number, and of what stands around a member. */
const mostBytes = { character: 6, number: 25, around: 6 }

/** The copy, where no walk and no count are needed to know that all is well: a patch is flat and small, as a rule. */
function flatCopy(patch: { readonly [name: string]: unknown }): Patch | undefined {
  const copy: { [name: string]: Json } = {}
  let mostSize = 0
  let isEmpty = true
  for (const name of Object.keys(patch)) {
    const value = patch[name]
    if (value === undefined) continue
    if (isHostile(name)) return undefined
    if (typeof value === 'string') mostSize += mostBytes.character * value.length
    else if (value !== null && typeof value !== 'boolean' && !Number.isFinite(value)) return undefined
    mostSize += mostBytes.character * name.length + mostBytes.number + mostBytes.around
    copy[name] = value as Json
    isEmpty = false
  }
  return isEmpty || mostSize > sizeLimit ? undefined : Object.freeze(copy)
}

/**
 * The difference that a draft makes: a property that it lacks, or has as `undefined`, becomes null. Neither checked nor
 * copied; may be empty.
 */
export function differencePatch(before: Properties, after: Properties): Patch {
  const properties = Object.keys({ ...before, ...after })
  return propertiesFrom(properties, (property) => {
    const value = own(after, property) ?? null
    return equal(own(before, property), value) ? undefined : value
  })
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

/** Files and increments are known by what they are: no other value means one. */
function flawOf(value: unknown): string {
  if (typeof value === 'function') return 'values are absolute: give the new value, or change a draft of the record'
  if (/^\[object (Blob|File|FileList)\]$/.test(tag(value)))
    return 'files are not stored: upload the file, and save its address'
  return `${nameOf(value)} is not plain JSON`
}

function nameOf(value: unknown): string {
  const name = tag(value).slice(8, -1)
  return name === 'Object' ? 'a class instance' : `a value of type ${name}`
}
